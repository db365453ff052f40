"""Many readers and one writer: every answer is of one generation, and none of them fails."""

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from index.analysis import Analyser
from index.settings import Settings
from search.engine import open_engine
from search.plan import Plan
from search.request import SearchAnswer, SearchRequest
from tests.building import article, build_index, service_for
from tests.corpora import Change, build, document_of
from tests.corpora import publish as publish_batch

QUERIES = ("", "반도체", "반도체 수출", "title:반도체", '"반도체 수출"', "-수출", "반도*")


def test_answers_are_whole(analyser: Analyser, tmp_path: Path) -> None:
    publish(tmp_path, 1)
    service = service_for(tmp_path, analyser)
    done = Event()

    def ask(q: str) -> list[SearchAnswer]:
        answers = []
        while not done.is_set() or not answers:
            answers.append(service.search(SearchRequest(q=q, per_page=100)))
        return answers

    with ThreadPoolExecutor(len(QUERIES)) as pool:
        asked = {q: pool.submit(ask, q) for q in QUERIES}
        for generation in range(2, 6):
            publish(tmp_path, generation)
        done.set()
    for q, future in asked.items():
        for answer in future.result():
            assert answer.total == len(answer.hits) == (0 if q == "-수출" else answer.generation)
            assert {hit.title.split()[-1] for hit in answer.hits} <= {f"g{answer.generation}"}
            assert [row.count for row in answer.facets["year"]] == [answer.total] * bool(
                answer.hits
            )
    assert service.search(SearchRequest()).generation == 5


def publish(folder: Path, generation: int) -> None:
    """A generation of as many articles as its number says."""
    made = [
        article(f"a{i}", title=f"반도체 수출 g{generation}", authors=(f"기자{generation}",))
        for i in range(generation)
    ]
    build_index(folder, made)


# Processes, on documents that need no analysis: generation n holds n of them.

GENERATIONS = 25
PATIENCE = 60.0
EVERYTHING = Plan((), limit=2 * GENERATIONS)


def one_more(number: int) -> list[Change]:
    """A batch that adds a document."""
    return [Change(f"글-{number}", document_of(f"글-{number}", number + 1))]


def check(folder: Path, last: int, *, anew: bool) -> int:
    """Ask until the last generation answers, with one engine or each time with a new one; how
    often that was."""
    settings = Settings(index_dir=folder)
    engine, before, asked = open_engine(settings), 0, 0
    while before < last:
        snapshot = open_engine(settings).snapshot() if anew else engine.snapshot()
        page = snapshot.search(EVERYTHING)
        assert before <= snapshot.generation == page.total == len(page.found)
        assert engine.degraded is None
        before, asked = snapshot.generation, asked + 1
    return asked


def test_processes_and_threads_read_while_one_writes(tmp_path: Path) -> None:
    writer = build(tmp_path, [one_more(0)])
    fork = multiprocessing.get_context("fork")
    readers = [
        fork.Process(target=check, args=(tmp_path, GENERATIONS), kwargs={"anew": anew})
        for anew in (False, True, True)
    ]
    for reader in readers:
        reader.start()
    try:
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(check, tmp_path, GENERATIONS, anew=anew) for anew in (False, True)]
            for number in range(1, GENERATIONS):
                publish_batch(writer, one_more(number))
            assert all(future.result(PATIENCE) > 1 for future in asked)
        for reader in readers:
            reader.join(PATIENCE)
            assert reader.exitcode == 0
    finally:
        for reader in readers:
            reader.kill()


def test_who_reads_a_removed_generation_reads_on(tmp_path: Path) -> None:
    writer = build(tmp_path, [one_more(0)])
    held = open_engine(Settings(index_dir=tmp_path)).snapshot()
    for number in range(1, 4):
        publish_batch(writer, one_more(number), fresh=True)
    assert not (tmp_path / "generation-000001").exists()
    assert [hit.id for hit in held.search(EVERYTHING).found] == ["글-0"]
    assert held.documents(["글-0"], None)["글-0"]["n"] == 1


@pytest.mark.parametrize("file", ["generation.json", "segments.json", "000001-1.seg"])
def test_a_generation_that_is_removed_while_it_is_opened(file: str, tmp_path: Path) -> None:
    """Two more are published at the very moment in which a reader opens a file of the first."""
    writer = build(tmp_path, [one_more(0)])

    def publish_two() -> None:
        for number in (1, 2):
            publish_batch(writer, one_more(number), fresh=True)

    when_opened(tmp_path / "generation-000001" / file, publish_two)
    engine = open_engine(Settings(index_dir=tmp_path))
    assert engine.snapshot().generation == 3
    assert engine.degraded is None
    assert not (tmp_path / "generation-000001").exists()


def when_opened(path: Path, do: Callable[[], None]) -> None:
    """Do it once, as soon as this process opens the file. An audit hook cannot be removed: later
    it does nothing."""
    left = [do]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if left and event == "open" and str(arguments[0]) == str(path):
            left.pop()()

    sys.addaudithook(hook)
