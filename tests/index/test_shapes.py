"""Files of another shape whose sums are right: refused by name, the generation before answers."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from index.array_file import ArrayFile, ArrayFileWriter, DamagedFileError
from index.cli import reindex
from index.damage import examine
from index.fields import SCHEMA_VERSION
from index.sealed import seal, unseal
from index.segment import Segment
from index.segments import SegmentName, read_names
from index.whoosh_writer import WhooshWriter
from search.plan import Plan
from search.whoosh_engine import WhooshEngine
from tests.building import Archive, markdown
from tests.corpora import Change, build, publish
from tests.index.test_segment_files import plain, written_segment
from web.cli import geulsaem


def written_again(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> None:
    """Write an array file anew after a change to its arrays and values."""
    file = ArrayFile(path)
    arrays: dict[str, Any] = file.all()
    values = {**file.values}
    change(arrays, values)
    path.unlink()
    with ArrayFileWriter(path) as writer:
        for name, array in arrays.items():
            writer.write(name, array)
        writer.finish(values)


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("segment") / "whole.seg"
    written_segment(path, plain("a"), plain("b"))
    return path


def test_every_array_is_missed(segment: Path, tmp_path: Path) -> None:
    for name in ArrayFile(segment).all():
        path = Path(shutil.copy(segment, tmp_path))
        written_again(path, lambda arrays, values, name=name: arrays.pop(name))
        with pytest.raises(DamagedFileError, match=f"the array {name} is missing"):
            Segment(path)


@pytest.mark.parametrize("name", ["date", "withheld", "id_at", "by_hash", "tag/at", "body/lengths"])
def test_an_array_of_another_length(name: str, segment: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(segment, tmp_path))
    written_again(path, lambda arrays, values: arrays.update({name: arrays[name][1:]}))
    with pytest.raises(DamagedFileError, match=f"the array {name} is of another length"):
        Segment(path)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"schema": None}, "was made by another version"),
        ({"documents": None}, "the value documents is missing"),
        ({"documents": "2"}, "the value documents is missing"),
        ({"documents": 3}, "is of another length"),
        ({"fields": ["body"]}, "the value fields is missing"),
        ({"fields": {}}, "the field title is missing"),
        ({"fields": {"title": {"scored": True}}}, "the field title is missing"),
    ],
    ids=str,
)
def test_other_values(
    values: Mapping[str, object], reason: str, segment: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(segment, tmp_path))
    written_again(path, lambda arrays, found: found.update(values))
    with pytest.raises(DamagedFileError, match=rf"whole\.seg: .*{reason}.*; run `reindex --full`"):
        Segment(path)


@pytest.mark.parametrize(
    "row", [["<u4", 0, 2**40, 0], ["<u4", -9, 1, 0], ["|O8", 8, 1, 0], ["<u4", 8, 1], 8, None]
)
def test_a_directory_of_another_shape(row: object, tmp_path: Path) -> None:
    with ArrayFileWriter(tmp_path / "file") as writer:
        writer._arrays["documents"] = row  # type: ignore[assignment]
        writer.finish({})
    with pytest.raises(DamagedFileError, match="the directory is none that this version writes"):
        ArrayFile(tmp_path / "file")


def documents(*numbers: int) -> Callable[[Path], None]:
    """Lets a file of deleted documents name these."""
    named = np.array(numbers, np.uint32)
    return lambda path: written_again(path, lambda arrays, _: arrays.update(documents=named))


def other_values(path: Path) -> None:
    with ArrayFileWriter(path.with_suffix(".new")) as writer:
        writer.write("x", np.zeros(3, np.uint8))
        writer.finish({"schema": SCHEMA_VERSION})
    path.with_suffix(".new").replace(path)


def sealed(**values: object) -> Callable[[Path], None]:
    """Changes values of a sealed file."""

    def change(path: Path) -> None:
        kept = {**(unseal(path) or {}), **values}
        path.unlink()
        path.write_text(seal({name: value for name, value in kept.items() if value is not None}))

    return change


ROW = {"file": "000001-1.seg", "deleted": None}
SHAPES = {
    "a deleted document that is none": ("000002-2.del", documents(99)),
    "deleted documents in no order": ("000002-2.del", documents(1, 0)),
    "a document deleted twice": ("000002-2.del", documents(1, 1)),
    "nothing of a segment": ("000002-1.seg", other_values),
    "no segments": ("segments.json", sealed(segments=None, parts=[])),
    "segments in no list": ("segments.json", sealed(segments={"000001-1.seg": None})),
    "a segment without a file": ("segments.json", sealed(segments=[{"deleted": None}])),
    "a segment without deletions": ("segments.json", sealed(segments=[{"file": ROW["file"]}])),
    "a number for a file": ("segments.json", sealed(segments=[{**ROW, "file": 1}])),
    "a file elsewhere": ("segments.json", sealed(segments=[{**ROW, "file": "../000001-1.seg"}])),
    "a time that is none": ("generation.json", sealed(created="yesterday")),
    "no time": ("generation.json", sealed(created=None)),
    "a schema that is no number": ("generation.json", sealed(schema_version="x")),
    "a sum that is no number": ("segments.json", sealed(segments=[{**ROW, "identity": [1, "x"]}])),
    "articles that are no number": ("generation.json", sealed(articles="many")),
    "the number of another": ("generation.json", sealed(number=7)),
}
shapes = pytest.mark.parametrize(("name", "change"), SHAPES.values(), ids=SHAPES)
# What could end a command with a traceback.
SAID = ("a deleted document that is none", "nothing of a segment", "no segments", "no time")


def without_sums(folder: Path) -> None:
    """Let the list of segments be that of a version that noted no sums of theirs."""
    for path in folder.glob("*/segments.json"):
        kept = [SegmentName(name.file, name.deleted) for name in read_names(path.parent)]
        rows = [{"file": name.file, "deleted": name.deleted} for name in kept]
        path.write_text(seal({"segments": rows}))
        assert read_names(path.parent) == kept


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two generations; the second has a segment more, and deletions."""
    some = [Change(f"a{n}", plain(f"a{n}")) for n in range(9)]
    build(tmp_path, [some, [Change("b", plain("b")), Change("a0", None)]])
    return tmp_path


def test_a_list_without_sums_is_read_and_the_next_has_them(folder: Path) -> None:
    without_sums(folder)
    writer = WhooshWriter(folder)
    assert WhooshEngine(folder).snapshot().search(Plan(())).total == 9
    assert writer.published() is not None
    assert not any(one.damaged for one in examine(folder))
    publish(writer, [Change("c", plain("c"))])
    for name in read_names(folder / "generation-000003"):
        for file, identity in ((name.file, name.identity), (name.deleted, name.deleted_identity)):
            path = folder / "generation-000003" / str(file)
            assert identity == (ArrayFile(path).identity if file else None)


@shapes
def test_the_generation_before_answers(
    name: str, change: Callable[[Path], None], folder: Path
) -> None:
    without_sums(folder)
    path = folder / "generation-000002" / name
    change(path)
    engine = WhooshEngine(folder)
    snapshot = engine.snapshot()
    assert (snapshot.generation, snapshot.search(Plan(())).total) == (1, 9)
    assert engine.degraded == "generation 2 is damaged; 1 answers"
    lines = [line for one in examine(folder) for line in one.damaged]
    assert [line.partition(": ")[0] for line in lines] == [str(path)]
    published = WhooshWriter(folder).published()
    assert published is None or published.generation == 1


@pytest.mark.parametrize("shape", SAID)
def test_commands_say_it(shape: str, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.write({f"a{n}.md": markdown(f"반도체 {n}") for n in range(9)})
    archive.run()
    (archive.content / "a0.md").unlink()
    archive.write({"b.md": markdown("반도체")})
    archive.run()
    without_sums(archive.index)
    name, change = SHAPES[shape]
    path = archive.index / "generation-000002" / name
    change(path)
    run = CliRunner(env={"GEULSAEM_INDEX_DIR": str(archive.index)})
    assert run.invoke(geulsaem, ["search", "반도체"]).exit_code == 0
    checked = run.invoke(geulsaem, ["check", "--index"])
    assert (checked.exit_code, f"geulsaem: {path}: " in checked.stderr) == (3, True)
    done = run.invoke(reindex, [str(archive.content), "--index", str(archive.index)])
    assert (done.exit_code, " published: " in done.output) == (0, True), done.output
    assert len(archive.titles()) == 9
