"""Unions of lists: those of a segment that are kept as bits are not unpacked one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.gaps import Words, unpacked
from index.postings import Field
from search.docsets import DocSet, Mask, Numbers, chosen, of_lists, places

# From this share of all documents on, a mask is faster than to sort lists.
_DENSE = 1 / 32


@dataclass(frozen=True, slots=True)
class Part:
    """Terms of a field of a segment whose first document is ``base``, by number, ascending."""

    base: int
    field: Field
    numbers: Numbers


def count(bits: Sequence[Words], lists: Sequence[Numbers], documents: int) -> int:
    """How many of so many documents are in one of the lists, of which some are kept as bits."""
    total = 0
    if bits:
        words = _merged(bits)
        total = int(np.bitwise_count(words).sum())
        lists = [chosen(own, ~_held(words, own)) for own in lists]
    if len(lists) < 2:
        return total + sum(map(len, lists))
    mask = np.zeros(documents, bool)
    for own in lists:
        mask[own] = True
    return total + int(np.count_nonzero(mask))


def among(bits: Sequence[Words], lists: Sequence[Numbers], numbers: Numbers) -> Mask:
    """Which of ascending numbers are in one of the lists."""
    found = _held(_merged(bits), numbers) if bits else np.zeros(len(numbers), bool)
    for own in lists:
        found |= places(numbers, own)[1]
    return found


def union(documents: int, parts: Sequence[Part]) -> DocSet:
    """The documents of all terms of some parts, of ``documents`` in all segments."""
    parts = [part for part in parts if len(part.numbers)]
    total = sum(part.field.postings_of(part.numbers) for part in parts)
    if total <= documents * _DENSE:
        return of_lists(documents, [p.base + p.field.documents_of(p.numbers) for p in parts])
    mask = np.zeros(documents, bool)
    for part in parts:
        bits, others = part.field.apart(part.numbers)
        if bits:
            words = _merged(bits)
            own = mask[part.base : part.base + (len(words) << 6)]
            own |= unpacked(words, len(own))
        if len(others):
            mask[part.base + part.field.documents_of(others)] = True
    return DocSet(documents, mask=mask)


def _merged(bits: Sequence[Words]) -> Words:
    """The words of all; those of one may end before those of another."""
    if len(bits) == 1:
        return bits[0]
    merged = np.zeros(max(map(len, bits)), np.uint64)
    for words in bits:
        merged[: len(words)] |= words
    return merged


def _held(words: Words, numbers: Numbers) -> Mask:
    """Which of ascending numbers are set."""
    inside = numbers[: numbers.searchsorted(len(words) << 6)]
    found = np.zeros(len(numbers), bool)
    own = words.take(inside >> 6) >> (inside & 63).astype(np.uint64)
    found[: len(inside)] = own & np.uint64(1)
    return found
