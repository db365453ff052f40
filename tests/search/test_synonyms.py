"""Queries with synonyms: what they find, what is marked, how it is counted and ranked."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from index.analysis import Analyser
from index.lexicon.synonyms import Synonyms, synonyms
from index.settings import Settings
from search.engine import Snapshot, open_engine
from search.marks import Marker, merged
from search.plan import Plan
from search.planner import Planner
from search.request import RequestError, SearchAnswer, SearchRequest
from search.service import SearchService
from search.synonyms import expansion_for
from search.whoosh_engine import WhooshEngine
from tests.building import SEOUL, Clock, article, build_index, day, write_files
from tests.tables import rows


class Case(NamedTuple):
    match: str
    query: str
    text: str
    spans: str


CASES = [Case(*row) for row in rows("synonyms")]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("synonyms")
    texts = dict.fromkeys(case.text for case in CASES)
    build_index(folder, [article(str(i), body=text) for i, text in enumerate(texts)])
    return WhooshEngine(folder).snapshot()


@pytest.fixture(scope="module")
def planner(analyser: Analyser, snapshot: Snapshot) -> Planner:
    return Planner(analyser, SEOUL, snapshot.statistics, expansion_for(analyser, synonyms()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.query}-{case.text[:12]}")
def test_match_and_highlight(case: Case, snapshot: Snapshot, planner: Planner) -> None:
    query = planner.plan(case.query, None)
    page = snapshot.search(Plan(query.readings, query.excluded, limit=len(CASES)))
    found = snapshot.documents([hit.id for hit in page.found], None)
    records = {record["body"]: record for record in found.values()}
    assert (case.text in records) is (case.match == "yes")
    if case.match == "yes":
        record = records[case.text]
        ((_, _, body),) = Marker(query.marked).marks([record])
        assert " ".join(f"{start}-{end}" for start, end in merged(body)) == case.spans


def test_without_synonyms_nothing_is_widened(analyser: Analyser, snapshot: Snapshot) -> None:
    plain = Planner(analyser, SEOUL, snapshot.statistics).plan("2차전지", None)
    found = snapshot.search(Plan(plain.readings)).found
    bodies = {r["body"] for r in snapshot.documents([f.id for f in found], None).values()}
    assert bodies == {"2차전지 업체가 투자를 늘렸다"}


ARTICLES = {
    "short": "한은 발표를 두고 시장이 출렁였다.",
    "long": "한국은행 발표를 두고 시장이 출렁였다.",
    "both": "한은 한국은행 발표를 시장이 보았다.",
    "other": "정부 발표를 두고 시장이 출렁였다.",
    "bank": "신한은행 창구를 두고 시장이 출렁였다.",
    "loan": "주택담보대출 금리가 연일 오른다.",
    "trade": "세계무역기구 판정이 나왔다.",
}


def service_of(analyser: Analyser, folder: Path, known: Synonyms) -> SearchService:
    engine = open_engine(Settings(index_dir=folder))
    return SearchService(engine, analyser, SEOUL, clock=Clock(), synonyms=known)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service")
    dates = {key: day(f"2025-01-{i + 1:02}") for i, key in enumerate(ARTICLES)}
    build_index(folder, [article(k, body=t, date=dates[k]) for k, t in ARTICLES.items()])
    return folder


@pytest.fixture(scope="module")
def service(analyser: Analyser, folder: Path) -> SearchService:
    return service_of(analyser, folder, synonyms())


def ids(answer: SearchAnswer) -> list[str]:
    return [hit.id for hit in answer.hits]


def test_a_synonym_is_no_further_unit(service: SearchService) -> None:
    # Four units would ask for most of the words only.
    answer = service.search(SearchRequest(q="한은 발표 시장"))
    assert answer.query.matching == "all"
    assert set(ids(answer)) == {"short", "long", "both"}
    (near,) = [hit for hit in answer.also if hit.id == "other"]
    assert near.missing == ("한은",)


def test_the_word_as_typed_stands_before_its_synonym(service: SearchService) -> None:
    for q, first, second in (("한은", "short", "long"), ("한국은행", "long", "short")):
        scores = {hit.id: hit.score for hit in service.search(SearchRequest(q=q)).hits}
        assert scores[first] > scores[second] > 0


def test_both_words_are_not_rewarded_twice(service: SearchService) -> None:
    scores = {hit.id: hit.score for hit in service.search(SearchRequest(q="한국은행")).hits}
    assert scores["both"] < scores["long"] * 1.05


def test_words_that_are_a_synonym_together_keep_their_number(service: SearchService) -> None:
    answer = service.search(SearchRequest(q="WTO 판정"))
    assert (ids(answer), answer.query.matching) == (["trade"], "all")
    # 주택, 담보, 대출 and 금리 are four units, as without synonyms.
    answer = service.search(SearchRequest(q="주담대 금리"))
    assert (ids(answer), answer.query.matching) == (["loan"], "all")


def test_a_synonym_inside_a_noun_run_is_scored(analyser: Analyser, tmp_path: Path) -> None:
    own = write_files(tmp_path, {"own.txt": "카운터, 온누리창\n"}) / "own.txt"
    texts = {
        "inside": "새온누리창구가 열렸다.",
        "other": "카운터가 열렸다.",
        "none": "문이 열렸다.",
    }
    build_index(tmp_path / "index", [article(k, body=t) for k, t in texts.items()])
    service = service_of(analyser, tmp_path / "index", synonyms(own))
    answer = service.search(SearchRequest(q="카운터", explain=True))
    scores = {hit.id: hit.score for hit in answer.hits}
    assert scores["other"] > scores["inside"] > 0
    (share,) = answer.explanations["inside"].terms
    assert (share.kind, share.text, share.stands_for) == ("within run", "온누리창", "카운터")


def test_an_own_file(analyser: Analyser, folder: Path, tmp_path: Path) -> None:
    def found(lines: str, q: str) -> Sequence[str]:
        path = write_files(tmp_path, {"own.txt": lines})
        own = synonyms(path / "own.txt")
        return sorted(ids(service_of(analyser, folder, own).search(SearchRequest(q=q))))

    assert found("창구, 은행 카운터\n", "은행 카운터") == ["bank"]
    assert found("카운터 => 창구\n", "카운터") == ["bank"]
    assert found("창구 => 카운터\n", "카운터") == []
    # Groups are not chained.
    assert found("가온, 나래\n나래, 창구\n", "가온") == []
    assert found("가온, 나래\n나래, 창구\n", "나래") == ["bank"]
    # A shipped group is taken away.
    assert found("!한은\n", "한국은행") == ["both", "long"]
    assert found("!*\n", "주담대") == []
    # Not in a text with a word that rules it out
    assert found("카운터 => 창구 -신한은행\n", "카운터") == []
    assert found("카운터 => 창구 -국민은행 -출렁이다 ^0.5\n", "카운터") == []
    assert found("카운터 => 창구 -국민은행\n", "카운터") == ["bank"]
    # Taken for a verb alone (타다), and found all the same where it is one word of a text.
    assert found("타어, 창구\n", "타어") == ["bank"]


def test_a_cursor_of_other_synonyms_is_refused(
    analyser: Analyser, service: SearchService, folder: Path
) -> None:
    request = SearchRequest(q="시장", sort="newest", per_page=1)
    cursor = service.search(request).cursor
    following = SearchRequest(q="시장", sort="newest", per_page=1, cursor=cursor or "")
    assert service.search(following).hits
    with pytest.raises(RequestError, match="cursor"):
        service_of(analyser, folder, Synonyms()).search(following)
