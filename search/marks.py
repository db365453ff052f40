"""What meets the clauses of a plan in stored texts: spans to be marked, with what met them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index import spans
from index.fields import TEXT_FIELDS
from search import plan as plans
from search.places import Place, Places
from search.plan import Clause
from search.request import Record

# A span of the text in code points, and the number of the clause that it meets.
Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A text that clauses look for: the numbers of those that look for a term, and for a noun run
    that contains it; the two often ask for the same."""

    text: str
    terms: list[int]
    runs: list[int]


class Marker:
    """Marks what meets the clauses of one query, in any number of records."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        wanted: dict[str, _Wanted] = {}
        self._prefixes: list[tuple[int, str]] = []
        self._phrases: list[tuple[int, plans.PhraseIs]] = []
        # Where a clause looks at some fields alone.
        self._fields: dict[int, tuple[str, ...]] = {}
        for i, clause in enumerate(clauses):
            match clause:
                case plans.PhraseIs():
                    self._phrases.append((i, clause))
                case plans.PrefixIs():
                    self._prefixes.append((i, clause.text))
                case plans.TermIs(text):
                    wanted.setdefault(text, _Wanted(text, [], [])).terms.append(i)
                case plans.RunContains(text):
                    wanted.setdefault(text, _Wanted(text, [], [])).runs.append(i)
                case _:
                    continue
            if clause.fields != TEXT_FIELDS:
                self._fields[i] = clause.fields
        self._wanted = list(wanted.values())
        self._asks = bool(clauses)

    def marks(self, records: Sequence[Record]) -> list[list[list[Mark]]]:
        """All marks of each of TEXT_FIELDS of each record, in order of their place. Of many
        records at once they cost a third of what they do one by one."""
        if not self._asks or not records:
            return [[[] for _ in TEXT_FIELDS] for _ in records]
        texts = [record[name] for record in records for name in TEXT_FIELDS]
        places = Places(texts, spans.decode([record["spans"] for record in records]))
        parts = self._parts(sorted(set(self._found(places))), places.bases)
        return [[next(parts) for _ in TEXT_FIELDS] for _ in records]

    def _found(self, places: Places) -> list[Mark]:
        """The marks of all texts, in no order, some more than once."""
        found = list(self._surfaces(places))
        for own in self._wanted:
            if own.terms and places.may_have_other(own.text):
                found += _marks(places.others(own.text), own.terms)
            if own.runs:
                found += _marks(places.irregular_runs(own.text), own.runs)
        for number, text in self._prefixes:
            found += _marks(places.prefix(text), [number])
        for number, phrase in self._phrases:
            found += _marks(places.phrase(phrase.slots, apart=phrase.apart), [number])
        return found

    def _surfaces(self, places: Places) -> Iterator[Mark]:
        """The marks of what stands in the texts as it is looked for."""
        wanted = [(own.text, bool(own.runs)) for own in self._wanted]
        for which, start, end, as_term, in_run in places.surfaces(wanted):
            if as_term:
                for number in self._wanted[which].terms:
                    yield start, end, number
            if in_run:
                for number in self._wanted[which].runs:
                    yield start, end, number

    def _parts(self, found: Sequence[Mark], bases: Sequence[int]) -> Iterator[list[Mark]]:
        """The marks of each text, in its own places."""
        cuts = [bisect_left(found, (base, 0, 0)) for base in bases]
        for i, (first, last) in enumerate(pairwise(cuts)):
            base, name = bases[i], TEXT_FIELDS[i % len(TEXT_FIELDS)]
            yield [
                (start - base, end - base, number)
                for start, end, number in found[first:last]
                if name in self._fields.get(number, TEXT_FIELDS)
            ]


def merged(found: Iterable[Mark]) -> list[Place]:
    """The union of marks; touching ones are one."""
    out: list[Place] = []
    for start, end, _ in found:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _marks(places: Iterable[Place], numbers: Sequence[int]) -> list[Mark]:
    return [(start, end, number) for start, end in places for number in numbers]
