"""The vocabulary and the postings of one field of a segment, as arrays.

Terms are sorted by their UTF-8 bytes. A posting is a document number; fields that are scored add
how often the term stands there (its frequency), fields that know phrases where (its positions).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.array_file import Array, ArrayFile, DamagedFileError
from index.gaps import Gaps, Numbers, Words, scattered

# Nearly all frequencies are below 15: they take half a byte each, the first of two in the lower
# half. Those of this value and above lie beside.
OVERFLOW = 15
_HALVES = (np.arange(256) & 15 | np.arange(256) >> 4 << 8).astype("<u2")
# So many stand in a word. Before each such group the number of all occurrences is kept: those
# within a word are summed up at once.
GROUP = 16
_BEFORE = (np.uint64(1) << np.arange(0, 64, 4, dtype=np.uint64)) - np.uint64(1)
# As arrays: of a number numpy makes one at each call, which takes as long as a short list.
_LOWER_HALVES = np.array(0x0F0F0F0F0F0F0F0F, np.uint64)
_SUM = np.array(0x0101010101010101, np.uint64)
_LOWEST = np.array(0x1111111111111111, np.uint64)
_ONE_BIT, _TWO_BITS, _HALF, _LAST_BYTE = (np.array(bits, np.uint64) for bits in (1, 2, 4, 56))
_ONE, _TWO, _GROUP_BITS, _IN_GROUP = map(np.array, (1, 2, 4, GROUP - 1))
_LOWER_HALF, _FULL = np.array(15, np.uint8), np.array(OVERFLOW, np.uint8)
# Adds each of a group to all behind it.
_BEHIND = np.triu(np.ones((GROUP, GROUP)), 1)
# Where more than one in so many of a term's postings are asked for, all are summed up.
_WHOLE = 10
# So few lists are unpacked faster one by one than together.
_ONE_BY_ONE = 12
# Of a vocabulary each term of so many is known to a reader; the others are looked up between.
_SAMPLED = 64
Frequencies = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Postings:
    """Postings before they are packed, in order of term and document.

    ``terms`` sorted; the postings of term ``i`` are ``first[i]`` to ``first[i + 1]`` of
    ``documents`` and ``frequencies`` (None: not scored); ``positions`` (None: no phrases) has
    those of each posting one behind the other, ascending.
    """

    terms: Sequence[bytes]
    first: Numbers
    documents: Numbers
    frequencies: Frequencies | None = None
    positions: Array | None = None


class Field:
    """The reading side of a field. ``terms`` counts its vocabulary."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        """Raises DamagedFileError."""
        # As memory: one number of an array is read much faster so.
        self._blob = file.array(f"{name}/terms").data
        self._places = file.array(f"{name}/terms_at").data
        self._first = file.array(f"{name}/first")
        self._begins = self._first.data
        self._documents = Gaps.read(file, f"{name}/documents")
        values = file.value("fields", dict).get(name)
        if not isinstance(values, dict) or values.keys() != {"scored", "positions"}:
            raise DamagedFileError(file.path, f"the field {name} is missing")
        if not len(self._places) == len(self._first) > 0:
            raise DamagedFileError(file.path, f"the field {name} is of another length")
        self.terms = len(self._first) - 1
        self.postings = self._begins[-1]
        self._frequencies = file.array(f"{name}/frequencies") if values["scored"] else None
        self._positions: Array | None = None
        if values["scored"]:
            self._over = file.array(f"{name}/over"), file.array(f"{name}/over_frequencies")
        if values["positions"]:
            self._positions = file.array(f"{name}/positions")
            self._positions_at = file.array(f"{name}/positions_at").data
            self._groups_at = file.array(f"{name}/groups_at")

    def term(self, number: int) -> bytes:
        """The term with a number."""
        return bytes(self._blob[self._places[number] : self._places[number + 1]])

    def number(self, term: bytes) -> int:
        """The number of a term; -1 where the vocabulary has none."""
        first = (bisect_right(self._samples, term) - 1) * _SAMPLED
        if first < 0:
            return -1
        places, end = self._places, min(first + _SAMPLED, self.terms)
        begin = places[first]
        block = bytes(self._blob[begin : places[end]])
        # Its bytes may stand inside of others too.
        at = block.find(term)
        while at >= 0:
            number = bisect_left(places, begin + at, first, end)
            if places[number] == begin + at and places[number + 1] == begin + at + len(term):
                return number
            at = block.find(term, at + 1)
        return -1

    def place(self, term: bytes) -> int:
        """How many terms sort before ``term``."""
        first = max(bisect_left(self._samples, term) - 1, 0) * _SAMPLED
        places, block = self._block(first)
        low, high, base = 0, len(places) - 1, places[0]
        while low < high:
            middle = (low + high) // 2
            if block[places[middle] - base : places[middle + 1] - base] < term:
                low = middle + 1
            else:
                high = middle
        return first + low

    def _block(self, first: int) -> tuple[list[int], bytes]:
        """The terms from a sample to the next one: where they begin and where the last one ends,
        and their bytes."""
        places = self._places[first : first + _SAMPLED + 1].tolist()
        return places, bytes(self._blob[places[0] : places[-1]])

    @cached_property
    def _samples(self) -> list[bytes]:
        return [self.term(number) for number in range(0, self.terms, _SAMPLED)]

    def beginning(self, prefix: bytes) -> range:
        """The numbers of the terms that begin with a prefix, itself a whole UTF-8 text."""
        return range(self.place(prefix), self.place(prefix + b"\xff"))

    def frequency(self, number: int) -> int:
        """In how many documents of the segment, deleted ones too, the term stands."""
        return self._begins[number + 1] - self._begins[number]

    def documents(self, number: int) -> Numbers:
        """The documents of a term, ascending."""
        return self._documents.numbers(number, self.frequency(number))

    def bits(self, number: int) -> Words | None:
        """The documents of a term of many, as the bits that they are kept in."""
        return self._documents.bits(number)

    def documents_between(self, begin: int, end: int) -> Numbers:
        """The documents of the terms ``begin`` to ``end``, one term behind the other."""
        counts = np.diff(self._first[begin : end + 1].astype(np.int64))
        return self._documents.lists(begin, end, counts)

    def apart(self, numbers: Numbers) -> tuple[list[Words], Numbers]:
        """Of several terms the documents of those of many, as bits, and the others' numbers."""
        return self._documents.apart(numbers)

    def frequencies(self, number: int) -> Frequencies:
        """How often the term stands in each of its documents."""
        return self._frequencies_between(self._begins[number], self._begins[number + 1])

    def frequencies_at(self, number: int, inside: Numbers) -> Frequencies:
        """The frequencies of the postings at some places of the term's."""
        return self.frequencies_of(inside + self._begins[number])

    def postings_at(self, number: int, inside: Numbers) -> Numbers:
        """Which of the field's postings are those at some places of the term's."""
        own: Numbers = inside + self._begins[number]
        return own

    def frequencies_of(self, postings: Numbers) -> Frequencies:
        """The frequencies of some of the field's postings, in any order."""
        if self._frequencies is None:
            raise ValueError("this field is not scored")
        halves = self._frequencies.take(postings >> _ONE)
        short = halves >> ((postings & _ONE) << _TWO).astype(np.uint8) & _LOWER_HALF
        over = (short == _FULL).nonzero()[0]
        found: Frequencies = short.astype(np.int64)
        if len(over):
            places, values = self._over
            found[over] = values.take(places.searchsorted(postings.take(over).astype(np.uint64)))
        return found

    def begins_at(self, number: int, inside: Numbers) -> Numbers:
        """Where among its ``occurrences`` those of the postings at some places begin."""
        if len(inside) * _WHOLE > self.frequency(number):
            whole: Numbers = self.begins(number).take(inside)
            return whole
        return self._begins_of(inside + self._begins[number]) - self._positions_at[number]

    def first_positions(self, postings: Numbers) -> Array:
        """Where the terms of some of the field's postings, in any order, stand first."""
        if self._positions is None:
            raise ValueError("this field keeps no positions")
        return self._positions.take(self._begins_of(postings))

    def _begins_of(self, own: Numbers) -> Numbers:
        """Where among all positions of the field those of some postings begin."""
        if self._frequencies is None:
            raise ValueError("this field is not scored")
        group = own >> _GROUP_BITS
        words = self._frequencies.view("<u8").take(group) & _BEFORE.take(own & _IN_GROUP)
        even, odd = _halved(words)
        found: Numbers = ((even + odd) * _SUM >> _LAST_BYTE).astype(np.int64)
        found += self._groups_at.take(group)
        over = _full(words).nonzero()[0]
        if len(over):
            found[over] += self._beyond(own.take(over))
        return found

    def begins(self, number: int) -> Numbers:
        """The same for all of the term's postings."""
        if self._positions is None or self._frequencies is None:
            raise ValueError("this field keeps no positions")
        first, end = self._begins[number], self._begins[number + 1]
        low, high = first // GROUP, -(-end // GROUP)
        even, odd = _halved(self._frequencies.view("<u8")[low:high])
        # Each byte of the product is the sum of those up to it.
        before = (even + odd) * _SUM << np.uint64(8)
        pairs = np.stack((before.view(np.uint8), (before + even).view(np.uint8)), axis=1)
        groups = self._groups_at[low:high].astype(np.int64) - self._positions_at[number]
        found: Numbers = pairs.reshape(-1, GROUP) + groups[:, None]
        places, values = self._over
        some, last = _between(places, low * GROUP, end)
        if last > some:
            over = places[some:last].astype(np.int64)
            fresh = np.diff(over // GROUP, prepend=-1) > 0
            affected = over[fresh] // GROUP - low
            beyond = np.zeros((len(affected), GROUP))
            beyond[fresh.cumsum() - 1, over % GROUP] = values[some:last] - np.int64(OVERFLOW)
            found[affected] += (beyond @ _BEHIND).astype(np.int64)
        return found.reshape(-1)[first - low * GROUP : end - low * GROUP]

    def _beyond(self, own: Numbers) -> Numbers:
        """What the frequencies before some postings, in their groups, exceed half a byte by."""
        places, values = self._over
        low, high = (places.searchsorted(at.astype(places.dtype)) for at in (own & -GROUP, own))
        counts = high - low
        ends = counts.cumsum()
        at = np.arange(ends[-1]) + (low - ends + counts).repeat(counts)
        sums = np.concatenate(([0], (values.take(at) - np.int64(OVERFLOW)).cumsum()))
        found: Numbers = sums.take(ends) - sums.take(ends - counts)
        return found

    def positions(self, number: int) -> tuple[Numbers, Array]:
        """Where the term stands: for each of its documents the beginning of its positions (one
        entry more than documents), and the positions."""
        starts = np.concatenate(([0], self.frequencies(number).cumsum()))
        return starts, self.occurrences(number)

    def occurrences(self, number: int) -> Array:
        """Where the term stands, document by document: as many positions in each as the
        frequency there says."""
        if self._positions is None:
            raise ValueError("this field keeps no positions")
        at = self._positions_at
        return self._positions[at[number] : at[number + 1]]

    def occurring(self, number: int) -> int:
        """How many occurrences that are."""
        return self._positions_at[number + 1] - self._positions_at[number]

    def slice(self, begin: int, end: int) -> Postings:
        """The postings of the terms ``begin`` to ``end`` (a copy, unpacked)."""
        first = self._first[begin : end + 1].astype(np.int64)
        positions = None
        if self._positions is not None:
            at = self._positions_at
            positions = self._positions[at[begin] : at[end]]
        return Postings(
            [self.term(number) for number in range(begin, end)],
            first - first[0],
            self._documents.lists(begin, end, np.diff(first)),
            None
            if self._frequencies is None
            else self._frequencies_between(int(first[0]), int(first[-1])),
            positions,
        )

    def cuts(self, postings: int) -> list[int]:
        """Numbers of terms that cut the field into pieces of about so many postings."""
        steps = np.arange(postings, self.postings, postings)
        return sorted({int(cut) for cut in self._first.searchsorted(steps)})

    def _frequencies_between(self, begin: int, end: int) -> Frequencies:
        if self._frequencies is None:
            raise ValueError("this field is not scored")
        halves = self._frequencies[begin >> 1 : (end + 1) >> 1]
        both = _HALVES.take(halves).view(np.uint8)
        found = both[begin & 1 : (begin & 1) + end - begin].astype(np.int64)
        places, values = self._over
        low, high = _between(places, begin, end)
        found[places[low:high].astype(np.int64) - begin] = values[low:high]
        return found


def documents_of(parts: Sequence[tuple[Field, Numbers, int]]) -> Numbers:
    """The documents of terms of several fields, in no order: of each the numbers of some that are
    not kept as bits, and what is added to their documents."""
    if sum(len(numbers) for _, numbers, _ in parts) > _ONE_BY_ONE:
        return scattered([(own._documents, numbers, base) for own, numbers, base in parts])
    each = [np.empty(0, np.int64)]
    for own, numbers, base in parts:
        lists = map(own.documents, numbers.tolist())
        each += (base + documents for documents in lists) if base else lists
    return np.concatenate(each)


def _halved(words: Words) -> tuple[Words, Words]:
    """The lower and the higher half of each byte, in bytes."""
    return words & _LOWER_HALVES, words >> _HALF & _LOWER_HALVES


def _full(words: Words) -> Words:
    """Not zero where one of the halves of a word's bytes is full."""
    both = words & words >> _ONE_BIT
    full: Words = both & both >> _TWO_BITS & _LOWEST
    return full


def _between(places: Array, begin: int, end: int) -> tuple[int, int]:
    # Of their own type: else numpy would copy all of them into another.
    low, high = places.searchsorted(np.array((begin, end), places.dtype)).tolist()
    return low, high
