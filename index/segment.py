"""A segment: the documents of one file, read from its arrays."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from index.array_file import Array, ArrayFile, DamagedFileError
from index.fields import FACETS, RUN_SUFFIX, SCHEMA_VERSION, SIDE_SUFFIX, TEXT_FIELDS
from index.postings import Field

# Where a run field keeps its bigrams: a vocabulary whose "documents" are numbers of runs.
BIGRAMS = "/bigrams"
MORPHEME_FIELDS = TEXT_FIELDS
SIDE_FIELDS = tuple(name + SIDE_SUFFIX for name in TEXT_FIELDS)
RUN_FIELDS = tuple(name + RUN_SUFFIX for name in TEXT_FIELDS)
SCORED_FIELDS = MORPHEME_FIELDS + SIDE_FIELDS
_FIELDS = (*SCORED_FIELDS, *RUN_FIELDS, *(name + BIGRAMS for name in RUN_FIELDS))
# Arrays with an element for each document, and those that have one more: where each begins.
_BY_DOCUMENT = (
    *("date", "visible_from", "visible_to", "withheld", "id_hashes", "by_hash"),
    *(f"{name}/lengths" for name in SCORED_FIELDS),
)
_BEGINS = ("id_at", "record_at", "text_at", "spans_at", *(f"{name}/at" for name in FACETS))
# How bodies are stored: a syllable takes two bytes instead of three, and all of it is read in a
# third of the time that JSON is.
_CODE = "utf-16-le"
# In the date column of a document without one.
NO_DATE = -(2**63)


@dataclass(frozen=True, slots=True)
class FacetColumn:
    """The values of a facet: those of document ``n`` are ``ordinals[at[n]:at[n + 1]]``, numbers
    into ``values`` (as spelled, sorted)."""

    at: npt.NDArray[np.int64]
    ordinals: npt.NDArray[np.int64]
    values: tuple[str, ...]


class Blobs:
    """Byte strings by number."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        """Raises DamagedFileError."""
        self.data = file.array(name)
        self.at = file.array(f"{name}_at")
        # One number of an array, and the bytes between two, are read much faster so.
        self._begins, self._bytes = self.at.data, self.data.data

    def __getitem__(self, number: int) -> bytes:
        return bytes(self._bytes[self._begins[number] : self._begins[number + 1]])

    def of(self, numbers: Sequence[int]) -> list[bytes]:
        """Several at once, which is faster."""
        asked = np.array(numbers, np.int64)
        begins, ends = self.at.take(asked).tolist(), self.at.take(asked + 1).tolist()
        data = self.data.data
        return [bytes(data[begin:end]) for begin, end in zip(begins, ends, strict=True)]


class Segment:
    """One open segment. ``documents`` counts deleted ones too."""

    def __init__(self, path: Path) -> None:
        """Raises DamagedFileError."""
        self.file = ArrayFile(path)
        self.path = path
        if self.file.values.get("schema") != SCHEMA_VERSION:
            raise DamagedFileError(path, "was made by another version")
        self.documents = self.file.value("documents", int)
        self._check_lengths()
        self._fields = {name: Field(self.file, name) for name in _FIELDS}
        self.dates = self.file.array("date")
        self.visible_from = self.file.array("visible_from")
        self.visible_to = self.file.array("visible_to")
        self.withheld = self.file.array("withheld")
        self.ids = Blobs(self.file, "id")
        # Of each document what is stored but for its body, as JSON.
        self.records = Blobs(self.file, "record")
        self._texts = Blobs(self.file, "text")
        self.spans = Blobs(self.file, "spans")
        self._hashes = self.file.array("id_hashes").data
        self._by_hash = self.file.array("by_hash").data

    def _check_lengths(self) -> None:
        for names, length in ((_BY_DOCUMENT, self.documents), (_BEGINS, self.documents + 1)):
            for name in names:
                if len(self.file.array(name)) != length:
                    raise DamagedFileError(self.path, f"the array {name} is of another length")
        for name in FACETS:
            self.file.array(f"{name}/ordinals")
            Blobs(self.file, f"{name}/values")

    def field(self, name: str) -> Field:
        """The postings of a field (of a run field its bigrams too, as ``name + BIGRAMS``)."""
        return self._fields[name]

    def record(self, number: int) -> dict[str, Any]:
        """What is stored of a document."""
        record: dict[str, Any] = orjson.loads(self.records[number])
        if text := self._texts[number]:
            # A disk that lies spoils a letter, not the answer; whether it did, the sums tell.
            record["body"] = text.decode(_CODE, "replace")
        return record

    def lengths(self, name: str) -> Array:
        """How many terms a scored field has, by document."""
        return self.file.array(f"{name}/lengths")

    def facet(self, name: str) -> FacetColumn:
        """The column of a facet."""
        values = Blobs(self.file, f"{name}/values")
        return FacetColumn(
            self.file.array(f"{name}/at").astype(np.int64),
            self.file.array(f"{name}/ordinals").astype(np.int64),
            tuple(values[i].decode() for i in range(len(values.at) - 1)),
        )

    def find(self, document_id: str) -> int:
        """The document with an id; -1 where there is none. Deleted ones are found too, but not
        in place of one that was added after them."""
        wanted = document_id.encode("utf-8", "replace")
        own = int(id_hash(wanted))
        place = bisect_right(self._hashes, own)
        while place and self._hashes[place - 1] == own:
            number = self._by_hash[place - 1]
            if self.ids[number] == wanted:
                return number
            place -= 1
        return -1


def stored(record: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """What is stored of a document as bytes: its record, and the body apart."""
    body = record.get("body")
    if not body:
        return orjson.dumps(record), b""
    rest = {name: value for name, value in record.items() if name != "body"}
    return orjson.dumps(rest), body.encode(_CODE)


def id_hash(document_id: bytes) -> np.uint64:
    """By what documents are looked up: the first 8 bytes of BLAKE2b of the id."""
    return np.uint64(int.from_bytes(blake2b(document_id, digest_size=8).digest(), "little"))
