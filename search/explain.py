"""Why a hit ranks where it does: the parts of its score, which add up to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from index.fields import RUN_SUFFIX, SIDE_SUFFIX
from search.array_search import ArraySearch
from search.plan import Plan, ScoredTerm, Substitute
from search.ranking import idf
from search.term_lists import WITHIN_RUNS

if TYPE_CHECKING:
    from search.snapshot import Snapshot

Kind = Literal["term", "side", "run", "within run"]
_SUFFIXES: dict[Kind, str] = {
    "term": "",
    "side": SIDE_SUFFIX,
    "run": RUN_SUFFIX,
    "within run": WITHIN_RUNS,
}


@dataclass(frozen=True, slots=True)
class FieldShare:
    """What a text field adds to the contribution of a term: how often the term stands there, how
    many terms the field has, what both (and the place of the first) come to before saturation. Of
    noun runs only that there is one counts: frequency 1, length 0."""

    field: str
    frequency: int
    length: int
    weighted: float
    contribution: float


@dataclass(frozen=True, slots=True)
class TermShare:
    """What a scored term adds: weight * idf * weighted / (k1 + weighted) with ``weighted`` the sum
    over ``fields`` (see ``search.ranking``).

    ``kind`` is a morpheme, a bigram of the side field, a noun run as a whole, or one that contains
    ``text``. ``stands_for`` is the term of the query whose synonym it is.
    """

    text: str
    kind: Kind
    stands_for: str | None
    weight: float
    idf: float
    contribution: float
    fields: tuple[FieldShare, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """``score`` is the sum of the contributions of ``terms`` (the largest first) times ``recency``;
    ``met`` and ``missing`` are the units of the query as they were typed."""

    score: float
    recency: float
    terms: tuple[TermShare, ...]
    met: tuple[str, ...]
    missing: tuple[str, ...]


class Explainer:
    """Explains documents of one plan on one snapshot."""

    def __init__(self, snapshot: "Snapshot", plan: Plan) -> None:
        self._snapshot = snapshot
        self._plan = plan
        self._state = snapshot.state(plan.visible_at)
        self._search = ArraySearch(snapshot, plan)

    def explain(self, number: int) -> Explanation:
        """The score of a document by its parts."""
        shares = [share for scored in self._plan.scored if (share := self._share(scored, number))]
        shares.sort(key=lambda share: -share.contribution)
        recency = float(self._state.recency[number])
        units = self._plan.readings[0].units if self._plan.readings else ()
        missing = set(self._search.missing(number))
        return Explanation(
            sum(share.contribution for share in shares) * recency,
            recency,
            tuple(shares),
            tuple(unit.text for i, unit in enumerate(units) if i not in missing),
            tuple(unit.text for i, unit in enumerate(units) if i in missing),
        )

    def _share(self, scored: ScoredTerm, number: int) -> TermShare | None:
        """What a term adds, by itself or by the best of its substitutes; None where none of them
        stands in the document."""
        own = Substitute((scored.text,), 1.0)
        found = {s: self._values(s, scored, number) for s in (own, *scored.substitutes)}
        # Ranked as in ArraySearch: the best of them, of several terms the one that counts least.
        best = max(found, key=lambda s: s.weight * min(found[s].values()))
        least = min(found[best], key=lambda text: found[best][text])
        if not found[best][least]:
            return None
        weight = scored.weight * best.weight
        commonest = max(map(partial(self._frequency, scored), found))
        rarity = idf(commonest, self._state.frequencies.documents)
        contribution = weight * rarity * found[best][least]
        kind: Kind = "side" if scored.side else "run" if scored.run else "term"
        kind = "within run" if best.run else kind
        return TermShare(
            best.run or " ".join(best.terms),
            kind,
            None if best is own else scored.text,
            weight,
            rarity,
            contribution,
            tuple(self._fields(least, kind, scored.fields, number, contribution)),
        )

    def _asked(self, substitute: Substitute, scored: ScoredTerm) -> tuple[Sequence[str], str]:
        """The texts that a substitute is made of, and the suffix of their kind of field."""
        if substitute.run:
            return (substitute.run,), WITHIN_RUNS
        return substitute.terms, SIDE_SUFFIX if scored.side else RUN_SUFFIX if scored.run else ""

    def _values(self, substitute: Substitute, scored: ScoredTerm, number: int) -> dict[str, float]:
        texts, suffix = self._asked(substitute, scored)
        scorer = self._snapshot.scorer
        return {text: scorer.score(text, scored.fields, suffix, number) for text in texts}

    def _frequency(self, scored: ScoredTerm, substitute: Substitute) -> int:
        texts, suffix = self._asked(substitute, scored)
        return min(self._state.frequencies.of(text, scored.fields, suffix) for text in texts)

    def _fields(
        self, text: str, kind: Kind, fields: Sequence[str], number: int, contribution: float
    ) -> Iterator[FieldShare]:
        weighted = {field: self._weighted(text, kind, field, number) for field in fields}
        total = sum(weighted.values())
        for field, own in weighted.items():
            if own:
                frequency, length = self._count(text, kind, field, number)
                yield FieldShare(field, frequency, length, own, contribution * own / total)

    def _weighted(self, text: str, kind: Kind, field: str, number: int) -> float:
        return self._snapshot.scorer.weighted(text, field, _SUFFIXES[kind], number)

    def _count(self, text: str, kind: Kind, field: str, number: int) -> tuple[int, int]:
        """How often a text stands in a field, and the length of the field; of noun runs it only
        counts that there is one."""
        if kind in ("run", "within run"):
            return 1, 0
        snapshot, suffix = self._snapshot, _SUFFIXES[kind]
        frequency = snapshot.scorer.occurring(text, field, suffix, number)
        return frequency, snapshot.postings.length(field + suffix, number)
