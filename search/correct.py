"""What a query may have been meant as: keyboard mode, spelling, spacing.

Only words that stand in no visible article are touched, and only words of free text: phrases,
exclusions, fields and parts of an OR stay as they were typed.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from index import hangul
from index.analysis import Analyser
from index.known_words import LEAST_DOCUMENTS
from index.lexicon.english import english_words, tech_names
from index.lexicon.particles import with_particle
from index.lexicon.weak_nouns import weak_nouns
from index.units import PUNCTUATION
from search import keyboard, sounds, spacing
from search.endings import meant_tails, nouns, stems
from search.occurrence import Occurrence, folded
from search.query import parse
from search.query_tree import Words
from search.words import Vocabulary

Reason = Literal["keyboard", "spelling", "spacing"]

_MOST_CANDIDATES = 8
# How much likelier (in nats, with the logarithm of its documents) a word must be than what was
# typed; measured on three sets: below it, rare names are taken for slips.
_MARGIN = 9.0
# Of two syllables, which are one key away from many words: a quarter of what 9 mends there is
# mended to another word than was meant.
_SHORT_MARGIN = 12.0
# So much above its margin a word is taken where something is found without it too: one word by
# crumbs of it, several by the others; measured on the three sets.
_SURE = 3.0
_SURE_OF_SOME = 6.0
# Of what sounds alike (``search.sounds``), long and of two syllables: of 25,000 right queries and
# words one is mended that was right.
_SOUND_MARGIN = 1.0
_SHORT_SOUND_MARGIN = 5.0
_SHORTEST = 2
# In a longer query the other words say enough: a correction is offered.
_FEW_WORDS = 3
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
        # By how much the words of the last correction of spelling are above their margin.
        self._surplus = math.inf

    def strange(self, text: str) -> bool:
        """Whether a word of a query that may be corrected stands in no visible article."""
        words = list(_free_words(text))
        return any(map(self._occurrence.strange, words)) or any(map(self._by_rule, words))

    def is_likely(self, text: str, correction: Correction) -> bool:
        """Whether a correction is run where it finds more than the query as typed, which finds
        something by its other words."""
        words = list(_free_words(text))
        if correction.reason != "spelling" or any(map(self._by_rule, words)):
            return True
        return len(words) == 1 or self._surplus >= _SURE_OF_SOME

    def is_sure(self, text: str, correction: Correction) -> bool:
        """Whether a correction is run even where it finds no more than the query as typed: that
        finds it without the word in question, or by crumbs that stand apart (반+채 of 반도채)."""
        if correction.reason == "keyboard":
            return True
        words = list(_free_words(text))
        if any(map(self._by_rule, words)):
            return True
        mended = [word for word in words if word not in correction.text.split()]
        sure = _SURE if len(words) == 1 else _SURE_OF_SOME
        if len(words) > _FEW_WORDS or self._surplus < sure:
            return False
        return not any(map(self._occurrence.stands_together, mended))

    def corrections(self, text: str) -> Iterator[Correction]:
        """Other queries in the order in which they are tried."""
        self._surplus = math.inf
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
        if any(map(self._occurrence.of_word, nouns(word))):
            return True
        return self._occurrence.reads(word) and not self._analyser.doubts(word)

    def _by_spelling(self, words: list[str]) -> list[str]:
        mended = [self._by_rule(word) or word for word in words]
        if self._vocabulary is None or spacing.joined(words, self._occurrence):
            return mended
        return [self._respelt(word, mended) or word for word in mended]

    def _by_rule(self, word: str) -> str | None:
        """The word as the orthography wants it, where articles have it so and not as typed."""
        bare = _bare(word)
        if sounds.by_rule(bare) == bare:
            return None
        for stem in stems(bare):
            meant = sounds.by_rule(stem)
            if meant != stem and self._occurrence.of_word(meant) >= LEAST_DOCUMENTS:
                return None if self._occurrence.of_word(stem) else word.replace(stem, meant)
        return None

    def _respelt(self, word: str, words: Sequence[str]) -> str | None:
        """The likeliest word of the index one stroke away, with the particle of this one."""
        bare = _bare(word)
        if not self._may_be_misspelt(bare):
            return None
        found = [
            (
                self._likelihood(bare, other, words) + math.log(count) - self._margin(bare, other),
                other,
            )
            for other, count in self._candidates(bare)
        ]
        best, chosen = max(found, default=(-math.inf, ""))
        typed = self._likelihood(bare, bare, words)
        if best < typed:
            return None
        self._surplus = min(self._surplus, best - typed)
        return word.replace(bare, chosen)

    def _margin(self, typed: str, meant: str) -> float:
        """What a candidate must be likelier by."""
        short = len(typed) == _SHORTEST
        if sounds.alike(typed, meant) and self._analyser.doubts(typed):
            return _SHORT_SOUND_MARGIN if short else _SOUND_MARGIN
        return _SHORT_MARGIN if short else _MARGIN

    def _may_be_misspelt(self, word: str) -> bool:
        return (
            len(word) >= _SHORTEST
            and all(map(hangul.is_syllable, word))
            and self._occurrence.strange(word)
        )

    def _candidates(self, word: str) -> Iterator[tuple[str, int]]:
        """Words for this one, with the number of visible documents that speaks for each; the
        vocabulary may be older than what is visible now."""
        doubted = self._analyser.doubts(word)
        found = chain(self._other_nouns(word), self._other_tails(word))
        for noun, tail in found if doubted else self._other_names(word):
            count = self._occurrence.of_word(noun)
            if count >= LEAST_DOCUMENTS:
                # Most articles have a weak noun, and few ask for it.
                yield with_particle(noun, tail), 1 if noun in weak_nouns() else count

    def _other_nouns(self, word: str) -> Iterator[tuple[str, str]]:
        assert self._vocabulary is not None
        for stem in stems(word):
            tail = word[len(stem) :]
            if tail and self._occurrence.of_word(stem):
                # The noun is right, whatever hangs on it.
                return
            near = self._vocabulary.near(stem)
            near.sort(key=lambda other: not sounds.alike(stem, other))
            yield from ((other, tail) for other in near[:_MOST_CANDIDATES])

    def _other_tails(self, word: str) -> Iterator[tuple[str, str]]:
        assert self._vocabulary is not None
        meant = list(dict.fromkeys(meant_tails(word)))
        known = self._vocabulary.among(noun for noun, _ in meant)
        yield from ((noun, tail) for noun, tail in meant if noun in known)

    def _other_names(self, word: str) -> Iterator[tuple[str, str]]:
        """Of a word that Kiwi knows: what sounds like it (네이버 for 네이바). Of two syllables too
        many are words of their own."""
        assert self._vocabulary is not None
        if len(word) > _SHORTEST:
            near = self._vocabulary.near(word)
            yield from ((other, "") for other in near if sounds.alike(word, other))

    def _likelihood(self, word: str, other: str, words: Sequence[str]) -> float:
        """How likely the query is with another word; ``word`` and it are without punctuation."""
        read = (w.replace(word, other) if _bare(w) == word else w for w in words)
        return self._analyser.likelihood(" ".join(read))

    def _by_spacing(self, words: list[str]) -> list[str]:
        together = spacing.joined(words, self._occurrence)
        if together is not None:
            return together
        return [self._apart(word) or word for word in words]

    def _apart(self, word: str) -> str | None:
        if self._vocabulary is None or not self._may_be_misspelt(word):
            return None
        if not self._analyser.doubts(word):
            return None
        return spacing.split(word, self._vocabulary, self._occurrence)


def _bare(word: str) -> str:
    """A word without the punctuation around it."""
    return word.strip(PUNCTUATION)


def _is_latin_word(word: str) -> bool:
    bare = word.lower().strip("0123456789")
    return bare in english_words() or bare in tech_names()


def _free_words(text: str) -> Iterator[str]:
    for node in parse(text).nodes:
        if isinstance(node, Words):
            yield from node.text.split()


def _rewritten(text: str, way: Callable[[list[str]], list[str]]) -> str:
    """A query with its free text changed; all else as it was typed."""
    out, at = [], 0
    for node in parse(text).nodes:
        if isinstance(node, Words):
            words = node.text.split()
            changed = way(words)
            if changed != words:
                out += [text[at : node.start], " ".join(changed)]
                at = node.end
    return "".join([*out, text[at:]])
