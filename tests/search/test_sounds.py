"""What sounds alike, what is spelt by rule, and slips in what hangs on a noun."""

import pytest

from search.endings import meant_tails
from search.sounds import alike, by_rule


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("앤비디아", "엔비디아"),
        ("베타리", "배터리"),
        ("왜국인", "외국인"),
        ("텔레비젼", "텔레비전"),
        ("전기챠", "전기차"),
        ("써비스", "서비스"),
        ("스타트엎", "스타트업"),
        ("디스켙", "디스켓"),
        # One foreign vowel
        ("테슬러", "테슬라"),
        ("구굴", "구글"),
    ],
)
def test_alike(typed: str, meant: str) -> None:
    assert alike(typed, meant)
    assert alike(meant, typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("삼섬전자", "삼성전자"),
        ("자동차", "자동"),
        ("반도페", "반도체"),
        # Two foreign vowels
        ("데이터바", "데이타버"),
        # The tense is not the aspirated one.
        ("빠리", "파리"),
    ],
)
def test_not_alike(typed: str, meant: str) -> None:
    assert not alike(typed, meant)


@pytest.mark.parametrize(
    ("word", "mended"),
    [
        ("환률", "환율"),
        ("비률", "비율"),
        ("성장율", "성장률"),
        ("실업율은", "실업률은"),
        ("분렬", "분열"),
        ("나렬", "나열"),
        # Right as they are
        *((word, word) for word in ("환율", "성장률", "비율", "법률", "행렬", "율", "률", "AI율")),
    ],
)
def test_by_rule(word: str, mended: str) -> None:
    assert by_rule(word) == mended


@pytest.mark.parametrize(
    ("word", "noun", "tail"),
    [
        # One stroke too many, left out, changed, swapped
        ("승리으이", "승리", "의"),
        ("영구긔", "영국", "의"),
        ("의미슨", "의미", "는"),
        ("의미느", "의미", "는"),
        # Swapped where the two meet
        ("설립도니", "설립", "된"),
        ("치과의산느", "치과의사", "는"),
    ],
)
def test_tails(word: str, noun: str, tail: str) -> None:
    assert (noun, tail) in set(meant_tails(word))


@pytest.mark.parametrize("word", ["", "이", "의미", "hello", "ㅋㅋㅋ"])
def test_nothing_hangs_there(word: str) -> None:
    assert not list(meant_tails(word))
