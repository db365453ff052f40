"""``reindex`` is struck at many points; nothing that was published is lost, nothing is left over.

``make crash`` tries POINTS of them (default 300), spread over three runs: killed at a change of the
index folder, killed by the clock (SQLite writes unseen), refused by the system, and with a disk or
a file limit that is too small.
"""

import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.scenes import Scene, answered, left_over, scenes, survived

POINTS = int(os.environ.get("POINTS", "300"))
SEED = int(os.environ.get("SEED", "7"))
# The shares of the points: at a change, by the clock, refused, too small a disk, too small a file.
SHARES = {"change": 0.4, "clock": 0.25, "fail": 0.2, "disk": 0.1, "limit": 0.05}
NOT_PUBLISHED = 3


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Scene, int, float]]:
    """The scenes by name, each with the number of its changes and the seconds that it takes."""
    found = {}
    for scene in scenes(tmp_path_factory.mktemp("scenes")):
        whole = scene.copied(tmp_path_factory.mktemp("whole"))
        begun = time.monotonic()
        _, told = whole.started("none", 0).communicate()
        taken = time.monotonic() - begun
        survived(whole)
        found[scene.name] = (scene, int(told.rsplit("changes: ", 1)[1]), taken)
    return found


def points(kind: str) -> list[tuple[str, float]]:
    """Scenes with places in their runs (0 to 1), spread evenly and then shuffled a little."""
    draw = random.Random(f"{SEED} {kind}")
    count = max(3, round(POINTS * SHARES[kind]))
    names = ("changes", "rebuild", "first run")
    return [(names[n % 3], (n // 3 + draw.random()) * 3 / (count + 2)) for n in range(count)]


def named(kind: str) -> pytest.MarkDecorator:
    """The points of a kind as cases."""
    cases = [pytest.param(n, at, id=f"{n} at {at:.3f}") for n, at in points(kind)]
    return pytest.mark.parametrize(("name", "at"), cases)


Prepared = dict[str, tuple[Scene, int, float]]


@named("change")
def test_killed_at_a_change(name: str, at: float, prepared: Prepared, tmp_path: Path) -> None:
    scene, changes, _ = prepared[name]
    struck = scene.copied(tmp_path)
    process = struck.started("kill", 1 + int(at * changes))
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    survived(struck)


@named("clock")
def test_killed_by_the_clock(name: str, at: float, prepared: Prepared, tmp_path: Path) -> None:
    scene, _, seconds = prepared[name]
    struck = scene.copied(tmp_path)
    process = struck.started("none", 0, start_new_session=True)
    try:
        process.wait(at * seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    survived(struck)


@named("fail")
def test_refused_by_the_system(name: str, at: float, prepared: Prepared, tmp_path: Path) -> None:
    scene, changes, _ = prepared[name]
    struck = scene.copied(tmp_path)
    process = struck.started("fail", 1 + int(at * changes))
    _, told = process.communicate()
    # Some refusals do no harm: a cache that is not kept, a lock that is not described.
    assert process.returncode in (0, NOT_PUBLISHED), told
    assert "Traceback" not in told
    assert (process.returncode == NOT_PUBLISHED) == ("No space left" in told), told
    survived(struck)


@named("disk")
def test_a_full_disk(name: str, at: float, prepared: Prepared, tmp_path: Path) -> None:
    scene, _, _ = prepared[name]
    with small_disk(tmp_path, scene, at) as struck:
        before = answered(struck.index)
        process = struck.started("none", 0)
        _, told = process.communicate()
        assert process.returncode in (0, NOT_PUBLISHED), told
        assert "Traceback" not in told
        assert answered(struck.index) in (before, struck.after)
        if process.returncode == NOT_PUBLISHED:
            assert "No space left" in told
            assert answered(struck.index) == before
        saved = struck.copied(tmp_path / "saved")
    survived(saved)


@named("limit")
def test_files_that_may_not_grow(name: str, at: float, prepared: Prepared, tmp_path: Path) -> None:
    scene, _, _ = prepared[name]
    struck = scene.copied(tmp_path)
    limit = int(at * 60_000)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = struck.started("none", 0, preexec_fn=limited)
    _, told = process.communicate()
    assert process.returncode in (0, NOT_PUBLISHED), told
    assert "Traceback" not in told
    survived(struck)


@contextmanager
def small_disk(folder: Path, scene: Scene, at: float) -> Iterator[Scene]:
    """The scene on a file system with too little room for its run."""
    disk = folder / "disk"
    disk.mkdir()
    used = sum(file.stat().st_size + 4096 for file in scene.folder.rglob("*"))
    size = used + int(at * 400_000)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here: needs root")
    try:
        yield scene.copied(disk)
    finally:
        # Lazily: this process has files of it mapped.
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_nothing_is_left_over_to_begin_with(prepared: Prepared) -> None:
    for scene, _, _ in prepared.values():
        if scene.before is not None:
            assert left_over(scene.index) == set()
