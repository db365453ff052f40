"""Whoosh as it comes: its default codec, its own searcher."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whoosh import fields, sorting
from whoosh import index as whoosh_index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.query import And, Not, Or, Phrase, Prefix, Term

from benchmarks.asked import KINDS, Asked, Kind
from benchmarks.search.contender import ALL_MONTHS, FACET_SIZE, FACETS, HITS, Answer, Row

_FIELD = "main"
_WRITER_MEGABYTES = 512


class WhooshRival:
    """Writes with Whoosh's own writer."""

    name = "whoosh"

    def build(self, folder: Path, rows: Iterator[Row]) -> None:
        """See Rival."""
        folder.mkdir(parents=True, exist_ok=True)
        writer = whoosh_index.create_in(folder, _schema()).writer(limitmb=_WRITER_MEGABYTES)
        for row in rows:
            draft = row.draft
            writer.add_document(
                main=" ".join(row.tokens),
                author=draft.author,
                category=draft.category,
                tag=" ".join(tag.replace(" ", "_") for tag in draft.tags),
                month=row.month,
                date=row.seconds,
                id=draft.id,
            )
        writer.commit(optimize=True)

    def open(self, folder: Path) -> "PlainWhoosh":
        """See Rival."""
        return PlainWhoosh(folder)


class PlainWhoosh:
    """An index of Whoosh's."""

    name = "whoosh"
    kinds: frozenset[Kind] = frozenset(KINDS)
    rounds = 3
    most_queries = 10
    has_facets = True
    counts_prefixes = True

    def __init__(self, folder: Path) -> None:
        self._searcher: Any = whoosh_index.open_dir(folder).searcher()

    def run(self, asked: Asked, *, facets: bool) -> Answer:
        """See Contender."""
        arguments: dict[str, Any] = {"limit": HITS}
        if asked.kind == "newest":
            arguments |= {"sortedby": "date", "reverse": True}
        if facets:
            arguments["groupedby"] = _facets()
        found = self._searcher.search(_query(asked), **arguments)
        # Without it, Whoosh only estimates how many there are.
        total = len(found)
        return Answer(total, _counts(found) if facets else {})

    def forget(self) -> None:
        """See Contender: what it keeps, of filters and sort columns, is not of queries."""


def _query(asked: Asked) -> Any:
    terms = [Term(_FIELD, word) for word in asked.words]
    match asked.kind:
        case "or":
            return Or(terms)
        case "not":
            # Not AndNot, which keeps a first document that has the refused term.
            return And([*terms[:-1], Not(terms[-1])])
        case "phrase":
            return Phrase(_FIELD, list(asked.words))
        case "prefix":
            return Prefix(_FIELD, asked.words[0])
        case _:
            return And(terms) if len(terms) > 1 else terms[0]


def _schema() -> Any:
    return fields.Schema(
        main=fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=True),
        author=fields.ID(sortable=True),
        category=fields.ID(sortable=True),
        tag=fields.KEYWORD(),
        month=fields.ID(sortable=True),
        date=fields.NUMERIC(int, bits=64, sortable=True),
        id=fields.ID(stored=True),
    )


def _facets() -> Any:
    found = sorting.Facets()
    for name in FACETS:
        found.add_field(name, maptype=sorting.Count, allow_overlap=name == "tag")
    return found


def _counts(found: Any) -> dict[str, dict[str, int]]:
    counts = {}
    for name in FACETS:
        size = ALL_MONTHS if name == "month" else FACET_SIZE
        ordered = sorted(found.groups(name).items(), key=lambda pair: (-pair[1], str(pair[0])))
        counts[name] = dict(ordered[:size])
    return counts
