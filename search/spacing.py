"""Spaces that stand wrong where re-spacing by grammar does not help: names that only the index
knows are joined (``국민 의힘``) or taken apart (``쿼카사육사``)."""

from collections.abc import Iterator, Sequence
from itertools import chain

from search.occurrence import Occurrence, folded
from search.words import Vocabulary

_SHORTEST = 2


def joined(words: Sequence[str], occurrence: Occurrence) -> list[str] | None:
    """Neighbours written as one, where one of the two stands nowhere and both together do."""
    for i in range(len(words) - 1):
        both = words[i] + words[i + 1]
        if any(map(occurrence.strange, words[i : i + 2])) and occurrence.of_word(folded(both)):
            return [*words[:i], both, *words[i + 2 :]]
    return None


def split(word: str, vocabulary: Vocabulary, occurrence: Occurrence) -> str | None:
    """A word that stands nowhere as two nouns that do, those of most documents. A part of a word
    is none: 올드포드의 is not 올드포 and 드의."""
    halves = list(_halves(word))
    known = vocabulary.among(chain.from_iterable(halves))
    found = [
        (min(map(occurrence.of_word, parts)), " ".join(parts))
        for parts in halves
        if all(part in known for part in parts)
    ]
    count, best = max(found, default=(0, ""))
    return best if count else None


def _halves(word: str) -> Iterator[tuple[str, str]]:
    for at in range(_SHORTEST, len(word) - _SHORTEST + 1):
        yield word[:at], word[at:]
