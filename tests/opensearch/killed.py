"""Processes that are killed: each is forked from one that has imported all they need, as by itself
it would take longer to begin than it lives."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from typing import Any

# Imported where a cluster is written to, and not before.
import index.opensearch_writer  # noqa: F401
from index.cli import reindex as command
from index.parts import Part
from index.reindex import Options
from index.reindex_part import reindex_part
from index.settings import Settings
from tests.building import Quiet

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([__name__])
_SECONDS = 120


def begun(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that does a work of this module."""
    process = _SERVER.Process(target=work, args=arguments)
    process.start()
    return process


def ended(process: BaseProcess) -> int | None:
    """How a process ended, as ``exitcode`` has it."""
    process.join(_SECONDS)
    return process.exitcode


def type_reindex(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """``reindex`` as it is typed."""
    os.environ.update(environment)
    command(arguments)


def index_part(settings: Settings, part: str, after: int, phase: str) -> None:
    """Do a part of a run, and die in the middle as the machine might: after so many files, or in a
    phase."""
    reindex_part(settings, Options(), Part.parse(part), _Dying(after, phase))


class _Dying(Quiet):
    def __init__(self, after: int, phase: str) -> None:
        self._left, self._phase = after, phase

    def phase(self, name: str, total: int | None = None) -> None:
        if name == self._phase:
            os.kill(os.getpid(), signal.SIGKILL)

    def advance(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
