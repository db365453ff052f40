"""Tantivy, through tantivy-py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from benchmarks.asked import KINDS, Asked, Kind
from benchmarks.search.contender import ALL_MONTHS, FACET_SIZE, FACETS, HITS, Answer, Row

# Of the writer, so large that a hundred thousand documents give one segment.
_HEAP = 2_000_000_000
_FIELD = "main"


class TantivyRival:
    """Writes with ``commits`` commits; Tantivy's merge policy decides what is left of them."""

    def __init__(self, commits: int = 1, documents: int = 0) -> None:
        self.name = "tantivy" if commits == 1 else f"tantivy-{commits}"
        self._every = -(-documents // commits) if commits > 1 else 0

    def build(self, folder: Path, rows: Iterator[Row]) -> None:
        """See Rival."""
        index = tantivy.Index(_schema(), path=str(folder))
        writer = index.writer(heap_size=_HEAP, num_threads=1)
        for i, row in enumerate(rows, 1):
            writer.add_document(_document(row))
            if self._every and i % self._every == 0:
                writer.commit()
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> "Tantivy":
        """See Rival."""
        return Tantivy(folder)


class Tantivy:
    """An index of Tantivy's."""

    kinds: frozenset[Kind] = frozenset(KINDS)
    rounds = 9
    most_queries = None
    has_facets = True
    counts_prefixes = True

    def __init__(self, folder: Path) -> None:
        index = tantivy.Index.open(str(folder))
        index.reload()
        self._schema = index.schema
        self._searcher = index.searcher()
        self.name = f"tantivy ({self._searcher.num_segments} seg.)"

    def run(self, asked: Asked, *, facets: bool) -> Answer:
        """See Contender. Facets take a second call: the binding has no other way."""
        query = self._query(asked)
        if asked.kind == "newest":
            found = self._searcher.search(query, HITS, order_by_field="date")
        else:
            found = self._searcher.search(query, HITS)
        if not facets:
            return Answer(found.count)
        return Answer(found.count, _counts(self._searcher.aggregate(query, _AGGREGATIONS)))

    def forget(self) -> None:
        """See Contender: it keeps nothing of earlier queries."""

    def _query(self, asked: Asked) -> Query:
        kept = asked.words[:-1] if asked.kind == "not" else asked.words
        if asked.kind == "phrase":
            return Query.phrase_query(self._schema, _FIELD, list(kept))
        if asked.kind == "prefix":
            return Query.regex_query(self._schema, _FIELD, f"{kept[0]}.*")
        how = Occur.Should if asked.kind == "or" else Occur.Must
        parts = [(how, self._term(word)) for word in kept]
        if asked.kind == "not":
            parts.append((Occur.MustNot, self._term(asked.words[-1])))
        return Query.boolean_query(parts) if len(parts) > 1 else parts[0][1]

    def _term(self, word: str) -> Query:
        return Query.term_query(self._schema, _FIELD, word)


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_FIELD, tokenizer_name="whitespace", index_option="position")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_date_field("date", fast=True, indexed=False)
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(row: Row) -> Any:
    draft = row.draft
    document = tantivy.Document()
    document.add_text(_FIELD, " ".join(row.tokens))
    document.add_text("author", draft.author)
    document.add_text("category", draft.category)
    for tag in draft.tags:
        document.add_text("tag", tag)
    document.add_text("month", row.month)
    document.add_date("date", datetime.fromtimestamp(row.seconds, UTC))
    document.add_text("id", draft.id)
    return document


_AGGREGATIONS = {
    name: {"terms": {"field": name, "size": ALL_MONTHS if name == "month" else FACET_SIZE}}
    for name in FACETS
}


def _counts(found: Any) -> dict[str, dict[str, int]]:
    return {
        name: {str(b["key"]): int(b["doc_count"]) for b in found[name]["buckets"]}
        for name in FACETS
    }
