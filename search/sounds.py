"""Spellings that are said alike, or nearly: what is written by ear is likelier than a slipped key.

``alike`` compares two words, ``by_rule`` mends what no word is spelt like.
"""

import re
from functools import lru_cache

from index import hangul

# Each row is one sound to most who write it: medials.
_MEDIALS = (
    # ㅐ and ㅔ are one sound today, ㅒ and ㅖ too (National Institute of Korean Language, survey of
    # Seoul speech): 앤비디아 for 엔비디아, 베터리 for 배터리.
    "ㅔㅐㅖㅒ",
    # ㅙ, ㅞ, ㅚ (Standard Pronunciation, article 4): 왜국 for 외국, 웬지 for 왠지.
    "ㅞㅙㅚ",
    # 의 behind a consonant is 이 (article 5): 무늬 and 무니.
    "ㅣㅢㅟ",
)
# Foreign names are heard with one or the other: 테슬러, 데이타; 구굴, 클라우두.
_FOREIGN_MEDIALS = ("ㅓㅏ", "ㅡㅜ")
# A glide behind these is not heard (Loanword Orthography, chapter 3): 텔레비젼, 전기챠, 쥬스.
_NO_GLIDE_BEHIND = "ㅈㅉㅊ"
_WITHOUT_GLIDE = dict(zip("ㅑㅕㅛㅠㅖㅒ", "ㅏㅓㅗㅜㅔㅔ", strict=True))
# Loanwords are written with the plain or the aspirated one (Loanword Orthography, article 4), and
# said with the tense: 써비스, 빠리, 로보택씨.
_INITIALS = ("ㄱㄲ", "ㄷㄸ", "ㅂㅃ", "ㅅㅆ", "ㅈㅉ")
# Finals are seven sounds (Standard Pronunciation, article 8): 스타트엎, 커피숖, 디스켙.
_FINALS = ("ㄱㄲㅋㄳㄺ", "ㅂㅍㅄㄿ", "ㄷㅅㅆㅈㅊㅌㅎ", "ㄴㄵㄶ", "ㄹㄽㄾㅀ", "ㅁㄻ")

# 률 and 렬 are 율 and 열 behind a vowel and ㄴ, and nowhere else (Hangul Orthography, article 11):
# 환율 and 성장률.
_BEHIND_VOWEL = re.compile("(?<=.)[률렬]")
_BEHIND_CONSONANT = re.compile("(?<=.)율")
_SOFTENED = dict(zip("률렬", "율열", strict=True))
_LOOSE = frozenset((0, hangul.FINALS.index("ㄴ") + 1))


def _classes(rows: tuple[str, ...]) -> dict[str, str]:
    return {jamo: row[0] for row in rows for jamo in row}


_MEDIAL = _classes(_MEDIALS)
_FOREIGN_MEDIAL = _MEDIAL | _classes(_FOREIGN_MEDIALS)
_INITIAL, _FINAL = _classes(_INITIALS), _classes(_FINALS)


def alike(one: str, other: str) -> bool:
    """Whether two words of syllables sound alike to many; of one syllable in them a foreign vowel
    may be heard in two ways."""
    if len(one) != len(other):
        return False
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if _sound(a) != _sound(b)]
    return not pairs or (len(pairs) == 1 and _foreign(pairs[0][0]) == _foreign(pairs[0][1]))


def by_rule(word: str) -> str:
    """The word with every 율, 률, 렬 as the rule wants it; most words come back as they are."""
    word = _BEHIND_VOWEL.sub(lambda found: _mended(word, found, soft=True), word)
    return _BEHIND_CONSONANT.sub(lambda found: _mended(word, found, soft=False), word)


def _mended(word: str, found: re.Match[str], *, soft: bool) -> str:
    before = word[found.start() - 1]
    loose = hangul.is_syllable(before) and hangul.split(before)[2] in _LOOSE
    if soft:
        return _SOFTENED[found[0]] if loose else found[0]
    return found[0] if loose or not hangul.is_syllable(before) else "률"


@lru_cache(maxsize=4096)
def _sound(syllable: str) -> tuple[str, str, str]:
    initial, medial, final = hangul.split(syllable)
    if initial in _NO_GLIDE_BEHIND:
        medial = _WITHOUT_GLIDE.get(medial, medial)
    end = hangul.FINALS[final - 1] if final else ""
    return _INITIAL.get(initial, initial), _MEDIAL.get(medial, medial), _FINAL.get(end, end)


def _foreign(syllable: str) -> tuple[str, str, str]:
    initial, medial, final = _sound(syllable)
    return initial, _FOREIGN_MEDIAL.get(medial, medial), final
