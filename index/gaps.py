"""Ascending numbers as gaps: a byte or two for each, decoded by a running sum; or as bits.

A list is kept in the narrower of two pools, of bytes or of 16-bit numbers. In each the highest
value means "that much further, and no number yet", so that any gap fits and the common ones take
one element. A list of so many numbers that a bit for each that there may be takes no more than
twice the bytes is kept so: no running sum is needed to know what is in it, and where.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from index.array_file import Array, ArrayFile, ArrayFileWriter

Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

_POOLS: tuple[np.dtype[Any], ...] = (np.dtype("<u1"), np.dtype("<u2"))
_NAMES = ("narrow", "wide", "bits")
_WORDS = np.dtype("<u8")
# Fewer numbers are no work in any form.
_FEWEST_BITS = 256
_BITS_COST = 2
# From here on offsets take 64 bits.
_WIDE_OFFSETS = 1 << 32
# The bits below each of a word's.
_BELOW = (np.uint64(1) << np.arange(64, dtype=np.uint64)) - np.uint64(1)
# As arrays: of a number numpy makes one at each call, which takes as long as a short list.
_ONE = np.array(1)
_WORD_SHIFT, _IN_WORD = np.array(6), np.array(63)
_LOWEST_BIT = np.array(1, _WORDS)
_ESCAPES = tuple(np.array(np.iinfo(pool).max, pool) for pool in _POOLS)


@dataclass(frozen=True)
class Gaps:
    """Lists of ascending numbers: ``pools`` of elements (the last of words of 64 bits), and for
    each pool where each list begins (one entry more than lists)."""

    pools: tuple[Array, ...]
    places: tuple[Array, ...]

    @cached_property
    def _begins(self) -> tuple[memoryview, ...]:
        # One number of an array is read much faster so.
        return tuple(place.data for place in self.places)

    def numbers(self, i: int, count: int) -> Numbers:
        """The list ``i`` of ``count`` numbers."""
        for pool, place, escape in zip(self.pools, self._begins, _ESCAPES, strict=False):
            begin, end = place[i], place[i + 1]
            if end > begin:
                gaps = pool[begin:end]
                # For a few it takes half of what the method ``cumsum`` does.
                sums: Numbers = np.add.accumulate(gaps.astype(np.int64))
                if len(gaps) != count:
                    sums = sums.take((gaps != escape).nonzero()[0])
                sums -= _ONE
                return sums
        words = self.bits(i)
        return np.empty(0, np.int64) if words is None else unpacked(words).nonzero()[0]

    def bits(self, i: int) -> Words | None:
        """The words of a list that is kept as bits, the lowest bit for the lowest number."""
        place = self._begins[2]
        begin, end = place[i], place[i + 1]
        return self.pools[2][begin:end] if end > begin else None

    def apart(self, lists: Numbers) -> tuple[list[Words], Numbers]:
        """Some of the lists: those that are kept as bits, and which the others are."""
        place = self.places[2]
        has_bits = place.take(lists + _ONE) > place.take(lists)
        some = lists.take(has_bits.nonzero()[0]).tolist()
        if not some:
            return [], lists
        words = [own for i in some if (own := self.bits(i)) is not None]
        return words, lists.take((~has_bits).nonzero()[0])

    def elements(self, lists: Numbers) -> Iterator[tuple[Array, Mask, Numbers]]:
        """What each pool holds of some of the lists, which of it ends a gap, and how much of it
        is of each list."""
        following = lists + _ONE
        for pool, place, escape in zip(self.pools, self.places, _ESCAPES, strict=False):
            begins = place.take(lists).astype(np.int64)
            counts = place.take(following) - begins
            ends = counts.cumsum()
            if len(ends) and (total := int(ends[-1])):
                found = pool.take((begins - ends + counts).repeat(counts) + np.arange(total))
                yield found, found != escape, counts

    def lists(self, begin: int, end: int, counts: Array) -> Numbers:
        """The lists ``begin`` to ``end`` one behind the other; ``counts`` are their lengths."""
        parts = [
            self._of_pool(pool, place[begin : end + 1].astype(np.int64))
            for pool, place in zip(self.pools[:2], self.places, strict=False)
        ]
        used = [np.diff(place[begin : end + 1].astype(np.int64)) > 0 for place in self.places]
        if used[0].all():
            return parts[0]
        parts.append(self._of_bits((used[2].nonzero()[0] + begin).tolist()))
        out = np.empty(int(counts.sum()), np.int64)
        for own, part in zip(used, parts, strict=True):
            out[own.repeat(counts)] = part
        return out

    def _of_bits(self, lists: Sequence[int]) -> Numbers:
        return np.concatenate([np.empty(0, np.int64), *(self.numbers(i, 0) for i in lists)])

    @classmethod
    def _of_pool(cls, pool: Array, place: Numbers) -> Numbers:
        return cls._decoded(pool[place[0] : place[-1]], place - place[0], _escape(pool))

    @staticmethod
    def _decoded(gaps: Array, place: Numbers, escape: int) -> Numbers:
        sums = np.zeros(len(gaps) + 1, np.int64)
        gaps.cumsum(dtype=np.int64, out=sums[1:])
        before = sums[place[:-1]].repeat(np.diff(place))
        found: Numbers = sums[1:] - before
        wanted = gaps != escape
        if not wanted.all():
            found = found.take(wanted.nonzero()[0])
        found -= 1
        return found

    def write(self, file: ArrayFileWriter, name: str) -> None:
        """Keep the lists in a file."""
        for part, pool, place in zip(_NAMES, self.pools, self.places, strict=True):
            file.write(f"{name}/{part}", pool)
            file.write(f"{name}/{part}_at", compact(place))

    @classmethod
    def read(cls, file: ArrayFile, name: str) -> "Gaps":
        """The lists that ``write`` kept. Raises DamagedFileError."""
        pools = tuple(file.array(f"{name}/{part}") for part in _NAMES)
        return cls(pools, tuple(file.array(f"{name}/{part}_at") for part in _NAMES))


def unpacked(words: Words, count: int | None = None) -> npt.NDArray[np.bool_]:
    """A value for each bit (of ``count``; more than there are, and the others are not set)."""
    return np.unpackbits(words.view(np.uint8), count=count, bitorder="little").view(bool)


def scattered(parts: Sequence[tuple[Gaps, Numbers, int]]) -> Numbers:
    """The numbers of lists of several, none of them kept as bits: of each which ones, and what is
    added to their numbers. Those of a list are together, the lists in no order."""
    found = [(own, base) for gaps, lists, base in parts for own in gaps.elements(lists)]
    if not found:
        return np.empty(0, np.int64)
    elements, whole, counts = (
        np.concatenate(own) for own in zip(*(f for f, _ in found), strict=True)
    )
    sums = elements.cumsum(dtype=np.int64)
    ends = counts.cumsum()
    # What is before a list is no part of its sums.
    before = np.concatenate(([0], sums)).take(ends - counts) + 1
    before -= np.repeat([base for _, base in found], [len(own[2]) for own, _ in found])
    sums -= before.repeat(counts)
    return sums if whole.all() else sums.take(whole.nonzero()[0])


def located(words: Words, numbers: Numbers) -> tuple[Numbers, Numbers]:
    """What a list that is kept as bits and ascending ``numbers`` have in common: their places in
    the list, and in ``numbers``."""
    inside = numbers
    if len(numbers) and numbers[-1] >> 6 >= len(words):
        inside = numbers[: numbers.searchsorted(len(words) << 6)]
    own = words.take(inside >> _WORD_SHIFT)
    shifted = own >> (inside & _IN_WORD).astype(np.uint64)
    there = (shifted & _LOWEST_BIT).nonzero()[0]
    found = inside.take(there)
    ranks = np.zeros(len(words), np.int64)
    np.bitwise_count(words[:-1]).cumsum(out=ranks[1:])
    places = ranks.take(found >> _WORD_SHIFT)
    places += np.bitwise_count(own.take(there) & _BELOW.take(found & _IN_WORD))
    return places, there


def encode(numbers: Array, first: Array) -> Gaps:
    """Pack lists of ascending numbers: ``numbers`` holds them one behind the other, list ``i``
    from ``first[i]`` to ``first[i + 1]``; none is empty."""
    first = first.astype(np.int64)
    gaps = np.empty(len(numbers), np.int64)
    gaps[1:] = np.diff(numbers.astype(np.int64))
    begins = first[:-1]
    gaps[begins] = numbers[begins].astype(np.int64) + 1
    counts = np.diff(first)
    sizes = [_sizes(gaps, first, counts, pool) for pool in _POOLS]
    words = (numbers[first[1:] - 1].astype(np.int64) >> 6) + 1
    least = np.minimum(sizes[0], sizes[1] * 2)
    bits = (counts >= _FEWEST_BITS) & (words * 8 <= least * _BITS_COST)
    narrow = (sizes[0] <= sizes[1] * 2) & ~bits
    pools, places = [], []
    for pool, size, used in zip(_POOLS, sizes, (narrow, ~narrow & ~bits), strict=True):
        own = gaps if used.all() else gaps[used.repeat(counts)]
        pools.append(_packed(own, pool))
        places.append(np.concatenate(([0], np.where(used, size, 0).cumsum())))
    dense = [numbers[first[i] : first[i + 1]] for i in bits.nonzero()[0].tolist()]
    pools.append(np.concatenate([np.empty(0, _WORDS), *map(_in_words, dense)]))
    places.append(np.concatenate(([0], np.where(bits, words, 0).cumsum())))
    return Gaps(tuple(pools), tuple(places))


def joined(parts: Sequence[Gaps]) -> Gaps:
    """The lists of several, one behind the other."""
    pools, places = [], []
    for i in range(len(_NAMES)):
        own = [part.pools[i] for part in parts]
        starts = np.cumsum([0, *map(len, own)])
        pools.append(np.concatenate(own))
        begins = [part.places[i][:-1] + start for part, start in zip(parts, starts, strict=False)]
        places.append(np.concatenate([*begins, starts[-1:]]))
    return Gaps(tuple(pools), tuple(places))


def compact(offsets: Array) -> Array:
    """Offsets in 32 bits where they fit."""
    fits = len(offsets) == 0 or int(offsets[-1]) < _WIDE_OFFSETS
    # Signed: what is added to them is, and numpy has no integer for both.
    return offsets.astype("<u4" if fits else "<i8")


def _escape(pool: Array | np.dtype[Any]) -> int:
    return 255 if pool.itemsize == 1 else 65535


def _sizes(gaps: Numbers, first: Numbers, counts: Numbers, pool: np.dtype[Any]) -> Numbers:
    """How many elements each list takes in a pool."""
    escape = _escape(pool)
    # Large gaps are few, and a division costs more than all the rest.
    large = (gaps >= escape).nonzero()[0]
    lists = first.searchsorted(large, side="right") - 1
    sizes = counts.copy()
    np.add.at(sizes, lists, gaps[large] // escape)
    return sizes


def _in_words(numbers: Array) -> Array:
    bits = np.zeros((int(numbers[-1]) >> 6) + 1 << 6, bool)
    bits[numbers] = True
    return np.packbits(bits, bitorder="little").view(_WORDS)


def _packed(gaps: Numbers, pool: np.dtype[Any]) -> Array:
    escape = _escape(pool)
    large = (gaps >= escape).nonzero()[0]
    if not len(large):
        return gaps.astype(pool)
    times, rest = np.divmod(gaps[large], escape)
    elements = np.ones(len(gaps), np.int64)
    elements[large] += times
    elements.cumsum(out=elements)
    out = np.full(int(elements[-1]), escape, pool)
    kept = gaps.astype(pool)
    kept[large] = rest
    out[elements - 1] = kept
    return out
