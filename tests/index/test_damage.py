"""A flipped bit in any file of an index is found, and said with the name of the file."""

import os
import pickle
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import analyser_for
from index.array_file import ArrayFile
from index.damage import examine
from index.generation import IndexFolder
from index.reindex import NotPublishedError
from index.segments import read_names
from search.request import SearchRequest
from tests.building import Archive, markdown, run_reindex, service_for

# FLIPS=2000 for a long run.
FLIPS = int(os.environ.get("FLIPS", "60"))
FILES = ("CURRENT.json", "generation.json", "segments.json", "manifest.json", "seg", "del")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two generations, the second with deletions."""
    archive = Archive(tmp_path_factory.mktemp("whole"))
    archive.write({f"a{n}.md": markdown(f"반도체 수출 {n}", "소식이다. " * n) for n in range(9)})
    archive.run()
    archive.write({"a1.md": markdown("고친 글"), "new.md": markdown("새 글")})
    archive.run()
    return archive.index


def files_of(index: Path, ending: str) -> list[Path]:
    """The files of the published generation (or beside it) with that ending."""
    found = IndexFolder(index).current()
    assert found is not None
    if (index / ending).is_file():
        return [index / ending]
    return sorted(file for file in found.folder.iterdir() if file.name.endswith(ending))


def flip(path: Path, bit: int) -> None:
    """Flip one bit in a file of its own: what hard links share stays as it is."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.unlink()
    path.write_bytes(data)


def test_what_is_whole_is_whole(whole: Path) -> None:
    pointer, *generations = examine(whole)
    assert (pointer.files, pointer.damaged) == (1, ())
    assert [one.name for one in generations] == ["generation-000002", "generation-000001"]
    assert not any(one.damaged for one in generations)
    # Its own three, two segments, and what is deleted of the first.
    assert [one.files for one in generations] == [6, 4]


@pytest.mark.parametrize("ending", FILES)
def test_a_flipped_bit_anywhere_is_found(ending: str, whole: Path, tmp_path: Path) -> None:
    draw = random.Random(ending)
    index = tmp_path / "index"
    shutil.copytree(whole, index)
    for path in files_of(index, ending):
        data = path.read_bytes()
        for bit in draw.sample(range(len(data) * 8), min(FLIPS, len(data) * 8)):
            flip(path, bit)
            damaged = [line for one in examine(index) for line in one.damaged]
            assert len(damaged) == 1, f"bit {bit} of {path.name}"
            assert damaged[0].startswith(f"{path}: ")
            assert "run `reindex --full`" in damaged[0]
            path.write_bytes(data)


@settings(deadline=None)
@given(name=st.sampled_from(FILES), data=st.data())
def test_any_bit_of_any_file(name: str, data: st.DataObject, whole: Path) -> None:
    path = data.draw(st.sampled_from(files_of(whole, name)), label="file")
    kept = path.with_suffix(".kept")
    bit = data.draw(st.integers(0, path.stat().st_size * 8 - 1), label="bit")
    os.link(path, kept)
    try:
        flip(path, bit)
        assert any(one.damaged for one in examine(whole))
    finally:
        kept.replace(path)


@pytest.mark.parametrize("ending", FILES)
def test_a_file_that_is_gone_or_cut_short(ending: str, whole: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(whole, index)
    for path in files_of(index, ending):
        data = path.read_bytes()
        for kept in (None, 0, 1, len(data) // 2, len(data) - 1):
            path.unlink(missing_ok=True)
            if kept is not None:
                path.write_bytes(data[:kept])
            damaged = [line for one in examine(index) for line in one.damaged]
            assert [line for line in damaged if line.startswith(f"{path}: ")], f"{path} {kept}"
        path.write_bytes(data)


def test_a_file_that_two_generations_share(whole: Path, tmp_path: Path) -> None:
    run = Archive(tmp_path)
    run.write({"a.md": markdown("가"), "b.md": markdown("나")})
    run.run()
    run.write({"c.md": markdown("다")})
    run.run()
    found = IndexFolder(run.index).current()
    assert found is not None
    shared = found.folder / read_names(found.folder)[0].file
    data = bytearray(shared.read_bytes())
    data[len(data) // 2] ^= 1
    shared.write_bytes(data)
    assert [len(one.damaged) for one in examine(run.index)] == [0, 1, 1]


@pytest.fixture
def archive(whole: Path, tmp_path: Path) -> Archive:
    """The same with its content: the first generation has a segment, the second one more."""
    found = Archive(tmp_path)
    shutil.copytree(whole.parent, tmp_path, dirs_exist_ok=True)
    return found


def damage(archive: Archive, segment: str, array: str) -> None:
    """Flip a bit of a segment wherever it lies."""
    for path in archive.index.glob(f"*/{segment}"):
        flip(path, ArrayFile(path)._arrays[array][1] * 8)


def generations(archive: Archive) -> list[str]:
    return sorted(path.name[-1] for path in archive.index.glob("generation-*"))


# Hits are found without records: only a rebuild that is asked for looks at them.
@pytest.mark.parametrize(
    ("array", "full"),
    [("body/lengths", False), ("body/lengths", True), ("record", True), ("text", True)],
)
@pytest.mark.parametrize(
    ("segment", "left"), [("000002-1.seg", ["1", "3"]), ("000001-1.seg", ["3"])]
)
def test_what_a_rebuild_replaced_for_its_damage_is_not_kept(
    segment: str, left: list[str], array: str, full: bool, archive: Archive
) -> None:
    damage(archive, segment, array)
    assert any(one.damaged for one in examine(archive.index))
    assert archive.run(full=full).generation == 3
    assert generations(archive) == left
    assert not any(one.damaged for one in examine(archive.index))


def test_a_rebuild_of_what_is_whole_keeps_it(archive: Archive) -> None:
    archive.run(full=True)
    assert generations(archive) == ["2", "3"]


def test_a_rebuild_that_fails_removes_nothing(archive: Archive) -> None:
    damage(archive, "000002-1.seg", "body/lengths")
    shutil.rmtree(archive.content)
    archive.content.mkdir()
    with pytest.raises(NotPublishedError):
        archive.run()
    assert generations(archive) == ["1", "2"]


def test_the_one_before_alone_is_damaged(archive: Archive) -> None:
    archive.run(full=True)
    damage(archive, "000002-1.seg", "record")
    _, newest, before = examine(archive.index)
    assert newest.damaged == ()
    assert len(before.damaged) == 1
    assert before.damaged[0].endswith(
        "has changed since it was written; the next publish removes it"
    )
    archive.write({"one-more.md": markdown("새 글")})
    archive.run()
    assert generations(archive) == ["3", "4"]
    assert not any(one.damaged for one in examine(archive.index))


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL], ids=["text", "binary"])
def test_no_pickle_is_read(protocol: int, whole: Path, tmp_path: Path) -> None:
    """Whoever can write to the index folder cannot make a server or a run do what they want."""
    mark = tmp_path / "owned"
    hostile = pickle.dumps(Hostile(mark), protocol)
    pickle.loads(hostile)
    mark.rmdir()
    original = tmp_path / "index"
    shutil.copytree(whole, original)
    archive = Archive(tmp_path)
    archive.write({f"a{n}.md": markdown(f"반도체 수출 {n}") for n in range(9)})
    names = [path.relative_to(original) for path in original.rglob("*") if path.is_file()]
    assert len(names) >= 12
    for name in names:
        index = tmp_path / "struck" / "index"
        shutil.copytree(original, index)
        (index / name).write_bytes(hostile)
        examine(index)
        answer = service_for(index, analyser_for()).search(SearchRequest("반도체"))
        assert answer.total > 0, name
        run_reindex(archive.content, index)
        assert service_for(index, analyser_for()).search(SearchRequest("반도체")).total == 9, name
        shutil.rmtree(index)
    assert not mark.exists()
