"""Where the clauses of a plan stand in a stored text: spans to be marked, with what met them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.terms import run_contains
from search import plan as plans
from search.plan import Clause


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the text in code points, and the number of the clause that it meets."""

    start: int
    end: int
    clause: int


def marks(clauses: Sequence[Clause], field: str, spans: Mapping[str, Any]) -> list[Mark]:
    """All marks of a text field, in order of their place.

    ``spans`` is what the index stores of the field's terms and runs (``index.document``).
    """
    text = _Spans(spans)
    found = {
        Mark(start, end, i)
        for i, clause in enumerate(clauses)
        for start, end in _places(clause, field, text)
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


class _Spans:
    """The stored terms of one text, by term and by position."""

    def __init__(self, spans: Mapping[str, Any]) -> None:
        self._starts = spans["starts"]
        self._ends = spans["ends"]
        self._positions = spans["positions"]
        self._places: dict[str, list[int]] = {}
        for i, term in enumerate(spans["terms"]):
            self._places.setdefault(term, []).append(i)
        self._runs = list(zip(spans["runs"], spans["run_starts"], spans["run_ends"], strict=True))

    def term(self, text: str) -> Iterator[tuple[int, int]]:
        for i in self._places.get(text, ()):
            yield self._starts[i], self._ends[i]

    def prefix(self, text: str) -> Iterator[tuple[int, int]]:
        for term in self._places:
            if term.startswith(text):
                yield from self.term(term)
        for run, start, end in self._runs:
            if run.startswith(text):
                yield start, end

    def run(self, text: str) -> Iterator[tuple[int, int]]:
        for run, start, end in self._runs:
            if not run_contains(run, text):
                continue
            if len(run) != end - start:
                # A number lost its commas: the run is marked whole.
                yield start, end
                continue
            at = run.find(text)
            while at >= 0:
                yield start + at, start + at + len(text)
                at = run.find(text, at + len(text))

    def phrase(self, phrase: plans.PhraseIs) -> Iterator[tuple[int, int]]:
        slots = [
            {self._positions[i]: i for text in texts for i in self._places.get(text, ())}
            for _, texts in phrase.slots
        ]
        distances = [distance for distance, _ in phrase.slots]
        for begin in slots[0]:
            if all(begin + d in slot for d, slot in zip(distances, slots, strict=True)):
                first, last = slots[0][begin], slots[-1][begin + distances[-1]]
                yield self._starts[first], self._ends[last]


def _places(clause: Clause, field: str, text: _Spans) -> Iterator[tuple[int, int]]:
    match clause:
        case plans.TermIs() if field in clause.fields:
            yield from text.term(clause.text)
        case plans.RunContains() if field in clause.fields:
            yield from text.run(clause.text)
        case plans.PrefixIs() if field in clause.fields:
            yield from text.prefix(clause.text)
        case plans.PhraseIs() if field in clause.fields:
            yield from text.phrase(clause)
        case _:
            return
