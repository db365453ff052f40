"""Sets of documents: sorted numbers where they are few, a mask over all where they are many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# From this share of all documents on, a mask is both smaller and faster than numbers.
_DENSE = 1 / 32


@dataclass(frozen=True, slots=True)
class DocSet:
    """Either ``numbers`` (ascending) or ``mask`` is there; ``documents`` are all there may be."""

    documents: int
    numbers: Numbers | None = None
    mask: Mask | None = None

    def as_numbers(self) -> Numbers:
        """The members, ascending."""
        if self.numbers is not None:
            return self.numbers
        return np.flatnonzero(self.as_mask())

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
        place = int(np.searchsorted(numbers, number))
        return place < len(numbers) and int(numbers[place]) == number

    def bound(self) -> int:
        """How many members there are at most; cheap."""
        return self.documents if self.numbers is None else len(self.numbers)

    def __and__(self, other: "DocSet") -> "DocSet":
        small, large = sorted((self, other), key=DocSet.bound)
        if small.numbers is not None:
            return of_numbers(self.documents, _within(small.numbers, large))
        return DocSet(self.documents, mask=small.as_mask() & large.as_mask())

    def __sub__(self, other: "DocSet") -> "DocSet":
        if self.numbers is not None:
            return of_numbers(self.documents, self.numbers[~_held(self.numbers, other)])
        if other.numbers is not None:
            mask = self.as_mask().copy()
            mask[other.numbers] = False
            return DocSet(self.documents, mask=mask)
        return DocSet(self.documents, mask=self.as_mask() & ~other.as_mask())

    @property
    def nbytes(self) -> int:
        """The memory of the members."""
        held: npt.NDArray[Any] | None = self.numbers if self.numbers is not None else self.mask
        return 0 if held is None else held.nbytes


def value_of(documents: Numbers, values: npt.NDArray[Any], number: int) -> float:
    """The value beside a document in ascending ``documents``; 0 where it is none of them."""
    place = int(np.searchsorted(documents, number))
    return float(values[place]) if place < len(documents) and documents[place] == number else 0.0


def of_numbers(documents: int, numbers: Numbers) -> DocSet:
    """The set of ascending ``numbers``."""
    if len(numbers) > documents * _DENSE:
        mask = np.zeros(documents, bool)
        mask[numbers] = True
        return DocSet(documents, mask=mask)
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
    return DocSet(documents, numbers=np.unique(np.concatenate(parts)))


def union(documents: int, sets: Iterable[DocSet]) -> DocSet:
    """Documents of any of the sets."""
    found = list(sets)
    if len(found) == 1:
        return found[0]
    masks = [s.mask for s in found if s.mask is not None]
    lists = [s.numbers for s in found if s.numbers is not None]
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


def _within(numbers: Numbers, other: DocSet) -> Numbers:
    return numbers[_held(numbers, other)]


def _held(numbers: Numbers, other: DocSet) -> Mask:
    if other.mask is not None:
        held: Mask = other.mask[numbers]
        return held
    theirs = other.as_numbers()
    if not len(theirs):
        return np.zeros(len(numbers), bool)
    places = np.searchsorted(theirs, numbers)
    places[places == len(theirs)] = 0
    found: Mask = theirs[places] == numbers
    return found
