"""An index folder that is damaged, foreign or none: mended, or refused with a reason."""

import resource
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from index.article import ARTICLE_VERSION
from index.generation import IndexFolderError
from index.reindex import NotPublishedError
from index.sealed import seal, unseal
from tests.building import Archive, markdown, run_reindex, unprivileged, write_files


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
    path.write_text(seal({**(unseal(path) or {}), **values}))


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


@pytest.mark.parametrize("damage", [lose_meta, lose_the_folder, lose_everything_in_it])
def test_a_number_is_never_used_twice(damage: Any, archive: Archive) -> None:
    archive.write({"p/e.md": markdown("다섯째")})
    archive.run()
    lost = newest(archive).name
    damage(archive)
    archive.write({"p/f.md": markdown("여섯째")})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Room for the pointer, not for a segment.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(NotPublishedError):
            archive.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    archive.run()
    assert newest(archive).name > lost


def test_files_are_read_again_where_they_would_give_another_article(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.run()
    assert len(generations(archive)) == 1
    analyses = (archive.index / "analyses.sqlite3").read_bytes()
    monkeypatch.setattr("index.reindex.ARTICLE_VERSION", ARTICLE_VERSION + 1)
    assert archive.run().published
    assert archive.counts() == {"unchanged": 4}
    assert len((archive.index / "analyses.sqlite3").read_bytes()) == len(analyses)


def test_at_most_two_generations_are_kept(archive: Archive) -> None:
    for name in "efg":
        archive.write({f"p/{name}.md": markdown(name)})
        archive.run()
    assert [path.name for path in generations(archive)] == [
        "generation-000003",
        "generation-000004",
    ]


def test_what_an_interrupted_run_left_is_cleared(archive: Archive) -> None:
    left = ("generation-000099/half", "CURRENT.json.new", "generation-000001/manifest.json.new")
    write_files(archive.index, dict.fromkeys(left, "{"))
    archive.write({"p/e.md": markdown("새")})
    archive.run()
    assert not (archive.index / "generation-000099").exists()
    assert not list(archive.index.rglob("*.new"))
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
