"""bm25s: ranked OR in memory. It knows no other query, no totals and no facets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bm25s

from benchmarks.asked import Asked, Kind
from benchmarks.search.contender import HITS, Answer, Row


class Bm25sRival:
    """Writes its arrays."""

    name = "bm25s"

    def build(self, folder: Path, rows: Iterator[Row]) -> None:
        """See Rival."""
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(t, len(vocabulary)) for t in row.tokens] for row in rows]
        model = bm25s.BM25()
        model.index((ids, vocabulary), show_progress=False)
        model.save(str(folder))

    def open(self, folder: Path) -> "Bm25s":
        """See Rival."""
        return Bm25s(folder)


class Bm25s:
    """Its arrays, in memory."""

    name = "bm25s"
    kinds: frozenset[Kind] = frozenset(("or",))
    rounds = 9
    most_queries = None
    has_facets = False
    counts_prefixes = False

    def __init__(self, folder: Path) -> None:
        self._model: Any = bm25s.BM25.load(str(folder))

    def run(self, asked: Asked, *, facets: bool) -> Answer:
        """See Contender."""
        self._model.retrieve([list(asked.words)], k=HITS, show_progress=False)
        return Answer(None)

    def forget(self) -> None:
        """See Contender: it keeps nothing of earlier queries."""
