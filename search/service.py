"""The one door to searching: decides, answers, completes, relates, keeps what these need warm."""

import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from zoneinfo import ZoneInfo

from index.analysis import Analyser
from index.cache import CacheState
from index.lexicon.english import english_words
from index.lexicon.synonyms import NO_SYNONYMS, Synonyms
from search.answering import Answering, Decided, hit_values
from search.background import Built
from search.budget import DECIDING, Budget, budget, cuts, refusals, up_to
from search.check import check
from search.decide import Decider
from search.engine import Engine, Snapshot
from search.plan import Plan
from search.query import clean, trees
from search.related import related
from search.request import (
    MAX_QUERY,
    MAX_SUGGESTIONS,
    Freshness,
    Hit,
    IndexState,
    Record,
    RequestError,
    SearchAnswer,
    SearchRequest,
    SuggestAnswer,
)
from search.suggest import Suggester
from search.synonyms import expansion_for
from search.words import Vocabulary

_MAX_AGE_SECONDS = 30
# Enough for every step of a search, and few enough that all words are asked for.
_WARMING_WORDS = 3
# Python runs code faster that has run some times.
_WARMING_QUERIES = 5

_INITIALS = re.compile("[ㄱ-ㅎ]{2,}")


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

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Answer a request. Raises RequestError and EngineError."""
        check(request)
        snapshot, now = self._engine.snapshot(), self._now()
        vocabulary = self._vocabulary(snapshot, snapshot.visibility(now).epoch)
        before, cut_before = refusals(), cuts()
        with up_to(DECIDING):
            decided = self._decide(snapshot, request, now, vocabulary)
        answer = self._answer(decided, request)
        if not answer.total and request.correct and _INITIALS.search(request.q):
            answer = self._offered(answer, snapshot, decided.epoch)
        if refusals() > before:
            # Asked again, with what was read in memory by now, more may be found.
            partial = answer.partial or cuts() > cut_before
            answer = replace(answer, partial=partial, settled=False)
        return answer

    def _offered(self, answer: SearchAnswer, snapshot: Snapshot, epoch: int) -> SearchAnswer:
        """An answer to 초성, which stand in no text, with what would be suggested for them."""
        suggester = self._suggester(snapshot, epoch)
        if answer.query.did_you_mean or suggester is None:
            return replace(answer, settled=answer.settled and suggester is not None)
        found = suggester.suggest(clean(answer.query.q), MAX_SUGGESTIONS)
        meant = next((one.text for one in found if one.kind != "title"), None)
        query = replace(answer.query, did_you_mean=meant)
        return replace(answer, query=query, settled=answer.settled and suggester.current)

    @contextmanager
    def one_budget(self) -> Iterator[Budget]:
        """Let what is asked inside cost together what one search may; what it cuts short is
        partial, and nobody keeps what was made after ``refusals``. For whom anybody may ask.
        Raises EngineError."""
        with budget(self._engine.snapshot().documents_left) as granted:
            yield granted

    def planned(self, request: SearchRequest) -> tuple[Snapshot, Plan]:
        """The plan of a request and what it is to be run on, for those who run it themselves.
        Raises RequestError and EngineError."""
        check(request)
        snapshot, now = self._engine.snapshot(), self._now()
        vocabulary = self._vocabulary(snapshot, snapshot.visibility(now).epoch)
        decided = self._decide(snapshot, request, now, vocabulary)
        return snapshot, self._answering(decided, request).plan()

    def suggest(self, text: str, limit: int) -> SuggestAnswer:
        """At most ``limit`` completions of what was typed so far, from what is public; none in the
        first moments of an index. Raises RequestError and EngineError."""
        if len(clean(text)) > MAX_QUERY:
            raise RequestError("q", f"is longer than {MAX_QUERY} characters")
        snapshot = self._engine.snapshot()
        suggester = self._suggester(snapshot, snapshot.visibility(self._now()).epoch)
        if suggester is None:
            return SuggestAnswer((), settled=False)
        before = refusals()
        found = suggester.suggest(text, limit)
        return SuggestAnswer(found, suggester.current and refusals() == before)

    def warm_up(self) -> None:
        """Open the published index and ask it something, so that the first reader does not wait
        for what is computed once. Raises EngineError."""
        self._warm(self._engine.snapshot())

    def follow(self) -> None:
        """From now on open what is published in a thread of this process: readers have the index
        before it until the new one is warm. Raises EngineError."""
        self._engine.follow(self._warm)

    def prepare(self) -> None:
        """Have what corrections and suggestions need of the published index made here and now,
        where it is made by servers; else that is done beside the first requests. Raises
        EngineError."""
        snapshot = self._engine.snapshot()
        epoch = snapshot.visibility(self._now()).epoch
        self._engine.prepare(snapshot, epoch)

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
        return tuple(Hit(**hit_values(hit, records[hit.id]), highlights=None) for hit in found)

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
            self._caches(snapshot),
            self._engine.degraded,
        )

    def _caches(self, snapshot: Snapshot) -> Mapping[str, CacheState]:
        return {
            **snapshot.caches(),
            **self._engine.caches(),
            **self._decider(snapshot).caches(),
            **self._analyser.caches(),
            "trees": trees(),
        }

    def _warm(self, snapshot: Snapshot) -> None:
        """Everything that a search does, once: a query of words that are there, all facets."""
        now = self._now()
        visible_at = snapshot.visibility(now).epoch
        newest = Plan((), visible_at=visible_at, sort="newest", limit=_WARMING_QUERIES)
        ids = [hit.id for hit in snapshot.search(newest).found]
        records = snapshot.documents(ids, visible_at).values()
        titles = [record["title"].split() for record in records] or [[]]
        # One word alone is in many more documents, which are counted and ranked otherwise.
        for words, count in product(titles, (_WARMING_WORDS, 1)):
            request = SearchRequest(q=" ".join(words[:count]))
            self._answer(self._decide(snapshot, request, now, None), request)

    def _suggester(self, snapshot: Snapshot, epoch: int) -> Suggester | None:
        """None in the first moments of an index."""
        built = self._engine.words(snapshot, epoch)
        if built is None:
            return None
        return Suggester(snapshot, epoch, Built(built.value.suggestions, built.state))

    def _vocabulary(self, snapshot: Snapshot, epoch: int) -> Built[Vocabulary] | None:
        built = self._engine.words(snapshot, epoch)
        return Built(built.value.vocabulary, built.state) if built else None

    def _now(self) -> int:
        return int(self._clock())

    def _decider(self, snapshot: Snapshot) -> Decider:
        known = next((d for d in self._deciders if d.snapshot is snapshot), None)
        if known is None:
            known = Decider(snapshot, self._analyser, self._zone, self._expansion)
            # Two: one answers while the next one is warmed up.
            self._deciders = (known, *self._deciders[:1])
        elif all(d.snapshot.generation <= snapshot.generation for d in self._deciders):
            # Of what was replaced nothing is kept: its caches are as large as those of now.
            self._deciders = (known,)
        return known

    def _answer(self, decided: Decided, request: SearchRequest) -> SearchAnswer:
        return self._answering(decided, request).answer()

    def _answering(self, decided: Decided, request: SearchRequest) -> Answering:
        return Answering(decided, request, self._zone, self._expansion.stamp)

    def _decide(
        self,
        snapshot: Snapshot,
        request: SearchRequest,
        now: int,
        known: Built[Vocabulary] | None,
    ) -> Decided:
        # Nothing changes between the epoch and now, so that every instant of it plans alike.
        epoch = snapshot.visibility(now).epoch
        visible_at = None if request.everything else epoch
        decision = self._decider(snapshot).decide(
            clean(request.q), visible_at, epoch, known, correct=request.correct
        )
        return Decided(snapshot, decision, visible_at, epoch)
