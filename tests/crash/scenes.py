"""What a run that is struck begins with, and what must hold after it."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.analysis import analyser_for
from index.generation import IndexFolder
from search.engine import NoIndexError
from search.request import SearchRequest
from tests.building import markdown, run_reindex, service_for, write_files

ROOT = Path(__file__).parents[2]
QUERIES = ("", "금리", "반도체 수출", '"서울 시장"', "고친")
PATIENCE = 60.0
Answers = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A state of content and index, and a run of ``reindex`` on it.

    ``before`` is what the index answers (None: there is none yet), ``after`` what it answers once
    a run has gone through.
    """

    name: str
    folder: Path
    options: tuple[str, ...]
    before: Answers | None
    after: Answers

    def copied(self, to: Path) -> "Scene":
        """The same in another folder."""
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        return replace(self, folder=to)

    @property
    def content(self) -> Path:
        return self.folder / "content"

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def started(self, kind: str, point: int, **popen: Any) -> subprocess.Popen[str]:
        """The run with a fault."""
        command = [sys.executable, "-m", "tests.crash.victim", kind, str(point)]
        command += [str(self.content), str(self.index), *self.options]
        kept = {name: v for name, v in os.environ.items() if not name.startswith("GEULSAEM_")}
        environment = kept | {
            "PYTHONPATH": str(ROOT),
            "GEULSAEM_BASE_URL": "https://news.example/",
        }
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE, **popen
        )


def scenes(folder: Path) -> list[Scene]:
    """Changes to an index that is there, a rebuild of it, a first run."""
    old, new = _contents(folder / "contents")
    answers, analyses = {}, {}
    for name, content in (("old", old), ("new", new)):
        index = folder / "reference" / name
        run_reindex(content, index)
        answers[name] = answered(index)
        analyses[name] = index / "analyses.sqlite3"
    made = []
    for name, options, begun in (
        ("changes", (), True),
        ("rebuild", ("--full",), True),
        ("first run", (), False),
    ):
        place = folder / "scenes" / name.replace(" ", "-")
        if begun:
            shutil.copytree(old, place / "content")
            run_reindex(place / "content", place / "index")
            shutil.rmtree(place / "content")
        else:
            (place / "index").mkdir(parents=True)
        # Nothing of the new content needs Kiwi.
        shutil.copy(analyses["new"], place / "index" / "analyses.sqlite3")
        shutil.copytree(new, place / "content")
        made.append(Scene(name, place, options, answers["old"] if begun else None, answers["new"]))
    return made


def _contents(folder: Path) -> tuple[Path, Path]:
    """Sixty articles, and the same after a day of work on them."""
    words = ("금리 동결", "반도체 수출", "서울 시장", "선거 공약", "프로야구 개막")
    old = {
        f"posts/{n:02}.md": markdown(f"{words[n % 5]} {n}", body=f"{words[n % 3]} 소식이다. " * 9)
        for n in range(60)
    }
    new = dict(old)
    for n in range(0, 60, 7):
        new[f"posts/{n:02}.md"] = markdown(f"고친 {words[n % 5]}", body="고친 본문이다.")
    for n in range(3, 60, 11):
        new[f"moved/{n:02}.md"] = new.pop(f"posts/{n:02}.md")
    for n in range(5, 60, 13):
        new.pop(f"posts/{n:02}.md", None)
    new |= {f"new/{n}.md": markdown(f"새 {words[n]}", body="새 글이다.") for n in range(5)}
    return write_files(folder / "old", old), write_files(folder / "new", new)


def answered(index: Path) -> Answers | None:
    """Everything that the index answers; None where there is none."""
    service = service_for(index, analyser_for())
    try:
        found = [service.search(SearchRequest(q=q, per_page=100, everything=True)) for q in QUERIES]
    except NoIndexError:
        return None
    return {
        q: (
            one.total,
            [(hit.id, hit.score, hit.title, hit.highlights) for hit in one.hits],
            {name: list(rows) for name, rows in one.facets.items()},
        )
        for q, one in zip(QUERIES, found, strict=True)
    }


def left_over(index: Path) -> set[str]:
    """Files in the index folder that belong to no generation that counts."""
    folder = IndexFolder(index)
    # What SQLite has beside a database while it is open belongs to it.
    analyses = {f"analyses.sqlite3{end}" for end in ("", "-wal", "-shm")}
    known = {"CURRENT.json", "lock"} | analyses
    known |= {generation.folder.name for generation in folder.generations()}
    return {entry.name for entry in index.iterdir()} - known


def survived(scene: Scene) -> None:
    """What must hold after a run was struck: readers see the old state or the new one, the next
    run ends with what a fresh index has, and nothing is left over."""
    assert answered(scene.index) in (scene.before, scene.after)
    begun = time.monotonic()
    run_reindex(scene.content, scene.index, wait=PATIENCE)
    assert time.monotonic() - begun < PATIENCE
    assert answered(scene.index) == scene.after
    assert left_over(scene.index) == set()
