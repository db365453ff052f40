"""The golden table: which query finds which text, and what is marked in it."""

from typing import NamedTuple

import pytest

from index.analysis import Analyser
from search.engine import Snapshot
from search.marks import Marker, merged
from search.plan import Plan
from search.planner import Planner, QueryPlan
from search.whoosh_engine import WhooshEngine
from tests.building import SEOUL, article, build_index
from tests.tables import rows


class Case(NamedTuple):
    number: str
    match: str
    query: str
    text: str
    spans: str


CASES = [Case(*row) for row in rows("analysis")]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("golden")
    texts = {case.text: case.number for case in CASES}
    build_index(folder, [article(number, body=text) for text, number in texts.items()])
    return WhooshEngine(folder).snapshot()


@pytest.fixture(scope="module")
def planner(analyser: Analyser, snapshot: Snapshot) -> Planner:
    return Planner(analyser, SEOUL, snapshot.statistics)


def found(snapshot: Snapshot, query: QueryPlan) -> dict[str, str]:
    """The ids of the texts that meet everything, by text."""
    page = snapshot.search(Plan(query.readings, query.excluded, limit=len(CASES)))
    records = snapshot.documents([hit.id for hit in page.found], None)
    return {record["body"]: key for key, record in records.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.query}")
def test_match_and_highlight(case: Case, snapshot: Snapshot, planner: Planner) -> None:
    query = planner.plan(case.query, None)
    texts = found(snapshot, query)
    assert (case.text in texts) is (case.match == "yes")
    if case.match == "yes":
        record = snapshot.documents([texts[case.text]], None)[texts[case.text]]
        ((_, _, body),) = Marker(query.marked).marks([record])
        assert " ".join(f"{start}-{end}" for start, end in merged(body)) == case.spans
