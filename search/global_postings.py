"""The postings of all segments as those of one: document numbers run through all of them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from index.merging import Living
from index.postings import Field
from index.segment import BIGRAMS
from index.terms import is_plain, run_contains
from search import unions
from search.docsets import DocSet, Mask, Numbers, chosen, places
from search.term import Part

# More vocabulary than this behind one prefix or one part of a word, and the answer is partial.
MAX_EXPANSION = 2000
_BIGRAM = 2
# So few noun runs are looked at one by one.
_FEW = 16
# Postings that are counted at a time: a piece takes milliseconds, not the whole field.
_PIECE = 200_000


# The numbers of terms.
Terms = Sequence[int] | Numbers


class Expansion(NamedTuple):
    """Terms found in the vocabulary of a field, by segment.

    ``cut`` where there were more terms than MAX_EXPANSION: the first of them count.
    """

    parts: tuple[unions.Part, ...]
    cut: bool


class GlobalPostings:
    """Looks terms up in every segment. ``documents`` counts deleted ones too."""

    def __init__(self, segments: Sequence[Living]) -> None:
        sizes = [living.segment.documents for living in segments]
        self.bases: list[int] = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).tolist()
        self.documents: int = self.bases[-1]
        self._segments = segments
        self._known_fields: dict[str, list[tuple[int, int, Field]]] = {}

    def fields(self, name: str) -> Iterator[tuple[int, Field]]:
        """The field of each segment, with the number of the segment's first document."""
        for base, living in zip(self.bases, self._segments, strict=False):
            yield base, living.segment.field(name)

    def parts(self, field: str, text: str) -> list[Part]:
        """Where a term is found: in which segments, and as which number."""
        encoded = text.encode("utf-8", "replace")
        return [
            Part(base, end, own, number)
            for base, end, own in self._fields(field)
            if (number := own.number(encoded)) >= 0
        ]

    def _fields(self, name: str) -> list[tuple[int, int, Field]]:
        """The field of each segment, with the numbers of its first document and behind its last."""
        known = self._known_fields.get(name)
        if known is None:
            ends = self.bases[1:]
            pairs = zip(self.fields(name), ends, strict=True)
            known = self._known_fields[name] = [(base, end, own) for (base, own), end in pairs]
        return known

    def length(self, field: str, number: int) -> int:
        """How many terms a scored field of a document has."""
        own = bisect_right(self.bases, number) - 1
        return int(self._segments[own].segment.lengths(field)[number - self.bases[own]])

    def beginning(self, field: str, prefix: str) -> Expansion:
        """All terms that begin with ``prefix``."""
        encoded = prefix.encode("utf-8", "replace")
        found = [(base, own, own.beginning(encoded)) for base, own in self.fields(field)]
        cut, last = _last([(own, numbers) for _, own, numbers in found])
        return Expansion(
            tuple(
                unions.Part(
                    base, own, np.arange(n.start, n.stop if last is None else own.place(last))
                )
                for base, own, n in found
            ),
            cut,
        )

    def containing(self, field: str, text: str) -> Expansion:
        """All noun runs that contain ``text`` (see ``run_contains``)."""
        found = [
            (base, own, _runs(own, grams, text)) for base, own, grams in self._run_fields(field)
        ]
        cut, last = _last([(own, numbers) for _, own, numbers in found])
        return Expansion(
            tuple(
                unions.Part(base, own, n if last is None else n[: _place(n, own.place(last))])
                for base, own, n in found
            ),
            cut,
        )

    def expanded(self, expansions: Iterable[Expansion]) -> DocSet:
        """The documents of all terms of some expansions."""
        parts = [part for expansion in expansions for part in expansion.parts]
        return unions.union(self.documents, parts)

    def terms(self, field: str, prefix: str, limit: int) -> list[str]:
        """The first terms that begin with ``prefix``, sorted."""
        encoded = prefix.encode("utf-8", "replace")
        found = [(own, own.beginning(encoded)) for _, own in self.fields(field)]
        return _decoded(found, limit)

    def runs(self, field: str, text: str, limit: int) -> list[str]:
        """The first noun runs that contain ``text``, sorted."""
        return _decoded(
            [(own, _runs(own, grams, text)) for _, own, grams in self._run_fields(field)], limit
        )

    def counted(self, field: str, counting: Mask) -> Iterator[tuple[str, int]]:
        """Every term that a document of ``counting`` has, with the number of those documents."""
        segments = [(own, counting[base:]) for base, own in self.fields(field)]
        if len(segments) == 1:
            own, mask = segments[0]
            yield from ((own.term(n).decode(), count) for n, count in _counts(own, mask))
            return
        sums: dict[bytes, int] = {}
        for own, mask in segments:
            for number, count in _counts(own, mask):
                term = own.term(number)
                sums[term] = sums.get(term, 0) + count
        yield from ((term.decode(), count) for term, count in sums.items())

    def _run_fields(self, field: str) -> Iterator[tuple[int, Field, Field]]:
        for (base, own), (_, grams) in zip(
            self.fields(field), self.fields(field + BIGRAMS), strict=True
        ):
            yield base, own, grams


def _counts(field: Field, counting: Mask) -> Iterator[tuple[int, int]]:
    """The numbers of the terms that a document of ``counting`` has, and how many of them do."""
    for begin, end in pairwise((0, *field.cuts(_PIECE), field.terms)):
        frequencies = [field.frequency(number) for number in range(begin, end)]
        ends = np.cumsum(frequencies, dtype=np.int64)
        counted = counting[field.documents_between(begin, end)].cumsum(dtype=np.int64)
        reached = np.concatenate(([0], counted))[np.concatenate(([0], ends))]
        counts = np.diff(reached)
        some = counts.nonzero()[0]
        yield from zip((some + begin).tolist(), counts[some].tolist(), strict=True)


def _runs(field: Field, grams: Field, text: str) -> Numbers:
    """The numbers of the runs that contain ``text`` (two characters at least), ascending.
    ``grams`` holds their bigrams."""
    numbers: list[int] = []
    for pair in dict.fromkeys(map("".join, pairwise(text))):
        number = grams.number(pair.encode("utf-8", "replace"))
        if number < 0:
            return np.empty(0, np.int64)
        numbers.append(number)
    if not numbers:
        return np.empty(0, np.int64)
    rarest, *others = sorted(numbers, key=grams.frequency)
    found = grams.documents(rarest)
    for own in others:
        if len(found) <= _FEW:
            break
        found = chosen(found, places(found, grams.documents(own))[1])
    if not is_plain(text):
        kept = [n for n in found.tolist() if run_contains(field.term(n).decode(), text)]
    elif len(text) > _BIGRAM:
        wanted = text.encode()
        kept = [n for n in found.tolist() if wanted in field.term(n)]
    else:
        return found
    return np.array(kept, np.int64)


def _last(found: Sequence[tuple[Field, Terms]]) -> tuple[bool, bytes | None]:
    """Whether there are more different terms than MAX_EXPANSION, and the first one too many."""
    if sum(len(numbers) for _, numbers in found) <= MAX_EXPANSION:
        return False, None
    terms = {own.term(n) for own, numbers in found for n in numbers[: MAX_EXPANSION + 1]}
    if len(terms) <= MAX_EXPANSION:
        return False, None
    return True, sorted(terms)[MAX_EXPANSION]


def _place(numbers: Numbers, bound: int) -> int:
    return int(numbers.searchsorted(bound))


def _decoded(found: Sequence[tuple[Field, Terms]], limit: int) -> list[str]:
    terms = {own.term(n) for own, numbers in found for n in numbers[:limit]}
    return [term.decode() for term in sorted(terms)[:limit]]
