"""What the public must not see is nowhere: in no hit, count, facet, article or weight of one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analyser
from index.article import Article
from search.request import SearchAnswer, SearchRequest
from search.service import SearchService
from tests.building import (
    NOW,
    SEOUL,
    Clock,
    article,
    build_index,
    day,
    markdown,
    run_reindex,
    service_for,
    write_files,
)

HOUR = 3600
# The clock of these tests stands at the beginning of 2026 in Seoul.
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"draft": True},
    "no-search": {"hidden": True},
    "scheduled": {"publish_date": day("2026-01-01", 1)},
    "future-date": {"date": day("2026-01-01", 1)},
    "expired": {"expiry_date": day("2025-12-31", 23)},
    "expires-now": {"expiry_date": day("2026-01-01")},
}
SHOWN: dict[str, dict[str, Any]] = {
    "plain": {},
    "published-now": {"publish_date": day("2026-01-01")},
    "undated": {"date": None},
    "not-expired": {"expiry_date": day("2026-01-01", 2)},
    # publishDate decides, whatever the date says.
    "published-early": {"date": day("2026-01-01", 1), "publish_date": day("2025-12-31")},
}


def made(key: str, values: dict[str, Any]) -> Article:
    """An article that can be found by its word, and by a facet value of its own."""
    labels = {"authors": (f"기자 {key}",), "categories": (key,), "tags": (key, "모두")}
    own = labels | {"title": f"제목 {key}"}
    return article(key, **({"body": "반도체 소식이다."} | own | values))


@pytest.fixture
def archive(analyser: Analyser, tmp_path: Path) -> tuple[SearchService, Clock]:
    build_index(tmp_path, [made(key, values) for key, values in (HIDDEN | SHOWN).items()])
    clock = Clock()
    return service_for(tmp_path, analyser, clock), clock


def ids(answer: SearchAnswer) -> set[str]:
    """The ids of all hits, near ones too."""
    return {hit.id for hit in (*answer.hits, *answer.also)}


@pytest.mark.parametrize(
    "q", ["", "반도체", "소식", "반도*", '"반도체 소식"', "-쿼카", "반도체 OR 쿼카"]
)
@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_hidden_articles_are_in_no_answer(
    q: str, sort: Any, archive: tuple[SearchService, Clock]
) -> None:
    answer = archive[0].search(SearchRequest(q=q, sort=sort, per_page=100))
    assert ids(answer) == set(SHOWN)
    assert answer.total == len(SHOWN)
    assert {row.value for row in answer.facets["category"]} == set(SHOWN)
    assert {row.value for row in answer.facets["tag"]} == {*SHOWN, "모두"}
    assert max(row.count for row in answer.facets["tag"]) == len(SHOWN)
    assert sum(row.count for row in answer.facets["year"]) == len(SHOWN) - 1


@pytest.mark.parametrize("key", HIDDEN)
def test_a_hidden_article_cannot_be_asked_for(
    key: str, archive: tuple[SearchService, Clock]
) -> None:
    service = archive[0]
    assert service.article(key) is None
    by_facet = SearchRequest(selected={"category": (key,)})
    assert (
        ids(service.search(by_facet)) == ids(service.search(SearchRequest(q=f"tag:{key}"))) == set()
    )
    rows = service.search(by_facet).facets["category"]
    assert [row.count for row in rows if row.value == key] == [0]


@pytest.mark.parametrize("key", HIDDEN)
def test_a_hidden_article_is_not_suggested(key: str, archive: tuple[SearchService, Clock]) -> None:
    service = archive[0]
    service.prepare()
    for text in (key, f"기자 {key}", f"제목 {key}", f"ㅈㅁ {key}", "ㅈㅁ", "제목"):
        texts = {s.text for s in service.suggest(text, 20).suggestions}
        assert not texts & {key, f"기자 {key}", f"제목 {key}"}


@pytest.mark.parametrize("key", SHOWN)
def test_a_public_article_is_suggested(key: str, archive: tuple[SearchService, Clock]) -> None:
    service = archive[0]
    service.prepare()
    found = {s.text for s in service.suggest(key, 20).suggestions}
    assert found == {key, f"기자 {key}", f"제목 {key}"}


def test_counts_of_suggestions_are_of_public_articles(
    archive: tuple[SearchService, Clock],
) -> None:
    service = archive[0]
    service.prepare()
    (tag,) = service.suggest("모두", 8).suggestions
    assert (tag.kind, tag.count) == ("tag", len(SHOWN))


def test_a_word_of_hidden_articles_alone_is_not_suggested(
    analyser: Analyser, tmp_path: Path
) -> None:
    hidden = [article(key, body="쿼카. 쿼카.", **values) for key, values in HIDDEN.items()]
    build_index(tmp_path, [*hidden, article("plain", title="KOREA 쿼", body="소식")])
    service = service_for(tmp_path, analyser)
    service.prepare()
    assert [s.text for s in service.suggest("쿼", 8).suggestions] == ["KOREA 쿼"]


def test_a_hidden_article_is_related_to_none(archive: tuple[SearchService, Clock]) -> None:
    service = archive[0]
    for key in HIDDEN:
        assert service.related(key, 20) is None
    for key in SHOWN:
        related = service.related(key, 20)
        assert related is not None
        assert {hit.id for hit in related} <= set(SHOWN) - {key}
    alike = service.related("plain", 20)
    assert {hit.id for hit in alike or ()} == set(SHOWN) - {"plain"}


def test_suggestions_and_relations_change_as_the_clock_passes(
    archive: tuple[SearchService, Clock],
) -> None:
    """Suggestions of another hour are checked before they are shown."""
    service, clock = archive
    service.prepare()
    for hour in (1, 2):
        clock.now = NOW + hour * HOUR
        answer = service.suggest("제목", 20)
        assert not answer.settled
        public = ids(service.search(SearchRequest(per_page=100)))
        titles = {s.text for s in answer.suggestions if s.kind == "title"}
        assert {text.removeprefix("제목 ") for text in titles} <= public
        related = service.related("plain", 20)
        assert {hit.id for hit in related or ()} == public - {"plain"}
        assert (service.related("not-expired", 5) is None) == (hour == 2)
        service.prepare()
        for key in (*HIDDEN, *SHOWN):
            texts = {s.text for s in service.suggest(f"제목 {key}", 8).suggestions}
            assert (f"제목 {key}" in texts) == (key in public), key


@pytest.mark.parametrize("key", SHOWN)
def test_a_public_article_can_be_asked_for(key: str, archive: tuple[SearchService, Clock]) -> None:
    record = archive[0].article(key)
    assert record is not None
    assert record["id"] == key


def test_editors_see_everything(archive: tuple[SearchService, Clock]) -> None:
    answer = archive[0].search(SearchRequest(everything=True, per_page=100))
    assert ids(answer) == {*SHOWN, *HIDDEN}


def test_a_hidden_spelling_is_not_shown(analyser: Analyser, tmp_path: Path) -> None:
    drafts = [article(f"d{i}", tags=("HBM",), draft=True) for i in range(5)]
    build_index(tmp_path, [*drafts, article("a", tags=("hbm",))])
    rows = service_for(tmp_path, analyser).search(SearchRequest(selected={"tag": ("HBM",)})).facets
    assert [(row.value, row.count) for row in rows["tag"]] == [("hbm", 1)]


def test_a_hidden_match_does_not_decide(analyser: Analyser, tmp_path: Path) -> None:
    texts = {"a": "반도체 값이 올랐다.", "b": "수출 길이 막혔다."}
    draft = article("draft", body="반도체 수출이 늘었다.", draft=True)
    build_index(tmp_path, [draft, *(article(key, body=body) for key, body in texts.items())])
    service = service_for(tmp_path, analyser)
    assert service.search(SearchRequest(q="반도체 수출")).query.matching == "most"
    everything = service.search(SearchRequest(q="반도체 수출", everything=True))
    assert everything.query.matching == "all"


def test_articles_come_and_go_as_the_clock_passes(archive: tuple[SearchService, Clock]) -> None:
    service, clock = archive
    request = SearchRequest(q="반도체", per_page=100)
    seen = []
    for hour in (-2, 0, 1, 2):
        clock.now = NOW + hour * HOUR
        answer = service.search(request)
        assert answer.total == len(ids(answer))
        assert all(service.article(key) for key in ids(answer))
        seen.append(ids(answer))
    before, at, one, two = seen
    assert at == set(SHOWN)
    assert before == (set(SHOWN) - {"published-now"}) | {"expired", "expires-now"}
    assert one == set(SHOWN) | {"scheduled", "future-date"}
    assert two == one - {"not-expired"}


def test_the_second_before_is_not_the_second_itself(archive: tuple[SearchService, Clock]) -> None:
    service, clock = archive
    clock.now = NOW + HOUR - 0.001
    assert service.article("scheduled") is None
    clock.now = NOW + HOUR
    assert service.article("scheduled") is not None


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (0, 30),
        (HOUR - 40, 30),
        (HOUR - 20, 20),
        (HOUR - 20.9, 20),
        (HOUR - 1.5, 1),
        (HOUR - 0.5, 0),
    ],
)
def test_an_answer_is_kept_until_the_next_instant_at_most(
    seconds: float, age: int, archive: tuple[SearchService, Clock]
) -> None:
    service, clock = archive
    clock.now = NOW + seconds
    assert service.freshness().max_age == age


def test_an_archive_that_never_changes_is_kept_as_long_as_possible(
    analyser: Analyser, tmp_path: Path
) -> None:
    build_index(tmp_path, [article("a")])
    service = service_for(tmp_path, analyser)
    assert service.freshness().max_age == 30


def test_the_etag_changes_with_visibility_and_generation(
    archive: tuple[SearchService, Clock], tmp_path: Path
) -> None:
    service, clock = archive
    first = service.freshness().etag
    clock.now = NOW + HOUR - 1
    assert service.freshness().etag == first
    clock.now = NOW + HOUR
    second = service.freshness().etag
    build_index(tmp_path, [article("a")])
    assert len({first, second, service.freshness().etag}) == 3


def test_front_matter_hides(analyser: Analyser, tmp_path: Path) -> None:
    """From Markdown to the answer, with no part left out."""
    hiding = {
        "draft": {"draft": "true"},
        "search": {"search": "false"},
        "robots": {"robotsNoIndex": "true"},
        "later": {"publishDate": "2026-01-01T01:00:00+09:00"},
        "expired": {"expiryDate": "2025-12-31"},
        "build": {"build": "{render: never}"},
        "headless": {"headless": "true"},
    }
    files = {f"posts/{key}.md": markdown(f"반도체 {key}", **v) for key, v in hiding.items()}
    files["posts/public.md"] = markdown("반도체 공개", date="2025-01-01")
    content = write_files(tmp_path / "content", files)
    run_reindex(content, tmp_path / "index")
    clock = Clock()
    service = service_for(tmp_path / "index", analyser, clock)
    assert ids(service.search(SearchRequest(q="반도체"))) == {"posts/public"}
    clock.now = day("2026-01-01", 1).astimezone(SEOUL).timestamp()
    later = service.search(replace(SearchRequest(), q="반도체"))
    assert ids(later) == {"posts/public", "posts/later"}
