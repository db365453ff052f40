"""Writing alone: documents that are analysed already, handed to each engine's writer."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import document, drafts
from benchmarks.memory import Peak
from benchmarks.search import building
from benchmarks.search.contender import Rival, Row
from benchmarks.search.indexes import Corpus
from benchmarks.search.with_fts5 import Fts5Rival
from benchmarks.search.with_tantivy import TantivyRival
from benchmarks.search.with_whoosh import WhooshRival

# At most so many documents are held in memory, to be handed out without delay.
_HELD = 10_000


@dataclass(frozen=True, slots=True)
class Written:
    """How an engine wrote so many documents."""

    engine: str
    documents: int
    seconds: float
    mebibytes: float
    peak: float


def written(corpus: Corpus, whoosh_documents: int) -> list[Written]:
    """Every engine on the first documents of a corpus."""
    count = min(corpus.documents, _HELD)
    found = [_ours(corpus, count)]
    rows = list(islice(corpus.rows(), count))
    for rival, most in _rivals(whoosh_documents):
        found.append(_theirs(rival, rows[:most]))
    return found


def _ours(corpus: Corpus, count: int) -> Written:
    held = [document(draft) for draft in drafts(count, corpus.source)]
    return _measured("ours", count, lambda folder: building.build(folder, held))


def _theirs(rival: Rival, rows: Sequence[Row]) -> Written:
    return _measured(rival.name, len(rows), lambda folder: rival.build(folder, iter(rows)))


def _rivals(whoosh_documents: int) -> list[tuple[Rival, int | None]]:
    return [(TantivyRival(), None), (Fts5Rival(), None), (WhooshRival(), whoosh_documents)]


def _measured(engine: str, documents: int, build: Callable[[Path], None]) -> Written:
    with TemporaryDirectory() as name, Peak(os.getpid()) as peak:
        folder = Path(name)
        begun = time.perf_counter()
        build(folder)
        seconds = time.perf_counter() - begun
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    return Written(engine, documents, seconds, size / 2**20, peak.mebibytes)
