"""Where the terms of a document stand in its texts: kept with it, so that a hit is marked
without analysing it again.

A term that is its own surface in lower case is not kept, only its place; others (늘다 in 늘었다,
#3분기) are. Numbers take a byte each, larger ones lie beside, and the whole is deflated.
"""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate
from operator import eq

import numpy as np
import numpy.typing as npt

from index.terms import Run, Terms

Column = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]

_COUNTS = struct.Struct("<III")
_LARGE = 255
_SEPARATOR = "\0"
# What deflate may refer to from the first byte on: the commonest lemmas of news, the most common
# last. A change makes older indexes unreadable: raise SCHEMA_VERSION with it.
_COMMON = files("index.lexicon").joinpath("common_lemmas.txt").read_text("utf-8").split()
_DICTIONARY = _SEPARATOR.join(_COMMON).encode()


@dataclass(slots=True)
class Spans:
    """The terms of one text in order of their places (code points).

    ``in_run``: the term is a part of a noun run, which ends where the next part does not touch;
    ``others`` are the terms that are not their surface, by index. ``steps`` as packed.
    """

    starts: list[int]
    ends: list[int]
    steps: Small
    in_run: list[bool]
    others: Mapping[int, str]

    def positions(self) -> list[int]:
        """Which morpheme of its text each term is."""
        return list(_signed_again(self.steps).cumsum().tolist())

    def run_at(self, place: int) -> tuple[int, int]:
        """Start and end of the noun run that holds a place; (-1, -1) where none does."""
        part = self._part_before(bisect_right(self.starts, place))
        if part < 0 or self.ends[part] <= place:
            return -1, -1
        start, end = self.starts[part], self.ends[part]
        before = self._part_before(part)
        while before >= 0 and self.ends[before] == start:
            start = self.starts[before]
            before = self._part_before(before)
        for i in range(part + 1, len(self.starts)):
            if self.starts[i] > end:
                break
            if self.in_run[i] and self.starts[i] == end:
                end = self.ends[i]
        return start, end

    def _part_before(self, i: int) -> int:
        """The last part of a run before a term; -1 where there is none."""
        i -= 1
        while i >= 0 and not self.in_run[i]:
            i -= 1
        return i


def lowered(text: str) -> str:
    """``text`` in lower case, character by character, so that every place stays."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def encode(texts: Sequence[tuple[str, Terms, Sequence[Run]]]) -> bytes:
    """Pack the terms of several texts: (text, its terms, its noun runs) of each."""
    counts, columns, indexes, others = [], [], [], []
    for text, terms, runs in texts:
        order, ruled = _ordered(lowered(text), terms)
        own = np.flatnonzero(~ruled)
        counts.append((len(order), len(own)))
        columns.append(_columns(terms, order, ruled, runs))
        if len(own):
            indexes.append(np.diff(own, prepend=0))
            words = map(terms.texts.__getitem__, order[own].tolist())
            others.append(_SEPARATOR.join(words).encode())
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return packer.compress(_packed(counts, columns, indexes, others)) + packer.flush()


def decode(data: bytes) -> list[Spans]:
    """What ``encode`` packed, text by text."""
    raw = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARY).decompress(data)
    texts, large, words = _COUNTS.unpack_from(raw)
    place = _COUNTS.size
    sizes = list(struct.iter_unpack("<II", raw[place : place + texts * 8]))
    place += texts * 8
    total, own = (sum(column) for column in zip(*sizes, strict=True))
    small = np.frombuffer(raw, np.uint8, total * 3 + own, place)
    place += len(small)
    values = small.astype(np.int32)
    if large:
        values[small == _LARGE] = np.frombuffer(raw, "<u4", large, place)
        place += large * 4
    strings = iter(raw[place : place + words].decode().split(_SEPARATOR))
    gaps, flagged, steps = values[: total * 3].reshape(3, total)
    lengths, in_run = flagged >> 1, (flagged & 1) == 0
    moves = _signed_again(gaps) + lengths
    indexes = values[total * 3 :].tolist()
    found, first, first_own = [], 0, 0
    for count, own_count in sizes:
        last, last_own = first + count, first_own + own_count
        ends = moves[first:last].cumsum()
        inside = in_run[first:last].tolist()
        others = dict(zip(accumulate(indexes[first_own:last_own]), strings, strict=False))
        for i in others:
            inside[i] = not inside[i]
        starts = (ends - lengths[first:last]).tolist()
        found.append(Spans(starts, ends.tolist(), steps[first:last], inside, others))
        first, first_own = last, last_own
    return found


def _signed_again(values: Small) -> Small:
    return (values >> 1) ^ -(values & 1)


def _ordered(lower: str, terms: Terms) -> tuple[Column, Marks]:
    """The numbers of the terms in order of their places, and which of those are their surface."""
    surfaces = [lower[start:end] for start, end in zip(terms.starts, terms.ends, strict=True)]
    ruled = np.fromiter(map(eq, surfaces, terms.texts), bool, len(terms))
    ruled[terms.morphemes :] = False
    extra = np.arange(len(terms)) >= terms.morphemes
    order = np.lexsort(np.array((extra, terms.ends, terms.starts), np.int64))
    return order, ruled[order]


def _columns(terms: Terms, order: Column, ruled: Marks, runs: Sequence[Run]) -> Column:
    """Gaps from one end to the next start, lengths, steps of the positions. The lowest bit of the
    first and the last is the sign; that of a length says that the term breaks the rule that what
    is its own surface is a part of a run, and what is not is none."""
    columns = np.array((terms.positions, terms.starts, terms.ends), np.int64)
    positions, starts, ends = columns[:, order]
    run_starts = np.array([run.start for run in runs], np.int64)
    run_ends = np.array([run.end for run in runs] or [0], np.int64)
    run = np.searchsorted(run_starts, starts, side="right") - 1
    in_run = (order < terms.morphemes) & (run >= 0) & (starts < run_ends[run])
    # ㈜ gives a run of its own that touches the next one in the text as it stands: left out.
    parts = np.flatnonzero(in_run)
    touching = (starts[parts[1:]] == ends[parts[:-1]]) & (run[parts[1:]] != run[parts[:-1]])
    if touching.any():
        in_run &= ~np.isin(run, run[parts[:-1][touching]])
    gaps, steps = starts.copy(), positions.copy()
    gaps[1:] -= ends[:-1]
    steps[1:] -= positions[:-1]
    return np.stack([_signed(gaps), (ends - starts) * 2 + (in_run ^ ruled), _signed(steps)])


def _signed(values: Column) -> Column:
    return (values << 1) ^ (values >> 63)


def _packed(
    counts: Sequence[tuple[int, int]],
    columns: Sequence[Column],
    indexes: Sequence[Column],
    others: Sequence[bytes],
) -> bytes:
    values = np.concatenate([np.concatenate(columns, axis=1).reshape(-1), *indexes])
    large = values[values >= _LARGE].astype("<u4")
    words = _SEPARATOR.encode().join(others)
    return b"".join(
        (
            _COUNTS.pack(len(counts), len(large), len(words)),
            np.array(counts, "<u4").tobytes(),
            np.minimum(values, _LARGE).astype(np.uint8).tobytes(),
            large.tobytes(),
            words,
        )
    )
