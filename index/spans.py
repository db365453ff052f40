"""Where the terms of a document stand in its texts: kept with it, so that a hit is marked
without analysing it again.

A term that is its own surface in lower case is not kept, only its place; others (늘다 in 늘었다,
#3분기) are. Numbers take a byte each, larger ones lie beside, and the whole is deflated.
"""

import struct
import zlib
from bisect import bisect_left, bisect_right
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

_COUNTS = struct.Struct("<III")
_LARGE = 255
_PLACE = itemgetter(2, 3, 4)
_SEPARATOR = "\0"
# What deflate may refer to from the first byte on: the commonest lemmas of news, the most common
# last. A change makes older indexes unreadable: raise SCHEMA_VERSION with it.
_COMMON = files("index.lexicon").joinpath("common_lemmas.txt").read_text("utf-8").split()
_DICTIONARY = _SEPARATOR.join(_COMMON).encode()


# What is known of a kept term beside its place.
_PART, _OTHER = 1, 2


@dataclass(slots=True)
class _Terms:
    """The terms of all texts of a document, those of each behind each other, in places that run
    through all texts; ``own`` are the indexes of those that are not their surface, ``words``
    these themselves, ``kinds`` flags by index."""

    starts: list[int]
    ends: Sequence[int]
    steps: Small
    kinds: bytearray
    own: list[int]
    words: bytes


@dataclass(slots=True)
class Spans:
    """The terms of one text in order of their places (code points): a part of those of its
    document, whose places begin at ``_base``."""

    _terms: _Terms
    _first: int
    _last: int
    _base: int

    @property
    def starts(self) -> list[int]:
        """Where they begin."""
        return [at - self._base for at in self._terms.starts[self._first : self._last]]

    @property
    def ends(self) -> list[int]:
        """Where they end."""
        return [at - self._base for at in self._terms.ends[self._first : self._last]]

    def __len__(self) -> int:
        return self._last - self._first

    def place(self, i: int) -> tuple[int, int]:
        """Where a term begins and ends."""
        i += self._first
        return self._terms.starts[i] - self._base, self._terms.ends[i] - self._base

    def in_run(self, i: int) -> bool:
        """Whether a term is a part of a noun run, which ends where the next part does not touch."""
        return bool(self._terms.kinds[self._first + i] & _PART)

    def starting(self, place: int) -> list[int]:
        """The terms that begin at a place."""
        starts, found = self._terms.starts, []
        place += self._base
        i = bisect_left(starts, place, self._first, self._last)
        while i < self._last and starts[i] == place:
            found.append(i - self._first)
            i += 1
        return found

    def standing(self, start: int, end: int) -> tuple[bool, bool]:
        """What stands from one place to another and no further: whether a term that is its own
        surface, and whether a part of a noun run."""
        terms, base, last = self._terms, self._base, self._last
        starts, ends = terms.starts, terms.ends
        start, end, own, part = start + base, end + base, False, False
        i = bisect_left(starts, start, self._first, last)
        while i < last and starts[i] == start:
            if ends[i] == end:
                kind = terms.kinds[i]
                own = own or not kind & _OTHER
                part = part or bool(kind & _PART)
            i += 1
        return own, part

    def others(self) -> dict[int, str]:
        """The terms that are not their surface (늘다 in 늘었다, #3분기), by index."""
        own = self._terms.own
        low, high = bisect_left(own, self._first), bisect_left(own, self._last)
        words = self._terms.words.decode().split(_SEPARATOR)[low:high]
        return dict(zip([i - self._first for i in own[low:high]], words, strict=True))

    def is_other(self, i: int) -> bool:
        """Whether a term is one of ``others``."""
        return bool(self._terms.kinds[self._first + i] & _OTHER)

    def has_other(self, term: str) -> bool:
        """Whether a term may be one of ``others``; False is sure, and cheap to tell."""
        return term.encode("utf-8", "replace") in self._terms.words

    def other_parts(self) -> list[int]:
        """Those of ``others`` that are a part of a noun run."""
        own, kinds = self._terms.own, self._terms.kinds
        low, high = bisect_left(own, self._first), bisect_left(own, self._last)
        return [i - self._first for i in own[low:high] if kinds[i] & _PART]

    def positions(self) -> list[int]:
        """Which morpheme of its text each term is."""
        steps = self._terms.steps[self._first : self._last]
        return list(_signed_again(steps).cumsum().tolist())

    def run_at(self, place: int) -> tuple[int, int]:
        """Start and end of the noun run that holds a place; (-1, -1) where none does."""
        starts, ends = self._terms.starts, self._terms.ends
        place += self._base
        part = self._part_before(bisect_right(starts, place, self._first, self._last))
        if part < self._first or ends[part] <= place:
            return -1, -1
        start, end = starts[part], ends[part]
        before = self._part_before(part)
        while before >= self._first and ends[before] == start:
            start = starts[before]
            before = self._part_before(before)
        for i in range(part + 1, self._last):
            if starts[i] > end:
                break
            if self._terms.kinds[i] & _PART and starts[i] == end:
                end = ends[i]
        return start - self._base, end - self._base

    def _part_before(self, i: int) -> int:
        """The last part of a run before a term of the document; less than ``_first`` where the
        text has none."""
        i -= 1
        while i >= self._first and not self._terms.kinds[i] & _PART:
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
    gaps, flagged, steps = values[: total * 3].reshape(3, total)
    lengths = flagged >> 1
    ends = (_signed_again(gaps) + lengths).cumsum()
    starts = (ends - lengths).tolist()
    kinds = bytearray(((flagged & 1) ^ 1).astype(np.uint8))
    indexes, placed = values[total * 3 :].tolist(), []
    found, first, first_own = [], 0, 0
    terms = _Terms(starts, ends.data, steps, kinds, placed, raw[place : place + words])
    for count, own_count in sizes:
        last, last_own = first + count, first_own + own_count
        if own_count:
            indexes[first_own] += first
            placed += accumulate(indexes[first_own:last_own])
        found.append(Spans(terms, first, last, terms.ends[first - 1] if first else 0))
        first, first_own = last, last_own
    for i in placed:
        # What is not its surface is no part of a run, unless it is flagged.
        kinds[i] ^= _PART | _OTHER
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
