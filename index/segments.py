"""The segments of a generation: which files they are, and which of their documents are deleted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.array_file import ArrayFile, ArrayFileWriter, DamagedFileError, Identity
from index.gaps import Numbers
from index.merging import Living
from index.sealed import seal, unseal
from index.segment import Segment

LIST = "segments.json"
_IDENTITIES = ("identity", "deleted_identity")
_FILE = re.compile(r"[\w-]+\.(seg|del)")


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment file of a generation, and the file of its deleted documents (None: none); with
    each what tells it from another file of that name (None: nothing was noted)."""

    file: str
    deleted: str | None = None
    identity: Identity | None = None
    deleted_identity: Identity | None = None


def read_names(folder: Path) -> list[SegmentName]:
    """The segments of a generation. Raises DamagedFileError."""
    values = unseal(folder / LIST)
    if values is None:
        raise DamagedFileError(folder / LIST, "is missing, cut short or changed")
    rows = values.get("segments")
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise DamagedFileError(folder / LIST, "is none that this version writes")
    return [
        SegmentName(row["file"], row["deleted"], *(_identity(row, key) for key in _IDENTITIES))
        for row in rows
    ]


def write_names(folder: Path, names: Sequence[SegmentName]) -> None:
    """Say which segments a generation has, and remove the files that none of them is."""
    used = {name for n in names for name in (n.file, n.deleted)}
    for file in folder.iterdir():
        if file.suffix in (".seg", ".del") and file.name not in used:
            file.unlink()
    (folder / LIST).unlink(missing_ok=True)
    rows = [asdict(_identified(folder, name)) for name in names]
    (folder / LIST).write_text(seal({"segments": rows}), encoding="utf-8")


def _identified(folder: Path, name: SegmentName) -> SegmentName:
    own = name.identity or ArrayFile(folder / name.file).identity
    deleted = name.deleted_identity
    if name.deleted is not None and deleted is None:
        deleted = ArrayFile(folder / name.deleted).identity
    return replace(name, identity=own, deleted_identity=deleted)


def open_segment(folder: Path, name: SegmentName, known: Segment | None = None) -> Living:
    """A segment (``known`` where its file is open) with what is deleted of it. Raises
    DamagedFileError."""
    segment = read_segment(folder, name, known)
    return Living(segment, read_deleted(folder, name, segment.documents))


def read_segment(folder: Path, name: SegmentName, known: Segment | None = None) -> Segment:
    """A segment as it was written. Raises DamagedFileError."""
    segment = known or Segment(folder / name.file)
    _compare(segment.file, name.identity)
    return segment


def _compare(file: ArrayFile, identity: Identity | None) -> None:
    if identity is not None and file.identity != identity:
        raise DamagedFileError(file.path, "is not the file that was published under this name")


def read_deleted(folder: Path, name: SegmentName, documents: int) -> Numbers:
    """The deleted documents of a segment that has so many, ascending. Raises DamagedFileError."""
    if name.deleted is None:
        return np.empty(0, np.int64)
    file = ArrayFile(folder / name.deleted)
    _compare(file, name.deleted_identity)
    # Small, and a flipped bit would bring back what was withdrawn.
    file.verify()
    deleted = file.array("documents").astype(np.int64)
    if len(deleted) and (deleted[-1] >= documents or (np.diff(deleted, prepend=-1) <= 0).any()):
        raise DamagedFileError(file.path, "does not belong to its segment")
    return deleted


def write_deleted(path: Path, documents: Iterable[int]) -> None:
    """Write the deleted documents of a segment. Raises OSError."""
    with ArrayFileWriter(path) as file:
        file.write("documents", np.array(sorted(documents), np.uint32))
        file.finish({})


def _identity(row: dict[str, Any], key: str) -> Identity | None:
    return (row[key][0], row[key][1]) if row.get(key) else None


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and _is_file(row.get("file"))
        and _is_deleted(row)
        and all(_is_identity(row.get(key)) for key in _IDENTITIES)
    )


def _is_identity(found: Any) -> bool:
    # None with the versions that noted none.
    return found is None or (isinstance(found, list) and list(map(type, found)) == [int, int])


def _is_deleted(row: dict[str, Any]) -> bool:
    return "deleted" in row and (row["deleted"] is None or _is_file(row["deleted"]))


def _is_file(name: Any) -> bool:
    # Of the folder itself: nothing else is opened, or removed.
    return isinstance(name, str) and _FILE.fullmatch(name) is not None
