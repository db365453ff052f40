"""A copy of the published generation, made beside readers and a writer."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from index.damage import examine
from index.generation import Generation, IndexFolder, IndexFolderError


def copy_index(index_dir: Path, target: Path) -> Generation:
    """Copy what is published to ``target``, which is an index then; what was copied.

    Raises IndexFolderError where there is no index, the target is not empty or what was copied is
    damaged (the copy is removed then), and OSError.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise IndexFolderError(f"{target} is there already; name a folder that is new or empty")
    with ExitStack() as stack:
        generation, files = _opened(IndexFolder(index_dir), stack)
        folder = target / generation.folder.name
        try:
            folder.mkdir(parents=True)
            for name, file in files.items():
                with (folder / name).open("xb") as copy:
                    shutil.copyfileobj(file, copy, 1 << 20)
            IndexFolder(target).point(folder)
            damaged = [line for one in examine(target) for line in one.damaged]
            if damaged:
                raise IndexFolderError("\n".join(["the index is damaged, not copied:", *damaged]))
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
    return generation


def _opened(index: IndexFolder, stack: ExitStack) -> tuple[Generation, dict[str, BinaryIO]]:
    """The published generation with its files: once they are open, their removal is no harm."""
    while True:
        signature = index.signature()
        generation = index.current()
        try:
            if generation is None:
                raise FileNotFoundError
            names = [file.name for file in generation.folder.iterdir() if file.suffix != ".new"]
            return generation, {
                name: stack.enter_context((generation.folder / name).open("rb")) for name in names
            }
        except FileNotFoundError as error:
            if signature == index.signature():
                reason = "no index yet, or one without its files; run `reindex`"
                raise IndexFolderError(f"{index.path}: {reason}") from error
