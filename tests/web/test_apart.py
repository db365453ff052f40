"""The workers of a server share what is derived of each generation."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.building import markdown, run_reindex, write_files
from tests.web.serving import Server, eventually, serving

PATIENCE = 60.0
# What is derived is made anew without the rest that a server of readers takes between.
RESTLESS = "from search import background; background.REST_SECONDS = 0.1"
BEFORE = {"a.md": markdown("가온누리호 소식")}
AFTER = {f"b{i}.md": markdown("민주당 전당대회", body="민주당 소식이다.") for i in range(3)}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One whose temporary files are in a folder of its own."""
    (tmp_path / "tmp").mkdir()
    content = write_files(tmp_path / "content", BEFORE)
    run_reindex(content, tmp_path / "index")
    with serving(tmp_path, first=RESTLESS, TMPDIR=str(tmp_path / "tmp")) as running:
        yield running


def suggested(server: Server, text: str) -> set[str]:
    status, body = server.get(f"/api/v1/suggest?q={quote(text)}")
    assert status == 200, body
    return {suggestion["text"] for suggestion in json.loads(body)["suggestions"]}


def corrected(server: Server, text: str) -> str | None:
    status, body = server.get(f"/api/v1/search?q={quote(text)}")
    assert status == 200, body
    applied: str | None = json.loads(body)["query"]["applied"]
    return applied


def files(server: Server) -> dict[str, int]:
    """What the server has in its folder, and in which file."""
    folder = server.content.parent / "tmp"
    found = (one for one in folder.glob("geulsaem-*/*/*") if one.is_file())
    return {one.name: one.stat().st_ino for one in found}


def test_all_workers_suggest_and_correct_what_was_published(server: Server) -> None:
    assert suggested(server, "가온") == {"가온누리호 소식"}
    assert suggested(server, "민주") == set()
    before = files(server)
    assert set(before) == {"derived.arrays", "lock"}
    write_files(server.content, AFTER)
    run_reindex(server.content, server.index)
    # Each of them, of which all answer some of the requests.
    for complete in (
        lambda: all("민주당" in suggested(server, "민주") for _ in range(12)),
        lambda: all(corrected(server, "민쥬당") == "민주당" for _ in range(12)),
    ):
        assert eventually(complete, PATIENCE)
    after = files(server)
    assert set(after) == set(before)
    assert after["derived.arrays"] != before["derived.arrays"]


def test_nothing_is_left_of_a_server_that_ended(server: Server) -> None:
    assert files(server)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(PATIENCE)
    assert list((server.content.parent / "tmp").iterdir()) == []
