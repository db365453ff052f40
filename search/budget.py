"""What one search may cost. Its steps ask whether there is some left; where there is none, they
leave out what they can, and the answer is marked partial."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import get_ident

# Processor time of the thread: a search of known words takes a tenth of it. The rest of an answer
# (facets, records, JSON) takes 25 ms more at worst, so that it stays below 100 ms.
_CPU_SECONDS = 0.06
_DOCUMENTS = 100_000
# Of a machine that has no time to give.
_WALL_SECONDS = 2.0
# The first steps are not measured as long as they look at no more documents than this: they take
# milliseconds, and where the clock says more, something else took it.
_FEW = 1_000_000
# Nor are they more than so many in a small archive, of which no query of people needs a half: one
# that misspells all that it can asks for thousands.
_FEW_STEPS = 500

# Up to which share of it the steps go on, so that each leaves something for those behind it: what
# a query asks for before a help like corrections, hits before their order, and that before marks.
FREQUENCIES = 0.4
CORRECTIONS = 0.5
DECIDING = 0.65
MATCHING = 0.8
RANKING = 0.95


class SpentError(Exception):
    """There is nothing left; what was being computed is not known."""


class Budget:
    """What is left for one search over so many documents. ``share``: of what may be spent now."""

    def __init__(self, documents: int) -> None:
        cpu = _CPU_SECONDS * max(1.0, documents / _DOCUMENTS)
        self._documents = documents
        self._steps = 0
        self._since = time.monotonic()
        self._begun = _own_time()
        self._cpu = cpu
        self._until = self._since + _WALL_SECONDS
        self.share = 1.0
        self.refusals = 0
        self.cuts = 0

    def affords(self, share: float) -> bool:
        """Whether less than ``share`` of it, and of the share that may be spent now, was spent.

        Else it is a refusal; from MATCHING on it is one of the ``cuts``: before, weights are
        estimated and corrections are not tried, which leaves out nothing of what was asked for.
        """
        self._steps += 1
        few = self._steps <= _FEW_STEPS and self._steps * self._documents <= _FEW
        needed = share >= MATCHING
        now = time.monotonic()
        enough = few or self._has_spent_less(self._cpu * min(share, self.share), now)
        # A cluster may be slow whatever it holds: help that asks it again and again has an end.
        enough &= (few and needed) or now < self._until
        self.refusals += not enough
        self.cuts += not enough and needed
        return enough

    def _has_spent_less(self, than: float, now: float) -> bool:
        # No thread works longer than time goes by, and to know that costs a tenth.
        return now - self._since < than or _own_time() - self._begun < than


_BUDGET: ContextVar[Budget | None] = ContextVar("budget", default=None)
# What was left out for another reason than a budget: what was asked for, and a help.
_MISSED: ContextVar[int] = ContextVar("missed", default=0)
_UNHELPED: ContextVar[int] = ContextVar("unhelped", default=0)


# By thread: when a garbage collection began in it, and what all took, in processor time.
_collecting: dict[int, float] = {}
_collected: dict[int, float] = {}


def _collection(phase: str, _: dict[str, int]) -> None:
    # No context variable may be read here: where a collection falls upon the reset of one, Python
    # would keep its value for the next reader and free it.
    thread, now = get_ident(), time.thread_time()
    if phase == "start":
        _collecting[thread] = now
    else:
        _collected[thread] = _collected.get(thread, 0.0) + now - _collecting.pop(thread, now)


def _own_time() -> float:
    """Processor seconds of this thread but for collections: one of everything in the process,
    which takes longer the more there is, is no work of the search that it falls upon."""
    return time.thread_time() - _collected.get(get_ident(), 0.0)


gc.callbacks.append(_collection)


@contextmanager
def budget(documents: int) -> Iterator[Budget]:
    """Let everything inside, in this thread, spend from one budget: that which is in force, where
    one is."""
    known = _BUDGET.get()
    if known is not None:
        yield known
        return
    granted = Budget(documents)
    token = _BUDGET.set(granted)
    try:
        yield granted
    finally:
        _BUDGET.reset(token)


@contextmanager
def up_to(share: float) -> Iterator[None]:
    """Let what is inside go no further than to a share of the budget in force, where one is."""
    found = _BUDGET.get()
    if found is None:
        yield
        return
    before, found.share = found.share, share
    try:
        yield
    finally:
        found.share = before


def affordable(share: float) -> bool:
    """Whether the budget in force has something left, of a share of it; True where there is none
    in force (the command line, what is made in the background)."""
    found = _BUDGET.get()
    return found is None or found.affords(share)


def check(share: float = MATCHING) -> None:
    """Raise SpentError where nothing is left of a share of the budget."""
    if not affordable(share):
        raise SpentError


def missed() -> None:
    """Note that a part of the index gave no answer: what is made now is partial, and not kept."""
    _MISSED.set(_MISSED.get() + 1)


def unhelped() -> None:
    """Note that what corrections or suggestions need was not to be had: what is made now is whole,
    and not kept."""
    _UNHELPED.set(_UNHELPED.get() + 1)


def refusals() -> int:
    """How often something was left out so far: what was made while that grew is not to be kept."""
    found = _BUDGET.get()
    return _MISSED.get() + _UNHELPED.get() + (0 if found is None else found.refusals)


def cuts() -> int:
    """How many of these refusals left out what was asked for: they make an answer partial."""
    found = _BUDGET.get()
    return _MISSED.get() + (0 if found is None else found.cuts)
