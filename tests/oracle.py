"""The engine seam on Whoosh's own searcher: plain and slow, the measure of what is right."""

import bisect
import heapq
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from index import whoosh_api
from index.fields import FACETS, NEVER, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS, facet_key
from index.generation import Generation, IndexFolder, IndexFolderError
from index.terms import run_contains
from index.whoosh_api import NO_DATE, VALUE_SEPARATOR
from search import plan as plans
from search.engine import (
    EngineError,
    FacetCount,
    Found,
    NoIndexError,
    Page,
    Statistics,
    Visibility,
)
from search.plan import Clause, Plan, Reading
from search.ranking import FIELD_WEIGHT, K1, B

# More vocabulary than this behind one wildcard, and the answer is marked partial.
MAX_EXPANSION = 2000

Documents = frozenset[int]
Positions = dict[int, frozenset[int]]


class WhooshEngine:
    """Opens the published generation, and the next one as soon as it is there."""

    def __init__(self, index_dir: Path) -> None:
        self._index = IndexFolder(index_dir)
        self._lock = threading.Lock()
        self._signature: tuple[int, int] | None = None
        self._snapshot: WhooshSnapshot | None = None

    def snapshot(self) -> "WhooshSnapshot":
        """See Engine.snapshot. One stat call where nothing was published since."""
        signature = self._index.signature()
        with self._lock:
            if self._snapshot is None or signature != self._signature:
                self._snapshot = self._open()
                self._signature = signature
            return self._snapshot

    def _open(self) -> "WhooshSnapshot":
        try:
            generation = self._index.current()
        except IndexFolderError as error:
            raise EngineError(str(error)) from error
        if generation is None:
            raise NoIndexError(f"{self._index.path}: no index yet; run `reindex`")
        try:
            return WhooshSnapshot(generation)
        except Exception as error:
            # Whoosh raises whatever a damaged file makes of its parsers.
            if self._snapshot is not None:
                return self._snapshot
            raise EngineError(
                f"{generation.folder}: the index cannot be opened ({error}); "
                "run `reindex --full` to build it anew"
            ) from error


@dataclass(frozen=True, slots=True)
class _Columns:
    """The per-document values of a generation, by document number."""

    keys: dict[int, str]
    dates: dict[int, int | None]
    facets: dict[str, dict[int, tuple[str, ...]]]
    visible_from: dict[int, int]
    visible_to: dict[int, int]
    withheld: frozenset[int]


class WhooshSnapshot:
    """See Snapshot. A lock lets one search run at a time, because a Whoosh searcher shares its
    file positions among threads."""

    def __init__(self, generation: Generation) -> None:
        index = whoosh_api.open_index(generation.folder)
        weighting = whoosh_api.BM25F(K1=K1, **_field_b())
        self._searcher: Any = index.searcher(weighting=weighting)
        self._reader: Any = self._searcher.reader()
        self._lock = threading.RLock()
        self._all: Documents = frozenset(self._reader.all_doc_ids())
        self._columns = _read_columns(self._reader, self._all)
        self._numbers = {key: number for number, key in self._columns.keys.items()}
        self._vocabulary: dict[str, tuple[str, ...]] = {}
        self._instants = _instants(self._columns, self._all)
        self.generation = generation.number
        self.stamp = generation.stamp

    def search(self, plan: Plan) -> Page:
        """See Snapshot.search."""
        with self._lock:
            return _Search(self, plan).page()

    def statistics(self, terms: Iterable[str]) -> Statistics:
        """See Snapshot.statistics."""
        with self._lock:
            return Statistics(
                len(self._all), {term: len(self.term(term, TEXT_FIELDS)) for term in set(terms)}
            )

    def vocabulary(
        self, field: str, text: str, mode: Literal["prefix", "contains"], limit: int
    ) -> Sequence[str]:
        """See Snapshot.vocabulary. In run fields, "contains" keeps to run_contains."""
        with self._lock:
            if field not in self._vocabulary:
                found = (term.decode() for term in self._reader.lexicon(field))
                self._vocabulary[field] = tuple(found)
        wanted = str.startswith if mode == "prefix" else run_contains
        return [term for term in self._vocabulary[field] if wanted(term, text)][:limit]

    def documents(self, ids: Iterable[str], visible_at: int | None) -> dict[str, Mapping[str, Any]]:
        """See Snapshot.documents."""
        with self._lock:
            visible = self.visible(visible_at)
            numbers = {i: self._numbers[i] for i in ids if self._numbers.get(i) in visible}
            return {
                i: orjson.loads(self._reader.stored_fields(number)["record"])
                for i, number in numbers.items()
            }

    def visibility(self, now: int) -> Visibility:
        """See Snapshot.visibility."""
        place = bisect.bisect_right(self._instants, now)
        epoch = self._instants[place - 1] if place else 0
        following = self._instants[place] if place < len(self._instants) else NEVER
        return Visibility(epoch, None if following == NEVER else following)

    # What a search needs of the index, each one step.

    def term(self, text: str, fields: Iterable[str]) -> Documents:
        """Documents with a morpheme term in one of the fields."""
        return self._holding(text, fields)

    def run(self, text: str, fields: Iterable[str]) -> Documents:
        """Documents with a noun run in one of the fields."""
        return self._holding(text, [name + RUN_SUFFIX for name in fields])

    def positions(self, text: str, field: str) -> Positions:
        """Where a term stands, by document."""
        encoded = text.encode()
        if (field, encoded) not in self._reader:
            return {}
        matcher = self._reader.postings(field, encoded)
        found: Positions = {}
        while matcher.is_active():
            found[matcher.id()] = frozenset(matcher.value_as("positions"))
            matcher.next()
        return found

    def scores(self, plan: Plan) -> dict[int, float]:
        """The sum of BM25 over the scored terms, by document."""
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
        results = self._searcher.search(whoosh_api.Or(terms), limit=None, optimize=False)
        return {number: score for score, number in results.top_n}

    def visible(self, at: int | None) -> Documents:
        """Documents that the public sees at an instant; all of them for None."""
        if at is None:
            return self._all
        columns = self._columns
        return frozenset(
            n
            for n in self._all - columns.withheld
            if columns.visible_from[n] <= at < columns.visible_to[n]
        )

    @property
    def columns(self) -> _Columns:
        """The per-document values."""
        return self._columns

    def _holding(self, text: str, fields: Iterable[str]) -> Documents:
        encoded = text.encode()
        found: set[int] = set()
        for name in fields:
            if (name, encoded) in self._reader:
                found.update(self._reader.postings(name, encoded).all_ids())
        return frozenset(found)


class _Search:
    """One plan on one snapshot."""

    def __init__(self, snapshot: WhooshSnapshot, plan: Plan) -> None:
        self._snapshot = snapshot
        self._plan = plan
        self._columns = snapshot.columns
        self._partial = False
        self._met: dict[Clause, Documents] = {}

    def page(self) -> Page:
        plan = self._plan
        visible = self._snapshot.visible(plan.visible_at)
        matching = self._matching(visible)
        filters = self._filters(matching)
        found = matching.intersection(*filters.values())
        hits = self._hits(found)
        facets = {facet: self._counts(facet, matching, filters, visible) for facet in plan.counted}
        return Page(len(found), tuple(hits), facets, self._partial)

    def _matching(self, visible: Documents) -> Documents:
        found = visible
        if self._plan.readings:
            found = visible & frozenset().union(*map(self._reading, self._plan.readings))
        for clause in self._plan.excluded:
            found -= self._documents(clause)
        return found

    def _reading(self, reading: Reading) -> Documents:
        required = [self._documents(clause) for clause in reading.required]
        weights: Counter[int] = Counter()
        for unit in reading.units:
            for number in self._documents(unit.clause):
                weights[number] += unit.weight
        if reading.units:
            required.append(frozenset(n for n, w in weights.items() if w >= reading.threshold))
        return frozenset.intersection(*required)

    def _documents(self, clause: Clause) -> Documents:
        if clause not in self._met:
            self._met[clause] = self._meet(clause)
        return self._met[clause]

    def _meet(self, clause: Clause) -> Documents:
        snapshot = self._snapshot
        match clause:
            case plans.TermIs():
                return snapshot.term(clause.text, clause.fields)
            case plans.PhraseIs():
                return frozenset().union(*(self._phrase(clause, f) for f in clause.fields))
            case plans.RunContains():
                return self._runs(clause.text, "contains", clause.fields)
            case plans.PrefixIs():
                return self._prefix(clause) | self._runs(clause.text, "prefix", clause.fields)
            case plans.FacetHas():
                return self._having(clause.facet, frozenset((clause.key,)))
            case plans.DateWithin():
                return self._dated(clause)
            case plans.AnyOf():
                return frozenset().union(*map(self._documents, clause.clauses))
            case plans.AllOf():
                found = snapshot.visible(None)
                found = found.intersection(*map(self._documents, clause.clauses))
                return found.difference(*map(self._documents, clause.excluded))

    def _phrase(self, phrase: plans.PhraseIs, field: str) -> Documents:
        places: list[Positions] = []
        for distance, alternatives in phrase.slots:
            slot: Positions = {}
            for text in alternatives:
                for number, positions in self._snapshot.positions(text, field).items():
                    begins = frozenset(p - distance for p in positions)
                    slot[number] = slot.get(number, frozenset()) | begins
            places.append(slot)
        common = set(places[0]).intersection(*places[1:])
        return frozenset(n for n in common if frozenset.intersection(*(p[n] for p in places)))

    def _runs(
        self, text: str, mode: Literal["prefix", "contains"], fields: Sequence[str]
    ) -> Documents:
        found: set[int] = set()
        for name in fields:
            for run in self._expanded(name + RUN_SUFFIX, text, mode):
                found |= self._snapshot.run(run, (name,))
        return frozenset(found)

    def _prefix(self, clause: plans.PrefixIs) -> Documents:
        found: set[int] = set()
        for name in clause.fields:
            for term in self._expanded(name, clause.text, "prefix"):
                found |= self._snapshot.term(term, (name,))
        return frozenset(found)

    def _expanded(
        self, field: str, text: str, mode: Literal["prefix", "contains"]
    ) -> Sequence[str]:
        found = self._snapshot.vocabulary(field, text, mode, MAX_EXPANSION + 1)
        self._partial |= len(found) > MAX_EXPANSION
        return found[:MAX_EXPANSION]

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
    ) -> tuple[FacetCount, ...]:
        own = "date" if facet in ("year", "month") else facet
        found = matching.intersection(*(d for name, d in filters.items() if name != own))
        values = self._columns.facets[facet]
        counts = Counter(k for n in found for k in set(map(facet_key, values.get(n, ()))))
        chosen = self._plan.filters.facets.get(facet, frozenset())
        spelled = _spellings(values, visible, counts.keys() | chosen)
        rows = [
            FacetCount(key, spelled[key], counts[key])
            for key in counts.keys() | chosen
            if key in spelled
        ]
        return tuple(sorted(rows, key=lambda row: (-row.count, row.value)))

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
                self._columns.keys[number],
                scores.get(number, 0.0),
                self._columns.dates[number],
                tuple(self._missing(number)),
            )

    def _missing(self, number: int) -> Iterator[int]:
        for i, unit in enumerate(self._plan.readings[0].units if self._plan.readings else ()):
            if number not in self._documents(unit.clause):
                yield i

    def _sort_key(self, number: int, score: float) -> tuple[Any, ...]:
        return self._key_of(score, self._columns.dates[number], self._columns.keys[number])

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


def _spellings(
    values: Mapping[int, tuple[str, ...]], visible: Documents, keys: Iterable[str]
) -> dict[str, str]:
    """The most frequent spelling of each key among visible documents."""
    wanted = frozenset(keys)
    counts: dict[str, Counter[str]] = {}
    for number in visible:
        for value in values.get(number, ()):
            key = facet_key(value)
            if key in wanted:
                counts.setdefault(key, Counter())[value] += 1
    return {k: min(c.items(), key=lambda item: (-item[1], item[0]))[0] for k, c in counts.items()}


def _read_columns(reader: Any, numbers: Iterable[int]) -> _Columns:
    def column(name: str) -> dict[int, Any]:
        if not reader.has_column(name):
            return dict.fromkeys(numbers, b"")
        values = reader.column_reader(name)
        return {n: values[n] for n in numbers}

    return _Columns(
        keys={n: key.decode() for n, key in column("key").items()},
        dates={n: None if d in (NO_DATE, b"") else d for n, d in column("date").items()},
        facets={
            facet: {
                n: tuple(joined.decode().split(VALUE_SEPARATOR))
                for n, joined in column(facet).items()
                if joined
            }
            for facet in FACETS
        },
        visible_from=column("visible_from"),
        visible_to=column("visible_to"),
        withheld=frozenset(n for n, flag in column("withheld").items() if flag),
    )
