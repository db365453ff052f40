"""What is known of every document beside its words: dates, visibility, facets, as arrays."""

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from index.fields import DRAFT, FACETS, HIDDEN, NEVER, NOT_WITHHELD, facet_key
from index.merging import Living
from index.segment import NO_DATE, FacetColumn
from search.docsets import Mask, Numbers, distinct, places
from search.engine import Visibility
from search.plan import STATUSES, Status
from search.titles import TitleOrder

# Facets with up to so many values a document are counted from a table of that width; the few
# documents with more beside it.
_TABLE_WIDTH = 12
# Pairs of values are counted together as long as their counts stay near the processor.
_PAIRS = 1 << 14
# The sort key of documents without a date.
_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FacetTable:
    """The values of a facet, of all documents.

    ``table`` holds value numbers by document, row-wise, filled up with ``len(keys)``; ``more``
    are (document, value) pairs of documents with more values than the table is wide. ``keys``
    compare values; ``spelled`` are all spellings, sorted, ``key_of_spelled`` their keys, and
    ``spellings`` the (document, spelling) pairs.
    """

    table: npt.NDArray[np.int64]
    more: tuple[Numbers, Numbers]
    keys: tuple[str, ...]
    number_of_key: Mapping[str, int]
    spelled: tuple[str, ...]
    key_of_spelled: Numbers
    spellings: tuple[Numbers, Numbers]

    def having(self, keys: frozenset[str]) -> Mask:
        """Documents with one of the values."""
        wanted = np.zeros(len(self.keys) + 1, bool)
        wanted[[self.number_of_key[key] for key in keys if key in self.number_of_key]] = True
        mask: Mask = wanted[self.table[:, 0]]
        for column in range(1, self.table.shape[1]):
            mask |= wanted[self.table[:, column]]
        documents, values = self.more
        mask[documents[wanted[values]]] = True
        return mask

    @property
    def single(self) -> bool:
        """Whether every document has one value at most."""
        return self.table.shape[1] == 1 and not len(self.more[0])

    def counts(self, numbers: Numbers) -> Numbers:
        """How many of the documents (ascending) carry each value, by number of the value."""
        size = len(self.keys) + 1
        found = np.bincount(self.table.take(numbers, axis=0).reshape(-1), minlength=size)
        documents, values = self.more
        if len(documents):
            inside = places(documents, numbers)[1]
            found += np.bincount(values[inside], minlength=size)
        return found[:-1]


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
    codes: Numbers

    def counts(self, numbers: Numbers) -> dict[str, Numbers]:
        """The counts of both."""
        found = np.bincount(self.codes.take(numbers), minlength=self.height * self.width)
        pairs = found.reshape(self.height, self.width)
        return {self.first: pairs.sum(axis=1)[:-1], self.second: pairs.sum(axis=0)[:-1]}


def _pair(tables: Mapping[str, FacetTable]) -> _Pair | None:
    """The first two facets (years apart) that can be counted together."""
    names = [name for name, table in tables.items() if table.single and name != "year"]
    for first, second in combinations(names, 2):
        height, width = len(tables[first].keys) + 1, len(tables[second].keys) + 1
        if height * width <= _PAIRS:
            codes = tables[first].table[:, 0] * width + tables[second].table[:, 0]
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


class Columns:
    """The columns of all segments behind each other."""

    def __init__(self, segments: Sequence[Living]) -> None:
        def column(name: str) -> npt.NDArray[np.int64]:
            return _concatenated([s.segment.file.array(name) for s in segments])

        self._segments = segments
        self.dates = column("date")
        self.visible_from = column("visible_from")
        self.visible_to = column("visible_to")
        self.living = _living(segments)
        self.documents = len(self.living)
        self.withheld = column("withheld")
        self._public = self.living & (self.withheld == NOT_WITHHELD)
        self.facets = {name: _facet_table(name, segments) for name in FACETS}
        self.tally = Tally(self.facets)
        instants = [self.visible_from[self._public], self.visible_to[self._public]]
        self._instants = distinct(np.sort(np.concatenate(instants)))

    def visible(self, at: int | None) -> Mask:
        """Documents that the public sees at an instant; all that are left for None."""
        if at is None:
            return self.living
        mask: Mask = self._public & (self.visible_from <= at) & (at < self.visible_to)
        return mask

    def visibility(self, now: int) -> Visibility:
        """The visibility epoch at ``now``, and the next change."""
        place = int(np.searchsorted(self._instants, now, side="right"))
        epoch = int(self._instants[place - 1]) if place else 0
        following = int(self._instants[place]) if place < len(self._instants) else NEVER
        return Visibility(epoch, None if following == NEVER else following)

    def dated(self, start: int | None, end: int | None) -> Mask:
        """Documents with a date in [start, end)."""
        mask: Mask = self.dates != NO_DATE
        if start is not None:
            mask &= self.dates >= start
        if end is not None:
            mask &= self.dates < end
        return mask

    def statuses(self, at: int) -> Numbers:
        """The status of every document at an instant, as its place in STATUSES. What is no more
        to be seen has expired, even where it was never to be seen."""
        number = STATUSES.index
        conditions = [
            self.withheld == DRAFT,
            self.withheld == HIDDEN,
            self.visible_to <= at,
            self.visible_from > at,
        ]
        names: tuple[Status, ...] = ("draft", "hidden", "expired", "scheduled")
        return np.select(conditions, [number(name) for name in names], number("public"))

    def id(self, number: int) -> str:
        """The id of a document."""
        for living in self._segments:
            if number < living.segment.documents:
                return living.segment.ids[number].decode()
            number -= living.segment.documents
        raise IndexError(number)

    def ids(self, numbers: Sequence[int]) -> list[str]:
        """The ids of some documents."""
        if len(self._segments) > 1:
            return [self.id(number) for number in numbers]
        return [one.decode() for living in self._segments for one in living.segment.ids.of(numbers)]

    def dates_of(self, numbers: Sequence[int]) -> list[int | None]:
        """The dates of some documents."""
        own = self.dates.take(np.array(numbers, np.int64)).tolist()
        return [None if date == NO_DATE else date for date in own]

    @cached_property
    def newest(self) -> "Order":
        """Newer dates first, then by id; documents without a date last."""
        undated = self.dates == NO_DATE
        return self._ordered(np.where(undated, _LAST, -np.where(undated, 0, self.dates)))

    @cached_property
    def oldest(self) -> "Order":
        """Older dates first, then by id; documents without a date last."""
        return self._ordered(np.where(self.dates == NO_DATE, _LAST, self.dates))

    @cached_property
    def titled(self) -> TitleOrder:
        """By title, then by id."""
        return TitleOrder(self._segments)

    def date_key(self, date: int | None, *, oldest: bool) -> int:
        """The sort key of a date in one of the two orders."""
        if date is None:
            return _LAST
        return date if oldest else -date

    def _ordered(self, keys: Numbers) -> "Order":
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        ends = [*(np.flatnonzero(np.diff(sorted_keys)) + 1).tolist(), len(order)]
        begin = 0
        for end in ends:
            if end - begin > 1:
                tied = order[begin:end].tolist()
                order[begin:end] = sorted(tied, key=self.id)
            begin = end
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return Order(order, rank, sorted_keys, self.id)


@dataclass(frozen=True, slots=True)
class Order:
    """All documents in an order: ``order`` by rank, ``rank`` by document; ``keys`` by rank."""

    order: Numbers
    rank: npt.NDArray[np.int32]
    keys: Numbers
    id: Callable[[int], str]

    def after(self, key: int, document_id: str) -> int:
        """The first rank behind a place that is named by sort key and id."""
        begin = int(np.searchsorted(self.keys, key))
        end = int(np.searchsorted(self.keys, key, side="right"))
        return bisect.bisect_right(
            range(end), document_id, lo=begin, key=lambda rank: self.id(int(self.order[rank]))
        )


def _living(segments: Sequence[Living]) -> Mask:
    masks = []
    for living in segments:
        mask = np.ones(living.segment.documents, bool)
        mask[living.deleted] = False
        masks.append(mask)
    return np.concatenate([np.empty(0, bool), *masks])


def _facet_table(name: str, segments: Sequence[Living]) -> FacetTable:
    columns = [living.segment.facet(name) for living in segments]
    spelled = sorted({value for column in columns for value in column.values})
    keys = sorted({facet_key(value) for value in spelled})
    number_of_key = {key: i for i, key in enumerate(keys)}
    key_of_spelled = np.array([number_of_key[facet_key(value)] for value in spelled], np.int64)
    documents, spellings = _pairs(columns, spelled)
    values = key_of_spelled[spellings] if len(spellings) else spellings
    # Two spellings of one value in one document count once.
    pairs = distinct(np.sort(documents * (len(keys) + 1) + values))
    owners, values = np.divmod(pairs, len(keys) + 1)
    total = sum(len(column.at) - 1 for column in columns)
    counts = np.bincount(owners, minlength=total)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(owners)) - starts[owners]
    width = int(min(max(counts.max(initial=0), 1), _TABLE_WIDTH))
    table = np.full((total, width), len(keys), np.int64)
    inside = place < width
    table[owners[inside], place[inside]] = values[inside]
    return FacetTable(
        table,
        (owners[~inside], values[~inside]),
        tuple(keys),
        number_of_key,
        tuple(spelled),
        key_of_spelled,
        (documents, spellings),
    )


def _pairs(columns: Sequence[FacetColumn], spelled: Sequence[str]) -> tuple[Numbers, Numbers]:
    """(document, number of the spelling) of every value of every document."""
    number = {value: i for i, value in enumerate(spelled)}
    documents, values, base = [], [], 0
    for column in columns:
        own = np.array([number[value] for value in column.values], np.int64)
        values.append(own[column.ordinals])
        count = len(column.at) - 1
        documents.append(np.repeat(np.arange(base, base + count), np.diff(column.at)))
        base += count
    return _concatenated(documents), _concatenated(values)


def _concatenated(parts: Sequence[npt.NDArray[np.int64]]) -> Numbers:
    return np.concatenate([np.empty(0, np.int64), *parts])
