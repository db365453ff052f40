"""The writer seam on a cluster: what a generation has, and what is never seen."""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from index.document import Document
from index.generation import IndexLockedError
from index.manifest import Entry, Manifest
from index.opensearch_client import Connection
from index.opensearch_documents import to_cluster
from index.opensearch_layout import Names, of_generation
from index.opensearch_state import read_published
from index.opensearch_writer import OpenSearchWriter
from index.settings import Settings
from tests.corpora import STAMP, Change, batches, document_of, fill, latest, publish


def entry(number: int, article: str = "") -> Entry:
    """A file that was read."""
    return Entry(number, number, "", f"digest {number}", article, ((1, "a guess"),))


def stopped(writer: OpenSearchWriter, batch: Sequence[Change], *, fresh: bool = False) -> None:
    """Begin a batch, and stop in the middle of it."""
    with writer.lock(0), writer.batch(fresh=fresh) as open_batch:
        fill(open_batch, batch)
        raise ZeroDivisionError


def documents_of(own: Settings, generation: int) -> dict[str, Mapping[str, Any]]:
    """What a generation has in the cluster, by id."""
    connection = Connection(own)
    with connection.asking() as client:
        found = client.search(
            index=Names(connection.base).base,
            body={"query": of_generation(generation), "size": 1000},
        )
    return {row["_source"]["id"]: row["_source"] for row in found["hits"]["hits"]}


def expected(documents: Mapping[str, Document]) -> dict[str, dict[str, Any]]:
    """The same documents, as they are written."""
    found = {key: to_cluster(one, 0) for key, one in documents.items()}
    return {key: {**values, **_lists(values)} for key, values in found.items()}


def _lists(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: list(value) for name, value in values.items() if isinstance(value, tuple)}


def without_generations(found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without what tells one generation from another."""
    return {
        key: {name: v for name, v in values.items() if name not in ("from", "until")}
        for key, values in found.items()
    }


def changes(*rows: tuple[str, int | None]) -> list[Change]:
    """Documents by id and seed; None deletes."""
    return [Change(key, None if seed is None else document_of(key, seed)) for key, seed in rows]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=batches)
def test_batches_leave_what_an_index_made_anew_has(
    made: Sequence[Sequence[Change]], cluster: Settings
) -> None:
    writer = OpenSearchWriter(cluster)
    for i, batch in enumerate(made):
        generation = publish(writer, batch, fresh=i == 0)
    left = documents_of(cluster, generation)
    assert without_generations(left) == without_generations(expected(latest(made)))
    state = read_published(Connection(cluster))
    assert state is not None
    assert (state.generation, state.documents) == (generation, len(left))


def test_the_generation_before_is_kept_and_older_ones_are_removed(cluster: Settings) -> None:
    writer = OpenSearchWriter(cluster)
    publish(writer, changes(("a", 1), ("b", 2)), fresh=True)
    publish(writer, changes(("a", 3), ("b", None)))
    assert documents_of(cluster, 1).keys() == {"a", "b"}
    assert documents_of(cluster, 2).keys() == {"a"}
    publish(writer, changes(("c", 4)))
    assert not documents_of(cluster, 1)
    assert documents_of(cluster, 3).keys() == {"a", "c"}


def test_a_batch_that_is_not_published_leaves_no_trace(cluster: Settings) -> None:
    writer = OpenSearchWriter(cluster)
    publish(writer, changes(("a", 1), ("b", 2)), fresh=True)
    before = documents_of(cluster, 1)
    with pytest.raises(ZeroDivisionError):
        stopped(writer, changes(("a", 9), ("b", None)))
    assert documents_of(cluster, 1) == before
    assert documents_of(cluster, 2) == before


def test_what_a_dead_run_left_is_undone_by_the_next(cluster: Settings) -> None:
    writer = OpenSearchWriter(cluster)
    publish(writer, changes(("a", 1), ("b", 2)), fresh=True)
    connection = Connection(cluster)
    index = Names(connection.base).articles_of(1)
    with connection.asking() as client:
        client.index(index=index, id="left", body=to_cluster(document_of("x", 5), 2))
        found = client.search(index=index, body={"query": {"term": {"id": "a"}}})
        client.update(index=index, id=found["hits"]["hits"][0]["_id"], body={"doc": {"until": 2}})
        client.indices.create(index=Names(connection.base).articles_of(77))
    assert publish(writer, changes(("c", 3))) == 2
    assert documents_of(cluster, 2).keys() == {"a", "b", "c"}
    with connection.asking() as client:
        assert not client.indices.exists(index=Names(connection.base).articles_of(77))


def test_building_anew_switches_at_once_and_removes_the_old(cluster: Settings) -> None:
    writer = OpenSearchWriter(cluster)
    publish(writer, changes(("a", 1)), fresh=True)
    names, connection = Names(cluster.opensearch_index), Connection(cluster)
    with writer.lock(0), writer.batch(fresh=True) as batch:
        batch.add(document_of("b", 2))
        assert documents_of(cluster, 1).keys() == {"a"}
        assert batch.publish(Manifest(), STAMP) == 2
    assert documents_of(cluster, 2).keys() == {"b"}
    with connection.asking() as client:
        left = sorted(client.indices.get_alias(index=names.all))
    assert left == sorted([names.articles_of(2), names.state_of(2), names.locks])


def test_building_anew_that_fails_leaves_the_old(cluster: Settings) -> None:
    writer = OpenSearchWriter(cluster)
    publish(writer, changes(("a", 1)), fresh=True)
    with pytest.raises(ZeroDivisionError):
        stopped(writer, changes(("b", 2)), fresh=True)
    assert documents_of(cluster, 1).keys() == {"a"}


def test_the_manifest_comes_back_part_by_part(cluster: Settings) -> None:
    first = Manifest({f"글/{n}.md": entry(n, f"글/{n}") for n in range(600)}, 7)
    writer = OpenSearchWriter(cluster)
    publish(writer, changes(("a", 1)), first, fresh=True)
    other = OpenSearchWriter(cluster).published()
    assert other is not None
    assert (other.generation, other.stamp, other.manifest) == (1, STAMP, first)
    second = Manifest({**first.entries, "글/5.md": entry(55), "new.md": entry(9)}, 8)
    publish(writer, changes(("a", 2)), second)
    writer.remember(Manifest({**second.entries, "new.md": entry(10)}, 9))
    known = OpenSearchWriter(cluster).published()
    assert known is not None
    assert known.manifest == Manifest({**second.entries, "new.md": entry(10)}, 9)
    assert known.generation == 2


def test_one_writes_at_a_time(cluster: Settings) -> None:
    first, second = OpenSearchWriter(cluster), OpenSearchWriter(cluster)
    locked = pytest.raises(IndexLockedError, match=r"is being written by process \d+ on ")
    with first.lock(0), locked, second.lock(0.1):
        pass
    with second.lock(0):
        pass


def test_the_lease_of_a_process_that_died_is_free(cluster: Settings) -> None:
    connection = Connection(cluster)
    with OpenSearchWriter(cluster).lock(0):
        pass
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    body = {"process": child, "host": socket.gethostname(), "since": "x", "until": time.time() + 60}
    with connection.asking() as client:
        client.index(index=Names(connection.base).locks, id="writer", body=body)
    with OpenSearchWriter(cluster).lock(0):
        pass
