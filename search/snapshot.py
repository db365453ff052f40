"""One generation as arrays: what a search needs of it, computed once and kept within bounds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import orjson

from index.fields import RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.merging import Living
from index.segment import NO_DATE
from search import plan as plans
from search.array_search import ArraySearch
from search.cache import ByteCache, CacheState
from search.columns import Columns
from search.counting import VisibleCounts
from search.docsets import DocSet, Mask, Numbers, of_lists, of_numbers
from search.engine import Page, Statistics, Visibility
from search.global_postings import GlobalPostings
from search.phrases import phrase
from search.plan import STATUSES, Plan, Status
from search.ranking import (
    FIELD_WEIGHT,
    K1,
    LEAD,
    SIDE_K1,
    Floats,
    field_norms,
    lead,
    recency,
    saturated,
)

_SET_BYTES = 48 << 20
_TERM_BYTES = 96 << 20
# A term in more than this share of all documents is kept as one value for each document.
_DENSE = 1 / 16
_STATES = 4


MakeSet = Callable[[plans.Clause], tuple[DocSet, bool]]


@dataclass(frozen=True, slots=True)
class ScoredPostings:
    """A term in some fields: its saturated, weighted frequency in each document.

    ``documents`` is None where ``values`` has one value for every document there is;
    ``frequency`` counts documents that are left.
    """

    documents: Numbers | None
    values: Floats
    frequency: int


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
        self._all_living = self.documents_left == self.columns.documents
        self._segments = segments
        self._norms = self._field_norms()
        self._sets: ByteCache[object, tuple[DocSet, bool]] = ByteCache(_SET_BYTES)
        self._terms: ByteCache[object, ScoredPostings] = ByteCache(_TERM_BYTES)
        self._states: ByteCache[object, VisibleState] = ByteCache(_STATES)

    def search(self, plan: Plan) -> Page:
        """See search.engine.Snapshot.search."""
        return ArraySearch(self, plan).page()

    def statistics(self, terms: Iterable[str]) -> Statistics:
        """See search.engine.Snapshot.statistics."""
        found = {t: self.scored(t, TEXT_FIELDS, side=False).frequency for t in set(terms)}
        return Statistics(self.documents_left, found)

    def vocabulary(
        self, field: str, text: str, mode: Literal["prefix", "contains"], limit: int
    ) -> Sequence[str]:
        """See search.engine.Snapshot.vocabulary."""
        if mode == "prefix":
            return self.postings.terms(field, text, limit)
        return self.postings.runs(field, text, limit)

    def word_counts(self, field: str, visible_at: int | None) -> Iterator[tuple[str, int]]:
        """See search.engine.Snapshot.word_counts."""
        return self.postings.counted(field, self.state(visible_at).mask)

    def records(self, visible_at: int | None) -> Iterator[Mapping[str, Any]]:
        """See search.engine.Snapshot.records."""
        visible = self.state(visible_at).mask
        for base, living in zip(self.postings.bases, self._segments, strict=False):
            for number in np.flatnonzero(visible[base : base + living.segment.documents]).tolist():
                yield orjson.loads(living.segment.records[number])

    def documents(self, ids: Iterable[str], visible_at: int | None) -> dict[str, Mapping[str, Any]]:
        """See search.engine.Snapshot.documents."""
        found: dict[str, Mapping[str, Any]] = {}
        for document_id, base, living, number in self._places(ids, visible_at):
            record = orjson.loads(living.segment.records[number - base])
            found[document_id] = {**record, "spans": living.segment.spans[number - base]}
        return found

    def statuses(self, ids: Iterable[str], at: int) -> dict[str, Status]:
        """See search.engine.Snapshot.statuses."""
        statuses = self.columns.statuses(at)
        return {key: STATUSES[statuses[number]] for key, _, _, number in self._places(ids, None)}

    def _places(
        self, ids: Iterable[str], visible_at: int | None
    ) -> Iterator[tuple[str, int, Living, int]]:
        """Id, the first number of the segment, the segment and the number of visible documents."""
        visible = self.state(visible_at).mask
        for document_id in ids:
            for base, living in zip(self.postings.bases, self._segments, strict=False):
                number = living.segment.find(document_id)
                if number >= 0 and visible[base + number]:
                    yield document_id, base, living, base + number

    def visibility(self, now: int) -> Visibility:
        """See search.engine.Snapshot.visibility."""
        return self.columns.visibility(now)

    def caches(self) -> Mapping[str, CacheState]:
        """See search.engine.Snapshot.caches."""
        return {"sets": self._sets.state(), "terms": self._terms.state()}

    # What a search needs of the index, each one step.

    def state(self, visible_at: int | None) -> "VisibleState":
        """What is visible at an instant, and what is counted of it."""
        return self._states.get(visible_at, lambda: (VisibleState(self.columns, visible_at), 1))

    def term(self, text: str, fields: Sequence[str]) -> DocSet:
        """Documents with a morpheme term in one of the fields."""
        found = self.scored(text, fields, side=False)
        if found.documents is None:
            return DocSet(len(found.values), mask=found.values > 0)
        return of_numbers(self.columns.documents, found.documents)

    def run(self, text: str, fields: Sequence[str]) -> tuple[DocSet, bool]:
        """Documents with a noun run that contains ``text``, and whether that is all of them."""
        found = [self.postings.containing(name + RUN_SUFFIX, text) for name in fields]
        lists = [numbers for expansion in found for numbers in expansion.lists]
        return of_lists(self.columns.documents, lists), not any(e.cut for e in found)

    def prefix(self, text: str, fields: Sequence[str]) -> tuple[DocSet, bool]:
        """Documents with a term or noun run that begins with ``text``, and whether that is all."""
        names = [name + suffix for name in fields for suffix in ("", RUN_SUFFIX)]
        found = [self.postings.beginning(name, text) for name in names]
        lists = [numbers for expansion in found for numbers in expansion.lists]
        return of_lists(self.columns.documents, lists), not any(e.cut for e in found)

    def phrase(self, wanted: plans.PhraseIs) -> DocSet:
        """Documents with a phrase in one of its fields."""
        lists = [
            base + phrase(field, wanted.slots, wanted.slop)
            for name in wanted.fields
            for base, field in self.postings.fields(name)
        ]
        return of_lists(self.columns.documents, lists)

    def cached(self, clause: plans.Clause, make: MakeSet) -> tuple[DocSet, bool]:
        """The documents of a clause, computed once."""

        def sized() -> tuple[tuple[DocSet, bool], int]:
            found, whole = make(clause)
            return (found, whole), found.nbytes + 200

        return self._sets.get(clause, sized)

    def scored(
        self, text: str, fields: Sequence[str], *, side: bool, run: bool = False
    ) -> ScoredPostings:
        """The scored postings of a term over some fields."""
        suffix = SIDE_SUFFIX if side else RUN_SUFFIX if run else ""
        key = (text, suffix, tuple(fields))
        return self._terms.get(key, lambda: self._scored(text, fields, suffix))

    def norm(self, field: str, number: int, *, side: bool) -> float:
        """What one occurrence in a field of a document is worth."""
        return float(self._norms[field + SIDE_SUFFIX if side else field][number])

    def _scored(self, text: str, fields: Sequence[str], suffix: str) -> tuple[ScoredPostings, int]:
        parts = [self._weighted(text, field, suffix) for field in fields]
        parts = [part for part in parts if len(part[0])]
        k1 = SIDE_K1 if suffix == SIDE_SUFFIX else K1
        total = sum(len(documents) for documents, _ in parts)
        if total > self.columns.documents * _DENSE:
            return self._scored_densely(parts, k1)
        if len(parts) == 1:
            documents, weighted = parts[0]
        else:
            every = [d for d, _ in parts] or [np.empty(0, np.int64)]
            documents, place = np.unique(np.concatenate(every), return_inverse=True)
            weighted = np.zeros(len(documents), np.float32)
            begin = 0
            for own, values in parts:
                weighted[place[begin : begin + len(own)]] += values
                begin += len(own)
        found = ScoredPostings(documents, saturated(weighted, k1), self._left(documents))
        return found, documents.nbytes + weighted.nbytes + 200

    def _weighted(self, text: str, field: str, suffix: str) -> tuple[Numbers, Floats]:
        """The documents of a term in one field, and its weighted frequency in each."""
        name = field + suffix
        if suffix == RUN_SUFFIX:
            documents = self.postings.term(name, text)
            return documents, np.full(len(documents), FIELD_WEIGHT[field], np.float32)
        documents, frequencies = self.postings.frequencies(name, text)
        weighted = frequencies.astype(np.float32) * self._norms[name][documents]
        if not suffix and field in LEAD and len(documents):
            weighted += lead(self.postings.firsts(name, text), field)
        return documents, weighted

    def _scored_densely(
        self, parts: Sequence[tuple[Numbers, Floats]], k1: float
    ) -> tuple[ScoredPostings, int]:
        weighted = np.zeros(self.columns.documents, np.float32)
        for documents, values in parts:
            weighted[documents] += values
        values = saturated(weighted, k1)
        if self._all_living:
            frequency = int(np.count_nonzero(values))
        else:
            frequency = int(np.count_nonzero(values[self.columns.living]))
        return ScoredPostings(None, values, frequency), values.nbytes + 200

    def _left(self, documents: Numbers) -> int:
        if self._all_living:
            return len(documents)
        return int(np.count_nonzero(self.columns.living[documents]))

    def _field_norms(self) -> dict[str, Floats]:
        norms = {}
        for name in TEXT_FIELDS:
            for full in (name, name + SIDE_SUFFIX):
                parts = [living.segment.lengths(full) for living in self._segments]
                lengths = np.concatenate([np.empty(0, np.uint32), *parts])
                living: npt.NDArray[np.uint32] = lengths[self.columns.living]
                average = float(living.mean(dtype=np.float64)) if len(living) else 0.0
                norms[full] = field_norms(lengths, average, name)
        return norms


class VisibleState:
    """What is visible at an instant, with the facet counts over all of it."""

    def __init__(self, columns: Columns, visible_at: int | None) -> None:
        self.mask: Mask = columns.visible(visible_at)
        self.recency = _recency(columns.dates, self.mask)
        self._columns = columns
        self._counts: dict[str, VisibleCounts] = {}

    def counts(self, facet: str) -> VisibleCounts:
        """The counts of a facet."""
        found = self._counts.get(facet)
        if found is None:
            found = VisibleCounts(self._columns.facets[facet], self.mask)
            self._counts[facet] = found
        return found


def _recency(dates: Numbers, visible: Mask) -> Floats:
    """The recency of all documents; one for those without a date."""
    dated = dates != NO_DATE
    factors = np.ones(len(dates), np.float32)
    if (seen := dated & visible).any():
        factors[dated] = recency(dates[dated], int(dates[seen].max()))
    return factors
