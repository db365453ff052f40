"""Runs of reindex on a real index: what is counted, what readers then see."""

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from index import pipeline
from index.analysis import analyser_for
from index.generation import IndexFolder
from index.reindex import NotPublishedError, Options, Report, reindex
from index.settings import Settings
from search.engine import open_engine
from search.request import SearchRequest
from tests.building import SITE, Archive, markdown, service_for, unprivileged


def test_the_first_run_adds(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write({"a.md": markdown("가"), "p/index.md": markdown("나")})
    report = archive.run()
    assert (report.published, report.added, report.generation) == (True, 2, 1)
    assert archive.titles() == {"a": "가", "p": "나"}


def test_nothing_changed(archive: Archive) -> None:
    report = archive.run()
    assert (report.published, report.unchanged, report.generation) == (False, 4, 1)


def test_touched_and_the_same(archive: Archive) -> None:
    os.utime(archive.content / "p/a.md", (1, 1))
    report = archive.run()
    assert (report.published, report.unchanged) == (False, 4)


def test_what_was_read_again_once_is_not_read_a_third_time(archive: Archive) -> None:
    # Written so shortly before the first run that their times may hide a change.
    settled = time.time() - 10
    for path in archive.content.rglob("*.md"):
        os.utime(path, (settled, settled))
    assert archive.run().articles_per_second > 0
    assert archive.run().articles_per_second == 0


def test_all_kinds_of_change_at_once(archive: Archive) -> None:
    archive.write({"p/b.md": markdown("새 제목"), "q/e.md": markdown("다섯째")})
    (archive.content / "p/c.md").rename(archive.content / "q/moved.md")
    (archive.content / "p/d.md").unlink()
    wanted = {"added": 1, "updated": 1, "renamed": 1, "deleted": 1, "unchanged": 1}
    assert archive.counts() == wanted
    assert archive.titles() == {
        "p/a": "a 제목",
        "p/b": "새 제목",
        "q/moved": "c 제목",
        "q/e": "다섯째",
    }


def test_a_change_of_one_letter_right_after_a_run(archive: Archive) -> None:
    path = archive.content / "p/a.md"
    state = path.stat()
    archive.write({"p/a.md": markdown("z 제목")})
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert archive.counts() == {"updated": 1, "unchanged": 3}


def test_another_extension_keeps_the_id(archive: Archive) -> None:
    (archive.content / "p/a.md").rename(archive.content / "p/a.markdown")
    assert archive.counts() == {"renamed": 1, "unchanged": 3}
    assert archive.records()["p/a"]["source"] == "p/a.markdown"


def test_a_section_that_becomes_a_draft(archive: Archive) -> None:
    archive.write({"p/_index.md": "---\ncascade:\n  draft: true\n---\n"})
    assert archive.counts() == {"updated": 4}
    service = service_for(archive.index, analyser_for())
    assert service.search(SearchRequest()).total == 0


def test_the_second_of_two_with_one_id_takes_over(archive: Archive) -> None:
    archive.write({"p/a/index.md": markdown("묶음")})
    report = archive.run()
    assert [p.file for p in report.skipped] == ["p/a/index.md"]
    (archive.content / "p/a.md").unlink()
    archive.run()
    assert archive.titles()["p/a"] == "묶음"


PROBLEMS = {
    "p/broken.md": '---\ntitle: "그는 "좋다"\n---\n글\n',
    "p/date.md": markdown("날짜", date="2025-02-30"),
    "p/picture.md": b"\x89PNG\x00\x00",
    "p/empty.md": "",
}


def problems(report: Report) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    return (
        [(p.file, p.line) for p in report.skipped],
        [(p.file, p.line) for p in report.salvaged],
    )


def test_problems_are_reported_by_every_run(archive: Archive) -> None:
    archive.write(PROBLEMS)
    first, second, full = archive.run(), archive.run(), archive.run(full=True)
    wanted = ([("p/empty.md", 0), ("p/picture.md", 0)], [("p/broken.md", 2), ("p/date.md", 3)])
    assert problems(first) == problems(second) == problems(full) == wanted
    assert [r.published for r in (first, second, full)] == [True, False, True]


def test_an_article_that_becomes_unreadable_leaves_the_index(archive: Archive) -> None:
    archive.write({"p/a.md": b"\x00\x00"})
    assert archive.counts() == {"deleted": 1, "unchanged": 3}
    assert "p/a" not in archive.titles()


def test_a_file_that_becomes_a_folder(archive: Archive) -> None:
    (archive.content / "p/a.md").unlink()
    archive.write({"p/a.md/b.md": markdown("안")})
    assert archive.counts() == {"added": 1, "deleted": 1, "unchanged": 3}


def test_readers_see_the_old_index_until_the_new_one_is_whole(archive: Archive) -> None:
    engine = open_engine(Settings(index_dir=archive.index))
    old = engine.snapshot()
    (archive.content / "p/a.md").unlink()
    archive.run()
    assert (old.generation, engine.snapshot().generation) == (1, 2)
    assert set(old.documents(["p/a"], None)) == {"p/a"}
    assert engine.snapshot().documents(["p/a"], None) == {}


def test_full_reads_everything_again(archive: Archive) -> None:
    before = archive.records()
    report = archive.run(full=True)
    assert (report.published, report.unchanged, report.generation) == (True, 4, 2)
    assert archive.records() == before


def test_several_processes_give_what_one_gives(tmp_path: Path) -> None:
    # Large enough to be worth several, of blanks, which cost nothing to analyse.
    files = {f"{i:03d}.md": markdown(f"{i} 제목", f"글 {i}" + " " * 40_000) for i in range(50)}
    one, two = Archive(tmp_path / "1"), Archive(tmp_path / "2")
    for archive in (one, two):
        archive.write({**files, **PROBLEMS})
    assert problems(one.run(workers=1)) == problems(two.run(workers=2))
    assert one.records() == two.records()


def test_dry_run_writes_nothing(archive: Archive, tmp_path: Path) -> None:
    archive.write({"p/e.md": markdown("새"), "p/a.md": markdown("바뀜"), **PROBLEMS})
    before = tree(tmp_path)
    report = archive.run(dry_run=True)
    assert (report.published, report.added, report.updated, report.generation) == (False, 3, 1, 1)
    assert len(report.skipped) == len(report.salvaged) == 2
    assert tree(tmp_path) == before


def test_dry_run_without_an_index_makes_none(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write({"a.md": markdown("가")})
    report = archive.run(dry_run=True)
    assert (report.added, report.generation) == (1, None)
    assert not archive.index.exists()


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("left", "refused"),
    [(0, "holds no article"), (1, "3 of 4 indexed articles would vanish"), (2, "")],
    ids=["empty", "three-of-four", "half"],
)
@pytest.mark.parametrize("full", [False, True], ids=["incremental", "full"])
def test_vanishing_articles(left: int, refused: str, full: bool, archive: Archive) -> None:
    for path in sorted(archive.content.rglob("*.md"))[left:]:
        path.unlink()
    if refused:
        with pytest.raises(NotPublishedError, match=f"{refused}.*--allow-empty"):
            archive.run(full=full)
        assert len(archive.titles()) == 4
    archive.run(full=full, allow_empty=True)
    assert len(archive.titles()) == left


def test_renaming_all_is_no_vanishing(archive: Archive) -> None:
    (archive.content / "p").rename(archive.content / "news")
    assert archive.counts() == {"renamed": 4}


def test_files_that_turn_to_rubbish_count_as_vanishing(archive: Archive) -> None:
    archive.write({f"p/{name}.md": b"\x00" for name in "abc"})
    with pytest.raises(NotPublishedError, match="3 of 4"):
        archive.run()


def test_a_missing_content_folder(archive: Archive) -> None:
    shutil.rmtree(archive.content)
    with pytest.raises(NotPublishedError, match="no such content folder"):
        archive.run(allow_empty=True)
    assert len(archive.titles()) == 4


def test_articles_of_an_unreadable_folder_stay() -> None:
    with TemporaryDirectory() as name:
        archive = Archive(Path(name))
        archive.write({"a.md": markdown("가"), "p/b.md": markdown("나"), "p/c.md": markdown("다")})
        archive.run()
        archive.write({"a.md": markdown("새")})
        for path in (archive.root, *archive.root.rglob("*")):
            path.chmod(0o777)
        (archive.content / "p").chmod(0)
        with unprivileged():
            report = archive.run()
        (archive.content / "p").chmod(0o777)
        assert (report.updated, report.unchanged) == (1, 2)
        assert [p.file for p in report.skipped] == ["p/"]
        assert archive.titles() == {"a": "새", "p/b": "나", "p/c": "다"}


def test_a_generation_that_was_never_named_is_named_by_the_next_run(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write({"a.md": markdown("금리 동결")})
    archive.run()
    pointer = archive.index / "CURRENT.json"
    pointer.rename(pointer.with_name("CURRENT.json.new"))
    assert not archive.run().published
    folder = IndexFolder(archive.index)
    assert folder.pointed() == 1
    assert not list(archive.index.glob("*.new"))


@dataclass
class Watched:
    """Progress as it is told: a line for each phase, with its files, and those that are done."""

    phases: list[tuple[str, int | None, int]] = field(default_factory=list)

    def phase(self, name: str, total: int | None = None) -> None:
        self.phases.append((name, total, 0))

    def advance(self) -> None:
        name, total, done = self.phases.pop()
        assert total is not None
        assert done < total
        self.phases.append((name, total, done + 1))


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_ends_at_what_there_is_to_do(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However little there is.
    monkeypatch.setattr(pipeline, "_WORTH_PROCESSES_BYTES", 0)
    archive = Archive(tmp_path)

    def phases(**options: Any) -> list[tuple[str, int | None, int]]:
        watched = Watched()
        settings = Settings(
            content_dir=archive.content, index_dir=archive.index, base_url=f"{SITE}/"
        )
        reindex(settings, Options(workers=workers, **options), watched)
        return watched.phases

    scanning, publishing = ("scanning", None, 0), ("publishing", None, 0)
    archive.write({**{f"{n}.md": markdown(f"글 {n}") for n in range(40)}, **PROBLEMS})
    files = 40 + len(PROBLEMS)
    assert phases() == [scanning, ("analysing", files, files), publishing]
    assert phases(full=True) == [scanning, ("analysing", files, files), publishing]
    for path in archive.content.rglob("*.md"):
        os.utime(path, (1, 1))
    phases()
    assert phases() == [scanning, ("analysing", 0, 0)]
    archive.write({"3.md": markdown("neu"), "41.md": markdown("글 41")})
    (archive.content / "5.md").unlink()
    assert phases(dry_run=True) == [scanning, ("analysing", 2, 2)]
    assert phases() == [scanning, ("analysing", 2, 2), publishing]
