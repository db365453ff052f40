"""A file of the index is cut short where it lies, under a running server: the system ends whoever
reads what is gone."""

import http.client
import json
import os
from pathlib import Path

import pytest

from index.generation import IndexFolder
from tests.building import markdown, run_reindex, write_files
from tests.web.serving import Server, eventually, serving

SHORT = 4096


@pytest.mark.parametrize("warm", [True, False], ids=["asked before", "not asked before"])
def test_the_generation_before_answers(warm: bool, tmp_path: Path) -> None:
    content = write_files(tmp_path / "content", {"a.md": markdown("반도체 수출")})
    run_reindex(content, tmp_path / "index")
    # More than a page of memory.
    body = " ".join(f"제{number}호" for number in range(3000))
    write_files(content, {"b.md": markdown("반도체 가격", body)})
    run_reindex(content, tmp_path / "index")
    with serving(tmp_path) as server:
        if warm:
            assert server.found("반도체") == {"a", "b"}
        _cut_newest(server.index)
        # Each worker, of which all answer some of the requests, looks by itself.
        assert eventually(lambda: all(_found(server) == {"a"} for _ in range(12)))
        ready = json.loads(server.get("/readyz")[1])
        assert (ready["generation"], "degraded" in ready) == (1, True)
        run_reindex(content, server.index)
        assert eventually(lambda: _found(server) == {"a", "b"})


def _cut_newest(index: Path) -> None:
    newest = IndexFolder(index).current()
    assert newest is not None
    # What both generations have is one file.
    (own,) = (file for file in newest.folder.glob("*.seg") if file.stat().st_nlink == 1)
    assert own.stat().st_size > 2 * SHORT
    os.truncate(own, SHORT)


def _found(server: Server) -> set[str]:
    try:
        return server.found("반도체")
    except http.client.HTTPException:
        # The worker was killed in the middle of it.
        return set()
