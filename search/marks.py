"""Where the clauses of a plan stand in a stored text: spans to be marked, with what met them."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from index.normalise import normalise
from index.spans import Spans, lowered
from index.terms import run_contains, stands_at
from search import plan as plans
from search.plan import Clause


class Mark(NamedTuple):
    """A span of the text in code points, and the number of the clause that it meets."""

    start: int
    end: int
    clause: int


Place = tuple[int, int]

# A surface that a noun run has as it is; others hold commas, or what NFKC folds.
_REGULAR = re.compile("[가-힣a-z0-9㐀-鿿]+")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The clauses of a query that look at one field, with their numbers."""

    terms: tuple[tuple[int, str], ...]
    runs: tuple[tuple[int, str], ...]
    prefixes: tuple[tuple[int, str], ...]
    phrases: tuple[tuple[int, plans.PhraseIs], ...]


class Marker:
    """Marks what meets the clauses of one query, in any number of texts."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._clauses = clauses
        self._wanted: dict[str, _Wanted] = {}

    def marks(self, field: str, text: str, spans: Spans) -> list[Mark]:
        """All marks of a text field, in order of their place.

        ``text`` is the stored text, ``spans`` what the index keeps of its terms.
        """
        wanted = self._wanted.get(field)
        if wanted is None:
            wanted = self._wanted[field] = _wanted(self._clauses, field)
        return sorted(set(_found(wanted, _Places(text, spans)))) if text else []


def merged(found: Iterable[Mark]) -> list[Place]:
    """The union of marks; touching ones are one."""
    out: list[Place] = []
    for start, end, _ in found:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _wanted(clauses: Sequence[Clause], field: str) -> _Wanted:
    texts: dict[type, list[tuple[int, str]]] = {}
    phrases: list[tuple[int, plans.PhraseIs]] = []
    for i, clause in enumerate(clauses):
        match clause:
            case plans.PhraseIs() if field in clause.fields:
                phrases.append((i, clause))
            case plans.TermIs() | plans.RunContains() | plans.PrefixIs() if field in clause.fields:
                texts.setdefault(type(clause), []).append((i, clause.text))
            case _:
                continue
    return _Wanted(
        terms=tuple(texts.get(plans.TermIs, ())),
        runs=tuple(texts.get(plans.RunContains, ())),
        prefixes=tuple(texts.get(plans.PrefixIs, ())),
        phrases=tuple(phrases),
    )


def _found(wanted: _Wanted, places: "_Places") -> Iterator[Mark]:
    for number, text in wanted.terms:
        for start, end in places.term(text):
            yield Mark(start, end, number)
    for number, text in wanted.runs:
        for start, end in places.run(text):
            yield Mark(start, end, number)
    for number, text in wanted.prefixes:
        for start, end in places.prefix(text):
            yield Mark(start, end, number)
    for number, phrase in wanted.phrases:
        for start, end in places.phrase(phrase):
            yield Mark(start, end, number)


class _Places:
    """Looks terms and noun runs up in one text: by the text itself where a term is its own
    surface, by the kept terms otherwise."""

    def __init__(self, text: str, spans: Spans) -> None:
        self._text = text
        self._lower = lowered(text)
        self._spans = spans
        self._others = spans.others
        self._other_terms = frozenset(spans.others.values())
        self._starts = spans.starts
        self._ends = spans.ends
        self._in_run = spans.in_run

    @cached_property
    def _irregular_runs(self) -> list[tuple[str, int, int]]:
        """Noun runs that are not their own surface: 1,234억 is 1234억, ３분 is 3분."""
        found = {}
        in_run = self._in_run
        for i in [i for i in self._others if in_run[i]]:
            start, end = self._place(i)
            if not _REGULAR.fullmatch(self._lower, start, end):
                start, end = self._spans.run_at(start)
                folded = normalise(self._text[start:end]).text.lower()
                found[start] = (folded.replace(",", ""), start, end)
        return list(found.values())

    def term(self, text: str) -> Iterator[Place]:
        return map(self._place, self._indexes(text))

    def prefix(self, text: str) -> Iterator[Place]:
        for at in self._occurrences(text):
            for i in self._starting(at):
                if i not in self._others and self._ends[i] >= at + len(text):
                    yield self._place(i)
            start, end = self._spans.run_at(at)
            if start == at and end >= at + len(text):
                yield start, end
        for i, term in self._others.items():
            if term.startswith(text):
                yield self._place(i)
        for run, start, end in self._irregular_runs:
            if run.startswith(text):
                yield start, end

    def run(self, text: str) -> Iterator[Place]:
        for at in self._occurrences(text):
            stop = at + len(text)
            if self._is_part(at, stop) or self._is_inside(at, stop, text):
                yield at, stop
        for run, start, end in self._irregular_runs:
            if run_contains(run, text):
                yield start, end

    def phrase(self, phrase: plans.PhraseIs) -> Iterator[Place]:
        positions = self._spans.positions()
        slots = [
            {positions[i]: i for text in texts for i in self._indexes(text)}
            for _, texts in phrase.slots
        ]
        distances = [distance for distance, _ in phrase.slots]
        for begin in slots[0]:
            if all(begin + d in slot for d, slot in zip(distances, slots, strict=True)):
                placed = [
                    self._place(slot[begin + d]) for d, slot in zip(distances, slots, strict=True)
                ]
                yield from placed if phrase.apart else [(placed[0][0], placed[-1][1])]

    def _indexes(self, term: str) -> list[int]:
        """The kept terms that are ``term``."""
        found = [
            i
            for at in self._occurrences(term)
            for i in self._starting(at)
            if self._ends[i] == at + len(term) and i not in self._others
        ]
        if term in self._other_terms:
            found += [i for i, other in self._others.items() if other == term]
        return found

    def _occurrences(self, text: str) -> list[int]:
        found, lower = [], self._lower
        at = lower.find(text)
        while at >= 0:
            found.append(at)
            at = lower.find(text, at + 1)
        return found

    def _starting(self, at: int) -> range:
        starts = self._starts
        first = last = bisect_left(starts, at)
        while last < len(starts) and starts[last] == at:
            last += 1
        return range(first, last)

    def _place(self, i: int) -> Place:
        return self._starts[i], self._ends[i]

    def _is_part(self, start: int, end: int) -> bool:
        """Whether a part of a run stands just there: the common case, and cheap to tell."""
        return any(self._ends[i] == end and self._in_run[i] for i in self._starting(start))

    def _is_inside(self, at: int, stop: int, text: str) -> bool:
        start, end = self._spans.run_at(at)
        return stop <= end and stands_at(self._lower[start:end], at - start, text)
