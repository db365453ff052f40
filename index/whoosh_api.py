"""The one place that imports whoosh, so that its distribution can be changed by a line."""

import struct
from collections.abc import Sequence

from whoosh.codec.base import Codec, FieldCursor, PerDocumentReader, Segment, TermsReader
from whoosh.columns import Column, ColumnReader, NumericColumn, VarBytesColumn
from whoosh.fields import COLUMN, STORED, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.formats import Existence, Format, Frequency, Positions
from whoosh.index import TOC, FileIndex
from whoosh.matching import LeafMatcher, ReadTooFar
from whoosh.query import And, Every, Not, Or, Phrase, Term
from whoosh.reading import TermInfo
from whoosh.scoring import BM25F
from whoosh.searching import Searcher
from whoosh.sorting import FieldFacet

from index.fields import FACETS, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS

__all__ = [
    "BM25F",
    "TOC",
    "And",
    "Codec",
    "ColumnReader",
    "Every",
    "FieldCursor",
    "FieldFacet",
    "FileIndex",
    "FileStorage",
    "Format",
    "LeafMatcher",
    "Not",
    "Or",
    "PerDocumentReader",
    "Phrase",
    "ReadTooFar",
    "Searcher",
    "Segment",
    "Term",
    "TermInfo",
    "TermsReader",
    "schema",
]


class PackedPositions(Positions):
    """Positions as numbers of 32 bits each, where Whoosh would pickle them."""

    def encode(self, value: Sequence[int]) -> bytes:
        """The positions of one posting."""
        return struct.pack(f"<{len(value)}I", *value)

    def decode_positions(self, valuestring: bytes) -> list[int]:
        """See Positions."""
        return list(struct.unpack(f"<{len(valuestring) // 4}I", valuestring))

    def decode_frequency(self, valuestring: bytes) -> int:
        """See Positions."""
        return len(valuestring) // 4


class PackedFrequency(Frequency):
    """Frequencies of 32 bits; Whoosh encodes them only while it analyses text."""

    def encode(self, value: int) -> bytes:
        """The frequency of one posting."""
        return struct.pack("!I", value)


class IndexedField(FieldType):
    """Terms that our analyser made: Whoosh finds and scores them, and analyses nothing."""

    def __init__(self, format_: Format, *, scorable: bool) -> None:
        self.format = format_
        self.scorable = scorable
        self.stored = False
        self.analyzer = None


class ValuesColumn(Column):
    """The values of a facet: a list for each document."""

    _default: Sequence[str] = ()

    def stores_lists(self) -> bool:
        """See Column: FieldFacet counts each value of the list."""
        return True


def schema() -> Schema:
    """The field table in the words of Whoosh."""
    fields: dict[str, FieldType] = {"id": COLUMN(VarBytesColumn()), "record": STORED()}
    for name in TEXT_FIELDS:
        fields[name] = IndexedField(PackedPositions(), scorable=True)
        fields[name + SIDE_SUFFIX] = IndexedField(PackedFrequency(), scorable=True)
        fields[name + RUN_SUFFIX] = IndexedField(Existence(), scorable=False)
    for name in FACETS:
        fields[name] = COLUMN(ValuesColumn())
    for name in ("date", "visible_from", "visible_to"):
        fields[name] = COLUMN(NumericColumn("q"))
    fields["withheld"] = COLUMN(NumericColumn("B"))
    return Schema(**fields)
