"""What is damaged of the index on disk: every file is read, every sum compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index import manifest as manifests
from index.array_file import ArrayFile, DamagedFileError
from index.generation import CURRENT, META, IndexFolder
from index.sealed import unseal
from index.segments import LIST, read_names
from index.whoosh_writer import MANIFEST


@dataclass(frozen=True, slots=True)
class Examined:
    """A generation (or what points to it): the files that were read of it, their bytes, and what
    is wrong, one line for each file that is damaged, with its name and what to do."""

    name: str
    files: int
    size: int
    damaged: tuple[str, ...]


def examine(index_dir: Path) -> list[Examined]:
    """Look at the published generation and at the one before; none where nothing is published.

    Raises IndexVersionError where another version made the index.
    """
    index = IndexFolder(index_dir)
    while True:
        signature = index.signature()
        index.generations()
        folders = index.kept()
        seen: dict[tuple[int, int], str] = {}
        pointer = [_examined(index_dir, [index_dir / CURRENT], seen)] if folders else []
        found = pointer + [_examined(folder, _files(folder), seen) for folder in folders]
        # What is published meanwhile removes what was looked at.
        if signature == index.signature() or not any(one.damaged for one in found):
            return found


def _files(folder: Path) -> list[Path]:
    try:
        names = [name for n in read_names(folder) for name in (n.file, n.deleted) if name]
    except DamagedFileError:
        # Which of them count is not known: all do.
        names = [file.name for ending in ("seg", "del") for file in folder.glob(f"*.{ending}")]
    return [folder / name for name in (META, LIST, MANIFEST, *sorted(names))]


def _examined(folder: Path, files: list[Path], seen: dict[tuple[int, int], str]) -> Examined:
    sizes = [file.stat().st_size for file in files if file.exists()]
    return Examined(folder.name, len(files), sum(sizes), tuple(_damaged(files, seen)))


def _damaged(files: list[Path], seen: dict[tuple[int, int], str]) -> Iterator[str]:
    """What is wrong with files. One that two generations share is read once."""
    for file in files:
        try:
            state = file.stat()
            key = state.st_dev, state.st_ino
            if key not in seen:
                seen[key] = _wrong(file)
            reason = seen[key]
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
        if reason:
            yield str(DamagedFileError(file, reason))


def _wrong(file: Path) -> str:
    """What is wrong with a file, empty where nothing is. Raises OSError."""
    try:
        return _CHECKS.get(file.name, _arrays)(file)
    except DamagedFileError as error:
        return error.reason


def _sealed(file: Path) -> str:
    return "is cut short or has changed since it was written" if unseal(file) is None else ""


def _manifest(file: Path) -> str:
    if manifests.load(file.read_bytes()) is None:
        return "is cut short or has changed since it was written"
    return ""


def _arrays(file: Path) -> str:
    ArrayFile(file).verify()
    return ""


_CHECKS: dict[str, Callable[[Path], str]] = {
    CURRENT: _sealed,
    META: _sealed,
    LIST: _sealed,
    MANIFEST: _manifest,
}
