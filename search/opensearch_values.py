"""The different values of a field in a cluster, with the number of their documents."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal

from index.fields import FACETS, RUN_SUFFIX, SIDE_SUFFIX, VALUE_FACETS
from index.opensearch_layout import SEPARATOR, SPELLED_SUFFIX, WORDS_SUFFIX
from search import opensearch_query as queries
from search.opensearch_facets import Spelled
from search.opensearch_pinned import Pinned
from search.opensearch_query import Query
from search.opensearch_runs import beginning, pattern

# Values are read in pieces of this many: a cluster gives 65,535 in one answer, unless it is told.
_PIECE = 10_000
_FOUND = "found"

After = Mapping[str, Any] | None


def all_of(pinned: Pinned, field: str, matching: Query) -> dict[str, int]:
    """All values of a field in documents that match, with their counts."""
    counts: dict[str, int] = {}
    after: After = None
    while True:
        body = {"size": 0, "query": matching, "aggs": {_FOUND: _values(field, after)}}
        answer = pinned.once(partial(pinned.ask, body=body))
        found = answer.body["aggregations"][_FOUND]
        counts |= dict(_counts(found))
        if (after := found.get("after_key")) is None:
            return counts


def spellings(pinned: Pinned, visible_at: int | None) -> tuple[Mapping[str, Spelled], int | None]:
    """The most frequent spelling of each value of each facet among what is visible, and the size
    for a cache: None where a part of the index gave no answer."""
    counts: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
    left: dict[str, After] = dict.fromkeys(FACETS)
    whole = True
    while left:
        wanted = {name: _values(_spelling_field(name), after) for name, after in left.items()}
        answer = pinned.among(visible_at, {"size": 0, "aggs": wanted})
        whole &= not answer.partial
        found = {name: answer.body["aggregations"][name] for name in left}
        for name, values in found.items():
            counts[name] |= dict(_counts(values))
        left = {name: after for name, own in found.items() if (after := own.get("after_key"))}
    return {name: _most_frequent(own) for name, own in counts.items()}, 1 if whole else None


def first(
    pinned: Pinned, field: str, text: str, mode: Literal["prefix", "contains"], limit: int
) -> list[str]:
    """The first terms of an index field that begin with or contain a text, sorted. Side bigrams
    are searched, but not listed."""
    if field.endswith(SIDE_SUFFIX) or not queries.can_be_sent(text):
        return []
    values = {
        "field": _listing(field),
        "include": beginning(text) if mode == "prefix" else pattern(text),
        "order": {"_key": "asc"},
        "size": limit,
    }
    answer = pinned.among(None, {"size": 0, "aggs": {_FOUND: {"terms": values}}})
    return [own["key"] for own in answer.body["aggregations"][_FOUND]["buckets"]]


def _values(field: str, after: After) -> Query:
    """The values of a field in their order, from behind ``after``."""
    own: Query = {"size": _PIECE, "sources": [{"value": {"terms": {"field": field}}}]}
    return {"composite": own if after is None else {**own, "after": after}}


def _counts(found: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    return ((own["key"]["value"], own["doc_count"]) for own in found["buckets"])


def _listing(field: str) -> str:
    """The field of the cluster that lists the terms of an index field."""
    return field if field.endswith(RUN_SUFFIX) else f"{field}{WORDS_SUFFIX}"


def _spelling_field(facet: str) -> str:
    return f"{facet}{SPELLED_SUFFIX}" if facet in VALUE_FACETS else facet


def _most_frequent(counts: Mapping[str, int]) -> Spelled:
    """The most frequent spelling of each key, the first of equals; years and months have one."""
    found: dict[str, tuple[int, str]] = {}
    for value, count in counts.items():
        key, separated, spelled = value.partition(SEPARATOR)
        own = (-count, spelled if separated else key)
        found[key] = min(own, found.get(key, own))
    return {key: spelled for key, (_, spelled) in found.items()}
