"""What a unit of a query asks of a document, and what of it is marked in one that was found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.units import Unit
from search import plan
from search.plan import Clause

_SYLLABLE = re.compile(r"[가-힣]")
# How the term of a number with its unit begins (see ``index.extras``).
_COMPOUND = "#"
# Between the parts of one word: 원/달러, 한·미·일.
_SEPARATORS = frozenset("/·")


def own_clauses(unit: Unit, fields: tuple[str, ...]) -> tuple[Clause, ...]:
    """What meets a unit itself, of which one is enough."""
    terms: list[Clause] = [plan.TermIs(term, fields) for term, _ in unit.terms]
    return (*terms, *(plan.RunContains(text, fields) for text in unit.rescues))


@dataclass(frozen=True, slots=True)
class Source:
    """What units were read from: a query ``typed`` so, and ``read`` with other spaces."""

    typed: str
    read: str

    def joins(self, before: Unit, after: Unit) -> bool:
        """Whether two units were typed as one word, or are a number and what it counts."""
        between = self.read[before.end : after.start].strip()
        if between:
            return between in _SEPARATORS
        word = self.read[before.start : after.end].replace(" ", "")
        return word in self.typed or before.terms[0][0].startswith(_COMPOUND)


def marked_clauses(
    units: Sequence[Unit], fields: tuple[str, ...], source: Source
) -> Iterator[tuple[Clause, ...]]:
    """What is marked for each unit of a query: what meets it. A syllable of a longer word (원 of
    원달러 and of 40조 원, 주 of 방산주) says nothing where it stands alone: it is marked beside its
    neighbour. Neither does a syllable that a hanja may be read as (일 of 日): it is not marked."""
    for i, unit in enumerate(units):
        own, *readings = unit.terms
        telling = [term for term in readings if not _SYLLABLE.fullmatch(term[0])]
        told = unit if telling == readings else replace(unit, terms=(own, *telling))
        clauses = own_clauses(told, fields)
        pairs: list[tuple[Unit, Unit]] = []
        if _SYLLABLE.fullmatch(unit.terms[0][0]):
            pairs = [pair for pair in pairwise(units[max(i - 1, 0) : i + 2]) if source.joins(*pair)]
        if pairs:
            clauses = (*(_beside(*pair, fields) for pair in pairs), *clauses[1:])
        yield clauses


def _beside(before: Unit, after: Unit, fields: tuple[str, ...]) -> Clause:
    """Two units as a phrase, each of them marked."""
    distance = after.position - before.position
    slots = ((at, tuple(t for t, _ in u.terms)) for at, u in ((0, before), (distance, after)))
    return plan.PhraseIs(tuple(slots), fields, apart=True)
