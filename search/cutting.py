"""The page of a result: the best by score or the first by date, without sorting the rest."""

from dataclasses import dataclass

import numpy as np

from search.columns import Order
from search.docsets import DocSet, Numbers
from search.ranking import Floats
from search.titles import TitleOrder

# Documents are looked at in so many groups, whose best bound the score of a hit from below.
_GROUP = 64
# Ranks that are looked at first.
_STEP = 256
# The score of documents that are not to be shown: no score is below zero.
_OUT = np.float32(-1)


@dataclass(frozen=True, slots=True)
class Cut:
    """``offset`` to ``end`` of the hits; ``order`` decides among equals, and ``first`` is the
    rank in it behind the cursor (0: there is none)."""

    order: Order | TitleOrder
    first: int
    offset: int
    end: int

    def by_date(self, found: DocSet, total: int) -> list[int]:
        """The documents of the page in that order; ``total`` are found."""
        if found.numbers is not None:
            ranks = self.order.rank.take(found.numbers)
            ranks = ranks[ranks >= self.first] if self.first else ranks
            if len(ranks) > self.end:
                ranks = np.partition(ranks, self.end - 1)[: self.end]
            ranks.sort()
            numbers: list[int] = self.order.order.take(ranks[self.offset : self.end]).tolist()
            return numbers
        return self._met(found, total)

    def by_score(
        self,
        found: DocSet,
        scores: Floats,
        last: float | None,
    ) -> list[tuple[int, float]]:
        """The documents of the page with their scores, the best first. ``scores`` are those of the
        documents found, or of all where they are not listed; ``last`` is that at the cursor."""
        numbers = found.numbers
        if numbers is None:
            # Sums and products, because a mask as an index pays for every branch.
            inside = found.as_mask().astype(np.float32)
            scores *= inside
            inside += _OUT
            scores += inside
        if last is not None:
            self._leave_behind(scores, numbers, np.float32(last))
        left = self._leading(scores, numbers)
        ranks = self.order.rank.take(left if numbers is None else numbers.take(left))
        left = left[np.lexsort((ranks, -scores[left]))][self.offset : self.end]
        own = left if numbers is None else numbers.take(left)
        return list(zip(own.tolist(), scores[left].tolist(), strict=True))

    def _met(self, found: DocSet, total: int) -> list[int]:
        """Walks down the order until enough are found."""
        mask, order = found.as_mask(), self.order.order
        step = max(_STEP, 2 * self.end * len(order) // max(total, 1))
        met: list[int] = []
        begin = self.first
        while begin < len(order) and len(met) < self.end:
            chunk = order[begin : begin + step]
            met += chunk[mask.take(chunk)].tolist()
            begin += step
            step *= 2
        return met[self.offset : self.end]

    def _leave_behind(self, scores: Floats, numbers: Numbers | None, last: np.float32) -> None:
        """Take out what stands before the cursor."""
        equal = (scores == last).nonzero()[0]
        ranks = self.order.rank.take(equal if numbers is None else numbers.take(equal))
        scores[scores > last] = _OUT
        scores[equal[ranks < self.first]] = _OUT

    def _leading(self, scores: Floats, numbers: Numbers | None) -> Numbers:
        """The places of the best as far as ``end``, in no order."""
        left = (scores >= least_of_best(scores, self.end)).nonzero()[0]
        if len(left) <= self.end:
            return left
        own = scores.take(left)
        bound = _least(own, self.end)
        better, equal = left[own > bound], left[own == bound]
        wanted = self.end - len(better)
        if len(equal) > wanted:
            ranks = self.order.rank.take(equal if numbers is None else numbers.take(equal))
            equal = equal[np.argpartition(ranks, wanted - 1)[:wanted]]
        return np.concatenate((better, equal))


def least_of_best(scores: Floats, wanted: int) -> np.float32:
    """A score that the ``wanted`` best reach, and few others; zero where there are fewer."""
    size = len(scores) // _GROUP
    if size > wanted:
        # Every group whose best reaches it has one of them.
        scores = scores[: size * _GROUP].reshape(_GROUP, size).max(axis=0)
    elif len(scores) <= wanted:
        return np.float32(0)
    return max(np.float32(0), _least(scores, wanted))


def _least(scores: Floats, wanted: int) -> np.float32:
    """The lowest score of the ``wanted`` best."""
    found: np.float32 = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
    return found
