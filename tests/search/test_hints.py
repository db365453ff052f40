"""Hints: parts of a query that were read otherwise than they may have been meant."""

import pytest

from index.analysis import analyser_for
from search.request import SearchRequest
from search.service import SearchService
from tests.building import article, build_index, service_for

DATE, FIELD, VALUE = "date", "field", "value"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> SearchService:
    folder = tmp_path_factory.mktemp("hints")
    articles = [
        article("a", title="반도체 수출", authors=("김 철수",), tags=("반도체 (메모리)",)),
        article("b", title="금리 동결", authors=("김한수",), categories=("경제",)),
        article("c", title="환율", authors=("박지민",), draft=True),
        article("d", title="환율 급등", authors=("이영희", "이영희 인턴기자")),
    ]
    build_index(folder, articles)
    return service_for(folder, analyser_for())


@pytest.mark.parametrize(
    ("q", "said"),
    [
        # Dates that are none, and what they may have been
        ("date:2025-13", [(DATE, "date:2025-13", None)]),
        ("date:abc", [(DATE, "date:abc", None)]),
        ("반도체 date:어제 수출", [(DATE, "date:어제", None)]),
        ('date:"2025-13"', [(DATE, 'date:"2025-13"', None)]),
        ("-date:abc", [(DATE, "date:abc", None)]),
        ("date:(2025 OR abc)", [(DATE, "abc", None)]),
        ("date:2025년7월", [(DATE, "date:2025년7월", "date:2025-7")]),
        ("date:20250701", [(DATE, "date:20250701", "date:2025-07-01")]),
        (
            "금리 date:2025-01~2025-03",
            [(DATE, "date:2025-01~2025-03", "금리 date:2025-01..2025-03")],
        ),
        ("date:2025-07", []),
        ("date:2025-01..", []),
        # Fields that there are not
        ("foo:bar", [(FIELD, "foo:bar", None)]),
        ("금리 foo:bar 환율", [(FIELD, "foo:bar", None)]),
        ("tags:반도체", [(FIELD, "tags:반도체", "tag:반도체")]),
        ("auther:김한수", [(FIELD, "auther:김한수", "author:김한수")]),
        ("기자:김한수", [(FIELD, "기자:김한수", "author:김한수")]),
        ("-제목:금리", [(FIELD, "제목:금리", "-title:금리")]),
        ("year:2025", [(FIELD, "year:2025", "date:2025")]),
        ("기간:올해", [(FIELD, "기간:올해", None)]),
        ("https://news.example/a", []),
        ("12:30", []),
        ("3:1", []),
        ("3:1 승리", []),
        ("속보:삼성", []),
        ("std::sort", []),
        ("C:\\Windows", []),
        ("참고:", []),
        ('"foo:bar"', []),
        ("title:foo", []),
        # Values: names of several words, and such as were only begun
        ("author:김 철수", [(VALUE, "author:김 철수", 'author:"김 철수"')]),
        ("author:김 철", [(VALUE, "author:김 철", 'author:"김 철수"')]),
        ("반도체 author:김 철수 수출", [(VALUE, "author:김 철수", '반도체 author:"김 철수" 수출')]),
        ("-author:김 철수", [(VALUE, "author:김 철수", '-author:"김 철수"')]),
        ("author:김한", [(VALUE, "author:김한", "author:김한수")]),
        ("tag:반도체", [(VALUE, "tag:반도체", 'tag:"반도체 (메모리)"')]),
        ('author:"김 철수"', []),
        ("author:김한수", []),
        ("author:김한수 철수", []),
        ("author:이영희", []),
        ("author:이영희 인턴", [(VALUE, "author:이영희 인턴", 'author:"이영희 인턴기자"')]),
        ("author:박지민", []),
        ("category:경", [(VALUE, "category:경", "category:경제")]),
        ("금리", []),
        ("", []),
    ],
)
def test_hints(q: str, said: list[tuple[str, str, str | None]], service: SearchService) -> None:
    answer = service.search(SearchRequest(q=q))
    assert [(h.kind, h.text, h.instead) for h in answer.query.hints] == said
    for hint in answer.query.hints:
        if hint.instead is not None:
            again = service.search(SearchRequest(q=hint.instead)).query.hints
            assert hint.kind not in [other.kind for other in again]


@pytest.mark.parametrize(("everything", "instead"), [(False, []), (True, ["author:박지민"])])
def test_only_what_may_be_seen_is_offered(
    everything: bool, instead: list[str], service: SearchService
) -> None:
    answer = service.search(SearchRequest(q="author:박", everything=everything))
    assert [hint.instead for hint in answer.query.hints] == instead
