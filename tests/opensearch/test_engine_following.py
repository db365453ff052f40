"""A snapshot stays with its generation, as long as there is one; and a cluster that is away."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from index.opensearch_client import Connection
from index.settings import Settings
from index.writer import open_writer
from search.engine import EngineError, NoIndexError, Snapshot, open_engine
from search.plan import After, Plan
from tests.building import app_for
from tests.corpora import Change, document_of, publish

PATIENCE = 60.0


def eventually(check: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def added(*ids: str) -> list[Change]:
    return [Change(key, document_of(key, 1)) for key in ids]


def test_a_snapshot_stays_with_its_generation(cluster: Settings) -> None:
    writer = open_writer(cluster)
    publish(writer, added("a", "b"), fresh=True)
    engine = open_engine(cluster)
    old = engine.snapshot()
    publish(writer, [Change("a", None)])
    assert {hit.id for hit in old.search(Plan(())).found} == {"a", "b"}
    assert eventually(lambda: engine.snapshot().search(Plan(())).total == 1)
    # Two generations on, it is answered from the newest.
    publish(writer, added("c", "d"))
    assert eventually(lambda: engine.snapshot().documents_left == 3)
    assert {hit.id for hit in old.search(Plan(())).found} == {"b", "c", "d"}


def test_a_walk_goes_on_in_what_it_began_with(cluster: Settings) -> None:
    writer = open_writer(cluster)
    ids = [f"글-{n:02}" for n in range(9)]
    publish(writer, added(*ids), fresh=True)
    snapshot = open_engine(cluster).snapshot()
    plan = Plan((), sort="oldest", limit=2)
    seen = []
    while page := snapshot.search(plan).found:
        seen += [hit.id for hit in page]
        last = page[-1]
        plan = replace(plan, after=After(last.score, last.date, last.id))
        if len(seen) == 4:
            for _ in range(3):
                publish(writer, [Change(key, document_of(key, 2)) for key in ids])
    assert seen == ids


def test_a_walk_that_is_over_is_given_up(cluster: Settings) -> None:
    """A snapshot has one point in time, as long as somebody has the snapshot."""
    writer = open_writer(cluster)
    publish(writer, added("a", "b"), fresh=True)
    engine = open_engine(cluster)
    snapshot: Snapshot | None = engine.snapshot()
    assert snapshot is not None
    first = snapshot.search(Plan((), sort="oldest", limit=1)).found[-1]
    rest = Plan((), sort="oldest", after=After(first.score, first.date, first.id))
    assert [snapshot.search(rest).total for _ in range(2)] == [2, 2]
    publish(writer, added("c"))
    assert eventually(lambda: engine.snapshot().documents_left == 3)
    assert points(cluster) == cluster.opensearch_shards
    del snapshot
    assert eventually(lambda: engine.snapshot() is not None and points(cluster) == 0)


def points(own: Settings) -> int:
    """How many points in time the shards of the articles have."""
    connection = Connection(own)
    with connection.asking() as client:
        nodes = client.indices.stats(index=connection.base, metric="search")
    return int(nodes["_all"]["total"]["search"]["point_in_time_current"])


def test_an_index_that_is_built_anew_is_followed(cluster: Settings) -> None:
    writer = open_writer(cluster)
    publish(writer, added("a"), fresh=True)
    engine = open_engine(cluster)
    old = engine.snapshot()
    engine.follow(lambda _: None)
    publish(writer, added("b"), fresh=True)
    # At once: its own index is removed already.
    assert [hit.id for hit in old.search(Plan(())).found] == ["b"]
    assert eventually(lambda: engine.snapshot().generation > old.generation)


def test_nothing_published(cluster: Settings) -> None:
    with pytest.raises(NoIndexError, match="no index yet; run `reindex`"):
        open_engine(cluster).snapshot()


def test_a_cluster_that_is_away_is_said(
    cluster: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = cluster.model_copy(update={"opensearch_url": "http://127.0.0.1:1"})
    with pytest.raises(EngineError, match="cannot be reached; is it running"):
        open_engine(away).snapshot()
    app = app_for(
        tmp_path_factory.mktemp("away"),
        engine="opensearch",
        opensearch_url="http://127.0.0.1:1",
        rate_limit="",
    )
    client = app.test_client()
    for path in ("/readyz", "/api/v1/search?q=반도체", "/api/v1/suggest?q=반", "/"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "Traceback" not in answer.text
    assert client.get("/readyz").mimetype == "application/problem+json"
