"""The synonyms of a query: which of its units, alone or together, are a word that has some."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from index.analysis import Analyser
from index.lexicon.synonyms import NO_SYNONYMS, Synonym, Synonyms, key
from index.normalise import normalise
from index.spans import lowered
from index.units import PUNCTUATION, Unit
from search import plan
from search.plan import Clause
from search.ranking import RUN_WEIGHT, SYNONYM_WEIGHT

# A word of fewer characters is in too many noun runs: 한은 is in 신한은행.
_LEAST_IN_RUNS = 3
# A word of fewer characters must be typed as one: 한 은 are two words.
_LEAST_APART = 4
_WORD = re.compile(r"\S+")
# A Latin word is never a part of a longer one: its term finds all that its run would.
_HANGUL = re.compile("[가-힣]")

Slots = tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """What meets a unit in place of its own terms: one term or a phrase (``slots``), or a noun
    run that contains ``run``; one of the two is empty. None does in a text that meets one of
    ``unless``."""

    slots: Slots
    run: str
    weight: float
    unless: tuple[Clause, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        """Its terms."""
        return tuple(texts[0] for _, texts in self.slots)

    @property
    def substitute(self) -> plan.Substitute:
        """What it is to the score."""
        return plan.Substitute(self.terms, self.weight * (RUN_WEIGHT if self.run else 1), self.run)

    def clauses(self, fields: tuple[str, ...]) -> Iterator[Clause]:
        """The clauses of which one must be met."""
        for clause in self.marks(fields):
            yield plan.AllOf((clause,), self.unless) if self.unless else clause

    def marks(self, fields: tuple[str, ...]) -> Iterator[Clause]:
        """The same, for what is marked of a text."""
        if len(self.slots) == 1:
            yield from (plan.TermIs(text, fields) for text in self.slots[0][1])
        elif self.slots:
            yield plan.PhraseIs(self.slots, fields)
        if self.run:
            yield plan.RunContains(self.run, fields)


class Expansion:
    """Finds the synonyms of units. Safe to share among threads."""

    def __init__(self, analyse: Callable[[str], Sequence[Unit]], synonyms: Synonyms) -> None:
        """``analyse`` gives the units of a word, as a phrase has them."""
        self._analyse = analyse
        self._table = synonyms.table
        self._longest = max(map(len, self._table), default=0)
        self._alternatives = cache(self._compiled)
        self.stamp = synonyms.stamp

    def of(self, text: str, units: Sequence[Unit]) -> list[tuple[Alternative, ...]]:
        """The synonyms of each unit of ``text``.

        Where several units together are a word, each of them is met by the synonyms of that
        word; the longest word counts.
        """
        found: list[tuple[Alternative, ...]] = [()] * len(units)
        if not self._table or not units:
            return found
        keys = _Keys(text, units)
        done = 0
        for start in keys.starts:
            if start < done:
                continue
            for end in keys.ends_behind(start, self._longest):
                row = self._table.get(keys.between(start, end))
                if row and self._typed_together(text, start, end):
                    others = tuple(a for synonym in row for a in self._alternatives(synonym))
                    for i, unit in enumerate(units):
                        if start <= unit.start and unit.end <= end:
                            found[i] = others
                    done = end
                    break
        return found

    def _typed_together(self, text: str, start: int, end: int) -> bool:
        word = text[start:end]
        return len(key(word)) >= _LEAST_APART or not re.search(r"\s", word)

    def taken_apart(self, word: str) -> bool:
        """Whether Kiwi takes a word alone for another with a particle, so that its units say
        nothing of it (of several words they do: 삶의 질)."""
        units = self._analyse(word)
        covered = "".join(word[unit.start : unit.end] for unit in units)
        return " " not in word and _letters(covered) != _letters(word)

    def _compiled(self, synonym: Synonym) -> tuple[Alternative, ...]:
        """A synonym as it is written, and without its spaces: 세계무역기구 is one word to Kiwi."""
        text = synonym.text
        joined = "".join(text.split())
        weight = SYNONYM_WEIGHT if synonym.weight is None else synonym.weight
        folded = normalise(joined).text.lower()
        in_runs = len(folded) >= _LEAST_IN_RUNS and _HANGUL.search(folded) and not synonym.clipped
        unless = tuple(clause for word in synonym.unless for clause in self._anywhere(word))
        phrases = dict.fromkeys(map(self._slots, (text, joined)))
        found = tuple(Alternative(slots, "", weight, unless) for slots in phrases if slots)
        return (*found, Alternative((), folded, weight, unless)) if in_runs else found

    def _anywhere(self, word: str) -> Iterator[Clause]:
        if slots := self._slots(word):
            yield plan.PhraseIs(slots)
        yield plan.RunContains(normalise(word).text.lower())

    def _slots(self, text: str) -> Slots:
        units = () if self.taken_apart(text) else self._analyse(text)
        return tuple((u.position - units[0].position, tuple(t for t, _ in u.terms)) for u in units)


# For what must be met as it was typed.
LITERAL = Expansion(lambda _: (), NO_SYNONYMS)


def expansion_for(analyser: Analyser, synonyms: Synonyms) -> Expansion:
    """The expansion of what an analyser makes of a query."""
    return Expansion(lambda word: analyser.query(word, exact=True).units, synonyms)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


class _Keys:
    """The keys of the parts of a query that begin and end with a unit or a word."""

    def __init__(self, text: str, units: Sequence[Unit]) -> None:
        words = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]
        left = {end - len(word.lstrip(PUNCTUATION)) for _, end, word in words}
        right = {start + len(word.rstrip(PUNCTUATION)) for start, _, word in words}
        self.starts = sorted({unit.start for unit in units} | left)
        self._ends = sorted({unit.end for unit in units} | right, reverse=True)
        self._text = text
        # Nearly always nothing is folded but the case, and that leaves every place as it is.
        self._plain = lowered(text) if normalise(text).text == text else ""

    def ends_behind(self, start: int, longest: int) -> Iterator[int]:
        """Where a part that begins at ``start`` may end, the farthest first."""
        # Twice the length of a key: blanks and hyphens are not counted in it.
        return (end for end in self._ends if start < end <= start + 2 * longest)

    def between(self, start: int, end: int) -> str:
        """The key of a part."""
        if not self._plain:
            return key(self._text[start:end])
        part = self._plain[start:end].replace("-", "")
        return "".join(part.split()) if " " in part else part
