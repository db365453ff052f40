"""Counts of several facets at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.docsets import Numbers
from search.facet_table import FacetTable, counted

# A row of so many bytes at most is copied as one: numpy knows the powers of two.
_ROW_BYTES = 32
# Rows are counted where they are asked for as a whole, but for this share: a column takes half of
# the time that a table of its own takes, wanted or not.
_ASKED = 0.7


class Tally:
    """Counts several facets at once, and years from months."""

    def __init__(self, tables: Mapping[str, FacetTable]) -> None:
        self.tables = tables
        self._year_of_month = _years(tables)
        own = {name: table for name, table in tables.items() if not self._follows(name)}
        single = {name: table for name, table in own.items() if table.single}
        # Where one facet narrows the others, most often it is one of many values.
        kinds = [own] if len(single) == len(own) else [own, single]
        self._rows = [rows for some in kinds if (rows := _rows(some)) is not None]

    def counts(self, facets: Sequence[str], numbers: Numbers) -> dict[str, Numbers]:
        """How many of the documents carry each value of each facet."""
        wanted = {"month" if self._follows(facet) else facet for facet in facets}
        found: dict[str, Numbers] = {}
        for rows in self._rows:
            asked = wanted - found.keys()
            if rows.serve(asked):
                found |= rows.counts(numbers, asked)
        for facet in wanted - found.keys():
            found[facet] = self.tables[facet].counts(numbers)
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
class _Rows:
    """Several facets by document: ``values`` has those of all of them in a row, as numbers of
    their own below ``size``, those of a facet from its number in ``firsts`` on."""

    tables: Mapping[str, FacetTable]
    values: npt.NDArray[np.unsignedinteger]
    firsts: Mapping[str, int]
    size: int

    def serve(self, facets: set[str]) -> bool:
        """Whether to count rows is faster than to count some facets one by one."""
        asked = [self.tables[facet].table.shape[1] for facet in facets & self.tables.keys()]
        return len(asked) > 1 and sum(asked) >= self.values.shape[1] * _ASKED

    def counts(self, numbers: Numbers, facets: set[str]) -> dict[str, Numbers]:
        """How many of the documents carry each value of those of the facets that are here."""
        found = counted(self.values, numbers, self.size)
        counts = {}
        for facet in facets & self.tables.keys():
            table, first = self.tables[facet], self.firsts[facet]
            counts[facet] = found[first : first + len(table.keys)]
            table.count_more(numbers, counts[facet])
        return counts


def _rows(tables: Mapping[str, FacetTable]) -> _Rows | None:
    """Facets in rows; None where one would be too long, or hold a single facet."""
    width = 1
    while width < sum(table.table.shape[1] for table in tables.values()):
        width *= 2
    size = sum(len(table.keys) for table in tables.values())
    # A number for "no value" in each column: to count one and the same again and again is slow.
    nothing = np.arange(size, size + width)
    kind = np.min_scalar_type(size + width)
    if len(tables) < 2 or width * kind.itemsize > _ROW_BYTES:
        return None
    documents = len(next(iter(tables.values())).table)
    values = np.empty((documents, width), kind)
    values[:] = nothing.astype(kind)
    firsts: dict[str, int] = {}
    first = column = 0
    for name, own in tables.items():
        end = column + own.table.shape[1]
        np.add(
            own.table,
            kind.type(first),
            out=values[:, column:end],
            where=own.table < len(own.keys),
            dtype=kind,
        )
        firsts[name] = first
        first += len(own.keys)
        column = end
    return _Rows(tables, values, firsts, size + width)


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
