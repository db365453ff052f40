"""Words of the index that a misspelt word may have been meant as: one key away.

Sums of their deletions (see ``index.strokes``) lie in sorted arrays: eight bytes for each of some
ten strings a word; 40,000 words take 4 MiB.
"""

from array import array
from collections.abc import Iterable
from typing import Self
from zlib import crc32

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from index.array_file import Array
from index.fields import RUN_SUFFIX, TEXT_FIELDS
from index.hangul import strokes
from index.known_words import LEAST_DOCUMENTS, may_be_meant
from index.strokes import deletions
from search.array_tables import Arrays, Strings, part, size, together
from search.background import politely
from search.snapshot import Snapshot

_MOST_WORDS = 200_000


class Vocabulary:
    """Words with the number of their documents, found by what differs from them in one key."""

    def __init__(self, arrays: Arrays) -> None:
        """Of the ``arrays`` of another."""
        self.arrays = arrays
        self._words = Strings(part(arrays, "words"))
        self._keys, self._owners, self._counts = arrays["keys"], arrays["owners"], arrays["counts"]

    @classmethod
    def of(cls, words: Iterable[tuple[str, int]]) -> Self:
        """Words with the number of their documents."""
        encoded: list[bytes] = []
        counts, keys, owners = array("I"), array("I"), array("I")
        for number, (word, count) in enumerate(politely(words)):
            encoded.append(word.encode())
            counts.append(count)
            own = _sums(word)
            keys.extend(own)
            owners.extend([number] * len(own))
        order = np.argsort(np.array(keys, np.uint32), kind="stable")
        found: dict[str, Array] = {
            "keys": np.array(keys, np.uint32)[order],
            "owners": np.array(owners, np.uint32)[order],
            "counts": np.array(counts, np.uint32),
        }
        return cls(found | together(words=Strings.of(encoded).arrays))

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        return any(self._words[int(n)] == word for n in self._with(_sum(strokes(word))))

    def among(self, words: Iterable[str]) -> set[str]:
        """See search.words.Vocabulary.among."""
        return {word for word in words if word in self}

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        return size(self.arrays)

    def near(self, word: str) -> list[str]:
        """See search.words.Vocabulary.near."""
        typed = strokes(word)
        found = {int(n) for key in set(_sums(word)) for n in self._with(key)}
        others = sorted((-int(self._counts[n]), self._words[n]) for n in found)
        return [
            other
            for _, other in others
            if other != word and OSA.distance(typed, strokes(other), score_cutoff=1) <= 1
        ]

    def _with(self, key: int) -> npt.NDArray[np.uint32]:
        # Of the same type: else all of them would be converted.
        sought = np.uint32(key)
        first = np.searchsorted(self._keys, sought)
        return self._owners[first : np.searchsorted(self._keys, sought, "right")]


def vocabulary(snapshot: Snapshot, epoch: int) -> Vocabulary:
    """The nouns and noun runs of several articles that are visible at ``epoch``."""
    counts: dict[str, int] = {}
    for field in TEXT_FIELDS:
        for name in (field, field + RUN_SUFFIX):
            for word, count in politely(snapshot.word_counts(name, epoch)):
                if may_be_meant(word, run=name != field):
                    # Articles have most words in one field; a sum would count them twice.
                    counts[word] = max(count, counts.get(word, 0))
    least = LEAST_DOCUMENTS if len(counts) <= _MOST_WORDS else _least(counts.values())
    return Vocabulary.of((word, n) for word, n in counts.items() if n >= least)


def _least(counts: Iterable[int]) -> int:
    """From how many documents on there are no more words than the memory is meant for."""
    ordered = np.sort(np.fromiter(counts, np.int64))
    return max(LEAST_DOCUMENTS, int(ordered[-_MOST_WORDS]) + 1)


def _sums(word: str) -> list[int]:
    return list(map(_sum, deletions(word)))


def _sum(typed: str) -> int:
    """The same in every process, as ``hash`` is not. What has the same by chance is looked at."""
    return crc32(typed.encode())
