"""What a plan asks of a document, as queries of the cluster. Each of them only says yes or no."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise, product
from typing import Any

from index.fields import DRAFT, HIDDEN, NOT_WITHHELD, RUN_SUFFIX
from index.opensearch_terms import escaped, serialised
from search import opensearch_runs
from search import plan as plans
from search.plan import Clause, Filters, Reading, Status, StatusIs

Query = dict[str, Any]
Slots = Sequence[tuple[int, Sequence[str]]]

NOTHING: Query = {"match_none": {}}
# The name of a unit of the first reading, by which a hit says that it meets it.
UNIT = "unit"


def matching(
    readings: Sequence[Reading], excluded: Iterable[Clause], *, named: bool
) -> tuple[list[Query], list[Query]]:
    """What must and what must not be met. Units of the first reading are ``named`` by number."""
    wanted: list[Query] = []
    if readings:
        ways = [_reading(own, named=named and i == 0) for i, own in enumerate(readings)]
        wanted.append(_any(ways))
    return wanted, [clause(own) for own in excluded]


def filters(wanted: Filters) -> dict[str, Query]:
    """The queries of filters, by the facet (or ``date``, or ``status``) that each narrows."""
    found: dict[str, Query] = {
        facet: {"terms": {facet: sorted(filter(can_be_sent, keys))}}
        for facet, keys in wanted.facets.items()
        if keys
    }
    if wanted.dates is not None:
        found["date"] = clause(wanted.dates)
    if wanted.status is not None and wanted.status.chosen:
        by_status = statuses(wanted.status)
        found["status"] = _any([by_status[name] for name in sorted(wanted.status.chosen)])
    return found


def statuses(wanted: StatusIs) -> dict[Status, Query]:
    """The query of each status at an instant: no document has two of them."""
    public: Query = {"term": {"withheld": NOT_WITHHELD}}
    expired: Query = {"range": {"visible_to": {"lte": wanted.at}}}
    left: Query = {"range": {"visible_to": {"gt": wanted.at}}}
    return {
        "public": all_of([public, left, {"range": {"visible_from": {"lte": wanted.at}}}]),
        "draft": {"term": {"withheld": DRAFT}},
        "scheduled": all_of([public, left, {"range": {"visible_from": {"gt": wanted.at}}}]),
        "expired": all_of([public, expired]),
        "hidden": {"term": {"withheld": HIDDEN}},
    }


def clause(wanted: Clause) -> Query:
    """The query of a clause."""
    match wanted:
        case plans.TermIs():
            return _any([_term(field, escaped(wanted.text)) for field in wanted.fields])
        case plans.PhraseIs():
            return _any([_phrase(field, wanted.slots, wanted.slop) for field in wanted.fields])
        case plans.RunContains():
            return _any([run(field, wanted.text) for field in wanted.fields])
        case plans.PrefixIs():
            return _any(
                [
                    _prefix(*own)
                    for name in wanted.fields
                    for own in ((name, escaped(wanted.text)), (name + RUN_SUFFIX, wanted.text))
                ]
            )
        case plans.FacetHas():
            return _term(wanted.facet, wanted.key)
        case plans.DateWithin():
            return _dates(wanted)
        case plans.AnyOf():
            return _any([clause(own) for own in wanted.clauses])
        case plans.AllOf():
            return all_of(map(clause, wanted.clauses), map(clause, wanted.excluded))


def run(field: str, text: str) -> Query:
    """A noun run of a field contains ``text`` (see ``index.terms.run_contains``)."""
    if not can_be_sent(text):
        return NOTHING
    return opensearch_runs.inside(f"{field}{RUN_SUFFIX}.inside", text)


def can_be_sent(text: str) -> bool:
    """Whether there is such a text in UTF-8: half of a character stands in no document."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def all_of(wanted: Iterable[Query], refused: Iterable[Query] = ()) -> Query:
    """Every one of some queries and none of others."""
    must, must_not = list(wanted), list(refused)
    if len(must) == 1 and not must_not:
        return must[0]
    parts: Query = {"filter": must or [{"match_all": {}}]}
    if must_not:
        parts["must_not"] = must_not
    return {"bool": parts}


def _reading(reading: Reading, *, named: bool) -> Query:
    wanted = [clause(own) for own in reading.required]
    units = [clause(unit.clause) for unit in reading.units]
    if named:
        units = [with_name(f"{UNIT}{i}", own) for i, own in enumerate(units)]
    if units and reading.threshold >= sum(unit.weight for unit in reading.units):
        wanted += units
    elif units and reading.threshold > 0:
        weights = [unit.weight for unit in reading.units]
        wanted.append(_heavy_enough(units, weights, reading.threshold))
    return all_of(wanted)


def _heavy_enough(units: Sequence[Query], weights: Sequence[int], threshold: int) -> Query:
    """At least so much weight of the units is met. Sums of integers below 2 ** 24 are exact in
    the cluster's floats."""
    return {
        "function_score": {
            # A document that meets none would have a score of one.
            "query": _any(units),
            "functions": [
                {"filter": own, "weight": weight}
                for own, weight in zip(units, weights, strict=True)
            ],
            "score_mode": "sum",
            "boost_mode": "replace",
            "min_score": threshold,
        }
    }


def with_name(name: str, query: Query) -> Query:
    """A query that hits say by name whether they meet it."""
    return {"bool": {"filter": [query], "_name": name}}


def _any(queries: Sequence[Query]) -> Query:
    some = [query for query in queries if query != NOTHING]
    if len(some) < 2:
        return some[0] if some else NOTHING
    return {"bool": {"should": some, "minimum_should_match": 1}}


def _term(field: str, text: str) -> Query:
    return {"term": {field: text}} if can_be_sent(text) else NOTHING


def _prefix(field: str, text: str) -> Query:
    return {"prefix": {field: text}} if can_be_sent(text) else NOTHING


def _dates(dates: plans.DateWithin) -> Query:
    if dates.start is None and dates.end is None:
        return {"exists": {"field": "date"}}
    bounds = {"gte": dates.start, "lt": dates.end}
    return {"range": {"date": {name: at for name, at in bounds.items() if at is not None}}}


def _phrase(field: str, slots: Slots, slop: int) -> Query:
    known = [(at, [text for text in texts if can_be_sent(text)]) for at, texts in slots]
    return _any([_exact_phrase(field, way) for way in _ways(known, slop)])


def _ways(slots: Slots, slop: int) -> Iterator[Slots]:
    """The phrases without slop of which one must be met: each slot may stand up to ``slop``
    further behind the one before. (No query that is typed has a slop; there are
    (slop + 1) ** (slots - 1) ways.)"""
    steps = [0, *(own - before for (before, _), (own, _) in pairwise(slots))]
    choices = [range(step, step + slop + 1) for step in steps[1:]]
    for chosen in product(*choices):
        places = [sum(chosen[:i]) for i in range(len(slots))]
        yield [(place, texts) for place, (_, texts) in zip(places, slots, strict=True)]


def _exact_phrase(field: str, slots: Slots) -> Query:
    places = {at: [texts for _, texts in own] for at, own in groupby(slots, lambda slot: slot[0])}
    if not all(all(groups) for groups in places.values()):
        return NOTHING
    if any(len(groups) > 1 for groups in places.values()):
        return _spans(field, places)
    if len(places) == 1:
        return _any([_term(field, escaped(text)) for text in slots[0][1]])
    by_place = [places[at][0] if at in places else () for at in range(max(places) + 1)]
    return {"match_phrase": {field: serialised(by_place)}}


def _spans(field: str, places: Mapping[int, Sequence[Sequence[str]]]) -> Query:
    """A phrase in which several terms stand at one position, which no phrase query knows."""
    clauses: list[Query] = []
    before = -1
    for at, groups in places.items():
        if clauses and at > before + 1:
            clauses.append({"span_gap": {field: at - before - 1}})
        clauses.append(_span(field, groups))
        before = at
    if len(clauses) == 1:
        return clauses[0]
    return {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}


def _span(field: str, groups: Sequence[Sequence[str]]) -> Query:
    """One of each group of terms, all at one position."""
    first, *others = groups
    ways = [{"span_term": {field: escaped(text)}} for text in first]
    own: Query = ways[0] if len(ways) == 1 else {"span_or": {"clauses": ways}}
    if not others:
        return own
    return {"span_containing": {"little": own, "big": _span(field, others)}}
