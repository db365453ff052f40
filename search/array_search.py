"""A plan run over a snapshot's arrays: match, filter, count, rank, cut."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from index.fields import DATE_FACETS
from index.terms import is_plain
from search import plan as plans
from search.budget import SpentError, check
from search.columns import Order
from search.counting import CountedValues
from search.cutting import Cut
from search.docsets import DocSet, Numbers, held, intersection, of_numbers, union
from search.engine import Found, Page
from search.plan import STATUSES, Clause, Plan, Reading, Status
from search.ranking import Floats
from search.scoring import Scoring
from search.titles import TitleOrder

if TYPE_CHECKING:
    from search.snapshot import Snapshot

T = TypeVar("T")


class ArraySearch:
    """One plan on one snapshot."""

    def __init__(self, snapshot: "Snapshot", plan: Plan) -> None:
        self._snapshot = snapshot
        self._plan = plan
        self._columns = snapshot.columns
        self._state = snapshot.state(plan.visible_at)
        self._documents = snapshot.columns.documents
        self._whole = True
        # Units side by side, and both readings of a query, ask for the same runs.
        self._runs: dict[plans.RunContains, tuple[DocSet, bool]] = {}

    def page(self) -> Page:
        """The answer to the plan."""
        plan = self._plan
        matching = self._matching()
        filters = self._filters()
        found = intersection([matching, *filters.values()])
        total = found.count()
        # Needed to rank and to count them, so listed once.
        found = found.listed()
        facets = self._facets(matching, filters, found)
        hits = tuple(self._hits(found, total)) if plan.limit and total else ()
        statuses = self._statuses(matching, filters)
        return Page(total, hits, facets, not self._whole, statuses)

    def _matching(self) -> DocSet:
        plan = self._plan
        if not plan.readings and not plan.excluded:
            return DocSet(self._documents, mask=self._state.mask)
        # Asked for when it is decided how to match, and then for the page.
        found, whole = self._snapshot.cached(
            (plan.readings, plan.excluded, plan.visible_at), self._matched
        )
        self._whole &= whole
        return found

    def _matched(self) -> tuple[DocSet, bool]:
        """Where the budget ends, only documents are left out that match: what must be met, or not
        be met, and was not looked at leaves none."""
        found = DocSet(self._documents, mask=self._state.mask)
        try:
            if self._plan.readings:
                met = union(self._documents, self._known(self._reading, self._plan.readings))
                found = met if self._state.everything else found & met
            for clause in self._plan.excluded:
                found = found - self._whole_set(clause)
        except SpentError:
            return of_numbers(self._documents, np.empty(0, np.int64)), self._whole
        return found.listed(), self._whole

    def _known(self, make: Callable[[T], DocSet], parts: Iterable[T]) -> Iterator[DocSet]:
        """The documents of each of several parts, as far as the budget reaches."""
        for part in parts:
            try:
                yield make(part)
            except SpentError:
                return

    def _reading(self, reading: Reading) -> DocSet:
        sets = [self._set(clause) for clause in reading.required]
        if _whole(reading):
            sets += [self._set(unit.clause) for unit in reading.units]
        elif reading.units:
            sets.append(self._heavy_enough(reading))
        return intersection(sets)

    def _heavy_enough(self, reading: Reading) -> DocSet:
        """Documents that meet units of the threshold's weight together. Where the budget ends
        before all units were looked at, those that meet the same share of what was."""
        weights = np.zeros(self._documents, np.int32)
        seen = 0
        # The most telling first: with what is left out, few others would be heavy enough.
        units = sorted(reading.units, key=lambda unit: -unit.weight)
        for unit, found in zip(units, self._known(self._unit, units), strict=False):
            seen += unit.weight
            if found.mask is not None:
                # A product, because ``where`` pays for each branch it mispredicts.
                weights += found.mask * np.int32(unit.weight)
            else:
                weights[found.as_numbers()] += unit.weight
        asked = sum(unit.weight for unit in units)
        least = max(1, -(-reading.threshold * seen // asked))
        return DocSet(self._documents, mask=weights >= least)

    def _unit(self, unit: plans.WeightedUnit) -> DocSet:
        return self._set(unit.clause)

    def _whole_set(self, clause: Clause) -> DocSet:
        """The documents of a clause that must not be met. Raises SpentError where some of them
        are not known."""
        found = self._set(clause)
        check()
        return found

    def _set(self, clause: Clause) -> DocSet:
        check()
        if isinstance(clause, plans.TermIs):
            return self._snapshot.scorer.documents(clause.text, clause.fields)
        found, whole = self._snapshot.cached(clause, lambda: self._meet(clause))
        self._whole &= whole
        return found

    def _meet(self, clause: Clause) -> tuple[DocSet, bool]:
        check()
        snapshot, documents = self._snapshot, self._documents
        match clause:
            case plans.TermIs():
                return snapshot.scorer.documents(clause.text, clause.fields), True
            case plans.PhraseIs():
                return snapshot.phrase(clause), True
            case plans.RunContains():
                if clause not in self._runs:
                    self._runs[clause] = snapshot.run(clause.text, clause.fields)
                return self._runs[clause]
            case plans.PrefixIs():
                return snapshot.prefix(clause.text, clause.fields)
            case plans.FacetHas():
                table = self._columns.facets[clause.facet]
                return DocSet(documents, mask=table.having(frozenset((clause.key,)))), True
            case plans.DateWithin():
                return DocSet(documents, mask=self._columns.dated(clause.start, clause.end)), True
            case plans.AnyOf():
                return self._any_of(clause)
            case plans.AllOf():
                return self._all_of(clause)

    def _any_of(self, clause: plans.AnyOf) -> tuple[DocSet, bool]:
        whole = True
        runs: list[plans.RunContains] = []

        def met(part: Clause) -> DocSet:
            nonlocal whole
            run = part if isinstance(part, plans.RunContains) else None
            if run and any(_among(run, other) for other in runs):
                return of_numbers(self._documents, np.empty(0, np.int64))
            found, all_of_it = self._meet(part)
            if run and all_of_it:
                runs.append(run)
            whole &= all_of_it
            return found

        return union(self._documents, list(self._known(met, clause.clauses))), whole

    def _all_of(self, clause: plans.AllOf) -> tuple[DocSet, bool]:
        wanted = [self._meet(c) for c in clause.clauses]
        refused = [self._meet(c) for c in clause.excluded]
        if refused:
            # A part of what is refused is not enough.
            check()
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
        counts = np.bincount(found, minlength=len(STATUSES)).tolist()
        return dict(zip(STATUSES, counts, strict=True))

    def _facets(
        self, matching: DocSet, filters: Mapping[str, DocSet], found: DocSet
    ) -> dict[str, CountedValues]:
        """The counts of every facet, without the filters that are its own."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for facet in self._plan.counted:
            own = (facet, "date") if facet in DATE_FACETS else (facet,)
            groups.setdefault(tuple(n for n in filters if n not in own), []).append(facet)
        facets: dict[str, CountedValues] = {}
        for names, group in groups.items():
            if len(names) < len(filters):
                found_here = intersection([matching, *(filters[name] for name in names)])
            else:
                found_here = found
            facets |= self._state.counts(group, found_here, self._plan.filters.facets)
        return {facet: facets[facet] for facet in self._plan.counted}

    def _hits(self, found: DocSet, total: int) -> Iterator[Found]:
        plan, columns = self._plan, self._columns
        order, first = self._order()
        cut = Cut(order, first, plan.offset, plan.offset + plan.limit)
        if plan.sort == "relevance" and plan.scored:
            last = None if plan.after is None else plan.after.score
            ranked = cut.by_score(*self._leading(found, cut.end, last), last)
        else:
            ranked = [(number, 0.0) for number in cut.by_date(found, total)]
        numbers = [number for number, _ in ranked]
        ids, dates = columns.ids(numbers), columns.dates_of(numbers)
        lacking = self._lacking(numbers)
        for i, ((number, score), id_, date) in enumerate(zip(ranked, ids, dates, strict=True)):
            missing = tuple(unit for unit, lacks in enumerate(lacking) if lacks[i])
            status = None if plan.filters.status is None else STATUSES[self._status[number]]
            yield Found(id_, score, date, missing, status)

    def _lacking(self, numbers: Sequence[int]) -> list[list[bool]]:
        """Which of some documents do not meet each unit of the first reading, as far as the budget
        reaches; of no unit where all are asked for."""
        if not numbers or self._asks_for_all():
            return []
        own = np.array(numbers)
        return [(~held(own, met)).tolist() for met in self._known(self._unit, self._units())]

    def _order(self) -> tuple[Order | TitleOrder, int]:
        """The order of the plan, and the first rank in it behind the cursor."""
        columns, after = self._columns, self._plan.after
        if self._plan.sort == "title":
            titled = columns.titled
            return titled, titled.after(after.title, after.id) if after else 0
        oldest = self._plan.sort == "oldest"
        order = columns.oldest if oldest else columns.newest
        if after is None:
            return order, 0
        return order, order.after(columns.date_key(after.date, oldest=oldest), after.id)

    def _leading(self, found: DocSet, wanted: int, last: float | None) -> tuple[DocSet, Floats]:
        """Those found that may be on the page, with their scores."""
        scorer, state = self._snapshot.scorer, self._state
        scoring = Scoring(scorer, self._plan.scored, state.frequencies, state.recency)
        return scoring.leading(found, wanted, last)

    def missing(self, number: int) -> Iterator[int]:
        """Which units of the first reading a document does not meet."""
        for i, unit in enumerate(self._units()):
            if number not in self._set(unit.clause):
                yield i

    def _asks_for_all(self) -> bool:
        """Whether no document is found that lacks a unit."""
        readings = self._plan.readings
        return len(readings) == 1 and _whole(readings[0])

    def _units(self) -> Sequence[plans.WeightedUnit]:
        return self._plan.readings[0].units if self._plan.readings else ()


def _whole(reading: Reading) -> bool:
    """Whether a reading asks for all of its units."""
    return reading.threshold >= sum(unit.weight for unit in reading.units)


def _among(part: plans.RunContains, other: plans.RunContains) -> bool:
    """Whether every noun run that contains the text of one contains that of the other: 기자회견
    has 기자 in it."""
    return part.fields == other.fields and other.text in part.text and is_plain(other.text)
