"""The one place that imports whoosh, so that its distribution can be changed by a line."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from whoosh.columns import NumericColumn, VarBytesColumn
from whoosh.fields import COLUMN, ID, STORED, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.formats import Existence, Frequency, Positions
from whoosh.index import EmptyIndexError, FileIndex
from whoosh.query import And, Every, Or, Phrase, Term
from whoosh.scoring import BM25F
from whoosh.searching import Searcher
from whoosh.system import pack_uint

from index.fields import FACETS, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.terms import Run
from index.terms import Term as AnalysedTerm

__all__ = [
    "BM25F",
    "And",
    "EmptyIndexError",
    "Every",
    "FileIndex",
    "Or",
    "Phrase",
    "Searcher",
    "Term",
    "create_index",
    "open_index",
    "schema",
]

# Separates the values of a multi-valued facet in its column; no value holds a control character.
VALUE_SEPARATOR = "\x1f"
# In the date column of a document without one.
NO_DATE = -(2**63)


class MorphemeField(FieldType):
    """Terms of the analyser with positions; extras are found but do not count in the length."""

    def __init__(self) -> None:
        self.format = Positions()
        self.scorable = True
        self.stored = False
        self.analyzer = None

    def index(
        self, value: Sequence[AnalysedTerm], **_: Any
    ) -> Iterator[tuple[bytes, int, float, bytes]]:
        """(term, part of the field length, frequency, encoded positions) for each term."""
        positions: dict[str, list[int]] = {}
        lengths: dict[str, int] = {}
        for term in value:
            positions.setdefault(term.text, []).append(term.position)
            lengths[term.text] = lengths.get(term.text, 0) + (not term.extra)
        for text, found in positions.items():
            encoded = self.format.encode(sorted(found))
            yield text.encode(), lengths[text], float(len(found)), encoded


class SideField(FieldType):
    """Side bigrams with their frequencies, scored like a field of their own."""

    def __init__(self) -> None:
        self.format = Frequency()
        self.scorable = True
        self.stored = False
        self.analyzer = None

    def index(self, value: Iterable[str], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """(bigram, frequency, frequency, encoded frequency) for each bigram."""
        counts: dict[str, int] = {}
        for text in value:
            counts[text] = counts.get(text, 0) + 1
        for text, count in counts.items():
            yield text.encode(), count, float(count), pack_uint(count)


class RunField(FieldType):
    """Noun runs: found or not, never scored."""

    def __init__(self) -> None:
        self.format = Existence()
        self.scorable = False
        self.stored = False
        self.analyzer = None

    def index(self, value: Iterable[Run], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """(run, 1, 1, nothing) for each different run."""
        for text in {run.text for run in value}:
            yield text.encode(), 1, 1.0, b""


def schema() -> Schema:
    """The Whoosh schema of the field table."""
    fields: dict[str, FieldType] = {"id": ID(unique=True), "record": STORED()}
    for name in TEXT_FIELDS:
        fields[name] = MorphemeField()
        fields[name + SIDE_SUFFIX] = SideField()
        fields[name + RUN_SUFFIX] = RunField()
    for name in FACETS:
        fields[name] = COLUMN(VarBytesColumn())
    for name in ("date", "visible_from", "visible_to"):
        fields[name] = COLUMN(NumericColumn("q"))
    fields["withheld"] = COLUMN(NumericColumn("b"))
    fields["key"] = COLUMN(VarBytesColumn())
    return Schema(**fields)


def create_index(folder: Path) -> FileIndex:
    """An empty index in ``folder``."""
    return FileIndex.create(FileStorage(str(folder)), schema())


def open_index(folder: Path) -> FileIndex:
    """The index in ``folder``. Raises EmptyIndexError where there is none."""
    return FileIndex(FileStorage(str(folder)))
