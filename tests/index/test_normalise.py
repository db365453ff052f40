"""Spellings of a character folded to one."""

import unicodedata

import pytest

from index.normalise import Normalised, normalise


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(map(chr, range(0x20, 0x7F))) + "\n", id="ASCII"),
        pytest.param("“”‘’·—–", id="marks"),
        pytest.param("".join(map(chr, range(0xAC00, 0xD7A4))), id="syllables"),
        pytest.param("".join(map(chr, range(0x4E00, 0xA000))), id="hanja"),
    ],
)
def test_what_is_common_stays_as_it_is(text: str) -> None:
    assert unicodedata.normalize("NFKC", text) == text
    assert normalise(text) == Normalised(text)
    # A character that is not makes the whole text be looked at.
    assert normalise("①" + text).text == "1" + text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("３.５％", "3.5%", id="wide"),
        pytest.param("가\u11a8나", "각나", id="a final that stands apart"),
        pytest.param("\u1100\u1161\u11a8", "각", id="jamo that join"),
        pytest.param("e\u0301", "é", id="an accent"),
        pytest.param("ㄱㅏ…", "ㄱㅏ…", id="jamo that people type"),
        pytest.param("삼\u200b성", "삼성", id="invisible"),
        pytest.param("\uf90a값", "金값", id="a compatibility ideograph"),
    ],
)
def test_what_is_rare_is_folded(text: str, folded: str) -> None:
    assert normalise(text).text == folded
    # It is found out again, once its characters are known.
    assert normalise(text).text == folded
