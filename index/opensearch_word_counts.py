"""How many articles of a generation in a cluster have each word and facet value, now and when those
that are to be published are."""

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from index.fields import NEVER, NOT_WITHHELD, RUN_SUFFIX, TEXT_FIELDS
from index.opensearch_client import ClusterError, Connection
from index.opensearch_layout import (
    SEPARATOR,
    SPELLED_SUFFIX,
    WORDS_SUFFIX,
    of_generation,
    visible,
    within,
)
from index.opensearch_word_documents import Seen

# Values are read in pieces of this many.
_PIECE = 5000
# Each of those whose spellings are asked for one by one has a part of the request to itself, and
# the most frequent of its spellings alone.
_SPELLED_PIECE = 300
_SPELLINGS = 100
# What a regular expression of a cluster may not have unescaped, and how long one may be.
_OPERATORS = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^$-]')
_REGEX_LENGTH = 1000
_LONG_SECONDS = 600

_BEHIND_ALL = "\U0010ffff" * 2

Query = dict[str, Any]
# Which values of a field are asked for; None: all.
Only = Sequence[str] | None
# The answer to an aggregation.
Ask = Callable[[Query], Mapping[str, Any]]


# The documents of a word by text field, and by whether it is a noun run there.
Places = Mapping[tuple[str, bool], Seen]


@dataclass(frozen=True, slots=True)
class Counted:
    """A value of a field and its documents."""

    value: str
    seen: Seen


class FacetValue(NamedTuple):
    """A value of a facet by its key: as it is most often spelled, and its documents."""

    key: str
    spelled: str
    seen: Seen


class Counts:
    """Counts the documents of one generation, as they are visible at one instant."""

    def __init__(self, connection: Connection, index: str, generation: int, at: int) -> None:
        self._connection = connection
        self._index = index
        self._at = at
        own = of_generation(generation)
        self._now = [own, *visible(at)]
        scheduled = {"range": {"visible_from": {"gt": at}}}
        expiring = {"range": {"visible_to": {"lt": NEVER}}}
        self._changing = [
            own,
            {"term": {"withheld": NOT_WITHHELD}},
            {"range": {"visible_to": {"gt": at}}},
            {"bool": {"should": [scheduled, expiring]}},
        ]

    def words(self, only: Only = None) -> Iterator[tuple[str, Places]]:
        """Every term and noun run, sorted, with its documents."""
        streams = [
            _tagged(self._counted(field, only), (name, run))
            for name in TEXT_FIELDS
            for field, run in ((name + WORDS_SUFFIX, False), (name + RUN_SUFFIX, True))
        ]
        merged = heapq.merge(*streams, key=_value)
        for word, own in groupby(merged, key=_value):
            yield word, {place: counted.seen for place, counted in own}

    def values(self, facet: str, only: Only = None) -> Iterator[FacetValue]:
        """Every value of a facet, sorted by key."""
        spelled = self._spelled(facet, only)
        key, spelling = "", ""
        for counted in self._counted(facet, only):
            while key < counted.value:
                key, spelling = next(spelled, (_BEHIND_ALL, ""))
            own = spelling if key == counted.value else counted.value
            yield FacetValue(counted.value, own, counted.seen)

    def _spelled(self, facet: str, only: Only) -> Iterator[tuple[str, str]]:
        """Keys of a facet with their spelling: that of what is visible, where it has one."""
        own = (facet, facet + SPELLED_SUFFIX, only)
        wanted = (self._now, self._changing) if self._any_changes else (self._now,)
        streams = [_spellings(*own, partial(self._asked, some)) for some in wanted]
        for key, found in groupby(heapq.merge(*streams, key=itemgetter(0)), itemgetter(0)):
            yield key, next(found)[1]

    def _counted(self, field: str, only: Only) -> Iterator[Counted]:
        now = self._listed(self._now, field, only, {})
        more = {
            "coming": {
                "filter": {"range": {"visible_from": {"gt": self._at}}},
                "aggs": {"at": {"min": {"field": "visible_from"}}},
            },
            "first": {"min": {"field": "visible_to"}},
            "last": {"max": {"field": "visible_to"}},
        }
        changing = self._listed(self._changing, field, only, more) if self._any_changes else ()
        both = heapq.merge(_tagged(now, False), _tagged(changing, True), key=lambda p: _key(p[1]))
        for value, rows in groupby(both, key=lambda pair: _key(pair[1])):
            found = dict(rows)
            yield Counted(value, _seen(found.get(False, {}), found.get(True)))

    @cached_property
    def _any_changes(self) -> bool:
        """Whether anything is to be published or expires: in most archives nothing does, and half
        of the requests can be spared."""
        body = {"size": 0, "query": {"bool": {"filter": self._changing}}}
        found: int = asked(self._connection, self._index, body)["hits"]["total"]["value"]
        return found > 0

    def _listed(
        self, wanted: list[Query], field: str, only: Only, more: Query
    ) -> Iterator[Mapping[str, Any]]:
        def ask(values: Query) -> Mapping[str, Any]:
            return self._asked(wanted, {**values, "aggs": more} if more else values)

        yield from _everything(field, ask) if only is None else _these(field, only, ask)

    def _asked(self, wanted: list[Query], values: Query) -> Mapping[str, Any]:
        body = {
            "size": 0,
            "query": {"bool": {"filter": wanted}},
            "aggs": {"found": values},
        }
        return _found(self._connection, self._index, body)


def spellings(connection: Connection, index: str, at: int, only: Only = None) -> dict[str, str]:
    """How Latin words are most often spelled in titles of an index of words, by lower case."""

    def ask(values: Query) -> Mapping[str, Any]:
        query = {"bool": {"filter": within(at)}}
        body = {"size": 0, "query": query, "aggs": {"found": values}}
        return _found(connection, index, body)

    return dict(_spellings("latin", "latin_as", only, ask))


def asked(connection: Connection, index: str, body: Query) -> Mapping[str, Any]:
    """The answer to a search that may take its time. Raises ClusterError where a part of it is
    missing."""
    params = {"allow_partial_search_results": "false", "request_timeout": _LONG_SECONDS}
    with connection.asking() as client:
        found: Mapping[str, Any] = client.search(index=index, body=body, params=params)
    if found["_shards"]["successful"] < found["_shards"]["total"]:
        raise ClusterError(f"{connection.url}: a shard of {index} is away", cause="away")
    return found


def _found(connection: Connection, index: str, body: Query) -> Mapping[str, Any]:
    values: Mapping[str, Any] = asked(connection, index, body)["aggregations"]["found"]
    return values


def _everything(field: str, ask: Ask) -> Iterator[Mapping[str, Any]]:
    values: Query = {"size": _PIECE, "sources": [{"value": {"terms": {"field": field}}}]}
    while True:
        found = ask({"composite": values})
        yield from found["buckets"]
        if len(found["buckets"]) < _PIECE:
            return
        values = {**values, "after": found["after_key"]}


def _pieces(values: Sequence[str], size: int) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[first : first + size] for first in range(0, len(ordered), size))


def _these(field: str, only: Sequence[str], ask: Ask) -> Iterator[Mapping[str, Any]]:
    for some in _pieces(only, _PIECE):
        terms = {"field": field, "include": some, "size": len(some), "order": {"_key": "asc"}}
        yield from ask({"terms": terms})["buckets"]


def _spellings(field: str, spelled: str, only: Only, ask: Ask) -> Iterator[tuple[str, str]]:
    """The values of a field by which keys are found, sorted, with the most frequent spelling that
    the field ``spelled`` has of each."""
    if only is None:
        rows = (_spelling(row) for row in _everything(spelled, ask))
        for key, spelled_so in groupby(rows, key=itemgetter(0)):
            yield key, min((-count, spelling) for _, spelling, count in spelled_so)[1]
        return
    for some in _pieces(only, _SPELLED_PIECE):
        each = {str(i): _spelled_alone(field, spelled, key) for i, key in enumerate(some)}
        found = ask({"filter": {"terms": {field: some}}, "aggs": each})
        for i, key in enumerate(some):
            own = map(_spelling, found[str(i)]["spelled"]["buckets"])
            if known := [(-count, spelling) for of, spelling, count in own if of == key]:
                yield key, min(known)[1]


def _spelled_alone(field: str, spelled: str, key: str) -> Query:
    """The spellings of one value in the documents that have it, without what else these have."""
    own = _OPERATORS.sub(r"\\\g<0>", key) + SEPARATOR + ".*"
    wanted: Query = {"field": spelled, "size": _SPELLINGS}
    if len(own) <= _REGEX_LENGTH:
        wanted["include"] = own
    return {"filter": {"term": {field: key}}, "aggs": {"spelled": {"terms": wanted}}}


def _spelling(row: Mapping[str, Any]) -> tuple[str, str, int]:
    """Key, spelling, documents."""
    key, _, spelling = _key(row).partition(SEPARATOR)
    return key, spelling, row["doc_count"]


def _seen(now: Mapping[str, Any], changing: Mapping[str, Any] | None) -> Seen:
    count = now.get("doc_count", 0)
    if changing is None:
        return Seen(count, 0, NEVER, NEVER)
    coming = changing["coming"]["doc_count"]
    instants = (changing["coming"]["at"]["value"], changing["first"]["value"])
    stays = count > changing["doc_count"] - coming
    return Seen(
        count,
        coming,
        min(int(at) for at in instants if at is not None),
        NEVER if stays else int(changing["last"]["value"]),
    )


def _key(row: Mapping[str, Any]) -> str:
    key = row["key"]
    return str(key if isinstance(key, str) else key["value"])


def _tagged(rows: Iterable[Any], tag: Any) -> Iterator[tuple[Any, Any]]:
    return ((tag, row) for row in rows)


def _value(pair: tuple[tuple[str, bool], Counted]) -> str:
    return pair[1].value
