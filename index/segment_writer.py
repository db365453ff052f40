"""Documents to a segment: terms gathered as numbers, sorted once, written as arrays."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from index.array_file import Array, ArrayFileWriter
from index.document import Document
from index.field_writer import write_field
from index.fields import FACETS, RUN_SUFFIX, SCHEMA_VERSION, SIDE_SUFFIX, TEXT_FIELDS
from index.gaps import compact
from index.grouping import gathered
from index.postings import Postings
from index.segment import BIGRAMS, NO_DATE, id_hash, stored

# What is collected for a segment, far beyond what fits into memory: it is sorted by keys that have
# 32 bits for each. More is refused, never cut. Merged segments may have more postings.
MAX_DOCUMENTS = 2**31
MAX_POSTINGS = 2**32


class SegmentLimitError(Exception):
    """A segment cannot hold so much; the message says of what."""


class SegmentBuilder:
    """Collects documents and writes them as one segment. ``size`` counts postings."""

    def __init__(self) -> None:
        self.size = 0
        self._fields: dict[str, _FieldBuilder] = {}
        for name in TEXT_FIELDS:
            self._fields[name] = _FieldBuilder(scored=True, positions=True)
            self._fields[name + SIDE_SUFFIX] = _FieldBuilder(scored=True)
            self._fields[name + RUN_SUFFIX] = _FieldBuilder()
        self._columns = ColumnsBuilder()

    def __len__(self) -> int:
        return len(self._columns)

    def add(self, document: Document) -> int:
        """Take in a document and return its number. Raises SegmentLimitError."""
        for name, text in document.text.items():
            self._fields[name].add(text.terms, text.frequencies, text.positions, text.length)
            side = self._fields[name + SIDE_SUFFIX]
            side.add(text.side, text.side_frequencies, length=text.side_length)
            self._fields[name + RUN_SUFFIX].add(text.runs)
            self.size += len(text.terms) + len(text.side) + len(text.runs)
        if len(self) >= MAX_DOCUMENTS or self.size >= MAX_POSTINGS:
            raise SegmentLimitError(
                f"a segment holds at most {MAX_DOCUMENTS:,} documents and {MAX_POSTINGS:,} postings"
            )
        return self._columns.add(document)

    def write(self, path: Path) -> None:
        """Write the segment. Raises OSError."""
        with ArrayFileWriter(path) as file:
            fields: dict[str, dict[str, bool]] = {}
            for name, builder in self._fields.items():
                write_postings(file, fields, name, [builder.postings()])
                if builder.scored:
                    file.write(f"{name}/lengths", np.array(builder.lengths, np.uint32))
            self._columns.write(file)
            finish(file, fields, len(self))


def write_postings(
    file: ArrayFileWriter,
    fields: dict[str, dict[str, bool]],
    name: str,
    pieces: Iterable[Postings],
) -> None:
    """Write a field, and the bigrams of its vocabulary where it is a run field."""
    terms: list[bytes] = []

    def noted() -> Iterator[Postings]:
        for piece in pieces:
            terms.extend(piece.terms)
            yield piece

    fields[name] = write_field(file, name, noted())
    if name.endswith(RUN_SUFFIX):
        fields[name + BIGRAMS] = write_field(file, name + BIGRAMS, [bigrams(terms)])


def finish(file: ArrayFileWriter, fields: Mapping[str, Mapping[str, bool]], documents: int) -> None:
    """Write the directory of a segment."""
    file.finish({"schema": SCHEMA_VERSION, "documents": documents, "fields": fields})


def bigrams(terms: Sequence[bytes]) -> Postings:
    """The pairs of neighbouring characters of a vocabulary, each with the numbers of the terms
    that hold it."""
    texts = [term.decode() for term in terms]
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), "<u4").astype(np.int64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    owner = np.repeat(np.arange(len(texts)), lengths)
    inside = np.flatnonzero(owner[1:] == owner[:-1]) if len(owner) else np.empty(0, np.int64)
    pairs = codes[inside] << 21 | codes[inside + 1]
    kinds, kind = np.unique(pairs, return_inverse=True)
    keys = np.unique(kind.astype(np.int64) << 32 | owner[inside])
    first = np.searchsorted(keys >> 32, np.arange(len(kinds) + 1))
    names = [(chr(pair >> 21) + chr(pair & 0x1FFFFF)).encode() for pair in kinds.tolist()]
    return Postings(names, first, keys & 0xFFFFFFFF)


class _Numbers(dict[str, int]):
    """Gives each new term the next number."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class _FieldBuilder:
    """The postings of one field in the order of documents."""

    def __init__(self, *, scored: bool = False, positions: bool = False) -> None:
        self.scored = scored
        self.lengths = array("I")
        self._vocabulary = _Numbers()
        self._terms = array("I")
        self._counts = array("I")
        self._frequencies = array("I") if scored else None
        self._positions = array("I") if positions else None

    def add(
        self,
        terms: Sequence[str],
        frequencies: "array[int] | None" = None,
        positions: "array[int] | None" = None,
        length: int = 0,
    ) -> None:
        """The different terms of the next document."""
        # By way of a list: an array takes one in a fifth of the time that it takes others.
        self._terms += array("I", list(map(self._vocabulary.__getitem__, terms)))
        self._counts.append(len(terms))
        self.lengths.append(length)
        if self._frequencies is not None and frequencies is not None:
            self._frequencies.extend(frequencies)
        if self._positions is not None and positions is not None:
            self._positions.extend(positions)

    def postings(self) -> Postings:
        """Everything in order of term and document."""
        # In the order of their numbers.
        names = [term.encode() for term in self._vocabulary]
        sorted_numbers = sorted(range(len(names)), key=names.__getitem__)
        terms = list(map(names.__getitem__, sorted_numbers))
        rank = np.empty(len(terms), np.int64)
        rank[sorted_numbers] = np.arange(len(terms))
        counts = np.array(self._counts, np.int64)
        # One sort of plain numbers; what was added earlier stays first within a term.
        keys = rank[np.array(self._terms, np.int64)] << 32 | np.arange(len(self._terms))
        keys.sort()
        order = keys & 0xFFFFFFFF
        first = np.searchsorted(keys >> 32, np.arange(len(terms) + 1))
        documents = np.repeat(np.arange(len(counts)), counts)[order]
        if self._frequencies is None:
            return Postings(terms, first, documents)
        frequencies = np.array(self._frequencies, np.int64)
        positions = None
        if self._positions is not None:
            positions = gathered(np.array(self._positions, np.uint32), frequencies, order)
        return Postings(terms, first, documents, frequencies[order], positions)


class ColumnsBuilder:
    """What a segment holds of each document beside its postings."""

    def __init__(self) -> None:
        self._ids: list[bytes] = []
        self._records: list[bytes] = []
        self._texts: list[bytes] = []
        self._spans: list[bytes] = []
        self._numbers: dict[str, list[int]] = {
            name: [] for name in ("date", "visible_from", "visible_to", "withheld")
        }
        self._facets: dict[str, list[tuple[str, ...]]] = {name: [] for name in FACETS}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, document: Document) -> int:
        """Take in a document and return its number."""
        self._ids.append(document.id.encode())
        record, text = stored(document.record)
        self._records.append(record)
        self._texts.append(text)
        self._spans.append(document.spans)
        for name, values in self._numbers.items():
            value = getattr(document, name)
            values.append(NO_DATE if value is None else int(value))
        for name, rows in self._facets.items():
            rows.append(document.facets[name])
        return len(self._ids) - 1

    def write(self, file: ArrayFileWriter) -> None:
        """Write every column."""
        write_ids(file, self._ids)
        write_blobs(file, "record", self._records)
        write_blobs(file, "text", self._texts)
        write_blobs(file, "spans", self._spans)
        for name, values in self._numbers.items():
            dtype = np.uint8 if name == "withheld" else np.int64
            file.write(name, np.array(values, dtype))
        for facet, rows in self._facets.items():
            spelled = sorted({value for row in rows for value in row})
            number = {value: i for i, value in enumerate(spelled)}
            ordinals = np.array([number[value] for row in rows for value in row], np.int64)
            write_facet(file, facet, np.array([len(row) for row in rows]), ordinals, spelled)


def write_ids(file: ArrayFileWriter, ids: Sequence[bytes]) -> None:
    """Write ids, and what finds them."""
    write_blobs(file, "id", ids)
    hashes = np.array([id_hash(one) for one in ids], np.uint64)
    order = np.argsort(hashes, kind="stable")
    file.write("id_hashes", hashes[order])
    file.write("by_hash", order.astype(np.uint32))


def write_facet(
    file: ArrayFileWriter, name: str, counts: Array, ordinals: Array, values: Sequence[str]
) -> None:
    """Write a facet: how many values each document has, their ordinals, the sorted values."""
    file.write(f"{name}/at", compact(np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))))
    file.write(f"{name}/ordinals", ordinals.astype(np.uint32))
    write_blobs(file, f"{name}/values", [value.encode() for value in values])


def write_blobs(file: ArrayFileWriter, name: str, blobs: Sequence[bytes]) -> None:
    """Write byte strings, to be read by number."""
    file.write(name, np.frombuffer(b"".join(blobs), np.uint8))
    lengths = np.fromiter(map(len, blobs), np.int64, len(blobs))
    file.write(f"{name}_at", compact(np.concatenate(([0], np.cumsum(lengths)))))
