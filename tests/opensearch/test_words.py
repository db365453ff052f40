"""Suggestions and corrections from a cluster: as those of the embedded engine, and made as articles
come, change, go, and are published at their hour."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import opensearch_word_counts
from index.analysis import Analyser
from index.article import Article
from index.known_words import LEAST_DOCUMENTS
from index.opensearch_client import Connection
from index.opensearch_layout import Names
from index.opensearch_lock import Lease
from index.opensearch_state import PublishedState, name_it, read_published
from index.opensearch_words import follow
from index.opensearch_writer import OpenSearchWriter
from index.settings import Settings
from search.engine import open_engine
from search.request import SearchRequest
from search.service import SearchService
from tests.building import NOW, SEOUL, Clock, article, build_index, day, service_for
from tests.corpora import INSTANTS, Change, batches, publish
from tests.opensearch.both import Services, changes
from tests.opensearch.test_engine_following import eventually
from tests.search.test_suggest import archive

HOUR = 3600


def followed(own: Settings, at: int) -> PublishedState:
    """Let the words follow what is published, as it is seen at an instant."""
    connection = Connection(own)
    lease = Lease(connection, own)
    with lease.held(0):
        state = read_published(connection)
        assert state is not None
        return follow(connection, own, lease, state, at)


def anew(own: Settings, at: int) -> PublishedState:
    """Have all words made again, as where there are none; they are counted page by page."""
    connection = Connection(own)
    state = read_published(connection)
    assert state is not None
    name_it(connection, state, replace(state, words=None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opensearch_word_counts, "_PIECE", 7)
        return followed(own, at)


def words_of(own: Settings) -> dict[str, dict[str, Any]]:
    """All that lies in the index of words, by key."""
    connection = Connection(own)
    state = read_published(connection)
    assert state is not None
    assert state.words is not None
    names = ("typed", "typed_first", "initials", "initials_first", "whole", "deletions")
    more = ("latin_as", "visible_from", "visible_to", "sure_until", "count", "rank")
    body = {"size": 10_000, "docvalue_fields": [*names, *more]}
    with connection.asking() as client:
        rows = client.search(index=state.words.index, body=body)["hits"]["hits"]
    return {row["_id"]: {**row["_source"], **row.get("fields", {})} for row in rows}


def written(own: Settings, articles: Sequence[Article], analyser: Analyser, at: float) -> None:
    """Publish these articles, and their words as they are seen at an instant."""
    publish(OpenSearchWriter(own), changes(articles, analyser), fresh=True)
    followed(own, int(at))


def service_on(own: Settings, analyser: Analyser, clock: Clock | None = None) -> SearchService:
    """A service on what is published in the cluster."""
    return SearchService(open_engine(own), analyser, SEOUL, clock=clock or Clock())


@pytest.fixture(scope="module")
def services(
    common_cluster: Settings, analyser: Analyser, tmp_path_factory: pytest.TempPathFactory
) -> Services:
    folder = tmp_path_factory.mktemp("words")
    texts = [
        *archive(),
        *(article(f"h{i}", body="전문가. 엔비디아. hbm 값.") for i in range(30)),
        article("h", title="HBM 값"),
        *(article(f"p{i}", body="엔비디아가. 반도체가.") for i in range(3)),
        article("l", title="아주 긴 이름의 첨단전략산업기술경쟁력강화위원회가 새로 문을 열었다"),
    ]
    build_index(folder, texts)
    written(common_cluster, texts, analyser, NOW)
    service = service_for(folder, analyser)
    service.prepare()
    return Services(service, service_on(common_cluster, analyser))


@pytest.mark.parametrize(
    "text",
    [
        *("삼성", "삼서", "삼ㅅ", "갑", "과하", "ㄱ", "ㅅㅅㅈㅈ", "ㅅㅅ", "삼ㅅㅈㅈ", "ㅅ성ㅈ"),
        *("tkatjdw", "SK하", "sk하ㅇㄴㅅ", "나", "ㅗㅠ", "김ㅎ", "ㄱㅎㅅ", "ㄳ", "경제", "정책"),
        *("금융정", "금융 정", "r&d", "수출 삼", "ㅅㅊ ㅅㅅ", "qksehcp 공", "삼성 반ㄷ", "반"),
        *("hb", "엔비", "엔비디아ㄱ", "전문", "전문ㄱ", "인공", "HBM ㄱ", "ㅎ", "ㅂㄷ"),
        "첨단전략산업기술경쟁력강화위원회가",
        "첨단전략산업기술경쟁력강화위원회가새로문을닫",
        *("", "  ", "쿼카", "성전자", "&", "<mark>", "ㅋㅋㅋ", "\ud800", "-", "ㅏ" * 200),
    ],
)
def test_the_same_is_suggested(text: str, services: Services) -> None:
    ours, theirs = (service.suggest(text, 20) for service in services)
    assert theirs == ours
    assert theirs.settled


@pytest.mark.parametrize(
    "q",
    [
        *("삼섬전자", "반도채 수출", "수츨", "엔비디야", "전문과", "삼성저자", "민주장", "qksehcp"),
        *("반도체의", "반도체으이", "삼성전자수출"),
    ],
)
def test_the_same_is_corrected(q: str, services: Services) -> None:
    ours, theirs = (service.search(SearchRequest(q=q)) for service in services)
    assert theirs.query == ours.query
    assert (theirs.settled, theirs.partial) == (True, False)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=batches, instants=st.lists(st.sampled_from(INSTANTS), min_size=5, max_size=5))
def test_words_that_follow_are_those_that_are_made_anew(
    made: Sequence[Sequence[Change]], instants: Sequence[int], cluster: Settings
) -> None:
    indices = set()
    for i, (batch, at) in enumerate(zip(made, sorted(instants), strict=False)):
        publish(OpenSearchWriter(cluster), batch, fresh=i == 0)
        state = followed(cluster, at)
        assert state.words is not None
        indices.add(state.words.index)
    assert len(indices) == 1
    found = words_of(cluster)
    anew(cluster, at)
    assert words_of(cluster) == found


def test_words_follow_the_hour(cluster: Settings, analyser: Analyser) -> None:
    """No run is needed for what is published or expires, and nothing of it is told before."""
    later, over = day("2026-01-01", 1), day("2026-01-01", 2)
    texts = [
        article("a", title="쿼카 소식", tags=("쿼카",)),
        article("late", title="하마 소식", tags=("하마",), publish_date=later),
        article("gone", title="하루 소식", tags=("하루",), expiry_date=over),
        article("draft", title="하늘 소식", tags=("하늘",), draft=True),
        *(article(f"w{i}", body="하천.", publish_date=later) for i in range(LEAST_DOCUMENTS)),
    ]
    written(cluster, texts, analyser, NOW)
    clock = Clock()
    service = service_on(cluster, analyser, clock)
    seen = []
    for hour in (0, 1, 2):
        clock.now = NOW + hour * HOUR
        found = service.suggest("하", 20)
        seen.append({(s.text, s.kind, s.count) for s in found.suggestions})
        assert found.settled
    first = {("하루", "tag", 1), ("하루 소식", "title", None)}
    last = {("하마", "tag", 1), ("하마 소식", "title", None), ("하천", "term", None)}
    assert seen == [first, first | last, last]


def test_words_of_another_clock_tell_nothing_early(cluster: Settings, analyser: Analyser) -> None:
    texts = [
        article("late", title="하마 소식", tags=("하마",), publish_date=day("2026-01-01", 1)),
        article("a", title="하루 소식", tags=("하루",)),
    ]
    written(cluster, texts, analyser, NOW + 2 * HOUR)
    found = service_on(cluster, analyser).suggest("하", 20)
    assert {s.text for s in found.suggestions} == {"하루", "하루 소식"}
    assert not found.settled


def test_what_is_withdrawn_is_told_no_more(cluster: Settings, analyser: Analyser) -> None:
    """Also where the words do not follow."""
    both = [article(key, title=f"{key} 소식", tags=(key,)) for key in ("하마", "하루")]
    written(cluster, both, analyser, NOW)
    service = service_on(cluster, analyser)
    publish(OpenSearchWriter(cluster), [Change("하마", None)])
    assert eventually(lambda: service.generation() == 2)
    found = service.suggest("하", 20)
    assert {s.text for s in found.suggestions} == {"하루", "하루 소식"}
    assert not found.settled


def test_words_of_a_rebuild_take_the_place_of_the_old(
    cluster: Settings, analyser: Analyser
) -> None:
    names, connection = Names(cluster.opensearch_index), Connection(cluster)
    written(cluster, [article("a", tags=("하마",))], analyser, NOW)
    before = read_published(connection)
    publish(
        OpenSearchWriter(cluster), changes([article("b", tags=("하루",))], analyser), fresh=True
    )
    between = read_published(connection)
    assert before is not None
    assert between is not None
    assert between.words == before.words
    with connection.asking() as client:
        client.indices.create(index=names.words("left-by-a-dead-run"))
    service = service_on(cluster, analyser)
    assert service.suggest("하", 8).suggestions == ()
    state = followed(cluster, int(NOW))
    assert state.words is not None
    with connection.asking() as client:
        assert list(client.indices.get_alias(index=names.words("*"))) == [state.words.index]
    # The engine was told a moment ago where the old ones are.
    assert [s.text for s in service.suggest("하루", 8).suggestions] == ["하루"]


def test_thousands_of_values_stand_together(cluster: Settings, analyser: Analyser) -> None:
    """More pairs of them than a cluster counts for one request."""
    articles = [
        article(
            f"a{n:02}", tags=tuple(f"{'t' if n % 3 else 'T'}.ag[ {i}" for i in range(n, n + 200))
        )
        for n in range(0, 3200, 80)
    ]
    written(cluster, articles, analyser, NOW)
    service = service_on(cluster, analyser)
    # Of the three articles with it two have no capital letter; the other one is in one alone.
    assert [s.text for s in service.suggest("T.AG[ 325", 1).suggestions] == ["t.ag[ 325"]
    assert [s.text for s in service.suggest("t.ag[ 3319", 1).suggestions] == ["T.ag[ 3319"]
    publish(OpenSearchWriter(cluster), changes(articles[:20], analyser))
    followed(cluster, int(NOW))
    found = words_of(cluster)
    anew(cluster, int(NOW))
    assert words_of(cluster) == found
