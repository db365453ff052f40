"""What editors see beyond the public: status, order by title, exports, duplicates, a timeline."""

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.analysis import Analyser
from index.article import Article
from search.archive import Archive
from search.plan import STATUSES
from search.request import RequestError, SearchRequest
from search.service import SearchService
from search.titles import title_key
from tests.building import NOW, article, build_index, day, service_for

EDITOR = SearchRequest(everything=True, per_page=100, facets=())
INSTANTS = st.none() | st.sampled_from(
    (day("2025-06-01"), day("2025-12-31", 23), day("2026-01-01"), day("2026-01-01", 1))
)
TITLES = (
    "가나다",
    "[속보] 가나다",
    "‘나’의 다",
    "Apple",
    "banana",
    "힣",
    "2026년",
    "",
    '따옴"표\\',
)
MADE = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "categories": st.sampled_from(((), ("경제",), ("경제", "정치"))),
        "draft": st.booleans(),
        "hidden": st.booleans(),
        "date": INSTANTS,
        "publish_date": INSTANTS,
        "expiry_date": INSTANTS,
        "body": st.sampled_from(("반도체 소식", "배터리 소식")),
    }
)
PLAIN = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def status_of(one: Article) -> str:
    """The status of an article when the clock of these tests stands still."""
    published: datetime | None = one.publish_date or one.date
    if one.draft:
        return "draft"
    if one.hidden:
        return "hidden"
    if one.expiry_date and one.expiry_date.timestamp() <= NOW:
        return "expired"
    return "scheduled" if published and published.timestamp() > NOW else "public"


@PLAIN
@given(
    made=st.lists(MADE, min_size=1, max_size=10),
    chosen=st.lists(st.sampled_from(STATUSES), max_size=3).map(tuple),
    category=st.sampled_from(((), ("경제",))),
    q=st.sampled_from(("", "반도체", "소식")),
)
def test_status_is_that_of_a_plain_look(
    made: list[dict[str, Any]],
    chosen: tuple[Any, ...],
    category: tuple[str, ...],
    q: str,
    analyser: Analyser,
) -> None:
    articles = [article(f"a{i}", **values) for i, values in enumerate(made)]
    request = replace(
        EDITOR, q=q, status=chosen, selected={"category": category}, facets=("category",)
    )
    with tempfile.TemporaryDirectory() as folder:
        build_index(Path(folder), articles)
        answer = service_for(Path(folder), analyser).search(request)
    matching = [a for a in articles if q in a.body]
    narrowed = [a for a in matching if not category or "경제" in a.categories]
    found = [a for a in narrowed if not chosen or status_of(a) in chosen]
    assert {hit.id for hit in answer.hits} == {a.id for a in found}
    assert {i: e.status for i, e in answer.editorial.items()} == {a.id: status_of(a) for a in found}
    # Counts ignore what is chosen of the same facet, and nothing else.
    assert +Counter(answer.statuses) == Counter(map(status_of, narrowed))
    counts = {row.value: row.count for row in answer.facets["category"] if row.count}
    shown = [a for a in matching if not chosen or status_of(a) in chosen]
    assert counts == Counter(c for a in shown for c in a.categories)


@PLAIN
@given(titles=st.lists(st.sampled_from(TITLES), min_size=1, max_size=12), size=st.integers(1, 5))
def test_titles_are_in_dictionary_order(titles: list[str], size: int, analyser: Analyser) -> None:
    articles = [article(f"a{i:02}", title=title) for i, title in enumerate(titles)]
    expected = sorted(articles, key=lambda a: (title_key(a.title), a.id))
    seen: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        build_index(Path(folder), articles)
        service = service_for(Path(folder), analyser)
        cursor: str | None = ""
        while cursor is not None:
            answer = service.search(replace(EDITOR, sort="title", per_page=size, cursor=cursor))
            seen += [hit.id for hit in answer.hits]
            cursor = answer.cursor
    assert seen == [a.id for a in expected]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("[속보] 나라", "속보] 나라"),
        ("‘가’는 나", "가’는 나"),
        ("Apple", "apple"),
        ("…", ""),
    ],
)
def test_what_titles_are_compared_by(title: str, key: str) -> None:
    assert title_key(title) == key


LEAD = (
    "정부는 내년도 반도체 산업 지원 예산을 올해보다 두 배 늘린 3조 원으로 편성하기로 했다. "
    "용인과 평택의 생산 시설에 전력과 용수를 공급하는 사업이 먼저 시작된다."
)


def written() -> list[Article]:
    """Articles enough for several pieces of an export, and some that are much alike."""
    many = [
        article(
            f"many/{n:04}",
            title=f"{n % 7} 번째 소식",
            categories=("경제",) if n % 2 else ("경제", "정치"),
            date=day(f"{2023 + n // 12 % 3}-{n % 12 + 1:02}-{n % 28 + 1:02}"),
            draft=n % 10 == 0,
        )
        for n in range(1100)
    ]
    alike = [
        article("alike/first", title="반도체 예산 두 배로", body=LEAD, draft=True),
        article("alike/again", title="[종합] 반도체 예산 두 배로 늘린다", body=LEAD + " 이어서"),
        article("alike/topic", title="반도체 지원 사업", body="국회는 반도체 예산을 심사한다."),
    ]
    return [*many, *alike]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, analyser: Analyser) -> SearchService:
    folder = tmp_path_factory.mktemp("archive")
    build_index(folder, written())
    return service_for(folder, analyser)


@pytest.fixture(scope="module")
def archive(service: SearchService, analyser: Analyser) -> Archive:
    return Archive(service, analyser)


@pytest.mark.parametrize(
    "request_",
    [
        SearchRequest(sort="title"),
        SearchRequest(sort="newest", page=3),
        SearchRequest(q="소식"),
        SearchRequest(q="소식", sort="oldest", status=("draft",)),
        SearchRequest(selected={"category": ("정치",)}, date_from="2024"),
        SearchRequest(q="category:정치"),
    ],
    ids=str,
)
def test_every_match_is_exported_in_order(
    request_: SearchRequest, archive: Archive, service: SearchService
) -> None:
    found = list(archive.matches(replace(request_, page=1)))
    wanted = replace(request_, everything=True, page=1, per_page=100)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = service.search(replace(wanted, cursor=cursor))
        seen += [hit.id for hit in answer.hits]
        cursor = answer.cursor
    assert [row.record["id"] for row in found] == seen
    assert len(seen) == answer.total


def test_what_was_written_before_is_found(archive: Archive) -> None:
    (found,) = archive.duplicates("alike/first")
    assert found.record["id"] == "alike/again"
    assert found.shared > 0.7
    assert [other.record["id"] for other in archive.duplicates("alike/again")] == ["alike/first"]
    assert archive.duplicates("alike/first")[0].editorial.status == "public"
    assert archive.duplicates("alike/again")[0].editorial.status == "draft"


@pytest.mark.parametrize("key", ["alike/topic", "nothing"])
def test_a_common_topic_is_no_duplicate(key: str, archive: Archive) -> None:
    assert archive.duplicates(key) == []


def test_a_preview_is_the_whole_text_with_its_marks(archive: Archive) -> None:
    found = archive.preview("alike/first", "반도체")
    assert found is not None
    assert (found.editorial.status, found.editorial.source) == ("draft", "alike/first.md")
    assert found.marked.title == "<mark>반도체</mark> 예산 두 배로"
    assert found.marked.body == (LEAD.replace("반도체", "<mark>반도체</mark>"),)
    assert archive.preview("nothing", "") is None


@pytest.mark.parametrize(
    ("request_", "first", "periods"),
    [
        (SearchRequest(), "2023-01", 36),
        (SearchRequest(date_from="2024-03", date_to="2024-05-07"), "2024-03", 3),
        (SearchRequest(selected={"category": ("정치",)}, status=("draft",)), "2023-01", 35),
        (SearchRequest(q="반도체", date_to="2000"), "", 0),
    ],
    ids=str,
)
def test_the_timeline_is_that_of_a_plain_count(
    request_: SearchRequest, first: str, periods: int, archive: Archive
) -> None:
    found = archive.timeline(request_, "category", ("경제", "정치"))
    assert len(found.periods) == periods
    assert "".join(found.periods[:1]) == first
    rows = [row.record for row in archive.matches(request_)]
    for name, counts in (("", found.total), *found.series.items()):
        # The series of a value that is not chosen ignores what else is chosen of its facet.
        if name and request_.selected and name not in request_.selected["category"]:
            continue
        own = Counter(r["date"][:7] for r in rows if not name or name in r["categories"])
        assert +Counter(dict(zip(found.periods, counts, strict=True))) == own


@pytest.mark.parametrize(
    ("request_", "parameter"),
    [(SearchRequest(sort="title"), "sort"), (SearchRequest(status=("draft",)), "status")],
)
def test_the_public_cannot_ask_for_it(
    request_: SearchRequest, parameter: str, service: SearchService
) -> None:
    with pytest.raises(RequestError) as error:
        service.search(request_)
    assert error.value.parameter == parameter
