"""The two-set keyboard (KS X 5002): Hangul typed in Latin mode, and Latin typed in Hangul mode.

Pure: what a word would be in the other mode. Whether it was meant so, ``search.correct`` decides.
"""

import re

from index import hangul

# Latin keys by row, and the jamo on them; the second line holds those that need shift.
_KEYS = "qwertyuiopasdfghjklzxcvbnm"
_JAMO = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"
_SHIFTED_KEYS = "QWERTOP"
_SHIFTED_JAMO = "ㅃㅉㄸㄲㅆㅒㅖ"
# On every other key shift changes nothing.
_PLAIN_CAPITALS = "".join(c for c in _KEYS.upper() if c not in _SHIFTED_KEYS)
_TO_JAMO = str.maketrans(
    _KEYS + _SHIFTED_KEYS + _PLAIN_CAPITALS,
    _JAMO + _SHIFTED_JAMO + _PLAIN_CAPITALS.lower().translate(str.maketrans(_KEYS, _JAMO)),
)
_TO_KEYS = str.maketrans(_JAMO + _SHIFTED_JAMO, _KEYS + _SHIFTED_KEYS)
_TO_LATIN = str.maketrans(_JAMO + _SHIFTED_JAMO, _KEYS + _SHIFTED_KEYS.lower())

# Shorter words are too often both: in the names of firms and models, and in Hangul.
LEAST_KEYS = 4
# Shift for ㅃ to ㅖ only: a capital elsewhere (iPhone, ASML) was meant as one.
_LATIN_WORD = re.compile(rf"(\d*)([a-z{_SHIFTED_KEYS}]+)(\d*)")
_HANGUL_WORD = re.compile(r"(\d*)([가-힣ㄱ-ㅎㅏ-ㅣ]+)(\d*)")
_SYLLABLES = re.compile(r"[가-힣]+")
_CONSONANTS = re.compile(r"[ㄱ-ㅎ]+")
_LETTERS = re.compile(r"[a-z]+")


def to_hangul(keys: str) -> str:
    """What Latin keys give in Hangul mode: ``tkatjd`` is 삼성."""
    return hangul.composed(keys.translate(_TO_JAMO))


def to_keys(text: str) -> str:
    """The keys that give a Hangul text, capitals where shift is pressed: 까치 is ``Rkcl``."""
    return hangul.strokes(text).translate(_TO_KEYS)


def to_latin(text: str) -> str:
    """The keys that give a Hangul text, in lower case: 삼성 is ``tkatjd``."""
    return hangul.strokes(text).translate(_TO_LATIN)


def hangul_reading(word: str, *, least: int = LEAST_KEYS) -> str | None:
    """A Latin word as Hangul, where every key of it falls into a syllable.

    None under ``least`` keys, for a single syllable of four, and where a capital is no shifted
    jamo.
    """
    match = _LATIN_WORD.fullmatch(word)
    if match is None or len(match[2]) < least:
        return None
    found = to_hangul(match[2])
    if not _SYLLABLES.fullmatch(found) or (len(found) == 1 and least == LEAST_KEYS):
        return None
    return match[1] + found + match[3]


def latin_reading(word: str) -> str | None:
    """A Hangul word as Latin letters; None under four keys, and for consonants alone, which are
    the 초성 of something."""
    match = _HANGUL_WORD.fullmatch(word)
    if match is None or _CONSONANTS.fullmatch(match[2]):
        return None
    found = to_latin(match[2])
    if len(found) < LEAST_KEYS or not _LETTERS.fullmatch(found):
        return None
    return match[1] + found + match[3]


def has_stray_jamo(word: str) -> bool:
    """Whether a jamo stands outside of a syllable, as no word is written."""
    return any("ㄱ" <= c <= "ㅣ" for c in word)
