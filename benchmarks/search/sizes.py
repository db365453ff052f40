"""What lies in the files of an index of ours, by kind of array."""

from collections import Counter
from pathlib import Path

from index.fields import RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.generation import IndexFolder
from index.segments import open_segment, read_names

_OF_VOCABULARY = ("terms", "terms_at", "first")


def sizes(index_dir: Path) -> dict[str, float]:
    """MiB by kind; everything together is what the segment files take."""
    generation = IndexFolder(index_dir).current()
    assert generation is not None
    found: Counter[str] = Counter()
    for name in read_names(generation.folder):
        file = open_segment(generation.folder, name).segment.file
        # The directory of the file is its own affair; only its reader of sizes is here.
        for array in file._arrays:
            found[_kind(array)] += file.array(array).nbytes
    return {kind: size / 2**20 for kind, size in sorted(found.items(), key=lambda p: -p[1])}


def _kind(array: str) -> str:
    field, _, rest = array.partition("/")
    if field in TEXT_FIELDS:
        return _kind_of_morphemes(rest)
    if field.endswith(SIDE_SUFFIX):
        return "side fields"
    if field.endswith(RUN_SUFFIX):
        return "run fields"
    if field in ("record", "record_at", "text", "text_at"):
        return "stored text"
    if field in ("spans", "spans_at"):
        return "spans"
    return "columns"


def _kind_of_morphemes(rest: str) -> str:
    if rest.startswith("positions"):
        return "positions"
    if rest == "lengths":
        return "lengths"
    if rest in _OF_VOCABULARY:
        return "vocabulary"
    return "postings"
