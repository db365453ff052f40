"""Hangul syllables and their jamo (The Unicode Standard, chapter 3.12), and how they are typed."""

import re
from functools import lru_cache

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_BASE = 0xAC00
_LAST = 0xD7A3
_FINALS = len(FINALS) + 1

# Jamo that take two strokes on the two-set keyboard (KS X 5002).
_TWO_STROKES = (
    *("ㅘㅗㅏ", "ㅙㅗㅐ", "ㅚㅗㅣ", "ㅝㅜㅓ", "ㅞㅜㅔ", "ㅟㅜㅣ", "ㅢㅡㅣ"),
    *("ㄳㄱㅅ", "ㄵㄴㅈ", "ㄶㄴㅎ", "ㄺㄹㄱ", "ㄻㄹㅁ", "ㄼㄹㅂ"),
    *("ㄽㄹㅅ", "ㄾㄹㅌ", "ㄿㄹㅍ", "ㅀㄹㅎ", "ㅄㅂㅅ"),
)
STROKES = {row[0]: row[1:] for row in _TWO_STROKES}
_OF_STROKES = {strokes: jamo for jamo, strokes in STROKES.items()}
_VOWEL = "[ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ]"
# A consonant before a vowel begins the next syllable, whatever it could end.
_TYPED = re.compile(
    rf"([{INITIALS}])(ㅗ[ㅏㅐㅣ]|ㅜ[ㅓㅔㅣ]|ㅡㅣ|{_VOWEL})"
    rf"((?:ㄱㅅ|ㄴ[ㅈㅎ]|ㄹ[ㄱㅁㅂㅅㅌㅍㅎ]|ㅂㅅ)(?!{_VOWEL})|[{FINALS}](?!{_VOWEL}))?"
)


def split(syllable: str) -> tuple[str, str, int]:
    """The initial and the medial jamo of a syllable, and the number of its final (0: none)."""
    number = ord(syllable) - _BASE
    initial, rest = divmod(number, len(MEDIALS) * _FINALS)
    medial, final = divmod(rest, _FINALS)
    return INITIALS[initial], MEDIALS[medial], final


def join(initial: str, medial: str, final: int) -> str:
    """The syllable of two jamo and the number of a final."""
    number = (INITIALS.index(initial) * len(MEDIALS) + MEDIALS.index(medial)) * _FINALS + final
    return chr(_BASE + number)


def is_syllable(character: str) -> bool:
    """Whether the character is a composed Hangul syllable."""
    return _BASE <= ord(character) <= _LAST


def initials(text: str) -> str:
    """The 초성 of a text: syllables by their initial, everything else as it is."""
    return "".join(split(c)[0] if is_syllable(c) else c for c in text)


def strokes(text: str) -> str:
    """The jamo of a text one by one as they are typed (값 is ㄱㅏㅂㅅ, 과 is ㄱㅗㅏ); everything
    else as it is."""
    return "".join(map(strokes_of, text))


@lru_cache(maxsize=16384)
def strokes_of(character: str) -> str:
    """``strokes`` of one character."""
    if not is_syllable(character):
        return STROKES.get(character, character)
    initial, medial, final = split(character)
    end = FINALS[final - 1] if final else ""
    return initial + STROKES.get(medial, medial) + STROKES.get(end, end)


def composed(typed: str) -> str:
    """What the two-set keyboard makes of single jamo, the reverse of ``strokes``; jamo that fit
    into no syllable stay as they are."""
    return _TYPED.sub(_syllable, typed)


def _syllable(match: re.Match[str]) -> str:
    initial, medial, final = match.group(1, 2, 3)
    end = FINALS.index(_OF_STROKES.get(final, final)) + 1 if final else 0
    return join(initial, _OF_STROKES.get(medial, medial), end)
