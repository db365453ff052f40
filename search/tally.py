"""Counts of several facets at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.docsets import Numbers
from search.facet_table import FacetTable, counted

# A row of so many bytes at most is copied as one (numpy knows the powers of two), and its values
# are what fits in a line of the processor's memory.
_ROW_BYTES = 32


class Tally:
    """Counts several facets at once, and years from months."""

    def __init__(self, tables: Mapping[str, FacetTable]) -> None:
        self.tables = tables
        self._year_of_month = _years(tables)
        self._together = _together(
            {name: table for name, table in tables.items() if not self._follows(name)}
        )

    def counts(self, facets: Sequence[str], numbers: Numbers) -> dict[str, Numbers]:
        """How many of the documents carry each value of each facet."""
        wanted = ["month" if self._follows(facet) else facet for facet in facets]
        if self._together is not None and len(set(wanted)) > 1:
            found = self._together.counts(numbers)
        else:
            found = {facet: self.tables[facet].counts(numbers) for facet in set(wanted)}
        return {facet: self._count(facet, found) for facet in facets}

    def _follows(self, facet: str) -> bool:
        return facet == "year" and self._year_of_month is not None

    def _count(self, facet: str, found: Mapping[str, Numbers]) -> Numbers:
        if facet != "year" or self._year_of_month is None:
            return found[facet]
        years = np.zeros(len(self.tables["year"].keys), np.int64)
        np.add.at(years, self._year_of_month, found["month"])
        return years


@dataclass(frozen=True, slots=True)
class _Together:
    """Several facets by document: ``rows`` have the values of all of them, as numbers of their own
    below ``size``, those of a facet from its number in ``firsts`` on."""

    tables: Mapping[str, FacetTable]
    rows: npt.NDArray[np.unsignedinteger]
    firsts: Mapping[str, int]
    size: int

    def counts(self, numbers: Numbers) -> dict[str, Numbers]:
        """How many of the documents carry each value of each facet."""
        found = counted(self.rows, numbers, self.size)
        counts = {}
        for facet, first in self.firsts.items():
            table = self.tables[facet]
            counts[facet] = found[first : first + len(table.keys)]
            table.count_more(numbers, counts[facet])
        return counts


def _together(tables: Mapping[str, FacetTable]) -> _Together | None:
    """Facets in rows that are counted as one; None where a row would be too long."""
    width = 1
    while width < sum(table.table.shape[1] for table in tables.values()):
        width *= 2
    documents = len(next(iter(tables.values())).table)
    size = sum(len(table.keys) for table in tables.values())
    # A number for "no value" in each column: to count one and the same again and again is slow.
    kind = np.min_scalar_type(size + width)
    if width * kind.itemsize > _ROW_BYTES:
        return None
    rows = np.empty((documents, width), kind)
    rows[:] = np.arange(size, size + width)
    firsts: dict[str, int] = {}
    first = column = 0
    for name, own in tables.items():
        values = own.table.astype(kind)
        part = rows[:, column : column + values.shape[1]]
        np.copyto(part, values + kind.type(first), where=values < len(own.keys))
        firsts[name] = first
        first += len(own.keys)
        column += values.shape[1]
    return _Together(tables, rows, firsts, size + width)


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
