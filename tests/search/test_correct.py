"""Corrections: what is mended, what is only offered, what stays as it was typed."""

import itertools
import time
from pathlib import Path

import pytest

from index.analysis import Analyser
from index.article import Article
from search import budget
from search.budget import CORRECTIONS, FREQUENCIES
from search.occurrence import Occurrence
from search.request import SearchRequest
from search.service import SearchService
from tests.building import Clock, article, build_index, day, service_for

TITLES = (
    "삼성전자가 반도체를 만든다",
    "삼성전자 실적 발표",
    "헌법재판소가 결정했다",
    "인사말은 안녕하세요",
    "hello world 프로그램",
    "iphone 판매",
    "자연어처리 기술",
    "국민의힘 의원총회",
    "권력 다툼",
    "바키치 선수",
    "수반 회담",
    "새해 인사",
    "자율주행 트럭",
    "가방 가게",
    "환율 상승",
    "성장률 전망",
    # The crumbs of 반도채, apart.
    "채 익지 않은 감을 우리 반 친구가 땄다",
)
# What many know is meant sooner.
FAMOUS = ("엔비디아 실적", "네이버 검색")
SOON = day("2026-01-01", 9)


def archive() -> list[Article]:
    """Each title three times or more, and words that only unpublished articles have."""
    shown = [article(f"{n}-{i}", title=t) for n, t in enumerate(TITLES) for i in range(3)]
    shown += [article(f"famous-{n}-{i}", title=t) for n, t in enumerate(FAMOUS) for i in range(60)]
    withheld = [article(f"draft-{i}", title="비밀문서 공개", draft=True) for i in range(3)]
    later = [article(f"later-{i}", title="예약기사 안내", publish_date=SOON) for i in range(3)]
    return [*shown, *withheld, *later]


@pytest.fixture(scope="module")
def service(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    folder = tmp_path_factory.mktemp("correct")
    build_index(folder, archive())
    found = service_for(folder, analyser)
    found.prepare()
    return found


def corrected(service: SearchService, q: str) -> tuple[str, str | None]:
    """What was searched for, and why it differs."""
    query = service.search(SearchRequest(q=q)).query
    return query.applied, query.reason


@pytest.mark.parametrize(
    ("q", "applied", "reason"),
    [
        # Keyboard
        ("tkatjdwjswk", "삼성전자", "keyboard"),
        ("dkssudgktpdy", "안녕하세요", "keyboard"),
        ("ㅗ디ㅣㅐ", "hello", "keyboard"),
        ("ㅑㅔㅙㅜㄷ", "iphone", "keyboard"),
        ("tkatjdwjswk 실적", "삼성전자 실적", "keyboard"),
        ("tkatjdwjswk tlfwjr", "삼성전자 실적", "keyboard"),
        ('tkatjdwjswk "실적 발표"', '삼성전자 "실적 발표"', "keyboard"),
        ("tkatjdwjswk -발표", "삼성전자 -발표", "keyboard"),
        # Spelling
        ("삼섬전자", "삼성전자", "spelling"),
        ("삼섬전자 실적", "삼성전자 실적", "spelling"),
        ("삼섬전자의 실적", "삼성전자의 실적", "spelling"),
        ("헌법채판소", "헌법재판소", "spelling"),
        ("궈력", "권력", "spelling"),
        ("자연어처라", "자연어처리", "spelling"),
        # Found by crumbs that stand apart in what has them, or without the word
        ("반도채", "반도체", "spelling"),
        ("삼성전자 반도채", "삼성전자 반도체", "spelling"),
        ("헌법채판소 쿼카", "헌법재판소 쿼카", "spelling"),
        ("tkatjdwjswk 쿼카", "삼성전자 쿼카", "keyboard"),
        # Written as it is heard
        ("앤비디아", "엔비디아", "spelling"),
        ("엔비디어의 실적", "엔비디아의 실적", "spelling"),
        ("네이바", "네이버", "spelling"),
        # Against the rule of 율 and 률, whatever is found by 환 and 성장
        ("환률", "환율", "spelling"),
        ("환률은 상승", "환율은 상승", "spelling"),
        ("성장율 전망", "성장률 전망", "spelling"),
        # Punctuation stays.
        ("삼섬전자?", "삼성전자?", "spelling"),
        # What hangs on the noun
        ("반도체느", "반도체는", "spelling"),
        ("수반으이", "수반의", "spelling"),
        # The particle goes with the noun.
        ("삼섬전자을", "삼성전자를", "spelling"),
        # Typed in Latin mode from end to end: short words go with the others.
        ("tkatjdwjswk tlfwjr eh ehldj?", "삼성전자 실적 도 되어?", "keyboard"),
        # Nothing is found as typed, something by the words that count.
        ("삼섬전자 tlfwjr", "삼섬전자 실적", "keyboard"),
        ("tkatjdwjswk tlfwjr dkffprtksej", "삼성전자 실적 알렉산더", "keyboard"),
    ],
)
def test_mended(q: str, applied: str, reason: str | None, service: SearchService) -> None:
    assert corrected(service, q) == (applied, reason)


@pytest.mark.parametrize(("q", "applied"), [("직므", "직무"), ("히외", "해외")])
def test_a_topic_before_a_word_that_is_none(
    q: str, applied: str, analyser: Analyser, tmp_path: Path
) -> None:
    """지금 and 이외 are as near, and stand in many more articles."""
    titles = ["담당 직무", "해외 여행"] * 30 + ["지금 여기", "이외 지역"] * 300
    build_index(tmp_path, [article(f"a{i}", title=title) for i, title in enumerate(titles)])
    service = service_for(tmp_path, analyser)
    service.prepare()
    assert corrected(service, q) == (applied, "spelling")


@pytest.mark.parametrize(
    "q",
    [
        # Words that are one in the other mode too
        *("work", "world", "audi", "disney", "togo", "ryan", "f35a", "gpt4o", "5g", "rtx4090"),
        # 초성 and laughter
        *("ㅅㅅㅈㅈ", "ㅋㅋㅋ", "ㅠㅠ", "ㄱㅅ", "삼ㅅ"),
        # Real words and names that no article has
        *("용돈", "쿼카", "비키치", "테슬라", "모드", "hello", "비율", "확률", "나이바"),
        # What is never corrected
        *('"삼섬전자"', "-삼섬전자", "실적 -tkatjdwjswk", "삼섬전자 OR 쿼카", "title:삼섬전자"),
        *("author:tkatjdwjswk", "삼섬전*", "(삼섬전자 OR 쿼카)"),
        # Found as they are, or as re-spaced
        *("삼성전자", "자연어 처리", "자연어처리", "국민 의힘", "반 도체", "트럭 자율주행"),
        *("", "우리", "의", "!!!", "그리고"),
    ],
)
def test_left_alone(q: str, service: SearchService) -> None:
    assert corrected(service, q) == (q, None)


@pytest.mark.parametrize(
    ("q", "total"),
    [
        ("tkatjdwjswk", 0),
        ("삼섬전자", 0),
        # Four units to Kiwi (헌법+채+팔다+소), of which 헌법 is something.
        ("헌법채판소", 3),
    ],
)
def test_as_typed(q: str, total: int, service: SearchService) -> None:
    answer = service.search(SearchRequest(q=q, correct=False))
    assert (answer.query.applied, answer.query.reason, answer.total) == (q, None, total)


@pytest.mark.parametrize(
    ("q", "offered"),
    [
        # Found by the words that count
        ("삼성전자 반도체 만들다 헌법채판소", "삼성전자 반도체 만들다 헌법재판소"),
        # Found by the other word, and not much likelier
        ("전믕 성장률", "전망 성장률"),
        ("기슬 자연어처리", "기술 자연어처리"),
        ("삼성전자 반도체 만들다", None),
        ("쿼카 삼성전자 반도체 만들다", None),
    ],
)
def test_only_offered_where_something_is_found(
    q: str, offered: str | None, service: SearchService
) -> None:
    answer = service.search(SearchRequest(q=q))
    assert answer.total > 0
    assert (answer.query.applied, answer.query.reason) == (q, None)
    assert answer.query.did_you_mean == offered


def test_the_decision_ignores_filters(service: SearchService) -> None:
    narrowed = SearchRequest(q="삼섬전자", selected={"author": ("아무도",)}, date_from="2030")
    answer = service.search(narrowed)
    assert (answer.query.applied, answer.query.reason) == ("삼성전자", "spelling")
    assert answer.total == 0


def test_a_cursor_walks_through_corrected_hits(service: SearchService) -> None:
    first = service.search(SearchRequest(q="삼섬전자", per_page=4))
    again = SearchRequest(q="삼섬전자", per_page=4, cursor=first.cursor or "")
    second = service.search(again)
    assert len({hit.id for hit in (*first.hits, *second.hits)}) == first.total == 6


# What the public does not see


@pytest.mark.parametrize(
    "q", ["비빌문서", "qlalfanstj", "비밀문서애", "예약기샤", "dPdirrltk"], ids=str
)
def test_hidden_words_are_no_corrections(q: str, service: SearchService) -> None:
    query = service.search(SearchRequest(q=q)).query
    assert (query.applied, query.reason, query.did_you_mean) == (q, None, None)


@pytest.mark.parametrize("q", ["비빌문서", "qlalfanstj"])
def test_a_draft_does_not_keep_a_word_from_being_corrected(
    q: str, analyser: Analyser, tmp_path: Path
) -> None:
    drafts = [article(f"d{i}", title=q, draft=True) for i in range(3)]
    shown = [article(f"a{i}", title="비밀문서 공개") for i in range(3)]
    build_index(tmp_path, [*drafts, *shown])
    service = service_for(tmp_path, analyser)
    service.prepare()
    assert corrected(service, q)[0] == "비밀문서"
    everything = SearchRequest(q=q, everything=True)
    assert service.search(everything).query.applied == q


@pytest.mark.parametrize(
    ("word", "strange"),
    [
        ("반도체", False),
        ("반도체를", False),
        ("발표한", False),
        # A name that Kiwi does not know stands with a particle as it does without.
        ("바키치", False),
        ("바키치가", False),
        ("바키치를", False),
        ("바키치을", True),
        ("바끼치가", True),
        ("헌법채판소", True),
        # Of drafts alone, and of what is to come.
        ("비밀문서가", True),
        ("예약기사를", True),
        # A verb, which Kiwi alone can tell.
        ("만든다", False),
    ],
)
def test_what_stands_nowhere(
    word: str, strange: bool, service: SearchService, analyser: Analyser
) -> None:
    snapshot, plan = service.planned(SearchRequest(q=word))
    occurrence = Occurrence(snapshot, plan.visible_at, analyser)
    assert occurrence.strange(word) == strange


def test_what_stands_nowhere_is_no_estimate(
    service: SearchService, analyser: Analyser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where weights are estimated already, articles that nobody may see do not count."""
    snapshot, plan = service.planned(SearchRequest(q="금리"))
    occurrence = Occurrence(snapshot, plan.visible_at, analyser)
    clock = itertools.chain([0.0], itertools.repeat((FREQUENCIES + CORRECTIONS) / 2))
    passing = itertools.chain([0.0], itertools.repeat(1.0))
    monkeypatch.setattr(budget, "_FEW", 0)
    monkeypatch.setattr(budget, "_CPU_SECONDS", 1.0)
    monkeypatch.setattr(time, "thread_time", lambda: next(clock))
    monkeypatch.setattr(time, "monotonic", lambda: next(passing))
    with budget.budget(snapshot.documents_left):
        assert not budget.affordable(FREQUENCIES)
        before = budget.refusals()
        assert occurrence.strange("비밀문서가")
        assert not occurrence.strange("반도체를")
        assert budget.refusals() == before


def test_published_and_withdrawn_words_count_at_once(analyser: Analyser, tmp_path: Path) -> None:
    clock = Clock(day("2026-01-01", 8).timestamp())
    ends = day("2026-01-01", 10)
    times = {"publish_date": SOON, "expiry_date": ends}
    build_index(tmp_path, [article(f"a{i}", title="예약기사 안내", **times) for i in range(3)])
    service = service_for(tmp_path, analyser, clock)
    service.prepare()
    assert corrected(service, "예약기샤") == ("예약기샤", None)
    assert corrected(service, "dPdirrltk") == ("dPdirrltk", None)
    clock.now = SOON.timestamp()
    # The keyboard needs no vocabulary.
    assert corrected(service, "dPdirrltk") == ("예약기사", "keyboard")
    service.prepare()
    assert corrected(service, "예약기샤") == ("예약기사", "spelling")
    # The vocabulary is that of an hour ago, and may not say what it knows.
    clock.now = ends.timestamp()
    assert corrected(service, "예약기샤") == ("예약기샤", None)
    assert corrected(service, "dPdirrltk") == ("dPdirrltk", None)


def test_an_answer_without_the_vocabulary_is_not_settled(
    analyser: Analyser, tmp_path: Path
) -> None:
    build_index(tmp_path, archive())
    service = service_for(tmp_path, analyser)
    assert service.search(SearchRequest(q="삼성전자")).settled
    early = service.search(SearchRequest(q="삼섬전자"))
    assert early.query.reason == "spelling" or not early.settled
    service.prepare()
    late = service.search(SearchRequest(q="삼섬전자"))
    assert (late.query.reason, late.settled) == ("spelling", True)
