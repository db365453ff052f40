"""One suite for both engines: what one finds, counts and knows, the other does too.

The embedded engine cuts what a short prefix or a part of a word stands for (MAX_EXPANSION), a
cluster does not: these corpora stay below.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.fields import FACETS, RUN_SUFFIX, TEXT_FIELDS
from index.opensearch_client import Connection
from index.settings import Settings
from search import engine
from search.engine import Found, Snapshot
from search.plan import STATUSES, After, Filters, Plan, Sort, StatusIs
from search.ranking import RECENCY
from tests import corpora
from tests.corpora import Change
from tests.opensearch.both import both_of

SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")

# Each example is an index of its own in the cluster.
few = settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def alike(plan: Plan) -> Plan:
    """With the required clauses of its first reading in all, as the planner has them: where a
    shard has nothing that meets those of the first one, it forgets the units of it as well, and
    a hit by another reading would lack all of them."""
    made = (replace(own, required=plan.readings[0].required) for own in plan.readings)
    return replace(plan, readings=tuple(own for own in made if own.required or own.units))


plans = st.lists(corpora.queries.map(alike), min_size=6, max_size=10)
statuses = st.builds(
    StatusIs,
    st.sampled_from(corpora.INSTANTS),
    st.lists(st.sampled_from(STATUSES), max_size=3).map(frozenset),
)


@few
@given(
    made=corpora.batches,
    asked=plans,
    wanted=st.lists(statuses, min_size=6, max_size=6),
    step=st.sampled_from((1, 2, 5)),
)
def test_both_are_alike(
    made: list[list[Change]],
    asked: list[Plan],
    wanted: list[StatusIs],
    step: int,
    cluster: Settings,
) -> None:
    """Everything is asked of the same indices, which take a while to make."""
    left = corpora.latest(made)
    with both_of(made, cluster) as both:
        ours, theirs = both.snapshots()
        check_found(ours, theirs, asked)
        check_status(ours, theirs, asked, wanted, left)
        check_whole(ours, theirs, left)
        check_walks(ours, theirs, asked[:4], step)
        merge(cluster)
        check_scores(both.cluster.snapshot(), asked)


def check_found(ours: Snapshot, theirs: Snapshot, asked: list[Plan]) -> None:
    """Both find and count the same."""
    for plan in asked:
        page, expected = theirs.search(plan), ours.search(plan)
        assert page.total == expected.total
        assert facets(page) == facets(expected)
        assert not page.partial
        if plan.sort == "relevance":
            # The order differs where scores do, the set does not.
            whole = replace(plan, offset=0, limit=99)
            assert unranked(theirs.search(whole)) == unranked(ours.search(whole))
        else:
            assert page.found == expected.found


def check_status(
    ours: Snapshot,
    theirs: Snapshot,
    asked: list[Plan],
    wanted: list[StatusIs],
    left: Collection[str],
) -> None:
    """Both know the status."""
    for plan, status in zip(asked, wanted, strict=False):
        own = replace(
            plan,
            filters=replace(plan.filters, status=status),
            visible_at=None,
            sort="oldest",
        )
        page, expected = theirs.search(own), ours.search(own)
        assert page.statuses == expected.statuses
        assert (page.total, page.found) == (expected.total, expected.found)
        assert facets(page) == facets(expected)
    ids = [*left, "없음", "\ud800"]
    for at in corpora.INSTANTS:
        assert theirs.statuses(ids, at) == ours.statuses(ids, at)


def check_whole(ours: Snapshot, theirs: Snapshot, left: Collection[str]) -> None:
    """Both know the same of the whole."""
    words = [*corpora.TERMS, "없음", "\ud800"]
    for at in (None, *corpora.INSTANTS):
        assert theirs.statistics(words, at) == ours.statistics(words, at)
    assert theirs.documents_left == ours.documents_left == len(left)
    for now in (-9, *corpora.INSTANTS, 99, 2, -9):
        assert theirs.visibility(now) == ours.visibility(now)
    for at in (None, *corpora.INSTANTS):
        ids = [*left, "없음", "\ud800"]
        assert theirs.documents(ids, at) == ours.documents(ids, at)
        assert list(theirs.documents(ids, at)) == list(ours.documents(ids, at))


def check_walks(ours: Snapshot, theirs: Snapshot, asked: list[Plan], step: int) -> None:
    """Walking a cursor gives every hit once."""
    for plan in asked:
        for sort in SORTS:
            whole = replace(plan, sort=sort, offset=0, limit=99, counted=())
            expected = theirs.search(whole).found
            assert tuple(walked(theirs, replace(whole, limit=step))) == expected
            assert {hit.id for hit in expected} == {h.id for h in ours.search(whole).found}


def check_scores(snapshot: Snapshot, asked: list[Plan]) -> None:
    """The parts of a score add up to it."""
    for plan in asked:
        own = replace(plan, sort="relevance", offset=0, limit=99, counted=())
        found = snapshot.search(own).found
        explained = snapshot.explain(own, [*(hit.id for hit in found), "없음"])
        assert explained.keys() == {hit.id for hit in found}
        scores = [hit.score for hit in found]
        assert scores == sorted(scores, reverse=True)
        for hit in found:
            parts = explained[hit.id]
            assert len(parts.missing) == len(hit.missing)
            assert 1 <= parts.recency <= 1 + RECENCY
            total = sum(term.contribution for term in parts.terms)
            assert total * parts.recency == pytest.approx(hit.score, rel=1e-5, abs=1e-5)
            for term in parts.terms:
                shares = [share.contribution for share in term.fields]
                assert sum(shares) == pytest.approx(term.contribution)


@few
@given(made=corpora.batches)
def test_both_list_the_same_terms(made: list[list[Change]], cluster: Settings) -> None:
    once = [[Change(key, document) for key, document in corpora.latest(made).items()]]
    with both_of(once, cluster) as both:
        ours, theirs = both.snapshots()
        for name in TEXT_FIELDS:
            for prefix in ("", *corpora.PREFIXES, "\ud800"):
                for field in (name, name + RUN_SUFFIX):
                    found = theirs.vocabulary(field, prefix, "prefix", 3)
                    assert list(found) == list(ours.vocabulary(field, prefix, "prefix", 3))
            for part in corpora.PARTS:
                found = theirs.vocabulary(name + RUN_SUFFIX, part, "contains", 3)
                assert list(found) == list(ours.vocabulary(name + RUN_SUFFIX, part, "contains", 3))


def test_filters_of_nothing_find_everything(cluster: Settings) -> None:
    with both_of([[Change("a", corpora.document_of("a", 1))]], cluster) as both:
        plan = Plan((), filters=Filters({"tag": frozenset()}), counted=FACETS)
        assert both.cluster.snapshot().search(plan).total == 1


def merge(own: Settings) -> None:
    """Let no merge between two requests change what the shards count of deleted documents."""
    connection = Connection(own)
    with connection.asking() as client:
        client.indices.forcemerge(index=connection.base, params={"max_num_segments": 1})


def facets(page: engine.Page) -> dict[str, list[engine.FacetCount]]:
    return {name: list(counts.rows(0, len(counts))) for name, counts in page.facets.items()}


def unranked(page: engine.Page) -> dict[str, Found]:
    return {hit.id: replace(hit, score=0.0) for hit in page.found}


def walked(snapshot: Snapshot, plan: Plan) -> Iterator[Found]:
    """All hits, page by page."""
    while page := snapshot.search(plan).found:
        yield from page
        last = page[-1]
        plan = replace(plan, after=After(last.score, last.date, last.id))
