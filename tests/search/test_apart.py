"""What is derived in a process apart: once for all, the same as here, whatever is killed."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from index.analysis import Analyser
from search.apart import Apart, BuildError
from search.background import Asked, Built, Latest, State
from search.derived import Derived, Kept, derive, derive_here, read, write
from search.snapshot import Snapshot
from search.whoosh_engine import WhooshEngine
from tests.building import NOBODY, article, build_index

PATIENCE = 60.0
WORDS = ("삼성전자", "반도체", "수출")
# And 소식.
KNOWN = len(WORDS) + 1
FEW = [article(f"a{i}", title=f"{word} 소식", body=word) for i, word in enumerate(WORDS * 3)]
LABELLED = [article("b", title="ＳＫ하이닉스 & R&D", tags=("금융 정책",), authors=("김한수",))]


@pytest.fixture
def index(tmp_path: Path, analyser: Analyser) -> Path:
    build_index(tmp_path / "index", FEW)
    return tmp_path / "index"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The one that the processes of a server share."""
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def opened(index: Path) -> tuple[Snapshot, int]:
    """What is published, and the epoch of what the public sees of it."""
    snapshot = WhooshEngine(index).snapshot()
    return snapshot, snapshot.visibility(int(time.time())).epoch


def derived_by(folder: Path, index: Path) -> tuple[int, int, int]:
    """What one process is given: of which generation, how many words, and in which file."""
    snapshot, epoch = opened(index)
    built = Apart(folder, index)(Asked.of(snapshot, epoch))
    return built.state.generation, len(built.value.vocabulary), file_of(folder).stat().st_ino


def file_of(folder: Path) -> Path:
    (found,) = folder.glob("*/derived.arrays")
    return found


def children(pid: int) -> list[int]:
    """The processes that one has started and not waited for, from whichever thread."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def is_apart(pid: int) -> bool:
    """Whether it runs already: before, it is a copy of its parent and holds the same lock."""
    return b"search.apart" in Path(f"/proc/{pid}/cmdline").read_bytes()


def deriving(pid: int, before: list[int]) -> int:
    """The process apart that a process has started."""
    end = time.monotonic() + PATIENCE
    while not (found := [one for one in children(pid) if one not in before and is_apart(one)]):
        assert time.monotonic() < end
        time.sleep(0.005)
    return found[0]


@pytest.mark.parametrize("articles", [[], FEW, LABELLED, FEW + LABELLED], ids=len)
def test_the_same_as_here(articles: list, folder: Path, tmp_path: Path) -> None:
    build_index(tmp_path / "index", articles)
    apart = Apart(folder, tmp_path / "index")
    snapshot, epoch = opened(tmp_path / "index")
    there, here = apart(Asked.of(snapshot, epoch)), derive(snapshot, epoch)
    assert there.state == here.state == State(1, epoch)
    for one, other in (
        (there.value.vocabulary.arrays, here.value.vocabulary.arrays),
        (there.value.suggestions.arrays, here.value.suggestions.arrays),
    ):
        assert {name: found.tolist() for name, found in one.items()} == {
            name: found.tolist() for name, found in other.items()
        }


@pytest.mark.parametrize(
    "pool",
    [
        lambda: ProcessPoolExecutor(2, multiprocessing.get_context("spawn")),
        lambda: ThreadPoolExecutor(4),
    ],
    ids=["processes", "threads"],
)
def test_all_have_what_one_has_made(
    pool: Callable[[], ProcessPoolExecutor | ThreadPoolExecutor], index: Path, folder: Path
) -> None:
    with pool() as workers:
        asked: list[Future[tuple[int, int, int]]] = [
            workers.submit(derived_by, folder, index) for _ in range(4)
        ]
        found = {one.result(PATIENCE) for one in asked}
    assert [one[:2] for one in found] == [(1, KNOWN)]


def test_who_waits_makes_what_another_could_not(index: Path, folder: Path) -> None:
    with ThreadPoolExecutor(2) as workers:
        before = children(os.getpid())
        asked = [workers.submit(derived_by, folder, index) for _ in range(2)]
        os.kill(deriving(os.getpid(), before), signal.SIGKILL)
        ended = [one.exception(PATIENCE) for one in asked]
    assert [type(error) for error in sorted(ended, key=bool)] == [type(None), BuildError]
    assert derived_by(folder, index)[:2] == (1, KNOWN)


def test_the_lock_of_a_worker_that_dies_is_free(index: Path, folder: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=derived_by, args=(folder, index))
    worker.start()
    assert worker.pid is not None
    apart = deriving(worker.pid, [])
    os.kill(apart, signal.SIGSTOP)
    try:
        worker.kill()
        worker.join(PATIENCE)
        assert derived_by(folder, index)[:2] == (1, KNOWN)
    finally:
        os.kill(apart, signal.SIGKILL)


@pytest.fixture(scope="module")
def prepared(analyser: Analyser, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An index, and a folder that has what was derived of it."""
    index, shared = tmp_path_factory.mktemp("index"), tmp_path_factory.mktemp("run")
    build_index(index, FEW)
    derived_by(shared, index)
    return index, shared


@pytest.mark.parametrize(
    "damaged",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        lambda whole: whole[:-30] + bytes([whole[-30] ^ 1]) + whole[-29:],
        lambda whole: b"cos\nsystem\n(S'true'\ntR.",
    ],
    ids=["empty", "cut", "an array", "the directory", "foreign"],
)
def test_a_damaged_file_is_made_again(
    damaged: Callable[[bytes], bytes], prepared: tuple[Path, Path], folder: Path
) -> None:
    index, shared = prepared
    copytree(shared, folder, dirs_exist_ok=True)
    whole = file_of(folder).read_bytes()
    file_of(folder).write_bytes(damaged(whole))
    before = file_of(folder).stat().st_ino
    again = derived_by(folder, index)
    assert again[:2] == (1, KNOWN)
    assert again[2] != before
    # But for the instant at which it was made.
    assert len(file_of(folder).read_bytes()) == pytest.approx(len(whole), abs=8)


def test_what_nobody_needs_is_removed(index: Path, folder: Path) -> None:
    derived_by(folder, index)
    file = file_of(folder)
    kept = read(file)
    # As if it had been made an hour ago, and another process had died while it wrote.
    write(file, Kept(kept.built, kept.begun - 3600))
    file.with_suffix(".4711").write_bytes(b"a part")
    build_index(index, [*FEW, article("new", title="새 공장", body="삼성전자")])
    assert derived_by(folder, index)[0] == 2
    assert {one.name for one in file.parent.iterdir()} == {"derived.arrays", "lock"}
    # Who still has the one before may go on with it.
    assert "반도체" in kept.built.value.vocabulary


def test_a_folder_that_was_removed_is_made_again(index: Path, folder: Path) -> None:
    apart = Apart(folder, index)
    for _ in range(2):
        snapshot, epoch = opened(index)
        assert apart(Asked.of(snapshot, epoch)).state == State(1, epoch)
        rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_another_user_is_not_written_to(index: Path, folder: Path) -> None:
    os.chown(folder, NOBODY, -1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        derived_by(folder, index)
    assert list(folder.iterdir()) == []


def test_what_is_newer_than_asked_for_will_do(index: Path, folder: Path) -> None:
    older = Asked.of(*opened(index))
    build_index(index, LABELLED)
    assert Apart(folder, index)(older).state.generation == 2


@pytest.mark.parametrize("broken", ["no interpreter", "no index"])
def test_where_no_process_can_do_it_it_is_done_here(
    broken: str,
    index: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if broken == "no interpreter":
        monkeypatch.setattr(sys, "executable", str(folder / "python"))
    there = index if broken == "no interpreter" else index / "nowhere"
    apart, (snapshot, epoch) = Apart(folder, there), opened(index)
    with caplog.at_level(logging.WARNING):
        assert "반도체" in apart(Asked.of(snapshot, epoch)).value.vocabulary
    assert ("No such file" if broken == "no interpreter" else "no index yet") in caplog.text


def test_a_snapshot_that_was_replaced_is_kept_by_nobody_who_waits(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(asked: Asked) -> Built[Derived]:
        begun.set()
        assert go.wait(PATIENCE)
        try:
            return derive_here(asked)
        finally:
            ended.set()

    latest, (snapshot, epoch) = Latest("a test", slow), opened(index)
    assert latest.get(snapshot, epoch) is None
    assert begun.wait(PATIENCE)
    kept = weakref.ref(snapshot)
    del snapshot
    assert kept() is None
    go.set()
    assert ended.wait(PATIENCE)
    assert caplog.text == ""
