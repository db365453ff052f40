"""One generation in a cluster: what is read of it, and what is kept of that."""

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import Any, Literal

import orjson

from index.cache import ByteCache, CacheState
from index.fields import NEVER, NOT_WITHHELD
from index.opensearch_state import PublishedState
from search import opensearch_explain, opensearch_values
from search import opensearch_query as queries
from search.engine import Page, Statistics, Visibility
from search.explain import Explanation
from search.opensearch_cluster import Answer, Cluster
from search.opensearch_facets import Spelled
from search.opensearch_frequencies import ClusterFrequencies
from search.opensearch_pinned import Pin, Pinned
from search.opensearch_query import Query
from search.opensearch_ranking import Scoring
from search.opensearch_search import SOURCE, ClusterSearch, status_of
from search.plan import Plan, Status
from search.words import Entry

_RECORD_BYTES = 16 << 20
_STATES = 4
# Records are read in pieces of this many.
_PIECE = 500


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is kept of a document."""

    record: bytes
    spans: bytes
    columns: Mapping[str, Any]

    def visible(self, at: int | None) -> bool:
        return at is None or status_of(self.columns, at) == "public"


class ClusterSnapshot:
    """See search.engine.Snapshot."""

    def __init__(self, cluster: Cluster, published: PublishedState) -> None:
        self.generation = published.generation
        self.stamp = published.stamp
        self.published = published.published
        self.documents_left = published.documents
        self._legacy_scores = cluster.legacy_scores
        self._pinned = Pinned(cluster, published)
        # Since when the visibility is known to be as it is, and that.
        self._visibility: tuple[int, Visibility] | None = None
        self._records: ByteCache[str, _Stored] = ByteCache(_RECORD_BYTES)
        self._frequencies = ClusterFrequencies(self._pinned)
        self._spelled: ByteCache[int | None, Mapping[str, Spelled]] = ByteCache(_STATES)

    def search(self, plan: Plan) -> Page:
        """See search.engine.Snapshot.search."""

        def run(pin: Pin) -> Page:
            search = ClusterSearch(self, plan, pin.documents())
            how = {"dfs": search.scored, "preference": _preference(plan)}
            answer = self._pinned.ask(pin, search.body(), **how)
            for hit in answer.body["hits"]["hits"]:
                self._remember(hit["_source"])
            return replace(search.page(answer.body), partial=answer.partial)

        # From page to page nothing is to move.
        return self._pinned.steadily(run) if plan.after is not None else self._pinned.once(run)

    def statistics(self, terms: Iterable[str], visible_at: int | None) -> Statistics:
        """See search.engine.Snapshot.statistics."""
        found = self.frequencies(terms, visible_at)
        return Statistics(self._frequencies.seen(visible_at).documents, found)

    def frequencies(self, terms: Iterable[str], visible_at: int | None) -> dict[str, int]:
        """See search.engine.Snapshot.frequencies."""
        return self._frequencies.of(terms, "term", visible_at)

    def vocabulary(
        self, field: str, text: str, mode: Literal["prefix", "contains"], limit: int
    ) -> Sequence[str]:
        """See search.engine.Snapshot.vocabulary; of side bigrams there is none."""
        return opensearch_values.first(self._pinned, field, text, mode, limit)

    def documents(self, ids: Iterable[str], visible_at: int | None) -> dict[str, Mapping[str, Any]]:
        """See search.engine.Snapshot.documents."""
        return {
            key: {**orjson.loads(stored.record), "spans": stored.spans}
            for key, stored in self._stored(ids).items()
            if stored.visible(visible_at)
        }

    def statuses(self, ids: Iterable[str], at: int) -> dict[str, Status]:
        """See search.engine.Snapshot.statuses."""
        return {key: status_of(own.columns, at) for key, own in self._stored(ids).items()}

    def explain(self, plan: Plan, ids: Iterable[str]) -> Mapping[str, Explanation]:
        """See search.engine.Snapshot.explain."""
        wanted = [key for key in dict.fromkeys(ids) if queries.can_be_sent(key)]
        if not wanted:
            return {}
        scoring = replace(self.scoring(plan.visible_at), named=True, parts=[])
        newest = self.newest(plan.visible_at)

        def run(pin: Pin) -> Answer:
            within = {"bool": {"filter": pin.documents(plan.visible_at)}}
            body = opensearch_explain.body(plan, wanted, within, scoring, newest)
            how = {"dfs": True, "preference": _preference(plan)}
            return self._pinned.ask(pin, body, **how, include_named_queries_score="true")

        answer = self._pinned.once(run)
        return opensearch_explain.explanations(answer.body, plan, scoring, newest)

    def visibility(self, now: int) -> Visibility:
        """See search.engine.Snapshot.visibility."""
        known = self._visibility
        if known is None or not known[0] <= now < _end(known[1]):
            known = self._visibility = self._visible(now)
        return known[1]

    def incomplete(self) -> bool:
        """Whether a part of the index gives no answer now. Raises EngineError where none does."""
        return self._pinned.among(None, {"size": 0, "track_total_hits": True}).partial

    def caches(self) -> Mapping[str, CacheState]:
        """See search.engine.Snapshot.caches."""
        return {"records": self._records.state(), "frequencies": self._frequencies.cache()}

    def recounted(self, entries: Sequence[Entry], visible_at: int) -> list[int]:
        """How many visible documents have each word or facet value. Raises EngineError."""
        return self._frequencies.of_entries(entries, visible_at)

    # What a search asks beside its own request (see search.opensearch_search.Asked).

    def scoring(self, visible_at: int | None) -> Scoring:
        """Makes the query that scores what is visible."""
        of_terms = partial(self._frequencies.rarities, kind="term", visible_at=visible_at)
        of_runs = partial(self._frequencies.rarities, kind="run", visible_at=visible_at)
        return Scoring(of_terms, of_runs, self._legacy_scores)

    def newest(self, visible_at: int | None) -> int | None:
        """The date of the newest visible document."""
        return self._frequencies.seen(visible_at).newest

    def spelled(self, visible_at: int | None) -> Mapping[str, Spelled]:
        """How the values of each facet are spelled in what is visible."""

        def made() -> tuple[Mapping[str, Spelled], int | None]:
            return opensearch_values.spellings(self._pinned, visible_at)

        return self._spelled.get(visible_at, made)

    def count_all(self, facet: str, matching: Query) -> Mapping[str, int]:
        """All values of a facet in documents that match, with their counts."""
        return opensearch_values.all_of(self._pinned, facet, matching)

    def _visible(self, now: int) -> tuple[int, Visibility]:
        """The visibility at an instant, and since when it is so."""
        aggregations = {
            f"{kind} {name}": {
                "filter": queries.all_of(
                    [{"term": {"withheld": NOT_WITHHELD}}, {"range": {name: {bound: now}}}]
                ),
                "aggs": {"at": {kind: {"field": name}}},
            }
            for kind, bound in (("max", "lte"), ("min", "gt"))
            for name in ("visible_from", "visible_to")
        }
        answer = self._pinned.among(None, {"size": 0, "aggs": aggregations})
        found = {n: own["at"]["value"] for n, own in answer.body["aggregations"].items()}
        passed = [int(v) for n, v in found.items() if n.startswith("max") and v is not None]
        coming = [int(v) for n, v in found.items() if n.startswith("min") and v is not None]
        following = min(coming, default=NEVER)
        known = Visibility(max(passed, default=0), None if following >= NEVER else following)
        return max(passed, default=now), known

    def _stored(self, ids: Iterable[str]) -> dict[str, _Stored]:
        """Those of some documents that there are, visible or not, by id and in order."""
        wanted = [key for key in dict.fromkeys(ids) if queries.can_be_sent(key)]
        found = {key: own for key in wanted if (own := self._records.peek(key)) is not None}
        unknown = [key for key in wanted if key not in found]
        for i in range(0, len(unknown), _PIECE):
            part = unknown[i : i + _PIECE]
            answer = self._pinned.once(partial(self._fetched, ids=part))
            for hit in answer.body["hits"]["hits"]:
                found[hit["_source"]["id"]] = self._remember(hit["_source"])
        return {key: found[key] for key in wanted if key in found}

    def _fetched(self, pin: Pin, ids: Sequence[str]) -> Answer:
        query = queries.all_of([*pin.documents(), {"terms": {"id": ids}}])
        return self._pinned.ask(pin, {"size": len(ids), "query": query, "_source": SOURCE})

    def _remember(self, source: Mapping[str, Any]) -> _Stored:
        columns = {name: source[name] for name in ("withheld", "visible_from", "visible_to")}
        stored = _Stored(orjson.dumps(source["record"]), b64decode(source["spans"]), columns)
        size = len(stored.record) + len(stored.spans) + 500
        return self._records.get(source["id"], lambda: (stored, size))


def _end(visibility: Visibility) -> int:
    return NEVER if visibility.next_change is None else visibility.next_change


def _preference(plan: Plan) -> str:
    """Lets the same copies of the shards answer a query again: each has statistics of its own."""
    asked = repr((plan.readings, plan.excluded)).encode("utf-8", "replace")
    return blake2b(asked, digest_size=8).hexdigest()
