"""A plan as one request to a cluster, and its page from the answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from index.fields import DRAFT
from index.opensearch_layout import visible
from search import opensearch_facets as facets
from search import opensearch_query as queries
from search.engine import Found, Page
from search.opensearch_query import UNIT, Query
from search.opensearch_ranking import Scoring, behind, order
from search.plan import STATUSES, Plan, Status

# What is read of a hit: with it, the caller needs no second request for the records of a page.
SOURCE = ["id", "date", "withheld", "visible_from", "visible_to", "record", "spans"]
_STATUSES = "statuses"
_GROUP = "group-"

Answer = Mapping[str, Any]


class Asked(Protocol):
    """What a search has to know of the generation that it runs on."""

    def scoring(self, visible_at: int | None) -> Scoring:
        """Makes the query that scores."""

    def newest(self, visible_at: int | None) -> int | None:
        """The date of the newest visible document."""

    def spelled(self, visible_at: int | None) -> Mapping[str, facets.Spelled]:
        """How the values of each facet are spelled in what is visible."""

    def count_all(self, facet: str, matching: Query) -> Mapping[str, int]:
        """All values of a facet in documents that match, with their counts."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Facets that are counted with the same filters; ``filters`` are those that are not heeded by
    the query itself."""

    facets: tuple[str, ...]
    filters: tuple[Query, ...]


class ClusterSearch:
    """One plan on one generation."""

    def __init__(self, asked: Asked, plan: Plan, within: Sequence[Query]) -> None:
        """``within`` are the documents of the generation."""
        self._asked = asked
        self._plan = plan
        wanted, refused = queries.matching(plan.readings, plan.excluded, named=plan.limit > 0)
        own = queries.filters(plan.filters)
        ignored = frozenset().union(*map(facets.ignored_by, plan.counted))
        if plan.filters.status is not None:
            ignored |= {"status"}
        # Filters that everything heeds narrow the query; the others only the hits.
        self._filters = {name: query for name, query in own.items() if name in ignored}
        always = [query for name, query in own.items() if name not in ignored]
        self._matching = queries.all_of(
            [*within, *visible(plan.visible_at), *wanted, *always], refused
        )
        self._groups = self._grouped()
        self.scored = plan.sort == "relevance" and bool(plan.scored) and plan.limit > 0

    def body(self) -> Query:
        """The request."""
        plan = self._plan
        skipped = 0 if plan.after else plan.offset
        size = plan.limit + plan.offset - skipped if plan.limit else 0
        body: Query = {"size": size, "track_total_hits": True, "query": self._query()}
        if size:
            sort = plan.sort if self.scored or plan.sort != "relevance" else "newest"
            body |= {"from": skipped, "sort": order(sort), "_source": SOURCE}
            if plan.after is not None:
                body["search_after"] = behind(sort, plan.after)
        if self._filters:
            body["post_filter"] = queries.all_of(self._filters.values())
        if counting := self._aggregations():
            body["aggs"] = counting
        return body

    def page(self, answer: Answer) -> Page:
        """The page of an answer."""
        plan = self._plan
        hits = answer["hits"]["hits"]
        shown = hits[plan.offset :] if plan.after else hits
        return Page(
            answer["hits"]["total"]["value"],
            tuple(map(self._found, shown)),
            self._facets(answer),
            statuses=self._statuses(answer),
        )

    def _query(self) -> Query:
        if not self.scored:
            return {"bool": {"filter": [self._matching]}}
        newest = self._asked.newest(self._plan.visible_at)
        return self._asked.scoring(self._plan.visible_at).query(self._plan, self._matching, newest)

    def _grouped(self) -> list[_Group]:
        groups: dict[tuple[str, ...], list[str]] = {}
        for facet in self._plan.counted:
            own = facets.ignored_by(facet)
            groups.setdefault(tuple(n for n in self._filters if n not in own), []).append(facet)
        return [
            _Group(tuple(names), tuple(self._filters[name] for name in heeded))
            for heeded, names in groups.items()
        ]

    def _aggregations(self) -> Query:
        found: Query = {}
        for i, group in enumerate(self._groups):
            own: Query = {}
            for facet in group.facets:
                own |= facets.aggregation(facet, facets.chosen_keys(self._plan, facet))
            found[f"{_GROUP}{i}"] = {"filter": queries.all_of(group.filters), "aggs": own}
        if (status := self._plan.filters.status) is not None:
            heeded = [query for name, query in self._filters.items() if name != "status"]
            counted = {"filters": {"filters": queries.statuses(status)}}
            found[_STATUSES] = {"filter": queries.all_of(heeded), "aggs": {_STATUSES: counted}}
        return found

    def _facets(self, answer: Answer) -> dict[str, facets.ClusterCounts]:
        if not self._groups:
            return {}
        spelled = self._asked.spelled(self._plan.visible_at)
        found = {}
        for i, group in enumerate(self._groups):
            matching = queries.all_of([self._matching, *group.filters])
            for facet in group.facets:
                found[facet] = facets.counts(
                    facet,
                    answer["aggregations"][f"{_GROUP}{i}"],
                    facets.chosen_keys(self._plan, facet),
                    spelled[facet],
                    partial(self._asked.count_all, facet, matching),
                )
        return {facet: found[facet] for facet in self._plan.counted}

    def _statuses(self, answer: Answer) -> dict[Status, int]:
        if self._plan.filters.status is None:
            return {}
        buckets = answer["aggregations"][_STATUSES][_STATUSES]["buckets"]
        return {name: buckets[name]["doc_count"] for name in STATUSES}

    def _found(self, hit: Answer) -> Found:
        plan, stored = self._plan, hit["_source"]
        return Found(
            stored["id"],
            hit["sort"][0] if self.scored else 0.0,
            stored.get("date"),
            tuple(missing(plan, hit)),
            None if plan.filters.status is None else status_of(stored, plan.filters.status.at),
        )


def missing(plan: Plan, hit: Answer) -> Iterator[int]:
    """The units of the first reading that a hit does not meet."""
    met = hit.get("matched_queries", ())
    units = plan.readings[0].units if plan.readings else ()
    return (i for i in range(len(units)) if f"{UNIT}{i}" not in met)


def status_of(stored: Mapping[str, Any], at: int) -> Status:
    """The status of a stored document at an instant, as ``queries.statuses`` has it."""
    if stored["withheld"]:
        return "draft" if stored["withheld"] == DRAFT else "hidden"
    if stored["visible_to"] <= at:
        return "expired"
    return "scheduled" if stored["visible_from"] > at else "public"
