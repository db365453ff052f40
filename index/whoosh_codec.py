"""The reading side of a Whoosh codec: Whoosh's own searcher on the segments of a generation.

Only reading: segments are written by ``index.segment_writer`` and listed in segments.json, so
nothing of Whoosh's own (its table of contents, pickles, length bytes) is written or read. One
searcher belongs to one thread, as with any Whoosh index.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index import whoosh_api
from index.fields import FACETS
from index.merging import Living
from index.segment import SCORED_FIELDS
from index.segments import SegmentName, open_segment, read_names
from index.whoosh_terms import ArrayTermsReader

_NAME = "geulsaem"
_NUMBERS = ("date", "visible_from", "visible_to", "withheld")
_COLUMNS = frozenset(("id", *_NUMBERS, *FACETS))


def open_index(folder: Path, generation: int = 0) -> "ArrayIndex":
    """The Whoosh index that the folder of a generation is. Raises DamagedFileError."""
    return ArrayIndex(folder, generation)


class ArrayIndex(whoosh_api.FileIndex):
    """A generation as a Whoosh index. It never changes: a later one is opened anew."""

    def __init__(self, folder: Path, generation: int) -> None:
        # Not the initialiser of FileIndex, which reads a table of contents.
        self.storage = whoosh_api.FileStorage(str(folder), readonly=True)
        self.indexname = _NAME
        self._schema = whoosh_api.schema()
        self._generation = generation
        self._own = [ArraySegment(n, open_segment(folder, n)) for n in read_names(folder)]

    def latest_generation(self) -> int:
        """See Index."""
        return self._generation

    def reader(self, reuse: Any = None) -> Any:
        """See Index. Nothing is reused: Whoosh would add the old segments to the new ones."""
        return super().reader()

    def writer(self, procs: int = 1, **kwargs: Any) -> Any:
        """Refused: batches are written by ``index.whoosh_writer``."""
        raise NotImplementedError("this index is written with reindex")

    def _read_toc(self) -> Any:
        return whoosh_api.TOC(self._schema, list(self._own), self._generation)


class ArraySegment(whoosh_api.Segment):
    """A segment file with what is deleted of it."""

    def __init__(self, name: SegmentName, living: Living) -> None:
        super().__init__(_NAME)
        # Whoosh takes segments of one id for the same, deletions and all.
        self.segid = f"{name.file} {name.deleted}"
        self.living = living
        self._deleted = frozenset(living.deleted.tolist())

    def codec(self) -> "ArrayCodec":
        """See Segment."""
        return ArrayCodec()

    def should_assemble(self) -> bool:
        """See Segment."""
        return False

    def doc_count_all(self) -> int:
        """See Segment."""
        return self.living.segment.documents

    def deleted_count(self) -> int:
        """See Segment."""
        return len(self._deleted)

    def deleted_docs(self) -> frozenset[int]:
        """See Segment."""
        return self._deleted

    def is_deleted(self, docnum: int) -> bool:
        """See Segment."""
        return docnum in self._deleted


class ArrayCodec(whoosh_api.Codec):
    """Opens the readers of a segment; the segment has its file open already."""

    def terms_reader(self, storage: Any, segment: ArraySegment) -> ArrayTermsReader:
        """See Codec."""
        return ArrayTermsReader(segment.living.segment)

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> "ArrayDocumentReader":
        """See Codec."""
        return ArrayDocumentReader(segment)


class ArrayDocumentReader(whoosh_api.PerDocumentReader):
    """Lengths, columns and stored records."""

    def __init__(self, segment: ArraySegment) -> None:
        self._whoosh = segment
        self._segment = segment.living.segment
        self._lengths = {name: self._segment.lengths(name) for name in SCORED_FIELDS}

    def doc_count(self) -> int:
        """See PerDocumentReader."""
        return self._whoosh.living.documents

    def doc_count_all(self) -> int:
        """See PerDocumentReader."""
        return self._segment.documents

    def has_deletions(self) -> bool:
        """See PerDocumentReader."""
        return self._whoosh.deleted_count() > 0

    def is_deleted(self, docnum: int) -> bool:
        """See PerDocumentReader."""
        return self._whoosh.is_deleted(docnum)

    def deleted_docs(self) -> frozenset[int]:
        """See PerDocumentReader."""
        return self._whoosh.deleted_docs()

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """See PerDocumentReader: exact, where Whoosh keeps a byte."""
        lengths = self._lengths.get(fieldname)
        return default if lengths is None else int(lengths[docnum])

    def field_length(self, fieldname: str) -> int:
        """See PerDocumentReader. Deleted documents count, as everywhere in Whoosh."""
        lengths = self._lengths.get(fieldname)
        return 0 if lengths is None else int(lengths.sum(dtype="<u8"))

    def min_field_length(self, fieldname: str) -> int:
        """See PerDocumentReader."""
        lengths = self._lengths.get(fieldname)
        return 0 if lengths is None else int(lengths.min(initial=2**32 - 1))

    def max_field_length(self, fieldname: str) -> int:
        """See PerDocumentReader."""
        lengths = self._lengths.get(fieldname)
        return 0 if lengths is None else int(lengths.max(initial=0))

    def supports_columns(self) -> bool:
        """See PerDocumentReader."""
        return True

    def has_column(self, fieldname: str) -> bool:
        """See PerDocumentReader."""
        return fieldname in _COLUMNS

    def list_columns(self) -> Sequence[str]:
        """See PerDocumentReader."""
        return sorted(_COLUMNS)

    def column_reader(self, fieldname: str, column: Any) -> "ArrayColumnReader":
        """See PerDocumentReader."""
        return ArrayColumnReader(self._column(fieldname))

    def stored_fields(self, docnum: int) -> Mapping[str, Any]:
        """See PerDocumentReader: the record of a document."""
        return {"record": self._segment.record(docnum)}

    def _column(self, name: str) -> list[Any]:
        segment = self._segment
        if name == "id":
            return [segment.ids[n] for n in range(segment.documents)]
        if name in _NUMBERS:
            values: list[Any] = segment.file.array(name).tolist()
            return values
        facet = segment.facet(name)
        spelled = [facet.values[ordinal] for ordinal in facet.ordinals.tolist()]
        at = facet.at.tolist()
        return [spelled[at[n] : at[n + 1]] for n in range(segment.documents)]


class ArrayColumnReader(whoosh_api.ColumnReader):
    """The values of a column by document."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __getitem__(self, docnum: int) -> Any:
        return self._values[docnum]

    def sort_key(self, docnum: int) -> Any:
        """See ColumnReader."""
        return self._values[docnum]

    def load(self) -> Sequence[Any]:
        """See ColumnReader."""
        return self._values
