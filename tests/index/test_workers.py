"""Work spread over processes: all of it is done once, and whatever dies is said at once."""

import multiprocessing
import os
import signal
from typing import Any

import pytest

from index.workers import WorkerDiedError, spread

# More than a line holds that nobody reads.
LARGE = 3 << 20


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
    assert multiprocessing.active_children() == []


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
    assert multiprocessing.active_children() == []


def test_what_is_raised_there_is_raised_here() -> None:
    with pytest.raises(ValueError, match="not ") as raised:
        list(spread(range(20), 2, refused))
    assert "in refused" in raised.value.__notes__[0]
    assert multiprocessing.active_children() == []


def test_nobody_wants_more() -> None:
    answers = spread([[n] for n in range(20)], 2, doubled)
    next(answers)
    answers.close()
    assert multiprocessing.active_children() == []
