"""The memory of processes, as the kernel counts it."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Memory:
    """In MiB: ``rss`` counts pages that are shared too (mapped files among them), ``private`` only
    what this process alone has written (Private_Dirty), ``pss`` its share of everything.

    A page of a mapped file that no other process looks at just now (Private_Clean) is none of a
    process's own: it is a copy of the disk, which the kernel takes back as it likes.
    """

    rss: float
    private: float
    pss: float


def memory_of(pid: int | None = None) -> Memory:
    """The memory of a process, of this one without ``pid``. Raises OSError where it is gone."""
    sizes: dict[str, int] = {}
    for line in Path(f"/proc/{pid or os.getpid()}/smaps_rollup").read_text().splitlines()[1:]:
        name, size, *_ = line.replace(":", " ").split()
        sizes[name] = int(size)
    return Memory(*(sizes[name] / 1024 for name in ("Rss", "Private_Dirty", "Pss")))


def family(pid: int) -> list[int]:
    """A process and all that it started, directly or not."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


class Peak:
    """Watches a process and its children; ``mebibytes`` is the most that all had at a time."""

    def __init__(self, pid: int) -> None:
        self.mebibytes = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        self._look()
        while not self._done.wait(_POLL_SECONDS):
            self._look()
        # Once more: what runs in this process has its most at the end.
        self._look()

    def _look(self) -> None:
        together = 0.0
        for pid in family(self._pid):
            try:
                together += memory_of(pid).pss
            except (OSError, KeyError):
                continue
        self.mebibytes = max(self.mebibytes, together)
