"""Facets: exact, disjunctive counts, and which values are shown."""

import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.analysis import Analyser
from index.article import Article
from search.request import DateValue, FacetSearch, FacetValue, SearchRequest
from search.service import SearchService
from tests.building import article, build_index, day, service_for

AUTHORS = ("김한수", "이영희", "Black", "BLACK", "black")
CATEGORIES = ("경제", "정치")
TAGS = ("AI", "ai", "반도체", "수출")
DAYS = ("2023-12-31", "2024-01-01", "2024-06-30", "2025-07-17")
FIELD_OF = {"author": "authors", "category": "categories", "tag": "tags"}

ARTICLES = st.lists(
    st.fixed_dictionaries(
        {
            "authors": st.lists(st.sampled_from(AUTHORS), max_size=3, unique=True).map(tuple),
            "categories": st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
            "tags": st.lists(st.sampled_from(TAGS), max_size=4, unique=True).map(tuple),
            "date": st.none() | st.sampled_from(DAYS).map(day),
            "body": st.sampled_from(("반도체 소식", "배터리 소식")),
            "draft": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)
REQUESTS = st.builds(
    SearchRequest,
    q=st.sampled_from(("", "반도체", "소식", "author:black")),
    selected=st.fixed_dictionaries(
        {
            "author": st.lists(st.sampled_from((*AUTHORS, "아무도")), max_size=2).map(tuple),
            "category": st.lists(st.sampled_from(CATEGORIES), max_size=2).map(tuple),
            "tag": st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
        }
    ),
    date_from=st.sampled_from(("", "", "2024", "2024-06")),
    date_to=st.sampled_from(("", "", "2024", "2025-07-16")),
    per_page=st.just(100),
    facet_size=st.just(1000),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=ARTICLES, requests=st.lists(REQUESTS, min_size=1, max_size=5))
def test_counts_are_those_of_a_plain_count(
    made: list[dict[str, Any]], requests: list[SearchRequest], analyser: Analyser
) -> None:
    articles = [article(f"a{i}", **values) for i, values in enumerate(made)]
    with tempfile.TemporaryDirectory() as folder:
        build_index(Path(folder), articles)
        service = service_for(Path(folder), analyser)
        for request in requests:
            answer = service.search(request)
            expected = counted(articles, request)
            assert {hit.id for hit in answer.hits} == expected.pop("hits")
            assert answer.facets == expected


def counted(articles: Sequence[Article], request: SearchRequest) -> dict[str, Any]:
    """The hits and facets of a request, counted over the articles themselves."""
    public = [a for a in articles if not a.draft]
    matching = [a for a in public if matches(a, request.q)]
    tests: dict[str, Callable[[Article], bool]] = {
        facet: lambda a, facet=facet, keys=keys: bool(keys & keys_of(a, facet))
        for facet, values in request.selected.items()
        if (keys := {value.casefold() for value in values})
    }
    if request.date_from or request.date_to:
        tests["date"] = lambda a: within(a.date, request.date_from, request.date_to)

    def passing(without: str) -> list[Article]:
        return [a for a in matching if all(t(a) for name, t in tests.items() if name != without)]

    facets = {
        facet: rows(public, passing(facet), facet, request.selected[facet]) for facet in FIELD_OF
    }
    dated = [a.date for a in passing("date") if a.date]
    return {
        "hits": {a.id for a in passing("")},
        **facets,
        "year": newest(Counter(f"{d:%Y}" for d in dated)),
        "month": newest(Counter(f"{d:%Y-%m}" for d in dated)),
    }


def matches(one: Article, q: str) -> bool:
    """Whether an article of this archive answers one of the queries."""
    return "black" in keys_of(one, "author") if q == "author:black" else q in one.body


def keys_of(one: Article, facet: str) -> set[str]:
    """The values of a facet without their case."""
    return {value.casefold() for value in getattr(one, FIELD_OF[facet])}


def within(date: datetime | None, first: str, last: str) -> bool:
    """Whether a date begins at or after ``first`` and not after ``last``."""
    return (
        date is not None
        and first <= f"{date:%Y-%m-%d}"[: len(first) or None]
        and (not last or f"{date:%Y-%m-%d}"[: len(last)] <= last)
    )


def rows(
    public: Sequence[Article], counted: Sequence[Article], facet: str, chosen: Sequence[str]
) -> tuple[FacetValue, ...]:
    """The values of a facet by count, then by spelling: the most frequent, then the first one."""
    spellings = Counter(value for a in public for value in getattr(a, FIELD_OF[facet]))
    counts = Counter(key for a in counted for key in keys_of(a, facet))
    asked = {value.casefold(): value for value in chosen}

    def spelled(key: str) -> str:
        found = [(-n, value) for value, n in spellings.items() if value.casefold() == key]
        return min(found)[1] if found else asked[key]

    known = [
        FacetValue(spelled(key), counts[key], key in asked)
        for key in counts.keys() | (asked.keys() & {v.casefold() for v in spellings})
    ]
    unknown = [
        FacetValue(v, 0, True)
        for k, v in asked.items()
        if k not in {value.casefold() for value in spellings}
    ]
    return tuple(sorted(known, key=lambda row: (-row.count, row.value)) + unknown)


def newest(counts: Mapping[str, int]) -> tuple[DateValue, ...]:
    """Years or months, the newest first."""
    return tuple(DateValue(value, counts[value]) for value in sorted(counts, reverse=True))


# Which values are shown

NAMES = ("김한수", "김영희", "이 한수", "Lee Hansu", "박 김", "나라", "까치", "한국은행")


@pytest.fixture(scope="module")
def service(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    folder = tmp_path_factory.mktemp("facets")
    articles = [
        article(
            f"a{i}",
            body="소식",
            authors=tuple(NAMES[: len(NAMES) - i]),
            tags=(f"태그{i}",),
            date=day(f"{2000 + i}-01-01"),
        )
        for i in range(25)
    ]
    build_index(folder, articles)
    return service_for(folder, analyser)


def values(service: SearchService, facet: str = "author", **request: Any) -> list[str]:
    """The values of one facet."""
    answer = service.search(replace(SearchRequest(), **request))
    return [row.value for row in answer.facets[facet]]


def test_values_come_by_count_then_value(service: SearchService) -> None:
    assert values(service) == list(NAMES)
    assert values(service, "tag")[:3] == ["태그0", "태그1", "태그10"]


@pytest.mark.parametrize(("size", "shown"), [(0, 0), (1, 1), (20, 20), (1000, 25)])
def test_facet_size_cuts_values_but_no_dates(size: int, shown: int, service: SearchService) -> None:
    assert len(values(service, "tag", facet_size=size)) == shown
    assert len(values(service, "year", facet_size=size)) == 25
    assert len(values(service, "month", facet_size=size)) == 25


@pytest.mark.parametrize(
    ("chosen", "row"),
    [
        ("태그9", FacetValue("태그9", 1, True)),
        ("없는 태그", FacetValue("없는 태그", 0, True)),
        (unicodedata.normalize("NFD", "태그9"), FacetValue("태그9", 1, True)),
        ("  태그9 ", FacetValue("태그9", 1, True)),
    ],
    ids=["last", "unknown", "NFD", "blanks"],
)
def test_chosen_values_always_come_along(
    chosen: str, row: FacetValue, service: SearchService
) -> None:
    request = SearchRequest(selected={"tag": (chosen,)}, facet_size=1)
    assert service.search(request).facets["tag"][-1] == row
    searched = replace(request, facet_search=FacetSearch("tag", "아무것도"))
    assert service.search(searched).facets["tag"] == (row,)


def test_a_chosen_value_that_nothing_matches_comes_with_none(service: SearchService) -> None:
    request = SearchRequest(q="쿼카", selected={"author": ("김한수",)})
    assert service.search(request).facets["author"] == (FacetValue("김한수", 0, True),)


def test_an_empty_value_chooses_nothing(service: SearchService) -> None:
    assert service.search(SearchRequest(selected={"author": ("", " ")})).total == 25


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("김", ["김한수", "김영희", "박 김"]),
        ("한수", ["이 한수"]),
        ("한", ["이 한수", "한국은행"]),
        ("HAN", ["Lee Hansu"]),
        ("lee h", ["Lee Hansu"]),
        ("ㄱㅎㅅ", ["김한수"]),
        ("ㅎㅅ", ["이 한수"]),
        ("ㄱ", ["김한수", "김영희", "박 김"]),
        ("ㄴㄹ", ["나라"]),
        ("ㄲㅊ", ["까치"]),
        (unicodedata.normalize("NFD", "김"), ["김한수", "김영희", "박 김"]),
        ("영희", []),
        ("", list(NAMES)),
    ],
    ids=str,
)
def test_facet_query(text: str, names: list[str], service: SearchService) -> None:
    assert values(service, facet_search=FacetSearch("author", text)) == names
    assert len(values(service, "tag", facet_search=FacetSearch("author", text))) == 20


def test_only_the_facets_that_are_asked_for(service: SearchService) -> None:
    assert set(service.search(SearchRequest(facets=("tag", "year"))).facets) == {"tag", "year"}
    assert service.search(SearchRequest(facets=())).facets == {}
