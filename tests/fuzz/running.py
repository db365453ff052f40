"""A property tried on made-up values until a time is over."""

import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis.strategies import SearchStrategy

# Of one round: between two of them the clock is looked at.
_EXAMPLES = 100


def try_for(seconds: float, values: SearchStrategy[object], holds: Callable[..., None]) -> int:
    """Try ``holds`` on values until it fails, which it says with the smallest value found, or the
    time is over; how many were tried."""
    end = time.monotonic() + seconds
    tried = 0

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.target, Phase.shrink],
    )
    @given(values)
    def one_round(value: object) -> None:
        nonlocal tried
        tried += 1
        note(repr(value))
        holds(value)

    while time.monotonic() < end:
        one_round()
    return tried
