"""What we use of Whoosh, asked through our one door; runs on Whoosh-Reloaded too
(``make test-whoosh-reloaded``)."""

from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import pytest

from index import whoosh_api
from index.terms import Run, Term


def words(*texts: str) -> list[Term]:
    """Terms of one letter each, one position apart."""
    return [Term(text, place, place, place + 1) for place, text in enumerate(texts)]


def document(key: str, body: Sequence[Term], **values: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": key,
        "key": key.encode(),
        "record": f"record of {key}".encode(),
        "date": 7,
        "visible_from": -(2**62),
        "visible_to": 2**62,
        "withheld": 0,
        "body": body,
        "body_side": [term.text for term in body],
        "body_run": [Run("".join(term.text for term in body), 0, len(body))],
        "author": "김한수\x1f이영희".encode(),
    }
    return plain | values


class Index:
    """An index in a folder, written in commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        whoosh_api.create_index(folder)

    def commit(self, *added: dict[str, Any], deleted: Sequence[str] = ()) -> None:
        writer = whoosh_api.open_index(self.folder).writer()
        for key in deleted:
            writer.delete_by_term("id", key)
        for one in added:
            writer.delete_by_term("id", one["id"])
            writer.add_document(**one)
        writer.commit()

    @property
    def searcher(self) -> Any:
        weighting = whoosh_api.BM25F(K1=0.7, body_B=0.75)
        return whoosh_api.open_index(self.folder).searcher(weighting=weighting)

    def ids(self, field: str, text: str) -> list[str]:
        reader = self.searcher.reader()
        if (field, text.encode()) not in reader:
            return []
        keys = reader.column_reader("key")
        return sorted(keys[n].decode() for n in reader.postings(field, text.encode()).all_ids())


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index(tmp_path)
    made.commit(document("a", words("가", "나", "가")), document("b", words("나", "다")))
    return made


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(whoosh_api.EmptyIndexError):
        whoosh_api.open_index(tmp_path)


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
    index.commit(deleted=["a"])
    assert reader.doc_count() == 2
    assert index.searcher.reader().doc_count() == 1


def test_an_added_document_replaces_the_one_with_its_id(index: Index) -> None:
    index.commit(document("a", words("라")), document("c", words("가")))
    assert (index.ids("body", "가"), index.ids("body", "라")) == (["c"], ["a"])
    assert index.searcher.reader().doc_count() == 3


def test_deleted_documents_are_found_no_more(index: Index) -> None:
    index.commit(deleted=["a", "never was"])
    assert (index.ids("body", "가"), index.ids("body", "나")) == ([], ["b"])


def test_a_cancelled_writer_changes_nothing(index: Index) -> None:
    writer = whoosh_api.open_index(index.folder).writer()
    writer.add_document(**document("c", words("가")))
    writer.cancel()
    assert index.ids("body", "가") == ["a"]
    index.commit(document("d", words("가")))
    assert index.ids("body", "가") == ["a", "d"]


def test_positions_are_ours(index: Index) -> None:
    body = [
        Term("가", 3, 0, 1),
        Term("나", 14, 2, 3),
        Term("가", 25, 4, 5),
        Term("#1", 3, 0, 1, True),
    ]
    index.commit(document("c", body), deleted=["a", "b"])
    reader = index.searcher.reader()
    found = {}
    for text in ("가", "나", "#1"):
        matcher = reader.postings("body", text.encode())
        found[text] = (list(matcher.value_as("positions")), matcher.weight())
    assert found == {"가": ([3, 25], 2.0), "나": ([14], 1.0), "#1": ([3], 1.0)}


def test_extras_do_not_count_in_the_length(index: Index) -> None:
    body = [*words("라", "마"), Term("#1", 0, 0, 1, extra=True)]
    index.commit(document("c", body))
    reader = index.searcher.reader()
    number = next(iter(reader.postings("body", "라".encode()).all_ids()))
    assert reader.doc_field_length(number, "body") == 2


def test_columns_and_stored_fields(index: Index) -> None:
    index.commit(document("c", words("라"), date=-(2**63), withheld=1), deleted=["a", "b"])
    reader = index.searcher.reader()
    number = next(iter(reader.all_doc_ids()))
    names = ("key", "author", "date", "visible_from", "visible_to", "withheld")
    assert [reader.column_reader(name)[number] for name in names] == [
        *(b"c", "김한수\x1f이영희".encode(), -(2**63), -(2**62), 2**62, 1)
    ]
    assert reader.stored_fields(number)["record"] == b"record of c"


def test_the_lexicon_of_a_field_is_sorted(index: Index) -> None:
    found = [term.decode() for term in index.searcher.reader().lexicon("body")]
    assert found == ["가", "나", "다"]


def scores(index: Index, *texts: str) -> dict[str, float]:
    searcher = index.searcher
    query = whoosh_api.Or([whoosh_api.Term("body", text) for text in texts])
    keys = searcher.reader().column_reader("key")
    results = searcher.search(query, limit=None, optimize=False)
    return {keys[number].decode(): score for score, number in results.top_n}


def test_scores_are_bm25(index: Index) -> None:
    index.commit(document("c", words(*"다라마바사아")))
    lengths, k1, b = {"a": 3, "b": 2, "c": 6}, 0.7, 0.75
    average = sum(lengths.values()) / 3

    def bm25(key: str, tf: int, df: int) -> float:
        idf = log(3 / (df + 1)) + 1
        return idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * lengths[key] / average))

    wanted = {"a": bm25("a", 2, 1), "b": bm25("b", 1, 2), "c": bm25("c", 1, 2)}
    assert scores(index, "가", "다") == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("texts", "ids"),
    [(("가", "나"), ["a"]), (("나", "가"), ["a"]), (("다", "나"), []), (("나", "다"), ["b"])],
)
def test_phrases(texts: tuple[str, ...], ids: list[str], index: Index) -> None:
    searcher = index.searcher
    keys = searcher.reader().column_reader("key")
    results = searcher.search(whoosh_api.Phrase("body", list(texts)), limit=None)
    assert [keys[number].decode() for _, number in results.top_n] == ids
