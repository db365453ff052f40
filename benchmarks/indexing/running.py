"""Whole runs of reindex, each a process of its own, as cron or an editor starts it."""

import json
import os
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Any

from benchmarks.corpus import CACHE, ROOT, Sentence
from benchmarks.indexing.articles import content_of
from benchmarks.indexing.prepared import prepared
from benchmarks.memory import Peak

_PROBE = Path(__file__).parent / "kiwi_probe"


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: seconds from its start to its end, articles that are in the index then, MiB of all
    its processes at most; seconds of processor of all; seconds in Kiwi over all (wall, processor,
    loading)."""

    name: str
    seconds: float
    articles: int
    peak: float
    processor: float
    kiwi_wall: float
    kiwi_processor: float
    kiwi_loading: float


def runs(articles: int) -> list[Ran]:
    """A first run, one without change, one with one changed article, one that rebuilds all."""
    with TemporaryDirectory() as name:
        content, index = Path(name) / "content", Path(name) / "index"
        copytree(content_of(articles), content)
        found = [_run("first run", content, index), _run("nothing changed", content, index)]
        _change(min(content.rglob("*.md")))
        found.append(_run("one article changed", content, index))
        found.append(_run("everything anew (--full)", content, index, "--full"))
    return found


def runs_of_prepared(articles: int, source: Sequence[Sentence]) -> list[Ran]:
    """The same where a first run would take hours: on an index that was made without Kiwi. One
    without change, one with one changed article, and one after another that follow the folder."""
    with TemporaryDirectory(dir=CACHE) as name:
        content, index = prepared(articles, source, Path(name))
        found = [_run("nothing changed", content, index)]
        files = sorted(content.rglob("*.md"))
        _change(files[0])
        found.append(_run("one article changed", content, index))
        found.append(_followed(content, index, files[1:], articles))
    return found


def _change(file: Path) -> None:
    text = file.read_text("utf-8")
    # It may be a link to a file that is kept.
    file.unlink()
    file.write_text(text + f"\n그리고 {time.time_ns()}번째 문장이 더해졌다.\n", "utf-8")


def _followed(content: Path, index: Path, files: Sequence[Path], articles: int) -> Ran:
    """From a change to its publication, while ``--watch`` runs: the median of some."""
    with TemporaryDirectory() as times:
        with subprocess.Popen(  # noqa: S603
            [*_command(content, index), "--watch"],
            stdout=subprocess.PIPE,
            env=_environment(times),
            cwd=ROOT,
        ) as process:
            assert process.stdout is not None
            with Peak(process.pid) as peak:
                # The run at the start, the first look of the watching, and Kiwi.
                process.stdout.readline()
                process.stdout.readline()
                waits = [_until_published(file, index, process.stdout) for file in files[:6]]
            process.terminate()
        kiwi = _sums(Path(times))
    # The first has waited for Kiwi.
    seconds = median(waits[1:])
    return Ran("one changed, --watch", seconds, articles, peak.mebibytes, 0.0, 0.0, 0.0, kiwi[2])


def _until_published(file: Path, index: Path, output: IO[bytes]) -> float:
    current = index / "CURRENT.json"
    before = current.stat().st_ino
    begun = time.perf_counter()
    _change(file)
    while current.stat().st_ino == before:
        time.sleep(0.002)
    seconds = time.perf_counter() - begun
    output.readline()
    return seconds


def _command(content: Path, index: Path) -> list[str]:
    options = ["--index", str(index), "--json", "--quiet"]
    return [sys.executable, "-m", "index.cli", str(content), *options]


def _run(name: str, content: Path, index: Path, *options: str) -> Ran:
    with TemporaryDirectory() as times:
        command = [*_command(content, index), *options]
        before = _processor()
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command,
            stdout=subprocess.PIPE,
            env=_environment(times),
            cwd=ROOT,
        )
        with Peak(process.pid) as peak:
            output, _ = process.communicate()
        seconds = time.perf_counter() - begun
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        report: Mapping[str, Any] = json.loads(output)
        kiwi = _sums(Path(times))
    articles = sum(report[key] for key in ("added", "updated", "unchanged"))
    return Ran(name, seconds, articles, peak.mebibytes, _processor() - before, *kiwi)


def _processor() -> float:
    """Seconds of processor of all that this process has started and that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment(times: str) -> dict[str, str]:
    # Nothing of the settings of whoever runs this.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GEULSAEM_")}
    return kept | {"PYTHONPATH": f"{_PROBE}{os.pathsep}{ROOT}", "KIWI_TIMES": times}


def _sums(folder: Path) -> list[float]:
    sums = [0.0, 0.0, 0.0]
    for file in folder.iterdir():
        data = file.read_bytes()
        if data:
            sums = [a + b for a, b in zip(sums, struct.unpack("3d", data), strict=True)]
    return sums
