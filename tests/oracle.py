"""The engine seam on Whoosh's own searcher: plain and slow, the measure of what is right."""

import bisect
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from index import whoosh_api
from index.fields import (
    FACETS,
    FIELD_WEIGHT,
    NEVER,
    RUN_SUFFIX,
    SIDE_SUFFIX,
    TEXT_FIELDS,
    facet_key,
)
from index.generation import Generation
from index.segment import NO_DATE
from index.terms import run_contains
from index.whoosh_codec import open_index
from search import global_postings
from search import plan as plans
from search.engine import FacetCount, FacetCounts, Found, Page, Statistics, Visibility
from search.plan import Clause, Plan, Reading
from search.ranking import K1, B

Documents = frozenset[int]
Positions = dict[int, frozenset[int]]
Mode = Literal["prefix", "contains"]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The per-document values of a generation, by document number."""

    ids: dict[int, str]
    dates: dict[int, int | None]
    facets: dict[str, dict[int, list[str]]]
    visible_from: dict[int, int]
    visible_to: dict[int, int]
    withheld: Documents


@dataclass(frozen=True, slots=True)
class CountedRows:
    """See FacetCounts; ``all_rows`` has those with a count of nothing too."""

    found: tuple[FacetCount, ...]
    all_rows: Mapping[str, FacetCount]

    def __len__(self) -> int:
        return len(self.found)

    def rows(self, first: int, last: int) -> Sequence[FacetCount]:
        """See FacetCounts."""
        return self.found[first:last]

    def of(self, key: str) -> FacetCount | None:
        """See FacetCounts."""
        return self.all_rows.get(key)


class WhooshSnapshot:
    """See search.engine.Snapshot; for one thread, because a Whoosh searcher is."""

    def __init__(self, generation: Generation) -> None:
        index = open_index(generation.folder, generation.number)
        self.searcher: Any = index.searcher(weighting=whoosh_api.BM25F(K1=K1, **_field_b()))
        self._reader: Any = self.searcher.reader()
        self._all: Documents = frozenset(self._reader.all_doc_ids())
        self.columns = _read_columns(self._reader, self._all)
        self._numbers = {key: number for number, key in self.columns.ids.items()}
        self._instants = _instants(self.columns, self._all)
        self.generation = generation.number
        self.stamp = generation.stamp

    def search(self, plan: Plan) -> Page:
        """See Snapshot.search."""
        return _Search(self, plan).page()

    def statistics(self, terms: Iterable[str], visible_at: int | None) -> Statistics:
        """See Snapshot.statistics."""
        seen = self.visible(visible_at)
        found = {term: len(self.term(term, TEXT_FIELDS) & seen) for term in set(terms)}
        return Statistics(len(seen), found)

    def vocabulary(self, field: str, text: str, mode: Mode, limit: int) -> Sequence[str]:
        """See Snapshot.vocabulary. In run fields, "contains" keeps to run_contains."""
        terms = self._beginning(field, text) if mode == "prefix" else self._containing(field, text)
        return sorted(set(terms))[:limit]

    def documents(self, ids: Iterable[str], visible_at: int | None) -> dict[str, Mapping[str, Any]]:
        """See Snapshot.documents; without spans."""
        visible = self.visible(visible_at)
        numbers = {i: self._numbers[i] for i in ids if self._numbers.get(i) in visible}
        return {i: self._reader.stored_fields(n)["record"] for i, n in numbers.items()}

    def visibility(self, now: int) -> Visibility:
        """See Snapshot.visibility."""
        place = bisect.bisect_right(self._instants, now)
        epoch = self._instants[place - 1] if place else 0
        following = self._instants[place] if place < len(self._instants) else NEVER
        return Visibility(epoch, None if following == NEVER else following)

    # What a search needs of the index, each one step.

    def meeting(self, query: Any) -> Documents:
        """Documents that meet a query of Whoosh."""
        return frozenset(self.searcher.docs_for_query(query))

    def term(self, text: str, fields: Iterable[str]) -> Documents:
        """Documents with a term in one of the index fields."""
        return self.meeting(whoosh_api.Or([whoosh_api.Term(name, text) for name in fields]))

    def positions(self, text: str, field: str) -> Positions:
        """Where a term stands, by document."""
        if (field, text.encode()) not in self._reader:
            return {}
        matcher = self._reader.postings(field, text)
        found: Positions = {}
        while matcher.is_active():
            found[matcher.id()] = frozenset(matcher.value_as("positions"))
            matcher.next()
        return found

    def scores(self, plan: Plan) -> dict[int, float]:
        """The sum of Whoosh's BM25F over the scored terms, by document."""
        terms = [
            whoosh_api.Term(
                name + (SIDE_SUFFIX if scored.side else ""),
                scored.text,
                boost=scored.weight * FIELD_WEIGHT[name],
            )
            for scored in plan.scored
            for name in scored.fields
        ]
        if not terms:
            return {}
        results = self.searcher.search(whoosh_api.Or(terms), limit=None, optimize=False)
        return {number: score for score, number in results.top_n}

    def visible(self, at: int | None) -> Documents:
        """Documents that the public sees at an instant; all of them for None."""
        if at is None:
            return self._all
        columns = self.columns
        return frozenset(
            n
            for n in self._all - columns.withheld
            if columns.visible_from[n] <= at < columns.visible_to[n]
        )

    def _beginning(self, field: str, prefix: str) -> Iterator[str]:
        for leaf, _ in self._reader.leaf_readers():
            cursor = leaf.cursor(field)
            term = cursor.find(prefix)
            while term is not None and term.startswith(prefix):
                yield term
                term = cursor.next()

    def _containing(self, field: str, text: str) -> Iterator[str]:
        terms = (term.decode() for term in self._reader.lexicon(field))
        return (term for term in terms if run_contains(term, text))


class _Search:
    """One plan on one snapshot."""

    def __init__(self, snapshot: WhooshSnapshot, plan: Plan) -> None:
        self._snapshot = snapshot
        self._plan = plan
        self._columns = snapshot.columns
        self._partial = False

    def page(self) -> Page:
        plan = self._plan
        visible = self._snapshot.visible(plan.visible_at)
        matching = self._matching(visible)
        filters = self._filters(matching)
        found = matching.intersection(*filters.values())
        hits = tuple(self._hits(found))
        facets = {facet: self._counts(facet, matching, filters, visible) for facet in plan.counted}
        return Page(len(found), hits, facets, self._partial)

    def _matching(self, visible: Documents) -> Documents:
        found = visible
        if self._plan.readings:
            found = visible & frozenset().union(*map(self._reading, self._plan.readings))
        for clause in self._plan.excluded:
            found -= self._meet(clause)
        return found

    def _reading(self, reading: Reading) -> Documents:
        found = self._snapshot.visible(None).intersection(*map(self._meet, reading.required))
        weights: Counter[int] = Counter()
        for unit in reading.units:
            for number in self._meet(unit.clause):
                weights[number] += unit.weight
        if reading.units:
            found &= frozenset(n for n in found if weights[n] >= reading.threshold)
        return found

    def _meet(self, clause: Clause) -> Documents:
        snapshot = self._snapshot
        match clause:
            case plans.TermIs():
                return snapshot.term(clause.text, clause.fields)
            case plans.PhraseIs():
                return frozenset().union(*(self._phrase(clause, f) for f in clause.fields))
            case plans.RunContains():
                names = [name + RUN_SUFFIX for name in clause.fields]
                return self._expanded(names, clause.text, "contains")
            case plans.PrefixIs():
                names = [name + suffix for name in clause.fields for suffix in ("", RUN_SUFFIX)]
                return self._expanded(names, clause.text, "prefix")
            case plans.FacetHas():
                return self._having(clause.facet, frozenset((clause.key,)))
            case plans.DateWithin():
                return self._dated(clause)
            case plans.AnyOf():
                return frozenset().union(*map(self._meet, clause.clauses))
            case plans.AllOf():
                found = snapshot.visible(None).intersection(*map(self._meet, clause.clauses))
                return found.difference(*map(self._meet, clause.excluded))

    def _phrase(self, phrase: plans.PhraseIs, field: str) -> Documents:
        distances = [distance for distance, _ in phrase.slots]
        if distances != list(range(len(distances))):
            return self._distant(phrase, field)
        # Whoosh counts from one: its slop of 1 is the next word.
        ways = product(*(alternatives for _, alternatives in phrase.slots))
        return frozenset().union(
            *(
                self._snapshot.meeting(
                    whoosh_api.Phrase(field, list(words), slop=phrase.slop + 1).normalize()
                )
                for words in ways
            )
        )

    def _distant(self, phrase: plans.PhraseIs, field: str) -> Documents:
        """Whoosh's Phrase knows neighbours only: other distances by positions."""
        places: Positions | None = None
        before = 0
        for distance, alternatives in phrase.slots:
            own: dict[int, set[int]] = {}
            for text in alternatives:
                for number, positions in self._snapshot.positions(text, field).items():
                    own.setdefault(number, set()).update(positions)
            step = distance - before
            steps = range(step, step + phrase.slop + 1)
            places = {
                n: frozenset(
                    p for p in found if places is None or any(p - s in places[n] for s in steps)
                )
                for n, found in own.items()
                if places is None or n in places
            }
            before = distance
        return frozenset(n for n, found in (places or {}).items() if found)

    def _expanded(self, names: Sequence[str], text: str, mode: Mode) -> Documents:
        most = global_postings.MAX_EXPANSION
        found: set[int] = set()
        for name in names:
            terms = self._snapshot.vocabulary(name, text, mode, most + 1)
            self._partial |= len(terms) > most
            for term in terms[:most]:
                found |= self._snapshot.term(term, (name,))
        return frozenset(found)

    def _having(self, facet: str, keys: frozenset[str]) -> Documents:
        values = self._columns.facets[facet]
        return frozenset(n for n, own in values.items() if keys.intersection(map(facet_key, own)))

    def _dated(self, dates: plans.DateWithin) -> Documents:
        return frozenset(
            n
            for n, date in self._columns.dates.items()
            if date is not None
            and (dates.start is None or dates.start <= date)
            and (dates.end is None or date < dates.end)
        )

    def _filters(self, matching: Documents) -> dict[str, Documents]:
        """The documents that pass each filter, by the facet (or ``date``) that it narrows."""
        filters = self._plan.filters
        found = {f: matching & self._having(f, keys) for f, keys in filters.facets.items() if keys}
        if filters.dates is not None:
            found["date"] = matching & self._dated(filters.dates)
        return found

    def _counts(
        self,
        facet: str,
        matching: Documents,
        filters: Mapping[str, Documents],
        visible: Documents,
    ) -> FacetCounts:
        own = ("date", facet) if facet in ("year", "month") else (facet,)
        found = matching.intersection(*(d for name, d in filters.items() if name not in own))
        values = self._columns.facets[facet]
        counts = Counter(k for n in found for k in set(map(facet_key, values[n])))
        chosen = self._plan.filters.facets.get(facet, frozenset())
        spelled = _spellings(values, visible)
        rows = {key: FacetCount(key, spelled[key], counts[key]) for key in spelled}
        shown = [row for row in rows.values() if row.count or row.key in chosen]
        return CountedRows(tuple(sorted(shown, key=lambda row: (-row.count, row.value))), rows)

    def _hits(self, found: Documents) -> Iterator[Found]:
        plan = self._plan
        scores = self._snapshot.scores(plan) if plan.sort == "relevance" else {}
        keyed = ((self._sort_key(n, scores.get(n, 0.0)), n) for n in found)
        if plan.after is not None:
            after = self._key_of(plan.after.score, plan.after.date, plan.after.id)
            keyed = (row for row in keyed if row[0] > after)
        best = heapq.nsmallest(plan.offset + plan.limit, keyed)[plan.offset :]
        for _, number in best:
            yield Found(
                self._columns.ids[number],
                scores.get(number, 0.0),
                self._columns.dates[number],
                tuple(self._missing(number)),
            )

    def _missing(self, number: int) -> Iterator[int]:
        for i, unit in enumerate(self._plan.readings[0].units if self._plan.readings else ()):
            if number not in self._meet(unit.clause):
                yield i

    def _sort_key(self, number: int, score: float) -> tuple[Any, ...]:
        return self._key_of(score, self._columns.dates[number], self._columns.ids[number])

    def _key_of(self, score: float, date: int | None, key: str) -> tuple[Any, ...]:
        """Ascending: the better score, then the newer date, then the id; no date comes last."""
        if self._plan.sort == "oldest":
            return (date is None, date or 0, key)
        by_date = (date is None, -(date or 0), key)
        return by_date if self._plan.sort == "newest" else (-score, *by_date)


def _field_b() -> dict[str, float]:
    return {f"{name + suffix}_B": b for name, b in B.items() for suffix in ("", SIDE_SUFFIX)}


def _instants(columns: _Columns, numbers: Documents) -> list[int]:
    """Every instant at which the public sees more or less than before, in order."""
    public = numbers - columns.withheld
    found = {columns.visible_from[n] for n in public} | {columns.visible_to[n] for n in public}
    return sorted(found)


def _spellings(values: Mapping[int, Sequence[str]], visible: Documents) -> dict[str, str]:
    """The most frequent spelling of each key among visible documents."""
    counts: dict[str, Counter[str]] = {}
    for number in visible:
        for value in values[number]:
            counts.setdefault(facet_key(value), Counter())[value] += 1
    return {k: min(c.items(), key=lambda item: (-item[1], item[0]))[0] for k, c in counts.items()}


def _read_columns(reader: Any, numbers: Iterable[int]) -> _Columns:
    def column(name: str) -> dict[int, Any]:
        if not reader.has_column(name):
            return {}
        values = reader.column_reader(name, translate=False)
        return {n: values[n] for n in numbers}

    return _Columns(
        ids={n: key.decode() for n, key in column("id").items()},
        dates={n: None if date == NO_DATE else date for n, date in column("date").items()},
        facets={facet: column(facet) for facet in FACETS},
        visible_from=column("visible_from"),
        visible_to=column("visible_to"),
        withheld=frozenset(n for n, flag in column("withheld").items() if flag),
    )
