"""Ascending numbers as gaps: a byte or two for each, decoded by a running sum.

A list is kept in the narrower of two pools, of bytes or of 16-bit numbers. In each the highest
value means "that much further, and no number yet", so that any gap fits and the common ones take
one element.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.array_file import Array, ArrayFile, ArrayFileWriter

Numbers = npt.NDArray[np.int64]

_POOLS: tuple[np.dtype[Any], ...] = (np.dtype("<u1"), np.dtype("<u2"))


@dataclass(frozen=True, slots=True)
class Gaps:
    """Lists of ascending numbers: ``pools`` of elements, and for each pool where each list begins
    (one entry more than lists)."""

    pools: tuple[Array, Array]
    places: tuple[Array, Array]

    def numbers(self, i: int, count: int) -> Numbers:
        """The list ``i`` of ``count`` numbers."""
        for pool, place in zip(self.pools, self.places, strict=True):
            begin, end = int(place[i]), int(place[i + 1])
            if end > begin:
                gaps = pool[begin:end]
                sums = np.cumsum(gaps, dtype=np.int64)
                found = sums if len(gaps) == count else sums[gaps != _escape(pool)]
                found -= 1
                return found
        return np.empty(0, np.int64)

    def lists(self, begin: int, end: int, counts: Array) -> Numbers:
        """The lists ``begin`` to ``end`` one behind the other; ``counts`` are their lengths."""
        parts = [
            self._of_pool(pool, place[begin : end + 1].astype(np.int64))
            for pool, place in zip(self.pools, self.places, strict=True)
        ]
        in_bytes = np.diff(self.places[0][begin : end + 1].astype(np.int64)) > 0
        if in_bytes.all():
            return parts[0]
        which = np.repeat(in_bytes, counts)
        out = np.empty(len(which), np.int64)
        out[which], out[~which] = parts
        return out

    def scattered(self, lists: Numbers) -> Numbers:
        """The numbers of some lists, those of each together, the lists in no order."""
        parts = []
        for pool, place in zip(self.pools, self.places, strict=True):
            begins = place.take(lists).astype(np.int64)
            ends = place.take(lists + 1).astype(np.int64)
            at = np.concatenate(([0], np.cumsum(ends - begins)))
            elements = np.repeat(begins - at[:-1], np.diff(at)) + np.arange(at[-1])
            parts.append(self._decoded(pool.take(elements), at, _escape(pool)))
        return np.concatenate(parts)

    @classmethod
    def _of_pool(cls, pool: Array, place: Numbers) -> Numbers:
        return cls._decoded(pool[place[0] : place[-1]], place - place[0], _escape(pool))

    @staticmethod
    def _decoded(gaps: Array, place: Numbers, escape: int) -> Numbers:
        sums = np.zeros(len(gaps) + 1, np.int64)
        np.cumsum(gaps, dtype=np.int64, out=sums[1:])
        before = np.repeat(sums[place[:-1]], np.diff(place))
        found: Numbers = (sums[1:] - before)[gaps != escape] - 1
        return found

    def write(self, file: ArrayFileWriter, name: str) -> None:
        """Keep the lists in a file."""
        for part, pool, place in zip(("narrow", "wide"), self.pools, self.places, strict=True):
            file.write(f"{name}/{part}", pool)
            file.write(f"{name}/{part}_at", compact(place))

    @classmethod
    def read(cls, file: ArrayFile, name: str) -> "Gaps":
        """The lists that ``write`` kept. Raises DamagedFileError."""
        pools = (file.array(f"{name}/narrow"), file.array(f"{name}/wide"))
        return cls(pools, (file.array(f"{name}/narrow_at"), file.array(f"{name}/wide_at")))


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
    narrow = sizes[0] <= sizes[1] * 2
    pools, places = [], []
    for pool, size, used in zip(_POOLS, sizes, (narrow, ~narrow), strict=True):
        own = gaps if used.all() else gaps[np.repeat(used, counts)]
        pools.append(_packed(own, pool))
        places.append(np.concatenate(([0], np.cumsum(np.where(used, size, 0)))))
    return Gaps((pools[0], pools[1]), (places[0], places[1]))


def joined(parts: Sequence[Gaps]) -> Gaps:
    """The lists of several, one behind the other."""
    pools, places = [], []
    for i in range(len(_POOLS)):
        own = [part.pools[i] for part in parts]
        starts = np.cumsum([0, *map(len, own)])
        pools.append(np.concatenate(own))
        begins = [part.places[i][:-1] + start for part, start in zip(parts, starts, strict=False)]
        places.append(np.concatenate([*begins, starts[-1:]]))
    return Gaps((pools[0], pools[1]), (places[0], places[1]))


def compact(offsets: Array) -> Array:
    """Offsets in 32 bits where they fit."""
    fits = len(offsets) == 0 or int(offsets[-1]) < 2**32
    return offsets.astype("<u4" if fits else "<u8")


def _escape(pool: Array | np.dtype[Any]) -> int:
    return 255 if pool.itemsize == 1 else 65535


def _sizes(gaps: Numbers, first: Numbers, counts: Numbers, pool: np.dtype[Any]) -> Numbers:
    """How many elements each list takes in a pool."""
    escape = _escape(pool)
    # Large gaps are few, and a division costs more than all the rest.
    large = np.flatnonzero(gaps >= escape)
    lists = np.searchsorted(first, large, side="right") - 1
    sizes = counts.copy()
    np.add.at(sizes, lists, gaps[large] // escape)
    return sizes


def _packed(gaps: Numbers, pool: np.dtype[Any]) -> Array:
    escape = _escape(pool)
    large = np.flatnonzero(gaps >= escape)
    if not len(large):
        return gaps.astype(pool)
    times, rest = np.divmod(gaps[large], escape)
    elements = np.ones(len(gaps), np.int64)
    elements[large] += times
    np.cumsum(elements, out=elements)
    out = np.full(int(elements[-1]), escape, pool)
    kept = gaps.astype(pool)
    kept[large] = rest
    out[elements - 1] = kept
    return out
