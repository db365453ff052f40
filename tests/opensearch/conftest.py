"""A real cluster: the one that CLUSTER_URL names, or three nodes that are started for the tests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from index.opensearch_client import Connection
from index.opensearch_layout import Names
from index.settings import Settings
from tests.building import keep_analyses, markdown, write_files

SCRIPT = Path(__file__).with_name("cluster")


@contextmanager
def nodes(folder: Path, count: int) -> Iterator[str]:
    """The addresses of some nodes that are of no use to others: they may be killed."""
    command = [sys.executable, SCRIPT, "start", "--nodes", str(count), "--folder", folder]
    command += ["--while", str(os.getpid())]
    started = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    try:
        yield started.stdout.strip()
    finally:
        subprocess.run([sys.executable, SCRIPT, "stop", folder], check=True)


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The addresses of its nodes, as opensearch_url takes them."""
    given = os.environ.get("CLUSTER_URL")
    if given:
        yield given
        return
    with nodes(tmp_path_factory.mktemp("cluster"), 3) as urls:
        yield urls


@pytest.fixture(scope="session")
def analyses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index folder with the analyses of short articles, so that processes which are killed load
    no Kiwi before."""
    folder = tmp_path_factory.mktemp("analyses")
    titles = ("금리 소식", "반도체 소식", "환율 소식", "금리 인하", "새 글")
    written = {f"{i}.md": markdown(title) for i, title in enumerate(titles)}
    content = write_files(folder / "content", written)
    keep_analyses(folder / "made", folder / "index", content)
    return folder / "index"


@pytest.fixture
def cluster(cluster_url: str) -> Iterator[Settings]:
    """The configuration of an index of one's own, which is removed in the end."""
    yield from _own_index(cluster_url)


@pytest.fixture
def other_cluster(cluster_url: str) -> Iterator[Settings]:
    """The configuration of a second index, to compare with."""
    yield from _own_index(cluster_url)


@pytest.fixture(scope="module")
def common_cluster(cluster_url: str) -> Iterator[Settings]:
    """The same for all tests of a module."""
    yield from _own_index(cluster_url)


def _own_index(cluster_url: str) -> Iterator[Settings]:
    settings = Settings(
        engine="opensearch",
        opensearch_url=cluster_url,
        opensearch_index=f"test-{uuid4().hex[:12]}",
        opensearch_shards=2,
        opensearch_replicas=0,
        opensearch_timeout=30,
    )
    yield settings
    connection = Connection(settings)
    with connection.asking() as client:
        left = list(client.indices.get_alias(index=Names(connection.base).all))
        if left:
            client.indices.delete(index=left)
