"""What goes wrong while a cluster is written to: it is said, and nothing is half published."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index import opensearch_bulk
from index.cli import reindex as command
from index.opensearch_client import Connection
from index.opensearch_layout import Names, of_generation
from index.opensearch_state import read_published
from index.settings import Settings
from tests.building import markdown, write_files
from tests.opensearch.proxy import Fault, Proxy, certificates, running

USER, PASSWORD = "indexer", "암호: 글샘"


@pytest.fixture
def content(tmp_path: Path, analyses: Path) -> Path:
    """Three articles; their analyses lie in the index folder beside."""
    copytree(analyses, tmp_path / "index")
    names = ("금리", "반도체", "환율")
    files = {f"posts/{i}.md": markdown(f"{name} 소식") for i, name in enumerate(names)}
    return write_files(tmp_path / "content", files)


@pytest.fixture
def proxy(cluster: Settings) -> Iterator[Proxy]:
    """A proxy before the cluster."""
    with running(Proxy(cluster.opensearch_url.partition(",")[0])) as proxy:
        yield proxy


def run(cluster: Settings, content: Path, *arguments: str, **values: Any) -> Result:
    """``reindex`` as it is typed, on the index of ``cluster``, with other values of settings."""
    given = {
        "engine": "opensearch",
        "opensearch_url": cluster.opensearch_url,
        "opensearch_index": cluster.opensearch_index,
        "opensearch_replicas": cluster.opensearch_replicas,
        "opensearch_timeout": 10,
        "index_dir": content.parent / "index",
    }
    env = {f"GEULSAEM_{key.upper()}": str(value) for key, value in (given | values).items()}
    return CliRunner().invoke(command, [str(content), "--workers", "1", *arguments], env=env)


def titles(cluster: Settings) -> list[str]:
    """What readers see: the titles of the published generation."""
    connection = Connection(cluster)
    state = read_published(connection)
    assert state is not None
    with connection.asking() as client:
        found = client.search(
            index=Names(connection.base).base,
            body={"query": of_generation(state.generation), "size": 1000},
        )
    rows = [row["_source"]["record"]["title"] for row in found["hits"]["hits"]]
    assert len(rows) == state.documents
    return sorted(rows)


def version(number: str, **more: str) -> Fault:
    """The cluster says that it is of another version."""
    return Fault(200, json.dumps({"version": {"number": number, **more}}))


def items(status: int) -> Fault:
    """The first of many changes is not taken, although the answer is a success."""
    return Fault(first=status)


BUSY, AWAY, LOST = Fault(429), Fault(503), Fault(lost=True)
CHANGES, ANEW = (), ("--full",)


@pytest.mark.parametrize(
    ("how", "method", "part", "fault", "said"),
    [
        # What is asked before a run knows what it is to do.
        pytest.param(
            *(CHANGES, "GET", "", version("2.11.1", distribution="opensearch"), "2.15"), id="old"
        ),
        pytest.param(CHANGES, "GET", "", version("8.14.0"), "not OpenSearch", id="another server"),
        pytest.param(CHANGES, "GET", "", Fault(403), "may not do this", id="forbidden"),
        pytest.param(CHANGES, "GET", "", Fault(seconds=3), "no answer within 1 s", id="slow"),
        pytest.param(CHANGES, "GET", "", Fault(0), "cannot be reached", id="hangs up"),
        pytest.param(CHANGES, "POST", "_refresh", BUSY, "too much to do", id="busy"),
        pytest.param(ANEW, "POST", "_refresh", BUSY, "too much to do", id="anew, busy"),
        pytest.param(CHANGES, "POST", "_refresh", AWAY, "is away", id="before the publish"),
        pytest.param(ANEW, "POST", "_refresh", AWAY, "is away", id="anew, before the publish"),
        pytest.param(CHANGES, "PUT", "published", AWAY, "is away", id="at the publish"),
        pytest.param(ANEW, "PUT", "published", AWAY, "is away", id="anew, at the publish"),
        pytest.param(ANEW, "POST", "_aliases", AWAY, "is away", id="anew, at the switch"),
    ],
)
def test_said_and_not_published(
    cluster: Settings,
    content: Path,
    proxy: Proxy,
    how: tuple[str, ...],
    method: str,
    part: str,
    fault: Fault,
    said: str,
) -> None:
    assert run(cluster, content).exit_code == 0
    before = titles(cluster)
    write_files(content, {"posts/0.md": markdown("금리 인하"), "posts/9.md": markdown("새 글")})
    proxy.fault = lambda m, path: fault if m == method and path.endswith(f"/{part}") else None
    result = run(cluster, content, *how, opensearch_url=proxy.url, opensearch_timeout=1)
    assert (result.exit_code, said in result.output) == (3, True), result.output
    assert "Traceback" not in result.output
    assert titles(cluster) == before
    assert run(cluster, content).exit_code == 0
    assert titles(cluster) == ["금리 인하", "반도체 소식", "새 글", "환율 소식"]


@pytest.mark.parametrize(
    ("how", "part", "fault"),
    [
        pytest.param(CHANGES, "/_bulk", BUSY, id="full queue"),
        pytest.param(ANEW, "/_bulk", BUSY, id="anew, full queue"),
        pytest.param(CHANGES, "/_bulk", AWAY, id="a node goes"),
        pytest.param(ANEW, "/_bulk", AWAY, id="anew, a node goes"),
        pytest.param(CHANGES, "/_bulk", LOST, id="answer to changes lost"),
        pytest.param(ANEW, "/_bulk", LOST, id="anew, answer to changes lost"),
        pytest.param(CHANGES, "articles/_bulk", items(429), id="each article refused for now"),
        pytest.param(ANEW, "articles/_bulk", items(429), id="anew, each article refused for now"),
        pytest.param(CHANGES, "articles/_bulk", items(503), id="the shard of each away for now"),
        pytest.param(ANEW, "articles/_bulk", items(503), id="anew, the shard of each away for now"),
        pytest.param(CHANGES, "/writer", LOST, id="answer to the lease lost"),
        pytest.param(CHANGES, "/published", LOST, id="answer to the publish lost"),
        pytest.param(ANEW, "/published", LOST, id="anew, answer to the publish lost"),
        pytest.param(ANEW, "/_aliases", LOST, id="anew, answer to the switch lost"),
    ],
)
def test_passes(
    cluster: Settings,
    content: Path,
    proxy: Proxy,
    how: tuple[str, ...],
    part: str,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is over after a while costs time alone."""
    monkeypatch.setattr(opensearch_bulk, "_FIRST_PAUSE_SECONDS", 0.01)
    assert run(cluster, content).exit_code == 0
    write_files(content, {"posts/0.md": markdown("금리 인하")})
    # The lease is there once its first answer got lost.
    left = [fault] * (1 if part == "/writer" else 2)
    proxy.fault = lambda method, path: (
        left.pop() if left and method != "GET" and path.endswith(part) else None
    )
    result = run(cluster, content, *how, opensearch_url=proxy.url)
    assert result.exit_code == 0, result.output
    assert not left
    assert titles(cluster) == ["금리 인하", "반도체 소식", "환율 소식"]


@pytest.mark.parametrize(
    ("password", "trusted", "code", "said"),
    [
        pytest.param(PASSWORD, True, 0, "", id="right"),
        pytest.param("another", True, 3, "refuses indexer; see opensearch_user", id="password"),
        pytest.param(PASSWORD, False, 3, "opensearch_ca_file", id="authority"),
    ],
)
def test_password_and_private_authority(
    cluster: Settings,
    content: Path,
    tmp_path: Path,
    password: str,
    trusted: bool,
    code: int,
    said: str,
) -> None:
    authority, certificate = certificates(tmp_path)
    target = cluster.opensearch_url.partition(",")[0]
    values: dict[str, Any] = {"opensearch_user": USER, "opensearch_password": password}
    if trusted:
        values["opensearch_ca_file"] = authority
    with running(Proxy(target, user=USER, password=PASSWORD), certificate) as proxy:
        result = run(cluster, content, opensearch_url=proxy.url, **values)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert PASSWORD not in result.output
