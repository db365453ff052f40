"""Hangul syllables and their jamo (The Unicode Standard, chapter 3.12)."""

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_BASE = 0xAC00
_LAST = 0xD7A3
_FINALS = 28


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
