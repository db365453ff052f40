"""Texts found by how they, or a word in them, begin: a suffix array over what is typed for them
(see ``index.strokes``)."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from index.array_file import Array
from search.array_tables import Arrays, Strings, part, together
from search.background import politely

Places = npt.NDArray[np.uint32]
Form = Callable[[str], bytes]

_END = b"\0"
# Texts that are made flat at a time: less than a millisecond's work.
_TOGETHER = 256
# Places are sorted by so many bytes (some ten syllables); longer prefixes are compared.
_SORTED = 32
# Prefixes with more places than this have their best ones written down.
_MANY = 2048
_KEPT = 64


class _Flattened:
    """What is typed for many texts, one behind the other, each with an end: as ``form`` gives it
    for their words, but a character at a time for all of them.

    ``places`` are where words begin in it, ``owners`` the texts these are in, ``inside`` whether
    it is not the first word there.
    """

    def __init__(self, texts: Sequence[str], form: Form) -> None:
        alphabet = _Alphabet(form)
        blobs, places, owners = [b""], [np.empty(0, np.uint32)], [np.empty(0, np.uint32)]
        at = 0
        for first in politely(range(0, len(texts), _TOGETHER)):
            some = [text + "\n" for text in texts[first : first + _TOGETHER]]
            blob, begins, own = alphabet.spelled(some)
            blobs.append(blob)
            places.append((begins + at).astype(np.uint32))
            owners.append((own + first).astype(np.uint32))
            at += len(blob)
        self.blob = b"".join(blobs)
        self.places: Places = np.concatenate(places)
        self.owners: Places = np.concatenate(owners)
        self.inside: npt.NDArray[np.bool_] = np.zeros(len(self.owners), bool)
        self.inside[1:] = self.owners[1:] == self.owners[:-1]


class _Alphabet:
    """The characters seen so far, each with a number, and what is typed for them."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._numbers = np.zeros(sys.maxunicode + 1, np.int32)
        # Number 0: not seen yet; 1: the end of a text.
        self._rows = [b"", _END]
        self._table()

    def spelled(
        self, texts: Sequence[str]
    ) -> tuple[bytes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """What is typed for texts whose last character stands for their end; where words begin
        in that, and in which text each of them is."""
        encoded = "".join(texts).encode("utf-32-le", "surrogatepass")
        points = np.frombuffer(encoded, np.uint32)
        numbers = self._numbers[points]
        if not numbers.all():
            self._learn(np.unique(points[numbers == 0]).tolist())
            numbers = self._numbers[points]
        sizes = np.array(list(map(len, texts)))
        numbers[np.cumsum(sizes) - 1] = 1
        lengths = self._lengths[numbers]
        flat = self._bytes[numbers][np.arange(self._bytes.shape[1]) < lengths[:, None]]
        word = lengths > 0
        word[numbers == 1] = False
        starts = word.copy()
        starts[1:] &= ~word[:-1]
        own = np.repeat(np.arange(len(texts)), sizes)
        return flat.tobytes(), (np.cumsum(lengths) - lengths)[starts], own[starts]

    def _learn(self, points: Sequence[int]) -> None:
        for point in points:
            self._numbers[point] = len(self._rows)
            self._rows.append(self._form(chr(point)))
        self._table()

    def _table(self) -> None:
        longest = max(map(len, self._rows))
        padded = b"".join(row.ljust(longest, _END) for row in self._rows)
        self._bytes = np.frombuffer(padded, np.uint8).reshape(-1, longest)
        self._lengths = np.array([len(row) for row in self._rows])


class Prefixes:
    """Texts by number, the smaller the better, and all places where a word begins in them."""

    def __init__(self, arrays: Arrays) -> None:
        """Of the ``arrays`` of another."""
        self.arrays = arrays
        (self._texts,) = arrays["texts"].tolist()
        self._blob = arrays["blob"].data
        self._places: Places = arrays["places"]
        self._owners: Places = arrays["owners"]
        self._inside = arrays["inside"]
        self._best: Places = arrays["best"]
        heads, ends = Strings(part(arrays, "heads")), arrays["ends"].tolist()
        begins = zip([0, *ends], ends, strict=False)
        self._kept = {heads.raw(i): begin for i, begin in enumerate(begins)}

    @classmethod
    def of(cls, texts: Sequence[str], form: Form) -> Self:
        """``form`` is ``typed`` or ``initials``; the best text comes first."""
        flat = _Flattened(texts, form)
        keys = _keys(flat.blob, flat.places)
        order = _sorted(keys)
        owners, inside = flat.owners[order], flat.inside[order]
        heads, best = [], [np.empty(0, np.uint32)]
        for head, first, last in _common(keys[order]):
            heads.append(head)
            ranked = _ranked(owners[first:last], inside[first:last], len(texts))
            best.append((ranked[:_KEPT] + first).astype(np.uint32))
        found: dict[str, Array] = {
            "texts": np.array([len(texts)], np.uint32),
            "blob": np.frombuffer(flat.blob, np.uint8),
            "places": flat.places[order],
            "owners": owners,
            "inside": inside.view(np.uint8),
            "best": np.concatenate(best),
            "ends": np.cumsum([len(ranks) for ranks in best[1:]], dtype=np.uint32),
        }
        return cls(found | together(heads=Strings.of(heads).arrays))

    def beginning(self, prefix: bytes) -> Iterator[int]:
        """Texts where a word begins so, each once: those that begin so themselves first, then by
        number. Of very many only the best."""
        if not prefix:
            return
        seen: set[int] = set()
        for rank in self._ranks(prefix).tolist():
            number = int(self._owners[rank])
            if number not in seen and self._holds(rank, prefix):
                seen.add(number)
                yield number

    def holding(self, prefixes: Iterable[bytes]) -> Places:
        """Texts with a word for each prefix that begins so, ascending."""
        every = np.ones(self._texts, bool)
        for prefix in prefixes:
            first, last = self._range(prefix)
            own = np.zeros(self._texts, bool)
            own[self._owners[first:last]] = True
            every &= own
        return np.flatnonzero(every).astype(np.uint32)

    def count(self, among: Places, prefix: bytes) -> int:
        """How many of some texts have a word that begins so."""
        first, last = self._range(prefix)
        return int(np.count_nonzero(np.isin(among, self._owners[first:last], kind="table")))

    def _ranks(self, prefix: bytes) -> npt.NDArray[np.integer[Any]]:
        """The places where a word begins so, the best first."""
        kept = self._kept.get(prefix)
        if kept is not None:
            return self._best[slice(*kept)]
        first, last = self._range(prefix)
        found = _ranked(self._owners[first:last], self._inside[first:last], self._texts)
        return found + first

    def _holds(self, rank: int, prefix: bytes) -> bool:
        place = int(self._places[rank])
        return len(prefix) <= _SORTED or self._blob[place : place + len(prefix)] == prefix

    def _range(self, prefix: bytes) -> tuple[int, int]:
        return self._bound(prefix[:_SORTED]), self._bound(prefix[:_SORTED] + b"\xff")

    def _bound(self, prefix: bytes) -> int:
        low, high, blob, places = 0, len(self._places), self._blob, self._places
        while low < high:
            middle = (low + high) // 2
            place = int(places[middle])
            if bytes(blob[place : place + _SORTED]) < prefix:
                low = middle + 1
            else:
                high = middle
        return low


def _ranked(owners: Places, inside: npt.NDArray[np.bool_], texts: int) -> npt.NDArray[np.int64]:
    """The order of some places of so many texts, the best first."""
    return np.argsort(owners.astype(np.int64) + inside * np.int64(texts), kind="stable")


def _keys(blob: bytes, places: Places) -> npt.NDArray[np.bytes_]:
    padded = np.frombuffer(blob + _END * _SORTED, np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SORTED)
    return np.ascontiguousarray(windows[places]).view(f"S{_SORTED}").reshape(-1)


def _common(keys: npt.NDArray[np.bytes_]) -> Iterator[tuple[bytes, int, int]]:
    """The prefixes of many places with where these begin and end, one length after the other."""
    ranges = [(0, len(keys))] if len(keys) > _MANY else []
    for length in range(1, _SORTED + 1):
        longer: list[tuple[int, int]] = []
        for first, last in ranges:
            heads = keys[first:last].astype(f"S{length}")
            cuts = np.flatnonzero(heads[1:] != heads[:-1]) + first + 1
            edges = np.concatenate(([first], cuts, [last]))
            many = np.flatnonzero(np.diff(edges) > _MANY)
            longer += [(int(edges[i]), int(edges[i + 1])) for i in many]
        ranges = longer
        for first, last in politely(ranges):
            head = bytes(keys[first])[:length]
            if len(head) == length and _END not in head:
                yield head, first, last


def _sorted(keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
    """The order of keys, those that are equal as they came: eight bytes at a time, as numbers,
    which is several times faster than as strings."""
    numbers = keys.view(">u8").reshape(-1, _SORTED // 8).astype(np.uint64)
    return np.lexsort(numbers.T[::-1])
