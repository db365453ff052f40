"""A backup of an index that is being written: whole, of one generation, and an index itself."""

import threading
from pathlib import Path

import pytest

from index.backup import copy_index
from index.damage import examine
from index.generation import IndexFolder, IndexFolderError
from index.settings import Settings
from search.engine import open_engine
from search.plan import Plan
from tests.building import Archive, markdown
from tests.corpora import Change, build, document_of, publish

GENERATIONS = 30


def one_more(number: int) -> list[Change]:
    return [Change(f"글-{number}", document_of(f"글-{number}", number + 1))]


def test_backups_while_generations_come(tmp_path: Path) -> None:
    """Generation n holds n documents."""
    index = tmp_path / "index"
    writer = build(index, [one_more(0)])

    def write() -> None:
        for number in range(1, GENERATIONS):
            publish(writer, one_more(number))

    writing = threading.Thread(target=write)
    writing.start()
    copied = 0
    while writing.is_alive():
        made = copy_index(index, tmp_path / f"{copied}")
        found = open_engine(Settings(index_dir=tmp_path / f"{copied}")).snapshot()
        assert made.number == found.generation == found.search(Plan(())).total
        copied += 1
    writing.join()
    assert copied > 1
    assert copy_index(index, tmp_path / "last").number == GENERATIONS


def test_a_restored_index_is_gone_on_with(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write({"a.md": markdown("가"), "b.md": markdown("나")})
    archive.run()
    wanted = archive.records()
    copy_index(archive.index, tmp_path / "backup")
    archive.index.rename(tmp_path / "lost")
    (tmp_path / "backup").rename(archive.index)
    assert archive.records() == wanted
    assert archive.counts() == {"unchanged": 2}
    archive.write({"c.md": markdown("다")})
    assert archive.counts() == {"added": 1, "unchanged": 2}
    assert not any(one.damaged for one in examine(archive.index))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    build(tmp_path / "index", [one_more(0)])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("x")
    for target in ("mine", "mine/letter", "index"):
        with pytest.raises(IndexFolderError, match="new or empty"):
            copy_index(tmp_path / "index", tmp_path / target)
    assert (tmp_path / "mine" / "letter").read_text() == "x"


def test_what_cannot_be_copied(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="no index yet"):
        copy_index(tmp_path / "none", tmp_path / "backup")
    build(tmp_path / "index", [one_more(0)])
    found = IndexFolder(tmp_path / "index").current()
    assert found is not None
    (segment,) = found.folder.glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    with pytest.raises(IndexFolderError, match=r"damaged, not copied:\n.*has changed since"):
        copy_index(tmp_path / "index", tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
