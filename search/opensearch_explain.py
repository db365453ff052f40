"""Why a hit ranks where it does in a cluster: its own figures, by term and field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.fields import FIELD_WEIGHT, SIDE_SUFFIX
from index.opensearch_terms import escaped
from search import opensearch_query as queries
from search.explain import Explanation, FieldShare, Kind, TermShare
from search.opensearch_query import UNIT, Query
from search.opensearch_ranking import FIELD_TIE, Part, Scoring
from search.plan import Plan, ScoredTerm, Substitute
from search.ranking import K1, RECENCY, RECENCY_HALF_LIFE, SIDE_K1

# What Lucene calls the score of one term in one field, in its explanations.
_LEAF = re.compile(r"weight\((\w+):(.*) in \d+\)", re.DOTALL)
_FIGURES = {"idf": "idf,", "freq": "freq,", "dl": "dl,", "tf": "tf,"}

Figures = Mapping[tuple[str, str], Mapping[str, float]]


def body(
    plan: Plan, ids: Sequence[str], within: Query, scoring: Scoring, newest: int | None
) -> Query:
    """The request for the parts of the scores of some documents; ``scoring`` names them."""
    units = plan.readings[0].units if plan.readings else ()
    named = [queries.with_name(f"{UNIT}{i}", queries.clause(u.clause)) for i, u in enumerate(units)]
    wanted: Query = {"filter": [within, {"terms": {"id": ids}}]}
    if named:
        wanted |= {"should": named, "minimum_should_match": 0}
    return {
        "size": len(ids),
        "query": scoring.query(plan, {"bool": wanted}, newest),
        "_source": ["id", "date"],
        "explain": True,
    }


def explanations(
    answer: Mapping[str, Any], plan: Plan, scoring: Scoring, newest: int | None
) -> dict[str, Explanation]:
    """The explanations of the hits of such a request, by id."""
    return {
        hit["_source"]["id"]: _explanation(hit, plan, scoring, newest)
        for hit in answer["hits"]["hits"]
    }


def _explanation(
    hit: Mapping[str, Any], plan: Plan, scoring: Scoring, newest: int | None
) -> Explanation:
    met: Mapping[str, float] = hit.get("matched_queries", {})
    scores = [(part, met[str(i)]) for i, part in enumerate(scoring.parts) if str(i) in met]
    figures = dict(_figures(hit["_explanation"]))
    shares = [
        share
        for i, scored in enumerate(plan.scored)
        if (share := _share(scored, [own for own in scores if own[0].term == i], figures, scoring))
    ]
    shares.sort(key=lambda share: -share.contribution)
    units = plan.readings[0].units if plan.readings else ()
    return Explanation(
        hit["_score"],
        _recency(hit["_source"].get("date"), newest),
        tuple(shares),
        tuple(unit.text for i, unit in enumerate(units) if f"{UNIT}{i}" in met),
        tuple(unit.text for i, unit in enumerate(units) if f"{UNIT}{i}" not in met),
    )


def _recency(date: int | None, newest: int | None) -> float:
    if date is None or newest is None:
        return 1.0
    return float(1 + RECENCY * 2 ** (-abs(newest - date) / RECENCY_HALF_LIFE))


def _share(
    scored: ScoredTerm, scores: Sequence[tuple[Part, float]], figures: Figures, scoring: Scoring
) -> TermShare | None:
    """What a term adds, by itself or by the best of its substitutes; None where none of them
    stands in the document."""
    ways = (Substitute((scored.text,), 1.0), *scored.substitutes)
    by_way = [
        _fields(way, [own for own in scores if own[0].way == i]) for i, way in enumerate(ways)
    ]
    best = max(range(len(ways)), key=lambda i: sum(by_way[i].values()))
    if not by_way[best]:
        return None
    way = ways[best]
    kind: Kind = "side" if scored.side else "run" if scored.run else "term"
    kind = "within run" if way.run else kind
    text = way.run or way.terms[0]
    shares = tuple(
        _field(field, value, _of(figures, kind, field, text), kind)
        for field, value in by_way[best].items()
    )
    largest = max(by_way[best], key=lambda field: by_way[best][field])
    return TermShare(
        way.run or " ".join(way.terms),
        kind,
        None if best == 0 else scored.text,
        scored.weight * way.weight,
        _rarity(scored, kind, _of(figures, kind, largest, text), scoring),
        sum(by_way[best].values()),
        shares,
    )


def _rarity(
    scored: ScoredTerm, kind: Kind, figures: Mapping[str, float], scoring: Scoring
) -> float:
    """The idf: of a term that which it has in its best field."""
    if kind in ("run", "within run"):
        known = scoring.of_runs if kind == "run" else scoring.of_terms
        return known([scored.text])[scored.text]
    return figures.get("idf", 0.0)


def _fields(way: Substitute, scores: Sequence[tuple[Part, float]]) -> dict[str, float]:
    """What each field adds by one way: of each text the best field counts, the others a little;
    nothing where a text is missing."""
    texts = (way.run,) if way.run else way.terms
    found: dict[str, float] = {}
    for text in texts:
        own = {part.field: score for part, score in scores if part.text == text}
        if not own:
            return {}
        best = max(own, key=lambda field: own[field])
        for field, score in own.items():
            share = score if field == best else FIELD_TIE * score
            found[field] = found.get(field, 0.0) + share
    return found


def _field(field: str, value: float, figures: Mapping[str, float], kind: Kind) -> FieldShare:
    if kind in ("run", "within run"):
        return FieldShare(field, 1, 0, FIELD_WEIGHT[field], value)
    tf = figures.get("tf", 0.0)
    k1 = SIDE_K1 if kind == "side" else K1
    weighted = k1 * tf / (1 - tf) if tf < 1 else 0.0
    return FieldShare(
        field, int(figures.get("freq", 0)), int(figures.get("dl", 0)), weighted, value
    )


def _of(figures: Figures, kind: Kind, field: str, text: str) -> Mapping[str, float]:
    return figures.get((field + (SIDE_SUFFIX if kind == "side" else ""), escaped(text)), {})


def _figures(
    explanation: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, str], dict[str, float]]]:
    """The figures of each term in each field of the cluster's explanation."""
    leaf = _LEAF.match(explanation["description"])
    if leaf:
        yield (leaf[1], leaf[2]), _numbers(explanation)
        return
    for detail in explanation["details"]:
        yield from _figures(detail)


def _numbers(explanation: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for detail in explanation["details"]:
        found |= _numbers(detail)
    for name, beginning in _FIGURES.items():
        if explanation["description"].startswith(beginning):
            found[name] = explanation["value"]
    return found
