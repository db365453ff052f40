"""The segments of a generation: which files they are, and which of their documents are deleted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.array_file import ArrayFile, ArrayFileWriter, DamagedFileError
from index.gaps import Numbers
from index.merging import Living
from index.sealed import seal, unseal
from index.segment import Segment

LIST = "segments.json"
_FILE = re.compile(r"[\w-]+\.(seg|del)")


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment file of a generation, and the file of its deleted documents (None: none)."""

    file: str
    deleted: str | None = None


def read_names(folder: Path) -> list[SegmentName]:
    """The segments of a generation. Raises DamagedFileError."""
    values = unseal(folder / LIST)
    if values is None:
        raise DamagedFileError(folder / LIST, "is missing, cut short or changed")
    rows = values.get("segments")
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise DamagedFileError(folder / LIST, "is none that this version writes")
    return [SegmentName(row["file"], row["deleted"]) for row in rows]


def write_names(folder: Path, names: Sequence[SegmentName]) -> None:
    """Say which segments a generation has, and remove the files that none of them is."""
    used = {name for n in names for name in (n.file, n.deleted)}
    for file in folder.iterdir():
        if file.suffix in (".seg", ".del") and file.name not in used:
            file.unlink()
    (folder / LIST).unlink(missing_ok=True)
    rows = [{"file": n.file, "deleted": n.deleted} for n in names]
    (folder / LIST).write_text(seal({"segments": rows}), encoding="utf-8")


def open_segment(folder: Path, name: SegmentName) -> Living:
    """A segment with what is deleted of it. Raises DamagedFileError."""
    segment = Segment(folder / name.file)
    return Living(segment, read_deleted(folder, name, segment.documents))


def read_deleted(folder: Path, name: SegmentName, documents: int) -> Numbers:
    """The deleted documents of a segment that has so many, ascending. Raises DamagedFileError."""
    if name.deleted is None:
        return np.empty(0, np.int64)
    file = ArrayFile(folder / name.deleted)
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


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and _is_file(row.get("file")) and _is_deleted(row)


def _is_deleted(row: dict[str, Any]) -> bool:
    return "deleted" in row and (row["deleted"] is None or _is_file(row["deleted"]))


def _is_file(name: Any) -> bool:
    # Of the folder itself: nothing else is opened, or removed.
    return isinstance(name, str) and _FILE.fullmatch(name) is not None
