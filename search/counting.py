"""Facet counts: exact, by the complement where that is smaller, cut only when they are shown."""

from dataclasses import dataclass

import numpy as np

from search.columns import FacetTable
from search.docsets import DocSet, Mask, Numbers
from search.engine import FacetCount


class VisibleCounts:
    """What is counted of a facet among visible documents, once for each state of visibility."""

    def __init__(self, table: FacetTable, visible: Mask) -> None:
        self._table = table
        self._totals = table.counts(np.flatnonzero(visible))
        self.shown = _shown(table, visible)

    def counts(self, counted: "Counted") -> Numbers:
        """How many of the documents carry each value."""
        found = self._table.counts(counted.numbers)
        return self._totals - found if counted.complement else found


@dataclass(frozen=True, slots=True)
class Counted:
    """Visible documents to be counted: ``numbers`` are they, or all visible ones but they."""

    numbers: Numbers
    complement: bool


def counted(found: DocSet, visible: Mask) -> Counted:
    """The smaller way to count ``found``, all of them visible."""
    if found.mask is None:
        return Counted(found.as_numbers(), complement=False)
    others = visible & ~found.mask
    if np.count_nonzero(others) * 2 < np.count_nonzero(visible):
        return Counted(np.flatnonzero(others), complement=True)
    return Counted(np.flatnonzero(found.mask), complement=False)


class CountedValues:
    """The values of a facet with their counts, by count and then by value; made when asked for.

    ``chosen`` values are among them with any count, others only where they were found.
    """

    def __init__(
        self, table: FacetTable, shown: Numbers, counts: Numbers, chosen: frozenset[str]
    ) -> None:
        self._table = table
        self._shown = shown
        self._counts = counts
        wanted = counts > 0
        for key in chosen:
            number = table.number_of_key.get(key, -1)
            if number >= 0 and shown[number] >= 0:
                wanted[number] = True
        numbers = np.flatnonzero(wanted)
        # Count, descending, and rank of the spelling in one key: a sort of plain numbers.
        keys = (counts.max(initial=0) - counts[numbers]) << 32 | shown[numbers]
        keys.sort()
        self._spellings = keys & 0xFFFFFFFF

    def __len__(self) -> int:
        return len(self._spellings)

    def rows(self, first: int, last: int) -> list[FacetCount]:
        """Some of the values, in order."""
        return [self._row(spelling) for spelling in self._spellings[first:last].tolist()]

    def of(self, key: str) -> FacetCount | None:
        """The row of a value; None where no visible document carries it."""
        number = self._table.number_of_key.get(key, -1)
        if number < 0 or self._shown[number] < 0:
            return None
        return self._row(int(self._shown[number]))

    def _row(self, spelling: int) -> FacetCount:
        number = int(self._table.key_of_spelled[spelling])
        return FacetCount(
            self._table.keys[number], self._table.spelled[spelling], int(self._counts[number])
        )


def _shown(table: FacetTable, visible: Mask) -> Numbers:
    """The most frequent spelling of each value among visible documents, the first of equals; -1
    for values that none of them carries."""
    documents, spellings = table.spellings
    counts = np.bincount(spellings[visible[documents]], minlength=len(table.spelled))
    shown = np.full(len(table.keys), -1, np.int64)
    # Ascending by count, later spellings first: what is written last is the best.
    order = np.lexsort((-np.arange(len(counts)), counts))
    order = order[counts[order] > 0]
    shown[table.key_of_spelled[order]] = order
    return shown
