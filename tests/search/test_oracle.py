"""The engine against Whoosh's own searcher on the same files, and against loops over documents."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import whoosh_api
from index.document import Document
from index.fields import FACETS, FIELD_WEIGHT, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.generation import IndexFolder
from index.segment import SCORED_FIELDS
from search import engine, global_postings
from search.plan import (
    After,
    Clause,
    FacetHas,
    Filters,
    PhraseIs,
    Plan,
    PrefixIs,
    Reading,
    RunContains,
    ScoredTerm,
    Sort,
    TermIs,
)
from search.ranking import K1, B
from search.snapshot import Snapshot
from search.whoosh_engine import WhooshEngine
from tests import corpora, reference
from tests.corpora import Change, Sizes
from tests.oracle import WhooshSnapshot

# By title: tests/search/test_archive.py.
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
# Scores are sums of float32.
TOLERANCE = 1e-5

thorough = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
plans = st.lists(corpora.queries, min_size=1, max_size=6)


@contextmanager
def index_of(made: Sequence[Sequence[Change]], sizes: Sizes) -> Iterator[Path]:
    """The folder of an index of these batches."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        sizes.set(patch)
        corpora.build(Path(folder), made)
        yield Path(folder)


def snapshots(folder: Path) -> tuple[engine.Snapshot, WhooshSnapshot]:
    """The published generation, by our searcher and by Whoosh's."""
    generation = IndexFolder(folder).current()
    assert generation is not None
    return WhooshEngine(folder).snapshot(), WhooshSnapshot(generation)


def facets(page: engine.Page) -> dict[str, list[engine.FacetCount]]:
    return {name: list(counts.rows(0, len(counts))) for name, counts in page.facets.items()}


@thorough
@given(corpora.batches, corpora.sizes, plans)
def test_hits_and_counts_are_those_of_whoosh(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan]
) -> None:
    with index_of(made, sizes) as folder:
        ours, theirs = snapshots(folder)
        for plan in asked:
            # A first and a second time: what is cached says the same.
            for page in (ours.search(plan), ours.search(plan)):
                expected = theirs.search(plan)
                assert page.total == expected.total
                assert facets(page) == facets(expected)
                assert not page.partial
                if plan.sort != "relevance":
                    assert page.found == expected.found


@thorough
@given(corpora.batches, corpora.sizes, plans)
def test_order_and_scores_are_those_of_the_reference(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan]
) -> None:
    left = corpora.latest(made).values()
    with index_of(made, sizes) as folder:
        snapshot = WhooshEngine(folder).snapshot()
        for plan in asked:
            expected = reference.ranked(left, plan)
            page = snapshot.search(replace(plan, sort="relevance", offset=0, limit=99))
            assert page.total == len(expected)
            assert_ranked([(hit.id, hit.score) for hit in page.found], expected)


@thorough
@given(corpora.batches, corpora.sizes, plans)
def test_the_parts_of_a_score_add_up_to_it(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan]
) -> None:
    with index_of(made, sizes) as folder:
        snapshot = WhooshEngine(folder).snapshot()
        for plan in asked:
            plan = replace(plan, sort="relevance", offset=0, limit=99)
            found = snapshot.search(plan).found
            explained = snapshot.explain(plan, [*(hit.id for hit in found), "없음"])
            assert explained.keys() == {hit.id for hit in found}
            for hit in found:
                own = explained[hit.id]
                assert own.score == pytest.approx(hit.score, abs=1e-4)
                parts = [(t.contribution, [f.contribution for f in t.fields]) for t in own.terms]
                assert sum(c for c, _ in parts) * own.recency == pytest.approx(own.score)
                for contribution, shares in parts:
                    assert sum(shares) == pytest.approx(contribution, rel=1e-5)
                units = plan.readings[0].units if plan.readings else ()
                assert len(own.met) + len(own.missing) == len(units)
                assert len(own.missing) == len(hit.missing)


def assert_ranked(
    found: Sequence[tuple[str, float]], expected: Sequence[tuple[Document, float]]
) -> None:
    """The same documents with the same scores, in the same order but for scores too near."""
    scores = {document.id: score for document, score in expected}
    assert {key for key, _ in found} == scores.keys()
    for key, score in found:
        assert score == pytest.approx(scores[key], rel=TOLERANCE, abs=TOLERANCE)
    place = {document.id: i for i, (document, _) in enumerate(expected)}
    for (first, own), (second, other) in pairwise(found):
        assert own >= other
        if own == other == 0 or abs(scores[first] - scores[second]) > 2 * TOLERANCE:
            assert place[first] < place[second]


@thorough
@given(corpora.batches, corpora.sizes)
def test_statistics_vocabulary_and_records(made: list[list[Change]], sizes: Sizes) -> None:
    left = corpora.latest(made)
    with index_of(made, sizes) as folder:
        ours, theirs = snapshots(folder)
        words = [*corpora.TERMS, "없음"]
        assert ours.statistics(words, None).documents == len(left)
        for at in (None, *corpora.INSTANTS):
            assert ours.statistics(words, at) == theirs.statistics(words, at)
            records = ours.documents([*left, "없음"], at)
            assert records == {
                k: {**r, "spans": b""} for k, r in theirs.documents(left, at).items()
            }
            if at is None:
                assert records == {k: {**d.record, "spans": b""} for k, d in left.items()}
        for now in (-9, *corpora.INSTANTS, 99):
            assert ours.visibility(now) == theirs.visibility(now)
        for name in TEXT_FIELDS:
            for prefix in ("", *corpora.PREFIXES):
                for field in (name, name + SIDE_SUFFIX, name + RUN_SUFFIX):
                    asked = (field, prefix, "prefix", 3)
                    assert list(ours.vocabulary(*asked)) == theirs.vocabulary(*asked)
            for part in corpora.PARTS:
                asked = (name + RUN_SUFFIX, part, "contains", 3)
                assert list(ours.vocabulary(*asked)) == theirs.vocabulary(*asked)


@thorough
@given(corpora.batches, corpora.sizes, plans)
def test_a_wide_expansion_is_cut_alike_and_said(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan]
) -> None:
    with index_of(made, sizes) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(global_postings, "MAX_EXPANSION", 2)
        ours, theirs = snapshots(folder)
        for plan in asked:
            page, expected = ours.search(plan), theirs.search(plan)
            assert (page.total, page.partial) == (expected.total, expected.partial)


@thorough
@given(corpora.batches, corpora.sizes)
def test_whoosh_scores_our_files_by_its_own_formula(made: list[list[Change]], sizes: Sizes) -> None:
    with index_of(made, sizes) as folder:
        ours, theirs = snapshots(folder)
        assert isinstance(ours, Snapshot)
        for field in SCORED_FIELDS:
            for text in {*corpora.TERMS, *corpora.SIDE}:
                query = whoosh_api.Term(field, text)
                results = theirs.searcher.search(query, limit=None).top_n
                found = {number: score for score, number in results}
                assert found == pytest.approx(whoosh_scores(ours, field, text), rel=1e-6)


def whoosh_scores(snapshot: Snapshot, field: str, text: str) -> dict[int, float]:
    """Whoosh's BM25 of a term from our arrays; deleted documents count in its statistics."""
    term = snapshot.lists.term(field, text)
    documents, frequencies = term.documents(), term.frequencies()
    lengths = [
        int(length) for living in snapshot._segments for length in living.segment.lengths(field)
    ]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    idf = math.log(len(lengths) / (len(documents) + 1)) + 1 if lengths else 0.0
    b = B[field.removesuffix(SIDE_SUFFIX)]
    return {
        number: idf * (tf * (K1 + 1)) / (tf + K1 * (1 - b + b * lengths[number] / average))
        for number, tf in zip(documents.tolist(), frequencies.tolist(), strict=True)
        if snapshot.columns.living[number]
    }


@thorough
@given(corpora.batches, corpora.sizes, plans, st.sampled_from((1, 2, 5)))
def test_walking_a_cursor_gives_every_hit_once(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan], step: int
) -> None:
    with index_of(made, sizes) as folder:
        snapshot = WhooshEngine(folder).snapshot()
        for plan in asked:
            for sort in SORTS:
                whole = replace(plan, sort=sort, offset=0, limit=99, counted=())
                expected = snapshot.search(whole).found
                assert tuple(walked(snapshot, replace(whole, limit=step))) == expected


def walked(snapshot: engine.Snapshot, plan: Plan) -> Iterator[engine.Found]:
    """All hits, page by page."""
    while page := snapshot.search(plan).found:
        yield from page
        last = page[-1]
        plan = replace(plan, after=After(last.score, last.date, last.id))


@thorough
@given(corpora.batches, corpora.sizes, plans)
def test_many_batches_answer_as_a_fresh_index(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan]
) -> None:
    once = [[Change(key, document) for key, document in corpora.latest(made).items()]]
    with index_of(made, sizes) as folder, index_of(once, sizes) as other:
        grown, fresh = WhooshEngine(folder).snapshot(), WhooshEngine(other).snapshot()
        for plan in asked:
            page, expected = grown.search(plan), fresh.search(plan)
            assert page.total == expected.total
            assert facets(page) == facets(expected)
            if plan.sort != "relevance":
                assert page.found == expected.found
            else:
                scores = [hit.score for hit in expected.found]
                assert [hit.score for hit in page.found] == pytest.approx(scores, rel=TOLERANCE)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(corpora.batches, corpora.sizes, st.lists(corpora.queries, min_size=8, max_size=16))
def test_threads_share_a_snapshot(
    made: list[list[Change]], sizes: Sizes, asked: list[Plan]
) -> None:
    with index_of(made, sizes) as folder:
        alone, shared = (WhooshEngine(folder).snapshot() for _ in range(2))
        expected = [answer(alone, plan) for plan in asked]
        with ThreadPoolExecutor(8) as pool:
            rounds = [pool.map(lambda plan: answer(shared, plan), asked) for _ in range(8)]
            assert all(list(found) == expected for found in rounds)


def answer(snapshot: engine.Snapshot, plan: Plan) -> tuple[object, ...]:
    page = snapshot.search(plan)
    return page.total, page.found, facets(page)


def test_a_snapshot_outlives_its_generation(tmp_path: Path) -> None:
    writer = corpora.build(tmp_path, [[Change("a", made_of("a", "가"))]])
    shared = WhooshEngine(tmp_path)
    old = shared.snapshot()
    for number in range(4):
        corpora.publish(writer, [Change("a", made_of("a", "나")), Change(f"b{number}", None)])
    plan = Plan((Reading((TermIs("가"),), (), 0),), counted=FACETS)
    assert [hit.id for hit in old.search(plan).found] == ["a"]
    assert old.documents(["a"], None)["a"]["id"] == "a"
    assert not list(tmp_path.glob(f"generation-{old.generation:06d}"))
    assert shared.snapshot().search(plan).total == 0


def made_of(document_id: str, text: str) -> Document:
    """A document whose title is one term."""
    title = corpora.field_terms([(text, 0)], 1, (), ())
    return Document(
        id=document_id,
        text=dict.fromkeys(TEXT_FIELDS, corpora.EMPTY) | {"title": title},
        facets=dict.fromkeys(FACETS, ("Kim",)),
        date=0,
        visible_from=0,
        visible_to=9,
        withheld=False,
        record={"id": document_id},
        spans=b"",
    )


def test_one_batch_may_change_a_document_many_times(tmp_path: Path) -> None:
    writer = corpora.build(
        tmp_path,
        [
            [Change("a", made_of("a", "가")), Change("a", made_of("a", "나"))],
            [Change("a", made_of("a", "다")), Change("a", None), Change("a", made_of("a", "3"))],
        ],
    )
    snapshot = WhooshEngine(tmp_path).snapshot()
    everything = snapshot.search(Plan(()))
    assert everything.total == 1
    assert snapshot.documents(["a"], None)["a"]["id"] == "a"
    assert snapshot.statistics(["3", "다", "나"], None).frequencies == {"3": 1, "다": 0, "나": 0}
    corpora.publish(writer, [Change("a", None)])
    assert WhooshEngine(tmp_path).snapshot().search(Plan(())).total == 0


@pytest.mark.parametrize(
    "clause",
    [
        TermIs("\ud800"),
        PhraseIs(((0, ("\ud800",)),)),
        RunContains("\ud800가"),
        PrefixIs("\ud800"),
        FacetHas("tag", "\ud800"),
    ],
    ids=lambda clause: type(clause).__name__,
)
def test_half_a_character_finds_nothing(clause: Clause, tmp_path: Path) -> None:
    corpora.build(tmp_path, [[Change("a", made_of("a", "가"))]])
    snapshot = WhooshEngine(tmp_path).snapshot()
    assert snapshot.search(Plan((Reading((clause,), (), 0),))).total == 0
    assert snapshot.documents(["\ud800"], None) == {}
    assert list(snapshot.vocabulary("title", "\ud800", "prefix", 9)) == []


def test_whoosh_counts_our_facets_and_finds_by_its_own_queries(tmp_path: Path) -> None:
    made = [Change(key, made_of(key, text)) for key, text in (("a", "가"), ("b", "나"))]
    corpora.build(tmp_path, [made[:1], made[1:]])
    _, theirs = snapshots(tmp_path)
    groups = whoosh_api.FieldFacet("tag", allow_overlap=True)
    both = whoosh_api.And([whoosh_api.Every(), whoosh_api.Not(whoosh_api.Term("title", "나"))])
    results = theirs.searcher.search(whoosh_api.Every(), groupedby={"tag": groups})
    assert {value: len(numbers) for value, numbers in results.groups("tag").items()} == {"Kim": 2}
    assert [hit["record"]["id"] for hit in theirs.searcher.search(both)] == ["a"]


def test_the_score_of_a_title_outweighs_a_body(tmp_path: Path) -> None:
    assert FIELD_WEIGHT["title"] > FIELD_WEIGHT["body"]
    title, body = made_of("a", "가"), made_of("b", "가")
    body = replace(body, text={**body.text, "title": corpora.EMPTY, "body": body.text["title"]})
    corpora.build(tmp_path, [[Change("b", body), Change("a", title)]])
    plan = Plan((), scored=(ScoredTerm("가", 1.0, TEXT_FIELDS),), sort="relevance")
    found = WhooshEngine(tmp_path).snapshot().search(replace(plan, filters=Filters())).found
    assert [hit.id for hit in found] == ["a", "b"]
