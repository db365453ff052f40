"""What we use of Whoosh, asked through our one door on the files of our writer; runs on
Whoosh-Reloaded too (``make test-whoosh-reloaded``)."""

from collections.abc import Sequence
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import pytest

from index import whoosh_api
from index.array_file import DamagedFileError
from index.document import Document
from index.fields import ALWAYS, FACETS, NEVER, TEXT_FIELDS
from index.generation import IndexFolder
from index.whoosh_codec import ArrayIndex, open_index
from index.whoosh_writer import WhooshWriter
from tests.corpora import EMPTY, Change, field_terms, publish


def document(key: str, body: Sequence[tuple[str, int]], **values: Any) -> Document:
    """A document whose body has these (term, position) tokens, all of them one run."""
    texts = [text for text, _ in body]
    terms = field_terms(body, len(body), texts, ["".join(texts)])
    plain = Document(
        id=key,
        text=dict.fromkeys(TEXT_FIELDS, EMPTY) | {"body": terms},
        facets=dict.fromkeys(FACETS, ()) | {"author": ("김한수", "이영희")},
        date=7,
        visible_from=ALWAYS,
        visible_to=NEVER,
        withheld=False,
        record={"id": key, "title": f"record of {key}"},
        spans=b"",
    )
    return replace(plain, **values)


def words(texts: str) -> list[tuple[str, int]]:
    """Terms of one letter each, one position apart."""
    return [(text, place) for place, text in enumerate(texts)]


class Index:
    """An index in a folder, written in batches."""

    def __init__(self, folder: Path) -> None:
        self._writer = WhooshWriter(folder)
        self._folder = folder

    def commit(self, *added: Document, deleted: Sequence[str] = ()) -> None:
        """Publish a generation."""
        batch = [*(Change(key, None) for key in deleted), *(Change(d.id, d) for d in added)]
        publish(self._writer, batch, fresh=self._writer.published() is None)

    def open(self) -> ArrayIndex:
        """The published generation, as Whoosh sees it."""
        generation = IndexFolder(self._folder).current()
        assert generation is not None
        return open_index(generation.folder, generation.number)

    @property
    def searcher(self) -> Any:
        return self.open().searcher(weighting=whoosh_api.BM25F(K1=0.7, body_B=0.75))

    def ids(self, field: str, text: str) -> list[str]:
        """The ids of the documents with a term."""
        reader = self.searcher.reader()
        if (field, text.encode()) not in reader:
            return []
        keys = reader.column_reader("id")
        return sorted(keys[n].decode() for n in reader.postings(field, text.encode()).all_ids())


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Two documents in two segments."""
    made = Index(tmp_path)
    made.commit(document("a", words("가나가")))
    made.commit(document("b", words("나다")))
    return made


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="run `reindex"):
        open_index(tmp_path)


def test_an_index_without_documents(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.commit(deleted=["never was"])
    assert index.open().is_empty()
    assert not list(index.searcher.docs_for_query(whoosh_api.Every()))


@pytest.mark.parametrize(
    ("field", "text", "ids"),
    [
        ("body", "가", ["a"]),
        ("body", "나", ["a", "b"]),
        ("body", "라", []),
        ("body_side", "다", ["b"]),
        ("body_run", "가나가", ["a"]),
        ("title", "가", []),
    ],
)
def test_postings(field: str, text: str, ids: list[str], index: Index) -> None:
    assert index.ids(field, text) == ids


def test_an_open_reader_keeps_what_it_saw(index: Index) -> None:
    reader = index.searcher.reader()
    for _ in range(3):
        index.commit(deleted=["a"])
    assert reader.doc_count() == 2
    assert [term.decode() for term in reader.lexicon("body")] == ["가", "나", "다"]
    assert index.searcher.reader().doc_count() == 1


def test_an_added_document_replaces_the_one_with_its_id(index: Index) -> None:
    index.commit(document("a", words("라")), document("c", words("가")))
    assert (index.ids("body", "가"), index.ids("body", "라")) == (["c"], ["a"])
    assert index.searcher.reader().doc_count() == 3


def test_deleted_documents_are_found_no_more(index: Index) -> None:
    index.commit(*(document(key, words("나")) for key in "cdefg"))
    index.commit(deleted=["c", "never was"])
    reader = index.searcher.reader()
    assert index.ids("body", "나") == ["a", "b", "d", "e", "f", "g"]
    assert (reader.doc_count(), reader.doc_count_all(), reader.has_deletions()) == (6, 7, True)


def test_the_index_is_written_by_our_writer_only(index: Index) -> None:
    with pytest.raises(NotImplementedError, match="reindex"):
        index.open().writer()


def test_positions_are_ours(index: Index) -> None:
    body = [("가", 3), ("나", 14), ("가", 70_000), ("#1", 3)]
    index.commit(document("c", body), deleted=["a", "b"])
    reader = index.searcher.reader()
    found = {}
    for text in ("가", "나", "#1"):
        matcher = reader.postings("body", text.encode())
        found[text] = (list(matcher.value_as("positions")), matcher.weight())
        assert [span.start for span in matcher.spans()] == found[text][0]
    assert found == {"가": ([3, 70_000], 2.0), "나": ([14], 1.0), "#1": ([3], 1.0)}


def test_lengths_are_exact(index: Index) -> None:
    text = {"body": field_terms([("라", 0)], 1_234_567, (), ())}
    index.commit(document("c", [], text=dict.fromkeys(TEXT_FIELDS, EMPTY) | text))
    searcher = index.searcher
    number = searcher.docs_for_query(whoosh_api.Term("body", "라")).__next__()
    reader = searcher.reader()
    assert reader.doc_field_length(number, "body") == 1_234_567
    assert reader.field_length("body") == 1_234_567 + 5
    assert (reader.min_field_length("body"), reader.max_field_length("body")) == (2, 1_234_567)


def test_columns_and_stored_fields(index: Index) -> None:
    index.commit(document("c", words("라"), date=None, withheld=True), deleted=["a", "b"])
    reader = index.searcher.reader()
    number = next(iter(reader.all_doc_ids()))
    names = ("id", "author", "tag", "date", "visible_from", "visible_to", "withheld")
    assert [reader.column_reader(name)[number] for name in names] == [
        *(b"c", ["김한수", "이영희"], [], -(2**63), ALWAYS, NEVER, 1)
    ]
    assert reader.stored_fields(number)["record"] == {"id": "c", "title": "record of c"}


def test_the_vocabulary_is_sorted_and_walked_by_a_cursor(index: Index) -> None:
    reader = index.searcher.reader()
    assert [term.decode() for term in reader.lexicon("body")] == ["가", "나", "다"]
    assert [term.decode() for term in reader.expand_prefix("body_run", "가")] == ["가나가"]
    cursor = reader.leaf_readers()[0][0].cursor("body")
    assert (cursor.first(), cursor.next(), cursor.next()) == ("가", "나", None)
    assert (cursor.find("낙"), cursor.is_valid(), cursor.term_info()) == (None, False, None)


def test_what_is_known_of_a_term(index: Index) -> None:
    info = index.searcher.reader().term_info("body", "나")
    assert (info.doc_frequency(), info.weight(), info.max_weight()) == (2, 2.0, 1.0)
    assert (info.min_length(), info.max_length(), info.min_id(), info.max_id()) == (2, 3, 0, 1)


def scores(index: Index, *texts: str) -> dict[str, float]:
    searcher = index.searcher
    query = whoosh_api.Or([whoosh_api.Term("body", text) for text in texts])
    keys = searcher.reader().column_reader("id")
    results = searcher.search(query, limit=None, optimize=False)
    return {keys[number].decode(): score for score, number in results.top_n}


def test_scores_are_bm25(index: Index) -> None:
    index.commit(document("c", words("다라마바사아")))
    lengths, k1, b = {"a": 3, "b": 2, "c": 6}, 0.7, 0.75
    average = sum(lengths.values()) / 3

    def bm25(key: str, tf: int, df: int) -> float:
        idf = log(3 / (df + 1)) + 1
        return idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * lengths[key] / average))

    wanted = {"a": bm25("a", 2, 1), "b": bm25("b", 1, 2), "c": bm25("c", 1, 2)}
    assert scores(index, "가", "다") == pytest.approx(wanted)


def test_the_best_hits_are_the_first_of_all_hits(index: Index) -> None:
    index.commit(*(document(f"c{n}", words("가" * n + "나" * (9 - n))) for n in range(1, 9)))
    searcher = index.searcher
    query = whoosh_api.Or([whoosh_api.Term("body", "가"), whoosh_api.Term("body", "다")])
    every = searcher.search(query, limit=None, optimize=False).top_n
    assert searcher.search(query, limit=3).top_n == every[:3]


@pytest.mark.parametrize(
    ("texts", "slop", "ids"),
    [
        ("가나", 1, ["a"]),
        ("나가", 1, ["a"]),
        ("다나", 1, []),
        ("나다", 1, ["b"]),
        ("가가", 1, []),
        ("가가", 2, ["a"]),
    ],
)
def test_phrases(texts: str, slop: int, ids: list[str], index: Index) -> None:
    searcher = index.searcher
    keys = searcher.reader().column_reader("id")
    results = searcher.search(whoosh_api.Phrase("body", list(texts), slop=slop), limit=None)
    assert [keys[number].decode() for _, number in results.top_n] == ids


def test_facets_are_counted_by_whoosh(index: Index) -> None:
    groups = whoosh_api.FieldFacet("author", allow_overlap=True)
    query = whoosh_api.And([whoosh_api.Every(), whoosh_api.Not(whoosh_api.Term("body", "다"))])
    for asked, count in ((whoosh_api.Every(), 2), (query, 1)):
        results = index.searcher.search(asked, groupedby={"author": groups})
        found = {value: len(numbers) for value, numbers in results.groups("author").items()}
        assert found == {"김한수": count, "이영희": count}
