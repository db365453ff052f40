"""What is typed for a text, as keys by which it is found: half-composed, by its 초성, mistyped.

A text is its strokes without spaces and punctuation, so that a half-composed syllable (삼서 on the
way to 삼성, 갑 to 가방) is a prefix like any other.
"""

import re

from index import hangul

# Texts are in lower case and of letters and digits: capitals and control characters are free.
_CONSONANTS = dict(zip(hangul.INITIALS, "ABCDEFGHIJKLMNOPQRS", strict=True))
_VOWELS = dict(zip("ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ", map(chr, range(1, 15)), strict=True))
_CODE = _CONSONANTS | _VOWELS
_SYLLABLES = [*map(chr, range(0xAC00, 0xD7A4))]
_STROKES = {
    ord(c): "".join(_CODE[j] for j in hangul.strokes(c))
    for c in (*_SYLLABLES, *_CODE, *hangul.STROKES)
}
_INITIALS = _STROKES | {ord(c): _CODE[hangul.initials(c)] for c in _SYLLABLES}
_WORD = re.compile(r"[^\W_]+")


def typed(text: str) -> bytes:
    """The strokes of the letters and digits of a text in lower case."""
    return _flat("".join(_WORD.findall(text)), _STROKES)


def initials(text: str) -> bytes:
    """The same with nothing but the 초성 of its syllables."""
    return _flat("".join(_WORD.findall(text)), _INITIALS)


def word_starts(text: str) -> list[int]:
    """Where the words of a text begin."""
    return [word.start() for word in _WORD.finditer(text)]


def deletions(word: str) -> list[str]:
    """The strokes of a word, and what is left of them without each one: two words that are one
    stroke apart have one of these in common (the deletions of Garbe's SymSpell)."""
    whole = hangul.strokes(word)
    return [whole, *(whole[:i] + whole[i + 1 :] for i in range(len(whole)))]


def _flat(text: str, table: dict[int, str]) -> bytes:
    # The one letter whose lower case depends on what follows it.
    return text.replace("Σ", "σ").lower().translate(table).encode("utf-8", "replace")
