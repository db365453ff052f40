"""The order by relevance in a cluster, as near to ``search.ranking`` as its queries come.

A cluster has BM25 of each field, with the idf that the term has in that field. What BM25F has from
its fields is that a term in two of them is not worth twice one in one: the best field counts, the
others add FIELD_TIE of what they have. One occurrence in a field of mean length is worth what it
is there, idf * w / (k1 + w). The cluster knows no place of the first occurrence (LEAD).

combined_fields (OpenSearch 3.2) is BM25F, but with one length over all fields: a short title would
be taken for as long as its body.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from index.document import title_key
from index.fields import FIELD_WEIGHT, RUN_SUFFIX, SIDE_SUFFIX
from index.opensearch_terms import escaped
from search.opensearch_query import NOTHING, Query, can_be_sent, run
from search.plan import After, Plan, ScoredTerm, Sort, Substitute
from search.ranking import K1, RECENCY, RECENCY_HALF_LIFE, SIDE_K1

FIELD_TIE = 0.1
# What sorts behind every date, in both directions.
_NO_DATE = {"asc": 2**63 - 1, "desc": -(2**63)}

# The idf of several terms, or of several noun runs, in any text field.
Rarities = Callable[[Sequence[str]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Part:
    """What of a score comes from one text in one field: the number of the scored term, that of the
    way to have it (0: as it was typed, then its substitutes), the text, the field."""

    term: int
    way: int
    text: str
    field: str


@dataclass(slots=True)
class Scoring:
    """Makes the query that scores a plan. ``parts`` fills with what it is made of where they are
    ``named``: the name of each is its place."""

    of_terms: Rarities
    of_runs: Rarities
    # BM25 times (k1 + 1), as clusters before 3.0 have it.
    legacy: bool
    named: bool = False
    parts: list[Part] = field(default_factory=list)

    def query(self, plan: Plan, matching: Query, newest: int | None) -> Query:
        """``matching`` with the score of the plan; ``newest`` is the date of the newest visible
        document (None: there is none)."""
        # Keywords have no idf in newer clusters.
        runs = self.of_runs([own.text for own in plan.scored if own.run])
        terms = [self._term(i, own, runs) for i, own in enumerate(plan.scored)]
        some = [own for own in terms if own != NOTHING]
        query: Query = {"bool": {"filter": [matching], "should": some}}
        return query if newest is None else _by_recency(query, newest)

    def _term(self, number: int, scored: ScoredTerm, runs: Mapping[str, float]) -> Query:
        if scored.run:
            own = {name: _whole_run(name, scored.text) for name in scored.fields}
            weight = scored.weight * runs.get(scored.text, 0.0)
            return self._constant(Part(number, 0, scored.text, ""), own, weight)
        others = [
            self._inside(number, i, scored, way) if way.run else self._texts(number, i, scored, way)
            for i, way in enumerate(scored.substitutes, start=1)
        ]
        typed = self._texts(number, 0, scored, Substitute((scored.text,), 1.0))
        return _best([typed, *others], 0.0)

    def _texts(self, number: int, way: int, scored: ScoredTerm, wanted: Substitute) -> Query:
        """All of some terms: what they are worth together is the mean of them."""
        suffix = SIDE_SUFFIX if scored.side else ""
        weight = scored.weight * wanted.weight / len(wanted.terms)
        texts = []
        for text in wanted.terms:
            if not can_be_sent(text):
                return NOTHING
            fields = []
            for name in scored.fields:
                own = {"value": escaped(text), "boost": weight * self._worth(name, scored)}
                own = self._named(Part(number, way, text, name), own)
                fields.append({"term": {name + suffix: own}})
            texts.append(_best(fields, FIELD_TIE))
        return texts[0] if len(texts) == 1 else {"bool": {"must": texts}}

    def _inside(self, number: int, way: int, scored: ScoredTerm, wanted: Substitute) -> Query:
        """A noun run that contains a text is worth what a whole one is, by the idf of the term
        that it stands for."""
        own = {name: run(name, wanted.run) for name in scored.fields}
        weight = scored.weight * wanted.weight * self.of_terms([scored.text])[scored.text]
        return self._constant(Part(number, way, wanted.run, ""), own, weight)

    def _constant(self, part: Part, by_field: Mapping[str, Query], weight: float) -> Query:
        """What is met or not: it counts as one occurrence in a field of mean length."""
        fields = []
        for name, found in by_field.items():
            if found != NOTHING:
                worth = FIELD_WEIGHT[name] / (K1 + FIELD_WEIGHT[name])
                own = {"filter": found, "boost": weight * worth}
                fields.append({"constant_score": self._named(replace(part, field=name), own)})
        return _best(fields, FIELD_TIE)

    def _worth(self, name: str, scored: ScoredTerm) -> float:
        """What the cluster's score of one occurrence is multiplied by."""
        k1, weight = SIDE_K1 if scored.side else K1, FIELD_WEIGHT[name]
        return weight / (k1 + weight) * (1 if self.legacy else 1 + k1)

    def _named(self, part: Part, query: Query) -> Query:
        if not self.named:
            return query
        self.parts.append(part)
        return {**query, "_name": str(len(self.parts) - 1)}


def order(sort: Sort) -> list[Query]:
    """What hits are sorted by: the better score, then the newer date (none comes last), the id."""
    by_id: Query = {"id": {"order": "asc"}}
    match sort:
        case "relevance":
            return [{"_score": {"order": "desc"}}, _by_date("desc"), by_id]
        case "newest":
            return [_by_date("desc"), by_id]
        case "oldest":
            return [_by_date("asc"), by_id]
        case "title":
            return [{"title_key": {"order": "asc"}}, by_id]


def behind(sort: Sort, after: After) -> list[Any]:
    """The sort values of the hit that a cursor stands behind."""
    match sort:
        case "relevance":
            return [after.score, _date_value("desc", after.date), after.id]
        case "newest":
            return [_date_value("desc", after.date), after.id]
        case "oldest":
            return [_date_value("asc", after.date), after.id]
        case "title":
            return [title_key(after.title), after.id]


def _whole_run(name: str, text: str) -> Query:
    return {"term": {name + RUN_SUFFIX: text}} if can_be_sent(text) else NOTHING


def _by_date(direction: str) -> Query:
    return {"date": {"order": direction, "missing": "_last"}}


def _date_value(direction: str, date: int | None) -> int:
    """As the cluster sorts dates: milliseconds."""
    return _NO_DATE[direction] if date is None else date * 1000


def _best(queries: Iterable[Query], tie: float) -> Query:
    some = [query for query in queries if query != NOTHING]
    if len(some) < 2:
        return some[0] if some else NOTHING
    return {"dis_max": {"queries": some, "tie_breaker": tie}}


def _by_recency(query: Query, newest: int) -> Query:
    recency = {
        "filter": {"exists": {"field": "date"}},
        "exp": {
            "date": {"origin": str(newest), "scale": f"{RECENCY_HALF_LIFE}s", "decay": 0.5},
        },
        "weight": RECENCY,
    }
    return {
        "function_score": {
            "query": query,
            "functions": [{"weight": 1}, recency],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    }
