"""The clauses of a plan as queries of a cluster, without one."""

from typing import Any

import pytest

from search.opensearch_query import NOTHING, clause, matching
from search.plan import (
    AllOf,
    AnyOf,
    Clause,
    DateWithin,
    FacetHas,
    PhraseIs,
    PrefixIs,
    Reading,
    RunContains,
    TermIs,
    WeightedUnit,
)

BODY = ("body",)


def phrase(text: str) -> dict[str, Any]:
    return {"match_phrase": {"body": text}}


def term(text: str) -> dict[str, Any]:
    return {"term": {"body": text}}


def some(*queries: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        (TermIs("금리", BODY), term("금리")),
        (TermIs("a|b", BODY), term("a\\u7c;b")),
        (TermIs("\ud800", BODY), NOTHING),
        (PhraseIs(((0, ("가",)), (1, ("나", "다"))), BODY), phrase("가 나|다")),
        (PhraseIs(((0, ("가",)), (3, ("나",))), BODY), phrase("가 _ _ 나")),
        (PhraseIs(((0, ("가", "나")),), BODY), some(term("가"), term("나"))),
        (
            PhraseIs(((0, ("가",)), (1, ("나",))), BODY, slop=1),
            some(phrase("가 나"), phrase("가 _ 나")),
        ),
        (
            PhraseIs(((0, ("가",)), (0, ("나",))), BODY),
            {
                "span_containing": {
                    "little": {"span_term": {"body": "가"}},
                    "big": {"span_term": {"body": "나"}},
                }
            },
        ),
        (RunContains("대학교", BODY), {"wildcard": {"body_run.inside": {"value": "*대학교*"}}}),
        (PrefixIs("대", BODY), some({"prefix": {"body": "대"}}, {"prefix": {"body_run": "대"}})),
        (FacetHas("tag", "ai"), {"term": {"tag": "ai"}}),
        (DateWithin(1, None), {"range": {"date": {"gte": 1}}}),
        (DateWithin(None, None), {"exists": {"field": "date"}}),
        (AnyOf(()), NOTHING),
        (AllOf(()), {"bool": {"filter": [{"match_all": {}}]}}),
        (
            AllOf((TermIs("가", BODY),), (TermIs("나", BODY),)),
            {"bool": {"filter": [term("가")], "must_not": [term("나")]}},
        ),
    ],
    ids=lambda part: type(part).__name__ if not isinstance(part, dict) else "",
)
def test_clauses(wanted: Clause, query: dict[str, Any]) -> None:
    assert clause(wanted) == query


def test_a_part_of_the_weight_is_a_least_score() -> None:
    units = tuple(WeightedUnit(TermIs(text, BODY), n, text) for text, n in (("가", 5), ("나", 2)))
    (query,), _ = matching((Reading((), units, 5),), (), named=True)
    named = [
        {"bool": {"filter": [term(text)], "_name": f"unit{i}"}} for i, text in enumerate("가나")
    ]
    assert query["function_score"] == {
        "query": some(*named),
        "functions": [{"filter": named[0], "weight": 5}, {"filter": named[1], "weight": 2}],
        "score_mode": "sum",
        "boost_mode": "replace",
        "min_score": 5,
    }


def test_all_of_the_weight_is_every_unit() -> None:
    units = tuple(WeightedUnit(TermIs(text, BODY), n, text) for text, n in (("가", 5), ("나", 2)))
    (query,), _ = matching((Reading((), units, 7),), (), named=False)
    assert query == {"bool": {"filter": [term("가"), term("나")]}}
