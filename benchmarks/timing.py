"""Times of calls that take turns, and what is said of many of them."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds over a set of queries."""

    p50: float
    p95: float
    mean: float
    worst: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Times":
        """Of at least one value."""
        ordered = sorted(values)
        return cls(
            statistics.median(ordered),
            ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
            statistics.fmean(ordered),
            ordered[-1],
        )

    def __str__(self) -> str:
        return f"{in_words(self.p50)} / {in_words(self.p95)}"


def in_words(milliseconds: float) -> str:
    """With as many digits as mean something."""
    if milliseconds >= 100:
        return f"{milliseconds:.0f}"
    return f"{milliseconds:.1f}" if milliseconds >= 10 else f"{milliseconds:.2f}"


def timed(call: Callable[[], object]) -> float:
    """The milliseconds of one call."""
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def alternating(
    calls: Mapping[str, Callable[[], object]],
    rounds: Mapping[str, int],
    before: Mapping[str, Callable[[], object]],
) -> dict[str, float]:
    """The median milliseconds of each call. All are called in turn, every second round the other
    way round, so that none has the quiet moments to itself; ``before`` is not timed."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    for round_ in range(max(rounds[name] for name in calls)):
        for name in order if round_ % 2 == 0 else reversed(order):
            if round_ < rounds[name]:
                before.get(name, _nothing)()
                found[name].append(timed(calls[name]))
    return {name: statistics.median(values) for name, values in found.items()}


def _nothing() -> None:
    return None
