"""The postings of all segments as those of one: document numbers run through all of them."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from index.array_file import Array
from index.gaps import located, unpacked
from index.lexicon.longer import longer_words
from index.merging import Living
from index.postings import Field
from index.segment import BIGRAMS
from index.terms import run_contains
from search.cache import ByteCache
from search.docsets import Mask, Numbers, common

# More vocabulary than this behind one prefix or one part of a word, and the answer is partial.
MAX_EXPANSION = 2000
_SYLLABLES = re.compile("[가-힣]+")
# A query asks for the same term several times.
_PLACES_BYTES = 1 << 20
# Postings that are counted at a time: a piece takes milliseconds, not the whole field.
_PIECE = 200_000


@dataclass(frozen=True, slots=True)
class Expansion:
    """Terms found in the vocabulary of a field: the numbers of their documents, list by list.

    ``cut`` where there were more terms than MAX_EXPANSION: the first of them count.
    """

    lists: tuple[Numbers, ...]
    cut: bool


class GlobalPostings:
    """Looks terms up in every segment. ``documents`` counts deleted ones too."""

    def __init__(self, segments: Sequence[Living]) -> None:
        sizes = [living.segment.documents for living in segments]
        self.bases: list[int] = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).tolist()
        self.documents: int = self.bases[-1]
        self._segments = segments
        self._places: ByteCache[tuple[str, str], tuple[tuple[int, Field, int], ...]]
        self._places = ByteCache(_PLACES_BYTES)

    def fields(self, name: str) -> Iterator[tuple[int, Field]]:
        """The field of each segment, with the number of the segment's first document."""
        for base, living in zip(self.bases, self._segments, strict=False):
            yield base, living.segment.field(name)

    def term(self, field: str, text: str) -> Numbers:
        """The documents of a term, ascending."""
        return _joined(
            [
                base + own.documents(n) if base else own.documents(n)
                for base, own, n in self._found(field, text)
            ]
        )

    def mask(self, field: str, text: str) -> Mask | None:
        """The same as a mask, where a segment keeps them as bits."""
        found = [(base, own.bits(n), own, n) for base, own, n in self._found(field, text)]
        if all(words is None for _, words, _, _ in found):
            return None
        if len(self.bases) == 2 and (words := found[0][1]) is not None:
            return unpacked(words, self.documents)
        mask = np.zeros(self.documents, bool)
        for base, words, own, n in found:
            if words is None:
                mask[base + own.documents(n)] = True
            else:
                end = self._end(base)
                mask[base:end] = unpacked(words, end - base)
        return mask

    def located(self, field: str, text: str, numbers: Numbers) -> tuple[Numbers, Numbers] | None:
        """What the documents of a term and ascending ``numbers`` have in common: their places in
        both; None where no segment keeps the term as bits."""
        found = self._found(field, text)
        if all(own.bits(n) is None for _, own, n in found):
            return None
        places, there, before = [], [], 0
        for base, own, n in found:
            begin, end = np.searchsorted(numbers, (base, self._end(base))).tolist()
            asked, words = numbers[begin:end] - base, own.bits(n)
            if words is None:
                inside, met = common(own.documents(n), asked, self._end(base) - base)
            else:
                inside, met = located(words, asked)
            places.append(inside + before)
            there.append(met + begin)
            before += own.frequency(n)
        return _joined(places), _joined(there)

    def frequencies_at(self, field: str, text: str, inside: Numbers) -> Numbers:
        """The frequencies of a term in those of its documents at some ascending places."""
        return _joined([own.frequencies_at(n, at) for own, n, at in self._at(field, text, inside)])

    def begins(self, field: str, text: str, inside: Numbers | None) -> Numbers:
        """Where among its occurrences those in these documents (None: in all) begin."""
        parts, before = [], 0
        if inside is None:
            known = [(own, n, own.begins(n)) for _, own, n in self._found(field, text)]
        else:
            at_each = self._at(field, text, inside)
            known = [(own, n, own.begins_at(n, at)) for own, n, at in at_each]
        for own, n, begins in known:
            parts.append(begins + before if before else begins)
            before += own.occurring(n)
        return _joined(parts)

    def _at(self, field: str, text: str, inside: Numbers) -> Iterator[tuple[Field, int, Numbers]]:
        """For each segment of a term, the places that are its own."""
        begin = 0
        for _, own, n in self._found(field, text):
            end = begin + own.frequency(n)
            low, high = np.searchsorted(inside, (begin, end)).tolist()
            yield own, n, inside[low:high] - begin
            begin = end

    def _end(self, base: int) -> int:
        """The number behind the last document of the segment that begins at ``base``."""
        return self.bases[bisect_right(self.bases, base)]

    def length(self, field: str, number: int) -> int:
        """How many terms a scored field of a document has."""
        own = bisect_right(self.bases, number) - 1
        return int(self._segments[own].segment.lengths(field)[number - self.bases[own]])

    def frequency(self, field: str, text: str) -> int:
        """How many documents a term has, deleted ones too."""
        return sum(own.frequency(number) for _, own, number in self._found(field, text))

    def frequencies(self, field: str, text: str) -> Numbers:
        """How often a term stands in each of its documents."""
        return _joined([own.frequencies(n) for _, own, n in self._found(field, text)])

    def occurrences(self, field: str, text: str) -> Array:
        """Where a term stands, document by document."""
        return _joined([own.occurrences(n) for _, own, n in self._found(field, text)])

    def beginning(self, field: str, prefix: str) -> Expansion:
        """The documents of all terms that begin with ``prefix``."""
        encoded = prefix.encode("utf-8", "replace")
        found = [(base, own, own.beginning(encoded)) for base, own in self.fields(field)]
        cut, last = _last([(own, numbers) for _, own, numbers in found])
        return Expansion(
            tuple(
                base + own.documents_of(range(n.start, n.stop if last is None else own.place(last)))
                for base, own, n in found
            ),
            cut,
        )

    def containing(self, field: str, text: str) -> Expansion:
        """The documents of all noun runs that contain ``text`` (see ``run_contains``)."""
        found = [
            (base, own, _runs(own, grams, text)) for base, own, grams in self._run_fields(field)
        ]
        cut, last = _last([(own, numbers) for _, own, numbers in found])
        return Expansion(
            tuple(
                base + own.documents_of(n if last is None else n[: _place(n, own.place(last))])
                for base, own, n in found
            ),
            cut,
        )

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

    def _found(self, field: str, text: str) -> tuple[tuple[int, Field, int], ...]:
        """Where a term stands in the vocabularies: in which segments, and as which number."""
        return self._places.get((field, text), lambda: (self._looked_up(field, text), 300))

    def _looked_up(self, field: str, text: str) -> tuple[tuple[int, Field, int], ...]:
        encoded = text.encode("utf-8", "replace")
        found = [(base, own, own.number(encoded)) for base, own in self.fields(field)]
        return tuple(place for place in found if place[2] >= 0)

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
        counted = np.cumsum(counting[field.documents_of(range(begin, end))], dtype=np.int64)
        reached = np.concatenate(([0], counted))[np.concatenate(([0], ends))]
        counts = np.diff(reached)
        some = np.flatnonzero(counts)
        yield from zip((some + begin).tolist(), counts[some].tolist(), strict=True)


def _runs(field: Field, grams: Field, text: str) -> list[int]:
    """The numbers of the runs that contain ``text`` (two characters at least), ascending.
    ``grams`` holds their bigrams."""
    found: Numbers | None = None
    for first, second in pairwise(text):
        number = grams.number((first + second).encode("utf-8", "replace"))
        if number < 0:
            return []
        own = grams.documents(number)
        found = own if found is None else np.intersect1d(found, own, assume_unique=True)
    if found is None:
        return []
    if len(text) == 2 and _SYLLABLES.fullmatch(text) and text not in longer_words():
        # The bigram is the text, and syllables have no joints to look at.
        return list(found.tolist())
    return [n for n in found.tolist() if run_contains(field.term(n).decode(), text)]


def _last(found: Sequence[tuple[Field, Sequence[int]]]) -> tuple[bool, bytes | None]:
    """Whether there are more different terms than MAX_EXPANSION, and the first one too many."""
    if sum(len(numbers) for _, numbers in found) <= MAX_EXPANSION:
        return False, None
    terms = {own.term(n) for own, numbers in found for n in numbers[: MAX_EXPANSION + 1]}
    if len(terms) <= MAX_EXPANSION:
        return False, None
    return True, sorted(terms)[MAX_EXPANSION]


def _place(numbers: Sequence[int], bound: int) -> int:
    return int(np.searchsorted(numbers, bound))


def _decoded(found: Sequence[tuple[Field, Sequence[int]]], limit: int) -> list[str]:
    terms = {own.term(n) for own, numbers in found for n in numbers[:limit]}
    return [term.decode() for term in sorted(terms)[:limit]]


def _joined(parts: Sequence[Array]) -> Array:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
