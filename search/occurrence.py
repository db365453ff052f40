"""Whether a word stands in any article that is visible: what every correction is decided by."""

from collections.abc import Iterable, Mapping

from index.analysis import QUESTION_WORDS, Analyser
from index.normalise import normalise
from index.units import PUNCTUATION, Unit
from search.budget import CORRECTIONS, check
from search.endings import nouns
from search.engine import Snapshot
from search.keyboard import has_stray_jamo
from search.plan import AnyOf, Clause, PhraseIs, Plan, Reading, RunContains, TermIs

# No word is longer, and Kiwi takes milliseconds over such a one.
_LONGEST = 64


class Occurrence:
    """Asks one snapshot about the documents that are visible at one instant.

    Its methods raise SpentError where more of the budget is spent than is meant for corrections.
    """

    def __init__(self, snapshot: Snapshot, visible_at: int | None, analyser: Analyser) -> None:
        self._snapshot = snapshot
        self._visible_at = visible_at
        self._analyser = analyser

    def of_word(self, word: str) -> int:
        """How many documents have it as a term or inside a noun run."""
        return self._documents((TermIs(word), RunContains(word)))

    def of_term(self, term: str) -> int:
        """How many documents have it as a term."""
        return self._frequencies((term,))[term]

    def reads(self, text: str) -> bool:
        """Whether every unit of a text stands in some document."""
        units = self._analyser.query(text).units
        return bool(units) and all(map(self._of_unit, units))

    def stands_together(self, word: str) -> bool:
        """Whether the pieces of a word stand side by side somewhere, as typed or re-spaced."""
        return any(map(self._side_by_side, {word, self._analyser.respaced(word)}))

    def strange(self, word: str) -> bool:
        """Whether a word of a query stands nowhere: neither it nor a noun that it may be with a
        particle or as a verb (나스닥이, 발표한), and the pieces that Kiwi makes of it stand nowhere
        either, or are crumbs that say nothing (헌법+채+판+소)."""
        bare = folded(word)
        if not bare or len(bare) > _LONGEST:
            return False
        # Terms first: they were counted where the query asks for the word, and Kiwi need not be
        # asked about a noun with its particle. What noun runs contain is looked up last, as it is
        # dear.
        known = any(self._frequencies(nouns(bare)).values())
        return not (known or self._is_read(bare) or self._in_runs(bare))

    def _is_read(self, bare: str) -> bool:
        """Whether the pieces of a word stand somewhere and are more than crumbs."""
        if not self._analyser.query(bare).units:
            # Pronouns and particles are in no index; jamo by themselves are no word.
            return not has_stray_jamo(bare)
        return self.reads(bare) and not self._analyser.doubts(bare)

    def _side_by_side(self, text: str) -> bool:
        units = self._analyser.query(text, exact=True).units
        slots = ((u.position - units[0].position, tuple(t for t, _ in u.terms)) for u in units)
        return bool(units) and self._documents((PhraseIs(tuple(slots)),)) > 0

    def _in_runs(self, text: str) -> bool:
        return self._documents((RunContains(text),)) > 0

    def _of_unit(self, unit: Unit) -> bool:
        if unit.terms[0][0] in QUESTION_WORDS:
            # It asks, and stands in few articles.
            return True
        found = self._frequencies([term for term, _ in unit.terms])
        return any(found.values()) or any(map(self._in_runs, unit.rescues))

    def _frequencies(self, terms: Iterable[str]) -> Mapping[str, int]:
        found = self._snapshot.frequencies(terms, self._visible_at)
        # What was cut short says nothing about a word.
        check(CORRECTIONS)
        return found

    def _documents(self, clauses: tuple[Clause, ...]) -> int:
        wanted = clauses[0] if len(clauses) == 1 else AnyOf(clauses)
        reading = Reading((wanted,), (), 0)
        plan = Plan((reading,), visible_at=self._visible_at, limit=0)
        total = self._snapshot.search(plan).total
        check(CORRECTIONS)
        return total


def folded(word: str) -> str:
    """A word as the index would have it."""
    return normalise(word).text.strip().strip(PUNCTUATION).lower()
