"""Right words and queries, and the same as they come out when something slips."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index import hangul
from index.fields import RUN_SUFFIX, TEXT_FIELDS
from index.known_words import LEAST_DOCUMENTS
from search import keyboard
from search.snapshot import Snapshot

_WORD = re.compile("[가-힣]{2,8}")
_JAMO = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"
# Parts of a word that a space may fall between.
_LEAST_APART = 4
_TRIES = 200


@dataclass(frozen=True, slots=True)
class Broken:
    """A query with a slip, and the one that was meant."""

    text: str
    meant: str


Slip = Callable[[random.Random, str], str]


def vocabulary(snapshot: Snapshot) -> dict[str, int]:
    """The nouns of an index with the number of their documents, those that are no slips."""
    counts: dict[str, int] = {}
    for field in TEXT_FIELDS:
        for word, count in snapshot.word_counts(field + RUN_SUFFIX, None):
            if count >= LEAST_DOCUMENTS and _WORD.fullmatch(word):
                counts[word] = max(count, counts.get(word, 0))
    return dict(sorted(counts.items()))


def in_latin_mode(_: random.Random, word: str) -> str:
    """The keys of a word without the Hangul mode."""
    return keyboard.to_keys(word)


def misspelt(rng: random.Random, word: str) -> str:
    """One stroke changed, left out, typed twice as another, or swapped with the next."""
    typed = hangul.strokes(word)
    at = rng.randrange(len(typed))
    other = rng.choice(_JAMO)
    ways = (
        typed[:at] + other + typed[at + 1 :],
        typed[:at] + typed[at + 1 :],
        typed[:at] + other + typed[at:],
        typed[:at] + typed[at + 1 : at + 2] + typed[at] + typed[at + 2 :],
    )
    return hangul.composed(rng.choice(ways))


def apart(rng: random.Random, word: str) -> str:
    """A space inside a long word."""
    at = rng.randrange(2, len(word) - 1)
    return f"{word[:at]} {word[at:]}"


def words_with(
    slip: Slip, words: Sequence[str], known: Callable[[str], bool], count: int
) -> Iterator[Broken]:
    """``count`` words with a slip that makes no other word of them (``known``), always the
    same ones."""
    rng = random.Random(f"{slip.__name__}")  # noqa: S311
    fitting = [word for word in words if slip is not apart or len(word) >= _LEAST_APART]
    left = count
    for _ in range(count * _TRIES if fitting else 0):
        word = rng.choice(fitting)
        text = slip(rng, word)
        whole = slip is not misspelt or _WORD.fullmatch(text) is not None
        if whole and text != word and not known(text):
            yield Broken(text, word)
            left -= 1
            if not left:
                return


def queries_with(
    slip: Slip, queries: Sequence[str], known: Callable[[str], bool], count: int
) -> Iterator[Broken]:
    """The same for a word of each of some queries."""
    rng = random.Random(f"query {slip.__name__}")  # noqa: S311
    short = [q for q in queries if 1 < len(q.split()) <= 3]
    for query in rng.sample(short, min(count, len(short))):
        words = [w for w in query.split() if _WORD.fullmatch(w)]
        for broken in words_with(slip, words, known, 1):
            yield Broken(query.replace(broken.meant, broken.text, 1), query)
