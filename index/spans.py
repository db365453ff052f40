"""Where the terms of a document stand in its texts: kept with it, so that a hit is marked
without analysing it again.

A term that is its own surface in lower case is not kept, only its place; others (늘다 in 늘었다,
#3분기) are. Numbers take a byte each, larger ones lie beside, and the whole is deflated.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from index.terms import Term

Column = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_COUNTS = struct.Struct("<III")
_LARGE = 255
_PLACE = itemgetter(2, 3, 4)
# Between terms that are not their surface.
SEPARATOR = "\0"
# What deflate may refer to from the first byte on: the commonest lemmas of news, the most common
# last. A change makes older indexes unreadable: raise SCHEMA_VERSION with it.
_COMMON = files("index.lexicon").joinpath("common_lemmas.txt").read_text("utf-8").split()
_DICTIONARY = SEPARATOR.join(_COMMON).encode()


@dataclass(frozen=True, slots=True)
class Spans:
    """The terms of several texts, those of each behind each other and in order of their places
    (code points, in each text from 0): ``counts`` are those of each text.

    ``in_run``: the term is a part of a noun run, which ends where the next part does not touch.
    ``others_at`` are the indexes of the terms that are not their surface, ``words`` these
    themselves in UTF-8, each behind a SEPARATOR.
    """

    counts: list[int]
    starts: Column
    ends: Column
    in_run: Mask
    others_at: Column
    words: bytes
    steps: Small

    def positions(self) -> Column:
        """Which morpheme of its text each term is."""
        return _sums(_signed_again(self.steps), self.counts)

    def others(self) -> list[str]:
        """The terms that are not their surface (늘다 in 늘었다, #3분기), in the order of
        ``others_at``."""
        return self.words.decode().split(SEPARATOR)[1:]


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
        others.append((list(own), SEPARATOR.join(own.values()).encode()))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return packer.compress(_packed(counts, columns, others)) + packer.flush()


def decode(packed: Sequence[bytes]) -> Spans:
    """What ``encode`` packed, several times: the texts of each, all together, as little is done
    for each of them."""
    counts: list[int] = []
    own_counts: list[int] = []
    parts, indexes, words = [np.empty((3, 0), np.int32)], [np.empty(0, np.int32)], []
    for data in packed:
        raw = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARY).decompress(data)
        texts, large, size = _COUNTS.unpack_from(raw)
        place = _COUNTS.size + texts * 8
        sizes = struct.unpack_from(f"<{texts * 2}I", raw, _COUNTS.size)
        counts += sizes[::2]
        own_counts += sizes[1::2]
        total, own = sum(sizes[::2]), sum(sizes[1::2])
        small = np.frombuffer(raw, np.uint8, total * 3 + own, place)
        place += len(small)
        values = small.astype(np.int32)
        if large:
            values[small == _LARGE] = np.frombuffer(raw, "<u4", large, place)
            place += large * 4
        parts.append(values[: total * 3].reshape(3, total))
        indexes.append(values[total * 3 :])
        if own:
            words.append(raw[place : place + size])
    gaps, flagged, steps = np.concatenate(parts, axis=1)
    lengths = flagged >> 1
    ends = _sums(_signed_again(gaps) + lengths, counts)
    others_at = _sums(np.concatenate(indexes), own_counts) + np.repeat(_firsts(counts), own_counts)
    in_run = (flagged & 1) == 0
    in_run[others_at] ^= True
    separator = SEPARATOR.encode()
    joined = separator.join([b"", *words])
    return Spans(counts, ends - lengths, ends, in_run, others_at, joined, steps)


def _firsts(counts: Sequence[int]) -> Column:
    """Where the values of each text begin."""
    return np.array([0, *accumulate(counts[:-1])], np.int64)[: len(counts)]


def _sums(values: Small, counts: Sequence[int]) -> Column:
    """The running sums of the values of each text."""
    sums = np.concatenate(([0], values.cumsum()))
    found: Column = sums[1:] - np.repeat(sums.take(_firsts(counts)), counts)
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
    words = SEPARATOR.encode().join(text for own, text in others if own)
    return b"".join(
        (
            _COUNTS.pack(len(counts), len(large), len(words)),
            np.array(counts, "<u4").tobytes(),
            np.minimum(values, _LARGE).astype(np.uint8).tobytes(),
            large.tobytes(),
            words,
        )
    )
