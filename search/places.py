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
_NOWHERE = np.array([-1])


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
        self._is_surface = np.ones(len(bases), bool)
        self._is_surface[spans.others_at] = False
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
        as_term, in_run = self._standing_just(starts << _SHIFT | ends - starts)
        run = self._run_at(starts)
        for i in ((ends <= self._run_ends.take(run)) & ~in_run).nonzero()[0].tolist():
            text, asked = wanted[which[i]]
            if asked:
                begin, end = int(self._run_starts[run[i]]), int(self._run_ends[run[i]])
                in_run[i] = stands_at(self._lower[begin:end], found[i] - begin, text)
        return zip(which, found, ends.tolist(), as_term.tolist(), in_run.tolist(), strict=True)

    def _standing_just(self, keys: Column) -> tuple[Mask, Mask]:
        """Of some keys, whether a term that is its surface has just this one, and whether a part
        of a noun run does."""
        as_term, in_run = np.zeros((2, len(keys)), bool)
        for own, terms in self._having(keys):
            as_term[own] |= self._is_surface.take(terms)
            in_run[own] |= self._spans.in_run.take(terms)
        return as_term, in_run

    def _having(self, keys: Column) -> Iterator[tuple[Column, Column]]:
        """The terms that have some keys: which of the keys, and the index of its first term; then
        of its next, while there is one, as an extra stands just where another term does."""
        low, high = self._keys.searchsorted(keys), self._keys.searchsorted(keys, "right")
        while len(own := (low < high).nonzero()[0]):
            yield own, low.take(own)
            low += _ONE

    def may_have_other(self, term: str) -> bool:
        """Whether a term that is not its surface may be ``term``; False is sure, and cheap."""
        return (SEPARATOR + term).encode("utf-8", "replace") in self._spans.words

    def others(self, term: str) -> list[Place]:
        """Where the terms that are not their surface are ``term``."""
        return list(map(self._place, self._among_others(term)))

    def irregular_runs(self, text: str) -> list[Place]:
        """The noun runs that are not their own surface and contain a text."""
        return [(s, e) for run, s, e in self._irregular if text in run and run_contains(run, text)]

    def prefix(self, text: str) -> set[Place]:
        """The terms and noun runs that begin with a text."""
        at = np.array(self._occurrences(text), np.int64)
        first, last = self._starts.searchsorted(at), self._starts.searchsorted(at, "right")
        counts = last - first
        terms = (first - counts.cumsum() + counts).repeat(counts) + np.arange(counts.sum())
        is_surface = self._is_surface.take(terms)
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
        slots = [
            self._by_position([i for text in texts for i in self._terms(text)])
            for _, texts in wanted
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

    def _by_position(self, terms: Sequence[int]) -> dict[int, int]:
        own = np.array(terms, np.int64)
        return dict(zip(self._positions.take(own).tolist(), terms, strict=True))

    @cached_property
    def _lower(self) -> str:
        # At once, unless a character becomes two and each text has to be looked at.
        lower = self._text.lower()
        same = len(lower) == len(self._text)
        return lower if same else _BETWEEN.join(map(lowered, self._texts))

    def _among_others(self, term: str) -> list[int]:
        """The indexes of the terms that are not their surface and are ``term``."""
        found, others, at = [], self._others, -1
        for _ in range(others.count(term)):
            at = others.index(term, at + 1)
            found.append(int(self._spans.others_at[at]))
        return found

    @cached_property
    def _others(self) -> list[str]:
        return self._spans.others()

    @cached_property
    def _others_by_term(self) -> list[tuple[str, int]]:
        return sorted(zip(self._others, self._spans.others_at.tolist(), strict=True))

    @cached_property
    def _positions(self) -> Column:
        """Those of the terms; none is near one of another text."""
        apart = np.arange(len(self._spans.counts)) << _SHIFT
        found: Column = self._spans.positions() + apart.repeat(self._spans.counts)
        return found

    @cached_property
    def _irregular(self) -> list[tuple[str, int, int]]:
        """Noun runs that are not their own surface: 1,234억 is 1234억, ３분 is 3분."""
        others = self._spans.others_at
        own = others.take(self._spans.in_run.take(others).nonzero()[0])
        starts, ends = self._starts.take(own), self._ends.take(own)
        rows = zip(self._run_at(starts).tolist(), starts.tolist(), ends.tolist(), strict=True)
        irregular = [run for run, *place in rows if not _REGULAR.fullmatch(self._text, *place)]
        runs = list(dict.fromkeys(irregular))
        begins, ends = self._run_starts.take(runs).tolist(), self._run_ends.take(runs).tolist()
        texts = [self._text[begin:end] for begin, end in zip(begins, ends, strict=True)]
        return list(zip(_folded(texts), begins, ends, strict=True))

    def _terms(self, text: str) -> list[int]:
        """The indexes of the terms that are ``text``."""
        keys = np.array(self._occurrences(text), np.int64) << _SHIFT | len(text)
        found: list[int] = []
        for _, terms in self._having(keys):
            found += terms.take(self._is_surface.take(terms).nonzero()[0]).tolist()
        if self.may_have_other(text):
            found += self._among_others(text)
        return found

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
        last = (starts[1:] != ends[:-1]).nonzero()[0]
        return (
            np.concatenate((_NOWHERE, starts[:1], starts.take(last + _ONE))),
            np.concatenate((_NOWHERE, ends.take(last), ends[-1:])),
        )

    def _run_at(self, places: Column) -> Column:
        """The runs that begin last before or at each place."""
        found: Column = self._run_starts.searchsorted(places, "right") - _ONE
        return found

    def _place(self, i: int) -> Place:
        return int(self._starts[i]), int(self._ends[i])


def _folded(runs: Sequence[str]) -> Sequence[str]:
    """Noun runs as the index has them."""
    # Most often nothing is to be normalised, which is seen of all at once.
    together = _BETWEEN.join(runs)
    if normalise(together).text != together:
        runs = [normalise(run).text for run in runs]
    return [run.lower().replace(",", "") for run in runs]
