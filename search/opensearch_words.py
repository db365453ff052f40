"""The words of an index in a cluster: what corrections and suggestions ask is asked there.

They are a help. Where the cluster does not give them in a moment there are none, which is noted, so
that what was made without them is kept nowhere; no search fails for it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import orjson
from rapidfuzz.distance import OSA

from index import hangul
from index.cache import ByteCache, CacheState
from index.fields import VALUE_FACETS
from index.opensearch_layout import within
from index.opensearch_state import WordsState
from index.opensearch_word_documents import TERM, TITLE, WORD, beginning, is_cut
from index.strokes import deletions, typed
from search.budget import unhelped
from search.engine import EngineError
from search.opensearch_cluster import Cluster, GoneError
from search.opensearch_completed import Candidate, best, siblings
from search.opensearch_query import Query, can_be_sent
from search.typing import Reading
from search.words import Entry

T = TypeVar("T")

_BYTES = 4 << 20
# As many as are looked at by those who suggest; of a pattern more, as it leaves most of them out.
_MOST = 64
_MOST_OF_PATTERN = 256
# Words that share a deletion, most of which are two strokes apart.
_MOST_NEAR = 500
_MOST_SIBLINGS = 1000
_SOURCE = ["kind", "text", "article", "count", "rank", "sure_until"]
_ORDER = [{"rank": "desc"}, {"text": "asc"}]
_ENTRIES: Query = {"terms": {"kind": [*VALUE_FACETS, TERM]}}
_TITLES: Query = {"term": {"kind": TITLE}}
_WORDS: Query = {"term": {"kind": WORD}}

_log = logging.getLogger(__name__)

# Counts what is visible now of entries, in the articles themselves.
Recount = Callable[[Sequence[Entry]], Sequence[int]]


class ClusterWords:
    """See search.words.Words: what is public at an epoch, by the words of a state."""

    def __init__(self, asking: "Asking", recount: Recount) -> None:
        self.suggestions = ClusterCompletions(asking, recount)
        self.vocabulary = ClusterVocabulary(asking)


class Asked:
    """What was asked of words lately, and answered. Safe to share among threads."""

    def __init__(self) -> None:
        self._answers: ByteCache[tuple[WordsState, int, bytes], Any] = ByteCache(_BYTES)

    def get(
        self, state: WordsState, epoch: int, question: Any, ask: Callable[[], tuple[Any, bool]]
    ) -> Any:
        """The answer to a question; ``ask`` gives it, and whether it is whole."""
        key = orjson.dumps(question)

        def made() -> tuple[Any, int | None]:
            answer, whole = ask()
            return answer, len(key) + len(orjson.dumps(answer)) if whole else None

        return self._answers.get((state, epoch, key), made)

    def state(self) -> CacheState:
        """The figures of now."""
        return self._answers.state()


class Asking:
    """Asks the words of a state about what is public at an epoch."""

    def __init__(self, cluster: Cluster, asked: Asked, state: WordsState, epoch: int) -> None:
        self.epoch = epoch
        self._cluster = cluster
        self._asked = asked
        self._state = state

    def rows(self, *wanted: Query) -> list[list[dict[str, Any]]]:
        """What some searches find, all in one request; nothing where they are not answered."""
        answers = self._answers(wanted)
        return [[hit["_source"] for hit in answer["hits"]] for answer in answers]

    def counts(self, query: Query, filters: Sequence[Query]) -> list[int]:
        """How many of those that a query finds each of some filters finds."""
        aggs = {"found": {"filters": {"filters": list(filters)}}}
        answers = self._answers([{"size": 0, "query": query, "aggs": aggs}])
        return [n for answer in answers for n in answer["counts"]]

    def search(self, filters: Sequence[Query], most: int) -> Query:
        """The request for the best of what is public and passes filters."""
        query = {"bool": {"filter": [*filters, *within(self.epoch)]}}
        found: Query = {"size": most, "query": query, "sort": _ORDER, "_source": _SOURCE}
        # Those behind the best need not be counted.
        return found | {"track_total_hits": False}

    def _answers(self, wanted: Sequence[Query]) -> list[dict[str, Any]]:
        try:
            try:
                return self._answered(wanted)
            except GoneError:
                # A run has made all words anew.
                self._state = self._cluster.look().words or self._state
                return self._answered(wanted)
        except EngineError as error:
            unhelped()
            _log.warning("no suggestions and corrections: %s", error)
            return [{"hits": [], "counts": []} for _ in wanted]

    def _answered(self, wanted: Sequence[Query]) -> list[dict[str, Any]]:
        def ask() -> tuple[list[dict[str, Any]], bool]:
            answers, whole = self._cluster.search_together(wanted, self._state.index)
            if not whole:
                unhelped()
            return [_kept(answer) for answer in answers], whole

        found: list[dict[str, Any]] = self._asked.get(self._state, self.epoch, wanted, ask)
        return found


class ClusterCompletions:
    """See search.words.Completions."""

    def __init__(self, asking: Asking, recount: Recount) -> None:
        self._asking = asking
        self._recount = recount
        self._known: dict[Reading, _Found] = {}

    def entries(self, reading: Reading) -> Iterator[Entry]:
        """See search.words.Completions.entries; of very many only the best."""
        return iter(self._found(reading).entries)

    def titles(self, meant: Sequence[Reading]) -> Iterator[str]:
        """See search.words.Completions.titles; of very many only the newest."""
        if len(meant) == 1:
            return iter(self._found(meant[0]).titles)
        if not all(reading.prefix for reading in meant):
            return iter(())
        filters = [_TITLES, *(beginning(_field(r), r.prefix) for r in meant)]
        wanted = self._asking.search(filters, _most(meant))
        return (row["article"] for row in self._asking.rows(wanted)[0] if _fits(row, meant))

    def endings(self, before: Sequence[Reading], last: Reading, most: int) -> Iterator[str]:
        """See search.words.Completions.endings."""
        possible = [e.text for e in self._found(last).entries if " " not in e.text][:most]
        if not possible or not all(reading.prefix for reading in before):
            return
        filters = [_TITLES, *(beginning("typed", r.prefix) for r in before)]
        query = {"bool": {"filter": [*filters, *within(self._asking.epoch)]}}
        words = [beginning("typed", typed(word)) for word in possible]
        counted = zip(self._asking.counts(query, words), possible, strict=False)
        yield from (word for n, word in sorted(counted, key=lambda pair: -pair[0]) if n)

    def known(self, reading: Reading) -> bool:
        """See search.words.Completions.known."""
        found = self._found(reading)
        return bool(found.entries or found.titles)

    def _found(self, reading: Reading) -> "_Found":
        found = self._known.get(reading)
        if found is None:
            found = self._known[reading] = _Found(self._asking, self._recount, reading)
        return found


class _Found:
    """What there is for a reading: what begins so, and behind it what has a word that does."""

    def __init__(self, asking: Asking, recount: Recount, reading: Reading) -> None:
        self._asking = asking
        self._recount = recount
        self._reading = reading

    @cached_property
    def titles(self) -> list[str]:
        """The ids of articles."""
        first, others = self._rows[2:]
        fitting = (row for row in (*first, *others) if _fits(row, [self._reading]))
        return list(dict.fromkeys(row["article"] for row in fitting))

    @cached_property
    def entries(self) -> list[Entry]:
        """Words and facet values."""
        first, others = self._rows[:2]
        rows = [row for row in (*first, *others) if _fits(row, [self._reading])]
        if not rows:
            return []
        wanted = [_ENTRIES, {"terms": {"whole": siblings(row["text"] for row in rows)}}]
        (beside,) = self._asking.rows(self._asking.search(wanted, _MOST_SIBLINGS))
        return list(self._now(best([*rows, *beside], self._reading)))

    def _now(self, found: Iterable[Candidate]) -> Iterator[Entry]:
        """Those that stand in something visible; those that may have changed, as it is now."""
        candidates = list(found)
        unsure = [one.entry for one in candidates if one.sure_until <= self._asking.epoch]
        counts: Mapping[Entry, int] = {}
        if unsure:
            try:
                counts = dict(zip(unsure, self._recount(unsure), strict=True))
            except EngineError:
                unhelped()
        for one in candidates:
            entry = one.entry
            if one.sure_until <= self._asking.epoch:
                entry = Entry(entry.text, entry.kind, counts.get(entry, 0))
            if entry.count >= one.least:
                yield entry

    @cached_property
    def _rows(self) -> list[list[dict[str, Any]]]:
        """Entries, then titles; each that begin so, then all."""
        prefix, field = self._reading.prefix, _field(self._reading)
        if not prefix:
            return [[]] * 4
        most = _most([self._reading])
        return self._asking.rows(
            *(
                self._asking.search([kind, beginning(name, prefix)], most)
                for kind in (_ENTRIES, _TITLES)
                for name in (f"{field}_first", field)
            )
        )


class ClusterVocabulary:
    """See search.words.Vocabulary."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def near(self, word: str) -> list[str]:
        """See search.words.Vocabulary.near."""
        filters = [_WORDS, {"terms": {"deletions": sorted(set(deletions(word)))}}]
        (rows,) = self._asking.rows(self._asking.search(filters, _MOST_NEAR))
        own = hangul.strokes(word)
        return [
            other
            for other in (row["text"] for row in rows)
            if other != word and OSA.distance(own, hangul.strokes(other), score_cutoff=1) <= 1
        ]

    def among(self, words: Iterable[str]) -> set[str]:
        """See search.words.Vocabulary.among."""
        wanted = sorted({word for word in words if can_be_sent(word)})
        if not wanted:
            return set()
        filters = [_WORDS, {"terms": {"text": wanted}}]
        (rows,) = self._asking.rows(self._asking.search(filters, len(wanted)))
        return {row["text"] for row in rows}


def _field(reading: Reading) -> str:
    return "initials" if reading.by_initials else "typed"


def _most(meant: Sequence[Reading]) -> int:
    return _MOST_OF_PATTERN if any(reading.pattern for reading in meant) else _MOST


def _fits(row: Mapping[str, Any], meant: Sequence[Reading]) -> bool:
    """Whether a text has what was meant, where its keys do not say so."""
    unsure = (reading for reading in meant if reading.pattern or is_cut(reading.prefix))
    return all(reading.place(row["text"]) for reading in unsure)


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for of an answer."""
    hits = [{"_source": hit["_source"]} for hit in answer["hits"]["hits"]]
    buckets = answer.get("aggregations", {}).get("found", {}).get("buckets", ())
    return {"hits": hits, "counts": [bucket["doc_count"] for bucket in buckets]}
