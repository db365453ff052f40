"""Suggestions while typing: what completes what, in which order, marked where."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import hangul
from index.analysis import Analyser
from index.article import Article
from index.strokes import initials, typed
from search import keyboard
from search.prefixes import Prefixes
from search.request import RequestError, SearchRequest, Suggestion
from search.service import SearchService
from search.typing import marked, readings
from tests.building import Clock, article, build_index, day, service_for

WORDS = (
    "삼성",
    "삼성전자",
    "가방",
    "과학",
    "민주당",
    "서울대",
    "반도체",
    "수출",
    "검사",
    "SK하이닉스",
)


def archive() -> list[Article]:
    """Words in three articles each, and one article of each other kind of text."""
    words = [
        article(f"w{number}-{i}", body=f"{word}. 소식.", date=day("2020-01-01"))
        for number, word in enumerate(WORDS)
        for i in range(3)
    ]
    titled = [
        article("t1", title="‘반도체’ 수출, 삼성이 이끈다", date=day("2024-01-01")),
        article("t2", title="삼성 반도체 새 공장", date=day("2023-01-01")),
        article("t3", title="새 <가방>과 R&D", date=day("2022-01-01")),
        article("t4", title="SK하이닉스 실적", date=day("2021-01-01")),
    ]
    labelled = [
        article("f1", authors=("김한수",), categories=("경제",), tags=("인공지능", "반도체")),
        article("f2", authors=("김한수",), categories=("인공지능",), tags=("금융 정책", "HBM")),
    ]
    return [*words, *titled, *labelled]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, analyser: Analyser) -> SearchService:
    folder = tmp_path_factory.mktemp("suggest")
    build_index(folder, archive())
    found = service_for(folder, analyser)
    found.prepare()
    return found


def found_for(service: SearchService, text: str, limit: int = 8) -> dict[str, Suggestion]:
    answer = service.suggest(text, limit)
    assert answer.settled
    texts = {s.text: s for s in answer.suggestions}
    assert len(texts) == len(answer.suggestions) <= limit
    return texts


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("삼성", "삼성전자"),
        ("삼서", "삼성"),
        ("삼ㅅ", "삼성"),
        ("갑", "가방"),
        ("과하", "과학"),
        ("민주다", "민주당"),
        ("서울ㄷ", "서울대"),
        ("ㄱ", "가방"),
        ("ㅅㅅㅈㅈ", "삼성전자"),
        ("ㅅㅅ", "삼성"),
        ("삼ㅅㅈㅈ", "삼성전자"),
        ("삼성ㅈㅈ", "삼성전자"),
        ("ㅅ성ㅈ", "삼성전자"),
        ("ㅅㅅ저", "삼성전자"),
        ("tkatjdw", "삼성전자"),
        ("SK하", "SK하이닉스"),
        ("sk하ㅇㄴㅅ", "SK하이닉스"),
        ("나", "SK하이닉스"),
        ("ㅗㅠ", "HBM"),
        ("김ㅎ", "김한수"),
        ("ㄱㅎㅅ", "김한수"),
        ("ㄳ", "검사"),
        ("경제", "경제"),
        ("정책", "금융 정책"),
        ("금융정", "금융 정책"),
        ("금융 정", "금융 정책"),
        ("r&d", "새 <가방>과 R&D"),
        ("수출 삼", "‘반도체’ 수출, 삼성이 이끈다"),
        ("ㅅㅊ ㅅㅅ", "‘반도체’ 수출, 삼성이 이끈다"),
        ("qksehcp 공", "삼성 반도체 새 공장"),
        ("삼성 반ㄷ", "삼성 반도체 새 공장"),
        ("ＳＫ하이", "SK하이닉스"),
    ],
)
def test_completed(text: str, meant: str, service: SearchService) -> None:
    assert meant in found_for(service, text, 20)


@pytest.mark.parametrize(
    "text", ["", "  ", "쿼카", "성전자", "&", "<mark>", "ㅋㅋㅋ", "\ud800", "-", "ㅏ" * 200]
)
def test_nothing_to_complete(text: str, service: SearchService) -> None:
    assert found_for(service, text) == {}


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("김한", "author", 2),
        ("경제", "category", 1),
        ("인공", "tag", 1),
        ("수출", "term", None),
        ("금융", "tag", 1),
    ],
)
def test_kinds(text: str, kind: str, count: int | None, service: SearchService) -> None:
    first = next(iter(found_for(service, text).values()))
    assert (first.kind, first.count, first.url) == (kind, count, None)


def test_a_title_leads_to_its_article(service: SearchService) -> None:
    title = found_for(service, "삼성 반도체 새")["삼성 반도체 새 공장"]
    assert (title.kind, title.url, title.count) == ("title", "/t2/", None)


def test_one_text_of_several_kinds_is_one_suggestion(service: SearchService) -> None:
    kinds = [s.kind for s in service.suggest("반도체", 8).suggestions if s.text == "반도체"]
    assert kinds == ["tag"]


@pytest.mark.parametrize(
    ("texts", "typed_text", "order"),
    [
        # As many articles decide, not the alphabet.
        (["수도"] * 3 + ["수출"] * 5, "수", ["수출", "수도"]),
        # What begins so stands before what has it further inside.
        (["새 수출"] * 3, "수", ["수출"]),
        # Two documents make no frequent word.
        (["수출"] * 2, "수", []),
        # No single syllables and no numbers of things.
        (["3월 값"] * 4, "3", []),
        (["5G"] * 4, "5", ["5g"]),
        # A noun with a particle that was taken for a part of it; a noun that only ends so.
        (["엔비디아와 삼성"] * 30 + ["엔비디아가 올랐다"] * 3, "엔", ["엔비디아"]),
        (["전문"] * 9 + ["전문가"] * 3, "전", ["전문", "전문가"]),
        (["The rally of the day"] * 3, "t", []),
        # What names no topic, however common; what begins so does.
        (["이번 경우"] * 9 + ["경유", "이번주"] * 3, "겨", ["경유"]),
        (["관련"] * 9 + ["관련주"] * 3, "관련", ["관련주"]),
    ],
)
def test_frequent_words(
    texts: Sequence[str], typed_text: str, order: list[str], analyser: Analyser, tmp_path: Path
) -> None:
    build_index(tmp_path, [article(f"a{i}", body=f"{t}.") for i, t in enumerate(texts)])
    service = service_for(tmp_path, analyser)
    service.prepare()
    assert list(found_for(service, typed_text)) == order


def test_a_word_of_titles_stands_before_one_of_bodies(analyser: Analyser, tmp_path: Path) -> None:
    titled = [article(f"t{i}", title=f"새 {'호' * i} 수출") for i in range(3)]
    build_index(tmp_path, [*titled, *(article(f"b{i}", body="수도.") for i in range(9))])
    service = service_for(tmp_path, analyser)
    service.prepare()
    assert list(found_for(service, "수"))[:2] == ["수출", "수도"]


def test_newer_titles_come_first_and_only_a_few(analyser: Analyser, tmp_path: Path) -> None:
    titles = [
        article(
            f"a{i}", title=f"수출 {i}호", body="수출길. 수출품. 수출입.", date=day(f"2024-01-0{i}")
        )
        for i in range(1, 8)
    ]
    build_index(tmp_path, [*titles, article("old", title="수출 9호", date=None)])
    service = service_for(tmp_path, analyser)
    service.prepare()
    kinds = [(s.kind, s.text) for s in service.suggest("수출", 6).suggestions]
    shown = [text for kind, text in kinds if kind == "title"]
    assert shown == [f"수출 {n}호" for n in range(7, 7 - len(shown), -1)]
    assert 2 <= len(shown) <= 3


@pytest.mark.parametrize(
    ("text", "typed_text", "highlight"),
    [
        ("삼성전자", "삼서", "<mark>삼성</mark>전자"),
        ("삼성전자", "삼성", "<mark>삼성</mark>전자"),
        ("가방끈", "갑", "<mark>가방</mark>끈"),
        ("새 삼성전자", "ㅅㅅㅈ", "새 <mark>삼성전</mark>자"),
        ("삼성전자", "tka", "<mark>삼</mark>성전자"),
        ("삼성 전자", "삼성저", "<mark>삼성 전</mark>자"),
        ("<b>삼성</b> & SK", "sk", "&lt;b&gt;삼성&lt;/b&gt; &amp; <mark>SK</mark>"),
        ("반도체·삼성", "삼성 반도", "<mark>반도</mark>체·<mark>삼성</mark>"),
        ("반도체 삼성", "삼성 반도체", "<mark>반도체</mark> <mark>삼성</mark>"),
        ("㈜삼성", "삼", "㈜<mark>삼</mark>성"),
        ("(주)ＳＫ하이닉스", "sk하", "(주)<mark>ＳＫ하</mark>이닉스"),
        ("삼성", "쿼", "삼성"),
    ],
)
def test_marked(text: str, typed_text: str, highlight: str) -> None:
    words = [list(readings(word)) for word in typed_text.split()]
    fitting = [next((r for r in found if r.place(text)), found[0]) for found in words]
    assert marked(text, fitting) == highlight


@pytest.mark.parametrize("word", WORDS[:9])
def test_every_state_on_the_way_to_a_word_finds_it(word: str, service: SearchService) -> None:
    for keys in accumulate(keyboard.to_keys(word)):
        state = keyboard.to_hangul(keys)
        assert word in found_for(service, state, 20), state


def test_a_query_that_is_too_long(service: SearchService) -> None:
    with pytest.raises(RequestError, match="q"):
        service.suggest("가" * 257, 8)


def test_before_the_suggestions_are_made(analyser: Analyser, tmp_path: Path) -> None:
    build_index(tmp_path, archive())
    answer = service_for(tmp_path, analyser).suggest("삼성", 8)
    assert (answer.suggestions, answer.settled) == ((), False)


def test_older_suggestions_show_what_is_there_now(analyser: Analyser, tmp_path: Path) -> None:
    """Until those of a new generation are made."""
    build_index(
        tmp_path,
        [
            *(article(f"w{i}", body="수출.", tags=("수도", "HBM", "수학")) for i in range(4)),
            article("t1", title="수출 하나"),
            article("t2", title="수출 둘"),
        ],
    )
    service = service_for(tmp_path, analyser)
    service.prepare()
    before = {s.text: s.count for s in service.suggest("수", 8).suggestions}
    assert before == {"수출": None, "수도": 4, "수학": 4, "수출 하나": None, "수출 둘": None}
    build_index(
        tmp_path,
        [
            article("w0", body="수도.", tags=("수도", "hbm")),
            article("t1", title="수입 셋"),
            article("t2", title="다른 제목", draft=True),
        ],
    )
    answer = service.suggest("수", 8)
    assert {s.text: s.count for s in answer.suggestions} == {"수도": 1, "수입 셋": None}
    assert not answer.settled
    assert [s.text for s in service.suggest("hb", 8).suggestions] == ["hbm"]


def test_words_come_and_go_with_the_clock(analyser: Analyser, tmp_path: Path) -> None:
    later = {"publish_date": day("2026-01-01", 1)}
    build_index(tmp_path, [article(f"a{i}", body="수출.", **later) for i in range(3)])
    clock = Clock()
    service = service_for(tmp_path, analyser, clock)
    service.prepare()
    assert service.suggest("수", 8).suggestions == ()
    clock.now += 3600
    service.prepare()
    assert [s.text for s in service.suggest("수", 8).suggestions] == ["수출"]


@pytest.mark.parametrize("title", ['수출 ,"body": 감소', 'x\\",\\"body\\":', "줄\\n바꿈"])
def test_titles_are_read_whole(analyser: Analyser, tmp_path: Path, title: str) -> None:
    build_index(tmp_path, [article("a", title=title, subtitle='",', body='","body":{', date=None)])
    snapshot, _ = service_for(tmp_path, analyser).planned(SearchRequest())
    assert list(snapshot.titles(None)) == [("a", title, '",', None)]


# Among them letters whose lower case is longer or depends on the next one, and one beyond 16 bits.
SYLLABLES = st.text("가각갑강나낙값과관 ab1ΣςİÉ𠀀", min_size=1, max_size=6)


@given(st.lists(SYLLABLES, max_size=12), SYLLABLES)
def test_prefixes_find_what_a_scan_finds(texts: list[str], wanted: str) -> None:
    for form in (typed, initials):
        prefix = form(wanted)
        table = Prefixes.of(texts, form)
        starting = {
            number: min(starts)
            for number, text in enumerate(texts)
            if (starts := _starts(text, prefix, form))
        }
        expected = sorted(starting, key=lambda n: (starting[n] > 0, n)) if prefix else []
        assert list(table.beginning(prefix)) == expected
        if prefix:
            assert table.holding([prefix]).tolist() == sorted(starting)


def _starts(text: str, prefix: bytes, form: object) -> list[int]:
    words = text.split()
    assert callable(form)
    return [i for i in range(len(words)) if form("".join(words[i:])).startswith(prefix)]


def test_the_best_of_very_many() -> None:
    texts = [f"가{chr(0xAC00 + n % 500)}" for n in range(5000)]
    found = list(Prefixes.of(texts, typed).beginning(typed("가")))
    assert found[:20] == list(range(20))


def test_initials_are_the_initials() -> None:
    assert initials("삼성 전자") == typed("ㅅㅅㅈㅈ") == initials(hangul.initials("삼성전자"))
