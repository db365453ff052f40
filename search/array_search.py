"""A plan run over a snapshot's arrays: match, filter, count, rank, cut."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from index.fields import DATE_FACETS
from search import plan as plans
from search.columns import Order
from search.counting import Counted, CountedValues, counted
from search.docsets import DocSet, Mask, Numbers, intersection, union
from search.engine import Found, Page
from search.plan import STATUSES, Clause, Plan, Reading, Status
from search.ranking import Floats, idf
from search.titles import TitleOrder

if TYPE_CHECKING:
    from search.snapshot import ScoredPostings, Snapshot


class ArraySearch:
    """One plan on one snapshot."""

    def __init__(self, snapshot: "Snapshot", plan: Plan) -> None:
        self._snapshot = snapshot
        self._plan = plan
        self._columns = snapshot.columns
        self._state = snapshot.state(plan.visible_at)
        self._documents = snapshot.columns.documents
        self._whole = True

    def page(self) -> Page:
        """The answer to the plan."""
        plan = self._plan
        matching = self._matching()
        filters = self._filters()
        found = intersection([matching, *filters.values()])
        numbers = found.as_numbers()
        whole = counted(found, self._state.mask) if plan.counted else None
        facets = {facet: self._counts(facet, matching, filters, whole) for facet in plan.counted}
        hits = tuple(self._hits(numbers)) if plan.limit and len(numbers) else ()
        statuses = self._statuses(matching, filters)
        return Page(len(numbers), hits, facets, not self._whole, statuses)

    def _matching(self) -> DocSet:
        found = DocSet(self._documents, mask=self._state.mask)
        if self._plan.readings:
            found = found & union(self._documents, map(self._reading, self._plan.readings))
        for clause in self._plan.excluded:
            found = found - self._set(clause)
        return found

    def _reading(self, reading: Reading) -> DocSet:
        sets = [self._set(clause) for clause in reading.required]
        if reading.units and reading.threshold >= sum(unit.weight for unit in reading.units):
            sets += [self._set(unit.clause) for unit in reading.units]
        elif reading.units:
            sets.append(self._heavy_enough(reading))
        return intersection(sets)

    def _heavy_enough(self, reading: Reading) -> DocSet:
        """Documents that meet units of the threshold's weight together."""
        weights = np.zeros(self._documents, np.int64)
        for unit in reading.units:
            found = self._set(unit.clause)
            if found.mask is not None:
                weights += found.mask * unit.weight
            else:
                weights[found.as_numbers()] += unit.weight
        return DocSet(self._documents, mask=weights >= reading.threshold)

    def _set(self, clause: Clause) -> DocSet:
        found, whole = self._snapshot.cached(clause, self._meet)
        self._whole &= whole
        return found

    def _meet(self, clause: Clause) -> tuple[DocSet, bool]:
        snapshot, documents = self._snapshot, self._documents
        match clause:
            case plans.TermIs():
                return snapshot.term(clause.text, clause.fields), True
            case plans.PhraseIs():
                return snapshot.phrase(clause), True
            case plans.RunContains():
                return snapshot.run(clause.text, clause.fields)
            case plans.PrefixIs():
                return snapshot.prefix(clause.text, clause.fields)
            case plans.FacetHas():
                table = self._columns.facets[clause.facet]
                return DocSet(documents, mask=table.having(frozenset((clause.key,)))), True
            case plans.DateWithin():
                return DocSet(documents, mask=self._columns.dated(clause.start, clause.end)), True
            case plans.AnyOf():
                found = [self._meet(c) for c in clause.clauses]
                return union(documents, [s for s, _ in found]), all(whole for _, whole in found)
            case plans.AllOf():
                return self._all_of(clause)

    def _all_of(self, clause: plans.AllOf) -> tuple[DocSet, bool]:
        wanted = [self._meet(c) for c in clause.clauses]
        refused = [self._meet(c) for c in clause.excluded]
        everything = DocSet(self._documents, mask=self._columns.living)
        found = intersection([s for s, _ in wanted] or [everything])
        for other, _ in refused:
            found = found - other
        return found, all(whole for _, whole in (*wanted, *refused))

    def _filters(self) -> dict[str, DocSet]:
        """The documents that pass each filter, by the facet (or ``date``) that it narrows."""
        filters = self._plan.filters
        found = {
            facet: DocSet(self._documents, mask=self._columns.facets[facet].having(keys))
            for facet, keys in filters.facets.items()
            if keys
        }
        if filters.dates is not None:
            dates = filters.dates
            mask = self._columns.dated(dates.start, dates.end)
            found["date"] = DocSet(self._documents, mask=mask)
        if filters.status is not None and filters.status.chosen:
            wanted = [STATUSES.index(name) for name in filters.status.chosen]
            found["status"] = DocSet(self._documents, mask=np.isin(self._status, wanted))
        return found

    @cached_property
    def _status(self) -> Numbers:
        assert self._plan.filters.status is not None
        return self._columns.statuses(self._plan.filters.status.at)

    def _statuses(self, matching: DocSet, filters: Mapping[str, DocSet]) -> dict[Status, int]:
        if self._plan.filters.status is None:
            return {}
        others = [s for name, s in filters.items() if name != "status"]
        found = self._status[intersection([matching, *others]).as_numbers()]
        return dict(
            zip(STATUSES, np.bincount(found, minlength=len(STATUSES)).tolist(), strict=True)
        )

    def _counts(
        self, facet: str, matching: DocSet, filters: Mapping[str, DocSet], whole: Counted | None
    ) -> CountedValues:
        own = (facet, "date") if facet in DATE_FACETS else (facet,)
        others = [s for name, s in filters.items() if name not in own]
        if len(others) < len(filters) or whole is None:
            found = intersection([matching, *others])
            whole = counted(found, self._state.mask)
        visible = self._state.counts(facet)
        chosen = self._plan.filters.facets.get(facet, frozenset())
        return CountedValues(
            self._columns.facets[facet], visible.shown, visible.counts(whole), chosen
        )

    def _hits(self, numbers: Numbers) -> Iterator[Found]:
        scores = self._scores(numbers) if self._plan.sort == "relevance" else None
        for place in self._best(numbers, scores).tolist():
            number = int(numbers[place])
            yield Found(
                self._columns.id(number),
                0.0 if scores is None else float(scores[place]),
                self._columns.date(number),
                tuple(self._missing(number)),
                None if self._plan.filters.status is None else STATUSES[self._status[number]],
            )

    def _best(self, numbers: Numbers, scores: Floats | None) -> Numbers:
        """The places in ``numbers`` of the hits of the page, in order."""
        plan = self._plan
        ranks = self._order().rank[numbers]
        left = np.arange(len(numbers))
        if plan.after is not None:
            left = left[self._behind(plan.after, scores, ranks)]
        wanted = plan.offset + plan.limit
        if scores is not None:
            left = _leading(left, -scores[left], wanted)
            left = left[np.lexsort((ranks[left], -scores[left]))]
        else:
            left = _leading(left, ranks[left], wanted)
            left = left[np.argsort(ranks[left])]
        return left[plan.offset : wanted]

    def _order(self) -> Order | TitleOrder:
        match self._plan.sort:
            case "oldest":
                return self._columns.oldest
            case "title":
                return self._columns.titled
            case _:
                return self._columns.newest

    def _behind(self, after: plans.After, scores: Floats | None, ranks: Numbers) -> Mask:
        columns, order = self._columns, self._order()
        if isinstance(order, TitleOrder):
            first = order.after(after.title, after.id)
        else:
            key = columns.date_key(after.date, oldest=self._plan.sort == "oldest")
            first = order.after(key, after.id)
        behind: Mask = ranks >= first
        if scores is None:
            return behind
        last = np.float32(after.score)
        behind &= scores == last
        return behind | (scores < last)

    def _scores(self, numbers: Numbers) -> Floats:
        """The sum of the scored terms' BM25F times the recency, for each of ``numbers``."""
        snapshot = self._snapshot
        scores = np.zeros(len(numbers), np.float32)
        sparse: Floats | None = None
        for scored in self._plan.scored:
            if scored.substitutes:
                scores += self._best_of(scored, numbers)
                continue
            found = snapshot.scored(scored.text, scored.fields, side=scored.side, run=scored.run)
            if not found.frequency:
                continue
            weight = np.float32(scored.weight * idf(found.frequency, snapshot.documents_left))
            if found.documents is None:
                scores += found.values[numbers] * weight
                continue
            if sparse is None:
                sparse = np.zeros(self._documents, np.float32)
            sparse[found.documents] += found.values * weight
        if sparse is not None:
            scores += sparse[numbers]
        return scores * self._state.recency[numbers]

    def _best_of(self, scored: plans.ScoredTerm, numbers: Numbers) -> Floats:
        """The score of a term or of what stands for it, whichever is more."""
        own = plans.Substitute((scored.text,), 1.0)
        best = np.zeros(len(numbers), np.float32)
        most = 0
        for substitute in (own, *scored.substitutes):
            found = [
                self._snapshot.scored(term, scored.fields, side=scored.side)
                for term in substitute.terms
            ]
            if not all(f.frequency for f in found):
                continue
            most = max(most, min(f.frequency for f in found))
            # Of several terms the rarest in the document bounds how often they stand together.
            least = np.minimum.reduce([self._values(f, numbers) for f in found])
            best = np.maximum(best, least * np.float32(substitute.weight))
        weight = scored.weight * idf(most, self._snapshot.documents_left)
        return best * np.float32(weight)

    def _values(self, found: "ScoredPostings", numbers: Numbers) -> Floats:
        """The value of a term in each of some documents."""
        if found.documents is None:
            values: Floats = found.values[numbers]
            return values
        every = np.zeros(self._documents, np.float32)
        every[found.documents] = found.values
        return every[numbers]

    def _missing(self, number: int) -> Iterator[int]:
        units: Sequence[plans.WeightedUnit] = ()
        if self._plan.readings:
            units = self._plan.readings[0].units
        for i, unit in enumerate(units):
            if number not in self._set(unit.clause):
                yield i


def _leading(left: Numbers, keys: Numbers | Floats, wanted: int) -> Numbers:
    """Those of ``left`` with the ``wanted`` smallest keys, and all that tie with the last."""
    if len(left) <= wanted:
        return left
    bound = np.partition(keys, wanted - 1)[wanted - 1]
    leading: Numbers = left[keys <= bound]
    return leading
