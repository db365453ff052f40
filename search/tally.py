"""Counts of several facets at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from search.docsets import Numbers
from search.facet_table import FacetTable, counted

# Pairs of values are counted together as long as their counts stay near the processor.
_PAIRS = 1 << 14


class Tally:
    """Counts several facets at once: two that have one value a document as pairs of values, and
    years from months."""

    def __init__(self, tables: Mapping[str, FacetTable]) -> None:
        self.tables = tables
        self._pair = _pair(tables)
        self._year_of_month = _years(tables)

    def counts(self, facets: Sequence[str], numbers: Numbers) -> dict[str, Numbers]:
        """How many of the documents carry each value of each facet."""
        found: dict[str, Numbers] = {}
        if self._pair is not None and {self._pair.first, self._pair.second} <= set(facets):
            found |= self._pair.counts(numbers)
        # Months first: where every one is of a year, what they count is added up.
        for facet in sorted(set(facets) - found.keys(), key="month".__ne__):
            if facet == "year" and "month" in found and self._year_of_month is not None:
                found[facet] = np.zeros(len(self.tables[facet].keys), np.int64)
                np.add.at(found[facet], self._year_of_month, found["month"])
            else:
                found[facet] = self.tables[facet].counts(numbers)
        return found


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two facets by document as one number: value of ``first`` times ``width`` plus value of
    ``second``."""

    first: str
    second: str
    height: int
    width: int
    codes: npt.NDArray[np.uint16]

    def counts(self, numbers: Numbers) -> dict[str, Numbers]:
        """The counts of both."""
        found = counted(self.codes, numbers, self.height * self.width)
        pairs = found.reshape(self.height, self.width)
        return {self.first: pairs.sum(axis=1)[:-1], self.second: pairs.sum(axis=0)[:-1]}


def _pair(tables: Mapping[str, FacetTable]) -> _Pair | None:
    """The first two facets (years apart) that can be counted together."""
    names = [name for name, table in tables.items() if table.single and name != "year"]
    for first, second in combinations(names, 2):
        height, width = len(tables[first].keys) + 1, len(tables[second].keys) + 1
        if height * width <= _PAIRS:
            codes = tables[first].table[:, 0].astype(np.uint16)
            codes *= np.uint16(width)
            codes += tables[second].table[:, 0].astype(np.uint16)
            return _Pair(first, second, height, width, codes)
    return None


def _years(tables: Mapping[str, FacetTable]) -> Numbers | None:
    """The number of the year of each month; None where they do not go together."""
    years, months = tables["year"], tables["month"]
    if not (years.single and months.single):
        return None
    # The number behind the last stands for "no value" in both.
    of_month = np.full(len(months.keys) + 1, len(years.keys), np.int64)
    of_month[months.table[:, 0]] = years.table[:, 0]
    if not np.array_equal(of_month.take(months.table[:, 0]), years.table[:, 0]):
        return None
    if (of_month[:-1] == len(years.keys)).any() or of_month[-1] != len(years.keys):
        return None
    return of_month[:-1]
