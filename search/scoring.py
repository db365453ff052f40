"""The scores of the documents found that may stand on a page. The terms that may count most are
added first, and a document is left out as soon as the others cannot lift it onto the page.

Turtle and Flood, Query Evaluation: Strategies and Optimizations (1995), over sets instead of one
document after the other. What is left has the very score that all of them would have.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from index.fields import RUN_SUFFIX, SIDE_SUFFIX
from search import plan as plans
from search.budget import RANKING, affordable
from search.cutting import least_of_best
from search.docsets import DocSet, Numbers
from search.frequencies import Frequencies
from search.ranking import Floats, idf
from search.term_lists import WITHIN_RUNS
from search.term_scores import Key, Scorer

# So few documents are not sifted, and not copied unless fewer than this share of them are left.
_FEW = 256
_LEFT = 1 / 2
# So few are scored by all terms that are left at once: faster than to find out which may go.
_TOGETHER = 2048
# A sum of floats in another order may be less by this share of it.
_ROUNDING = np.float32(1e-4)


@dataclass(frozen=True, slots=True)
class _Way:
    """What adds to a score: the least of some terms in the fields of a kind, ``weight`` times."""

    texts: tuple[str, ...]
    suffix: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Summand:
    """A scored term: the best of its ways counts, times ``factor``. ``place`` in the plan."""

    place: int
    fields: tuple[str, ...]
    ways: tuple[_Way, ...]
    factor: float

    @property
    def bound(self) -> float:
        """What it adds at most: a saturated frequency is below one."""
        return self.factor * max(way.weight for way in self.ways)

    @property
    def keys(self) -> list[Key]:
        """All of its terms."""
        return [(text, way.suffix, self.fields) for way in self.ways for text in way.texts]

    def best(self, scores: Callable[[Key], Floats]) -> Floats:
        """What the term or what stands for it, whichever is more, adds to some documents, of which
        ``scores`` has what each of its terms counts in them."""
        best: Floats | None = None
        for way in self.ways:
            if best is not None and not affordable(RANKING):
                break
            known = [scores((text, way.suffix, self.fields)) for text in way.texts]
            least = known[0] if len(known) == 1 else np.minimum.reduce(known)
            if way.weight != 1.0:
                least = least * np.float32(way.weight)
            best = least if best is None else np.maximum(best, least)
        assert best is not None
        return best * np.float32(self.factor)


class Scoring:
    """The scored terms of a plan on a generation, of which documents are to be seen that have
    these ``frequencies`` and the factors of ``recency``."""

    def __init__(
        self,
        scorer: Scorer,
        scored: Iterable[plans.ScoredTerm],
        frequencies: Frequencies,
        recency: Floats,
    ) -> None:
        self._scorer = scorer
        self._recency = recency
        found = list(self._summands(scored, frequencies))
        self._summands_by_bound = sorted(found, key=lambda summand: -summand.bound)

    def leading(self, found: DocSet, wanted: int, last: float | None) -> tuple[DocSet, Floats]:
        """Those of ``found`` that may be among the ``wanted`` best below and at ``last`` (None: the
        best of all), and their scores: the sum of what the terms add times the recency. One for
        every document there is where they are not listed; those not found are to be left out."""
        left = _Left(found, self._recency, wanted, last)
        rest = sum(summand.bound for summand in self._summands_by_bound)
        for i, summand in enumerate(self._summands_by_bound):
            if not affordable(RANKING):
                break
            if left.are_few():
                self._add_together(self._summands_by_bound[i:], left)
                break
            if not self._kept(summand):
                left.sift(rest)
            left.add(summand.place, self._values(summand, left.found))
            rest -= summand.bound
        return left.found, left.scores()

    def _summands(
        self, scored: Iterable[plans.ScoredTerm], frequencies: Frequencies
    ) -> Iterator[_Summand]:
        for place, term in enumerate(scored):
            if not affordable(RANKING):
                return
            suffix = SIDE_SUFFIX if term.side else RUN_SUFFIX if term.run else ""
            ways = [_Way((term.text,), suffix, 1.0)]
            ways += [_way(substitute, suffix) for substitute in term.substitutes]
            # Of several terms the rarest bounds how often they stand together.
            most = [
                min([frequencies.of(text, term.fields, way.suffix) for text in way.texts])
                for way in ways
            ]
            if commonest := max(most):
                met = tuple(dict.fromkeys(way for way, own in zip(ways, most, strict=True) if own))
                rarity = idf(commonest, frequencies.documents)
                yield _Summand(place, term.fields, met, term.weight * rarity)

    def _kept(self, summand: _Summand) -> bool:
        return all(self._scorer.keeps(key) for key in summand.keys)

    def _values(self, summand: _Summand, found: DocSet) -> Floats:
        return summand.best(lambda key: self._scorer.scores(key, found).of(found))

    def _add_together(self, summands: Sequence[_Summand], left: "_Left") -> None:
        """Add what several terms add to documents of which none is left out any more."""
        asked = takewhile(lambda _: affordable(RANKING), (key for s in summands for key in s.keys))
        known = self._scorer.scores_in(asked, left.found)
        for summand in summands:
            if not all(key in known for key in summand.keys):
                break
            left.add(summand.place, summand.best(known.__getitem__))


class _Left:
    """The documents that may still be on the page, and what was added to the score of each."""

    def __init__(self, found: DocSet, recency: Floats, wanted: int, last: float | None) -> None:
        self.found = found
        self._wanted = wanted
        self._last = None if last is None else np.float32(last)
        self._recency = recency if found.numbers is None else recency.take(found.numbers)
        self._added: dict[int, Floats] = {}
        self._sum = np.zeros(len(self._recency), np.float32)

    def are_few(self) -> bool:
        """Whether all of them are scored, whatever they lead to."""
        return self.found.numbers is not None and len(self._sum) <= _TOGETHER

    def add(self, place: int, values: Floats) -> None:
        """Add what a term adds; they are summed up again in the order of the plan."""
        self._added[place] = values
        self._sum += values

    def sift(self, rest: float) -> None:
        """Leave out what ``rest`` more cannot lift onto the page."""
        if not self._added or len(self._sum) <= _FEW:
            return
        least = self._sum * self._recency
        if self._last is None and rest >= np.max(least):
            return
        most = (self._sum + np.float32(rest)) * self._recency
        most += most * _ROUNDING
        if self.found.numbers is None:
            most *= self.found.as_mask()
            least *= self.found.as_mask()
        bound = least_of_best(self._below(least, most), self._wanted)
        kept = most >= bound - bound * _ROUNDING
        if self._last is not None:
            kept &= least <= self._last + self._last * _ROUNDING
        if np.count_nonzero(kept) < len(kept) * _LEFT:
            self._keep(kept.nonzero()[0])

    def _below(self, least: Floats, most: Floats) -> Floats:
        """What documents have at least that are sure to come behind the cursor."""
        return least if self._last is None else least.take((most < self._last).nonzero()[0])

    def _keep(self, places: Numbers) -> None:
        numbers = self.found.numbers
        if numbers is None:
            places = places.take(self.found.as_mask().take(places).nonzero()[0])
        self.found = DocSet(
            self.found.documents, places if numbers is None else numbers.take(places)
        )
        self._recency = self._recency.take(places)
        self._added = {place: values.take(places) for place, values in self._added.items()}
        self._sum = self._sum.take(places)

    def scores(self) -> Floats:
        """The scores, as float32 that do not depend on what was added first."""
        scores = np.zeros(len(self._sum), np.float32)
        for _, values in sorted(self._added.items()):
            scores += values
        scores *= self._recency
        return scores


def _way(substitute: plans.Substitute, suffix: str) -> _Way:
    """The terms of a substitute, and the suffix of their kind of field."""
    if substitute.run:
        return _Way((substitute.run,), WITHIN_RUNS, substitute.weight)
    return _Way(substitute.terms, suffix, substitute.weight)
