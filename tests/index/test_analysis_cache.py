"""Analyses that are kept: they give the same index, and cost nothing but themselves."""

import resource
from pathlib import Path

import pytest

from index.analysed import analysis_key, dump, load
from index.analysis import Analyser
from index.analysis_cache import AnalysisReader, AnalysisWriter
from tests.building import analysed_by, markdown, run_reindex, write_files

TEXTS = {
    "title": "반도체 수출",
    "subtitle": "",
    "body": "삼성전자가 1,234억원을 벌었다. ㈜카카오도.",
}
FILE = "analyses.sqlite3"


def test_what_is_kept_is_what_was_made(analyser: Analyser) -> None:
    analysed = analysed_by(analyser, TEXTS)
    assert load(dump(analysed)) == analysed


@pytest.mark.parametrize("data", [b"", b"x", b"\x78\x9c\x03\x00\x00\x00\x00\x01"])
def test_damaged_analyses_are_none(data: bytes) -> None:
    assert load(data) is None


def test_a_flipped_bit_of_an_analysis_is_seen(analyser: Analyser) -> None:
    kept = dump(analysed_by(analyser, TEXTS))
    flipped = [kept[:i] + bytes([kept[i] ^ 4]) + kept[i + 1 :] for i in range(len(kept))]
    # Behind the last block of deflate there are bits that mean nothing.
    assert all(load(data) in (None, load(kept)) for data in flipped)


def test_keys_tell_texts_fields_and_stamps_apart() -> None:
    moved = {"title": "", "subtitle": "반도체 수출", "body": TEXTS["body"]}
    keys = {analysis_key(TEXTS, "a"), analysis_key(TEXTS, "b"), analysis_key(moved, "a")}
    assert len(keys) == 3


def test_the_oldest_are_dropped_where_there_are_far_more_than_articles(tmp_path: Path) -> None:
    for run in range(3):
        with AnalysisWriter(tmp_path, run) as writer:
            for i in range(700):
                writer.take(f"{run}-{i}".encode(), b"data")
            writer.finish(700)
    reader = AnalysisReader(tmp_path)
    kept = [sum(reader.get(f"{r}-{i}".encode()) is not None for i in range(700)) for r in range(3)]
    assert kept == [0, 350, 700]


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100], ids=["empty", "foreign"])
def test_a_damaged_cache_is_made_anew(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(damage)
    assert AnalysisReader(tmp_path).get(b"key") is None
    with AnalysisWriter(tmp_path, 1) as writer:
        writer.take(b"key", b"data")
        writer.finish(1)
    assert AnalysisReader(tmp_path).get(b"key") == b"data"


def test_where_nothing_can_be_written_nothing_is_lost(tmp_path: Path) -> None:
    with AnalysisWriter(tmp_path, 1) as writer:
        writer.take(b"key", b"data")
        writer.finish(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with AnalysisWriter(tmp_path, 2) as writer:
            writer.take(b"other", b"data")
            writer.finish(1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert AnalysisReader(tmp_path).get(b"key") == b"data"
    assert AnalysisReader(tmp_path).get(b"other") is None


def test_a_full_run_takes_what_was_kept(tmp_path: Path) -> None:
    content = write_files(tmp_path / "content", {f"{i}.md": markdown(f"글 {i}") for i in range(5)})
    index = tmp_path / "index"
    run_reindex(content, index)
    kept = (index / FILE).read_bytes()
    report = run_reindex(content, index, full=True)
    assert (report.published, report.unchanged + report.updated) == (True, 5)
    assert len((index / FILE).read_bytes()) == len(kept)
