"""Where the terms of a document stand in its texts: kept with it, so that a hit is marked
without analysing it again.

A term that is its own surface in lower case is not kept, only its place; others (늘다 in 늘었다,
#3분기) are. Numbers take a byte each, larger ones lie beside, and the whole is deflated.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate
from operator import eq

import numpy as np
import numpy.typing as npt

from index.terms import Run, Terms

Column = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_COUNTS = struct.Struct("<III")
_LARGE = 255
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


def encode(texts: Sequence[tuple[str, Terms, Sequence[Run]]]) -> bytes:
    """Pack the terms of several texts: (text, its terms, its noun runs) of each."""
    counts, columns, indexes, others = [], [], [], []
    for text, terms, runs in texts:
        order, ruled = _ordered(lowered(text), terms)
        own = (~ruled).nonzero()[0]
        counts.append((len(order), len(own)))
        columns.append(_columns(terms, order, ruled, runs))
        if len(own):
            indexes.append(np.diff(own, prepend=0))
            words = map(terms.texts.__getitem__, order[own].tolist())
            others.append(SEPARATOR.join(words).encode())
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    return packer.compress(_packed(counts, columns, indexes, others)) + packer.flush()


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
    others_at = _sums(np.concatenate(indexes), own_counts) + _firsts(counts).repeat(own_counts)
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
    found: Column = sums[1:] - sums.take(_firsts(counts)).repeat(counts)
    return found


def _signed_again(values: Small) -> Small:
    return (values >> 1) ^ -(values & 1)


def _ordered(lower: str, terms: Terms) -> tuple[Column, Mask]:
    """The numbers of the terms in order of their places, and which of those are their surface."""
    surfaces = [lower[start:end] for start, end in zip(terms.starts, terms.ends, strict=True)]
    ruled = np.fromiter(map(eq, surfaces, terms.texts), bool, len(terms))
    ruled[terms.morphemes :] = False
    extra = np.arange(len(terms)) >= terms.morphemes
    order = np.lexsort(np.array((extra, terms.ends, terms.starts), np.int64))
    return order, ruled[order]


def _columns(terms: Terms, order: Column, ruled: Mask, runs: Sequence[Run]) -> Column:
    """Gaps from one end to the next start, lengths, steps of the positions. The lowest bit of the
    first and the last is the sign; that of a length says that the term breaks the rule that what
    is its own surface is a part of a run, and what is not is none."""
    columns = np.array((terms.positions, terms.starts, terms.ends), np.int64)
    positions, starts, ends = columns[:, order]
    run_starts = np.array([run.start for run in runs], np.int64)
    run_ends = np.array([run.end for run in runs] or [0], np.int64)
    run = run_starts.searchsorted(starts, side="right") - 1
    in_run = (order < terms.morphemes) & (run >= 0) & (starts < run_ends[run])
    # ㈜ gives a run of its own that touches the next one in the text as it stands: left out.
    parts = in_run.nonzero()[0]
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
    words = SEPARATOR.encode().join(others)
    return b"".join(
        (
            _COUNTS.pack(len(counts), len(large), len(words)),
            np.array(counts, "<u4").tobytes(),
            np.minimum(values, _LARGE).astype(np.uint8).tobytes(),
            large.tobytes(),
            words,
        )
    )
