"""Where the clauses of a plan stand in a stored text: spans to be marked, with what met them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """The clauses of a query that look at one field, with their numbers. Those of terms and noun
    runs by text: the two often ask for the same."""

    texts: Mapping[str, tuple[list[int], list[int]]]
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
        return sorted(_found(wanted, _Places(text, spans))) if text else []


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
    texts: dict[str, tuple[list[int], list[int]]] = {}
    prefixes: list[tuple[int, str]] = []
    phrases: list[tuple[int, plans.PhraseIs]] = []
    for i, clause in enumerate(clauses):
        match clause:
            case plans.PhraseIs() if field in clause.fields:
                phrases.append((i, clause))
            case plans.PrefixIs() if field in clause.fields:
                prefixes.append((i, clause.text))
            case plans.TermIs() if field in clause.fields:
                texts.setdefault(clause.text, ([], []))[0].append(i)
            case plans.RunContains() if field in clause.fields:
                texts.setdefault(clause.text, ([], []))[1].append(i)
            case _:
                continue
    return _Wanted(texts, tuple(prefixes), tuple(phrases))


def _found(wanted: _Wanted, places: "_Places") -> set[Mark]:
    found: set[Mark] = set()
    for text, (terms, runs) in wanted.texts.items():
        if text in places.lower:
            as_term, in_run = places.surface(text, runs=bool(runs))
            found.update([Mark(start, end, number) for start, end in as_term for number in terms])
            found.update([Mark(start, end, number) for start, end in in_run for number in runs])
        if terms and places.spans.has_other(text):
            at = places.other(text)
            found.update([Mark(start, end, number) for start, end in at for number in terms])
        if runs and places.irregular_runs:
            at = places.irregular(text)
            found.update([Mark(start, end, number) for start, end in at for number in runs])
    for number, text in wanted.prefixes:
        found.update([Mark(start, end, number) for start, end in places.prefix(text)])
    for number, phrase in wanted.phrases:
        found.update([Mark(start, end, number) for start, end in places.phrase(phrase)])
    return found


class _Places:
    """Looks terms and noun runs up in one text: by the text itself where a term is its own
    surface, by the kept terms otherwise."""

    def __init__(self, text: str, spans: Spans) -> None:
        self._text = text
        self.lower = lowered(text)
        self.spans = spans
        self.irregular_runs = self._irregular_runs()

    def surface(self, text: str, *, runs: bool) -> tuple[list[Place], list[Place]]:
        """Where terms that are their own surface are a text, and where ``runs`` contain it."""
        as_term, in_run = [], []
        for at in self._occurrences(text):
            stop = at + len(text)
            term, part = self.spans.standing(at, stop)
            if term:
                as_term.append((at, stop))
            if runs and (part or self._is_inside(at, stop, text)):
                in_run.append((at, stop))
        return as_term, in_run

    def other(self, text: str) -> list[Place]:
        """Where the other terms are a text."""
        return [self.spans.place(i) for i, term in self._others.items() if term == text]

    def irregular(self, text: str) -> list[Place]:
        """Where noun runs that are not their own surface contain a text."""
        return [(start, end) for run, start, end in self.irregular_runs if run_contains(run, text)]

    @cached_property
    def _others(self) -> dict[int, str]:
        return self.spans.others()

    def _irregular_runs(self) -> list[tuple[str, int, int]]:
        """Noun runs that are not their own surface: 1,234억 is 1234억, ３분 is 3분."""
        found = {}
        for i in self.spans.other_parts():
            start, end = self.spans.place(i)
            if not _REGULAR.fullmatch(self.lower, start, end):
                start, end = self.spans.run_at(start)
                folded = normalise(self._text[start:end]).text.lower()
                found[start] = (folded.replace(",", ""), start, end)
        return list(found.values())

    def prefix(self, text: str) -> Iterator[Place]:
        spans = self.spans
        for at in self._occurrences(text):
            for i in spans.starting(at):
                if not spans.is_other(i) and spans.place(i)[1] >= at + len(text):
                    yield spans.place(i)
            start, end = spans.run_at(at)
            if start == at and end >= at + len(text):
                yield start, end
        for i, term in self._others.items():
            if term.startswith(text):
                yield spans.place(i)
        for run, start, end in self.irregular_runs:
            if run.startswith(text):
                yield start, end

    def run(self, text: str) -> list[Place]:
        found = []
        for at in self._occurrences(text):
            stop = at + len(text)
            if self._is_part(at, stop) or self._is_inside(at, stop, text):
                found.append((at, stop))
        for run, start, end in self.irregular_runs:
            if run_contains(run, text):
                found.append((start, end))
        return found

    def phrase(self, phrase: plans.PhraseIs) -> Iterator[Place]:
        positions = self.spans.positions()
        slots = [
            {positions[i]: i for text in texts for i in self._indexes(text)}
            for _, texts in phrase.slots
        ]
        distances = [distance for distance, _ in phrase.slots]
        for begin, first in slots[0].items():
            if all(begin + d in slot for d, slot in zip(distances, slots, strict=True)):
                last = slots[-1][begin + distances[-1]]
                yield self.spans.place(first)[0], self.spans.place(last)[1]

    def _indexes(self, term: str) -> list[int]:
        """The kept terms that are ``term``."""
        spans, found = self.spans, []
        for at in self._occurrences(term):
            end = at + len(term)
            for i in spans.starting(at):
                if spans.place(i)[1] == end and not spans.is_other(i):
                    found.append(i)
        if spans.has_other(term):
            found += [i for i, other in self._others.items() if other == term]
        return found

    def _occurrences(self, text: str) -> Sequence[int]:
        found, lower = [], self.lower
        at = lower.find(text)
        while at >= 0:
            found.append(at)
            at = lower.find(text, at + 1)
        return found

    def _is_inside(self, at: int, stop: int, text: str) -> bool:
        start, end = self.spans.run_at(at)
        return stop <= end and stands_at(self.lower[start:end], at - start, text)
