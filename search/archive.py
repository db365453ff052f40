"""What editors do with the archive beyond a search: export all of it, read one article, see
whether something was written before, and when how much was written."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index.analysis import Analyser
from index.fields import TEXT_FIELDS
from search.engine import Snapshot
from search.facets import asked_key
from search.highlight import whole
from search.marks import Marker
from search.plan import (
    After,
    AllOf,
    Filters,
    Plan,
    Reading,
    ScoredTerm,
    StatusIs,
    TermIs,
    WeightedUnit,
)
from search.related import related
from search.request import Editorial, Highlights, Record, SearchRequest
from search.service import SearchService

_PIECE = 500
# What of a text is compared: the title and so many characters of the body.
_LEAD_CHARACTERS = 400
_SHINGLE = 5
# Candidates share so much of the rarest words; duplicates so much of the shorter text.
_WORDS = 24
_SHARED_WORDS = 0.4
_CANDIDATES = 20
_LEAST_SHARED = 0.3
_NO_LETTERS = re.compile(r"[\W_]+")
# A chart of more months is one of years.
_MONTHS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """A stored article and what only editors see of it."""

    record: Record
    editorial: Editorial


@dataclass(frozen=True, slots=True)
class Preview(ArchiveRecord):
    """An article to be read, with the words of a query marked in all of it."""

    marked: Highlights


@dataclass(frozen=True, slots=True)
class Duplicate(ArchiveRecord):
    """An article much like another: ``shared`` is the part of the shorter beginning that stands
    in the other one, from 0 to 1."""

    shared: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Hits by month or year (``periods``, in order): ``total`` of all, ``series`` by value."""

    periods: tuple[str, ...]
    total: tuple[int, ...]
    series: Mapping[str, tuple[int, ...]]


class Archive:
    """Drafts, scheduled and expired articles too: for editors only."""

    def __init__(self, service: SearchService, analyser: Analyser) -> None:
        self._service = service
        self._analyser = analyser

    def matches(self, request: SearchRequest) -> Iterator[ArchiveRecord]:
        """Every article that matches, in order, piece by piece from one generation; the page of
        the request does not count.

        Raises RequestError and EngineError before the first is asked for.
        """
        snapshot, plan = self._service.planned(_whole(request))
        return _all(snapshot, replace(plan, limit=_PIECE))

    def preview(self, article_id: str, q: str) -> Preview | None:
        """One article with the words of ``q`` marked; None where there is none.

        Raises RequestError and EngineError.
        """
        snapshot, plan = self._service.planned(SearchRequest(q=q, facets=(), everything=True))
        found = _records(snapshot, [article_id], _instant(plan))
        if not found:
            return None
        return Preview(
            found[0].record, found[0].editorial, whole(found[0].record, Marker(plan.marked))
        )

    def duplicates(self, article_id: str, limit: int = 5) -> list[Duplicate]:
        """Articles whose title and lead are much like those of another one, the most alike
        first: sharing its rarest words, and then by the overlap of their letter shingles
        (Broder 1997, containment). Raises EngineError."""
        snapshot, plan = self._service.planned(SearchRequest(facets=(), everything=True))
        own = snapshot.documents([article_id], None).get(article_id)
        if own is None:
            return []
        words = self._rarest(snapshot, _beginning(own))
        if not words:
            return []
        candidates = snapshot.search(_sharing(words, _instant(plan))).found
        ids = [hit.id for hit in candidates if hit.id != article_id]
        shingles = _shingles(own)
        found = [
            Duplicate(other.record, other.editorial, _overlap(shingles, _shingles(other.record)))
            for other in _records(snapshot, ids, _instant(plan))
        ]
        found.sort(key=lambda other: (-other.shared, other.record["id"]))
        return [other for other in found if other.shared >= _LEAST_SHARED][:limit]

    def related(self, article_id: str, limit: int = 5) -> list[ArchiveRecord]:
        """Articles about the same, whatever their status. Raises EngineError."""
        snapshot, plan = self._service.planned(SearchRequest(facets=(), everything=True))
        found = related(snapshot, article_id, None, limit) or ()
        return _records(snapshot, [hit.id for hit in found], _instant(plan))

    def timeline(self, request: SearchRequest, facet: str, values: Sequence[str]) -> Timeline:
        """How many of the matches lie in each month, or year where these would be many, in all
        and for some values of a facet. Raises RequestError and EngineError."""
        snapshot, plan = self._service.planned(_whole(request))
        filters = plan.filters
        if filters.dates is not None:
            # The counts of months ignore the filter by date: what lies outside is left out.
            outside = AllOf((), (filters.dates,))
            filters = replace(filters, dates=None)
            plan = replace(plan, excluded=(*plan.excluded, outside))
        plan = replace(plan, counted=("month",), sort="newest", limit=0)
        keys = [frozenset((asked_key(value),)) for value in values]
        chosen = [filters, *(_narrowed(filters, facet, key) for key in keys)]
        months = [_months(snapshot, replace(plan, filters=own)) for own in chosen]
        periods, width = _periods(sorted(months[0]))
        rows = [_summed(own, periods, width) for own in months]
        return Timeline(periods, rows[0], dict(zip(values, rows[1:], strict=True)))

    def _rarest(self, snapshot: Snapshot, text: str) -> list[str]:
        terms = {term.text for term in self._analyser.analyse(text).terms}
        frequencies = snapshot.statistics(terms, None).frequencies
        shared = [term for term in terms if frequencies[term] > 1]
        return sorted(shared, key=lambda term: (frequencies[term], term))[:_WORDS]


def _whole(request: SearchRequest) -> SearchRequest:
    return replace(request, facets=(), everything=True, page=1, cursor="")


def _all(snapshot: Snapshot, plan: Plan) -> Iterator[ArchiveRecord]:
    while True:
        found = snapshot.search(plan).found
        rows = _records(snapshot, [hit.id for hit in found], _instant(plan))
        yield from rows
        if len(found) < plan.limit:
            return
        last = found[-1]
        after = After(last.score, last.date, last.id, rows[-1].record["title"])
        plan = replace(plan, offset=0, after=after)


def _records(snapshot: Snapshot, ids: Sequence[str], at: int) -> list[ArchiveRecord]:
    statuses, records = snapshot.statuses(ids, at), snapshot.documents(ids, None)
    return [
        ArchiveRecord(record, Editorial(statuses[key], record["source"], record["lastmod"]))
        for key in ids
        if (record := records.get(key)) is not None
    ]


def _instant(plan: Plan) -> int:
    assert plan.filters.status is not None
    return plan.filters.status.at


def _narrowed(filters: Filters, facet: str, keys: frozenset[str]) -> Filters:
    return replace(filters, facets={**filters.facets, facet: keys})


def _months(snapshot: Snapshot, plan: Plan) -> dict[str, int]:
    counts = snapshot.search(plan).facets["month"]
    return {row.value: row.count for row in counts.rows(0, len(counts))}


def _periods(months: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The months or years from the first to the last, without a gap, and their length."""
    if not months:
        return (), 7
    first, last = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (months[0], months[-1]))
    if last - first < _MONTHS_SHOWN:
        return tuple(f"{m // 12:04}-{m % 12 + 1:02}" for m in range(first, last + 1)), 7
    return tuple(f"{year:04}" for year in range(first // 12, last // 12 + 1)), 4


def _summed(months: Mapping[str, int], periods: Sequence[str], width: int) -> tuple[int, ...]:
    sums = dict.fromkeys(periods, 0)
    for month, count in months.items():
        sums[month[:width]] += count
    return tuple(sums.values())


def _sharing(words: Sequence[str], at: int) -> Plan:
    """Documents with enough of some words, those with the most of them first."""
    units = tuple(WeightedUnit(TermIs(word), 1, word) for word in words)
    return Plan(
        (Reading((), units, math.ceil(len(words) * _SHARED_WORDS)),),
        scored=tuple(ScoredTerm(word, 1.0, TEXT_FIELDS) for word in words),
        filters=Filters(status=StatusIs(at)),
        sort="relevance",
        limit=_CANDIDATES,
    )


def _beginning(record: Record) -> str:
    return f"{record['title']}\n{record['body'][:_LEAD_CHARACTERS]}"


def _shingles(record: Record) -> frozenset[str]:
    """All runs of some letters of title and lead, without blanks and marks."""
    text = _NO_LETTERS.sub("", _beginning(record)).casefold()
    return frozenset(text[i : i + _SHINGLE] for i in range(len(text) - _SHINGLE + 1))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
