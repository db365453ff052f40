"""A fresh process: import, open, first query. Run as a program, it is that process."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cold:
    """Milliseconds and MiB, medians of some runs. ``dropped``: the files were not in memory."""

    engine: str
    dropped: bool
    imported: float
    opened: float
    first: float
    rss: float


def cold(engine: str, folder: Path, words: tuple[str, ...], *, dropped: bool, runs: int) -> Cold:
    """Measure an engine on its index, with an AND query and four facets."""
    found = []
    for _ in range(runs):
        if dropped:
            _drop(folder)
        command = [sys.executable, "-m", __name__, engine, str(folder), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        found.append(json.loads(done.stdout))
    medians = {key: statistics.median(one[key] for one in found) for key in found[0]}
    return Cold(engine, dropped, **medians)


def _drop(folder: Path) -> None:
    """Ask the kernel to forget the files of a folder; the machine below may still hold them."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _import(engine: str) -> Callable[[Path], object]:
    """What opens an index; only here are the modules of an engine imported."""
    match engine:
        case "ours":
            from benchmarks.search.ours import Ours

            return lambda folder: Ours("ours", folder)
        case "tantivy":
            from benchmarks.search.with_tantivy import Tantivy

            return Tantivy
        case "fts5":
            from benchmarks.search.with_fts5 import Fts5

            return Fts5
        case _:
            from benchmarks.search.with_whoosh import PlainWhoosh

            return PlainWhoosh


def main(engine: str, folder: str, *words: str) -> None:
    """Print the times of this process."""
    from benchmarks.asked import Asked

    begun = time.perf_counter()
    open_index = _import(engine)
    imported = time.perf_counter()
    contender = open_index(Path(folder))
    opened = time.perf_counter()
    contender.run(Asked("and", words), facets=True)  # type: ignore[attr-defined]
    first = time.perf_counter()

    from benchmarks.memory import memory_of

    print(
        json.dumps(
            {
                "imported": (imported - begun) * 1000,
                "opened": (opened - imported) * 1000,
                "first": (first - opened) * 1000,
                "rss": memory_of().rss,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
