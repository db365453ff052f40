"""One request on one generation: plan, run, mark."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from search import cursor as cursors
from search.budget import MATCHING, affordable
from search.check import date_filter
from search.decide import Decision
from search.engine import Found, Page, Snapshot
from search.facets import asked_key, facet_values
from search.highlight import highlights
from search.hints import hints
from search.marks import Marker
from search.plan import After, Filters, Plan, Sort, StatusIs
from search.planner import ALSO_CUT, QueryPlan
from search.query import clean
from search.request import (
    MAX_DEPTH,
    AppliedQuery,
    DateValue,
    Editorial,
    Highlights,
    Hit,
    NearHit,
    Record,
    SearchAnswer,
    SearchRequest,
)

# Records are marked together as long as their texts are no more than so many characters: between
# the pieces it is asked what may still be spent.
_MARKED_TOGETHER = 100_000


@dataclass(frozen=True, slots=True)
class Decided:
    """A snapshot, and what was decided about a query on it."""

    snapshot: Snapshot
    decision: Decision
    visible_at: int | None
    epoch: int


class Answering:
    """One request on one generation."""

    def __init__(
        self, decided: Decided, request: SearchRequest, zone: ZoneInfo, synonyms: str
    ) -> None:
        self._snapshot = decided.snapshot
        self._synonyms = synonyms
        self._request = request
        self._text = clean(request.q)
        self._visible_at = decided.visible_at
        self._decision = decided.decision
        default: Sort = "relevance" if self._text else "newest"
        self._sort: Sort = request.sort or default
        self._dates = date_filter(request, zone)
        self._status = None
        if request.everything:
            self._status = StatusIs(decided.epoch, frozenset(request.status))
        self._editorial: dict[str, Editorial] = {}
        keys = {f: frozenset(filter(None, map(asked_key, v))) for f, v in request.selected.items()}
        self._selected = {facet: found for facet, found in keys.items() if found}

    def plan(self) -> Plan:
        """What the request asks of the engine."""
        return self._plan(self._decision.plan)

    def answer(self) -> SearchAnswer:
        """The answer to the request."""
        request, decision = self._request, self._decision
        plan = self.plan()
        # Before what costs more: there is always something left for it.
        found_hints = hints(self._text, self._snapshot, self._visible_at)
        page = self._snapshot.search(plan)
        hits, also = self._hits(page.found, plan), self._also(page)
        explained = request.explain and self._sort == "relevance"
        ids = [hit.id for hit in (*hits, *also)] if explained else []
        return SearchAnswer(
            query=AppliedQuery(
                request.q,
                decision.text,
                decision.did_you_mean,
                decision.reason,
                decision.matching,
                found_hints,
            ),
            total=page.total,
            page=request.page,
            per_page=request.per_page,
            pages=min(-(-page.total // request.per_page), MAX_DEPTH // request.per_page),
            cursor=self._cursor(page, plan, hits),
            partial=page.partial,
            generation=self._snapshot.generation,
            hits=hits,
            also=also,
            facets=self._facets(page),
            settled=decision.settled,
            statuses=page.statuses,
            editorial=self._editorial,
            explanations=self._snapshot.explain(plan, ids),
        )

    def _plan(self, query: QueryPlan) -> Plan:
        request = self._request
        after = None
        if request.cursor:
            after = cursors.decode(
                request.cursor, self._sort, self._identity(), self._snapshot.generation
            )
        return Plan(
            readings=query.readings,
            excluded=query.excluded,
            scored=query.scored,
            marked=query.marked,
            filters=Filters(self._selected, self._dates, self._status),
            visible_at=self._visible_at,
            sort=self._sort,
            offset=0 if after else (request.page - 1) * request.per_page,
            limit=request.per_page,
            after=after,
            counted=request.facets,
        )

    def _also(self, page: Page) -> tuple[NearHit, ...]:
        """Hits that meet less of a query, where those that meet enough are less than a page."""
        request, decision = self._request, self._decision
        first = request.page == 1 and not request.cursor
        if (
            decision.plan.units < 2
            or self._sort != "relevance"
            or not first
            or page.total >= request.per_page
            or not affordable(MATCHING)
        ):
            return ()
        loose = replace(self._plan(decision.plan.cut(ALSO_CUT)), counted=())
        found = self._snapshot.search(loose).found
        shown = {hit.id for hit in page.found}
        others = [hit for hit in found if hit.id not in shown]
        units = loose.readings[0].units
        return tuple(
            NearHit(
                **hit_values(hit, record),
                highlights=marked,
                missing=tuple(units[i].text for i in hit.missing),
            )
            for hit, record, marked in self._shown(others[: request.per_page - page.total], loose)
        )

    def _hits(self, found: Sequence[Found], plan: Plan) -> tuple[Hit, ...]:
        return tuple(
            Hit(**hit_values(hit, record), highlights=marked)
            for hit, record, marked in self._shown(found, plan)
        )

    def _shown(
        self, found: Sequence[Found], plan: Plan
    ) -> Iterator[tuple[Found, Record, Highlights | None]]:
        records = self._snapshot.documents([hit.id for hit in found], self._visible_at)
        shown = [hit for hit in found if hit.id in records]
        for hit in shown:
            if hit.status is not None:
                record = records[hit.id]
                self._editorial[hit.id] = Editorial(hit.status, record["source"], record["lastmod"])
        own = [records[hit.id] for hit in shown]
        return zip(shown, own, self._marked(own, plan), strict=True)

    def _marked(self, records: Sequence[Record], plan: Plan) -> Iterator[Highlights | None]:
        request = self._request
        if not request.highlight:
            yield from [None] * len(records)
            return
        known, none = Marker(plan.marked), Marker(())
        for piece in _pieces(records):
            marker = known if affordable(1.0) else none
            yield from highlights(
                piece, marker, snippets=request.snippets, length=request.snippet_length
            )

    def _facets(self, page: Page) -> Mapping[str, tuple[DateValue, ...]]:
        request, search = self._request, self._request.facet_search
        return {
            facet: facet_values(
                facet,
                page.facets[facet],
                request.selected.get(facet, ()),
                size=request.facet_size,
                beginning=search.text if search and search.facet == facet else "",
            )
            for facet in request.facets
        }

    def _cursor(self, page: Page, plan: Plan, hits: Sequence[Hit]) -> str | None:
        last = page.found[-1] if page.found else None
        seen = plan.offset + len(page.found)
        if last is None or len(page.found) < plan.limit or (not plan.after and seen >= page.total):
            return None
        title = hits[-1].title if self._sort == "title" else ""
        after = After(last.score, last.date, last.id, title)
        return cursors.encode(after, self._sort, self._identity(), self._snapshot.generation)

    def _identity(self) -> str:
        """Everything that decides which hits there are, and in which order."""
        request = self._request
        return json.dumps(
            [
                self._decision.text,
                self._synonyms,
                sorted((facet, sorted(keys)) for facet, keys in self._selected.items()),
                request.date_from,
                request.date_to,
                self._sort,
                request.correct,
                request.everything,
                sorted(request.status),
            ]
        )


def _pieces(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in pieces whose texts are short together, or that are one record."""
    first, characters = 0, 0
    for i, record in enumerate(records):
        own = len(record["body"])
        if i > first and characters + own > _MARKED_TOGETHER:
            yield records[first:i]
            first, characters = i, 0
        characters += own
    yield records[first:]


def hit_values(found: Found, record: Record) -> dict[str, Any]:
    """What a hit has of its stored record."""
    return {
        "id": found.id,
        "url": record["url"],
        "title": record["title"],
        "subtitle": record["subtitle"],
        "authors": tuple(record["authors"]),
        "categories": tuple(record["categories"]),
        "tags": tuple(record["tags"]),
        "date": record["date"],
        "image": record["image"],
        "score": round(found.score, 4),
    }
