"""Work spread over processes: all of it is done once, and whatever dies is said at once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.workers import _AHEAD as AHEAD
from index.workers import WorkerDiedError, spread

# More than a line holds that nobody reads.
LARGE = 3 << 20


@pytest.fixture(autouse=True)
def no_process_left() -> Iterator[None]:
    before = children()
    yield
    assert children() == before


def children() -> list[str]:
    own = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return own.read_text().split()


def doubled(chunk: list[int] | bytes) -> list[int] | bytes:
    return chunk * 2


def refused(chunk: int) -> int:
    raise ValueError(f"not {chunk}")


class Killed:
    """Work that ends a process at one of the chunks."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, chunk: int) -> int:
        if chunk == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk


class KilledAsItBegins:
    """Work that no process lives to see."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)

    def __call__(self, chunk: int) -> int:
        return chunk


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([], id="none"),
        pytest.param([[1]], id="fewer than processes"),
        pytest.param([[n] for n in range(40)], id="many"),
        pytest.param([bytes([n]) * LARGE for n in range(12)], id="large"),
    ],
)
def test_each_chunk_is_done_once(chunks: list[Any]) -> None:
    assert sorted(spread(chunks, 2, doubled)) == [chunk * 2 for chunk in chunks]


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(KilledAsItBegins(), id="as it begins"),
        pytest.param(Killed(0), id="at the first"),
        pytest.param(Killed(9), id="in the middle"),
        pytest.param(Killed(19), id="at the last"),
    ],
)
def test_a_process_dies(work: Any) -> None:
    with pytest.raises(WorkerDiedError, match="fewer with --workers"):
        list(spread(range(20), 2, work))


def test_what_is_raised_there_is_raised_here() -> None:
    with pytest.raises(ValueError, match="not ") as raised:
        list(spread(range(20), 2, refused))
    assert "in refused" in raised.value.__notes__[0]


def test_nobody_wants_more() -> None:
    before = children()
    answers = spread([[n] for n in range(20)], 2, doubled)
    next(answers)
    assert len(children()) == len(before) + 2
    answers.close()


class Counted(list[Any]):
    """Chunks that count how many were taken."""

    taken = 0

    def __iter__(self) -> Iterator[Any]:
        for chunk in super().__iter__():
            self.taken += 1
            yield chunk


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_few_chunks_are_handed_out_ahead(workers: int) -> None:
    chunks = Counted([n] for n in range(60))
    ahead = [
        chunks.taken - answers for answers, _ in enumerate(spread(chunks, workers, doubled), 1)
    ]
    assert max(ahead) == ahead[0] == workers * AHEAD
    assert ahead[-1] == 0


def test_the_work_loads_nothing_of_the_command_line() -> None:
    code = "import index.pipeline, sys; print(*{'click', 'pydantic', 'rich'} & sys.modules.keys())"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout.split() == []
    assert loaded.returncode == 0
