"""Articles like an article: by its most telling terms, from what its index keeps of it."""

import math
from collections.abc import Iterator
from itertools import islice

from index import spans
from index.fields import FIELD_WEIGHT, TEXT_FIELDS
from index.lexicon.english import function_words
from search.engine import Found, Snapshot
from search.plan import Plan, Reading, ScoredTerm, TermIs, WeightedUnit
from search.ranking import K1, idf
from search.request import Record

# Of so many terms that stand there most, the document frequency is looked up; so many of those
# that tell most are asked for.
_LOOKED_UP = 24
_ASKED = 12
# What an article is about it says first: from here on a body is not looked at.
_BODY_TERMS = 400
# A share of the weight that a related article must meet: one common word is no relation.
_CUT = 0.25
_SHORTEST = 2
_WEIGHT_SCALE = 1000


def related(
    snapshot: Snapshot, article_id: str, visible_at: int | None, limit: int
) -> tuple[Found, ...] | None:
    """At most ``limit`` other articles that are visible, the most alike first; None where the
    article itself is not visible."""
    record = snapshot.documents([article_id], visible_at).get(article_id)
    if record is None:
        return None
    telling = _telling(record, snapshot, visible_at)
    if not telling:
        return ()
    units = tuple(
        WeightedUnit(TermIs(term), max(1, round(worth * _WEIGHT_SCALE)), term)
        for term, worth, _ in telling
    )
    reading = Reading((), units, math.ceil(sum(unit.weight for unit in units) * _CUT))
    scored = tuple(ScoredTerm(term, weight, TEXT_FIELDS) for term, _, weight in telling)
    plan = Plan((reading,), scored=scored, visible_at=visible_at, sort="relevance", limit=limit + 1)
    found = (hit for hit in snapshot.search(plan).found if hit.id != article_id)
    return tuple(islice(found, limit))


def _telling(
    record: Record, snapshot: Snapshot, visible_at: int | None
) -> list[tuple[str, float, float]]:
    """The terms that tell most about an article: (term, tf-idf, the part of tf)."""
    weighted: dict[str, float] = {}
    for field, term in _nouns(record):
        weighted[term] = weighted.get(term, 0.0) + FIELD_WEIGHT[field]
    most = sorted(weighted.items(), key=lambda pair: -pair[1])[:_LOOKED_UP]
    known = snapshot.statistics((term for term, _ in most), visible_at)
    rows = [
        (term, tf * idf(frequency, known.documents), tf)
        for term, weight in most
        # A term of one document leads nowhere.
        if (frequency := known.frequencies.get(term, 0)) > 1
        for tf in (weight / (K1 + weight),)
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:_ASKED]


def _nouns(record: Record) -> Iterator[tuple[str, str]]:
    """The nouns, names and Latin words among the terms of an article: (field, term), those of each
    field from its beginning."""
    found = spans.decode([record["spans"]])
    others = dict(zip(found.others_at.tolist(), found.others(), strict=True))
    starts, ends, in_run = found.starts.tolist(), found.ends.tolist(), found.in_run.tolist()
    begin = 0
    for field, count in zip(TEXT_FIELDS, found.counts, strict=True):
        lower = spans.lowered(record[field])
        for i in range(begin, begin + min(count, _BODY_TERMS)):
            term = others.get(i) or lower[starts[i] : ends[i]]
            if in_run[i] and _says_something(term):
                yield field, term
        begin += count


def _says_something(term: str) -> bool:
    return len(term) >= _SHORTEST and not term[0].isdigit() and term not in function_words()
