"""The two-set keyboard: every word in the other mode, and words that are no mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import hangul
from search import keyboard

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("tkatjdwjswk", "삼성전자"),
        ("dkssudgktpdy", "안녕하세요"),
        # A final goes over to the next syllable where a vowel follows.
        ("rkqkd", "가방"),
        ("rkqt", "값"),
        ("rkqtdl", "값이"),
        ("rkqtl", "갑시"),
        ("rhkgkr", "과학"),
        ("RkcL", "까치"),
        ("dnpdlqm", "웨이브"),
        ("dhQk", "오빠"),
        ("rk r", "가 ㄱ"),
    ],
)
def test_latin_keys_give_hangul(keys: str, text: str) -> None:
    assert keyboard.to_hangul(keys) == text


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ㅗ디ㅣㅐ", "hello"),
        ("ㅑㅔㅙㅜㄷ", "iphone"),
        ("메ㅔㅣㄷ", "apple"),
        ("ㅐㅔ두먀", "openai"),
    ],
)
def test_hangul_gives_latin_keys(text: str, keys: str) -> None:
    assert keyboard.to_latin(text) == keys


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("tkatjd", "삼성"),
        ("work", "재가"),
        ("dkdlvhs15", "아이폰15"),
        # Under four keys
        ("rkd", None),
        ("5g", None),
        # A key is left over.
        ("rkqtk1a", None),
        ("hello", None),
        ("gpt4o", None),
        # One syllable
        ("rkqt", None),
        # Capitals that are no shifted jamo
        ("TKATJD", None),
        ("iPhone", None),
        ("삼성", None),
        ("", None),
    ],
)
def test_hangul_reading(word: str, reading: str | None) -> None:
    assert keyboard.hangul_reading(word) == reading


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("ㅗ디ㅣㅐ", "hello"),
        # 초성 come first.
        ("ㅅㅅㅈㅈ", None),
        ("ㅋㅋㅋㅋ", None),
        ("헷", None),
        ("삼성!", None),
        ("hello", None),
        ("", None),
    ],
)
def test_latin_reading(word: str, reading: str | None) -> None:
    assert keyboard.latin_reading(word) == reading


def test_every_syllable_can_be_typed() -> None:
    for number in range(0xAC00, 0xD7A4):
        assert hangul.composed(hangul.strokes(chr(number))) == chr(number)


@given(st.text(SYLLABLES, max_size=8))
def test_both_ways(text: str) -> None:
    jamo = hangul.strokes(text)
    assert hangul.strokes(hangul.composed(jamo)) == jamo
    assert len(keyboard.to_latin(text)) == len(jamo)
