"""Where the terms of a document stand in its texts: kept with it, so that a hit is marked
without analysing it again.

A term that is its own surface in lower case is not kept, only its place; others (늘다 in 늘었다,
#3분기) are. Numbers take a byte each, larger ones lie beside, and the whole is deflated.
"""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from index.terms import Term

Column = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

_COUNTS = struct.Struct("<III")
_LARGE = 255
_PLACE = itemgetter(2, 3, 4)
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


def encode(texts: Sequence[tuple[str, Sequence[Term], Iterable[tuple[int, int]]]]) -> bytes:
    """Pack the terms of several texts: (text, its terms, the spans of its noun runs) of each."""
    counts, columns, others = [], [], []
    for text, terms, runs in texts:
        placed = sorted(terms, key=_PLACE)
        lower = lowered(text)
        own = {
            i: word
            for i, (word, _, start, end, extra) in enumerate(placed)
            if extra or lower[start:end] != word
        }
        counts.append((len(placed), len(own)))
        columns.append(_columns(placed, list(own), list(runs)))
        others.append((list(own), _SEPARATOR.join(own.values()).encode()))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return packer.compress(_packed(counts, columns, others)) + packer.flush()


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


def _columns(placed: Sequence[Term], own: Sequence[int], runs: Sequence[tuple[int, int]]) -> Column:
    """Gaps from one end to the next start, lengths, steps of the positions. The lowest bit of the
    first and the last is the sign; that of a length says that the term breaks the rule that what
    is its own surface is a part of a run, and what is not is none."""
    _, *columns = zip(*placed, strict=True) if placed else [()] * 5
    positions, starts, ends, extras = (np.array(column, np.int64) for column in columns)
    extra = extras.astype(bool)
    ruled = np.ones(len(placed), bool)
    ruled[own] = False
    steps = positions - np.concatenate(([0], positions[:-1])) if len(placed) else positions
    run_starts = np.array([start for start, _ in runs], np.int64)
    run_ends = np.array([end for _, end in runs] or [0], np.int64)
    run = np.searchsorted(run_starts, starts, side="right") - 1
    in_run = ~extra & (run >= 0) & (starts < run_ends[run])
    # ㈜ gives a run of its own that touches the next one in the text as it stands: left out.
    parts = np.flatnonzero(in_run)
    touching = (starts[parts[1:]] == ends[parts[:-1]]) & (run[parts[1:]] != run[parts[:-1]])
    if touching.any():
        in_run &= ~np.isin(run, run[parts[:-1][touching]])
    gaps = starts - np.concatenate(([0], ends[:-1])) if len(placed) else starts
    return np.stack([_signed(gaps), (ends - starts) * 2 + (in_run ^ ruled), _signed(steps)])


def _signed(values: Column) -> Column:
    return np.where(values < 0, -2 * values - 1, 2 * values)


def _packed(
    counts: Sequence[tuple[int, int]],
    columns: Sequence[Column],
    others: Sequence[tuple[list[int], bytes]],
) -> bytes:
    indexes = [np.diff(np.array(own, np.int64), prepend=0) for own, _ in others]
    values = np.concatenate([np.concatenate(columns, axis=1).reshape(-1), *indexes])
    large = values[values >= _LARGE].astype("<u4")
    words = _SEPARATOR.encode().join(text for own, text in others if own)
    return b"".join(
        (
            _COUNTS.pack(len(counts), len(large), len(words)),
            np.array(counts, "<u4").tobytes(),
            np.minimum(values, _LARGE).astype(np.uint8).tobytes(),
            large.tobytes(),
            words,
        )
    )
