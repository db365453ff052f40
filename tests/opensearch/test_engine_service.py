"""The same service on both engines, over the sample archive: all but the order by relevance."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analyser
from index.lexicon.synonyms import synonyms
from index.reindex import Options, reindex
from index.settings import Settings
from search.archive import Archive
from search.engine import open_engine
from search.request import SearchAnswer, SearchRequest
from search.service import SearchService
from tests.building import SEOUL, Quiet
from tests.opensearch.both import Services

CONTENT = Path(__file__).parents[2] / "examples" / "content"
QUERIES = (
    "",
    "반도체",
    "반도체 수출",
    "한국은행 금리",
    "한은 금리 동결",
    '"반도체 수출"',
    "수출 -반도체",
    "삼성 OR 현대",
    "title:반도체",
    "반도*",
    "date:2025",
    "반도체수출 쿼카",
    "qksehcp",
    "반도채",
    "정부가 발표한 반도체 수출 실적과 전망",
    "없는말쿼카",
)
TYPED = ("반", "반도", "반도체 수", "ㅂㄷㅊ", "수출", "gks", "경제")


@pytest.fixture(scope="module")
def services(
    common_cluster: Settings, analyser: Analyser, tmp_path_factory: pytest.TempPathFactory
) -> Services:
    folder = tmp_path_factory.mktemp("sample")
    found = []
    for own in (Settings(), common_cluster):
        chosen = {"content_dir": CONTENT, "index_dir": folder / own.engine}
        settings = own.model_copy(update=chosen)
        reindex(settings, Options(), Quiet())
        engine = open_engine(settings)
        # At the instant at which the words were counted.
        service = SearchService(engine, analyser, SEOUL, synonyms=synonyms())
        service.prepare()
        found.append(service)
    return Services(*found)


def told(answer: SearchAnswer) -> dict[str, Any]:
    """What an answer says, but for scores and their order."""
    return {
        "query": answer.query,
        "total": answer.total,
        "pages": answer.pages,
        "partial": answer.partial,
        "hits": {hit.id: replace(hit, score=0.0) for hit in answer.hits},
        "facets": answer.facets,
        "statuses": answer.statuses,
        "editorial": {hit.id: answer.editorial.get(hit.id) for hit in answer.hits},
    }


@pytest.mark.parametrize("q", QUERIES, ids=lambda q: q or "all")
@pytest.mark.parametrize(
    "request_of",
    [
        {},
        {"sort": "newest"},
        {"sort": "oldest", "date_from": "2024"},
        {"selected": {"category": ("경제",)}, "date_to": "2025"},
        {"everything": True, "status": ("public", "draft")},
    ],
    ids=["plain", "newest", "oldest", "filters", "editors"],
)
def test_both_answer_the_same(q: str, request_of: dict[str, Any], services: Services) -> None:
    request = SearchRequest(q=q, per_page=100, **request_of)
    ours, theirs = (service.search(request) for service in services)
    assert told(theirs) == told(ours)
    if request.sort is not None:
        assert [hit.id for hit in theirs.hits] == [hit.id for hit in ours.hits]
    also = [{hit.id: hit.missing for hit in answer.also} for answer in (ours, theirs)]
    assert also[0] == also[1]


def test_the_best_stand_at_the_top_of_both(services: Services) -> None:
    """nDCG@10 of the cluster's order by the scores of the embedded engine."""
    for q in ("반도체", "반도체 수출", "한국은행 금리", "수출 실적"):
        request = SearchRequest(q=q, per_page=100)
        ours, theirs = (service.search(request).hits for service in services)
        worth = {hit.id: hit.score for hit in ours}
        best = gain([hit.score for hit in ours])
        assert gain([worth[hit.id] for hit in theirs]) >= 0.95 * best, q


def gain(scores: list[float]) -> float:
    return sum(score / math.log2(i + 2) for i, score in enumerate(scores[:10]))


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_a_cursor_leads_to_the_end(sort: Any, services: Services) -> None:
    seen: list[list[str]] = []
    for service in services:
        request = SearchRequest(q="수출", per_page=3, sort=sort)
        own: list[str] = []
        while True:
            answer = service.search(request)
            own += [hit.id for hit in answer.hits]
            if answer.cursor is None:
                break
            request = replace(request, cursor=answer.cursor)
        assert len(own) == len(set(own)) == answer.total
        seen.append(own)
    assert sorted(seen[0]) == sorted(seen[1])
    assert sort == "relevance" or seen[0] == seen[1]


@pytest.mark.parametrize("text", TYPED)
def test_suggestions(text: str, services: Services) -> None:
    ours, theirs = (service.suggest(text, 8) for service in services)
    assert theirs == ours


def test_related_articles(services: Services) -> None:
    ids = [hit.id for hit in services.whoosh.search(SearchRequest(per_page=10)).hits]
    for key in ids:
        ours, theirs = (service.related(key, 20) for service in services)
        assert ours is not None
        assert theirs is not None
        assert {hit.id for hit in theirs} == {hit.id for hit in ours}


def test_an_export_has_every_match(analyser: Analyser, services: Services) -> None:
    request = SearchRequest(q="수출", sort="title", everything=True)
    ours, theirs = (list(Archive(own, analyser).matches(request)) for own in services)
    assert [row.record["id"] for row in theirs] == [row.record["id"] for row in ours]


def test_the_state_of_the_index(services: Services) -> None:
    ours, theirs = (service.state() for service in services)
    assert (theirs.generation, theirs.articles) == (ours.generation, ours.articles)
    assert theirs.degraded is None
