"""How a query is matched: the three steps of "What matches", decided once for what it says and
for what is visible, before any filter."""

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from index.analysis import Analyser
from search.background import Built, State
from search.cache import ByteCache
from search.correct import Correction, Corrector, Reason
from search.engine import Snapshot
from search.occurrence import Occurrence
from search.plan import Plan
from search.planner import CUT, LONG_QUERY_UNITS, SHORT_QUERY_CUTS, Planner, QueryPlan
from search.request import Matching
from search.spelling import Vocabulary
from search.synonyms import Expansion

_DECISIONS = 2048


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
        self._plain = lru_cache(maxsize=_DECISIONS)(self._as_typed)
        self._decided: ByteCache[_Question, Decision] = ByteCache(_DECISIONS)

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
        return self._decided.get(asked, lambda: (self._decide(asked, words), 1))

    def _decide(self, asked: _Question, vocabulary: Vocabulary | None) -> Decision:
        plain, found = self._plain(asked.text, asked.visible_at)
        if not asked.correct:
            return plain
        occurrence = Occurrence(self.snapshot, asked.visible_at, self._analyser)
        corrector = Corrector(occurrence, self._analyser, vocabulary)
        if not corrector.strange(asked.text):
            return plain
        settled = asked.known == State(self.snapshot.generation, asked.epoch)
        for correction in corrector.corrections(asked.text):
            if found and correction.reason == "spacing":
                # Found as re-spaced, most often: an offer would say what was done already.
                continue
            if self._finds(correction, asked.visible_at):
                return self._corrected(plain, correction, asked, run=not found, settled=settled)
        return Decision(plain.text, plain.plan, plain.matching, settled=settled)

    def _corrected(
        self,
        plain: Decision,
        correction: Correction,
        asked: _Question,
        *,
        run: bool,
        settled: bool,
    ) -> Decision:
        """The correction run, or only offered where the query found something as typed."""
        if not run:
            return Decision(
                plain.text,
                plain.plan,
                plain.matching,
                did_you_mean=correction.text,
                settled=settled,
            )
        other, _ = self._plain(correction.text, asked.visible_at)
        return Decision(other.text, other.plan, other.matching, correction.reason, settled=settled)

    def _as_typed(self, text: str, visible_at: int | None) -> tuple[Decision, bool]:
        """The decision without corrections, and whether the query finds what it asks for."""
        plan = self._planner.plan(text)
        if plan.units >= LONG_QUERY_UNITS:
            cut = plan.cut(CUT)
            return Decision(text, cut, "most"), self._total(cut, visible_at) > 0
        if not plan.readings or self._total(plan, visible_at):
            return Decision(text, plan, "all"), True
        for share in SHORT_QUERY_CUTS:
            loose = plan.cut(share)
            if plan.units > 1 and self._total(loose, visible_at):
                return Decision(text, loose, "most"), False
        return Decision(text, plan, "all"), False

    def _finds(self, correction: Correction, visible_at: int | None) -> bool:
        return self._plain(correction.text, visible_at)[1]

    def _total(self, plan: QueryPlan, visible_at: int | None) -> int:
        counting = Plan(plan.readings, plan.excluded, visible_at=visible_at, limit=0)
        return self.snapshot.search(counting).total
