"""An index that is followed: new generations beside the requests, in this process and in a fork."""

import multiprocessing
import time
import weakref
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from index.analysis import Analyser
from index.generation import IndexFolder
from search.engine import NoIndexError
from search.request import SearchRequest
from search.service import SearchService
from tests.building import article, build_index, service_for

PATIENCE = 30.0


def eventually(check: Callable[[], bool]) -> bool:
    """Whether ``check`` comes true in time."""
    end = time.monotonic() + PATIENCE
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def titles(service: SearchService) -> set[str]:
    """Those that 반도체 finds."""
    return {hit.highlights.title for hit in service.search(SearchRequest("반도체")).hits}


@pytest.fixture
def service(analyser: Analyser, tmp_path: Path) -> SearchService:
    build_index(tmp_path, [article("a", title="반도체 수출")])
    return service_for(tmp_path, analyser)


def test_a_new_generation_is_opened_beside_the_requests(
    service: SearchService, tmp_path: Path
) -> None:
    service.warm_up()
    service.follow()
    build_index(tmp_path, [article("b", title="반도체 가격")])
    assert eventually(lambda: titles(service) == {"<mark>반도체</mark> 가격"})


def test_nothing_is_kept_of_generations_that_were_replaced(
    service: SearchService, tmp_path: Path
) -> None:
    replaced = []
    for number in range(20):
        service.prepare()
        assert len(titles(service)) == 1
        service.suggest("반", 8)
        snapshot, _ = service.planned(SearchRequest())
        replaced.append(weakref.ref(snapshot))
        del snapshot
        build_index(tmp_path, [article(f"b{number}", title="반도체 가격")])
        service.warm_up()
    assert titles(service) == {"<mark>반도체</mark> 가격"}
    # Without the help of the garbage collector, which may be long in coming.
    assert [one() for one in replaced] == [None] * len(replaced)


def test_one_that_is_damaged_is_passed_over(service: SearchService, tmp_path: Path) -> None:
    service.warm_up()
    service.follow()
    build_index(tmp_path, [article("b", title="반도체 가격")])
    assert eventually(lambda: service.generation() == 2)
    newest = IndexFolder(tmp_path).current()
    assert newest is not None
    for file in newest.folder.glob("*.seg"):
        file.unlink()
    (tmp_path / "CURRENT.json").touch()
    assert titles(service) == {"<mark>반도체</mark> 가격"}
    build_index(tmp_path, [article("c", title="반도체 공장")])
    assert eventually(lambda: titles(service) == {"<mark>반도체</mark> 공장"})


def test_what_follows_before_there_is_an_index_waits_for_one(
    analyser: Analyser, tmp_path: Path
) -> None:
    service = service_for(tmp_path, analyser)
    service.follow()
    with pytest.raises(NoIndexError):
        service.search(SearchRequest("반도체"))
    build_index(tmp_path, [article("a", title="반도체 수출")])
    assert titles(service) == {"<mark>반도체</mark> 수출"}


def test_a_fork_of_a_loaded_service_answers_and_follows(
    service: SearchService, tmp_path: Path
) -> None:
    """As the workers of a server do: Kiwi and the index are loaded before they are made."""
    service.warm_up()
    service.prepare()
    ours, theirs = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=_answer_and_follow, args=(service, theirs))
    child.start()
    try:
        assert ours.poll(PATIENCE)
        assert ours.recv() == {"<mark>반도체</mark> 수출"}
        build_index(tmp_path, [article("b", title="반도체 가격")])
        assert ours.poll(PATIENCE)
        assert ours.recv() == {"<mark>반도체</mark> 가격"}
    finally:
        child.kill()
        child.join()


def _answer_and_follow(service: SearchService, answers: Connection) -> None:
    service.follow()
    found = titles(service)
    answers.send(found)
    eventually(lambda: titles(service) != found)
    answers.send(titles(service))
