"""Whoever can write into the index folder can break it, and no more: nothing in it is code."""

import ast
import os
import pickle
from contextlib import suppress
from pathlib import Path

import pytest

from index.analysis import Analyser
from index.generation import IndexFolder, IndexFolderError
from index.whoosh_codec import open_index
from index.writer import WriterError
from search.engine import EngineError
from search.request import SearchRequest
from tests.building import markdown, run_reindex, service_for, write_files

ROOT = Path(__file__).parents[2]
ARTICLES = {"a.md": markdown("반도체 소식"), "b.md": markdown("금리 소식", draft="true")}
# What gives bytes of others to something that runs code.
RUNS_CODE = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "_pickle", "imp"}


class Canary:
    """Unpickled, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


def _names(index: Path) -> list[str]:
    return sorted(str(p.relative_to(index)) for p in index.rglob("*") if p.is_file())


def _made(folder: Path) -> tuple[Path, Path]:
    content, index = write_files(folder / "content", ARTICLES), folder / "index"
    run_reindex(content, index)
    # A second generation, so that there are deleted articles and one to fall back to.
    write_files(content, {"a.md": markdown("반도체 새 소식")})
    run_reindex(content, index)
    return content, index


def test_the_canary_sings(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))
    assert (tmp_path / "canary").is_dir()


def test_no_pickle_in_the_index_is_read(tmp_path: Path, analyser: Analyser) -> None:
    content, index = _made(tmp_path / "whole")
    names = _names(index)
    assert {"CURRENT.json", "analyses.sqlite3"} <= set(names)
    assert {Path(name).suffix for name in names} >= {".seg", ".json"}
    canary = tmp_path / "canary"
    hostile = pickle.dumps(Canary(canary))
    for name in names:
        file = index / name
        kept = file.read_bytes()
        # As the whole file, and in front of and behind what belongs there.
        for data in (hostile, hostile + kept, kept + hostile):
            file.unlink()
            file.write_bytes(data)
            _use(content, index, analyser)
            assert not canary.exists(), name
        if not file.parent.is_dir():
            file.parent.mkdir()
        file.write_bytes(kept)


def _use(content: Path, index: Path, analyser: Analyser) -> None:
    with suppress(EngineError, IndexFolderError):
        service = service_for(index, analyser)
        service.search(SearchRequest(q="반도체"))
        service.prepare()
        service.article("a")
    with suppress(IndexFolderError, Exception):
        generation = IndexFolder(index).current()
        if generation is not None:
            open_index(generation.folder).searcher().close()
    with suppress(IndexFolderError, WriterError):
        run_reindex(content, index, dry_run=True)


@pytest.mark.parametrize("package", ["index", "search", "web"])
def test_nothing_that_runs_code_is_imported(package: str) -> None:
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.keyword):
                assert node.arg != "allow_pickle", path
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "__import__"), path
    assert not found & RUNS_CODE
