"""What outcomes mean for the next manifest: cases that no folder of a test can show."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index import manifest
from index.article import Problem
from index.changes import Changes
from index.manifest import Entry, Manifest, difference
from index.pipeline import Outcome
from index.scan import Scan, SourceFile

# So long after all files were written that none of them is read again for being young.
LATER = 20**9 * 10
BEFORE = Manifest({"a.md": Entry(5, 10, "", "digest", "a", ((3, "odd"),))}, started_ns=LATER)


def source(size: int = 6, mtime_ns: int = 10, inherited: str = "") -> SourceFile:
    return SourceFile("a.md", "a", size, mtime_ns, inherited, {})


PROBLEM = Problem("a.md", 0, "for now")


def unreadable(changes: Changes) -> None:
    changes.take(Outcome(source(), error=PROBLEM, unreadable=True))


def refused(changes: Changes) -> None:
    changes.take(Outcome(source(), "another digest"))
    changes.refuse({"a": PROBLEM.reason, "another": "nothing"})


@pytest.mark.parametrize("happens", [unreadable, refused])
@pytest.mark.parametrize(
    ("before", "rebuild", "article", "counts"),
    [
        pytest.param(BEFORE, False, "a", {"unchanged": 1}, id="stays-as-it-was"),
        pytest.param(BEFORE, True, "", {"deleted": 1}, id="has-no-place-in-a-new-index"),
        pytest.param(Manifest(), False, "", {}, id="is-new"),
    ],
)
def test_a_file_that_gives_no_article_for_now(
    happens: Callable[[Changes], None],
    before: Manifest,
    rebuild: bool,
    article: str,
    counts: dict[str, int],
) -> None:
    changes = Changes(before, Scan((source(),), (), ()), rebuild=rebuild)
    happens(changes)
    after = changes.manifest(LATER)
    assert after.entries["a.md"].article == article
    assert {name: n for name, n in changes.counts().items() if n} == counts
    assert (changes.salvaged() if article else changes.skipped()) == [PROBLEM]
    # It is read again next time, whatever its stat says, and known to be new where it is not in
    # the index.
    again = Changes(after, Scan((source(),), (), ()), rebuild=False)
    assert [job.known_digest for job in again.jobs] == ["digest" if article else ""]


def test_what_a_file_inherits_now_is_not_lost() -> None:
    """Its section hid it, and no longer does while it cannot be read."""
    hidden = Manifest({"a.md": Entry(5, 10, "hidden", "digest", "a")}, started_ns=LATER)
    changes = Changes(hidden, Scan((source(),), (), ()), rebuild=False)
    unreadable(changes)
    again = Changes(changes.manifest(LATER), Scan((source(),), (), ()), rebuild=False)
    assert [job.known_digest for job in again.jobs] == [""]


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
