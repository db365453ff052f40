"""Work spread over processes, each on a line of its own to the one that began them.

They share no queue and no lock. Whichever dies, and whenever it does, its line ends: that is all
that is left of it to be seen, and nobody waits for what it held.
"""

import gc
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import Any, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

# Chunks handed out ahead, for each process: bounds the memory.
_AHEAD = 3
# A process of Python alone: one of multiprocessing would load again all that the command line needs
# and the work does not. It finds modules where this one does.
_PROCESS = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from index.workers import begin; begin(int(sys.argv[1]))"
)


class WorkerDiedError(Exception):
    """A process of the analysis was killed, most likely for want of memory."""


def spread(chunks: Sequence[T], workers: int, work: Callable[[T], R]) -> Iterator[R]:
    """What ``work`` makes of each chunk, as it comes, in no order.

    ``work`` is made anew in each of at most ``workers`` processes, so that it must be pickled; what
    it raises is raised here. Raises WorkerDiedError. No process is left in the end.
    """
    with _lines(min(workers, len(chunks)), work) as lines:
        yield from _answers(lines, chunks)


def _answers(lines: Sequence[Connection], chunks: Sequence[Any]) -> Iterator[Any]:
    todo = iter(chunks)
    waiting = dict.fromkeys(lines, 0)
    for line, chunk in zip([*lines] * _AHEAD, todo, strict=False):
        _send(line, chunk)
        waiting[line] += 1
    while busy := [line for line, count in waiting.items() if count]:
        for line in cast("list[Connection]", wait(busy)):
            answer, error = _received(line)
            if error is not None:
                raise error
            waiting[line] -= 1
            for chunk in islice(todo, 1):
                _send(line, chunk)
                waiting[line] += 1
            yield answer


def _send(line: Connection, chunk: Any) -> None:
    with _ends_alive():
        line.send(chunk)


def _received(line: Connection) -> Any:
    with _ends_alive():
        return line.recv()


@contextmanager
def _ends_alive() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise WorkerDiedError(
            "a process of the analysis died, most likely for want of memory "
            "(each needs about 600 MB); try fewer with --workers"
        ) from error


@contextmanager
def _lines(count: int, work: Callable[[Any], Any]) -> Iterator[list[Connection]]:
    """The lines to so many processes, which are killed in the end: none of them holds what anybody
    needs."""
    processes: list[subprocess.Popen[bytes]] = []
    lines: list[Connection] = []
    try:
        with _deaf_children():
            for _ in range(count):
                line, other_end = Pipe()
                lines.append(line)
                # Only the process may have this end open, or the line would not end with it.
                with other_end:
                    processes.append(_started(other_end.fileno()))
        for line in lines:
            _send(line, work)
        yield lines
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
        for line in lines:
            line.close()


def _started(end: int) -> subprocess.Popen[bytes]:
    # Never forked: Kiwi's threads do not survive a fork.
    command = [sys.executable, "-P", "-c", _PROCESS, str(end), *sys.path]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[end])  # noqa: S603


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes that start in here never hear Ctrl-C, not even before their first line: the
    parent decides. What it hears itself meanwhile comes after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin(end: int) -> None:
    """What a process does, as long as its line is there; ``end`` is that of the line."""
    line = Connection(end)
    try:
        work = line.recv()
    except (EOFError, OSError):
        os._exit(1)
    # Nothing of an analysis refers to itself; to look for what does, again and again among
    # thousands of tokens, takes a quarter of the time that is not Kiwi's.
    gc.disable()
    gc.freeze()
    todo: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(line, todo), daemon=True).start()
    while True:
        line.send(_done(work, todo.get()))
        # What parsers leave behind, once for each chunk; what stayed from earlier ones stays.
        gc.collect(0)


def _receive(line: Connection, todo: SimpleQueue[Any]) -> None:
    """Take at once what there is to do, as who sends it takes nothing meanwhile. The process ends
    with its line."""
    try:
        while True:
            todo.put(line.recv())
    except (EOFError, OSError):
        os._exit(1)


def _done(work: Callable[[Any], Any], chunk: Any) -> tuple[Any, Exception | None]:
    try:
        return work(chunk), None
    except Exception as error:
        error.add_note(traceback.format_exc())
        return None, error
