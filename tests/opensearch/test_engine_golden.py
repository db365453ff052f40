"""The golden tables on both engines: which query finds which text, and what a hit lacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.analysis import Analyser
from index.lexicon.synonyms import synonyms
from index.settings import Settings
from search.engine import Snapshot
from search.plan import Plan
from search.planner import Planner, QueryPlan
from search.synonyms import expansion_for
from tests.building import SEOUL, article
from tests.opensearch.both import both_of, changes

GOLDEN = Path(__file__).parents[1] / "golden"


def rows(name: str) -> list[list[str]]:
    lines = (GOLDEN / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]


ANALYSIS = [(match, query, text) for _, match, query, text, _ in rows("analysis.tsv")]
SYNONYMS = [(match, query, text) for match, query, text, *_ in rows("synonyms.tsv")]
TYPED = list(dict.fromkeys(row[0] for row in rows("queries.tsv")))
TEXTS = list(dict.fromkeys(text for _, _, text in (*ANALYSIS, *SYNONYMS)))
SHARE = 0.3


@pytest.fixture(scope="module")
def snapshots(common_cluster: Settings, analyser: Analyser) -> Iterator[tuple[Snapshot, Snapshot]]:
    """Every text of the tables as the body of an article; it is the title of another one too."""
    articles = [article(f"{i}", body=text) for i, text in enumerate(TEXTS)]
    articles += [article(f"제목-{i}", title=text) for i, text in enumerate(TEXTS) if i % 3 == 0]
    with both_of([changes(articles, analyser)], common_cluster) as both:
        yield both.snapshots()


@pytest.fixture(scope="module")
def planner(analyser: Analyser, snapshots: tuple[Snapshot, Snapshot]) -> Planner:
    """Plans by the figures of Whoosh; those of the cluster are the same."""
    return Planner(analyser, SEOUL, snapshots[0].statistics)


@pytest.fixture(scope="module")
def widening(analyser: Analyser, snapshots: tuple[Snapshot, Snapshot]) -> Planner:
    """With synonyms."""
    expansion = expansion_for(analyser, synonyms())
    return Planner(analyser, SEOUL, snapshots[0].statistics, expansion)


def found(snapshot: Snapshot, query: QueryPlan) -> dict[str, tuple[int, ...]]:
    """What each hit lacks, by its id."""
    plan = Plan(
        query.readings, query.excluded, query.scored, sort="relevance", limit=2 * len(TEXTS)
    )
    page = snapshot.search(plan)
    assert page.total == len(page.found)
    return {hit.id: hit.missing for hit in page.found}


@pytest.mark.parametrize(("match", "query", "text"), ANALYSIS, ids=lambda part: part[:16])
def test_analysis(
    match: str, query: str, text: str, snapshots: tuple[Snapshot, Snapshot], planner: Planner
) -> None:
    planned = planner.plan(query, None)
    ours, theirs = (found(own, planned) for own in snapshots)
    assert (str(TEXTS.index(text)) in theirs) is (match == "yes")
    assert theirs == ours
    counted = Plan(planned.readings, planned.excluded, planned.scored, limit=0)
    assert snapshots[1].search(counted).total == len(theirs)


@pytest.mark.parametrize(("match", "query", "text"), SYNONYMS, ids=lambda part: part[:16])
def test_synonyms(
    match: str, query: str, text: str, snapshots: tuple[Snapshot, Snapshot], widening: Planner
) -> None:
    planned = widening.plan(query, None)
    ours, theirs = (found(own, planned) for own in snapshots)
    assert (str(TEXTS.index(text)) in theirs) is (match == "yes")
    assert theirs == ours


def test_all_queries_by_a_part_of_their_words(
    snapshots: tuple[Snapshot, Snapshot], planner: Planner, widening: Planner
) -> None:
    """And by all of them. What was asked above is not asked again."""
    before = {planner.plan(query, None) for _, query, _ in ANALYSIS}
    before |= {widening.plan(query, None) for _, query, _ in SYNONYMS}
    typed = dict.fromkeys((*TYPED, *(query for _, query, _ in (*ANALYSIS, *SYNONYMS))))
    whole = {widening.plan(query, None): query for query in typed}
    parts = {planned.cut(SHARE): query for planned, query in whole.items()}
    for planned, query in (whole | parts).items():
        if planned not in before:
            ours, theirs = (found(own, planned) for own in snapshots)
            assert theirs == ours, query


def test_frequencies_are_the_same(analyser: Analyser, snapshots: tuple[Snapshot, Snapshot]) -> None:
    words = {term.text for text in TEXTS for term in analyser.analyse(text).terms}
    ours, theirs = snapshots
    assert theirs.statistics(words, None) == ours.statistics(words, None)
