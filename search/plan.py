"""A plan: what an engine is asked for, in terms and numbers, without a query string."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from index.fields import TEXT_FIELDS

Sort = Literal["relevance", "newest", "oldest", "title"]
# Of a document at an instant: never public (draft, hidden), not yet, no more, or public.
Status = Literal["public", "draft", "scheduled", "expired", "hidden"]
STATUSES: tuple[Status, ...] = ("public", "draft", "scheduled", "expired", "hidden")


@dataclass(frozen=True, slots=True)
class TermIs:
    """A term of the morpheme field, in any of ``fields``."""

    text: str
    fields: tuple[str, ...] = TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class PhraseIs:
    """Terms at fixed distances in one of ``fields``: (distance from the first, alternatives).

    With ``slop`` each may stand up to so much further behind the one before. Where it is marked,
    it is as a whole, or each term by itself if ``apart``.
    """

    slots: tuple[tuple[int, tuple[str, ...]], ...]
    fields: tuple[str, ...] = TEXT_FIELDS
    slop: int = 0
    apart: bool = False


@dataclass(frozen=True, slots=True)
class RunContains:
    """A noun run that contains ``text`` (see ``index.terms.run_contains``)."""

    text: str
    fields: tuple[str, ...] = TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class PrefixIs:
    """A term or noun run that begins with ``text``."""

    text: str
    fields: tuple[str, ...] = TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class FacetHas:
    """A facet with this value, compared by its key."""

    facet: str
    key: str


@dataclass(frozen=True, slots=True)
class DateWithin:
    """A date in [start, end), seconds since 1970; None is open."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the clauses."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of ``clauses`` and none of ``excluded``; empty ``clauses`` are always met."""

    clauses: tuple["Clause", ...]
    excluded: tuple["Clause", ...] = ()


Clause = TermIs | PhraseIs | RunContains | PrefixIs | FacetHas | DateWithin | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class WeightedUnit:
    """A unit of free text with its weight: the rarer, the heavier. ``text`` as it was typed."""

    clause: Clause
    weight: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a query: everything required, and units of at least ``threshold``
    weight together. The weights are integers, so that every engine finds the same set."""

    required: tuple[Clause, ...]
    units: tuple[WeightedUnit, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Substitute:
    """What may stand for a term in the score, worth ``weight`` of it: all of ``terms``, or a noun
    run that contains ``run``; one of the two is empty."""

    terms: tuple[str, ...]
    weight: float
    run: str = ""


@dataclass(frozen=True, slots=True)
class ScoredTerm:
    """What adds to the score: BM25 in ``fields``, times ``weight``. It is a morpheme, a bigram of
    the ``side`` fields or a whole noun ``run``.

    A document with ``substitutes`` of it has the best of them, never the sum, by the idf of the
    commonest: 한국은행 (한은) is not worth twice what 한국은행 is.
    """

    text: str
    weight: float
    fields: tuple[str, ...]
    side: bool = False
    run: bool = False
    substitutes: tuple[Substitute, ...] = ()


@dataclass(frozen=True, slots=True)
class After:
    """Where a cursor stands: the sort keys and the id of the last hit seen; its ``title`` where
    that is the sort key."""

    score: float
    date: int | None
    id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class StatusIs:
    """The status at an instant: one of ``chosen``, any where that is empty. Found documents
    carry theirs, and all are counted."""

    at: int
    chosen: frozenset[Status] = frozenset()


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the hits: facet keys (any of one facet, all facets), a range of dates.

    A facet's counts ignore that facet's own filter, year and month ignore the dates, those of
    the status the status.
    """

    facets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dates: DateWithin | None = None
    status: StatusIs | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A search. A document is found when one of ``readings`` is met (no reading: always), none of
    ``excluded``, the filters hold and it is visible at ``visible_at`` (None: editors see all).

    ``offset`` and ``limit`` cut the sorted hits; ``after`` begins behind a cursor instead.
    """

    readings: tuple[Reading, ...]
    excluded: tuple[Clause, ...] = ()
    scored: tuple[ScoredTerm, ...] = ()
    marked: tuple[Clause, ...] = ()
    filters: Filters = Filters()
    visible_at: int | None = None
    sort: Sort = "newest"
    offset: int = 0
    limit: int = 10
    after: After | None = None
    counted: tuple[str, ...] = ()
