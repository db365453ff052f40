"""How a query is matched: the three steps of "What matches", decided once for what it says and
for what is visible, before any filter."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from index.analysis import Analyser
from index.cache import ByteCache, CacheState
from search.background import Built, State
from search.budget import SpentError, refusals
from search.correct import Correction, Corrector, Reason
from search.engine import Snapshot
from search.occurrence import Occurrence
from search.plan import Plan
from search.plan_bytes import plan_bytes
from search.planner import (
    LONG_QUERY_CUTS,
    LONG_QUERY_UNITS,
    SHORT_QUERY_CUTS,
    Planner,
    QueryPlan,
)
from search.request import Matching
from search.synonyms import Expansion
from search.words import Vocabulary

# Two thousand usual queries each.
_DECISIONS_BYTES = 10 << 20
# Of a decision with its key, beside the plan; its texts are 256 characters at most.
_DECISION_BYTES = 800

T = TypeVar("T", "Decision", "_Answered")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is searched for, and how much of it must be met.

    ``settled`` is False where the vocabulary of another state, or none, had a say.
    """

    text: str
    plan: QueryPlan
    matching: Matching
    reason: Reason | None = None
    did_you_mean: str | None = None
    settled: bool = True


@dataclass(frozen=True, slots=True)
class _Answered:
    """A decision, and whether documents meet all that it asks for, some of it, or nothing."""

    decision: Decision
    found: Literal["all", "some", "none"]

    @property
    def plan(self) -> QueryPlan:
        """That of the decision."""
        return self.decision.plan


@dataclass(frozen=True, slots=True)
class _Question:
    """What a decision depends on. ``known`` is the state of the vocabulary (None: none)."""

    text: str
    visible_at: int | None
    epoch: int
    correct: bool
    known: State | None


class Decider:
    """Decides about queries on one snapshot, and remembers."""

    def __init__(
        self, snapshot: Snapshot, analyser: Analyser, zone: ZoneInfo, expansion: Expansion
    ) -> None:
        self.snapshot = snapshot
        self._analyser = analyser
        self._planner = Planner(analyser, zone, snapshot.statistics, expansion)
        self._answered: ByteCache[tuple[str, int | None], _Answered] = ByteCache(_DECISIONS_BYTES)
        self._decided: ByteCache[_Question, Decision] = ByteCache(_DECISIONS_BYTES)

    def caches(self) -> dict[str, CacheState]:
        """The figures of what is remembered, by name: decisions, and those about queries as they
        were typed, on which the others rest. A plan that both have counts in both."""
        return {"decisions": self._decided.state(), "as_typed": self._answered.state()}

    def decide(
        self,
        text: str,
        visible_at: int | None,
        epoch: int,
        vocabulary: Built[Vocabulary] | None,
        *,
        correct: bool,
    ) -> Decision:
        """How a cleaned query is matched among what is visible at an instant.

        ``epoch`` is the visibility epoch of now, with which a vocabulary must agree.
        """
        # The vocabulary itself is no part of the key: it would be kept as long as the answer.
        known = vocabulary.state if vocabulary else None
        asked = _Question(text, visible_at, epoch, correct, known)
        words = vocabulary.value if vocabulary else None
        return self._decided.get(asked, lambda: _kept(lambda: self._decide(asked, words)))

    def _decide(self, asked: _Question, vocabulary: Vocabulary | None) -> Decision:
        plain = self._plain(asked.text, asked.visible_at)
        if not asked.correct:
            return plain.decision
        occurrence = Occurrence(self.snapshot, asked.visible_at, self._analyser)
        corrector = Corrector(occurrence, self._analyser, vocabulary)
        try:
            if not corrector.strange(asked.text):
                return plain.decision
            decision = self._chosen(plain, corrector, asked)
        except SpentError:
            return plain.decision
        settled = asked.known == State(self.snapshot.generation, asked.epoch)
        return replace(decision, settled=settled)

    def _chosen(self, plain: "_Answered", corrector: Corrector, asked: _Question) -> Decision:
        """The first correction that finds what it asks for, else one that finds some of it, where
        it is better than the query as typed; an offer where it may be."""
        nearly: Decision | None = None
        offer: Decision | None = None
        for correction in corrector.corrections(asked.text):
            if plain.found == "all" and correction.reason == "spacing":
                # Found as re-spaced, most often: an offer would say what was done already.
                break
            other = self._plain(correction.text, asked.visible_at)
            if other.found == "none":
                continue
            corrected = replace(other.decision, reason=correction.reason)
            if self._better(other, plain, corrector, correction, asked):
                if other.found == "all":
                    return corrected
                nearly = nearly or corrected
            elif other.found == "all":
                offer = offer or replace(plain.decision, did_you_mean=correction.text)
        return nearly or offer or plain.decision

    def _better(
        self,
        other: "_Answered",
        plain: "_Answered",
        corrector: Corrector,
        correction: Correction,
        asked: _Question,
    ) -> bool:
        """Whether a correction that finds something is run instead of the query as typed."""
        if plain.found == "none":
            return True
        if plain.found == "some" and other.found == "all":
            return corrector.is_likely(asked.text, correction)
        # Crumbs make a query long, and of a long one less is asked for.
        as_much = other.found == plain.found or plain.decision.matching == "most"
        return as_much and corrector.is_sure(asked.text, correction)

    def _plain(self, text: str, visible_at: int | None) -> "_Answered":
        """The decision without corrections, made once."""
        return self._answered.get(
            (text, visible_at), lambda: _kept(lambda: self._as_typed(text, visible_at))
        )

    def _as_typed(self, text: str, visible_at: int | None) -> "_Answered":
        plan = self._planner.plan(text, visible_at)
        if plan.units >= LONG_QUERY_UNITS:
            return self._by_most(text, plan, visible_at)
        if not plan.readings or self._total(plan, visible_at):
            return _Answered(Decision(text, plan, "all"), "all")
        for share in SHORT_QUERY_CUTS:
            loose = plan.cut(share)
            if plan.units > 1 and self._total(loose, visible_at):
                return _Answered(Decision(text, loose, "most"), "some")
        return _Answered(Decision(text, plan, "all"), "none")

    def _by_most(self, text: str, plan: QueryPlan, visible_at: int | None) -> "_Answered":
        """The decision about a long query, which asks for no more than the first cut."""
        most, *less = map(plan.cut, LONG_QUERY_CUTS)
        if self._total(most, visible_at):
            return _Answered(Decision(text, most, "most"), "all")
        for loose in less:
            if self._total(loose, visible_at):
                return _Answered(Decision(text, loose, "most"), "some")
        return _Answered(Decision(text, most, "most"), "none")

    def _total(self, plan: QueryPlan, visible_at: int | None) -> int:
        counting = Plan(plan.readings, plan.excluded, visible_at=visible_at, limit=0)
        return self.snapshot.search(counting).total


def _kept(make: Callable[[], T]) -> tuple[T, int | None]:
    """A value and its size for a cache; what the budget has cut is not kept."""
    before = refusals()
    value = make()
    if refusals() > before:
        return value, None
    return value, _DECISION_BYTES + plan_bytes(value.plan)
