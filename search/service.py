"""The one orchestration of a search: parse, plan, run, highlight."""

import json
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from index.analysis import Analyser
from index.lexicon.synonyms import NO_SYNONYMS, Synonyms
from search import cursor as cursors
from search.check import check, date_filter
from search.engine import Engine, Found, Page, Snapshot
from search.facets import asked_key, facet_values
from search.highlight import highlights
from search.plan import After, Filters, Plan, Sort
from search.planner import CUT, LONG_QUERY_UNITS, SHORT_QUERY_CUTS, Planner, QueryPlan
from search.query import clean
from search.request import (
    MAX_DEPTH,
    AppliedQuery,
    DateValue,
    Freshness,
    Highlights,
    Hit,
    Matching,
    NearHit,
    Record,
    SearchAnswer,
    SearchRequest,
)
from search.synonyms import Expansion, expansion_for

_MAX_AGE_SECONDS = 30
_DECISIONS = 2048


class SearchService:
    """Searches the published index. Safe to share among threads."""

    def __init__(
        self,
        engine: Engine,
        analyser: Analyser,
        zone: ZoneInfo,
        clock: Callable[[], float] = time.time,
        synonyms: Synonyms = NO_SYNONYMS,
    ) -> None:
        """``zone`` is that of dates in queries; ``clock`` gives seconds since 1970."""
        self._expansion = expansion_for(analyser, synonyms)
        self._engine = engine
        self._analyser = analyser
        self._zone = zone
        self._clock = clock
        self._newest: _Generation | None = None

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Answer a request. Raises RequestError and EngineError."""
        check(request)
        return _Answering(self._generation(), request, self._now(), self._zone).answer()

    def article(self, article_id: str) -> Record | None:
        """The stored record of one public article; None where there is none."""
        key = unicodedata.normalize("NFC", article_id)
        return self._engine.snapshot().documents([key], self._now()).get(key)

    def freshness(self) -> Freshness:
        """How long a public answer given now holds. Raises EngineError."""
        snapshot, now = self._engine.snapshot(), self._clock()
        visibility = snapshot.visibility(int(now))
        age = _MAX_AGE_SECONDS
        if visibility.next_change is not None:
            # Rounded down: a part of a second more would outlast the change.
            age = min(age, int(visibility.next_change - now))
        return Freshness(f"{snapshot.generation}-{visibility.epoch}", max(age, 0))

    def generation(self) -> int:
        """The number of the published generation. Raises EngineError."""
        return self._engine.snapshot().generation

    def _now(self) -> int:
        return int(self._clock())

    def _generation(self) -> "_Generation":
        snapshot = self._engine.snapshot()
        newest = self._newest
        if newest is None or newest.snapshot is not snapshot:
            newest = self._newest = _Generation(
                snapshot, self._analyser, self._zone, self._expansion
            )
        return newest


@dataclass(frozen=True, slots=True)
class _Decision:
    """What a query asks for, and how much of it must be met."""

    plan: QueryPlan
    matching: Matching


class _Generation:
    """A snapshot with what was decided about queries on it."""

    def __init__(
        self, snapshot: Snapshot, analyser: Analyser, zone: ZoneInfo, expansion: Expansion
    ) -> None:
        self.snapshot = snapshot
        self.synonyms = expansion.stamp
        self._planner = Planner(analyser, zone, snapshot.statistics, expansion)
        self.decide = lru_cache(maxsize=_DECISIONS)(self._decide)

    def _decide(self, text: str, visible_at: int | None) -> _Decision:
        """How a query is matched: by its words and by visibility alone, before any filter, so
        that it stays the same while filters change."""
        plan = self._planner.plan(text)
        if plan.units >= LONG_QUERY_UNITS:
            return _Decision(plan.cut(CUT), "most")
        if not plan.readings or self._total(plan, visible_at):
            return _Decision(plan, "all")
        for share in SHORT_QUERY_CUTS:
            loose = plan.cut(share)
            if plan.units > 1 and self._total(loose, visible_at):
                return _Decision(loose, "most")
        return _Decision(plan, "all")

    def _total(self, plan: QueryPlan, visible_at: int | None) -> int:
        counting = Plan(plan.readings, plan.excluded, visible_at=visible_at, limit=0)
        return self.snapshot.search(counting).total


class _Answering:
    """One request on one generation."""

    def __init__(
        self, generation: _Generation, request: SearchRequest, now: int, zone: ZoneInfo
    ) -> None:
        self._snapshot = generation.snapshot
        self._synonyms = generation.synonyms
        self._request = request
        self._text = clean(request.q)
        # Nothing changes between the epoch and now, so that every instant of it plans alike.
        visibility = self._snapshot.visibility(now)
        self._visible_at = None if request.everything else visibility.epoch
        self._decision = generation.decide(self._text, self._visible_at)
        default: Sort = "relevance" if self._text else "newest"
        self._sort: Sort = request.sort or default
        self._dates = date_filter(request, zone)
        keys = {f: frozenset(filter(None, map(asked_key, v))) for f, v in request.selected.items()}
        self._selected = {facet: found for facet, found in keys.items() if found}

    def answer(self) -> SearchAnswer:
        request = self._request
        plan = self._plan(self._decision.plan)
        page = self._snapshot.search(plan)
        hits = self._hits(page.found, plan)
        return SearchAnswer(
            query=AppliedQuery(request.q, self._text, None, None, self._decision.matching),
            total=page.total,
            page=request.page,
            per_page=request.per_page,
            pages=min(-(-page.total // request.per_page), MAX_DEPTH // request.per_page),
            cursor=self._cursor(page, plan),
            partial=page.partial,
            generation=self._snapshot.generation,
            hits=hits,
            also=self._also(page),
            facets=self._facets(page),
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
            filters=Filters(self._selected, self._dates),
            visible_at=self._visible_at,
            sort=self._sort,
            offset=0 if after else (request.page - 1) * request.per_page,
            limit=request.per_page,
            after=after,
            counted=request.facets,
        )

    def _also(self, page: Page) -> tuple[NearHit, ...]:
        """Hits that meet most of a query of which fewer than a page meet all."""
        request, decision = self._request, self._decision
        first = request.page == 1 and not request.cursor
        if (
            decision.matching != "all"
            or decision.plan.units < 2
            or self._sort != "relevance"
            or not first
            or page.total >= request.per_page
        ):
            return ()
        loose = replace(self._plan(decision.plan.cut(CUT)), counted=())
        found = self._snapshot.search(loose).found
        shown = {hit.id for hit in page.found}
        others = [hit for hit in found if hit.id not in shown]
        units = loose.readings[0].units
        return tuple(
            NearHit(
                **_values(hit, record),
                highlights=self._marked(record, loose),
                missing=tuple(units[i].text for i in hit.missing),
            )
            for hit, record in self._records(others[: request.per_page - page.total])
        )

    def _hits(self, found: Sequence[Found], plan: Plan) -> tuple[Hit, ...]:
        return tuple(
            Hit(**_values(hit, record), highlights=self._marked(record, plan))
            for hit, record in self._records(found)
        )

    def _records(self, found: Sequence[Found]) -> Iterator[tuple[Found, Record]]:
        records = self._snapshot.documents([hit.id for hit in found], self._visible_at)
        for hit in found:
            if hit.id in records:
                yield hit, records[hit.id]

    def _marked(self, record: Record, plan: Plan) -> Highlights | None:
        request = self._request
        if not request.highlight:
            return None
        return highlights(
            record, plan.marked, snippets=request.snippets, length=request.snippet_length
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

    def _cursor(self, page: Page, plan: Plan) -> str | None:
        last = page.found[-1] if page.found else None
        seen = plan.offset + len(page.found)
        if last is None or len(page.found) < plan.limit or (not plan.after and seen >= page.total):
            return None
        after = After(last.score, last.date, last.id)
        return cursors.encode(after, self._sort, self._identity(), self._snapshot.generation)

    def _identity(self) -> str:
        """Everything that decides which hits there are, and in which order."""
        request = self._request
        return json.dumps(
            [
                self._text,
                self._synonyms,
                sorted((facet, sorted(keys)) for facet, keys in self._selected.items()),
                request.date_from,
                request.date_to,
                self._sort,
                request.correct,
                request.everything,
            ]
        )


def _values(found: Found, record: Record) -> dict[str, Any]:
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
