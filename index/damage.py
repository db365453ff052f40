"""What is damaged of the index on disk: every file is read, every sum compared."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path

from index import manifest as manifests
from index.array_file import ArrayFile, DamagedFileError
from index.fields import SCHEMA_VERSION
from index.generation import CURRENT, MANIFEST, META, IndexFolder, read_generation
from index.sealed import unseal
from index.segment_writer import MAX_DOCUMENTS
from index.segments import LIST, SegmentName, read_deleted, read_names, read_segment


@dataclass(frozen=True, slots=True)
class Examined:
    """A generation (or what points to it): the files that were read of it, their bytes, and what
    is wrong, one line for each file that is damaged, with its name and what to do."""

    name: str
    files: int
    size: int
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A file, what reads all of it and raises DamagedFileError, and on what that depends beside
    the file."""

    path: Path
    read: Callable[[], object]
    key: Hashable = None


def examine(index_dir: Path) -> list[Examined]:
    """Look at the published generation and at the one before, unless that is of another schema;
    none where nothing is published.

    Raises IndexVersionError where another version made the index.
    """
    index = IndexFolder(index_dir)
    while True:
        signature = index.signature()
        index.current()
        folders = [folder for folder in index.kept() if not _of_another_version(folder)]
        seen: dict[Hashable, str] = {}
        pointer = [_examined(index_dir, [_pointer(index_dir)], seen)] if folders else []
        found = pointer + [
            _examined(folder, _files(folder), seen, older=i > 0) for i, folder in enumerate(folders)
        ]
        # What is published meanwhile removes what was looked at.
        if signature == index.signature() or not any(one.damaged for one in found):
            return found


def damaged(folders: Iterable[Path]) -> list[Path]:
    """Those of the generations in which a file is damaged, as far as this version reads them."""
    seen: dict[Hashable, str] = {}
    own = (folder for folder in folders if not _of_another_version(folder))
    return [folder for folder in own if any(_damaged(_files(folder), seen))]


def _of_another_version(folder: Path) -> bool:
    found = read_generation(folder)
    return found is not None and found.schema_version != SCHEMA_VERSION


def _pointer(index_dir: Path) -> _File:
    path = index_dir / CURRENT
    return _File(path, lambda: _whole(path, unseal(path)))


def _files(folder: Path) -> list[_File]:
    meta, manifest = folder / META, folder / MANIFEST
    return [
        _File(meta, lambda: _whole(meta, read_generation(folder))),
        _File(folder / LIST, lambda: read_names(folder)),
        _File(manifest, lambda: _whole(manifest, manifests.load(manifest.read_bytes()))),
        *sorted(_arrays(folder), key=attrgetter("path")),
    ]


def _arrays(folder: Path) -> Iterator[_File]:
    try:
        names = read_names(folder)
    except DamagedFileError:
        # Which of them count is not known: all do.
        for ending in ("seg", "del"):
            for path in folder.glob(f"*.{ending}"):
                yield _File(path, partial(_read_arrays, path))
        return
    for name in names:
        yield _File(folder / name.file, partial(_read_segment, folder, name), name.identity)
        if name.deleted is not None:
            yield _File(folder / name.deleted, partial(_read_deleted, folder, name), name)


def _whole(path: Path, found: object) -> None:
    if found is None:
        raise DamagedFileError(path, "is cut short or has changed since it was written")


def _read_arrays(path: Path) -> None:
    ArrayFile(path).verify()


def _read_segment(folder: Path, name: SegmentName) -> None:
    read_segment(folder, name).file.verify()


def _read_deleted(folder: Path, name: SegmentName) -> None:
    try:
        documents = read_segment(folder, name).documents
    except DamagedFileError:
        # That is said of the segment.
        documents = MAX_DOCUMENTS
    read_deleted(folder, name, documents)


def _examined(
    folder: Path, files: list[_File], seen: dict[Hashable, str], *, older: bool = False
) -> Examined:
    sizes = [file.path.stat().st_size for file in files if file.path.exists()]
    # Of what the next publish removes nothing is to be built anew.
    lines = [
        f"{error.path}: {error.reason}; the next publish removes it" if older else str(error)
        for error in _damaged(files, seen)
    ]
    return Examined(folder.name, len(files), sum(sizes), tuple(lines))


def _damaged(files: list[_File], seen: dict[Hashable, str]) -> Iterator[DamagedFileError]:
    """What is wrong with files. One that two generations share is read once."""
    for file in files:
        try:
            state = file.path.stat()
            key = state.st_dev, state.st_ino, file.key
            if key not in seen:
                seen[key] = _wrong(file)
            reason = seen[key]
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
        if reason:
            yield DamagedFileError(file.path, reason)


def _wrong(file: _File) -> str:
    """What is wrong with a file, empty where nothing is. Raises OSError."""
    try:
        file.read()
    except DamagedFileError as error:
        return error.reason
    return ""
