"""What a ranked list is worth, and how far the figures can be trusted."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from benchmarks.timing import Times

DEPTH = 10
_SAMPLES = 2000
_SEED = 7

Values = npt.NDArray[np.float64]
Measure = Callable[[Sequence[int], Collection[int]], float]


def ndcg(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """nDCG@10 of a list, every relevant document worth the same (Järvelin and Kekäläinen 2002)."""
    gained = sum(_discount(i) for i, found in enumerate(ranked[:DEPTH]) if found in relevant)
    return gained / sum(map(_discount, range(min(len(relevant), DEPTH))))


def reciprocal_rank(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """One by the place of the first relevant document among ten; 0 without one."""
    places = (i for i, found in enumerate(ranked[:DEPTH], 1) if found in relevant)
    return 1 / next(places, math.inf)


def half_width(values: Values) -> float:
    """Half of the 95 % interval of the mean, by bootstrap over queries."""
    low, high = np.percentile(_means(values), (2.5, 97.5))
    return float(high - low) / 2


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference of two runs over the same queries: with the half of its 95 % interval."""

    mean: float
    half_width: float
    better: int
    worse: int

    @classmethod
    def of(cls, new: Values, old: Values) -> "Difference":
        """Paired: query by query."""
        found = new - old
        better, worse = int((found > 1e-9).sum()), int((found < -1e-9).sum())
        return cls(float(found.mean()), half_width(found), better, worse)


@dataclass(frozen=True)
class Run:
    """The lists that one contender gave for the queries of one set, with milliseconds."""

    name: str
    ranked: tuple[tuple[int, ...], ...]
    relevant: tuple[frozenset[int], ...]
    milliseconds: tuple[float, ...]

    @cached_property
    def ndcg(self) -> Values:
        """nDCG@10 by query."""
        return self._by_query(ndcg)

    @cached_property
    def reciprocal_rank(self) -> Values:
        """The reciprocal rank by query."""
        return self._by_query(reciprocal_rank)

    @cached_property
    def first(self) -> Values:
        """Whether the first hit is relevant, by query."""
        return self._by_query(lambda ranked, relevant: float(ranked[0] in relevant))

    @cached_property
    def empty(self) -> float:
        """The share of queries that find nothing."""
        return sum(not ranked for ranked in self.ranked) / len(self.ranked)

    @cached_property
    def times(self) -> Times:
        """The milliseconds of a query."""
        return Times.of(self.milliseconds)

    def part(self, kept: Sequence[int]) -> "Run":
        """The same of some queries."""
        return Run(
            self.name,
            tuple(self.ranked[i] for i in kept),
            tuple(self.relevant[i] for i in kept),
            tuple(self.milliseconds[i] for i in kept),
        )

    def _by_query(self, measure: Measure) -> Values:
        pairs = zip(self.ranked, self.relevant, strict=True)
        return np.array([measure(r, wanted) if r else 0.0 for r, wanted in pairs])


def _discount(place: int) -> float:
    return 1 / math.log2(place + 2)


def _means(values: Values) -> Values:
    rng = np.random.default_rng(_SEED)
    size = len(values)
    return np.array([values[rng.integers(0, size, size)].mean() for _ in range(_SAMPLES)])
