"""Segment files: what is written is read, and what has changed since is refused by name."""

import shutil
import subprocess
import sys
from array import array
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import array_file, merging, segment_writer
from index.array_file import ArrayFile, ArrayFileWriter, DamagedFileError
from index.damage import examine
from index.document import Document, FieldTerms
from index.field_writer import write_field
from index.gaps import Gaps, encode, located, scattered, unpacked
from index.generation import IndexFolder
from index.postings import Field, Postings
from index.segment import BIGRAMS, Segment
from index.segment_writer import SegmentBuilder, SegmentLimitError
from index.segments import open_segment, read_names
from index.whoosh_writer import WhooshWriter
from index.writer import WriterError
from search.engine import EngineError
from search.plan import FacetHas, PhraseIs, Plan, Reading, RunContains, TermIs
from search.whoosh_engine import WhooshEngine
from tests.corpora import RUNS, Change, build, document_of, field_terms, publish

ADVICE = "run `reindex --full`"

numbers = st.integers(0, 300) | st.integers(0, 70_000) | st.integers(0, 2**31)
ascending = st.lists(numbers, min_size=1, max_size=20, unique=True).map(sorted)


def written(
    path: Path, write: Callable[[ArrayFileWriter], dict[str, dict[str, bool]]]
) -> ArrayFile:
    """A file with what ``write`` puts into it."""
    with ArrayFileWriter(path) as file:
        file.finish({"fields": write(file)})
    return ArrayFile(path)


@given(st.lists(ascending, max_size=12), st.data())
def test_gaps(lists: list[list[int]], data: st.DataObject) -> None:
    first = np.cumsum([0, *map(len, lists)])
    flat = np.array([number for own in lists for number in own], np.int64)

    def write(file: ArrayFileWriter) -> dict[str, dict[str, bool]]:
        encode(flat, first).write(file, "documents")
        return {}

    with TemporaryDirectory() as folder:
        found = Gaps.read(written(Path(folder) / "file", write), "documents")
        assert [found.numbers(i, len(own)).tolist() for i, own in enumerate(lists)] == lists
        begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(lists))] * 2)))
        piece = found.lists(begin, end, np.diff(first)[begin:end])
        assert piece.tolist() == [number for own in lists[begin:end] for number in own]


@pytest.mark.parametrize("gap", [1, 254, 255, 256, 510, 65_534, 65_535, 65_536, 200_000])
def test_a_gap_of_any_size(gap: int) -> None:
    for own in ([gap], [0, gap], [gap - 1, gap, 2 * gap], list(range(0, gap * 50, gap))):
        found = encode(np.array(own), np.array([0, len(own)]))
        assert found.numbers(0, len(own)).tolist() == own


@pytest.mark.parametrize("step", [1, 2, 7, 14, 20, 40])
@pytest.mark.parametrize("count", [255, 256, 5000])
def test_a_list_of_many_is_kept_as_bits_where_they_are_few(count: int, step: int) -> None:
    rng = np.random.default_rng(step)
    own = np.sort(rng.choice(count * step + 9, count, replace=False))
    lists = [np.array([3, 90_000]), own, own + 1, np.array([7]), own]
    found = encode(np.concatenate(lists), np.cumsum([0, *map(len, lists)]))
    counts = np.array([len(own) for own in lists])
    assert (found.bits(1) is not None) == (count >= 256 and step < 16)
    assert [found.numbers(i, len(one)).tolist() for i, one in enumerate(lists)] == [
        one.tolist() for one in lists
    ]
    assert found.lists(1, 5, counts[1:]).tolist() == np.concatenate(lists[1:]).tolist()
    words_of_many, others = found.apart(np.array([0, 2, 4]))
    of_many = [unpacked(words).nonzero()[0] for words in words_of_many]
    assert sorted(np.concatenate([*of_many, scattered([(found, others, 0)])]).tolist()) == sorted(
        np.concatenate(lists[::2]).tolist()
    )
    moved = scattered(
        [(found, np.array([0]), 0), (found, np.array([], int), 5), (found, np.array([3, 0]), 10)]
    )
    assert sorted(moved.tolist()) == [3, 13, 17, 90_000, 90_010]
    words = found.bits(1)
    if words is not None:
        asked = np.sort(rng.choice(count * step * 2, count // 2, replace=False))
        places, there = located(words, asked)
        common = sorted(set(own.tolist()) & set(asked.tolist()))
        assert own[places].tolist() == asked[there].tolist() == common
        assert located(words, np.empty(0, np.int64))[0].tolist() == []


places = st.lists(st.integers(0, 90_000), min_size=1, max_size=5).map(sorted)
# More than a byte holds.
many = st.integers(14, 600).map(lambda count: list(range(count)))
vocabularies = st.dictionaries(
    st.text(min_size=1, max_size=4).filter(lambda text: text.isprintable()),
    st.dictionaries(st.integers(0, 70_000), places | many, min_size=1, max_size=5),
    max_size=6,
)


@given(vocabularies, st.data())
def test_postings(made: dict[str, dict[int, list[int]]], data: st.DataObject) -> None:
    terms = sorted(text.encode() for text in made)
    found = [sorted(made[term.decode()].items()) for term in terms]
    with TemporaryDirectory() as folder:
        cut = data.draw(st.integers(0, len(terms)))
        parts = [{t.decode(): made[t.decode()] for t in p} for p in (terms[:cut], terms[cut:])]
        file = written(
            Path(folder) / "file",
            lambda to: {"body": write_field(to, "body", map(of, parts))},
        )
        field = Field(file, "body")
        assert [field.term(n) for n in range(field.terms)] == terms
        for n, (term, own) in enumerate(zip(terms, found, strict=True)):
            starts, positions = field.positions(n)
            assert field.number(term) == n
            assert field.documents(n).tolist() == [document for document, _ in own]
            assert field.frequencies(n).tolist() == [len(at) for _, at in own]
            found_at = [positions[begin:end].tolist() for begin, end in pairwise(starts)]
            assert found_at == [at for _, at in own]
            assert field.begins(n).tolist() == starts[:-1].tolist()
            inside = data.draw(st.lists(st.integers(0, len(own) - 1), unique=True).map(sorted))
            some = np.array(inside, np.int64)
            assert field.frequencies_at(n, some).tolist() == [len(own[i][1]) for i in inside]
            assert field.begins_at(n, some).tolist() == [starts[i] for i in inside]
        # Of several terms at once, in any order.
        asked = [(n, i) for n, own in enumerate(found) for i in range(len(own))]
        asked = data.draw(st.permutations(asked))
        each = [field.postings_at(n, np.array([i])) for n, i in asked]
        postings = np.concatenate([np.empty(0, np.int64), *each])
        positions_of = [found[n][i][1] for n, i in asked]
        assert field.frequencies_of(postings).tolist() == list(map(len, positions_of))
        assert field.first_positions(postings).tolist() == [at[0] for at in positions_of]
        begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(terms))] * 2)))
        assert_same(
            field.slice(begin, end), of({t.decode(): made[t.decode()] for t in terms[begin:end]})
        )


def of(made: dict[str, dict[int, list[int]]]) -> Postings:
    """Postings from term, document and positions."""
    terms = sorted(text.encode() for text in made)
    rows = [row for term in terms for row in sorted(made[term.decode()].items())]
    return Postings(
        terms,
        np.cumsum([0, *(len(made[term.decode()]) for term in terms)]),
        np.array([document for document, _ in rows], np.int64),
        np.array([len(at) for _, at in rows], np.int64),
        np.array([place for _, at in rows for place in at], np.uint32),
    )


def assert_same(one: Postings, other: Postings) -> None:
    assert list(one.terms) == list(other.terms)
    for name in ("first", "documents", "frequencies", "positions"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def plain(document_id: str, **values: object) -> Document:
    """A document that everybody sees."""
    found = document_of(document_id, 1)
    return replace(found, visible_from=0, visible_to=9, withheld=False, **values)


def written_segment(path: Path, *documents: Document) -> Segment:
    builder = SegmentBuilder()
    for document in documents:
        builder.add(document)
    builder.write(path)
    return Segment(path)


def test_bigrams_lead_to_every_run_that_holds_them(tmp_path: Path) -> None:
    runs = field_terms((), 0, (), [*RUNS, "가", "😀😀가", "가가가"])
    document = plain("a", text={"title": runs, "subtitle": runs, "body": runs})
    segment = written_segment(tmp_path / "a.seg", document)
    field, grams = segment.field("body_run"), segment.field("body_run" + BIGRAMS)
    texts = [field.term(n).decode() for n in range(field.terms)]
    pairs = {"".join(pair) for text in texts for pair in pairwise(text)}
    assert {grams.term(n).decode() for n in range(grams.terms)} == pairs
    for pair in pairs:
        found = [texts[n] for n in grams.documents(grams.number(pair.encode())).tolist()]
        assert found == [text for text in texts if pair in text]


def search(folder: Path, clause: TermIs | PhraseIs | RunContains | FacetHas) -> int:
    return WhooshEngine(folder).snapshot().search(Plan((Reading((clause,), (), 0),))).total


def test_a_document_of_a_million_words(tmp_path: Path) -> None:
    words, times = 200_000, 5
    body = FieldTerms(
        terms=tuple(f"말{n}" for n in range(words)),
        frequencies=array("I", [times] * words),
        positions=array("I", [n + words * i for n in range(words) for i in range(times)]),
        length=words * times,
        side=(),
        side_frequencies=array("I"),
        runs=(),
    )
    small = plain("b")
    large = replace(small, id="a", text={**small.text, "body": body})
    # Alone, and merged with a small one.
    for batch in ([Change("a", large)], [Change("b", small)]):
        publish(WhooshWriter(tmp_path), batch, fresh=batch[0].id == "a")
        assert search(tmp_path, TermIs("말199999")) == 1
        for pair, total in ((("말199998", "말199999"), 1), (("말199999", "말199998"), 0)):
            slots = tuple((i, (text,)) for i, text in enumerate(pair))
            assert search(tmp_path, PhraseIs(slots)) == total
        # The last of one round of words and the first of the next one.
        assert search(tmp_path, PhraseIs(((0, ("말199999",)), (1, ("말0",))))) == 1


def test_a_document_with_ten_thousand_tags(tmp_path: Path) -> None:
    tags = tuple(f"태그 {n:05}" for n in range(10_000))
    many = plain("a", facets={**plain("a").facets, "tag": tags})
    few = plain("b", facets={**plain("b").facets, "tag": (tags[77], tags[9_999])})
    build(tmp_path, [[Change("a", many)], [Change("b", few)]])
    snapshot = WhooshEngine(tmp_path).snapshot()
    counts = snapshot.search(Plan((), counted=("tag",))).facets["tag"]
    rows = counts.rows(0, len(counts))
    assert [(row.value, row.count) for row in rows[:3]] == [
        (tags[77], 2),
        (tags[-1], 2),
        (tags[0], 1),
    ]
    assert len(rows) == 10_000
    assert [search(tmp_path, FacetHas("tag", tags[n])) for n in (77, 78, 9_999)] == [2, 1, 2]


def test_more_than_a_segment_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "MAX_DOCUMENTS", 1)
    builder = SegmentBuilder()
    builder.add(plain("a"))
    with pytest.raises(SegmentLimitError, match="at most 1 documents"):
        builder.add(plain("b"))


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    """A segment file."""
    path = tmp_path / "whole.seg"
    written_segment(path, plain("a"), plain("b"), document_of("c", 3))
    return path


@pytest.mark.parametrize("part", range(50))
def test_a_file_that_is_cut_short(part: int, segment: Path) -> None:
    data = segment.read_bytes()
    segment.write_bytes(data[: len(data) * part // 50])
    with pytest.raises(DamagedFileError, match=ADVICE) as caught:
        Segment(segment)
    assert str(segment) in str(caught.value)


def test_a_file_without_its_last_byte(segment: Path) -> None:
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match=r"cut short.*reindex --full"):
        Segment(segment)


def test_a_flipped_bit_in_any_array(segment: Path) -> None:
    data = segment.read_bytes()
    whole = ArrayFile(segment)
    whole.verify()
    arrays = {name: row for name, row in whole._arrays.items() if row[2]}
    assert len(arrays) > 50
    for number, (name, (dtype, place, length, _)) in enumerate(arrays.items()):
        path = segment.with_name(f"{number}.seg")
        at = place + (length * np.dtype(dtype).itemsize) // 2
        path.write_bytes(flipped(data, at))
        with pytest.raises(DamagedFileError, match=ADVICE) as caught:
            Segment(path).file.verify()
        assert f"{path}: {name} has changed" in str(caught.value)


def test_a_flipped_bit_in_the_directory(segment: Path) -> None:
    data = segment.read_bytes()
    for at in range(1, 400, 37):
        segment.write_bytes(flipped(data, len(data) - at))
        with pytest.raises(DamagedFileError, match=ADVICE):
            Segment(segment)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


@pytest.mark.parametrize("data", [b"", b"GEULSEG\0", b"PK\x03\x04" * 100, "기사".encode() * 99])
def test_a_foreign_file(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "foreign.seg"
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match=rf"foreign\.seg.*{ADVICE}"):
        Segment(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match=rf"none\.seg: cannot be opened .*{ADVICE}"):
        Segment(tmp_path / "none.seg")


def test_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(array_file, "FORMAT", 99)
        written_segment(tmp_path / "own.seg", plain("a"))
    with pytest.raises(DamagedFileError, match=rf"has format 99, this version reads 1; {ADVICE}"):
        Segment(tmp_path / "own.seg")


def test_another_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "SCHEMA_VERSION", 0)
    with pytest.raises(DamagedFileError, match=rf"made by another version; {ADVICE}"):
        written_segment(tmp_path / "own.seg", plain("a"))


def test_a_file_that_could_not_be_finished_is_removed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="numbers"):
        written(tmp_path / "file", write_twice)
    assert not (tmp_path / "file").exists()


def write_twice(file: ArrayFileWriter) -> dict[str, dict[str, bool]]:
    for _ in range(2):
        file.write("numbers", np.zeros(3, np.uint8))
    return {}


# Generations with damaged segments.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two generations: the second has a segment that the first has not."""
    build(tmp_path, [[Change("a", plain("a"))], [Change("b", plain("b"))]])
    return tmp_path


def damage(folder: Path, generation: int) -> Path:
    """Flip a bit in the newest segment of a generation."""
    path = max(folder.glob(f"generation-{generation:06d}/*.seg"))
    _, place, _, _ = ArrayFile(path)._arrays["title/documents/narrow"]
    path.write_bytes(flipped(path.read_bytes(), place))
    return path


def total(engine: WhooshEngine) -> int:
    return engine.snapshot().search(Plan(())).total


def test_the_generation_before_answers_for_a_damaged_one(folder: Path) -> None:
    damage(folder, 2)
    engine = WhooshEngine(folder)
    assert (engine.snapshot().generation, total(engine)) == (1, 1)


def test_a_damaged_generation_is_not_taken_over(tmp_path: Path) -> None:
    writer = build(tmp_path, [[Change("a", plain("a"))]])
    engine = WhooshEngine(tmp_path)
    assert total(engine) == 1
    publish(writer, [Change("b", plain("b"))])
    damage(tmp_path, 2)
    assert (engine.snapshot().generation, total(engine)) == (1, 1)
    publish(writer, [Change("c", plain("c"))], fresh=True)
    assert (engine.snapshot().generation, total(engine)) == (3, 1)


@pytest.mark.parametrize(
    ("array", "found"),
    [("body/documents/narrow", False), ("record", True), ("text", True)],
    ids=["gaps", "record", "text"],
)
def test_postings_that_have_changed_are_not_built_upon(
    tmp_path: Path, array: str, found: bool
) -> None:
    writer = build(tmp_path, [[Change("a", plain("a"))]])
    (path,) = tmp_path.rglob("*.seg")
    place = ArrayFile(path)._arrays[array][1]
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert (writer.published() is not None) is found


def test_a_fresh_process_falls_back_too(folder: Path) -> None:
    damage(folder, 2)
    code = (
        "import sys; from pathlib import Path; from search.whoosh_engine import WhooshEngine; "
        "print(WhooshEngine(Path(sys.argv[1])).snapshot().generation)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"


def test_where_all_generations_are_damaged_the_newest_is_named(folder: Path) -> None:
    damage(folder, 2)
    damage(folder, 1)
    with pytest.raises(EngineError, match=rf"generation-000002.*{ADVICE}"):
        WhooshEngine(folder).snapshot()


@pytest.mark.parametrize("name", ["segments.json", "*.seg", "*.del"])
def test_a_generation_that_lacks_a_file(name: str, folder: Path) -> None:
    writer = WhooshWriter(folder)
    publish(writer, [Change(f"c{n}", plain(f"c{n}")) for n in range(8)])
    publish(writer, [Change("c0", None)])
    assert total(WhooshEngine(folder)) == 9
    max(folder.glob(f"generation-000004/{name}")).unlink()
    engine = WhooshEngine(folder)
    assert (engine.snapshot().generation, total(engine)) == (3, 10)


@pytest.mark.parametrize("name", ["000002-1.seg", "000003-1.del"])
def test_a_file_of_another_index_is_not_taken_for_its_own(name: str, tmp_path: Path) -> None:
    folder, other = tmp_path / "own", tmp_path / "other"
    writer = build(
        folder,
        [[Change(c, plain(c)) for c in "abcd"], [Change("e", plain("e"))], [Change("a", None)]],
    )
    build(other, [[Change(c, plain(c)) for c in "wxyz"], [Change("v", plain("v"))]])
    publish(WhooshWriter(other), [Change("z", None)])
    path = folder / "generation-000003" / name
    path.unlink()
    (other / "generation-000003" / name).rename(path)
    reason = f"{path}: is not the file that was published under this name; {ADVICE}"

    engine = WhooshEngine(folder)
    assert (engine.snapshot().generation, total(engine)) == (2, 5)
    assert engine.degraded == "generation 3 is damaged; 2 answers"
    (line,) = [line for one in examine(folder) for line in one.damaged]
    assert line.startswith(reason)
    assert writer.published() is None
    with pytest.raises(WriterError, match=name):
        publish(writer, [Change("f", plain("f"))])
    publish(writer, [Change("f", plain("f"))], fresh=True)
    assert (engine.snapshot().generation, total(engine)) == (4, 1)


def test_linked_segments_keep_their_identity(tmp_path: Path) -> None:
    build(tmp_path, [[Change(c, plain(c))] for c in "abc"])
    before, newest = (read_names(tmp_path / f"generation-00000{n}") for n in (2, 3))
    assert newest[:2] == before
    assert len({name.identity for name in newest}) == 3
    (tmp_path / "copy").mkdir()
    for file in (tmp_path / "generation-000003").iterdir():
        shutil.copy(file, tmp_path / "copy")
    assert [open_segment(tmp_path / "copy", name).documents for name in newest] == [1, 1, 1]


def test_damage_is_not_merged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = damage(folder, 2)
    monkeypatch.setattr(merging, "MAX_SEGMENTS", 1)
    with pytest.raises(WriterError, match=rf"{path.name}.*{ADVICE}"):
        publish(WhooshWriter(folder), [Change("c", plain("c"))])
    current = IndexFolder(folder).current()
    assert current is not None
    assert current.number == 2
    assert not (folder / "generation-000003").exists()
    assert total(WhooshEngine(folder)) == 1
    publish(WhooshWriter(folder), [Change("c", plain("c"))], fresh=True)
    assert total(WhooshEngine(folder)) == 1
