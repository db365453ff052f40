"""A search that may cost nothing more leaves out what matches, and never shows what does not."""

import gc
import math
import time
from itertools import count
from pathlib import Path

import pytest

from index.analysis import Analyser
from search import budget
from search.request import SearchAnswer, SearchRequest
from search.service import SearchService
from tests.building import app_for, article, build_index, service_for

WORDS = ("금리", "인상", "반도체", "수출", "정부", "대책", "환율", "주가", "물가", "고용")
QUERIES = {
    "words": "금리 인상 반도체",
    "many words": " ".join(WORDS),
    "or": " OR ".join(WORDS),
    "and not": "금리 -반도체",
    "not in a group": "(금리 -반도체) OR (수출 -(환율 OR 물가))",
    "only not": "-금리",
    "phrase": '"금리 인상"',
    "prefix": "반도*",
    "not a prefix": "금리 -반*",
    "field": "title:금리 body:수출",
    "facet": "tag:금리 금리",
    "misspelt": "반도페 수출",
    "wrong mode": "qksehcp tncnf",
}
SECONDS = (0.0, 0.0001, 0.0005, 0.001, 0.003, 10.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty articles, each with some of the words."""
    made = tmp_path_factory.mktemp("budget")
    articles = []
    for n in range(60):
        own = [word for i, word in enumerate(WORDS) if (n >> (i % 6)) & 1 or n % (i + 3) == 0]
        end = "금리 인상 결정." if n % 4 == 1 else ""
        text = ", ".join(f"{word} 소식" for word in own) + f". {end}"
        articles.append(
            article(f"a{n}", title=f"{' '.join(own[:2])} {n}", body=text, tags=tuple(own))
        )
    build_index(made, articles)
    return made


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is measured, of few documents too."""
    monkeypatch.setattr(budget, "_FEW", 0)


@pytest.fixture
def fresh(folder: Path, analyser: Analyser) -> SearchService:
    """A service that has nothing in memory yet but what corrections need."""
    service = service_for(folder, analyser)
    service.prepare()
    return service


def _ask(service: SearchService, q: str) -> SearchAnswer:
    with service.one_budget():
        return service.search(SearchRequest(q=q, per_page=100))


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("q", QUERIES.values(), ids=QUERIES.keys())
def test_what_is_found_matches(
    q: str, seconds: float, fresh: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_WALL_SECONDS", 100.0)
    monkeypatch.setattr(budget, "_CPU_SECONDS", seconds)
    short = _ask(fresh, q)
    monkeypatch.setattr(budget, "_CPU_SECONDS", 100.0)
    whole = _ask(fresh, q)
    assert not whole.partial, "the answer that was cut short was kept"
    assert whole.total, "a query of nothing shows nothing"
    same = short.query.applied == whole.query.applied
    # Where not all is asked for, a weight that was estimated may let others in.
    if same and short.query.matching == whole.query.matching == "all":
        assert {hit.id for hit in short.hits} <= {hit.id for hit in whole.hits}
        assert short.partial or short.total == whole.total
    if short.total != whole.total:
        assert not short.settled
    if seconds == 0.0:
        assert short.partial
    if seconds == 10.0:
        assert (short.total, short.partial) == (whole.total, False)


@pytest.mark.parametrize(("documents", "steps"), [(1, 500), (60, 500), (5_000, 200), (100_000, 10)])
def test_the_first_steps_are_few(
    documents: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_CPU_SECONDS", 0.0)
    granted = budget.Budget(documents)
    assert [granted.affords(budget.MATCHING) for _ in range(steps + 5)] == [True] * steps + [
        False
    ] * 5


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("looks", [37, 41, 45, 49])
def test_what_is_cut_short_has_hits(
    looks: int, fresh: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that goes on by one whenever somebody looks ends the budget at some of the words."""
    clock = count()
    monkeypatch.setattr(budget, "_WALL_SECONDS", math.inf)
    monkeypatch.setattr(budget, "_CPU_SECONDS", float(looks))
    monkeypatch.setattr(time, "thread_time", lambda: float(next(clock)))
    # Where less time goes by than may be spent, nobody looks.
    passing = count(step=looks)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(passing)))
    answer = _ask(fresh, QUERIES["many words"])
    assert answer.partial
    assert answer.hits


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    "ask", ["/api/v1/suggest?q=금", "/api/v1/related?id=a1", "/opensearch-suggest?q=금"]
)
def test_a_help_that_may_cost_nothing_is_kept_by_nobody(
    ask: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_for(folder)
    app.extensions["geulsaem"].service.prepare()
    client = app.test_client()
    with monkeypatch.context() as poor:
        poor.setattr(budget, "_CPU_SECONDS", 0.0)
        short = client.get(ask)
        assert short.status_code == 200
        assert short.headers["Cache-Control"] == "no-cache"
    whole = client.get(ask)
    assert whole.headers["Cache-Control"].startswith("public")
    assert len(short.text) < len(whole.text)


@pytest.mark.usefixtures("measured")
def test_time_of_a_machine_without_any(
    fresh: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_WALL_SECONDS", 0.0)
    assert _ask(fresh, "금리 인상").partial


def test_who_asks_without_one_is_answered_whole(
    fresh: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the command line, where Kiwi is loaded by the first query."""
    monkeypatch.setattr(budget, "_CPU_SECONDS", 0.0)
    assert not fresh.search(SearchRequest(q="금리 인상")).partial


@pytest.mark.parametrize("q", QUERIES.values(), ids=QUERIES.keys())
@pytest.mark.parametrize("limit", ["_CPU_SECONDS", "_WALL_SECONDS"])
def test_few_documents_are_searched_however_busy_the_machine_is(
    limit: str, q: str, fresh: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as busy:
        busy.setattr(budget, limit, 0.0)
        hurried = _ask(fresh, q)
    whole = _ask(fresh, q)
    if limit == "_WALL_SECONDS" and whole.query.applied != q:
        # Corrections are a help: where they are not tried, nothing of what was typed is missed.
        assert (hurried.partial, hurried.settled) == (False, False)
    else:
        assert (hurried.total, hurried.partial) == (whole.total, False)
        assert {hit.id for hit in hurried.hits} == {hit.id for hit in whole.hits}


def test_many_documents_are_not_searched_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "_CPU_SECONDS", 0.0)
    granted = budget.Budget(10_000)
    assert [granted.affords(1.0) for _ in range(200)] == [True] * 100 + [False] * 100


def test_garbage_of_the_process_is_collected_at_nobodys_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Going through a million objects takes some 50 ms; 5 ms may be spent."""
    monkeypatch.setattr(budget, "_CPU_SECONDS", 0.00005)
    heap: list[list[object]] = [[] for _ in range(1_000_000)]
    with budget.budget(10_000_000) as granted:
        gc.collect()
        assert granted.affords(1.0)
    assert len(heap) == 1_000_000


def test_a_budget_grows_with_the_index() -> None:
    small, large = budget.Budget(1), budget.Budget(10_000_000)
    small_spent = budget.Budget(100_000)
    assert small._cpu == small_spent._cpu
    assert large._cpu == 100 * small._cpu


def test_outside_of_a_search_nothing_is_cut() -> None:
    budget.check()
    assert budget.affordable(0.0)
    assert budget.refusals() == 0
