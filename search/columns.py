"""What is known of every document beside its words: dates, visibility, facets, as arrays."""

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.fields import DRAFT, FACETS, HIDDEN, NEVER, NOT_WITHHELD
from index.merging import Living
from index.segment import NO_DATE
from search.docsets import Mask, Numbers, distinct, joined
from search.engine import Visibility
from search.facet_table import facet_table
from search.plan import STATUSES, Status
from search.tally import Tally
from search.titles import TitleOrder

# The sort key of documents without a date.
_LAST = 2**63 - 1


class Columns:
    """The columns of all segments behind each other."""

    def __init__(self, segments: Sequence[Living]) -> None:
        def column(name: str) -> npt.NDArray[np.int64]:
            return joined([s.segment.file.array(name) for s in segments])

        self._segments = segments
        self.dates = column("date")
        self.visible_from = column("visible_from")
        self.visible_to = column("visible_to")
        self.living = _living(segments)
        self.documents = len(self.living)
        self.withheld = column("withheld")
        self._public = self.living & (self.withheld == NOT_WITHHELD)
        self.facets = {name: facet_table(name, segments) for name in FACETS}
        self.tally = Tally(self.facets)
        instants = [self.visible_from[self._public], self.visible_to[self._public]]
        self._instants = distinct(np.sort(np.concatenate(instants)))

    def visible(self, at: int | None) -> Mask:
        """Documents that the public sees at an instant; all that are left for None."""
        if at is None:
            return self.living
        mask: Mask = self._public & (self.visible_from <= at) & (at < self.visible_to)
        return mask

    @property
    def typical(self) -> Mask:
        """Documents whose lengths say how long a document is: drafts are none of them, unless
        there is nothing else."""
        return self._public if self._public.any() else self.living

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
