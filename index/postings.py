"""The vocabulary and the postings of one field of a segment, as arrays.

Terms are sorted by their UTF-8 bytes. A posting is a document number; fields that are scored add
how often the term stands there (its frequency), fields that know phrases where (its positions).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.array_file import Array, ArrayFile
from index.gaps import Gaps, Numbers

# Nearly all frequencies are below 15: they take half a byte each, the first of two in the lower
# half. Those of this value and above lie beside.
OVERFLOW = 15
_HALVES = np.stack([np.arange(256) & 15, np.arange(256) >> 4], axis=1)
Frequencies = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Postings:
    """Postings before they are packed, in order of term and document.

    ``terms`` sorted; the postings of term ``i`` are ``first[i]`` to ``first[i + 1]`` of
    ``documents`` and ``frequencies`` (None: not scored); ``positions`` (None: no phrases) has
    those of each posting one behind the other, ascending.
    """

    terms: Sequence[bytes]
    first: Numbers
    documents: Numbers
    frequencies: Frequencies | None = None
    positions: Array | None = None


class Field:
    """The reading side of a field. ``terms`` counts its vocabulary."""

    def __init__(self, file: ArrayFile, name: str) -> None:
        """Raises DamagedFileError."""
        self._blob = memoryview(file.array(f"{name}/terms").data)
        self._places = file.array(f"{name}/terms_at")
        self._first = file.array(f"{name}/first")
        self._documents = Gaps.read(file, f"{name}/documents")
        values = file.values["fields"][name]
        self.terms = len(self._first) - 1
        self.postings = int(self._first[-1])
        self._frequencies = file.array(f"{name}/frequencies") if values["scored"] else None
        self._positions: Array | None = None
        if values["scored"]:
            self._over = file.array(f"{name}/over"), file.array(f"{name}/over_frequencies")
        if values["positions"]:
            self._positions = file.array(f"{name}/positions")
            self._positions_at = file.array(f"{name}/positions_at")

    def term(self, number: int) -> bytes:
        """The term with a number."""
        return bytes(self._blob[self._places[number] : self._places[number + 1]])

    def number(self, term: bytes) -> int:
        """The number of a term; -1 where the vocabulary has none."""
        place = self.place(term)
        return place if place < self.terms and self.term(place) == term else -1

    def place(self, term: bytes) -> int:
        """How many terms sort before ``term``."""
        low, high, blob, places = 0, self.terms, self._blob, self._places
        while low < high:
            middle = (low + high) // 2
            if bytes(blob[places[middle] : places[middle + 1]]) < term:
                low = middle + 1
            else:
                high = middle
        return low

    def beginning(self, prefix: bytes) -> range:
        """The numbers of the terms that begin with a prefix, itself a whole UTF-8 text."""
        return range(self.place(prefix), self.place(prefix + b"\xff"))

    def frequency(self, number: int) -> int:
        """In how many documents of the segment, deleted ones too, the term stands."""
        return int(self._first[number + 1]) - int(self._first[number])

    def documents(self, number: int) -> Numbers:
        """The documents of a term, ascending."""
        return self._documents.numbers(number, self.frequency(number))

    def documents_of(self, numbers: Sequence[int]) -> Numbers:
        """The documents of several terms, those of each together: in the order of the terms for a
        range, in no order for others."""
        if isinstance(numbers, range):
            counts = np.diff(self._first[numbers.start : numbers.stop + 1].astype(np.int64))
            return self._documents.lists(numbers.start, numbers.stop, counts)
        return self._documents.scattered(np.array(numbers, np.int64))

    def frequencies(self, number: int) -> Frequencies:
        """How often the term stands in each of its documents."""
        return self._frequencies_between(int(self._first[number]), int(self._first[number + 1]))

    def positions(self, number: int) -> tuple[Numbers, Array]:
        """Where the term stands: for each of its documents the beginning of its positions (one
        entry more than documents), and the positions."""
        starts = np.concatenate(([0], np.cumsum(self.frequencies(number))))
        return starts, self.occurrences(number)

    def occurrences(self, number: int) -> Array:
        """Where the term stands, document by document: as many positions in each as the
        frequency there says."""
        if self._positions is None:
            raise ValueError("this field keeps no positions")
        at = self._positions_at
        return self._positions[int(at[number]) : int(at[number + 1])]

    def slice(self, begin: int, end: int) -> Postings:
        """The postings of the terms ``begin`` to ``end`` (a copy, unpacked)."""
        first = self._first[begin : end + 1].astype(np.int64)
        positions = None
        if self._positions is not None:
            at = self._positions_at
            positions = self._positions[int(at[begin]) : int(at[end])]
        return Postings(
            [self.term(number) for number in range(begin, end)],
            first - first[0],
            self._documents.lists(begin, end, np.diff(first)),
            None
            if self._frequencies is None
            else self._frequencies_between(int(first[0]), int(first[-1])),
            positions,
        )

    def cuts(self, postings: int) -> list[int]:
        """Numbers of terms that cut the field into pieces of about so many postings."""
        steps = np.arange(postings, self.postings, postings)
        return sorted({int(cut) for cut in np.searchsorted(self._first, steps)})

    def _frequencies_between(self, begin: int, end: int) -> Frequencies:
        if self._frequencies is None:
            raise ValueError("this field is not scored")
        halves = self._frequencies[begin >> 1 : (end + 1) >> 1]
        found = _HALVES.take(halves, axis=0).reshape(-1)[begin & 1 : (begin & 1) + end - begin]
        places, values = self._over
        low, high = np.searchsorted(places, (begin, end))
        found[places[low:high].astype(np.int64) - begin] = values[low:high]
        return found
