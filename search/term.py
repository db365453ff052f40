"""One term of a field: its postings in all segments, as those of one."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from index import gaps
from index.array_file import Array
from index.cache import ByteCache
from index.postings import Field
from search.docsets import DocSet, Mask, Numbers, Sought, common, of_lists, of_numbers

# From this share of all documents on, to count in a mask is faster than to sort lists.
_DENSE = 1 / 256

# Lists of documents by field and text.
Lists = ByteCache[tuple[str, str], Numbers]


class Part(NamedTuple):
    """A term in a segment, whose documents are ``base`` to ``end`` of all: the number of the term
    in the vocabulary of a field."""

    base: int
    end: int
    field: Field
    number: int


class Term:
    """Where the documents of a term are found, and what is kept with each of them. ``frequency``
    says how many they are, deleted ones too."""

    def __init__(
        self, key: tuple[str, str], parts: Sequence[Part], documents: int, kept: Lists
    ) -> None:
        """``key`` is the name of the field and the text; ``documents`` are all there are;
        ``kept`` has the lists that the last queries unpacked."""
        self._key = key
        self._parts = parts
        self._documents = documents
        self._kept = kept
        self.frequency = 0
        # Where all documents are in one segment, nothing is to be moved or joined.
        self._only: Part | None = None
        for part in parts:
            self.frequency += part.field.frequency(part.number)
            if part.end - part.base == documents:
                self._only = part

    def documents(self) -> Numbers:
        """The documents, ascending."""
        return self._kept.get(self._key, self._listed)

    def _listed(self) -> tuple[Numbers, int]:
        numbers = _joined(
            [
                base + own.documents(n) if base else own.documents(n)
                for base, _, own, n in self._parts
            ]
        )
        return numbers, numbers.nbytes + 200

    def found(self) -> DocSet:
        """The same as a set: of many that are kept as bits no list is made."""
        bits = [(part, part.field.bits(part.number)) for part in self._parts]
        if all(words is None for _, words in bits):
            return of_numbers(self._documents, self.documents())
        if self._only is not None and (words := bits[0][1]) is not None:
            return DocSet(self._documents, mask=gaps.unpacked(words, self._documents))
        mask = np.zeros(self._documents, bool)
        self.mark(mask)
        return DocSet(self._documents, mask=mask)

    def mark(self, mask: Mask) -> None:
        """Set the documents in a mask of all."""
        if all(part.field.bits(part.number) is None for part in self._parts):
            mask[self.documents()] = True
            return
        for base, end, own, n in self._parts:
            words = own.bits(n)
            if words is None:
                mask[base + own.documents(n)] = True
            else:
                mask[base:end] |= gaps.unpacked(words, end - base)

    def located(self, sought: Sought) -> tuple[Numbers, Numbers]:
        """What the documents and those sought have in common: their places in both."""
        if self._only is not None:
            words = self._only.field.bits(self._only.number)
            if words is not None:
                return gaps.located(words, sought.numbers)
        elif any(own.bits(n) is not None for _, _, own, n in self._parts):
            return self._located_by_part(sought.numbers)
        return sought.within(self.documents())

    def _located_by_part(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        places, there, before = [], [], 0
        for base, end, own, n in self._parts:
            first, last = numbers.searchsorted((base, end)).tolist()
            asked, words = numbers[first:last] - base, own.bits(n)
            if words is None:
                inside, met = common(own.documents(n), asked, end - base)
            else:
                inside, met = gaps.located(words, asked)
            places.append(inside + before)
            there.append(met + first)
            before += own.frequency(n)
        return _joined(places), _joined(there)

    def frequencies(self, inside: Numbers | None = None) -> Numbers:
        """How often the term stands in each of its documents, or in those at some ascending
        places."""
        if inside is None:
            return _joined([own.frequencies(n) for _, _, own, n in self._parts])
        return _joined([own.frequencies_at(n, at) for own, n, at in self._at(inside)])

    def begins(self, inside: Numbers | None = None) -> Numbers:
        """Where among ``occurrences`` those in these documents begin."""
        if inside is None:
            return self._behind(own.begins(n) for _, _, own, n in self._parts)
        return self._behind(own.begins_at(n, at) for own, n, at in self._at(inside))

    def _behind(self, begins: Iterator[Numbers]) -> Numbers:
        found, before = [], 0
        for (_, _, own, n), at in zip(self._parts, begins, strict=True):
            found.append(at + before if before else at)
            before += own.occurring(n)
        return _joined(found)

    def occurrences(self) -> Array:
        """Where the term stands, document by document."""
        return _joined([own.occurrences(n) for _, _, own, n in self._parts])

    def postings(self, inside: Numbers) -> Iterator[tuple[Field, Numbers]]:
        """The postings at some ascending places, as each segment's field numbers its own."""
        return ((own, own.postings_at(n, at)) for own, n, at in self._at(inside))

    def _at(self, inside: Numbers) -> Iterator[tuple[Field, int, Numbers]]:
        """For each segment the places that are its own."""
        if len(self._parts) == 1:
            yield self._parts[0].field, self._parts[0].number, inside
            return
        begin = 0
        for _, _, own, n in self._parts:
            end = begin + own.frequency(n)
            low, high = inside.searchsorted((begin, end)).tolist()
            yield own, n, inside[low:high] - begin
            begin = end


def count(terms: Sequence[Term], among: Mask) -> int:
    """How many documents of a mask hold one of some terms."""
    if sum(term.frequency for term in terms) <= len(among) * _DENSE:
        return of_lists(len(among), [term.documents() for term in terms]).among(among)
    mask = np.zeros(len(among), bool)
    for term in terms:
        term.mark(mask)
    mask &= among
    return int(np.count_nonzero(mask))


def _joined(parts: Sequence[Array]) -> Array:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
