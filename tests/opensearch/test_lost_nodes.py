"""Nodes of a cluster go while it is written to and asked: copies take over, or it is said."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from index.reindex import Options, reindex
from index.settings import Settings
from tests.building import Quiet, app_for, markdown, write_files
from tests.opensearch.conftest import nodes
from tests.opensearch.proxy import Proxy, running
from tests.opensearch.test_engine_following import eventually
from tests.opensearch.test_faults import content, run, titles
from web.context import EXTENSION

__all__ = ["content"]
# Each test takes one away, and those that are left must be able to agree.
NODES = 5
ARTICLES = {f"posts/{i}.md": markdown(f"반도체 소식 {i}") for i in range(12)}


@dataclass
class Dying:
    """A cluster whose nodes may be killed."""

    urls: str
    processes: list[int]

    def strike(self, how: signal.Signals) -> None:
        """Let the next node have a signal; in the end all of them are killed."""
        os.kill(self.processes.pop(), how)

    def index(self, folder: Path, content: Path, copies: int) -> Settings:
        """The configuration of an index of its own."""
        return Settings(
            engine="opensearch",
            content_dir=content,
            index_dir=folder / "index",
            opensearch_url=self.urls,
            opensearch_index=f"{folder.name}-{copies}",
            opensearch_shards=NODES,
            opensearch_replicas=copies,
        )


@pytest.fixture(scope="module")
def dying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dying]:
    folder = tmp_path_factory.mktemp("dying")
    with nodes(folder, NODES) as urls:
        found = [node["pid"] for node in json.loads((folder / "nodes.json").read_text())]
        yield Dying(urls, found[1:])
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


class Killing(Quiet):
    """Kills a node once some articles were analysed."""

    def __init__(self, dying: Dying) -> None:
        self._left, self._dying = 2, dying

    def advance(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._dying.strike(signal.SIGKILL)


def test_while_it_is_written_to(dying: Dying, content: Path, tmp_path: Path) -> None:
    """Copies carry a rebuild on; without one the index is red, and the run says so."""
    bare, copied = (dying.index(tmp_path, content, copies) for copies in (0, 1))
    for own in (bare, copied):
        reindex(own, Options(), Quiet())
    write_files(content, {"posts/0.md": markdown("금리 인하")})
    reindex(copied, Options(full=True), Killing(dying))
    assert titles(copied) == ["금리 인하", "반도체 소식", "환율 소식"]
    with running(Proxy(dying.urls.partition(",")[0])) as proxy:
        result = run(bare, content, opensearch_url=proxy.url, opensearch_timeout=2)
    assert result.exit_code == 3, result.output
    assert "away" in result.output
    assert "Traceback" not in result.output
    # That would wait a minute for the shard.
    assert not any(path.endswith("/_refresh") for _, path in proxy.requests)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
def test_in_the_middle_of_queries(dying: Dying, tmp_path: Path, how: signal.Signals) -> None:
    """Copies answer in its place."""
    own = dying.index(tmp_path, write_files(tmp_path / "content", ARTICLES), 1)
    reindex(own, Options(), Quiet())
    app = app_for(
        own.index_dir,
        engine="opensearch",
        opensearch_url=own.opensearch_url,
        opensearch_index=own.opensearch_index,
        opensearch_timeout=1,
        rate_limit="",
    )
    client, numbers = app.test_client(), count()
    service = app.extensions[EXTENSION].service
    service.warm_up()
    service.follow()

    def found() -> bool:
        answer = client.get(f"/api/v1/search?q=반도체+-없는{next(numbers)}")
        assert answer.status_code in (200, 503)
        if answer.status_code == 503:
            return False
        assert answer.json["partial"] or answer.json["total"] == len(ARTICLES)
        return not answer.json["partial"]

    assert all(found() for _ in range(10))
    dying.strike(how)
    assert eventually(lambda: all(found() for _ in range(20)))
