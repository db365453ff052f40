"""Sets of documents: sorted numbers where they are few, a mask over all where they are many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# From this share of all documents on, a mask is both smaller and faster than numbers.
_DENSE = 1 / 32
# Up to this share of all documents those found are listed; more are scored all at once.
LISTED = 1 / 2
# A cache keeps a list up to this share beside the bits of a mask: a longer one is larger than the
# mask itself.
_KEPT = 1 / 4
# Looking up each of a few by bisection, which no branch predictor foresees, is as fast as one pass
# over this many for each of them, and to clear a value for each document as this share of one.
_MISSED = 32
_PASS = 1 / 8


@dataclass(frozen=True, slots=True)
class DocSet:
    """``numbers`` (ascending), ``mask`` or both are there; ``documents`` are all there may be."""

    documents: int
    numbers: Numbers | None = None
    mask: Mask | None = None

    def as_numbers(self) -> Numbers:
        """The members, ascending."""
        if self.numbers is not None:
            return self.numbers
        return self.as_mask().nonzero()[0]

    def listed(self) -> "DocSet":
        """The same, its numbers at hand where they are not too many."""
        if self.numbers is not None or self.count() > self.documents * LISTED:
            return self
        return DocSet(self.documents, self.as_numbers(), self.mask)

    def as_mask(self) -> Mask:
        """Membership of every document; not to be changed."""
        if self.mask is not None:
            return self.mask
        mask = np.zeros(self.documents, bool)
        mask[self.numbers] = True
        return mask

    def __contains__(self, number: int) -> bool:
        if self.mask is not None:
            return bool(self.mask[number])
        numbers = self.as_numbers()
        place = int(numbers.searchsorted(number))
        return place < len(numbers) and int(numbers[place]) == number

    def count(self) -> int:
        """How many members there are."""
        if self.numbers is not None:
            return len(self.numbers)
        return int(np.count_nonzero(self.as_mask()))

    def among(self, mask: Mask) -> int:
        """How many members a mask has."""
        if self.numbers is not None:
            return int(np.count_nonzero(mask.take(self.numbers)))
        return int(np.count_nonzero(mask & self.as_mask()))

    def bound(self) -> int:
        """How many members there are at most; cheap."""
        return self.documents if self.numbers is None else len(self.numbers)

    def __and__(self, other: "DocSet") -> "DocSet":
        small, large = (self, other) if self.bound() <= other.bound() else (other, self)
        if small.numbers is not None:
            left = chosen(small.numbers, held(small.numbers, large))
            return DocSet(self.documents, numbers=left)
        return DocSet(self.documents, mask=small.as_mask() & large.as_mask())

    def __sub__(self, other: "DocSet") -> "DocSet":
        if self.numbers is not None:
            left = chosen(self.numbers, ~held(self.numbers, other))
            return DocSet(self.documents, numbers=left)
        if other.numbers is not None:
            mask = self.as_mask().copy()
            mask[other.numbers] = False
            return DocSet(self.documents, mask=mask)
        return DocSet(self.documents, mask=self.as_mask() & ~other.as_mask())


@dataclass(frozen=True, slots=True)
class PackedSet:
    """A set as a cache keeps it: a bit for every document where it has a mask, and 32 bits for each
    member where they are listed and not too many: to find them in a mask takes longest."""

    documents: int
    bits: npt.NDArray[np.uint8] | None
    numbers: npt.NDArray[np.uint32] | None

    @classmethod
    def of(cls, found: DocSet) -> "PackedSet":
        """Keep a set."""
        bits = None if found.mask is None else np.packbits(found.mask)
        numbers = found.numbers
        if numbers is None or (bits is not None and len(numbers) > found.documents * _KEPT):
            return cls(found.documents, bits, None)
        return cls(found.documents, bits, numbers.astype(np.uint32))

    def unpacked(self) -> DocSet:
        """The set; a few microseconds for a hundred thousand documents."""
        mask, numbers = None, None
        if self.bits is not None:
            mask = np.unpackbits(self.bits, count=self.documents).view(bool)
        if self.numbers is not None:
            numbers = self.numbers.astype(np.int64)
        return DocSet(self.documents, numbers, mask)

    @property
    def nbytes(self) -> int:
        """The memory of the members."""
        return sum(own.nbytes for own in (self.bits, self.numbers) if own is not None)


def of_numbers(documents: int, numbers: Numbers) -> DocSet:
    """The set of ascending ``numbers``."""
    if len(numbers) > documents * _DENSE:
        mask = np.zeros(documents, bool)
        mask[numbers] = True
        return DocSet(documents, numbers, mask)
    return DocSet(documents, numbers=numbers)


def of_lists(documents: int, lists: Iterable[Numbers]) -> DocSet:
    """The union of lists of numbers, each in any order."""
    parts = [numbers for numbers in lists if len(numbers)]
    total = sum(map(len, parts))
    if total > documents * _DENSE:
        mask = np.zeros(documents, bool)
        for numbers in parts:
            mask[numbers] = True
        return DocSet(documents, mask=mask)
    if not parts:
        return DocSet(documents, numbers=np.empty(0, np.int64))
    return DocSet(documents, numbers=distinct(merged(parts)))


def merged(parts: Sequence[Numbers]) -> Numbers:
    """The numbers of some lists (at least one), ascending."""
    numbers = np.concatenate(parts)
    # The stable sort merges what is ascending already, several times as fast as the other.
    numbers.sort(kind="stable")
    return numbers


def distinct(numbers: Numbers) -> Numbers:
    """Ascending numbers, each once. (``np.unique`` hashes them and sorts them again.)"""
    if len(numbers) < 2:
        return numbers
    fresh = np.empty(len(numbers), bool)
    fresh[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return chosen(numbers, fresh)


class Sought:
    """Ascending numbers of ``documents`` that are looked for in one list after the other: what that
    takes is made once."""

    def __init__(self, numbers: Numbers, documents: int) -> None:
        self.numbers = numbers
        self._documents = documents

    def within(self, own: Numbers) -> tuple[Numbers, Numbers]:
        """Where they are in an ascending list, and which of them: the places in both."""
        if len(self.numbers) * _MISSED < len(own):
            found, met = places(self.numbers, own)
            there = met.nonzero()[0]
            return found.take(there), there
        inside = self._mask.take(own).nonzero()[0]
        return inside, self._places.take(own.take(inside))

    @cached_property
    def _mask(self) -> Mask:
        mask = np.zeros(self._documents, bool)
        mask[self.numbers] = True
        return mask

    @cached_property
    def _places(self) -> Numbers:
        """The place of each number; what is not among them has none."""
        found = np.empty(self._documents, np.int64)
        found[self.numbers] = np.arange(len(self.numbers))
        return found


def many(numbers: Numbers, others: Numbers, documents: int) -> bool:
    """Whether a pass over all documents is faster than looking up the fewer in the more."""
    fewer, more = sorted((len(numbers), len(others)))
    return fewer * _MISSED > more + documents * _PASS


def common(own: Numbers, others: Numbers, documents: int) -> tuple[Numbers, Numbers]:
    """The places in each of two ascending lists of what is in both."""
    if many(own, others, documents):
        mask = np.zeros(documents, bool)
        mask[others] = True
        inside = mask.take(own).nonzero()[0]
        mask[others] = False
        mask[own] = True
        return inside, mask.take(others).nonzero()[0]
    if len(own) > len(others):
        found, met = places(others, own)
        there = met.nonzero()[0]
        return found.take(there), there
    found, met = places(own, others)
    inside = met.nonzero()[0]
    return inside, found.take(inside)


def union(documents: int, sets: Iterable[DocSet]) -> DocSet:
    """Documents of any of the sets."""
    some = [own for own in sets if own.bound()]
    if len(some) == 1:
        return some[0]
    masks = [s.mask for s in some if s.mask is not None]
    lists = [s.numbers for s in some if s.mask is None and s.numbers is not None]
    if not masks:
        return of_lists(documents, lists)
    mask = masks[0].copy()
    for other in masks[1:]:
        mask |= other
    for numbers in lists:
        mask[numbers] = True
    return DocSet(documents, mask=mask)


def intersection(sets: Iterable[DocSet]) -> DocSet:
    """Documents of all of the sets (of at least one), the smallest first."""
    first, *others = sorted(sets, key=DocSet.bound)
    for other in others:
        first = first & other
    return first


def chosen(numbers: Numbers, mask: Mask) -> Numbers:
    """Those of ``numbers`` where ``mask`` holds."""
    # Five times as fast as an index by the mask, which pays for each branch it mispredicts.
    found: Numbers = numbers.take(mask.nonzero()[0])
    return found


def held(numbers: Numbers, other: DocSet) -> Mask:
    """Which of ``numbers`` are in a set."""
    if other.mask is not None:
        found: Mask = other.mask.take(numbers)
        return found
    others = other.as_numbers()
    if many(numbers, others, other.documents):
        inside: Mask = other.as_mask().take(numbers)
        return inside
    return places(numbers, others)[1]


def places(numbers: Numbers, among: Numbers) -> tuple[Numbers, Mask]:
    """Where each of ``numbers`` stands among ascending others, and whether it does (where it does
    not, the place means nothing)."""
    if not len(among):
        return np.zeros(len(numbers), np.int64), np.zeros(len(numbers), bool)
    found = among.searchsorted(numbers)
    # What is behind the last one is not the last one either.
    mask: Mask = among.take(found, mode="clip") == numbers
    return found, mask


def joined(parts: Sequence[npt.NDArray[np.int64]]) -> Numbers:
    """Numbers behind each other; none at all of no parts."""
    return np.concatenate([np.empty(0, np.int64), *parts])
