"""``reindex --watch`` beside editors, git and the file manager, as a process of its own."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from index.watch import WatchError
from index.watch import watch as follow
from tests.building import Archive, markdown, unprivileged, write_files

ROOT = Path(__file__).parents[2]
MANY = 2000


class Watch:
    """A running ``reindex --watch``; ``reports`` of its runs, one after another."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        command = [sys.executable, "-m", "index.cli", str(archive.content)]
        command += ["--index", str(archive.index), "--watch", "--json", "--quiet", "--allow-empty"]
        self.process = subprocess.Popen(
            command,
            cwd=archive.root,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "GEULSAEM_BASE_URL": "https://news.example/",
            },
            text=True,
            stdout=subprocess.PIPE,
        )
        # The run at the beginning, and the one that sees what happened before the watching.
        assert [self.report()["published"], self.report()["published"]] == [True, False]

    def report(self) -> dict[str, Any]:
        """What the next run did."""
        assert self.process.stdout
        found: dict[str, Any] = json.loads(next(self.process.stdout))
        return found

    def reports(self, name: str, count: int) -> list[dict[str, Any]]:
        """Of the runs until that many files were ``added``, ``updated`` …"""
        found = [self.report()]
        while sum(report[name] for report in found) < count:
            found.append(self.report())
        return found


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """One on a repository with three articles."""
    archive = Archive(tmp_path)
    archive.write({f"{name}.md": markdown(name) for name in "abc"})
    running = Watch(archive)
    try:
        yield running
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 143
    finally:
        running.process.kill()


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def beside_and_renamed(path: Path, text: str) -> None:
    """As most programs save."""
    new = path.with_name(f".{path.name}.tmp")
    new.write_text(text)
    new.replace(path)


def backup_first(path: Path, text: str) -> None:
    """As vim saves."""
    backup = path.with_name(f"{path.name}~")
    write_files(path.parent, {"4913": ""})
    (path.parent / "4913").unlink()
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def under_a_lock(path: Path, text: str) -> None:
    """As Emacs saves: a dangling link says who edits."""
    lock = path.with_name(f".#{path.name}")
    lock.symlink_to("someone@machine.1234")
    path.with_name(f"#{path.name}#").write_text(text)
    path.write_text(text)
    path.with_name(f"#{path.name}#").unlink()
    lock.unlink()


def test_editors(watch: Watch) -> None:
    saves: list[Callable[[Path, str], None]]
    saves = [in_place, beside_and_renamed, backup_first, under_a_lock]
    for save in saves:
        save(watch.archive.content / "a.md", markdown(save.__name__))
        (report,) = watch.reports("updated", 1)
        assert (report["added"], report["deleted"], report["skipped"]) == (0, 0, []), save
        assert watch.archive.titles() == {"a": save.__name__, "b": "b", "c": "c"}


def test_a_file_that_comes_bit_by_bit_is_waited_for(tmp_path: Path) -> None:
    written = threading.Event()

    def write() -> None:
        with (tmp_path / "a.md").open("w", buffering=1) as file:
            for _ in range(100):
                file.write("한 줄\n")
                time.sleep(0.01)
        written.set()

    looks = follow(tmp_path)
    assert next(looks) is None
    threading.Thread(target=write).start()
    # That it came, and that it grew.
    assert set(next(looks) or ()) == {tmp_path / "a.md"}
    assert written.is_set()
    looks.close()


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=n", "-c", "user.email=n@news.example", "-c", "gc.auto=0"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


def test_a_checkout_and_a_rename_of_thousands(watch: Watch) -> None:
    root, content = watch.archive.root, watch.archive.content
    git(root, "init", "-b", "few")
    write_files(root, {".gitignore": "index\n"})
    git(root, "add", ".")
    git(root, "commit", "-m", "few")
    git(root, "checkout", "-b", "many")
    for n in range(MANY):
        watch.archive.write({f"n/{n}.md": markdown(f"기사 {n}")})
    assert sum(report["added"] for report in watch.reports("added", MANY)) == MANY
    git(root, "add", ".")
    git(root, "commit", "-m", "many")

    git(root, "checkout", "few")
    (report,) = watch.reports("deleted", MANY)
    assert report["unchanged"] == 3
    git(root, "checkout", "many")
    assert sum(report["added"] for report in watch.reports("added", MANY)) == MANY
    (content / "n").rename(content / "m")
    (report,) = watch.reports("renamed", MANY)
    assert (report["added"], report["deleted"]) == (0, 0)
    assert watch.archive.run().published is False


def anew(content: Path) -> None:
    """As git does between branches of which one has no articles."""
    new = content.with_name("new")
    write_files(new, {f"{name}.md": markdown(f"{name} 다시") for name in "abc"})
    rmtree(content)
    new.rename(content)


def by_a_link(content: Path) -> None:
    """As a deployment does that keeps the releases side by side."""
    release = write_files(content.with_name("next"), {f"{n}.md": markdown(n + n) for n in "abc"})
    content.rename(content.with_name("last"))
    content.symlink_to(release)


def test_another_folder_in_the_place_of_the_content(watch: Watch) -> None:
    for replace in (anew, by_a_link):
        replace(watch.archive.content)
        watch.reports("updated", 3)
        # What is followed is the new one.
        (watch.archive.content / "a.md").write_text(markdown(replace.__name__))
        watch.reports("updated", 1)
        assert watch.archive.titles()["a"] == replace.__name__


def test_a_folder_that_cannot_be_read_does_not_end_the_watching() -> None:
    with TemporaryDirectory() as name:
        root = write_files(Path(name), {"a.md": markdown("a"), "closed/b.md": markdown("b")})
        root.chmod(0o755)
        (root / "closed").chmod(0)
        with unprivileged():
            looks = follow(root)
            assert next(looks) is None
            looks.close()
        (root / "closed").chmod(0o700)


def test_a_system_that_does_not_tell_of_changes(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(WatchError, match=r"cannot be followed: .*max_user_watches"):
            next(follow(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
