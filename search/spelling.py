"""Words of the index that a misspelt word may have been meant as: one key away.

The index of deletions of Garbe's SymSpell over the jamo of words as they are typed: two strings
that are one stroke apart have a string in common when each may lose one stroke. Hashes of these
lie in sorted arrays (about 15 bytes for each of some ten strings a word; 40,000 words take 7 MiB).
"""

import re
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from index.fields import RUN_SUFFIX, TEXT_FIELDS
from index.hangul import strokes
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

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        self._words: list[str] = []
        counts: list[int] = []
        hashes: list[int] = []
        owners: list[int] = []
        for number, (word, count) in enumerate(politely(words)):
            self._words.append(word)
            counts.append(count)
            own = _hashes(strokes(word))
            hashes += own
            owners += [number] * len(own)
        keys = np.array(hashes, np.int64)
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._owners: npt.NDArray[np.uint32] = np.array(owners, np.uint32)[order]
        self._counts: npt.NDArray[np.int64] = np.array(counts, np.int64)

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        typed = hash(strokes(word))
        return any(self._words[int(n)] == word for n in self._with(typed))

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        texts = sum(map(len, self._words)) * 2 + len(self._words) * 64
        return self._keys.nbytes + self._owners.nbytes + self._counts.nbytes + texts

    def near(self, word: str) -> list[str]:
        """Other words that are typed with one stroke changed, added, left out, or two swapped;
        those of most documents first."""
        typed = strokes(word)
        found = {int(n) for key in set(_hashes(typed)) for n in self._with(key)}
        return [
            self._words[n]
            for n in sorted(found, key=lambda n: (-int(self._counts[n]), self._words[n]))
            if self._words[n] != word
            and OSA.distance(typed, strokes(self._words[n]), score_cutoff=1) <= 1
        ]

    def _with(self, key: int) -> npt.NDArray[np.uint32]:
        first, last = np.searchsorted(self._keys, key), np.searchsorted(self._keys, key, "right")
        return self._owners[first:last]


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
    return Vocabulary((word, n) for word, n in counts.items() if n >= least)


def _may_be_meant(word: str, *, run: bool) -> bool:
    return _WORD.fullmatch(word) is not None and (run or not word.endswith(_LEMMA_END))


def _least(counts: Iterable[int]) -> int:
    """From how many documents on there are no more words than the memory is meant for."""
    ordered = np.sort(np.fromiter(counts, np.int64))
    return max(LEAST_DOCUMENTS, int(ordered[-_MOST_WORDS]) + 1)


def _hashes(typed: str) -> list[int]:
    return [hash(typed), *map(hash, _shortened(typed))]


def _shortened(typed: str) -> Iterator[str]:
    return (typed[:i] + typed[i + 1 :] for i in range(len(typed)))
