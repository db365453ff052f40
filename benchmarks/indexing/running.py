"""Whole runs of reindex, each a process of its own, as cron or an editor starts it."""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.corpus import ROOT
from benchmarks.indexing.articles import content_of
from benchmarks.memory import Peak

_PROBE = Path(__file__).parent / "kiwi_probe"


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: seconds from its start to its end, articles that are in the index then, MiB of all
    its processes at most; seconds in Kiwi over all processes (wall, processor, loading)."""

    name: str
    seconds: float
    articles: int
    peak: float
    kiwi_wall: float
    kiwi_processor: float
    kiwi_loading: float


def runs(articles: int) -> list[Ran]:
    """A first run, one without change, one with one changed article, one that rebuilds all."""
    with TemporaryDirectory() as name:
        content, index = Path(name) / "content", Path(name) / "index"
        copytree(content_of(articles), content)
        found = [_run("first run", content, index), _run("nothing changed", content, index)]
        changed = next(iter(sorted(content.rglob("*.md"))))
        changed.write_text(changed.read_text("utf-8") + "\n그리고 한 문장이 더해졌다.\n", "utf-8")
        found.append(_run("one article changed", content, index))
        found.append(_run("everything anew (--full)", content, index, "--full"))
    return found


def _run(name: str, content: Path, index: Path, *options: str) -> Ran:
    with TemporaryDirectory() as times:
        command = [sys.executable, "-m", "index.cli", str(content), "--index", str(index)]
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [*command, "--json", "--quiet", *options],
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
    return Ran(name, seconds, articles, peak.mebibytes, *kiwi)


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
