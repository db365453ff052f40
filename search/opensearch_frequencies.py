"""How many documents of a cluster that may be seen there are, and hold a term."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple

from index.cache import ByteCache, CacheState
from index.fields import RUN_SUFFIX, TEXT_FIELDS, facet_key
from search import opensearch_query as queries
from search.opensearch_pinned import Pinned
from search.opensearch_query import Query
from search.plan import FacetHas, TermIs
from search.ranking import idf
from search.words import Entry

_BYTES = 4 << 20
_STATES = 4
# What a document frequency is of: a term, or a noun run.
Kind = Literal["term", "run"]


class Seen(NamedTuple):
    """How many documents are visible, and the date of the newest (None: none has one)."""

    documents: int
    newest: int | None


class _Key(NamedTuple):
    kind: Kind
    text: str
    visible_at: int | None


class _Counts(NamedTuple):
    """Numbers of documents, and whether a part of the index was left out of them."""

    counts: list[int]
    partial: bool


class ClusterFrequencies:
    """Document frequencies of one generation; ``visible_at`` is the instant at which documents are
    public, None for all there are. Immutable but for its caches. All raise EngineError."""

    def __init__(self, pinned: Pinned) -> None:
        self._pinned = pinned
        self._known: ByteCache[_Key, int] = ByteCache(_BYTES)
        self._seen: ByteCache[int | None, Seen] = ByteCache(_STATES)

    def cache(self) -> CacheState:
        """The figures of the cache."""
        return self._known.state()

    def seen(self, visible_at: int | None) -> Seen:
        """What is known of all documents together."""

        def made() -> tuple[Seen, int | None]:
            aggregations = {"newest": {"max": {"field": "date"}}}
            body = {"size": 0, "track_total_hits": True, "aggs": aggregations}
            answer = self._pinned.among(visible_at, body)
            newest = answer.body["aggregations"]["newest"]["value"]
            total = int(answer.body["hits"]["total"]["value"])
            own = Seen(total, None if newest is None else int(newest) // 1000)
            return own, None if answer.partial else 1

        return self._seen.get(visible_at, made)

    def rarities(
        self, texts: Sequence[str], kind: Kind, visible_at: int | None
    ) -> Mapping[str, float]:
        """The idf of some terms or noun runs."""
        found = self.of(texts, kind, visible_at)
        documents = self.seen(visible_at).documents if found else 0
        return {text: idf(count, documents) for text, count in found.items()}

    def of(self, texts: Iterable[str], kind: Kind, visible_at: int | None) -> dict[str, int]:
        """How many documents have each of some terms, or of some noun runs, in any text field; all
        that are not known yet in one request."""
        found = dict.fromkeys(texts, 0)
        unknown = []
        for text in found:
            known = self._known.peek(_Key(kind, text, visible_at))
            if known is not None:
                found[text] = known
            elif queries.can_be_sent(text):
                unknown.append(text)
        return found | self._counted(unknown, kind, visible_at)

    def of_entries(self, entries: Sequence[Entry], visible_at: int) -> list[int]:
        """How many documents have each word or facet value; kept by nobody."""
        return self._each([_of_entry(entry) for entry in entries], visible_at).counts

    def _counted(self, texts: Sequence[str], kind: Kind, visible_at: int | None) -> dict[str, int]:
        if not texts:
            return {}
        answer = self._each([_of_kind(text, kind) for text in texts], visible_at)
        found = dict(zip(texts, answer.counts, strict=True))
        if not answer.partial:
            for text, count in found.items():
                made = partial(_sized, count, 2 * len(text) + 100)
                self._known.get(_Key(kind, text, visible_at), made)
        return found

    def _each(self, wanted: Sequence[Query], visible_at: int | None) -> _Counts:
        """How many documents meet each of some queries."""
        body = {"size": 0, "aggs": {"found": {"filters": {"filters": list(wanted)}}}}
        answer = self._pinned.among(visible_at, body)
        buckets = answer.body["aggregations"]["found"]["buckets"]
        return _Counts([own["doc_count"] for own in buckets], answer.partial)


def _of_kind(text: str, kind: Kind) -> Query:
    if kind == "term":
        return queries.clause(TermIs(text))
    runs = [{"term": {name + RUN_SUFFIX: text}} for name in TEXT_FIELDS]
    return {"bool": {"should": runs}}


def _of_entry(entry: Entry) -> Query:
    if entry.kind == "term":
        return _of_kind(entry.text.lower(), "run")
    return queries.clause(FacetHas(entry.kind, facet_key(entry.text)))


def _sized(count: int, size: int) -> tuple[int, int]:
    return count, size
