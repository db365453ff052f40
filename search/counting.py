"""Facet counts: exact, by the complement where that is smaller, cut only when they are shown."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from search.docsets import DocSet, Mask, Numbers
from search.engine import FacetCount
from search.facet_table import FacetTable
from search.tally import Tally

# As arrays: of a number numpy makes one at each call, which takes as long as a short list.
_NONE, _SPELLING_BITS, _SPELLING = map(np.array, (0, 32, 0xFFFFFFFF))
# What ``_make`` does, without a call of Python for each of more than a hundred rows.
_ROW = partial(tuple.__new__, FacetCount)


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
        wanted = counts > _NONE
        for key in chosen:
            number = table.number_of_key.get(key, -1)
            if number >= 0 and shown[number] >= 0:
                wanted[number] = True
        numbers = wanted.nonzero()[0]
        # Count, descending, and rank of the spelling in one key: a sort of plain numbers.
        own = counts.take(numbers)
        keys = (own.max(initial=0) - own) << _SPELLING_BITS | shown.take(numbers)
        keys.sort()
        self._spellings = keys & _SPELLING

    def __len__(self) -> int:
        return len(self._spellings)

    def rows(self, first: int, last: int) -> list[FacetCount]:
        """Some of the values, in order."""
        spellings = self._spellings[first:last]
        numbers = self._table.key_of_spelled.take(spellings)
        keys = map(self._table.keys.__getitem__, numbers.tolist())
        values = map(self._table.spelled.__getitem__, spellings.tolist())
        counts = self._counts.take(numbers).tolist()
        return list(map(_ROW, zip(keys, values, counts, strict=True)))

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


class VisibleCounts:
    """What is counted of facets among visible documents, once for each state of visibility."""

    def __init__(self, tally: Tally, visible: Mask) -> None:
        self._tally = tally
        self._visible = visible
        self._visible_count = int(np.count_nonzero(visible))
        self._totals: dict[str, Numbers] = {}
        self._shown: dict[str, Numbers] = {}

    def counts(
        self, facets: Sequence[str], found: DocSet, chosen: Mapping[str, frozenset[str]]
    ) -> dict[str, CountedValues]:
        """How many of the documents found, all of them visible, carry each value."""
        numbers, complement = self._smaller(found)
        counts = self._tally.counts(facets, numbers)
        rows = {}
        for facet in facets:
            own = self._total(facet) - counts[facet] if complement else counts[facet]
            table = self._tally.tables[facet]
            keys = chosen.get(facet, frozenset())
            rows[facet] = CountedValues(table, self._spellings(facet), own, keys)
        return rows

    def _smaller(self, found: DocSet) -> tuple[Numbers, bool]:
        """The documents found, or all visible others, whichever are fewer; which of the two."""
        if found.bound() * 2 > self._visible_count:
            others = self._visible & ~found.as_mask()
            if np.count_nonzero(others) * 2 < self._visible_count:
                return others.nonzero()[0], True
        return found.as_numbers(), False

    def _total(self, facet: str) -> Numbers:
        if facet not in self._totals:
            visible = self._visible.nonzero()[0]
            self._totals[facet] = self._tally.tables[facet].counts(visible)
        return self._totals[facet]

    def _spellings(self, facet: str) -> Numbers:
        if facet not in self._shown:
            self._shown[facet] = _shown(self._tally.tables[facet], self._visible)
        return self._shown[facet]


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
