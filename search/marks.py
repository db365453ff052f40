"""Where the clauses of a plan stand in a stored text: spans to be marked, with what met them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from index.normalise import normalise
from index.spans import Spans, lowered
from index.terms import run_contains
from search import plan as plans
from search.plan import Clause


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the text in code points, and the number of the clause that it meets."""

    start: int
    end: int
    clause: int


def marks(clauses: Sequence[Clause], field: str, text: str, spans: Spans) -> list[Mark]:
    """All marks of a text field, in order of their place.

    ``text`` is the stored text, ``spans`` what the index keeps of its terms.
    """
    places = _Places(text, spans)
    found = {
        Mark(start, end, i)
        for i, clause in enumerate(clauses)
        for start, end in _of_clause(clause, field, places)
    }
    return sorted(found, key=lambda m: (m.start, m.end, m.clause))


def merged(found: Sequence[Mark]) -> list[tuple[int, int]]:
    """The union of marks; touching ones are one."""
    out: list[tuple[int, int]] = []
    for mark in found:
        if out and mark.start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], mark.end))
        else:
            out.append((mark.start, mark.end))
    return out


Place = tuple[int, int]

# A surface that a noun run has as it is; others hold commas, or what NFKC folds.
_REGULAR = re.compile("[가-힣a-z0-9㐀-鿿]+")


class _Places:
    """Looks terms and noun runs up in one text: by the text itself where a term is its own
    surface, by the kept terms otherwise."""

    def __init__(self, text: str, spans: Spans) -> None:
        self._text = text
        self._lower = lowered(text)
        self._spans = spans
        self._others: dict[str, list[int]] = {}
        for i, term in spans.others.items():
            self._others.setdefault(term, []).append(i)

    @cached_property
    def _starts(self) -> list[int]:
        return list(self._spans.starts.tolist())

    @cached_property
    def _ends(self) -> list[int]:
        return list(self._spans.ends.tolist())

    @cached_property
    def _runs(self) -> tuple[list[int], list[int]]:
        starts, ends = self._spans.runs()
        return starts.tolist(), ends.tolist()

    @cached_property
    def _irregular_runs(self) -> list[tuple[str, int, int]]:
        """Noun runs that are not their own surface: 1,234억 is 1234억, ３분 is 3분."""
        found = {}
        others = np.fromiter(self._spans.others, np.int64, len(self._spans.others))
        for i in others[self._spans.in_run[others]].tolist():
            start, end = self._place(i)
            if not _REGULAR.fullmatch(self._lower, start, end):
                start, end = self._run_around(start)
                folded = normalise(self._text[start:end]).text.lower()
                found[start] = (folded.replace(",", ""), start, end)
        return list(found.values())

    def term(self, text: str) -> Iterator[Place]:
        for i in self._indexes(text):
            yield self._place(i)

    def prefix(self, text: str) -> Iterator[Place]:
        for at in self._occurrences(text):
            for i in self._starting(at):
                if i not in self._spans.others and self._place(i)[1] >= at + len(text):
                    yield self._place(i)
            start, end = self._run_around(at)
            if start == at and end >= at + len(text):
                yield start, end
        for term, indexes in self._others.items():
            if term.startswith(text):
                yield from map(self._place, indexes)
        for run, start, end in self._irregular_runs:
            if run.startswith(text):
                yield start, end

    def run(self, text: str) -> Iterator[Place]:
        for at in self._occurrences(text):
            stop = at + len(text)
            if self._is_part(at, stop) or self._in_run(at, stop, text):
                yield at, stop
        for run, start, end in self._irregular_runs:
            if run_contains(run, text):
                yield start, end

    def phrase(self, phrase: plans.PhraseIs) -> Iterator[Place]:
        slots = [
            {int(self._spans.positions[i]): i for text in texts for i in self._indexes(text)}
            for _, texts in phrase.slots
        ]
        distances = [distance for distance, _ in phrase.slots]
        for begin, first in slots[0].items():
            if all(begin + d in slot for d, slot in zip(distances, slots, strict=True)):
                last = slots[-1][begin + distances[-1]]
                yield self._place(first)[0], self._place(last)[1]

    def _indexes(self, term: str) -> Iterator[int]:
        """The kept terms that are ``term``."""
        for at in self._occurrences(term):
            for i in self._starting(at):
                if self._place(i)[1] == at + len(term) and i not in self._spans.others:
                    yield i
        yield from self._others.get(term, ())

    def _occurrences(self, text: str) -> Iterator[int]:
        at = self._lower.find(text)
        while at >= 0:
            yield at
            at = self._lower.find(text, at + 1)

    def _starting(self, at: int) -> range:
        starts = self._starts
        first = bisect_left(starts, at)
        return range(first, bisect_right(starts, at, first))

    def _place(self, i: int) -> Place:
        return self._starts[i], self._ends[i]

    def _is_part(self, start: int, end: int) -> bool:
        """Whether a part of a run stands just there: the common case, and cheap to tell."""
        in_run = self._spans.in_run
        return any(self._ends[i] == end and in_run[i] for i in self._starting(start))

    def _in_run(self, at: int, stop: int, text: str) -> bool:
        start, end = self._run_around(at)
        # The part of the run from here, with the character before: joints count.
        before = self._lower[max(at - 1, start) : at]
        return stop <= end and run_contains(before + self._lower[at : min(stop + 1, end)], text)

    def _run_around(self, at: int) -> Place:
        """The noun run that holds a place; an empty one where there is none."""
        starts, ends = self._runs
        i = bisect_right(starts, at) - 1
        return (starts[i], ends[i]) if i >= 0 and at < ends[i] else (-1, -1)


def _of_clause(clause: Clause, field: str, places: _Places) -> Iterator[Place]:
    match clause:
        case plans.TermIs() if field in clause.fields:
            yield from places.term(clause.text)
        case plans.RunContains() if field in clause.fields:
            yield from places.run(clause.text)
        case plans.PrefixIs() if field in clause.fields:
            yield from places.prefix(clause.text)
        case plans.PhraseIs() if field in clause.fields:
            yield from places.phrase(clause)
        case _:
            return
