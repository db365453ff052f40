"""From one schema of the index to the next: the old server answers until the new one is there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from index import fields
from index.backup import copy_index
from index.damage import examine
from index.generation import IndexFolder, IndexVersionError
from index.sealed import seal, unseal
from index.whoosh_writer import WhooshWriter
from tests.building import app_for, keep_analyses, markdown, run_reindex, write_files
from tests.web.serving import Server, environment, eventually
from tests.web.test_reload import everywhere, server

ROOT = Path(__file__).parents[2]
# A version that differs in its schema alone.
OTHER = """
import sys
from index import fields
fields.SCHEMA_VERSION = int(sys.argv.pop(1))
from {module} import {name}
{name}()
"""
FIXTURES = (server,)
WRITTEN = {
    "a.md": markdown("가온누리호 소식"),
    "b.md": markdown("반도체 수출"),
    "c.md": markdown("반도체 공장"),
    **{f"{name}.md": markdown("반도체") for name in "de"},
}


def other(schema: int, module: str, name: str, *arguments: str, root: Path) -> str:
    """What a command of another version says."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            OTHER.format(module=module, name=name),
            str(schema),
            *arguments,
        ],
        cwd=root,
        env=environment(root / "content", root / "index") | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def analyse_all(folder: Path, index: Path) -> None:
    keep_analyses(folder / "made", index, write_files(folder / "content", WRITTEN))


def test_the_next_version(server: Server, tmp_path: Path) -> None:
    root, newer = server.content.parent, fields.SCHEMA_VERSION + 1
    said = other(newer, "web.cli", "geulsaem", "search", "반도체", root=root)
    assert f"has schema {fields.SCHEMA_VERSION}, this version reads {newer}" in said
    assert "run `reindex` to build it anew" in said

    # The rebuild needs no option, and the server of before goes on with what it has.
    analyse_all(tmp_path, server.index)
    write_files(server.content, {"c.md": WRITTEN["c.md"]})
    assert "generation 2 published" in other(newer, "index.cli", "reindex", root=root)
    assert eventually(lambda: "degraded" in json.loads(server.get("/readyz")[1]))
    assert everywhere(server, "반도체", {"b"})
    assert "start the server again" in server.logged()
    # Even when its generation is removed.
    for name in "de":
        write_files(server.content, {f"{name}.md": WRITTEN[f"{name}.md"]})
        other(newer, "index.cli", "reindex", root=root)
    assert not (server.index / "generation-000001").exists()
    assert everywhere(server, "반도체", {"b"})
    assert "4 articles (" in other(newer, "web.cli", "geulsaem", "search", "반도체", root=root)

    # The way back is the same.
    run_reindex(server.content, server.index)
    assert eventually(lambda: everywhere(server, "반도체", {"b", "c", "d", "e"}))
    assert json.loads(server.get("/readyz")[1]) == {"status": "ready", "generation": 5}


@pytest.mark.parametrize(("step", "advice"), [(1, "start the server again"), (-1, "run `reindex`")])
def test_a_server_that_begins_on_another_schema(
    step: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"content/a.md": WRITTEN["a.md"]})
    analyse_all(tmp_path / "analysed", tmp_path / "index")
    other(fields.SCHEMA_VERSION + step, "index.cli", "reindex", "content", root=tmp_path)
    with pytest.raises(IndexVersionError, match=advice):
        IndexFolder(tmp_path / "index").current()
    client = app_for(tmp_path / "index").test_client()
    assert client.get("/readyz").status_code == 503
    run_reindex(tmp_path / "content", tmp_path / "index")
    assert client.get("/readyz").json == {"status": "ready", "generation": 2}


@pytest.mark.parametrize("more", [{}, {"segments": 8}], ids=["same-keys", "one-more"])
@pytest.mark.parametrize(("step", "advice"), [(1, "start the server again"), (-1, "run `reindex`")])
def test_a_server_that_begins_between_two_schemas(
    step: int, advice: str, more: dict[str, int], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content, index = tmp_path / "content", tmp_path / "index"
    write_files(content, {"b.md": WRITTEN["b.md"]})
    analyse_all(tmp_path / "analysed", index)
    run_reindex(content, index)
    write_files(content, {"c.md": WRITTEN["c.md"]})
    run_reindex(content, index)
    theirs = index / "generation-000002"
    meta = dict(unseal(theirs / "generation.json") or {})
    meta = meta | more | {"schema_version": fields.SCHEMA_VERSION + step}
    (theirs / "generation.json").write_text(seal(meta))

    client = app_for(index).test_client()
    ready = client.get("/readyz").json
    assert ready == {
        "status": "ready",
        "generation": 1,
        "degraded": "generation 2 is of another version; 1 answers",
    }
    assert f"has schema {meta['schema_version']}, " in caplog.text
    assert advice in caplog.text
    assert client.get("/api/v1/search?q=반도체").json["total"] == 1
    # Whatever builds on the published index, copies or examines it does not take the one before.
    assert WhooshWriter(index).published() is None
    for use in (examine, lambda folder: copy_index(folder, tmp_path / "copy")):
        with pytest.raises(IndexVersionError, match=advice):
            use(index)

    # What the other version wrote is the one to go back to, and nothing that is damaged.
    assert run_reindex(content, index).generation == 3
    assert unseal(theirs / "generation.json") == meta
    assert [one.name for one in examine(index)][1:] == ["generation-000003"]
    assert not any(one.damaged for one in examine(index))
    assert client.get("/readyz").json == {"status": "ready", "generation": 3}
