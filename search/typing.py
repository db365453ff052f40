"""How a word that is being typed may be understood, and which part of a text it is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from index import hangul
from index.normalise import normalise
from index.strokes import initials, typed, word_starts
from search import keyboard

_CONSONANTS = re.compile(r"[ㄱ-ㅎ]{2,}")
# Syllables and consonants that stand for one, in any order: 삼ㅅㅈㅈ, sk하ㅇㄴㅅ.
_MIXED = re.compile(r"(?=.*[ㄱ-ㅎ])(?=.*[^ㄱ-ㅎ])[가-힣ㄱ-ㅎ0-9a-z]+")
_LATIN = re.compile(r"(?=.*[a-zA-Z])[0-9a-zA-Z]+")
_HANGUL = re.compile(r"(?=.*[가-힣ㄱ-ㅣ])[가-힣ㄱ-ㅣ0-9]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a typed word: ``prefix`` is how a word begins that was meant, in
    strokes, or in 초성 where ``by_initials``. ``text`` is the word itself, as it would be written;
    ``pattern`` has syllables among its 초성, which must be met too."""

    prefix: bytes
    text: str
    by_initials: bool = False
    pattern: str = ""

    def place(self, text: str) -> tuple[int, int] | None:
        """Start and end of the first part of a normalised text that was meant. A syllable that
        was begun belongs to it as a whole."""
        for start in word_starts(text):
            end = self._end(text, start)
            if end:
                return start, end
        return None

    def _end(self, text: str, start: int) -> int:
        left, met = self.prefix, 0
        for at in range(start, len(text)):
            own = _strokes(text[at], self.by_initials)
            if not own:
                continue
            if self.pattern and not _meets(self.pattern[met], text[at]):
                return 0
            if own.startswith(left):
                return at + 1
            if not left.startswith(own):
                return 0
            left, met = left[len(own) :], met + 1
        return 0


def readings(word: str) -> Iterator[Reading]:
    """How a normalised word may be understood, the likeliest first."""
    # Some keyboards make ㄳ of two consonants that are the 초성 of two syllables.
    single = "".join(hangul.STROKES.get(c, c) for c in word).lower()
    if _CONSONANTS.fullmatch(single):
        yield Reading(initials(single), "", by_initials=True)
    else:
        yield Reading(typed(word), word)
        if _MIXED.fullmatch(single):
            yield Reading(initials(single), "", by_initials=True, pattern=single)
    if _LATIN.fullmatch(word):
        other = keyboard.to_hangul(word)
        yield Reading(typed(other), other)
    elif _HANGUL.fullmatch(word):
        other = keyboard.to_latin(word)
        yield Reading(typed(other), other)


def marked(text: str, meant: Sequence[Reading]) -> str:
    """The text as HTML with the parts that were meant in ``<mark>``."""
    folded = normalise(text)
    places = [folded.original(*place) for r in meant if (place := r.place(folded.text))]
    out, at = [], 0
    for start, end in _joined(sorted(places)):
        out += [escape(text[at:start]), f"<mark>{escape(text[start:end])}</mark>"]
        at = end
    return "".join([*out, escape(text[at:])])


def _joined(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places in order, those that touch or overlap as one."""
    begin, last = -1, -1
    for start, end in places:
        if start > last:
            if last > begin:
                yield begin, last
            begin = start
        last = max(last, end)
    if last > begin:
        yield begin, last


@lru_cache(maxsize=16384)
def _strokes(character: str, by_initials: bool) -> bytes:
    return initials(character) if by_initials else typed(character)


def _meets(wanted: str, character: str) -> bool:
    """Whether a character is the one that was typed, or has its 초성, or was begun with it."""
    character = character.lower()
    if hangul.is_syllable(character) and hangul.initials(character) == wanted:
        return True
    return hangul.strokes(character).startswith(hangul.strokes(wanted))
