"""Each benchmark at its smallest: it runs, its engines agree, it prints what it should."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SECONDS = 300


def _smoke(benchmark: str, cache: Path) -> str:
    for extra in ("tantivy", "bm25s"):
        pytest.importorskip(extra, reason="the bench extra is not installed: make bench-smoke")
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", "--smoke"]
    environment = os.environ | {"BENCH_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=_SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the analysed sentences and the indexes of all benchmarks."""
    return tmp_path_factory.mktemp("bench")


def _rows(output: str) -> dict[str, list[str]]:
    lines = [line.split(" | ") for line in output.splitlines() if line.startswith("| ")]
    return {line[0].removeprefix("| "): line[1:] for line in lines}


def test_search_compares_every_engine_in_every_kind(cache: Path) -> None:
    output = _smoke("search", cache)
    assert "processor: " in output
    for engine in ("tantivy", "fts5", "whoosh", "bm25s", "ours, caches empty", "ours, 10 seg."):
        assert engine in output
    rows = _rows(output)
    for kind in ("and", "or", "not", "phrase", "prefix", "newest"):
        assert f"{kind}, common words, 4 facets" in rows
    assert "ours, files dropped from memory" in rows
    assert "first query after it, ms" in rows
    assert "searched: all but stored text and spans" in rows


def test_indexing_measures_writers_and_runs(cache: Path) -> None:
    rows = _rows(_smoke("indexing", cache))
    assert {"ours", "tantivy", "fts5", "whoosh"} <= rows.keys()
    seconds, articles, rate, inside, *_ = rows["first run"]
    assert (float(seconds) > 0, int(articles) > 0, float(rate) > 0) == (True, True, True)
    assert not inside.startswith("0%")
    assert rows["nothing changed"][3].startswith("0%")
    assert "one article changed" in rows


def test_load_has_no_error_while_a_writer_publishes(cache: Path) -> None:
    output = _smoke("load", cache)
    assert "5 generations with 50 articles published; 0 errors." in output
    rows = _rows(output)
    for kind in ("search", "filters", "suggest", "article", "related", "while publishing"):
        assert int(rows[kind][0]) > 0
        assert float(rows[kind][1]) > 0
    assert sum(int(row[0]) for until, row in rows.items() if until[0].isdigit()) >= 4


def test_http_measures_one_client_and_many(cache: Path) -> None:
    rows = _rows(_smoke("http", cache))
    for clients in ("1 client", "16 clients"):
        for asked in ("Zipf list", "no two alike"):
            assert float(rows[f"{asked}, {clients}"][1].replace(",", "")) > 0


def test_worst_names_requests_and_what_they_cost(cache: Path) -> None:
    output = _smoke("worst", cache)
    rows = _rows(output)
    assert rows["1,000 authors"][2].startswith("400")
    assert float(rows["85 common words"][0]) > 0
    assert " hits" in rows["85 common words"][2]
    assert int(output.splitlines()[-1].split()[0]) == len(rows) - 2


def test_growth_has_times_facts_and_shares(cache: Path) -> None:
    output = _smoke("growth", cache)
    rows = _rows(output)
    assert [float(value.rstrip(" |")) > 0 for value in rows["and, random words"]] == [True] * 3
    assert "nanoseconds a fact" in output
    steps = ("matching", "scoring", "cutting the page", "hits", "facet counts", "facet rows")
    shares = [int(rows[step][0].rstrip("%")) for step in (*steps, "all else")]
    assert min(shares) > 0
    # Rounded, each by itself.
    assert abs(sum(shares) - 100) <= len(shares)


def test_scale_compares_both_engines(cache: Path) -> None:
    pytest.importorskip("opensearchpy", reason="the opensearch extra is not installed")
    if shutil.which("mvn") is None:
        pytest.skip("no Maven to bring a cluster: apt-get install maven openjdk-17-jdk-headless")
    output = _smoke("scale", cache)
    rows = _rows(output)
    assert {"whoosh", "opensearch, 1 node"} <= rows.keys()
    assert all(float(cell.strip(" |").replace(",", "")) > 0 for cell in rows["opensearch, 1 node"])
    assert "with four facets: opensearch, 1 node" in output
