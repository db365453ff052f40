"""Hanja in Korean news: readings by the initial-sound rule, and headline abbreviations."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from index import hangul

WORD_MEANINGS = {"印尼": ("인도네시아",)}
# 不 is 부 before ㄷ and ㅈ (不動産 부동산, 不正 부정), else 불.
_BU_INITIALS = frozenset("ㄷㅈ")
# 金 at the head of a personal name is 김 (金大中), elsewhere 금.
_SURNAME_AT_HEAD = {"金": "김"}
_NAME_LENGTHS = range(2, 5)

# The initial-sound rule (두음법칙, articles 10 to 12): which initial becomes which at the head of a
# word, by the vowel that follows.
_HEAD_INITIALS = (
    ("ㄴ", frozenset("ㅕㅛㅠㅣ"), "ㅇ"),
    ("ㄹ", frozenset("ㅑㅕㅖㅛㅠㅣ"), "ㅇ"),
    ("ㄹ", frozenset("ㅏㅐㅗㅚㅜㅡ"), "ㄴ"),
)


# 렬 and 률 behind a vowel or ㄴ are 열 and 율 (article 11: 나열, 비율, 선율; but 합격률).
_SOFT_AFTER_VOWEL = {"렬": "열", "률": "율"}
_FINAL_N = 4


@dataclass(frozen=True, slots=True)
class HeadlineHanja:
    """One headline abbreviation: its group, its readings and the names it stands for."""

    group: str
    readings: tuple[str, ...]
    meanings: tuple[str, ...]


@cache
def headline_table() -> dict[str, HeadlineHanja]:
    """The abbreviations of ``headline_hanja.tsv`` by character."""
    table = {}
    for row in _rows("headline_hanja.tsv"):
        character, group, readings, meanings = row.split("\t")
        table[unicodedata.normalize("NFKC", character)] = HeadlineHanja(
            group, tuple(readings.split(",")), tuple(m for m in meanings.split(",") if m)
        )
    return table


@cache
def going_on() -> frozenset[str]:
    """The nouns of ``going_on.tsv``, behind which 中 is "during"."""
    return frozenset(_rows("going_on.tsv"))


@cache
def readings(word: str) -> tuple[str, ...]:
    """The Sino-Korean readings of a run of hanja, the usual one first.

    ``word`` is NFKC-normalised; the result is empty where a character has no known reading.
    """
    table = _character_readings()
    syllables = [table.get(character, "") for character in word]
    if not all(syllables):
        return ()
    for i in range(len(word) - 1):
        if word[i] == "不" and hangul.split(syllables[i + 1])[0] in _BU_INITIALS:
            syllables[i] = "부"
    for i in range(1, len(word)):
        if hangul.split(syllables[i - 1])[2] in (0, _FINAL_N):
            syllables[i] = _SOFT_AFTER_VOWEL.get(syllables[i], syllables[i])
    usual = _head_form(syllables[0]) + "".join(syllables[1:])
    for known, reading in _word_readings().items():
        at = word.find(known)
        if at >= 0:
            usual = usual[:at] + reading + usual[at + len(known) :]
    if len(word) in _NAME_LENGTHS and word[0] in _SURNAME_AT_HEAD:
        return (usual, _SURNAME_AT_HEAD[word[0]] + "".join(syllables[1:]))
    return (usual,)


@cache
def _word_readings() -> dict[str, str]:
    """The longest last, so that they have the last word."""
    rows = [row.split("\t") for row in _rows("hanja_words.tsv")]
    return {
        unicodedata.normalize("NFKC", word): reading
        for word, reading in sorted(rows, key=lambda row: len(row[0]))
    }


@cache
def _character_readings() -> dict[str, str]:
    table = dict(row.split("\t") for row in _rows("hanja_readings.tsv"))
    # The headline table knows better for the characters it has (台 대, not 태).
    return table | {c: h.readings[0] for c, h in headline_table().items() if c != "金"}


def _rows(name: str) -> list[str]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _head_form(syllable: str) -> str:
    initial, medial, final = hangul.split(syllable)
    for old, medials, new in _HEAD_INITIALS:
        if initial == old and medial in medials:
            return hangul.join(new, medial, final)
    return syllable
