"""What hangs on a noun, and slips in it: 승리으이 for 승리의, 의민느 for 의미는."""

from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

from index import hangul
from index.lexicon.particles import PARTICLES, with_particle

# How the commonest verbs made of nouns (-하다, -되다) go on in a query.
VERBAL = (
    *("하는", "한", "할", "하고", "하여", "해서", "했다", "했던", "하기", "하다"),
    *("되는", "된", "될", "되고", "되어", "됐다", "되었다", "되었던", "되다"),
)
TAILS = (*PARTICLES, *VERBAL)
_SHORTEST_NOUN = 2
# A tail of one stroke changed into two others is any word.
_SHORTEST_TAIL = 2


def stems(word: str) -> Iterator[str]:
    """A word, and what is left of it without each tail that it ends in."""
    yield word
    for tail in TAILS:
        stem = word.removesuffix(tail)
        if stem != word and len(stem) >= _SHORTEST_NOUN:
            yield stem


def nouns(word: str) -> Iterator[str]:
    """The same, but for tails in a form that does not go with what is before them (반도체을)."""
    return (stem for stem in stems(word) if with_particle(stem, word[len(stem) :]) == word)


def meant_tails(word: str) -> Iterator[tuple[str, str]]:
    """What a word may be as a noun and its tail, with one slip in the tail or where the two meet.
    Whether there is such a noun is not asked."""
    typed = hangul.strokes(word)
    for at in range(2 * _SHORTEST_NOUN, len(typed) - _SHORTEST_TAIL + 2):
        yield from _cut(typed[:at], typed[at:], slips=1)
        swapped = typed[: at - 1] + typed[at : at + 1], typed[at - 1] + typed[at + 1 :]
        yield from _cut(*swapped, slips=0)


def _cut(before: str, tail: str, *, slips: int) -> Iterator[tuple[str, str]]:
    noun = hangul.composed(before)
    if len(noun) < _SHORTEST_NOUN or not all(map(hangul.is_syllable, noun)):
        return
    for meant, typed in _tails():
        far = OSA.distance(tail, typed, score_cutoff=slips)
        if far == slips and with_particle(noun, meant) == noun + meant:
            yield noun, meant


@lru_cache(maxsize=1)
def _tails() -> tuple[tuple[str, str], ...]:
    """The tails of which enough is typed to know them by, and their strokes."""
    typed = ((tail, hangul.strokes(tail)) for tail in TAILS)
    return tuple((tail, own) for tail, own in typed if len(own) > _SHORTEST_TAIL)
