"""The segments of a generation: which files they are, and which of their documents are deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.array_file import ArrayFile, ArrayFileWriter, DamagedFileError
from index.gaps import Numbers
from index.merging import Living
from index.sealed import seal, unseal
from index.segment import Segment

LIST = "segments.json"


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
    return [SegmentName(row["file"], row["deleted"]) for row in values["segments"]]


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
    return Living(Segment(folder / name.file), read_deleted(folder, name))


def read_deleted(folder: Path, name: SegmentName) -> Numbers:
    """The deleted documents of a segment, ascending. Raises DamagedFileError."""
    if name.deleted is None:
        return np.empty(0, np.int64)
    file = ArrayFile(folder / name.deleted)
    # Small, and a flipped bit would bring back what was withdrawn.
    file.verify()
    return file.array("documents").astype(np.int64)


def write_deleted(path: Path, documents: Iterable[int]) -> None:
    """Write the deleted documents of a segment. Raises OSError."""
    with ArrayFileWriter(path) as file:
        file.write("documents", np.array(sorted(documents), np.uint32))
        file.finish({})
