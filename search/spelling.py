"""Words of the index that a misspelt word may have been meant as: one key away.

The index of deletions of Garbe's SymSpell over the jamo of words as they are typed: two strings
that are one stroke apart have a string in common when each may lose one stroke. Sums of these lie
in sorted arrays (eight bytes for each of some ten strings a word; 40,000 words take 4 MiB).
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Self
from zlib import crc32

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from index.array_file import Array
from index.fields import RUN_SUFFIX, TEXT_FIELDS
from index.hangul import strokes
from search.array_tables import Arrays, Strings, part, size, together
from search.background import politely
from search.engine import Snapshot

# A word of fewer documents may itself be a slip; measured on three sets.
LEAST_DOCUMENTS = 3
_MOST_WORDS = 200_000
_LONGEST = 12
_WORD = re.compile(rf"[가-힣]{{2,{_LONGEST}}}")
# Lemmas of verbs and adjectives are no nouns; nouns that end so stand among the runs.
_LEMMA_END = "다"


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
            own = _sums(strokes(word))
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

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        return size(self.arrays)

    def near(self, word: str) -> list[str]:
        """Other words that are typed with one stroke changed, added, left out, or two swapped;
        those of most documents first."""
        typed = strokes(word)
        found = {int(n) for key in set(_sums(typed)) for n in self._with(key)}
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
                if _may_be_meant(word, run=name != field):
                    # Articles have most words in one field; a sum would count them twice.
                    counts[word] = max(count, counts.get(word, 0))
    least = LEAST_DOCUMENTS if len(counts) <= _MOST_WORDS else _least(counts.values())
    return Vocabulary.of((word, n) for word, n in counts.items() if n >= least)


def _may_be_meant(word: str, *, run: bool) -> bool:
    return _WORD.fullmatch(word) is not None and (run or not word.endswith(_LEMMA_END))


def _least(counts: Iterable[int]) -> int:
    """From how many documents on there are no more words than the memory is meant for."""
    ordered = np.sort(np.fromiter(counts, np.int64))
    return max(LEAST_DOCUMENTS, int(ordered[-_MOST_WORDS]) + 1)


def _sums(typed: str) -> list[int]:
    return [_sum(typed), *map(_sum, _shortened(typed))]


def _sum(typed: str) -> int:
    """The same in every process, as ``hash`` is not. What has the same by chance is looked at."""
    return crc32(typed.encode())


def _shortened(typed: str) -> Iterator[str]:
    return (typed[:i] + typed[i + 1 :] for i in range(len(typed)))
