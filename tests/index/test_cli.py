"""The command reindex: what it prints, how it exits, how it stops."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index import cli
from index.cli import reindex
from index.settings import Settings
from index.writer import open_writer
from search.engine import open_engine
from tests.building import markdown, write_files

BROKEN = '---\ntitle: "그는 "좋다"\n---\n글\n'


def run(root: Path, *arguments: str) -> Result:
    """The command in this process, on the content and the index below ``root``."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        command = [str(root / "content"), "--index", str(root / "index"), *arguments]
        return CliRunner().invoke(reindex, command)
    finally:
        signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content folder with two articles; the working directory beside it."""
    write_files(tmp_path, {"content/a.md": markdown("가"), "content/b.md": markdown("나")})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_a_person_reads(root: Path) -> None:
    write_files(root, {"content/c.md": BROKEN, "content/d.md": b"\x00"})
    result = run(root)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "skipped: d.md: is a binary file, no text" in result.stderr
    assert "salvaged: c.md:2: broken front matter (YAML: " in result.stderr
    assert "generation 1 published: 3 added, 0 updated" in result.stderr
    assert "nothing to do, generation 1 stands" in run(root).stderr


def test_many_problems_are_cut_short(root: Path) -> None:
    write_files(root, {f"content/x{i:02d}.md": b"\x00" for i in range(25)})
    assert "skipped: 5 more; --json lists all" in run(root).stderr


def test_wrong_synonyms_are_said_before_anything_is_indexed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(root, {"synonyms.txt": "가온, 나래\n혼자\n"})
    monkeypatch.setenv("GEULSAEM_SYNONYMS_FILE", "synonyms.txt")
    result = run(root)
    assert result.exit_code == 2
    assert "synonyms.txt:2: a group needs two words or more" in result.stderr
    assert not (root / "index").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--part", "3"], "'3' is no part; write 3/8 for the third", id="no slash"),
        pytest.param(["--part", "a/8"], "'a/8' is no part", id="no number"),
        pytest.param(["--part", "-1/8"], "'-1/8' is no part", id="negative"),
        pytest.param(["--part", "³/8"], "'³/8' is no part", id="no ASCII"),
        pytest.param(["--part", "0/8"], "0/8: of 8 parts the first is 1", id="too small"),
        pytest.param(["--part", "9/8"], "9/8: of 8 parts the first is 1, the last 8", id="large"),
        pytest.param(["--part", "1/0"], "1/0: a run has 1 to 256 parts", id="none"),
        pytest.param(["--part", "1/257"], "1/257: a run has 1 to 256 parts", id="too many"),
        pytest.param(["--part", "1/8"], 'it needs engine = "opensearch" (it is whoosh)', id="one"),
        pytest.param(["--part", "cancel"], 'it needs engine = "opensearch"', id="cancel"),
        pytest.param(
            ["--part", "1/8", "--watch"],
            "--part goes with neither --watch nor --dry-run",
            id="watch",
        ),
        pytest.param(
            ["--part", "1/8", "--dry-run"],
            "--part goes with neither --watch nor --dry-run",
            id="dry run",
        ),
    ],
)
def test_what_is_no_part(root: Path, arguments: Sequence[str], said: str) -> None:
    result = run(root, *arguments)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert not (root / "index").exists()


@pytest.mark.parametrize("arguments", [[""], [" "], ["content", "--index", ""]], ids=str)
def test_an_empty_path_is_no_folder(arguments: list[str], root: Path) -> None:
    result = CliRunner().invoke(reindex, arguments)
    assert result.exit_code == 2
    assert "is empty; name a folder" in result.stderr
    assert not (root / ".index").exists()


def test_names_are_no_markup(root: Path) -> None:
    write_files(root, {"content/[red]c.md": b"\x00"})
    assert "skipped: [red]c.md: " in run(root).stderr


def test_names_are_no_commands_to_the_terminal(root: Path) -> None:
    write_files(root, {"content/\x1b]0;c.md": b"\x00"})
    assert "skipped: �]0;c.md: " in run(root).stderr


def test_json(root: Path) -> None:
    write_files(root, {"content/c.md": BROKEN, "content/d.md": b"\x00"})
    result = run(root, "--json", "--quiet")
    report = json.loads(result.stdout)
    assert list(report) == [
        *("published", "added", "updated", "renamed", "deleted", "unchanged"),
        *("skipped", "salvaged", "seconds", "articles_per_second", "generation"),
    ]
    assert report["skipped"] == [{"file": "d.md", "line": 0, "reason": "is a binary file, no text"}]
    assert [list(p) for p in report["salvaged"]] == [["file", "line", "reason"]]
    assert (report["published"], report["added"], report["generation"]) == (True, 3, 1)
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("files", "arguments", "code"),
    [
        pytest.param({}, [], 0, id="fine"),
        pytest.param({}, ["--strict"], 0, id="strict-and-fine"),
        pytest.param({"content/c.md": BROKEN}, [], 0, id="salvaged"),
        pytest.param({"content/c.md": BROKEN}, ["--strict"], 1, id="strict-and-salvaged"),
        pytest.param({"content/c.md": b"\x00"}, ["--strict"], 1, id="strict-and-skipped"),
        pytest.param({"content/c.md": b"\x00"}, ["--strict", "--dry-run"], 1, id="strict-dry-run"),
        pytest.param({}, ["--dry-run"], 0, id="dry-run"),
    ],
)
def test_exit_codes(
    files: dict[str, str | bytes], arguments: list[str], code: int, root: Path
) -> None:
    write_files(root, files)
    assert run(root, *arguments).exit_code == code


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        pytest.param({}, ["--no-such"], "No such option", id="option"),
        pytest.param({}, ["--workers", "0"], "workers", id="workers"),
        pytest.param({}, ["--wait", "-1"], "wait", id="wait"),
        pytest.param({}, ["--engine", "lucene"], "whoosh", id="engine"),
        pytest.param({"geulsaem.toml": "timezone = 'Mars'"}, [], "timezone: 'Mars'", id="zone"),
        pytest.param({"geulsaem.toml": "timezone = "}, [], "geulsaem.toml: ", id="toml"),
        pytest.param({"geulsaem.toml": b"\xff"}, [], "geulsaem.toml: ", id="not-utf-8"),
        pytest.param({"hugo.toml": "baseURL = "}, [], "hugo.toml: ", id="hugo-toml"),
        pytest.param({"hugo.yaml": "a: [1"}, [], "hugo.yaml: ", id="hugo-yaml"),
        pytest.param(
            {"geulsaem.toml": "user_dictionary = 'words.tsv'", "words.tsv": "가\n나\tXYZ"},
            [],
            "words.tsv:2: 'XYZ' is no tag",
            id="dictionary",
        ),
    ],
)
def test_what_is_wrong_with_the_call(
    files: dict[str, str | bytes], arguments: list[str], message: str, root: Path
) -> None:
    write_files(root, files)
    result = run(root, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (root / "index").exists()


def test_a_missing_content_folder(root: Path) -> None:
    result = CliRunner().invoke(reindex, [str(root / "nowhere"), "--index", str(root / "index")])
    assert result.exit_code == 3
    assert "nowhere: there is no such content folder" in result.stderr


def test_an_empty_content_folder(root: Path) -> None:
    run(root)
    write_files(root, {"content/a.md": "", "content/b.md": ""})
    result = run(root)
    assert result.exit_code == 3
    assert "not published: 2 of 2 indexed articles would vanish" in result.stderr
    assert run(root, "--allow-empty").exit_code == 0


def test_a_locked_index_names_who_holds_it(root: Path) -> None:
    writer = open_writer(Settings(index_dir=root / "index"))
    with writer.lock(0):
        result = run(root)
        assert run(root, "--dry-run").exit_code == 0
    assert result.exit_code == 3
    assert f"is being written by process {os.getpid()} on " in result.stderr
    assert "--wait SECONDS" in result.stderr
    assert run(root).exit_code == 0


def test_waiting_for_the_lock(root: Path) -> None:
    writer = open_writer(Settings(index_dir=root / "index"))
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with writer.lock(0):
            held.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.3, release.set).start()
    assert run(root, "--wait", "30").exit_code == 0
    holder.join()


def test_runs_at_the_same_time(root: Path) -> None:
    """Those that wait find nothing left to do; one that does not is told who is at work."""
    write_files(root, many(60, "글"))
    waiting = [spawned(command(root, "--wait", "60", "--json"), root) for _ in range(3)]
    reports = [json.loads(process.communicate(timeout=90)[0]) for process in waiting]
    assert [process.returncode for process in waiting] == [0, 0, 0]
    assert sorted(report["published"] for report in reports) == [False, False, True]
    assert {report["generation"] for report in reports} == {1}
    assert sorted(report["added"] for report in reports) == [0, 0, 62]


def test_an_index_folder_that_is_a_file(root: Path) -> None:
    write_files(root, {"index": "x"})
    result = run(root)
    assert result.exit_code == 3
    assert "index" in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


# What a command does to its own process is tried in a process of its own.
LIMITED = """
import resource, sys
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
from index import cli
from index.cli import reindex
reindex()
"""


def command(root: Path, *arguments: str, limit: int | None = None) -> list[str]:
    begin = ["-m", "index.cli"] if limit is None else ["-c", LIMITED, str(limit)]
    return [
        sys.executable,
        *begin,
        str(root / "content"),
        "--index",
        str(root / "index"),
        *arguments,
    ]


def spawned(arguments: Sequence[str], root: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        arguments,
        cwd=root,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def many(count: int, title: str, length: int = 40) -> dict[str, str]:
    body = "반도체 수출이 다섯 달째 늘었다고 정부가 밝혔다. " * length
    return {f"content/n/{i:04d}.md": markdown(f"{title} {i}", body) for i in range(count)}


def children(process: "subprocess.Popen[str]") -> list[int]:
    """The processes of the analysis, as soon as there are any."""
    for _ in range(200):
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        begun = [n for n in listed if b"workers" in Path(f"/proc/{n}/cmdline").read_bytes()]
        if begun:
            return list(map(int, begun))
        time.sleep(0.05)
    return []


def published(root: Path) -> int:
    return open_engine(Settings(index_dir=root / "index")).snapshot().generation


@pytest.mark.parametrize("limit", [10, 1000, 20_000], ids=lambda n: f"{n}-bytes")
def test_a_full_disk(limit: int, root: Path) -> None:
    run(root)
    write_files(root, many(60, "새 글"))
    process = spawned(command(root, "--quiet", limit=limit), root)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "not published: " in errors
    assert "File too large" in errors
    assert "Traceback" not in errors
    assert published(root) == 1
    assert "62 added" in run(root).stderr.replace("60 added", "62 added")
    assert published(root) == 2


@pytest.mark.parametrize(
    ("sent", "code", "workers"),
    [
        (signal.SIGTERM, 143, 1),
        (signal.SIGTERM, 143, 2),
        (signal.SIGINT, 130, 1),
        (signal.SIGINT, 130, 2),
    ],
    ids=["term", "term-with-processes", "int", "int-with-processes"],
)
def test_stopped_by_a_signal(sent: signal.Signals, code: int, workers: int, root: Path) -> None:
    run(root)
    write_files(root, many(100, "새 글", length=400))
    process = spawned(command(root, "--workers", str(workers)), root)
    assert process.stderr
    next(line for line in process.stderr if line.startswith("analysing"))
    if workers > 1:
        assert children(process)
    time.sleep(0.5)
    os.killpg(process.pid, sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in errors
    assert published(root) == 1
    write_files(root, many(100, "새 글", length=1))
    assert run(root).exit_code == 0
    assert published(root) == 2


def test_watching(root: Path) -> None:
    process = spawned(command(root, "--watch"), root)
    assert process.stderr
    next(line for line in process.stderr if line.startswith("generation 1 published"))
    write_files(root, {"content/c.md": markdown("새 글")})
    next(line for line in process.stderr if line.startswith("generation 2 published"))
    # What is wrong for a moment, in the middle of a checkout say, does not end it.
    write_files(root, {f"content/{name}.md": b"\x00" for name in "abc"})
    next(line for line in process.stderr if "3 of 3 indexed articles would vanish" in line)
    os.killpg(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "Traceback" not in errors
    assert published(root) == 2


def test_a_process_of_the_analysis_is_killed(root: Path) -> None:
    run(root)
    write_files(root, many(100, "새 글", length=400))
    process = spawned(command(root, "--workers", "2"), root)
    os.kill(children(process)[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "not published: a process of the analysis died" in errors
    assert "fewer with --workers" in errors
    assert "Traceback" not in errors
    assert published(root) == 1


def test_killed(root: Path) -> None:
    run(root)
    write_files(root, many(60, "새 글"))
    process = spawned(command(root), root)
    assert process.stderr
    next(line for line in process.stderr if line.startswith("analysing"))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert published(root) == 1
    assert run(root).exit_code == 0
    assert published(root) == 2


@pytest.mark.parametrize(
    ("files", "silent", "lines"),
    [
        pytest.param(3, 30, [], id="few and fast"),
        pytest.param(3, 0, [1, 2, 3], id="few and slow"),
        pytest.param(230, 30, [100, 200, 230], id="many"),
        pytest.param(1200, 30, range(120, 1201, 120), id="tenths"),
    ],
)
def test_what_is_done_is_said_without_a_terminal(
    files: int, silent: float, lines: Sequence[int], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_SILENT_SECONDS", silent)
    for path in (root / "content").iterdir():
        path.unlink()
    write_files(root, {f"content/{n:04}.md": markdown(f"글 {n}") for n in range(files)})
    said = run(root, "--workers", "1", "--dry-run").stderr.splitlines()
    assert f"analysing {files} files" in said
    told = [line for line in said if line.startswith("analysing ") and " of " in line]
    assert told == [f"analysing {done} of {files}" for done in lines]
