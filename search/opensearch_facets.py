"""Facet counts from a cluster: the most frequent values at once, all of them when they are asked
for, and only counts that are exact."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from index.fields import DATE_FACETS
from search.engine import FacetCount
from search.opensearch_query import Query, can_be_sent
from search.plan import Plan

# So many values come along with each answer; more than any page shows.
_FIRST = 1000
# Years and months are shown completely: eight centuries of months.
_FIRST_DATES = 10_000
# Every shard counts so many, so that what all of them have is nearly always among these.
_FROM_EACH_SHARD = 3000
_CHOSEN = "chosen-"

# All values of a facet with their counts, however many there are.
CountAll = Callable[[], Mapping[str, int]]
# The most frequent spelling of each key that a visible document has.
Spelled = Mapping[str, str]


def ignored_by(facet: str) -> frozenset[str]:
    """The filters that the counts of a facet do not heed."""
    return frozenset((facet, "date") if facet in DATE_FACETS else (facet,))


def aggregation(facet: str, chosen: Sequence[str]) -> dict[str, Query]:
    """The aggregations that count a facet: its first values, and the chosen ones whatever their
    place."""
    size = _FIRST_DATES if facet in DATE_FACETS else _FIRST
    found: dict[str, Query] = {
        facet: {
            "terms": {
                "field": facet,
                "size": size,
                "shard_size": max(size, _FROM_EACH_SHARD),
                "order": [{"_count": "desc"}, {"_key": "asc"}],
                "show_term_doc_count_error": True,
            }
        }
    }
    if chosen:
        queries = [{"term": {facet: key}} for key in chosen]
        found[_CHOSEN + facet] = {"filters": {"filters": queries}}
    return found


def chosen_keys(plan: Plan, facet: str) -> list[str]:
    """The chosen values of a facet, in the order in which they are asked for."""
    return sorted(filter(can_be_sent, plan.filters.facets.get(facet, ())))


def counts(
    facet: str,
    answer: Mapping[str, Any],
    chosen: Sequence[str],
    spelled: Spelled,
    count_all: CountAll,
) -> "ClusterCounts":
    """The counts of a facet from the answer to its aggregations."""
    exact = {}
    if chosen:
        buckets = answer[_CHOSEN + facet]["buckets"]
        exact = {key: own["doc_count"] for key, own in zip(chosen, buckets, strict=True)}
    return ClusterCounts(_first(answer[facet]), exact, spelled, count_all)


@dataclass(frozen=True, slots=True)
class _First:
    """The first values: their counts, and of how many in order it is certain that no other one
    belongs before them; ``whole`` where there are no others."""

    counts: Mapping[str, int]
    certain: int
    whole: bool


def _first(answer: Mapping[str, Any]) -> _First:
    """What is certain of a terms aggregation. What it left out has no more documents than its last
    value and its error; a value with an error of its own may have so many more."""
    buckets = answer["buckets"]
    error = answer["doc_count_error_upper_bound"]
    found = {own["key"]: own["doc_count"] for own in buckets}
    if not answer["sum_other_doc_count"] and not error:
        return _First(found, len(found), whole=True)
    last = buckets[-1]["doc_count"] if buckets else 0
    unsure = [
        own["doc_count"] + own["doc_count_error_upper_bound"]
        for own in buckets
        if own["doc_count_error_upper_bound"]
    ]
    most = max([last + error, *unsure])
    return _First(found, sum(count > most for count in found.values()), whole=False)


class ClusterCounts:
    """See search.engine.FacetCounts. Asks the cluster again where more is wanted than it gave."""

    def __init__(
        self, first: _First, chosen: Mapping[str, int], spelled: Spelled, count_all: CountAll
    ) -> None:
        self._first = first
        self._chosen = chosen
        self._spelled = spelled
        self._count_all = count_all

    def __len__(self) -> int:
        """See FacetCounts."""
        return len(self._all)

    def rows(self, first: int, last: int) -> Sequence[FacetCount]:
        """See FacetCounts."""
        if not self._first.whole and last <= self._first.certain:
            return self._certain[first:last]
        return self._all[first:last]

    def of(self, key: str) -> FacetCount | None:
        """See FacetCounts."""
        if key not in self._spelled:
            return None
        if key in self._chosen:
            return FacetCount(key, self._spelled[key], self._chosen[key])
        sure = self._all if self._first.whole else self._certain
        found = next((row for row in sure if row.key == key), None)
        if found is None:
            found = next((row for row in self._all if row.key == key), None)
        return found or FacetCount(key, self._spelled[key], 0)

    @cached_property
    def _certain(self) -> list[FacetCount]:
        most = sorted(self._rows(self._first.counts), key=_place)
        return most[: self._first.certain]

    @cached_property
    def _all(self) -> list[FacetCount]:
        found = self._first.counts if self._first.whole else self._count_all()
        return sorted(self._rows({**self._chosen, **found}), key=_place)

    def _rows(self, found: Mapping[str, int]) -> Iterator[FacetCount]:
        for key, count in found.items():
            if key in self._spelled:
                yield FacetCount(key, self._spelled[key], count)


def _place(row: FacetCount) -> tuple[int, str]:
    return -row.count, row.value
