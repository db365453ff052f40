"""The judged sets: documents, queries, and which documents answer them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import orjson

from benchmarks.corpus import SHARED

FOLDER = SHARED / "relevance"
NAMES = ("kq", "ar", "ms")
_SMOKE_DOCUMENTS, _SMOKE_QUERIES = 200, 20


@dataclass(frozen=True, slots=True)
class Query:
    """A query with the numbers of the documents that answer it."""

    text: str
    relevant: frozenset[int]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """One set; ``digest`` names its documents."""

    name: str
    documents: tuple[str, ...]
    queries: tuple[Query, ...]
    digest: str


def load(name: str, *, smoke: bool = False) -> JudgedSet | None:
    """A set by name, None where its file is absent. ``smoke``: a corner of it."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return None
    read = orjson.loads(path.read_bytes())
    documents, rows = read["docs"], read["queries"]
    if smoke:
        documents = documents[:_SMOKE_DOCUMENTS]
        rows = [r for r in rows if max(r["relevant"]) < len(documents)][:_SMOKE_QUERIES]
    queries = tuple(Query(row["query"], frozenset(row["relevant"])) for row in rows)
    return JudgedSet(name, tuple(documents), queries, _digest(documents))


def _digest(documents: Sequence[str]) -> str:
    return blake2b("\0".join(documents).encode(), digest_size=6).hexdigest()
