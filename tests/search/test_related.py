"""Related articles: about the same by what tells most, never the article itself."""

from pathlib import Path

import pytest

from index.analysis import Analyser
from search.service import SearchService
from tests.building import article, build_index, day, service_for

TEXTS = {
    "chips": (
        "반도체 수출 역대 최대",
        "삼성전자와 SK하이닉스의 반도체 수출이 늘었다. 반도체 경기다.",
    ),
    "chips2": ("메모리 반도체 값 올랐다", "반도체 수출과 SK하이닉스 실적이 좋아졌다."),
    "chips3": ("SK하이닉스 새 공장", "삼성전자도 반도체 공장을 짓는다."),
    "rice": ("쌀 값 내렸다", "농민이 쌀 수매를 요구했다. 쌀 소비가 준다."),
    "rice2": ("쌀 수매 늘린다", "정부가 쌀 수매를 늘린다. 농민은 반겼다."),
    "music": ("아이돌 새 음반", "음반 판매가 늘었다. 공연도 한다."),
    "empty": ("", ""),
    "lonely": ("쿼카", "쿼카의 쿼카."),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, analyser: Analyser) -> SearchService:
    folder = tmp_path_factory.mktemp("related")
    articles = [article(key, title=title, body=body) for key, (title, body) in TEXTS.items()]
    build_index(folder, articles)
    return service_for(folder, analyser)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("chips", {"chips2", "chips3"}),
        ("chips2", {"chips", "chips3"}),
        ("rice", {"rice2"}),
        ("rice2", {"rice"}),
        ("empty", set()),
        ("lonely", set()),
    ],
)
def test_about_the_same(key: str, expected: set[str], service: SearchService) -> None:
    hits = service.related(key, 5)
    assert hits is not None
    assert {hit.id for hit in hits} == expected


def test_the_most_alike_first_and_no_more_than_asked_for(service: SearchService) -> None:
    every = service.related("chips", 5)
    assert every
    assert [hit.score for hit in every] == sorted((hit.score for hit in every), reverse=True)
    assert service.related("chips", 1) == every[:1]


def test_hits_are_those_of_a_search(service: SearchService) -> None:
    hits = service.related("rice", 5)
    assert hits
    (hit,) = hits
    assert (hit.title, hit.url, hit.highlights) == ("쌀 수매 늘린다", "/rice2/", None)


@pytest.mark.parametrize("key", ["nothing", "", "rice/"])
def test_no_such_article(key: str, service: SearchService) -> None:
    assert service.related(key, 5) is None


def test_ids_compare_as_the_index_has_them(analyser: Analyser, tmp_path: Path) -> None:
    """macOS gives the same id in another normal form."""
    build_index(tmp_path, [article("가", title="반도체"), article("b", title="반도체")])
    hits = service_for(tmp_path, analyser).related("\u1100\u1161", 5)
    assert hits is not None
    assert [hit.id for hit in hits] == ["b"]


def test_of_equal_articles_the_newer_one(analyser: Analyser, tmp_path: Path) -> None:
    years = {"a": "2019-01-01", "b": "2025-01-01", "c": "2022-01-01"}
    others = [article(key, title="반도체 수출", date=day(y)) for key, y in years.items()]
    build_index(
        tmp_path, [*others, article("asked", title="반도체 수출"), article("x", title="쌀")]
    )
    hits = service_for(tmp_path, analyser).related("asked", 5)
    assert hits is not None
    assert [hit.id for hit in hits] == ["b", "c", "a"]
