"""Several segments to one: postings are merged piece by piece, deleted documents left behind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.array_file import Array, ArrayFileWriter
from index.fields import FACETS, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.gaps import Numbers, compact
from index.grouping import gathered, ranges
from index.postings import Field, Postings
from index.segment import SCORED_FIELDS, Blobs, Segment
from index.segment_writer import finish, write_facet, write_ids, write_postings

MAX_SEGMENTS = 8
# A segment that has lost this share of its documents is written anew.
_TOO_MANY_DELETED = 0.3
# A merge takes the smallest segments, and larger ones only up to so many times what it has.
_SIMILAR = 2.0
# Merging larger ones costs minutes and gains nothing: a search sees all segments as one.
_LARGEST = 300_000
# Postings of a field that are unpacked at a time: bounds the memory.
_PIECE = 4_000_000


@dataclass(frozen=True, slots=True)
class Living:
    """A segment with the documents that are left of it."""

    segment: Segment
    deleted: Numbers

    @property
    def documents(self) -> int:
        """How many are left."""
        return self.segment.documents - len(self.deleted)

    def numbers(self, base: int) -> Numbers:
        """The new number of each document, counted from ``base``; -1 for deleted ones."""
        alive = np.ones(self.segment.documents, bool)
        alive[self.deleted] = False
        return np.where(alive, np.cumsum(alive) - 1 + base, -1)


def to_merge(sizes: Sequence[tuple[int, int]], *, all_small: bool = False) -> list[int]:
    """Which segments to merge into one: indexes into ``sizes``, (living, all documents) of each.

    ``all_small`` merges whatever fits into one segment (after a full build).
    """
    order = sorted(range(len(sizes)), key=lambda i: sizes[i][0])
    worn = [
        i for i, (living, total) in enumerate(sizes) if living < total * (1 - _TOO_MANY_DELETED)
    ]
    chosen: list[int] = []
    together = 0
    for place, i in enumerate(order):
        living = sizes[i][0]
        too_many = len(sizes) - max(len(chosen) - 1, 0) > MAX_SEGMENTS
        similar = living <= together * _SIMILAR or len(chosen) < 2
        wanted = all_small or (len(sizes) > MAX_SEGMENTS and (too_many or similar))
        if not wanted or (together + living > _LARGEST and not too_many):
            break
        chosen.append(order[place])
        together += living
    found = sorted({*chosen, *worn})
    return found if len(found) > 1 or worn else []


def merge(segments: Sequence[Living], path: Path) -> None:
    """Write one segment with the living documents of several, in their order.

    Raises OSError, and DamagedFileError where one of them has changed since it was written.
    """
    for living in segments:
        # What is copied gets a new sum, and damage would then pass for sound.
        living.segment.file.verify()
    bases = np.concatenate(([0], np.cumsum([s.documents for s in segments]))).tolist()
    numbers = [s.numbers(base) for s, base in zip(segments, bases, strict=False)]
    with ArrayFileWriter(path) as file:
        fields: dict[str, dict[str, bool]] = {}
        for name in (n + s for n in TEXT_FIELDS for s in ("", SIDE_SUFFIX, RUN_SUFFIX)):
            parts = [(s.segment.field(name), own) for s, own in zip(segments, numbers, strict=True)]
            write_postings(file, fields, name, _pieces(parts))
            if name in SCORED_FIELDS:
                file.write(
                    f"{name}/lengths", *[_kept(s, s.segment.lengths(name)) for s in segments]
                )
        _write_columns(file, segments)
        finish(file, fields, bases[-1])


def _pieces(parts: Sequence[tuple[Field, Numbers]]) -> Iterator[Postings]:
    """The merged postings of a field, some terms at a time."""
    largest = max(parts, key=lambda part: part[0].postings)[0]
    cuts = [
        largest.term(cut)
        for cut in largest.cuts(max(_PIECE // len(parts), 1))
        if cut < largest.terms
    ]
    begins = [0] * len(parts)
    for cut in [*cuts, None]:
        ends = [f.terms if cut is None else f.place(cut) for f, _ in parts]
        found = [
            (field.slice(begin, end), numbers)
            for (field, numbers), begin, end in zip(parts, begins, ends, strict=True)
        ]
        yield _merged(found)
        begins = ends


def _merged(parts: Sequence[tuple[Postings, Numbers]]) -> Postings:
    terms = sorted({term for postings, _ in parts for term in postings.terms})
    number = {term: i for i, term in enumerate(terms)}
    key = np.concatenate([_keys(postings, numbers, number) for postings, numbers in parts])
    order = np.argsort(key, kind="stable")
    order = order[np.searchsorted(key[order], 0) :]
    key = key[order]
    first = np.searchsorted(key >> 32, np.arange(len(terms) + 1))
    used = np.flatnonzero(np.diff(first))
    frequencies = _concatenated([p.frequencies for p, _ in parts])
    positions = _concatenated([p.positions for p, _ in parts])
    if positions is not None and frequencies is not None:
        positions = gathered(positions, frequencies, order)
    return Postings(
        [terms[i] for i in used],
        np.concatenate((first[used], first[-1:])),
        key & 0xFFFFFFFF,
        None if frequencies is None else frequencies[order],
        positions,
    )


def _keys(postings: Postings, numbers: Numbers, terms: Mapping[bytes, int]) -> Numbers:
    """New term and document number of each posting in one; -1 where the document is deleted."""
    own = np.fromiter(map(terms.__getitem__, postings.terms), np.int64, len(postings.terms))
    term = np.repeat(own, np.diff(postings.first))
    documents = numbers[postings.documents]
    return np.where(documents < 0, -1, term << 32 | documents)


def _concatenated(parts: Sequence[Array | None]) -> Array | None:
    found = [part for part in parts if part is not None]
    return np.concatenate(found) if found else None


def _kept(living: Living, column: Array) -> Array:
    return np.delete(column, living.deleted)


def _write_columns(file: ArrayFileWriter, segments: Sequence[Living]) -> None:
    for name in ("date", "visible_from", "visible_to", "withheld"):
        file.write(name, *[_kept(s, s.segment.file.array(name)) for s in segments])
    alive = [np.flatnonzero(s.numbers(0) >= 0) for s in segments]
    ids = [s.segment.ids[n] for s, own in zip(segments, alive, strict=True) for n in own.tolist()]
    write_ids(file, ids)
    for name in ("record", "text", "spans"):
        _copy_blobs(file, name, [(s.segment, own) for s, own in zip(segments, alive, strict=True)])
    for name in FACETS:
        _merge_facet(file, name, [(s.segment, own) for s, own in zip(segments, alive, strict=True)])


def _copy_blobs(file: ArrayFileWriter, name: str, parts: Sequence[tuple[Segment, Numbers]]) -> None:
    data, lengths = [], []
    for segment, alive in parts:
        blobs = Blobs(segment.file, name)
        at = blobs.at.astype(np.int64)
        own = np.diff(at)[alive]
        whole = len(alive) == segment.documents
        data.append(blobs.data if whole else blobs.data[ranges(at[alive], own)])
        lengths.append(own)
    file.write(name, *data)
    file.write(f"{name}_at", compact(np.concatenate(([0], np.cumsum(np.concatenate(lengths))))))


def _merge_facet(
    file: ArrayFileWriter, name: str, parts: Sequence[tuple[Segment, Numbers]]
) -> None:
    columns = [segment.facet(name) for segment, _ in parts]
    values = sorted({value for column in columns for value in column.values})
    number = {value: i for i, value in enumerate(values)}
    counts, ordinals = [], []
    for column, (_, alive) in zip(columns, parts, strict=True):
        own = np.array([number[value] for value in column.values], np.int64)
        lengths = np.diff(column.at)[alive]
        counts.append(lengths)
        ordinals.append(own[column.ordinals[ranges(column.at[alive], lengths)]])
    write_facet(file, name, np.concatenate(counts), np.concatenate(ordinals), values)
