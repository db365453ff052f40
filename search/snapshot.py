"""One generation as arrays: what a search needs of it, computed once and kept within bounds."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import orjson

from index.cache import ByteCache, CacheState
from index.fields import RUN_SUFFIX, TEXT_FIELDS
from index.merging import Living
from index.segment import NO_DATE, Segment
from search import plan as plans
from search.array_search import ArraySearch
from search.budget import FREQUENCIES, affordable, check, refusals
from search.columns import Columns
from search.counting import VisibleCounts
from search.docsets import DocSet, Mask, Numbers, PackedSet, union
from search.engine import Page, Statistics, Visibility
from search.explain import Explainer, Explanation
from search.frequencies import Counted, Frequencies
from search.global_postings import Expansion, GlobalPostings
from search.phrases import phrase
from search.plan import STATUSES, Plan, Status
from search.ranking import Floats, recency
from search.term_lists import TermLists
from search.term_scores import Scorer

_SET_BYTES = 16 << 20
_COUNTED_BYTES = 4 << 20
_STATES = 4


MakeSet = Callable[[], tuple[DocSet, bool]]


class Titled(NamedTuple):
    """What a document is called, and its date (seconds since 1970; None: none)."""

    id: str
    title: str
    subtitle: str
    date: int | None


class Snapshot:
    """See search.engine.Snapshot. Immutable but for its caches; safe to share among threads."""

    def __init__(
        self, segments: Sequence[Living], generation: int, stamp: str, published: float = 0.0
    ) -> None:
        self.generation = generation
        self.stamp = stamp
        self.published = published
        self.postings = GlobalPostings(segments)
        self.columns = Columns(segments)
        self.documents_left = int(np.count_nonzero(self.columns.living))
        self._segments = segments
        self.lists = TermLists(self.postings)
        self.scorer = Scorer(segments, self.lists, self.columns.typical)
        self._sets: ByteCache[object, tuple[PackedSet, bool]] = ByteCache(_SET_BYTES)
        self._counted: Counted = ByteCache(_COUNTED_BYTES)
        self._states: ByteCache[object, VisibleState] = ByteCache(_STATES)

    def search(self, plan: Plan) -> Page:
        """See search.engine.Snapshot.search."""
        return ArraySearch(self, plan).page()

    def statistics(self, terms: Iterable[str], visible_at: int | None) -> Statistics:
        """See search.engine.Snapshot.statistics."""
        frequencies = self.state(visible_at).frequencies
        found = {term: self._frequency(term, frequencies) for term in set(terms)}
        return Statistics(frequencies.documents, found)

    def frequencies(self, terms: Iterable[str], visible_at: int | None) -> dict[str, int]:
        """See search.engine.Snapshot.frequencies."""
        known = self.state(visible_at).frequencies
        return {term: known.of(term, TEXT_FIELDS) for term in terms}

    def _frequency(self, term: str, frequencies: Frequencies) -> int:
        if affordable(FREQUENCIES):
            return frequencies.of(term, TEXT_FIELDS)
        # Without a look at a single posting.
        return max(self.lists.term(name, term).frequency for name in TEXT_FIELDS)

    def vocabulary(
        self, field: str, text: str, mode: Literal["prefix", "contains"], limit: int
    ) -> Sequence[str]:
        """See search.engine.Snapshot.vocabulary."""
        if mode == "prefix":
            return self.postings.terms(field, text, limit)
        return self.postings.runs(field, text, limit)

    def word_counts(self, field: str, visible_at: int | None) -> Iterator[tuple[str, int]]:
        """Every term of an index field that a visible document has, with the number of those
        documents, in no order, piece by piece."""
        return self.postings.counted(field, self.state(visible_at).mask)

    def titles(self, visible_at: int | None) -> Iterator[Titled]:
        """The titles of all visible documents, one by one, in no order."""
        visible, dates = self.state(visible_at).mask, self.columns.dates
        for base, living in zip(self.postings.bases, self._segments, strict=False):
            for number in np.flatnonzero(visible[base : base + living.segment.documents]).tolist():
                named = orjson.loads(living.segment.records[number])
                date = int(dates[base + number])
                yield Titled(
                    named["id"],
                    named["title"],
                    named["subtitle"],
                    None if date == NO_DATE else date,
                )

    def documents(self, ids: Iterable[str], visible_at: int | None) -> dict[str, Mapping[str, Any]]:
        """See search.engine.Snapshot.documents."""
        visible = self.state(visible_at).mask
        found: dict[str, Mapping[str, Any]] = {}
        for document_id in ids:
            if (place := self._place(document_id, visible)) is not None:
                segment, _, number = place
                record = segment.record(number)
                record["spans"] = segment.spans[number]
                found[document_id] = record
        return found

    def explain(self, plan: Plan, ids: Iterable[str]) -> dict[str, Explanation]:
        """See search.engine.Snapshot.explain."""
        visible = self.state(plan.visible_at).mask
        explainer = Explainer(self, plan)
        places = {document_id: self._place(document_id, visible) for document_id in ids}
        return {key: explainer.explain(p[1] + p[2]) for key, p in places.items() if p is not None}

    def statuses(self, ids: Iterable[str], at: int) -> dict[str, Status]:
        """See search.engine.Snapshot.statuses."""
        living, statuses = self.state(None).mask, self.columns.statuses(at)
        places = {key: self._place(key, living) for key in ids}
        return {k: STATUSES[statuses[p[1] + p[2]]] for k, p in places.items() if p is not None}

    def visibility(self, now: int) -> Visibility:
        """See search.engine.Snapshot.visibility."""
        return self.columns.visibility(now)

    def caches(self) -> Mapping[str, CacheState]:
        """See search.engine.Snapshot.caches."""
        return {
            "sets": self._sets.state(),
            "frequencies": self._counted.state(),
            **self.scorer.caches(),
        }

    def _place(self, document_id: str, visible: Mask) -> tuple[Segment, int, int] | None:
        """The segment of a visible document, the number of its first, and the number in it."""
        for base, living in zip(self.postings.bases, self._segments, strict=False):
            number = living.segment.find(document_id)
            if number >= 0 and visible[base + number]:
                return living.segment, base, number
        return None

    # What a search needs of the index, each one step.

    def state(self, visible_at: int | None) -> "VisibleState":
        """What is visible at an instant, and what is counted of it."""
        return self._states.get(visible_at, lambda: (self._state(visible_at), 1))

    def _state(self, visible_at: int | None) -> "VisibleState":
        return VisibleState(self.columns, self.scorer, visible_at, self._counted)

    def run(self, text: str, fields: Sequence[str]) -> tuple[DocSet, bool]:
        """Documents with a noun run that contains ``text``, and whether that is all of them."""
        found = [self.postings.containing(name + RUN_SUFFIX, text) for name in fields]
        return self.postings.expanded(found), not any(e.cut for e in found)

    def prefix(self, text: str, fields: Sequence[str]) -> tuple[DocSet, bool]:
        """Documents with a term or noun run that begins with ``text``, and whether that is all."""
        names = [name + suffix for name in fields for suffix in ("", RUN_SUFFIX)]
        found = [self._beginning(name, text) for name in names]
        return self.postings.expanded(found), not any(e.cut for e in found)

    def _beginning(self, field: str, text: str) -> Expansion:
        check()
        return self.postings.beginning(field, text)

    def phrase(self, wanted: plans.PhraseIs) -> DocSet:
        """Documents with a phrase in one of its fields."""
        count = self.columns.documents
        return union(
            count,
            [phrase(self.lists, name, count, wanted.slots, wanted.slop) for name in wanted.fields],
        )

    def cached(self, key: Hashable, make: MakeSet) -> tuple[DocSet, bool]:
        """A set of documents, computed once."""
        made: list[DocSet] = []

        def packed() -> tuple[tuple[PackedSet, bool], int | None]:
            before = refusals()
            found, whole = make()
            made.append(found)
            kept = PackedSet.of(found)
            return (kept, whole), kept.nbytes + 200 if refusals() == before else None

        kept, whole = self._sets.get(key, packed)
        return (made[0] if made else kept.unpacked()), whole


class VisibleState:
    """What is visible at an instant, with what is counted over all of it."""

    def __init__(
        self, columns: Columns, scorer: Scorer, visible_at: int | None, counted: Counted
    ) -> None:
        self.mask: Mask = columns.visible(visible_at)
        self.everything = bool(self.mask.all())
        self.recency = _recency(columns.dates, self.mask)
        self.frequencies = Frequencies(scorer, self.mask, visible_at, counted)
        self.counts = VisibleCounts(columns.tally, self.mask).counts


def _recency(dates: Numbers, visible: Mask) -> Floats:
    """The recency of all documents; one for those without a date."""
    dated = dates != NO_DATE
    factors = np.ones(len(dates), np.float32)
    if (seen := dated & visible).any():
        factors[dated] = recency(dates[dated], int(dates[seen].max()))
    return factors
