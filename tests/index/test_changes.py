"""What outcomes mean for the next manifest: cases that no folder of a test can show."""

from pathlib import Path

import pytest

from index import manifest
from index.article import Problem
from index.changes import Changes
from index.manifest import Entry, Manifest, difference
from index.pipeline import Outcome
from index.scan import Scan, SourceFile

BEFORE = Manifest({"a.md": Entry(5, 10, "", "digest", "a", ((3, "odd"),))}, started_ns=20**9 * 10)


def source(size: int = 6, mtime_ns: int = 10, inherited: str = "") -> SourceFile:
    return SourceFile("a.md", "a", size, mtime_ns, inherited, {})


@pytest.mark.parametrize(
    ("rebuild", "article", "counts"),
    [(False, "a", {"unchanged": 1}), (True, "", {"deleted": 1})],
    ids=["stays-until-it-can-be-read", "has-no-place-in-a-new-index"],
)
def test_a_file_that_cannot_be_read_for_now(
    rebuild: bool, article: str, counts: dict[str, int]
) -> None:
    changes = Changes(BEFORE, Scan((source(),), (), ()), rebuild=rebuild)
    problem = Problem("a.md", 0, "cannot be read: Input/output error")
    changes.take(Outcome(source(), error=problem, unreadable=True))
    after = changes.manifest(0)
    assert after.entries["a.md"].article == article
    assert {name: n for name, n in changes.counts().items() if n} == counts
    assert problem in [*changes.skipped(), *changes.salvaged()]
    # It is read again next time, whatever its stat says, and known to be new where it is not in
    # the index.
    again = Changes(after, Scan((source(),), (), ()), rebuild=False)
    assert [job.known_digest for job in again.jobs] == ["digest" if article else ""]


@pytest.mark.parametrize(
    ("file", "read"),
    [
        pytest.param(source(size=5), False, id="as-it-was"),
        pytest.param(source(size=6), True, id="size"),
        pytest.param(source(size=5, mtime_ns=11), True, id="time"),
        pytest.param(source(size=5, inherited="x"), True, id="section"),
    ],
)
def test_what_is_read(file: SourceFile, read: bool) -> None:
    found = difference(BEFORE, [file])
    assert (found.to_read, found.unchanged) == (((file,), ()) if read else ((), (file,)))


def test_a_file_as_young_as_the_last_run_is_read_again() -> None:
    entry = Entry(5, 10, "", "digest", "a")
    young = Manifest({"a.md": entry}, started_ns=10 + 1_000_000_000)
    assert difference(young, [source(size=5)]).to_read == (source(size=5),)


def test_manifest_round_trip() -> None:
    assert manifest.load(manifest.dump(BEFORE)) == BEFORE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"version": 1}',
        '{"version": 0, "started_ns": 1, "files": {}}',
        '{"version": 1, "started_ns": 1, "files": []}',
        '{"version": 1, "started_ns": 1, "files": {"a": [1]}}',
    ],
)
def test_a_damaged_manifest_is_none(text: str) -> None:
    assert manifest.load(text) is None


def test_paths_are_text(tmp_path: Path) -> None:
    entries = {"한글/가.md": Entry(1, 2, "", "d", "한글/가")}
    path = tmp_path / "manifest.json"
    path.write_bytes(manifest.dump(Manifest(entries, 1)))
    assert manifest.load(path.read_bytes()) == Manifest(entries, 1)
