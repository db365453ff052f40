"""Runs of reindex on a real index: what is counted, what readers then see."""

import json
import os
import shutil
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.analysis import Analyser, analyser_for
from index.generation import IndexFolderError
from index.reindex import NotPublishedError, Report
from index.settings import Settings
from search.engine import open_engine
from search.request import SearchRequest
from tests.building import markdown, run_reindex, service_for, unprivileged, write_files

COUNTS = ("added", "updated", "renamed", "deleted", "unchanged")


@dataclass
class Archive:
    """A content folder and its index."""

    root: Path

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def index(self) -> Path:
        return self.root / "index"

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write_files(self.content, files)

    def run(self, **options: Any) -> Report:
        return run_reindex(self.content, self.index, **options)

    def counts(self, **options: Any) -> dict[str, int]:
        """The counts of a run that are not zero."""
        report = self.run(**options)
        return {name: n for name in COUNTS if (n := getattr(report, name))}

    def records(self) -> dict[str, Mapping[str, Any]]:
        """The stored record of everything that a search for nothing finds."""
        service = service_for(self.index, analyser_for())
        found = service.search(SearchRequest(per_page=100, everything=True, facets=())).hits
        snapshot = open_engine(Settings(index_dir=self.index)).snapshot()
        return snapshot.documents([hit.id for hit in found], None)

    def titles(self) -> dict[str, str]:
        return {key: record["title"] for key, record in self.records().items()}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Four articles, indexed."""
    made = Archive(tmp_path)
    made.write({f"p/{name}.md": markdown(f"{name} 제목") for name in "abcd"})
    made.run()
    return made


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


def generations(archive: Archive) -> list[Path]:
    return sorted(archive.index.glob("generation-*"))


def newest(archive: Archive) -> Path:
    return generations(archive)[-1]


def forget_pointer(archive: Archive) -> None:
    (archive.index / "CURRENT.json").unlink()


def cut_pointer(archive: Archive) -> None:
    (archive.index / "CURRENT.json").write_text('{"crc": 1, "val')


def point_at_nothing(archive: Archive) -> None:
    pointer = archive.index / "CURRENT.json"
    pointer.write_text(pointer.read_text().replace("number", "nummer"))


def lose_manifest(archive: Archive) -> None:
    (newest(archive) / "manifest.json").unlink()


def cut_manifest(archive: Archive) -> None:
    path = newest(archive) / "manifest.json"
    path.write_bytes(path.read_bytes()[:40])


def lose_meta(archive: Archive) -> None:
    (newest(archive) / "generation.json").unlink()


def lose_everything_in_it(archive: Archive) -> None:
    for path in newest(archive).iterdir():
        path.unlink()


def lose_the_folder(archive: Archive) -> None:
    shutil.rmtree(newest(archive))


def lose_the_data(archive: Archive) -> None:
    for path in newest(archive).iterdir():
        if not path.name.endswith(".json"):
            path.unlink()


def reseal(path: Path, **values: Any) -> None:
    """Change values of a generation as another version would have written them."""
    text = json.dumps({**json.loads(json.loads(path.read_text())["values"]), **values})
    path.write_text(json.dumps({"crc": zlib.crc32(text.encode()), "values": text}))


def another_schema(archive: Archive) -> None:
    reseal(newest(archive) / "generation.json", schema_version=10**6)


def another_stamp(archive: Archive) -> None:
    reseal(newest(archive) / "generation.json", stamp="analysis of yesterday")


@pytest.mark.parametrize(
    "damage",
    [
        forget_pointer,
        cut_pointer,
        point_at_nothing,
        lose_manifest,
        cut_manifest,
        lose_meta,
        lose_everything_in_it,
        lose_the_folder,
        lose_the_data,
        another_schema,
        another_stamp,
    ],
    ids=lambda f: f.__name__.replace("_", "-"),
)
def test_a_damaged_or_foreign_index_mends_itself(damage: Any, archive: Archive) -> None:
    archive.write({"p/e.md": markdown("다섯째")})
    archive.run()
    wanted = archive.records()
    damage(archive)
    archive.run()
    assert archive.records() == wanted
    assert archive.counts() == {"unchanged": 5}


def test_at_most_two_generations_are_kept(archive: Archive) -> None:
    for name in "efg":
        archive.write({f"p/{name}.md": markdown(name)})
        archive.run()
    assert [path.name for path in generations(archive)] == [
        "generation-000003",
        "generation-000004",
    ]


def test_what_an_interrupted_run_left_is_cleared(archive: Archive) -> None:
    write_files(archive.index, {"generation-000099/half": "", "CURRENT.json.new": "{"})
    archive.write({"p/e.md": markdown("새")})
    archive.run()
    assert not (archive.index / "generation-000099").exists()
    assert len(archive.titles()) == 5


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_an_index_folder_that_is_none(name: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"content/a.md": markdown("가"), "file": "x"})
    with pytest.raises((NotPublishedError, IndexFolderError), match="file"):
        run_reindex(tmp_path / "content", tmp_path / name)
    assert (tmp_path / "file").read_text() == "x"


def test_an_index_folder_that_may_not_be_written() -> None:
    with TemporaryDirectory() as name:
        archive = Archive(Path(name))
        archive.write({"a.md": markdown("가")})
        archive.run()
        for path in (archive.root, *archive.root.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        with (
            unprivileged(),
            pytest.raises((NotPublishedError, IndexFolderError), match=r"index.*Permission denied"),
        ):
            archive.run(full=True)
        assert archive.titles() == {"a": "가"}
        for path in (archive.root, *archive.root.rglob("*")):
            path.chmod(0o755)


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


NAMES = ("a", "b", "p/a", "p/b", "q/index", "q/x")
TEXTS = ("금리 동결", "반도체 수출", "서울 시장")
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("spoil"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("run"), st.just(""), st.just("")),
    ),
    min_size=2,
    max_size=10,
)


def change(archive: Archive, kind: str, name: str, value: str) -> None:
    path = archive.content / f"{name}.md"
    if kind == "write":
        archive.write(
            {f"{name}.md": markdown(value, body=f"{value} {name}", tags=value.split()[0])}
        )
    elif kind == "run":
        archive.run(allow_empty=True)
    elif path.exists() and kind == "delete":
        path.unlink()
    elif path.exists() and kind == "spoil":
        path.write_bytes(b"\x00")
    elif path.exists() and kind == "rename":
        target = archive.content / f"{value}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)


def seen(archive: Archive, analyser: Analyser) -> tuple[Any, ...]:
    service = service_for(archive.index, analyser)
    answers = [
        service.search(SearchRequest(q=q, everything=True)) for q in ("", "금리", "반도체 수출")
    ]
    return archive.records(), [(a.total, sorted(h.id for h in a.hits), a.facets) for a in answers]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_incremental_equals_full(
    changes: list[tuple[str, str, str]],
    analyser: Analyser,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    archive.write({"keep.md": markdown("늘 있다", tags="늘")})
    for one in changes:
        change(archive, *one)
    archive.run(allow_empty=True)
    incremental = seen(archive, analyser)
    archive.run(full=True)
    assert seen(archive, analyser) == incremental
