"""A run that dies at any request, and one that is overtaken: the next ends as one that begins
anew, and nothing of the dead one is left."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from index import opensearch_bulk
from index.generation import IndexLockedError
from index.manifest import Manifest
from index.opensearch_client import Connection
from index.opensearch_layout import Names
from index.opensearch_writer import OpenSearchWriter
from index.settings import Settings
from tests.building import markdown, write_files
from tests.corpora import STAMP, document_of, publish
from tests.opensearch.killed import begun, ended, type_reindex
from tests.opensearch.proxy import Fault, Proxy
from tests.opensearch.test_faults import BUSY, content, proxy, run, titles
from tests.opensearch.test_writer import changes, documents_of, without_generations

__all__ = ["content", "proxy"]
BEFORE = ["금리 소식", "반도체 소식", "환율 소식"]
AFTER = ["금리 인하", "반도체 소식", "새 글"]


def everything(own: Settings) -> tuple[dict[str, dict[str, Any]], int, list[str]]:
    """What is published, how many documents there are beside, and which indices."""
    connection, names = Connection(own), Names(own.opensearch_index)
    writer = OpenSearchWriter(own)
    known = writer.published()
    assert known is not None
    published = documents_of(own, known.generation)
    with connection.asking() as client:
        client.indices.refresh(index=names.base)
        beside = client.count(
            index=names.base,
            body={"query": {"range": {"from": {"gt": known.generation}}}},
        )["count"]
        beside += client.count(
            index=names.base,
            body={"query": {"range": {"until": {"gt": known.generation}}}},
        )["count"]
        all_of_them = client.indices.get_alias(index=names.all)
        indices = [name for name in all_of_them if names.number(name) is not None]
    return without_generations(published), beside, indices


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("how", "part"),
    [
        pytest.param((), "articles/_bulk", id="changes"),
        pytest.param((), "articles/_refresh", id="refresh"),
        pytest.param((), "state/_bulk", id="manifest"),
        pytest.param((), "_doc/published", id="publish"),
        pytest.param((), "_delete_by_query", id="putting away"),
        pytest.param(("--full",), "articles/_bulk", id="anew"),
        pytest.param(("--full",), "_doc/published", id="anew, publish"),
        pytest.param(("--full",), "_aliases", id="anew, switch"),
    ],
)
def test_killed(
    cluster: Settings, content: Path, proxy: Proxy, how: tuple[str, ...], part: str, done: bool
) -> None:
    assert run(cluster, content).exit_code == 0
    write_files(content, {"posts/0.md": markdown("금리 인하"), "posts/9.md": markdown("새 글")})
    (content / "posts/2.md").unlink()
    kill_run(cluster, content, proxy, how, part, done)
    assert titles(cluster) in (BEFORE, AFTER)

    result = run(cluster, content)
    assert result.exit_code == 0, result.output
    assert titles(cluster) == AFTER
    assert "nothing to do" in run(cluster, content).output
    left, beside, _ = everything(cluster)
    assert beside == 0
    assert run(cluster, content, "--full").exit_code == 0
    anew, beside, indices = everything(cluster)
    assert (anew, beside, len(indices)) == (left, 0, 2)


def kill_run(
    cluster: Settings,
    content: Path,
    proxy: Proxy,
    how: tuple[str, ...],
    part: str,
    done: bool,
    among: str = "",
) -> None:
    """Let a run die at a request, see ``killing_at``."""
    env = {
        "GEULSAEM_ENGINE": "opensearch",
        "GEULSAEM_OPENSEARCH_URL": proxy.url,
        "GEULSAEM_OPENSEARCH_INDEX": cluster.opensearch_index,
        "GEULSAEM_OPENSEARCH_REPLICAS": "0",
        "GEULSAEM_INDEX_DIR": str(content.parent / "index"),
    }
    killed: list[int] = []
    reached = killing_at(proxy, part, done, killed, among)
    process = begun(type_reindex, [str(content), "--workers", "1", *how], env)
    assert process.pid is not None
    killed.append(process.pid)
    code = ended(process)
    proxy.fault = lambda _method, _path: None
    assert (code, reached) == (-signal.SIGKILL, [part])


def killing_at(
    proxy: Proxy, part: str, done: bool, process: list[int], among: str = ""
) -> list[str]:
    """Kill a process at its first request that changes a part (``among`` those of such a name):
    before it reaches the cluster, or once it was done there. What was reached is put into the
    list."""
    reached: list[str] = []

    def kill() -> None:
        os.kill(process[0], signal.SIGKILL)

    def fault(method: str, path: str) -> Fault | None:
        if reached or method == "GET" or among not in path or not path.endswith(part):
            return None
        reached.append(part)
        if not done:
            kill()
            return Fault(0)
        return Fault(lost=True, then=kill)

    proxy.fault = fault
    return reached


@pytest.mark.parametrize("fresh", [False, True], ids=["changes", "anew"])
def test_a_run_that_is_overtaken_publishes_nothing(cluster: Settings, fresh: bool) -> None:
    """Its lease was over, as it was stopped for a while; the other one is not disturbed."""
    first, second = OpenSearchWriter(cluster), OpenSearchWriter(cluster)
    publish(first, changes(("a", 1), ("b", 2)), fresh=True)
    overtaken = pytest.raises(IndexLockedError, match="another run took the lease")
    with first.lock(0), overtaken, first.batch(fresh=fresh) as late:
        late.add(document_of("a", 3))
        expire(cluster)
        with second.lock(0), second.batch(fresh=fresh) as batch:
            batch.add(document_of("c", 4))
            with pytest.raises(IndexLockedError, match="another run took the lease"):
                late.publish(Manifest(), STAMP)
            late.close()
            generation = batch.publish(Manifest(), STAMP)
        late.publish(Manifest(), STAMP)
    expected = {"c"} if fresh else {"a", "b", "c"}
    assert documents_of(cluster, generation).keys() == expected
    assert generation == 2


def expire(own: Settings) -> None:
    """The lease is over, and whoever holds it does not know."""
    connection = Connection(own)
    with connection.asking() as client:
        body: Mapping[str, Any] = {"doc": {"until": time.time() - 1}}
        client.update(index=Names(connection.base).locks, id="writer", body=body)


@pytest.mark.parametrize("fault", [BUSY, Fault(0)], ids=["busy", "gone"])
def test_patience_ends(
    cluster: Settings,
    content: Path,
    proxy: Proxy,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cluster that takes nothing for good is not waited for longer than for one that recovers."""
    monkeypatch.setattr(opensearch_bulk, "_PATIENCE_SECONDS", 0.5)
    assert run(cluster, content).exit_code == 0
    write_files(content, {"posts/0.md": markdown("금리 인하")})
    proxy.fault = lambda _method, path: fault if path.endswith("/_bulk") else None
    result = run(cluster, content, opensearch_url=proxy.url)
    assert result.exit_code == 3, result.output
    assert titles(cluster) == BEFORE
