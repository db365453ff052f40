"""Where the terms of a document stand in its texts: kept with it, so that a hit is marked
without analysing it again.

A term that is its own surface in lower case is not kept, only its place; others (늘다 in 늘었다,
#3분기) are. Numbers take a byte each, larger ones lie beside, and the whole is deflated.
"""

import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt

from index.terms import Runs, Terms

Column = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_COUNTS = struct.Struct("<III")
_LARGE = 255
# As arrays: of a number numpy makes one at each call, which takes as long as a short list.
_SMALL_LARGE = np.array(_LARGE, np.uint8)
_NONE, _ONE = np.array(0, np.int32), np.array(1, np.int32)
# Between terms that are not their surface.
SEPARATOR = "\0"
# What deflate may refer to from the first byte on: days and months, and the commonest lemmas of
# news, the most common last. A change makes older indexes and kept analyses unreadable: raise
# SCHEMA_VERSION and ANALYSIS_VERSION with it.
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


def encode(texts: Sequence[tuple[str, Terms, Runs]]) -> bytes:
    """Pack the terms of several texts: (text, its terms, its noun runs) of each."""
    terms = [own for _, own, _ in texts]
    counts = list(map(len, terms))
    firsts = _firsts(counts)
    # All as one: each text stands behind the one before, and no place is in two of them.
    shifts = _firsts([len(text) + 1 for text, _, _ in texts])
    shift = shifts.repeat(counts)
    extra = _extra(terms)
    starts = _joined([own.starts for own in terms]) + shift
    ends = _joined([own.ends for own in terms]) + shift
    order = np.lexsort((extra, ends, starts))
    ruled = (_surfaces_are_terms(texts, ends - starts) & ~extra)[order]
    in_run = _in_run(texts, shifts, starts[order], ends[order], extra[order])
    starts, ends = (starts - shift)[order], (ends - shift)[order]
    positions = _joined([own.positions for own in terms])[order]
    # The lowest bit of a length says that the term breaks the rule that what is its own surface is
    # a part of a run, and what is not is none; that of the others is the sign.
    lengths = (ends - starts) * 2 + (in_run ^ ruled)
    gaps, steps = _since(starts, ends, firsts), _since(positions, positions, firsts)
    others = (~ruled).nonzero()[0]
    cuts = others.searchsorted([*firsts, len(order)])
    places = others - firsts.repeat(np.diff(cuts))
    names = list(chain.from_iterable(own.texts for own in terms))
    words = SEPARATOR.join(map(names.__getitem__, order[others].tolist())).encode()
    values = (_signed(gaps), lengths, _signed(steps), _since(places, places, cuts[:-1]))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    packed = _packed(counts, np.diff(cuts), np.concatenate(values), words)
    return packer.compress(packed) + packer.flush()


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
            values[small == _SMALL_LARGE] = np.frombuffer(raw, "<u4", large, place)
            place += large * 4
        parts.append(values[: total * 3].reshape(3, total))
        indexes.append(values[total * 3 :])
        if own:
            words.append(raw[place : place + size])
    gaps, flagged, steps = np.concatenate(parts, axis=1)
    lengths = flagged >> _ONE
    ends = _sums(_signed_again(gaps) + lengths, counts)
    others_at = _sums(np.concatenate(indexes), own_counts) + _firsts(counts).repeat(own_counts)
    in_run = (flagged & _ONE) == _NONE
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
    return (values >> _ONE) ^ -(values & _ONE)


def _extra(terms: Sequence[Terms]) -> Mask:
    """Which of the terms are extras."""
    kinds = [bytes(own.morphemes) + b"\1" * (len(own) - own.morphemes) for own in terms]
    return np.frombuffer(b"".join(kinds), bool)


def _joined(columns: Iterable[Sequence[int]]) -> Column:
    # Python's array takes a list in a third of the time that numpy's does.
    numbers = array("I", list(chain.from_iterable(columns)))
    return np.array(numbers, np.int64)


def _surfaces_are_terms(texts: Sequence[tuple[str, Terms, Runs]], lengths: Column) -> Mask:
    """Which of the terms, that are so long in their texts, are their own surface in lower case."""
    found = bytearray()
    for text, terms, _ in texts:
        # No slice: that would be one more string for each.
        found += bytes(map(lowered(text).startswith, terms.texts, terms.starts))
    own = array("I", list(chain.from_iterable(map(len, terms.texts) for _, terms, _ in texts)))
    same: Mask = np.frombuffer(found, bool) & (np.array(own, np.int64) == lengths)
    return same


def _in_run(
    texts: Sequence[tuple[str, Terms, Runs]],
    shifts: Column,
    starts: Column,
    ends: Column,
    extra: Mask,
) -> Mask:
    """Which of the spans in order are a part of a noun run."""
    shift = shifts.repeat([len(runs) for _, _, runs in texts])
    run_starts = _joined([runs.starts for _, _, runs in texts]) + shift
    run_ends = np.append(_joined([runs.ends for _, _, runs in texts]) + shift, 0)
    run = run_starts.searchsorted(starts, side="right") - 1
    # Before the first of all runs there is the last one of the array, which ends at nothing.
    in_run: Mask = (starts < run_ends[run]) & ~extra
    # ㈜ gives a run of its own that touches the next one in the text as it stands: left out.
    parts = in_run.nonzero()[0]
    touching = (starts[parts[1:]] == ends[parts[:-1]]) & (run[parts[1:]] != run[parts[:-1]])
    if touching.any():
        in_run &= ~np.isin(run, run[parts[:-1][touching]])
    return in_run


def _since(values: Column, before: Column, firsts: Column) -> Column:
    """Values less those ``before`` each; of each text the first stays as it is."""
    found = values.copy()
    found[1:] -= before[:-1]
    begins = firsts[firsts < len(values)]
    found[begins] = values[begins]
    return found


def _signed(values: Column) -> Column:
    return (values << 1) ^ (values >> 63)


def _packed(counts: Sequence[int], own: Column, values: Column, words: bytes) -> bytes:
    large = values[values >= _LARGE].astype("<u4")
    sizes = chain.from_iterable(zip(counts, own.tolist(), strict=True))
    return b"".join(
        (
            _COUNTS.pack(len(counts), len(large), len(words)),
            struct.pack(f"<{len(counts) * 2}I", *sizes),
            np.minimum(values, _LARGE).astype(np.uint8).tobytes(),
            large.tobytes(),
            words,
        )
    )
