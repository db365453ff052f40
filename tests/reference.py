"""What a plan means, in loops over documents: the measure of what goes beyond Whoosh.

Nothing of the index is read: documents as they were given to the writer, the latest of each id.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from index.document import Document, FieldTerms
from index.fields import FIELD_WEIGHT, facet_key
from index.terms import run_contains
from search import plan as plans
from search.plan import Clause, Plan, Reading, ScoredTerm
from search.ranking import (
    K1,
    LEAD,
    LEAD_SPAN,
    RECENCY,
    RECENCY_HALF_LIFE,
    SIDE_K1,
    B,
)


def ranked(documents: Collection[Document], plan: Plan) -> list[tuple[Document, float]]:
    """All documents of a plan with their scores: the better score first, then the newer date
    (none comes last), then the id."""
    found = [document for document in documents if is_found(document, plan)]
    if not found:
        return []
    scores = [0.0] * len(found)
    for scored in plan.scored:
        for i, value in enumerate(best_scores(documents, scored, found, plan.visible_at)):
            scores[i] += value
    dates = [d.date for d in _visible(documents, plan.visible_at) if d.date is not None]
    scores = [
        score * _recency(document, max(dates, default=0))
        for document, score in zip(found, scores, strict=True)
    ]
    return sorted(
        zip(found, scores, strict=True),
        key=lambda row: (-row[1], row[0].date is None, -(row[0].date or 0), row[0].id),
    )


def best_scores(
    documents: Collection[Document],
    scored: ScoredTerm,
    wanted: Sequence[Document],
    visible_at: int | None,
) -> Iterator[float]:
    """The score of a term or of its best substitute in each of ``wanted``, by the idf of the
    commonest among what is visible; of a substitute of several terms the least counts."""
    ways = [(1.0, [replace(scored, substitutes=())])]
    for substitute in scored.substitutes:
        terms = [replace(scored, text=text, substitutes=()) for text in substitute.terms]
        if substitute.run:
            terms = [Within(substitute.run, scored.fields)]
        ways.append((substitute.weight, terms))
    seen = _visible(documents, visible_at)
    most = max(min(_holding(seen, term) for term in terms) for _, terms in ways)
    idf = math.log(1 + (len(seen) - most + 0.5) / (most + 0.5))
    for document in wanted:
        values = [
            weight * min(_saturated(documents, term, document) for term in terms)
            for weight, terms in ways
        ]
        yield scored.weight * idf * max(values)


@dataclass(frozen=True)
class Within:
    """A noun run that contains ``text``, scored as one that is it."""

    text: str
    fields: tuple[str, ...]
    side: bool = False
    run: bool = True


Scored = ScoredTerm | Within


def _holding(documents: Collection[Document], scored: Scored) -> int:
    return sum(any(_counts(d, f, scored) for f in scored.fields) for d in documents)


def _saturated(documents: Collection[Document], scored: Scored, document: Document) -> float:
    """BM25F of a term in a document but for weight and idf: frequencies weighted and added over
    the fields, then saturated. A morpheme counts more at the head of a text; a noun run counts
    its fields."""
    weighted = 0.0
    for field in scored.fields:
        if _counts(document, field, scored):
            typical = [d for d in documents if not d.withheld] or documents
            total = sum(_length(d, field, scored) for d in typical)
            weighted += _weighted(document, field, scored, total / len(typical))
    return weighted / ((SIDE_K1 if scored.side else K1) + weighted)


def _weighted(document: Document, field: str, scored: Scored, average: float) -> float:
    if scored.run:
        return FIELD_WEIGHT[field]
    length = _length(document, field, scored) / (average or 1.0)
    norm = 1 - B[field] + B[field] * length
    weighted = FIELD_WEIGHT[field] * _counts(document, field, scored) / norm
    if not scored.side and field in LEAD:
        first = min(positions(document.text[field], scored.text))
        weighted += LEAD[field] * math.exp(-first / LEAD_SPAN)
    return weighted


def is_visible(document: Document, at: int | None) -> bool:
    """Whether the public sees a document at an instant; editors (None) see all."""
    public = not document.withheld and document.visible_from <= (at or 0) < document.visible_to
    return at is None or public


def _visible(documents: Collection[Document], at: int | None) -> list[Document]:
    return [document for document in documents if is_visible(document, at)]


def _recency(document: Document, newest: int) -> float:
    if document.date is None:
        return 1.0
    age = max(newest - document.date, 0)
    return 1 + RECENCY * 2 ** (-age / RECENCY_HALF_LIFE)


def is_found(document: Document, plan: Plan) -> bool:
    """Whether a document is visible and found."""
    filters = plan.filters
    return (
        is_visible(document, plan.visible_at)
        and (not plan.readings or any(meets_reading(document, r) for r in plan.readings))
        and not any(meets(document, clause) for clause in plan.excluded)
        and (filters.dates is None or meets(document, filters.dates))
        and all(
            any(meets(document, plans.FacetHas(facet, key)) for key in keys)
            for facet, keys in filters.facets.items()
            if keys
        )
    )


def meets_reading(document: Document, reading: Reading) -> bool:
    """Whether a document meets all that is required, and units of the threshold's weight."""
    weight = sum(unit.weight for unit in reading.units if meets(document, unit.clause))
    return all(meets(document, clause) for clause in reading.required) and (
        not reading.units or weight >= reading.threshold
    )


def meets(document: Document, clause: Clause) -> bool:
    """Whether a document meets a clause."""
    match clause:
        case plans.TermIs():
            return any(clause.text in document.text[f].terms for f in clause.fields)
        case plans.PhraseIs():
            return any(_has_phrase(document.text[f], clause) for f in clause.fields)
        case plans.RunContains():
            runs = [run for f in clause.fields for run in document.text[f].runs]
            return any(run_contains(run, clause.text) for run in runs)
        case plans.PrefixIs():
            texts = [t for f in clause.fields for t in _vocabulary(document.text[f])]
            return any(text.startswith(clause.text) for text in texts)
        case plans.FacetHas():
            return clause.key in map(facet_key, document.facets[clause.facet])
        case plans.DateWithin():
            return document.date is not None and (
                (clause.start is None or clause.start <= document.date)
                and (clause.end is None or document.date < clause.end)
            )
        case plans.AnyOf():
            return any(meets(document, c) for c in clause.clauses)
        case plans.AllOf():
            return all(meets(document, c) for c in clause.clauses) and not any(
                meets(document, c) for c in clause.excluded
            )


def positions(text: FieldTerms, term: str) -> list[int]:
    """Where a term stands in a field."""
    begin = 0
    for own, frequency in zip(text.terms, text.frequencies, strict=True):
        if own == term:
            return list(text.positions[begin : begin + frequency])
        begin += frequency
    return []


def _has_phrase(text: FieldTerms, phrase: plans.PhraseIs) -> bool:
    places: set[int] | None = None
    before = 0
    for distance, alternatives in phrase.slots:
        own = {p for term in alternatives for p in positions(text, term)}
        if places is not None:
            least = distance - before
            own = {p for p in own if any(0 <= p - q - least <= phrase.slop for q in places)}
        places, before = own, distance
    return bool(places)


def _vocabulary(text: FieldTerms) -> tuple[str, ...]:
    return text.terms + text.runs


def _counts(document: Document, field: str, scored: Scored) -> int:
    text = document.text[field]
    terms, frequencies = text.terms, text.frequencies
    if scored.side:
        terms, frequencies = text.side, text.side_frequencies
    if isinstance(scored, Within):
        return int(any(run_contains(run, scored.text) for run in text.runs))
    if scored.run:
        return int(scored.text in text.runs)
    return dict(zip(terms, frequencies, strict=True)).get(scored.text, 0)


def _length(document: Document, field: str, scored: Scored) -> int:
    text = document.text[field]
    return text.side_length if scored.side else text.length
