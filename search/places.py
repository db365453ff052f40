"""Where terms and noun runs stand in stored texts: by the texts themselves where a term is its own
surface, by the kept terms otherwise. All texts of a page are looked at as one."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice

import numpy as np

from index.normalise import normalise
from index.spans import SEPARATOR, Column, Mask, Spans, lowered
from index.terms import run_contains, stands_at

Place = tuple[int, int]

# A surface that a noun run has as it is, but for the case (\u212a, the sign of Kelvin, is a k);
# others hold commas, or what NFKC folds.
_REGULAR = re.compile("[가-힣a-zA-Z\u212a0-9㐀-鿿]+")
# Keeps the noun runs of two texts from touching.
_BETWEEN = "\n"
# Place and length of a term in one number, in order of both.
_LENGTH_BITS = 32
# As arrays: of a number numpy makes one at each call, which takes as long as a short list.
_SHIFT, _ONE = map(np.array, (_LENGTH_BITS, 1))


class Places:
    """The terms of several texts; places run through all of them, and ``bases`` are those of the
    first character of each text, and of what would follow the last."""

    def __init__(self, texts: Sequence[str], spans: Spans) -> None:
        """``spans`` are the terms of just these texts."""
        self._spans = spans
        self._texts = texts
        self._text = _BETWEEN.join(texts)
        self.bases = list(accumulate((len(text) + 1 for text in texts), initial=0))
        bases = np.repeat(self.bases[:-1], spans.counts)
        self._starts = spans.starts + bases
        self._ends = spans.ends + bases
        self._keys = self._starts << _SHIFT | self._ends - self._starts
        is_surface = np.ones(len(bases), bool)
        is_surface[spans.others_at] = False
        # Of the terms before each, how many are their surface, and a part of a noun run.
        self._surfaces, self._parts = _counted(is_surface), _counted(spans.in_run)
        self._run_starts, self._run_ends = self._runs()

    def surfaces(
        self, wanted: Sequence[tuple[str, bool]]
    ) -> Iterable[tuple[int, int, int, bool, bool]]:
        """Where each text stands in lower case: its number among ``wanted``, start, end, whether
        a term is just that, and whether a noun run contains it (asked for with each)."""
        which: list[int] = []
        found: list[int] = []
        for number, (text, _) in enumerate(wanted):
            at = self._occurrences(text)
            found += at
            which += [number] * len(at)
        starts = np.array(found, np.int64)
        ends = starts + np.array([len(text) for text, _ in wanted], np.int64)[which]
        keys = starts << _SHIFT | ends - starts
        low, high = self._keys.searchsorted(keys), self._keys.searchsorted(keys, "right")
        as_term = self._surfaces.take(high) > self._surfaces.take(low)
        # A part of a run that stands just there is the common case, and cheap to tell.
        in_run = self._parts.take(high) > self._parts.take(low)
        run = self._run_at(starts)
        for i in ((ends <= self._run_ends.take(run)) & ~in_run).nonzero()[0].tolist():
            text, asked = wanted[which[i]]
            if asked:
                begin, end = int(self._run_starts[run[i]]), int(self._run_ends[run[i]])
                in_run[i] = stands_at(self._lower[begin:end], found[i] - begin, text)
        return zip(which, found, ends.tolist(), as_term.tolist(), in_run.tolist(), strict=True)

    def may_have_other(self, term: str) -> bool:
        """Whether a term that is not its surface may be ``term``; False is sure, and cheap."""
        return (SEPARATOR + term).encode("utf-8", "replace") in self._spans.words

    def others(self, term: str) -> list[Place]:
        """Where the terms that are not their surface are ``term``."""
        return [self._place(i) for i, other in self._others if other == term]

    def irregular_runs(self, text: str) -> list[Place]:
        """The noun runs that are not their own surface and contain a text."""
        return [(s, e) for run, s, e in self._irregular if text in run and run_contains(run, text)]

    def prefix(self, text: str) -> set[Place]:
        """The terms and noun runs that begin with a text."""
        at = np.array(self._occurrences(text), np.int64)
        first, last = self._starts.searchsorted(at), self._starts.searchsorted(at, "right")
        counts = last - first
        terms = (first - counts.cumsum() + counts).repeat(counts) + np.arange(counts.sum())
        is_surface = self._surfaces.take(terms + 1) > self._surfaces.take(terms)
        long = self._ends.take(terms) - self._starts.take(terms) >= len(text)
        runs = self._run_starts.searchsorted(at)
        runs = runs[self._run_starts.take(runs, mode="clip") == at]
        runs = runs[self._run_ends.take(runs) - self._run_starts.take(runs) >= len(text)]
        return {
            *map(self._place, terms[is_surface & long].tolist()),
            *zip(self._run_starts[runs].tolist(), self._run_ends[runs].tolist(), strict=True),
            *map(self._place, self._others_beginning(text)),
            *((s, e) for run, s, e in self._irregular if run.startswith(text)),
        }

    def _others_beginning(self, text: str) -> Iterator[int]:
        """The indexes of the terms that are not their surface and begin with a text."""
        if not self.may_have_other(text):
            return
        others = self._others_by_term
        for term, i in islice(others, bisect_left(others, (text, -1)), None):
            if not term.startswith(text):
                return
            yield i

    def phrase(self, wanted: Sequence[tuple[int, Sequence[str]]], *, apart: bool) -> list[Place]:
        """Where terms stand at distances from the first: (distance, alternatives). From the first
        to the last of them, or each for itself where ``apart``."""
        positions = self._positions
        slots = [
            {positions[i]: i for text in texts for i in self._terms(text)} for _, texts in wanted
        ]
        distances = [distance for distance, _ in wanted]
        found: list[Place] = []
        for begin in slots[0]:
            if all(begin + d in slot for d, slot in zip(distances, slots, strict=True)):
                own = [
                    self._place(slot[begin + d]) for d, slot in zip(distances, slots, strict=True)
                ]
                found += own if apart else [(own[0][0], own[-1][1])]
        return found

    @cached_property
    def _lower(self) -> str:
        # At once, unless a character becomes two and each text has to be looked at.
        lower = self._text.lower()
        same = len(lower) == len(self._text)
        return lower if same else _BETWEEN.join(map(lowered, self._texts))

    @cached_property
    def _others(self) -> list[tuple[int, str]]:
        return list(zip(self._spans.others_at.tolist(), self._spans.others(), strict=True))

    @cached_property
    def _others_by_term(self) -> list[tuple[str, int]]:
        return sorted((term, i) for i, term in self._others)

    @cached_property
    def _positions(self) -> list[int]:
        """Those of the terms; none is near one of another text."""
        apart = np.arange(len(self._spans.counts)) << _LENGTH_BITS
        return list((self._spans.positions() + apart.repeat(self._spans.counts)).tolist())

    @cached_property
    def _irregular(self) -> list[tuple[str, int, int]]:
        """Noun runs that are not their own surface: 1,234억 is 1234억, ３분 is 3분."""
        others = self._spans.others_at
        own = others[self._spans.in_run.take(others)]
        found = {}
        for start, end in zip(
            self._starts.take(own).tolist(), self._ends.take(own).tolist(), strict=True
        ):
            if not _REGULAR.fullmatch(self._text, start, end):
                run = int(self._run_starts.searchsorted(start, "right")) - 1
                start, end = int(self._run_starts[run]), int(self._run_ends[run])
                folded = normalise(self._text[start:end]).text.lower()
                found[start] = (folded.replace(",", ""), start, end)
        return list(found.values())

    def _terms(self, text: str) -> list[int]:
        """The indexes of the terms that are ``text``."""
        found = [
            i
            for at in self._occurrences(text)
            for i in self._standing(at, at + len(text))
            if self._surfaces[i + 1] > self._surfaces[i]
        ]
        if self.may_have_other(text):
            found += [i for i, other in self._others if other == text]
        return found

    def _standing(self, start: int, end: int) -> range:
        key = start << _LENGTH_BITS | end - start
        low, high = self._keys.searchsorted((key, key + 1)).tolist()
        return range(low, high)

    def _occurrences(self, text: str) -> list[int]:
        # Of what has no case, as Hangul, lower case is none either, and it is not made for it.
        within = self._text if text == text.upper() else self._lower
        found = []
        at = within.find(text)
        while at >= 0:
            found.append(at)
            at = within.find(text, at + 1)
        return found

    def _runs(self) -> tuple[Column, Column]:
        """Where the noun runs begin and end: parts that touch; a first one holds nothing."""
        parts = self._spans.in_run.nonzero()[0]
        starts, ends = self._starts.take(parts), self._ends.take(parts)
        apart = starts[1:] != ends[:-1]
        first: Mask = np.concatenate(([True], apart))[: len(parts)]
        last: Mask = np.concatenate((apart, [True]))[: len(parts)]
        return np.concatenate(([-1], starts[first])), np.concatenate(([-1], ends[last]))

    def _run_at(self, places: Column) -> Column:
        """The runs that begin last before or at each place."""
        found: Column = self._run_starts.searchsorted(places, "right") - _ONE
        return found

    def _place(self, i: int) -> Place:
        return int(self._starts[i]), int(self._ends[i])


def _counted(mask: Mask) -> Column:
    """How many hold before each, and of all."""
    counted: Column = np.concatenate(([0], mask.cumsum()))
    return counted
