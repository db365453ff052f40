"""What a query may have been meant as: keyboard mode, spelling, spacing.

Only words that stand in no visible article are touched, and only words of free text: phrases,
exclusions, fields and parts of an OR stay as they were typed.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index import hangul
from index.analysis import Analyser
from index.lexicon.english import english_words, tech_names
from index.lexicon.particles import PARTICLES, with_particle
from index.units import PUNCTUATION
from search import keyboard, query, spacing
from search.occurrence import Occurrence, folded
from search.spelling import LEAST_DOCUMENTS, Vocabulary

Reason = Literal["keyboard", "spelling", "spacing"]

_MOST_CANDIDATES = 8
# How much likelier (in nats, with the logarithm of its documents) a word must be than what was
# typed; measured on three sets: below it, rare names are taken for slips.
_MARGIN = 9.0
# Of two syllables, which are one key away from many words: a quarter of what 9 mends there is
# mended to another word than was meant.
_SHORT_MARGIN = 12.0
_SHORTEST = 2
# From this share of known words on, a query was typed in Latin mode from end to end.
_KNOWN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Correction:
    """Another query, and what it mends."""

    text: str
    reason: Reason


class Corrector:
    """Corrects queries for one snapshot and one instant of visibility."""

    def __init__(
        self, occurrence: Occurrence, analyser: Analyser, vocabulary: Vocabulary | None
    ) -> None:
        """``vocabulary`` None: it is not there yet, and nothing is said about spelling."""
        self._occurrence = occurrence
        self._analyser = analyser
        self._vocabulary = vocabulary
        self._text = ""

    def strange(self, text: str) -> bool:
        """Whether a word of a query that may be corrected stands in no visible article."""
        return any(map(self._occurrence.strange, _free_words(text)))

    def corrections(self, text: str) -> Iterator[Correction]:
        """Other queries in the order in which they are tried."""
        self._text = text
        ways: tuple[tuple[Reason, Callable[[list[str]], list[str]]], ...] = (
            ("keyboard", self._by_keyboard),
            ("spelling", self._by_spelling),
            ("spacing", self._by_spacing),
        )
        for reason, way in ways:
            found = _rewritten(text, way)
            if found != text:
                yield Correction(found, reason)

    def _by_keyboard(self, words: list[str]) -> list[str]:
        return self._all_in_latin_mode(words) or [self._other_mode(word) or word for word in words]

    def _all_in_latin_mode(self, words: Sequence[str]) -> list[str] | None:
        """The words of a query that was typed in Latin mode from end to end: short ones and those
        that say little (``djelsrk?``) go with the others."""
        read = [keyboard.hangul_reading(_bare(word), least=1) for word in words]
        if not all(read) or any(map(self._is_right, words)):
            return None
        known = sum(self._other_mode(word) is not None for word in words)
        if known < max(1, len(words) * _KNOWN_SHARE):
            return None
        pairs = zip(words, read, strict=True)
        return [word.replace(_bare(word), other or "") for word, other in pairs]

    def _is_right(self, word: str) -> bool:
        """Whether a Latin word is one, for all we know."""
        return _is_latin_word(_bare(word)) or self._occurrence.of_term(folded(word)) > 0

    def _other_mode(self, typed: str) -> str | None:
        """The word in the other keyboard mode, where that is a word and this is none."""
        word = _bare(typed)
        other = self._word_in_other_mode(word)
        return typed.replace(word, other) if other else None

    def _word_in_other_mode(self, word: str) -> str | None:
        as_hangul = keyboard.hangul_reading(word)
        if as_hangul is not None:
            if _is_latin_word(word) or self._occurrence.of_word(folded(word)):
                return None
            return as_hangul if self._is_hangul_word(as_hangul) else None
        as_latin = keyboard.latin_reading(word)
        if as_latin is None or self._occurrence.of_word(folded(word)):
            return None
        if not (keyboard.has_stray_jamo(word) or self._analyser.doubts(word)):
            return None
        known = _is_latin_word(as_latin) or self._occurrence.of_term(as_latin) > 0
        return as_latin if known else None

    def _is_hangul_word(self, word: str) -> bool:
        """Whether articles have all of it, and not as crumbs."""
        if self._occurrence.of_word(word):
            return True
        return self._occurrence.reads(word) and not self._analyser.doubts(word)

    def _by_spelling(self, words: list[str]) -> list[str]:
        if self._vocabulary is None:
            return words
        return [self._respelt(word, words) or word for word in words]

    def _respelt(self, word: str, words: Sequence[str]) -> str | None:
        """The likeliest word of the index one stroke away, with the particle of this one."""
        if not self._may_be_misspelt(word):
            return None
        found = [
            (self._likelihood(word, other, words) + math.log(count), other)
            for other, count in self._candidates(word)
        ]
        best, chosen = max(found, default=(-math.inf, ""))
        typed = self._likelihood(word, word, words)
        margin = _SHORT_MARGIN if len(word) == _SHORTEST else _MARGIN
        return chosen if best >= typed + margin else None

    def _may_be_misspelt(self, word: str) -> bool:
        return (
            len(word) >= _SHORTEST
            and all(map(hangul.is_syllable, word))
            and self._occurrence.strange(word)
            and self._analyser.doubts(word)
        )

    def _candidates(self, word: str) -> Iterator[tuple[str, int]]:
        """Words for this one, with the number of visible documents; the vocabulary may be older
        than what is visible now."""
        assert self._vocabulary is not None
        for particle in ("", *PARTICLES):
            stem = word.removesuffix(particle)
            if len(stem) + len(particle) > len(word) or len(stem) < _SHORTEST:
                continue
            if particle and self._occurrence.of_word(stem):
                # The noun is right, whatever hangs on it.
                return
            for other in self._vocabulary.near(stem)[:_MOST_CANDIDATES]:
                count = self._occurrence.of_word(other)
                if count >= LEAST_DOCUMENTS:
                    yield with_particle(other, particle), count

    def _likelihood(self, word: str, other: str, words: Sequence[str]) -> float:
        return self._analyser.likelihood(" ".join(other if w == word else w for w in words))

    def _by_spacing(self, words: list[str]) -> list[str]:
        together = spacing.joined(words, self._occurrence)
        if together is not None:
            return together
        return [self._apart(word) or word for word in words]

    def _apart(self, word: str) -> str | None:
        if self._vocabulary is None or not self._may_be_misspelt(word):
            return None
        return spacing.split(word, self._vocabulary, self._occurrence)


def _bare(word: str) -> str:
    """A word without the punctuation around it."""
    return word.strip(PUNCTUATION)


def _is_latin_word(word: str) -> bool:
    bare = word.lower().strip("0123456789")
    return bare in english_words() or bare in tech_names()


def _free_words(text: str) -> Iterator[str]:
    for node in query.parse(text).nodes:
        if isinstance(node, query.Words):
            yield from node.text.split()


def _rewritten(text: str, way: Callable[[list[str]], list[str]]) -> str:
    """A query with its free text changed; all else as it was typed."""
    out, at = [], 0
    for node in query.parse(text).nodes:
        if isinstance(node, query.Words):
            words = node.text.split()
            changed = way(words)
            if changed != words:
                out += [text[at : node.start], " ".join(changed)]
                at = node.end
    return "".join([*out, text[at:]])
