"""What goes wrong with suggestions in a cluster: no run and no search fails for it."""

import json
import logging
from pathlib import Path

import pytest

from index.opensearch_client import Connection
from index.opensearch_layout import Names
from index.opensearch_state import read_published
from index.reindex import Options, reindex
from index.settings import Settings
from tests.building import Quiet, app_for, markdown, write_files
from tests.opensearch.proxy import Fault, Proxy
from tests.opensearch.test_faults import AWAY, BUSY, content, proxy, run, titles
from tests.opensearch.test_words import words_of
from tests.opensearch.test_writer_faults import kill_run

__all__ = ["content", "proxy"]
CHANGED = ["금리 인하", "반도체 소식", "환율 소식"]


def suggested(own: Settings) -> list[str]:
    """The titles that may be suggested; those of a run that is over."""
    state = read_published(Connection(own))
    assert state is not None
    assert state.words is not None
    assert (state.words.generation, state.words.articles) == (state.generation, state.articles)
    with Connection(own).asking() as client:
        left = sorted(client.indices.get_alias(index=Names(own.opensearch_index).words("*")))
    assert left == [state.words.index]
    return sorted(row["text"] for row in words_of(own).values() if row["kind"] == "title")


@pytest.mark.parametrize(
    ("how", "method", "part"),
    [
        ((), "GET", "_alias"),
        ((), "HEAD", ""),
        ((), "POST", "_bulk"),
        ((), "POST", "_refresh"),
        (("--full",), "PUT", ""),
        (("--full",), "POST", "_bulk"),
        (("--full",), "POST", "_refresh"),
        (("--full",), "POST", "_search"),
    ],
)
def test_a_run_publishes_without_its_words(
    cluster: Settings,
    content: Path,
    proxy: Proxy,
    how: tuple[str, ...],
    method: str,
    part: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert run(cluster, content).exit_code == 0
    write_files(content, {"posts/0.md": markdown("금리 인하")})
    fault = Fault(403)
    hit = False

    def at_words(asked: str, path: str) -> Fault | None:
        nonlocal hit
        if asked != method or "-words-" not in path or not path.endswith(part):
            return None
        hit = True
        return fault

    proxy.fault = at_words
    with caplog.at_level(logging.WARNING, "index"):
        result = run(cluster, content, *how, opensearch_url=proxy.url)
    assert result.exit_code == 0, result.output
    assert titles(cluster) == CHANGED
    assert hit
    assert "suggestions and corrections are not up to date" in caplog.text
    result = run(cluster, content)
    assert "nothing to do" in result.output
    assert suggested(cluster) == CHANGED


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("how", [(), ("--full",)], ids=["changes", "anew"])
def test_killed_while_words_are_written(
    cluster: Settings, content: Path, proxy: Proxy, how: tuple[str, ...], done: bool
) -> None:
    assert run(cluster, content).exit_code == 0
    write_files(content, {"posts/0.md": markdown("금리 인하")})
    # Not the one of the articles, nor that of the manifest.
    kill_run(cluster, content, proxy, how, "_bulk", done, among="-words-")
    assert titles(cluster) == CHANGED
    result = run(cluster, content)
    assert "nothing to do" in result.output
    assert suggested(cluster) == CHANGED


@pytest.fixture(scope="module")
def written(common_cluster: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The configuration of an index that is only read."""
    folder = tmp_path_factory.mktemp("written")
    files = {f"posts/{n}.md": markdown(f"반도체 소식 {n}") for n in range(3)}
    content = write_files(folder / "content", files)
    chosen = {"content_dir": content, "index_dir": folder / "index"}
    own = common_cluster.model_copy(update=chosen)
    reindex(own, Options(), Quiet())
    return own


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(BUSY, id="busy"),
        pytest.param(AWAY, id="away"),
        pytest.param(Fault(404), id="gone"),
        pytest.param(Fault(403), id="forbidden"),
        pytest.param(Fault(seconds=1.5), id="slow"),
        pytest.param(Fault(0), id="hangs up"),
        pytest.param(Fault(200, "<html>sign in</html>", "text/html"), id="another page"),
        pytest.param(Fault(200, '{"responses": []}'), id="no answers"),
        pytest.param(
            Fault(200, json.dumps({"responses": [{"status": 503, "error": {"reason": "red"}}]})),
            id="red",
        ),
    ],
)
def test_a_search_goes_without_words(written: Settings, proxy: Proxy, fault: Fault) -> None:
    app = app_for(
        written.index_dir,
        engine="opensearch",
        opensearch_url=proxy.url,
        opensearch_index=written.opensearch_index,
        opensearch_timeout=1,
        rate_limit="",
    )
    client = app.test_client()
    search, suggest = "/api/v1/search?q=반도채", "/api/v1/suggest?q=반"
    proxy.fault = lambda _method, path: fault if path.endswith("_msearch") else None
    found, offered = client.get(search), client.get(suggest)
    assert (found.status_code, offered.status_code) == (200, 200)
    assert (found.json["query"]["applied"], found.json["partial"]) == ("반도채", False)
    assert offered.json == {"suggestions": []}
    proxy.fault = lambda _method, _path: None
    # What was made without them was kept nowhere.
    found, offered = client.get(search), client.get(suggest)
    assert (found.json["query"]["applied"], found.json["query"]["reason"]) == ("반도체", "spelling")
    assert offered.json["suggestions"]
    assert client.get("/readyz").status_code == 200
