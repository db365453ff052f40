"""The postings of all segments as those of one: document numbers run through all of them."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from search import unions
from search.cache import ByteCache
from search.docsets import DocSet, Mask, Numbers, chosen, common, places

# More vocabulary than this behind one prefix or one part of a word, and the answer is partial.
MAX_EXPANSION = 2000
_SYLLABLES = re.compile("[가-힣]+")
# A query asks for the same term several times.
_PLACES_BYTES = 1 << 20
# Postings that are counted at a time: a piece takes milliseconds, not the whole field.
_PIECE = 200_000


# The numbers of terms.
Terms = Sequence[int] | Numbers


@dataclass(frozen=True, slots=True)
class Expansion:
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
        if len(self.bases) == 2 and (known := found[0][1].bits(found[0][2])) is not None:
            return located(known, numbers)
        places, there, before = [], [], 0
        for base, own, n in found:
            begin, end = numbers.searchsorted((base, self._end(base))).tolist()
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
        begin, found = 0, self._found(field, text)
        if len(found) == 1:
            yield found[0][1], found[0][2], inside
            return
        for _, own, n in found:
            end = begin + own.frequency(n)
            low, high = inside.searchsorted((begin, end)).tolist()
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

    def counts(self, lists: Mapping[str, Callable[[], Numbers]], text: str) -> tuple[int, int]:
        """How many documents hold a term in one of some fields, and how many of them are left.
        ``lists`` gives the documents of a field's term, where they are not kept as bits."""
        total, gone = 0, 0
        for base, living in zip(self.bases, self._segments, strict=False):
            found = [
                (name, n) for name in lists for b, _, n in self._found(name, text) if b == base
            ]
            fields = [(living.segment.field(name), name, n) for name, n in found]
            if len(fields) == 1 and not len(living.deleted):
                total += fields[0][0].frequency(fields[0][2])
                continue
            bits = [(own.bits(n), name) for own, name, n in fields]
            words = [own for own, _ in bits if own is not None]
            others = [self._within(base, lists[name]()) for own, name in bits if own is None]
            total += unions.count(words, others, living.segment.documents)
            if len(living.deleted):
                gone += int(np.count_nonzero(unions.among(words, others, living.deleted)))
        return total, total - gone

    def _within(self, base: int, numbers: Numbers) -> Numbers:
        """Those of ascending numbers that are of the segment that begins at ``base``, as its
        own."""
        if len(self.bases) == 2:
            return numbers
        begin, end = numbers.searchsorted((base, self._end(base))).tolist()
        return numbers[begin:end] - base

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
        counted = counting[field.documents_of(range(begin, end))].cumsum(dtype=np.int64)
        reached = np.concatenate(([0], counted))[np.concatenate(([0], ends))]
        counts = np.diff(reached)
        some = counts.nonzero()[0]
        yield from zip((some + begin).tolist(), counts[some].tolist(), strict=True)


def _runs(field: Field, grams: Field, text: str) -> Numbers:
    """The numbers of the runs that contain ``text`` (two characters at least), ascending.
    ``grams`` holds their bigrams."""
    numbers = [grams.number((a + b).encode("utf-8", "replace")) for a, b in pairwise(text)]
    if not numbers or min(numbers) < 0:
        return np.empty(0, np.int64)
    found, *others = sorted(map(grams.documents, dict.fromkeys(numbers)), key=len)
    for own in others:
        found = chosen(found, places(found, own)[1])
    if len(text) == 2 and _SYLLABLES.fullmatch(text) and text not in longer_words():
        # The bigram is the text, and syllables have no joints to look at.
        return found
    kept = [n for n in found.tolist() if run_contains(field.term(n).decode(), text)]
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


def _joined(parts: Sequence[Array]) -> Array:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
