"""The service: what counts as a match, order, pages, cursors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analyser
from search.ranking import RECENCY
from search.request import RequestError, SearchAnswer, SearchRequest
from search.service import SearchService
from tests.building import article, build_index, day, service_for

WORDS = ("반도체", "배터리", "자동차", "항공기")


@pytest.fixture(scope="module")
def service(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    """45 articles: of every four days in a row one lacks a date, two share one."""
    folder = tmp_path_factory.mktemp("service")
    build_index(folder, [numbered(n) for n in range(45)])
    return service_for(folder, analyser)


def numbered(n: int) -> Any:
    """An article whose word, author and date follow from its number."""
    return article(
        f"a{n:02}",
        title=f"{WORDS[n % 4]} 소식",
        body=f"{WORDS[(n + 1) % 4]} 산업이 {n:02}번째 기록을 세웠다.",
        authors=(f"기자{n % 3}",),
        date=None if n % 4 == 3 else day(f"2025-01-{n // 2 + 1:02}"),
    )


def ids(answer: SearchAnswer) -> list[str]:
    """The ids of the hits in order."""
    return [hit.id for hit in answer.hits]


# What counts as a match


@pytest.fixture(scope="module")
def matching(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    folder = tmp_path_factory.mktemp("matching")
    texts = {
        "both": "반도체 수출이 늘었다.",
        "chips": "반도체 값이 올랐다.",
        "export": "수출 길이 막혔다.",
        "common-1": "정부 발표가 있었다.",
        "common-2": "정부 회견이 있었다.",
        "common-3": "정부 예산이 섰다.",
        "spaced": "자연어처리 기술을 쓴다.",
    }
    build_index(folder, [article(key, body=body) for key, body in texts.items()])
    return service_for(folder, analyser)


@pytest.mark.parametrize(
    ("q", "how", "hits", "also"),
    [
        ("반도체 수출", "all", {"both"}, {"chips": ("수출",), "export": ("반도체",)}),
        ("수출 반도체", "all", {"both"}, {"chips": ("수출",), "export": ("반도체",)}),
        ("반도체", "all", {"both", "chips"}, {}),
        # The rare word alone carries the share that is asked for; the common one does not.
        (
            "예산 수출 막히다",
            "most",
            {"export"},
            {"common-3": ("수출", "막히다"), "both": ("예산", "막히다")},
        ),
        ("예산 쿼카", "most", {"common-3"}, {}),
        # A word that no article has weighs most: a common one beside it is no hit.
        ("반도체 쿼카", "all", set(), {"both": ("쿼카",), "chips": ("쿼카",)}),
        ("쿼카", "all", set(), {}),
        ("쿼카 캥거루", "all", set(), {}),
        # Four units and more: what carries enough weight.
        (
            "반도체 수출 정부 예산",
            "most",
            {"both", "common-3"},
            {"chips": ("수출", "정부", "예산"), "export": ("반도체", "정부", "예산")},
        ),
        # As re-spaced
        ("자연어 처리", "all", {"spaced"}, {}),
        ("반도체수출", "all", {"both"}, {"chips": ("수출",), "export": ("반도체",)}),
        # Required parts hold in both lists.
        ("반도체 수출 -값", "all", {"both"}, {"export": ("반도체",)}),
        ('"반도체 수출"', "all", {"both"}, {}),
    ],
)
def test_matching(
    q: str, how: str, hits: set[str], also: dict[str, tuple[str, ...]], matching: SearchService
) -> None:
    answer = matching.search(SearchRequest(q=q))
    assert answer.query.matching == how
    assert set(ids(answer)) == hits
    assert answer.total == len(hits)
    assert {hit.id: hit.missing for hit in answer.also} == also


@pytest.mark.parametrize(
    "changed",
    [
        {"sort": "newest"},
        {"sort": "oldest"},
        {"page": 2, "per_page": 1},
        {"per_page": 1},
        {"q": ""},
    ],
    ids=str,
)
def test_near_hits_only_fill_the_first_page_by_relevance(
    changed: dict[str, Any], matching: SearchService
) -> None:
    answer = matching.search(replace(SearchRequest(q="반도체 수출"), **changed))
    assert answer.also == ()


def test_near_hits_fill_the_page_and_are_not_counted(matching: SearchService) -> None:
    answer = matching.search(SearchRequest(q="반도체 수출", per_page=2))
    assert (answer.total, len(answer.hits), len(answer.also)) == (1, 1, 1)
    assert [row.count for row in answer.facets["year"]] == [1]


@pytest.mark.parametrize(
    ("q", "how"),
    [("반도체 배터리", "all"), ("반도체 자동차", "most"), ("반도체 배터리 산업 기록", "most")],
)
@pytest.mark.parametrize(
    "filters",
    [
        {"date_from": "2030"},
        {"selected": {"author": ("아무도",)}},
        {"selected": {"author": ("기자1",)}},
    ],
    ids=["no date", "no author", "one author"],
)
def test_the_decision_ignores_filters(
    q: str, how: str, filters: dict[str, Any], service: SearchService
) -> None:
    everywhere = service.search(SearchRequest(q=q, per_page=100))
    narrowed = service.search(replace(SearchRequest(q=q, per_page=100), **filters))
    assert everywhere.query.matching == narrowed.query.matching == how
    assert set(ids(narrowed)) <= set(ids(everywhere))


# Order


@pytest.mark.parametrize(
    ("q", "sort", "as_sort"),
    [
        ("", None, "newest"),
        ("  ", None, "newest"),
        ("반도체", None, "relevance"),
        ("author:기자1", None, "newest"),
        ("", "relevance", "newest"),
    ],
    ids=str,
)
def test_default_order(q: str, sort: Any, as_sort: Any, service: SearchService) -> None:
    default = service.search(SearchRequest(q=q, sort=sort, per_page=50))
    assert ids(default) == ids(service.search(SearchRequest(q=q, sort=as_sort, per_page=50)))


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_order_by_date_puts_undated_last_and_breaks_ties_by_id(
    sort: Any, service: SearchService
) -> None:
    hits = service.search(SearchRequest(sort=sort, per_page=100)).hits
    dated = [(hit.date, hit.id) for hit in hits if hit.date]
    undated = [hit.id for hit in hits if not hit.date]
    assert [hit.id for hit in hits] == [key for _, key in dated] + undated
    assert undated == sorted(undated)
    by_id = sorted(dated, key=lambda row: row[1])
    assert dated == sorted(by_id, key=lambda row: row[0], reverse=sort == "newest")


def test_of_equal_hits_the_newer_comes_first_then_the_id(service: SearchService) -> None:
    hits = service.search(SearchRequest(q="소식", per_page=100)).hits
    assert hits[0].score <= hits[-1].score * (1 + RECENCY)
    assert [h.id for h in hits] == ids(service.search(SearchRequest(sort="newest", per_page=100)))


def test_better_hits_come_first(service: SearchService) -> None:
    hits = service.search(SearchRequest(q="반도체", per_page=100)).hits
    titled = ["반도체" in hit.title for hit in hits]
    assert titled == sorted(titled, reverse=True)
    assert any(titled)
    assert not all(titled)


def test_a_prefix_of_too_many_words_is_said_to_be_partial(
    analyser: Analyser, tmp_path: Path
) -> None:
    words = [
        f"x{a}{b}{c}" for a in "abcdefghijklm" for b in "abcdefghijklm" for c in "abcdefghijklm"
    ]
    build_index(tmp_path, [article("a", body=" ".join(words)), article("b", body="xylophone")])
    service = service_for(tmp_path, analyser)
    assert len(words) > 2000
    answer = service.search(SearchRequest(q="x*", snippets=0))
    assert answer.partial
    assert answer.total > 0
    assert not service.search(SearchRequest(q="xa*", snippets=0)).partial


# Pages and cursors

WALKS = [
    ("", "newest"),
    ("", "oldest"),
    ("반도체", "relevance"),
    ("소식", "relevance"),
    ("소식", "oldest"),
]


@pytest.mark.parametrize(("q", "sort"), WALKS)
@pytest.mark.parametrize("per_page", [1, 7, 45, 100])
def test_pages_are_disjoint_and_complete(
    q: str, sort: Any, per_page: int, service: SearchService
) -> None:
    request = SearchRequest(q=q, sort=sort, per_page=per_page, facets=(), highlight=False)
    whole = service.search(replace(request, per_page=100))
    pages = [
        service.search(replace(request, page=n + 1)) for n in range(whole.total // per_page + 1)
    ]
    assert [key for page in pages for key in ids(page)] == ids(whole)
    assert {page.total for page in pages} == {whole.total}
    assert {page.pages for page in pages} == {-(-whole.total // per_page)}


def walk(service: SearchService, request: SearchRequest) -> Iterator[SearchAnswer]:
    """Every page by its cursor."""
    answer = service.search(request)
    yield answer
    while answer.cursor:
        answer = service.search(replace(request, cursor=answer.cursor))
        yield answer


@pytest.mark.parametrize(("q", "sort"), WALKS)
@pytest.mark.parametrize("per_page", [1, 7, 45, 100])
def test_cursors_give_every_hit_once(
    q: str, sort: Any, per_page: int, service: SearchService
) -> None:
    request = SearchRequest(q=q, sort=sort, per_page=per_page, facets=("author",), highlight=False)
    whole = service.search(replace(request, per_page=100))
    pages = list(walk(service, request))
    assert [key for page in pages for key in ids(page)] == ids(whole)
    assert {page.total for page in pages} == {whole.total}
    assert all(page.facets == whole.facets for page in pages)


@pytest.mark.parametrize(
    "changed",
    [
        {"q": "배터리"},
        {"sort": "oldest"},
        {"selected": {"author": ("기자1",)}},
        {"date_from": "2025"},
        {"correct": False},
        {"everything": True},
    ],
    ids=str,
)
def test_a_cursor_of_another_search_is_refused(
    changed: dict[str, Any], service: SearchService
) -> None:
    request = SearchRequest(q="소식", sort="newest")
    cursor = service.search(request).cursor
    assert cursor
    with pytest.raises(RequestError) as refused:
        service.search(replace(request, cursor=cursor, **changed))
    assert refused.value.parameter == "cursor"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!",
        "가",
        "WzFd",
        "bnVsbA",
        "W10",
        "WyIiLCIiLCIiLCIiLCIiLCIiXQ",
        "=",
        "A" * 5000,
        "\x00",
    ],
)
def test_a_cursor_that_is_none_is_refused(cursor: str, service: SearchService) -> None:
    with pytest.raises(RequestError) as refused:
        service.search(SearchRequest(cursor=cursor))
    assert refused.value.parameter == "cursor"


def test_a_cursor_forgives_what_does_not_change_the_hits(service: SearchService) -> None:
    request = SearchRequest(q=" 소식 ", per_page=5, selected={"author": ("기자1", "기자0")})
    cursor = service.search(request).cursor
    assert cursor
    same = SearchRequest(
        q="소식",
        per_page=9,
        selected={"author": ("기자0", "기자1"), "tag": ()},
        cursor=cursor,
        snippets=0,
        facets=(),
    )
    assert ids(service.search(same)) == ids(service.search(replace(request, per_page=14)))[5:]


@pytest.fixture
def growing(analyser: Analyser, tmp_path: Path) -> tuple[Path, SearchService]:
    build_index(tmp_path, [numbered(n) for n in range(0, 20, 2)])
    return tmp_path, service_for(tmp_path, analyser)


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_cursor_by_date_survives_a_new_generation(
    sort: Any, growing: tuple[Path, SearchService]
) -> None:
    folder, service = growing
    request = SearchRequest(sort=sort, per_page=4)
    first = service.search(request)
    build_index(folder, [numbered(n) for n in range(20)])
    rest = service.search(replace(request, cursor=first.cursor, per_page=100))
    assert rest.generation == first.generation + 1
    whole = ids(service.search(replace(request, per_page=100)))
    assert ids(rest) == whole[whole.index(first.hits[-1].id) + 1 :]


def test_a_cursor_by_relevance_ends_with_its_generation(
    growing: tuple[Path, SearchService],
) -> None:
    folder, service = growing
    request = SearchRequest(q="소식", per_page=4)
    first = service.search(request)
    assert service.search(replace(request, cursor=first.cursor)).hits
    build_index(folder, [numbered(n) for n in range(20)])
    with pytest.raises(RequestError, match="changed") as refused:
        service.search(replace(request, cursor=first.cursor))
    assert refused.value.parameter == "cursor"


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"q": "가" * 257}, "q"),
        ({"page": 0}, "page"),
        ({"page": 1001}, "page"),
        ({"page": 101, "per_page": 100}, "page"),
        ({"per_page": 0}, "per_page"),
        ({"per_page": 101}, "per_page"),
        ({"snippets": 6}, "snippets"),
        ({"snippet_length": 19}, "snippet_length"),
        ({"facet_size": -1}, "facet_size"),
        ({"facets": ("titel",)}, "facets"),
        ({"date_from": "2025-02-30"}, "date_from"),
        ({"date_to": "gestern"}, "date_to"),
        ({"date_from": "2025", "date_to": "2024"}, "date_to"),
        ({"selected": {"tag": ("a",) * 51}}, "tag"),
    ],
    ids=str,
)
def test_a_bad_parameter_is_named(
    changed: dict[str, Any], parameter: str, service: SearchService
) -> None:
    with pytest.raises(RequestError) as refused:
        service.search(replace(SearchRequest(), **changed))
    assert refused.value.parameter == parameter


@pytest.mark.parametrize("q", ["가" * 256, " " * 300 + "가" * 256, "\u1100\u1161" * 256])
def test_256_characters_are_read(q: str, service: SearchService) -> None:
    assert service.search(SearchRequest(q=q)).total == 0
