"""Made-up corpora for property tests: documents, batches of changes, plans over both."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import strategies as st

from index import gaps, merging, postings, whoosh_writer
from index.document import Document, FieldTerms
from index.fields import ALWAYS, FACETS, NEVER, TEXT_FIELDS, facet_key
from index.manifest import Manifest
from index.whoosh_writer import WhooshWriter
from index.writer import Batch, Writer
from search import (
    cutting,
    docsets,
    facet_table,
    global_postings,
    phrases,
    scoring,
    tally,
    term,
    term_scores,
    unions,
)
from search import plan as plans
from search.plan import Filters, Plan, Reading, ScoredTerm, Substitute, WeightedUnit

STAMP = "made by a test"
TERMS = ("가", "나", "다", "가다", "나라", "bet", "3", "나라말")
SIDE = ("가나", "나다", "다가", "bet")
RUNS = ("대학교", "세종대학교", "대학", "17일", "117일", "bet", "xpressbet", "대bet", "17bet일")
PARTS = ("대학", "학교", "17", "17일", "bet", "press", "세종대학교", "대b", "일x", "없음")
PREFIXES = ("가", "나", "b", "세종", "1", "없")
BODIES = ("", "반도체 수출이 늘었다.", "😀 \0 Straße\n둘째 줄")
VALUES = ("Kim", "kim", "KIM", "이", "박", "Straße", "STRASSE")
INSTANTS = (-5, 0, 1, 2, 3, 50)


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch does to one id: add this document, or delete (None)."""

    id: str
    document: Document | None


def field_terms(
    tokens: Sequence[tuple[str, int]], length: int, side: Sequence[str], runs: Sequence[str]
) -> FieldTerms:
    """A field of (term, position) tokens."""
    places: dict[str, list[int]] = {}
    for text, position in tokens:
        places.setdefault(text, []).append(position)
    counted = Counter(side)
    return FieldTerms(
        terms=tuple(places),
        frequencies=array("I", map(len, places.values())),
        positions=array("I", [p for found in places.values() for p in sorted(found)]),
        length=length,
        side=tuple(counted),
        side_frequencies=array("I", counted.values()),
        runs=tuple(dict.fromkeys(runs)),
    )


EMPTY = field_terms((), 0, (), ())


def document_of(document_id: str, seed: int) -> Document:
    """A document of random values. From a seed: drawn one by one, they would be thousands of
    choices, more than hypothesis handles well."""
    random = Random(seed)
    return Document(
        id=document_id,
        text={name: _text(random) for name in TEXT_FIELDS},
        facets={name: tuple(_some(random, VALUES, 4)) for name in FACETS},
        date=random.choice((None, *INSTANTS)),
        visible_from=random.choice((ALWAYS, *INSTANTS)),
        visible_to=random.choice((NEVER, NEVER, *INSTANTS)),
        withheld=random.randrange(4) == 0,
        record={
            "id": document_id,
            "title": f"제목 {seed}",
            "subtitle": "",
            "body": random.choice(BODIES),
            "n": seed,
        },
        spans=b"",
    )


def _text(random: Random) -> FieldTerms:
    if random.randrange(3) == 0:
        return EMPTY
    tokens = [(random.choice(TERMS), random.randrange(9)) for _ in range(random.randrange(9))]
    return field_terms(
        list(dict.fromkeys(tokens)),
        # Extras stand in no length.
        max(0, len(tokens) - random.randrange(3)),
        random.choices(SIDE, k=random.randrange(6)),
        _some(random, RUNS, 3),
    )


def _some(random: Random, values: Sequence[str], most: int) -> list[str]:
    return random.sample(values, random.randrange(most + 1))


@st.composite
def _changes(draw: st.DrawFn) -> Change:
    document_id = f"글-{draw(st.integers(0, 13))}"
    seed = draw(st.none() | st.integers(1, 9999) | st.integers(1, 9999))
    return Change(document_id, None if seed is None else document_of(document_id, seed))


batches = st.lists(st.lists(_changes(), min_size=1, max_size=12), min_size=1, max_size=5)


def latest(made: Sequence[Sequence[Change]]) -> dict[str, Document]:
    """What is left after all batches, by id."""
    left: dict[str, Document] = {}
    for batch in made:
        for change in batch:
            left.pop(change.id, None)
            if change.document is not None:
                left[change.id] = change.document
    return left


def fill(batch: Batch, changes: Sequence[Change]) -> None:
    """Make some changes in an open batch."""
    for change in changes:
        if change.document is None:
            batch.delete(change.id)
        else:
            batch.add(change.document)


def publish(
    writer: Writer,
    batch: Sequence[Change],
    manifest: Manifest | None = None,
    *,
    fresh: bool = False,
) -> int:
    """Publish a batch and return its generation."""
    with writer.lock(0), writer.batch(fresh=fresh) as open_batch:
        fill(open_batch, batch)
        return open_batch.publish(manifest or Manifest(), STAMP)


def build(folder: Path, made: Sequence[Sequence[Change]]) -> WhooshWriter:
    """An index of all batches, one generation each."""
    writer = WhooshWriter(folder)
    for i, batch in enumerate(made):
        publish(writer, batch, fresh=i == 0)
    return writer


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes at which the index and the engine change their ways, brought within reach of a
    small corpus."""

    spill: int
    segments: int
    piece: int
    dense: float
    dense_terms: float
    table: int
    row: int
    listed: float
    missed: int
    whole: int
    fewest_bits: int
    bits_cost: int
    wide_offsets: int
    few_scored: float
    few_sifted: int
    together: int
    left: float
    scored_for: int
    few_places: int
    few_runs: int
    one_by_one: int
    sampled: int
    block: int
    group: int

    def set(self, patch: pytest.MonkeyPatch) -> None:
        """Use them."""
        patch.setattr(whoosh_writer, "_SPILL", self.spill)
        patch.setattr(merging, "MAX_SEGMENTS", self.segments)
        patch.setattr(merging, "_PIECE", self.piece)
        patch.setattr(docsets, "_DENSE", self.dense)
        patch.setattr(unions, "_DENSE", self.dense)
        patch.setattr(term, "_DENSE", self.dense)
        patch.setattr(term_scores, "_DENSE", self.dense_terms)
        patch.setattr(facet_table, "_TABLE_WIDTH", self.table)
        patch.setattr(tally, "_ROW_BYTES", self.row)
        patch.setattr(docsets, "LISTED", self.listed)
        patch.setattr(term_scores, "_FEW", self.few_scored)
        patch.setattr(term_scores, "_SCORING", self.scored_for)
        patch.setattr(scoring, "_FEW", self.few_sifted)
        patch.setattr(scoring, "_TOGETHER", self.together)
        patch.setattr(scoring, "_LEFT", self.left)
        patch.setattr(docsets, "_MISSED", self.missed)
        patch.setattr(postings, "_WHOLE", self.whole)
        patch.setattr(gaps, "_FEWEST_BITS", self.fewest_bits)
        patch.setattr(gaps, "_BITS_COST", self.bits_cost)
        patch.setattr(gaps, "_WIDE_OFFSETS", self.wide_offsets)
        patch.setattr(phrases, "_FEW", self.few_places)
        patch.setattr(global_postings, "_FEW", self.few_runs)
        patch.setattr(postings, "_ONE_BY_ONE", self.one_by_one)
        patch.setattr(postings, "_SAMPLED", self.sampled)
        patch.setattr(phrases, "_BLOCK", self.block)
        patch.setattr(cutting, "_GROUP", self.group)
        patch.setattr(cutting, "_STEP", self.group)


sizes = st.builds(
    Sizes,
    spill=st.sampled_from((1, 25, 1000)),
    segments=st.sampled_from((1, 2, 3, 8)),
    piece=st.sampled_from((1, 40, 4_000_000)),
    dense=st.sampled_from((1 / 32, 0.3, 2.0)),
    dense_terms=st.sampled_from((1 / 16, 0.5, 4.0)),
    table=st.sampled_from((1, 2, 12)),
    row=st.sampled_from((1, 32)),
    listed=st.sampled_from((-1.0, 1 / 2, 2.0)),
    missed=st.sampled_from((0, 32, 10_000)),
    whole=st.sampled_from((0, 3)),
    fewest_bits=st.sampled_from((1, 256)),
    bits_cost=st.sampled_from((2, 1000)),
    wide_offsets=st.sampled_from((0, 1 << 32)),
    few_scored=st.sampled_from((1 / 2, 9.0)),
    few_sifted=st.sampled_from((0, 0, 256)),
    together=st.sampled_from((0, 2, 2048)),
    left=st.sampled_from((1 / 2, 1.0)),
    scored_for=st.sampled_from((0, 8_000, 20_000)),
    few_places=st.sampled_from((0, 1 << 10)),
    few_runs=st.sampled_from((0, 1, 16)),
    one_by_one=st.sampled_from((0, 5)),
    sampled=st.sampled_from((1, 3, 64)),
    block=st.sampled_from((3, 1 << 19)),
    group=st.sampled_from((1, 2, 64)),
)


def _fields() -> st.SearchStrategy[tuple[str, ...]]:
    subsets = st.lists(st.sampled_from(TEXT_FIELDS), min_size=1, unique=True).map(tuple)
    return st.just(TEXT_FIELDS) | subsets


@st.composite
def _phrases(draw: st.DrawFn) -> plans.PhraseIs:
    steps = draw(st.lists(st.sampled_from((1, 1, 1, 1, 2, 0)), max_size=2))
    distances = [sum(steps[:i]) for i in range(len(steps) + 1)]
    alternatives = st.lists(st.sampled_from(TERMS), min_size=1, max_size=2, unique=True)
    slots = tuple((distance, tuple(draw(alternatives))) for distance in distances)
    return plans.PhraseIs(slots, draw(_fields()), draw(st.sampled_from((0, 0, 1, 3))))


def _dates() -> st.SearchStrategy[plans.DateWithin]:
    instant = st.none() | st.sampled_from(INSTANTS)
    return st.builds(plans.DateWithin, instant, instant)


def _leaves() -> st.SearchStrategy[plans.Clause]:
    return st.one_of(
        st.builds(plans.TermIs, st.sampled_from((*TERMS, "없음")), _fields()),
        st.builds(plans.TermIs, st.sampled_from(TERMS)),
        _phrases(),
        st.builds(plans.RunContains, st.sampled_from(PARTS), _fields()),
        st.builds(plans.PrefixIs, st.sampled_from(PREFIXES), _fields()),
        st.builds(
            plans.FacetHas, st.sampled_from(FACETS), st.sampled_from([*map(facet_key, VALUES), "-"])
        ),
        _dates(),
    )


def _compounds(inner: st.SearchStrategy[plans.Clause]) -> st.SearchStrategy[plans.Clause]:
    some = st.lists(inner, max_size=3).map(tuple)
    more = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(plans.AnyOf, more) | st.builds(plans.AllOf, some, some)


clauses = st.recursive(_leaves(), _compounds, max_leaves=4)


@st.composite
def _readings(draw: st.DrawFn) -> Reading:
    unit = st.builds(WeightedUnit, clauses, st.integers(1, 5), st.just("-"))
    required = tuple(draw(st.lists(clauses, max_size=2)))
    units = tuple(draw(st.lists(unit, min_size=0 if required else 1, max_size=3)))
    total = sum(u.weight for u in units)
    return Reading(required, units, draw(st.integers(1, total) if total else st.just(0)))


def _scored() -> st.SearchStrategy[ScoredTerm]:
    weight = st.sampled_from((1.0, 0.4, 2.5))
    return st.one_of(
        st.builds(ScoredTerm, st.sampled_from((*TERMS, "없음")), weight, _fields()),
        st.builds(ScoredTerm, st.sampled_from(SIDE), weight, _fields(), st.just(True)),
        st.builds(ScoredTerm, st.sampled_from(RUNS), weight, _fields(), run=st.just(True)),
        st.builds(
            ScoredTerm,
            st.sampled_from((*TERMS, "없음")),
            weight,
            _fields(),
            substitutes=st.lists(_substitutes(), min_size=1, max_size=3, unique=True).map(tuple),
        ),
    )


def _substitutes() -> st.SearchStrategy[Substitute]:
    words = st.lists(st.sampled_from((*TERMS, "없음")), min_size=1, max_size=2, unique=True)
    weight = st.sampled_from((0.8, 0.5))
    return st.builds(Substitute, words.map(tuple), weight) | st.builds(
        Substitute, st.just(()), weight, st.sampled_from(PARTS)
    )


def _filters() -> st.SearchStrategy[Filters]:
    keys = st.lists(st.sampled_from([*map(facet_key, VALUES), "-"]), max_size=2).map(frozenset)
    return st.builds(
        Filters,
        st.dictionaries(st.sampled_from(FACETS), keys, max_size=2),
        st.none() | st.none() | _dates(),
    )


queries = st.builds(
    Plan,
    readings=st.lists(_readings(), max_size=2).map(tuple),
    excluded=st.lists(clauses, max_size=1).map(tuple),
    scored=st.lists(_scored(), max_size=3).map(tuple),
    filters=st.just(Filters()) | _filters(),
    visible_at=st.sampled_from((None, -6, 0, 1, 2, 60)),
    sort=st.sampled_from(("newest", "oldest", "relevance")),
    offset=st.integers(0, 3),
    limit=st.sampled_from((0, 1, 4, 30)),
    counted=st.just(FACETS),
)
