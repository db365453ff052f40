"""Unions of lists: those of a segment that are kept as bits are not unpacked one by one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from index.gaps import Words, unpacked
from index.postings import Field, documents_of
from search.docsets import DocSet, Numbers, of_lists

# From this share of all documents on, a mask is faster than to sort lists.
_DENSE = 1 / 32


class Part(NamedTuple):
    """Terms of a field of a segment whose first document is ``base``, by number, ascending."""

    base: int
    field: Field
    numbers: Numbers


def union(documents: int, parts: Sequence[Part]) -> DocSet:
    """The documents of all terms of some parts, of ``documents`` in all segments."""
    apart = [(part, *part.field.apart(part.numbers)) for part in parts if len(part.numbers)]
    found = documents_of([(part.field, others, part.base) for part, _, others in apart])
    if len(found) <= documents * _DENSE and not any(bits for _, bits, _ in apart):
        return of_lists(documents, [found])
    mask = np.zeros(documents, bool)
    mask[found] = True
    for part, bits, _ in apart:
        if bits:
            words = _merged(bits)
            own = mask[part.base : part.base + (len(words) << 6)]
            own |= unpacked(words, len(own))
    return DocSet(documents, mask=mask)


def _merged(bits: Sequence[Words]) -> Words:
    """The words of all; those of one may end before those of another."""
    if len(bits) == 1:
        return bits[0]
    merged = np.zeros(max(map(len, bits)), np.uint64)
    for words in bits:
        merged[: len(words)] |= words
    return merged
