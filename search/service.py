"""The one orchestration of a search: decide, plan, run, highlight."""

import json
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from index.analysis import Analyser
from index.lexicon.english import english_words
from index.lexicon.synonyms import NO_SYNONYMS, Synonyms
from search import cursor as cursors
from search.background import Built, Latest
from search.budget import DECIDING, MATCHING, affordable, budget, cuts, refusals, up_to
from search.check import check, date_filter
from search.decide import Decider, Decision
from search.engine import Engine, Found, Page, Snapshot
from search.facets import asked_key, facet_values
from search.highlight import highlights
from search.marks import Marker
from search.plan import After, Filters, Plan, Sort, StatusIs
from search.planner import ALSO_CUT, QueryPlan
from search.query import clean
from search.related import related
from search.request import (
    MAX_DEPTH,
    MAX_QUERY,
    AppliedQuery,
    DateValue,
    Editorial,
    Freshness,
    Highlights,
    Hit,
    IndexState,
    NearHit,
    Record,
    RequestError,
    SearchAnswer,
    SearchRequest,
    SuggestAnswer,
)
from search.spelling import Vocabulary, vocabulary
from search.suggest import Suggester
from search.suggestions import suggestions
from search.synonyms import expansion_for

_MAX_AGE_SECONDS = 30
_NO_MARKS = Marker(())
# Enough for every step of a search, and few enough that all words are asked for.
_WARMING_WORDS = 3


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
        self._deciders: tuple[Decider, ...] = ()
        # Read before a server forks: shared by its workers, and no request waits for it.
        english_words()
        self._vocabulary = Latest("vocabulary", vocabulary)
        self._suggestions = Latest("suggestions", suggestions)

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Answer a request. Raises RequestError and EngineError."""
        check(request)
        snapshot, now = self._engine.snapshot(), self._now()
        vocabulary = self._vocabulary.get(snapshot, snapshot.visibility(now).epoch)
        before, cut_before = refusals(), cuts()
        with up_to(DECIDING):
            decided = self._decide(snapshot, request, now, vocabulary)
        answer = self._answer(decided, request)
        if refusals() > before:
            # Asked again, with what was read in memory by now, more may be found.
            partial = answer.partial or cuts() > cut_before
            answer = replace(answer, partial=partial, settled=False)
        return answer

    @contextmanager
    def one_budget(self) -> Iterator[None]:
        """Let the searches inside cost together what one may; what it cuts short is partial. For
        whom anybody may ask. Raises EngineError."""
        with budget(self._engine.snapshot().documents_left):
            yield

    def planned(self, request: SearchRequest) -> tuple[Snapshot, Plan]:
        """The plan of a request and what it is to be run on, for those who run it themselves.
        Raises RequestError and EngineError."""
        check(request)
        snapshot, now = self._engine.snapshot(), self._now()
        vocabulary = self._vocabulary.get(snapshot, snapshot.visibility(now).epoch)
        decided = self._decide(snapshot, request, now, vocabulary)
        return snapshot, self._answering(decided, request).plan()

    def suggest(self, text: str, limit: int) -> SuggestAnswer:
        """At most ``limit`` completions of what was typed so far, from what is public; none in the
        first moments of an index. Raises RequestError and EngineError."""
        if len(clean(text)) > MAX_QUERY:
            raise RequestError("q", f"is longer than {MAX_QUERY} characters")
        snapshot = self._engine.snapshot()
        epoch = snapshot.visibility(self._now()).epoch
        built = self._suggestions.get(snapshot, epoch)
        if built is None:
            return SuggestAnswer((), settled=False)
        suggester = Suggester(snapshot, epoch, built)
        return SuggestAnswer(suggester.suggest(text, limit), suggester.current)

    def warm_up(self) -> None:
        """Open the published index and ask it something, so that the first reader does not wait
        for what is computed once. Raises EngineError."""
        self._warm(self._engine.snapshot())

    def follow(self) -> None:
        """From now on open what is published in a thread of this process: readers have the index
        before it until the new one is warm. Raises EngineError."""
        self._engine.follow(self._warm)

    def prepare(self) -> None:
        """Make what corrections and suggestions need of the published index here and now; else it
        is made beside the first requests. Raises EngineError."""
        snapshot = self._engine.snapshot()
        epoch = snapshot.visibility(self._now()).epoch
        self._vocabulary.make(snapshot, epoch)
        self._suggestions.make(snapshot, epoch)

    def article(self, article_id: str) -> Record | None:
        """The stored record of one public article; None where there is none."""
        key = unicodedata.normalize("NFC", article_id)
        return self._engine.snapshot().documents([key], self._now()).get(key)

    def related(self, article_id: str, limit: int) -> tuple[Hit, ...] | None:
        """At most ``limit`` other public articles about the same, without highlights; None where
        there is no such public article. Raises EngineError."""
        key = unicodedata.normalize("NFC", article_id)
        snapshot = self._engine.snapshot()
        epoch = snapshot.visibility(self._now()).epoch
        found = related(snapshot, key, epoch, limit)
        if found is None:
            return None
        records = snapshot.documents([hit.id for hit in found], epoch)
        return tuple(Hit(**_values(hit, records[hit.id]), highlights=None) for hit in found)

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

    def state(self) -> IndexState:
        """What answers. Raises EngineError."""
        snapshot = self._engine.snapshot()
        return IndexState(
            snapshot.generation,
            snapshot.documents_left,
            snapshot.published,
            snapshot.caches(),
            self._engine.degraded,
        )

    def _warm(self, snapshot: Snapshot) -> None:
        """Everything that a search does, once: a query of words that are there, all facets."""
        now = self._now()
        visible_at = snapshot.visibility(now).epoch
        newest = snapshot.search(Plan((), visible_at=visible_at, sort="newest", limit=1)).found
        records = snapshot.documents([hit.id for hit in newest], visible_at)
        text = " ".join(record["title"] for record in records.values())
        request = SearchRequest(q=" ".join(text.split()[:_WARMING_WORDS]))
        self._answer(self._decide(snapshot, request, now, None), request)

    def _now(self) -> int:
        return int(self._clock())

    def _decider(self, snapshot: Snapshot) -> Decider:
        known = next((d for d in self._deciders if d.snapshot is snapshot), None)
        if known is None:
            known = Decider(snapshot, self._analyser, self._zone, self._expansion)
            # Two: one answers while the next one is warmed up.
            self._deciders = (known, *self._deciders[:1])
        return known

    def _answer(self, decided: "_Decided", request: SearchRequest) -> SearchAnswer:
        return self._answering(decided, request).answer()

    def _answering(self, decided: "_Decided", request: SearchRequest) -> "_Answering":
        return _Answering(decided, request, self._zone, self._expansion.stamp)

    def _decide(
        self,
        snapshot: Snapshot,
        request: SearchRequest,
        now: int,
        known: Built[Vocabulary] | None,
    ) -> "_Decided":
        # Nothing changes between the epoch and now, so that every instant of it plans alike.
        epoch = snapshot.visibility(now).epoch
        visible_at = None if request.everything else epoch
        decision = self._decider(snapshot).decide(
            clean(request.q), visible_at, epoch, known, correct=request.correct
        )
        return _Decided(snapshot, decision, visible_at, epoch)


@dataclass(frozen=True, slots=True)
class _Decided:
    """A snapshot, and what was decided about a query on it."""

    snapshot: Snapshot
    decision: Decision
    visible_at: int | None
    epoch: int


class _Answering:
    """One request on one generation."""

    def __init__(
        self, decided: _Decided, request: SearchRequest, zone: ZoneInfo, synonyms: str
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
        units, marker = loose.readings[0].units, Marker(loose.marked)
        return tuple(
            NearHit(
                **_values(hit, record),
                highlights=self._marked(record, marker),
                missing=tuple(units[i].text for i in hit.missing),
            )
            for hit, record in self._records(others[: request.per_page - page.total])
        )

    def _hits(self, found: Sequence[Found], plan: Plan) -> tuple[Hit, ...]:
        marker = Marker(plan.marked)
        return tuple(
            Hit(**_values(hit, record), highlights=self._marked(record, marker))
            for hit, record in self._records(found)
        )

    def _records(self, found: Sequence[Found]) -> Iterator[tuple[Found, Record]]:
        records = self._snapshot.documents([hit.id for hit in found], self._visible_at)
        for hit in found:
            record = records.get(hit.id)
            if record is None:
                continue
            if hit.status is not None:
                self._editorial[hit.id] = Editorial(hit.status, record["source"], record["lastmod"])
            yield hit, record

    def _marked(self, record: Record, marker: Marker) -> Highlights | None:
        request = self._request
        if not request.highlight:
            return None
        marker = marker if affordable(1.0) else _NO_MARKS
        return highlights(record, marker, snippets=request.snippets, length=request.snippet_length)

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
