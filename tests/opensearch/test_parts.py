"""A run that is spread over machines: what its parts make together, and what interrupts them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.cli import reindex as command
from index.generation import IndexLockedError
from index.manifest import Entry
from index.opensearch_client import Connection
from index.opensearch_joining import open_part
from index.opensearch_layout import Names, of_generation
from index.opensearch_runs import announce, read_run
from index.opensearch_state import read_known
from index.parts import Part
from index.reindex import NotPublishedError, Options, Report, reindex, stamp_of
from index.reindex_part import cancel_parts, reindex_part
from index.settings import Settings
from index.writer import WriterError
from tests.building import COUNTS, Quiet, keep_analyses, markdown, write_files
from tests.corpora import document_of
from tests.opensearch.killed import begun, ended, index_part
from tests.opensearch.test_words import words_of

ROOT = Path(__file__).parents[2]
# Long ago: what was read of it once need not be read again.
OLD = 1_700_000_000


@dataclass
class Site:
    """A content folder, and its index in the cluster."""

    settings: Settings

    @property
    def content(self) -> Path:
        return self.settings.content_dir

    def write(self, files: Mapping[str, str]) -> None:
        write_files(self.content, files)

    def part(self, text: str, progress: Quiet | None = None, **options: Any) -> Report:
        given = Options(**options)
        return reindex_part(self.settings, given, Part.parse(text), progress or Quiet())

    def parts(self, order: Sequence[int], **options: Any) -> Report:
        """Parts one after the other; readers see nothing before the last."""
        before = self.published()
        for number in order[:-1]:
            report = self.part(f"{number}/{len(order)}", **options)
            assert not report.published
            assert self.published() == before
        return self.part(f"{order[-1]}/{len(order)}", **options)

    def plain(self, **options: Any) -> Report:
        return reindex(self.settings, Options(**options), Quiet())

    def analysed(self, folder: Path) -> None:
        """What is written so far is analysed here: a process that indexes it loads no Kiwi."""
        keep_analyses(folder, self.settings.index_dir, self.content)

    def dies(self, part: str, *, after: int = 0, phase: str = "") -> None:
        """A process of the part is killed."""
        process = begun(index_part, self.settings, part, after, phase)
        assert ended(process) == -signal.SIGKILL

    def published(self) -> tuple[dict[str, Any], Mapping[str, Entry]]:
        """What readers have: documents by id, without generations; and the manifest."""
        connection = Connection(self.settings)
        known = read_known(connection)
        if known is None:
            return {}, {}
        body = {"query": of_generation(known[0].generation), "size": 2000}
        with connection.asking() as client:
            found = client.search(index=known[0].articles, body=body)
        documents = {row["_source"]["id"]: row["_source"] for row in found["hits"]["hits"]}
        assert len(documents) == len(found["hits"]["hits"]) == known[0].documents
        for document in documents.values():
            document.pop("from")
            document.pop("until", None)
        return documents, known[1].entries

    def titles(self) -> dict[str, str]:
        return {key: own["record"]["title"] for key, own in self.published()[0].items()}

    def names(self) -> list[str]:
        """The indices in the cluster and the aliases that lead to them."""
        pattern = Names(self.settings.opensearch_index).base + "*"
        with Connection(self.settings).asking() as client:
            found = client.indices.get_alias(index=pattern)
        return sorted([*found, *(alias for own in found.values() for alias in own["aliases"])])


ARTICLES = {f"posts/{n}.md": markdown(f"기사 {n}", f"{n}번째 소식이다.") for n in range(9)}
OWNERS = {path: next(k for k in (1, 2, 3) if Part(k, 3).has(path)) for path in ARTICLES}
# The first file of each part of three.
OF = {owner: path for path, owner in sorted(OWNERS.items(), reverse=True)}


@pytest.fixture
def site(cluster: Settings, tmp_path: Path) -> Site:
    """Nine articles, a broken one and one that is none."""
    content = tmp_path / "content"
    files = {**ARTICLES, "posts/broken.md": '---\ntitle: "그는 "좋다"\n---\n글\n', "empty.md": ""}
    write_files(content, files)
    own = {"content_dir": content, "index_dir": tmp_path / "index"}
    return Site(cluster.model_copy(update=own))


@pytest.fixture
def twin(site: Site, other_cluster: Settings) -> Site:
    """The same content in an index that plain runs make."""
    # Analyses alone lie there.
    own = {"content_dir": site.content, "index_dir": site.settings.index_dir}
    return Site(other_cluster.model_copy(update=own))


def counts(report: Report) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: n for name in COUNTS if (n := getattr(report, name))}


def settle(site: Site) -> None:
    """All files were written long ago."""
    for path in site.content.rglob("*.md"):
        os.utime(path, (OLD, OLD))


CHANGES = {
    "posts/1.md": markdown("바뀐 기사", "새 소식이다."),
    "posts/new.md": markdown("새 기사"),
    "posts/2.md": None,
    "posts/3.md": None,
    "posts/renamed.md": ARTICLES["posts/3.md"],
}


def change(content: Path, files: Mapping[str, str | None] = CHANGES) -> None:
    """Write these files; None removes one."""
    for path, text in files.items():
        if text is None:
            (content / path).unlink()
        else:
            (content / path).write_text(text)


@pytest.mark.parametrize("full", [False, True], ids=["changes", "anew"])
@pytest.mark.parametrize("order", [(1,), (1, 2), (3, 1, 2)], ids=str)
def test_parts_make_what_one_run_makes(
    site: Site, twin: Site, order: Sequence[int], full: bool
) -> None:
    reports = site.parts(order), twin.plain()
    assert counts(reports[0]) == counts(reports[1]) == {"added": 10}
    assert [(r.skipped, r.salvaged) for r in reports[:1]] == [
        (r.skipped, r.salvaged) for r in reports[1:]
    ]
    assert site.published() == twin.published()
    change(site.content)
    reports = site.parts(order, full=full), twin.plain(full=full)
    assert counts(reports[0]) == counts(reports[1])
    assert (reports[0].published, reports[0].generation) == (True, 2)
    assert site.published() == twin.published()
    after = site.plain()
    assert (after.published, counts(after)) == (False, {"unchanged": 10})
    assert words_of(site.settings) == words_of(twin.settings)
    assert len(site.names()) == 6, "two indices with an alias each, the words, and the leases"


def test_nothing_has_changed(site: Site) -> None:
    site.plain()
    report = site.parts((2, 1))
    assert (report.published, report.generation, counts(report)) == (False, 1, {"unchanged": 10})
    assert report.part is not None
    assert report.part.last
    assert site.plain().generation == 1


def test_at_the_same_time(site: Site, twin: Site, tmp_path: Path) -> None:
    """Processes that start together: one begins the run, one publishes."""
    own = site.settings
    site.analysed(tmp_path / "analysed")
    env = os.environ | {
        "GEULSAEM_ENGINE": "opensearch",
        "GEULSAEM_OPENSEARCH_URL": own.opensearch_url,
        "GEULSAEM_OPENSEARCH_INDEX": own.opensearch_index,
        "GEULSAEM_OPENSEARCH_REPLICAS": "0",
        "GEULSAEM_OPENSEARCH_SHARDS": "2",
    }
    typed = [sys.executable, "-m", "index.cli", site.content, "--index", own.index_dir, "--json"]
    started = [
        subprocess.Popen(
            [*typed, "--part", f"{n}/3"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        )
        for n in (1, 2, 3)
    ]
    reports = [json.loads(process.communicate()[0]) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    last = [report for report in reports if report["part"]["last"]]
    assert [(report["published"], report["added"], report["generation"]) for report in last] == [
        (True, 10, 1)
    ]
    assert sum(report["published"] for report in reports) == 1
    twin.plain()
    assert site.published() == twin.published()


class Totals(Quiet):
    """Notes how many files each phase has before it."""

    def __init__(self) -> None:
        self.totals: dict[str, int | None] = {}

    def phase(self, name: str, total: int | None = None) -> None:
        self.totals[name] = total


def test_a_killed_part_goes_on(site: Site, twin: Site, tmp_path: Path) -> None:
    """What was written is not written again; what was changed since is."""
    site.write({f"many/{n:04}.md": markdown(f"글 {n}") for n in range(600)})
    site.analysed(tmp_path / "analysed")
    settle(site)
    site.dies("1/1", after=550)
    change(
        site.content,
        {"many/0003.md": markdown("바뀐 글"), "many/0004.md": None, "posts/8.md": None},
    )
    progress = Totals()
    report = site.part("1/1", progress)
    assert report.published
    assert progress.totals["analysing"] in range(100, 120)
    twin.plain()
    assert site.published() == twin.published()


def test_killed_between_changes(site: Site, twin: Site, tmp_path: Path) -> None:
    """What a dead process wrote of a file that is as it was before is undone."""
    for one in (site, twin):
        one.plain()
    site.write({f"many/{n:04}.md": markdown(f"글 {n}") for n in range(505)})
    change(site.content, {"empty.md": markdown("여섯째")})
    site.analysed(tmp_path / "analysed")
    settle(site)
    site.dies("1/1", after=507)
    change(site.content, {"empty.md": "", "many/0001.md": None})
    site.part("1/1")
    twin.plain()
    assert site.published() == twin.published()


def test_killed_before_the_publish(site: Site, twin: Site, tmp_path: Path) -> None:
    """All parts are done, and the last one died: any part that is run again publishes."""
    site.analysed(tmp_path / "analysed")
    site.part("1/2")
    site.dies("2/2", phase="publishing")
    report = site.part("1/2")
    assert (report.published, counts(report)) == (True, {"added": 10})
    twin.plain()
    assert site.published() == twin.published()


@pytest.mark.parametrize("again", ["1/2", "plain", "cancel"])
def test_killed_behind_the_publish(site: Site, again: str) -> None:
    """The run is closed by whoever comes next."""
    site.part("1/2")
    connection = Connection(site.settings)
    run = read_run(connection)
    assert run is not None
    site.part("2/2")
    announce(connection, site.settings, run)
    if again == "plain":
        assert not site.plain().published
    elif again == "cancel":
        assert cancel_parts(site.settings, 0) is None
    else:
        report = site.part(again)
        assert report.part is not None
        assert (report.part.done, report.generation) == (1, 1)
    assert len(site.titles()) == 10


def test_the_same_part_twice(site: Site) -> None:
    stamp = stamp_of(site.settings)
    with open_part(site.settings, Part(1, 2), stamp, full=False, wait=0):
        with pytest.raises(IndexLockedError, match=r"part 1/2 of .* is being written by process"):
            site.part("1/2")
        assert not site.part("2/2").published
    assert site.part("1/2").published


def test_a_part_that_is_done_is_not_done_again(site: Site) -> None:
    site.part("1/2")
    progress = Totals()
    report = site.part("1/2", progress)
    assert (report.part and report.part.done, progress.totals) == (1, {})


@pytest.mark.parametrize(
    ("part", "options", "update", "said"),
    [
        pytest.param("1/3", {}, {}, "this is part 1/3, but .* a run of 2 parts open", id="count"),
        pytest.param("1/2", {}, {"timezone": "Asia/Tokyo"}, "another version, dict", id="stamp"),
        pytest.param("1/2", {"full": True}, {}, "not begun with --full", id="full"),
        pytest.param(None, {}, {}, "a run of 2 parts open, .* 1 of 2 parts done", id="plain"),
        pytest.param(None, {"full": True}, {}, "give it up with `reindex --part", id="plain full"),
    ],
)
def test_refused(
    site: Site, part: str | None, options: Any, update: Mapping[str, Any], said: str
) -> None:
    site.plain()
    change(site.content)
    site.part("2/2")
    before = site.published()
    other = Site(site.settings.model_copy(update=update))
    with pytest.raises(NotPublishedError, match=said):
        other.part(part, **options) if part else other.plain(**options)
    assert site.published() == before
    assert site.part("1/2").published


def test_a_wrong_folder_on_one_machine(site: Site, tmp_path: Path) -> None:
    """A part alone would look like a few deletions."""
    site.plain()
    site.part("1/8")
    write_files(tmp_path / "other", {"a.md": markdown("가")})
    wrong = Site(site.settings.model_copy(update={"content_dir": tmp_path / "other"}))
    with pytest.raises(NotPublishedError, match="10 of 10 indexed articles would vanish"):
        wrong.part("2/8")


@pytest.mark.parametrize(
    ("owner", "text", "seen"),
    [
        pytest.param(1, "바뀐 기사", False, id="changed behind its part"),
        pytest.param(3, "바뀐 기사", True, id="changed before its part"),
        pytest.param(1, None, False, id="deleted behind its part"),
        pytest.param(3, None, True, id="deleted before its part"),
    ],
)
def test_the_part_that_has_a_file_decides(
    site: Site, owner: int, text: str | None, seen: bool
) -> None:
    """What comes later is found by the next run."""
    site.plain()
    (site.content / "posts/extra.md").write_text(markdown("하나 더"))
    path = OF[owner]
    key = path.removesuffix(".md")
    old = site.titles()[key]
    site.part("1/3")
    site.part("2/3")
    change(site.content, {path: text and markdown(text)})
    site.part("3/3")
    assert site.titles().get(key) == (text if seen else old)
    site.plain()
    assert site.titles().get(key) == text


# What a process writes that does not know yet that it is too late.
LATE = Entry(1, 1, "", "late", "posts/0")


@pytest.mark.parametrize("before", [False, True], ids=["anew", "changes"])
def test_given_up(site: Site, before: bool) -> None:
    """A process that still writes is told, and takes no trace into what comes after."""
    if before:
        site.plain()
        change(site.content)
    shown, names = site.published(), site.names()
    site.part("1/3")
    stamp = stamp_of(site.settings)
    with open_part(site.settings, Part(2, 3), stamp, full=False, wait=0) as own:
        assert cancel_parts(site.settings, 0) == (3, 1)
        own.add("posts/0.md", LATE, document_of("posts/0", 1))
        with pytest.raises(WriterError, match="the run in 3 parts has ended meanwhile"):
            own.finish({}, ())
    assert site.published() == shown
    assert set(site.names()) <= {*names, Names(site.settings.opensearch_index).locks}
    assert cancel_parts(site.settings, 0) is None
    assert site.plain().published


def test_a_process_whose_part_was_taken_over_writes_nothing(site: Site, twin: Site) -> None:
    """One that stood still for so long that its lease ran out."""
    stamp = stamp_of(site.settings)
    twin.plain()
    connection = Connection(site.settings)
    with open_part(site.settings, Part(1, 2), stamp, full=False, wait=0) as own:
        with connection.asking() as client:
            client.delete(index=Names(connection.base).locks, id="part-1-of-2")
        assert not site.part("1/2").published
        own.add("posts/0.md", LATE, document_of("posts/0", 1))
        with pytest.raises(WriterError, match="another process works on part 1/2 now"):
            own.finish({}, ())
    assert site.part("2/2").published
    assert len(site.names()) == 6
    assert site.published() == twin.published()


def test_what_is_read(site: Site) -> None:
    """The command, its lines and its report."""
    own = site.settings
    env = {
        "GEULSAEM_ENGINE": "opensearch",
        "GEULSAEM_OPENSEARCH_URL": own.opensearch_url,
        "GEULSAEM_OPENSEARCH_INDEX": own.opensearch_index,
        "GEULSAEM_OPENSEARCH_REPLICAS": "0",
    }

    def typed(*arguments: str) -> Any:
        given = [str(own.content_dir), "--index", str(own.index_dir), *arguments]
        return CliRunner().invoke(command, given, env=env)

    first = typed("--part", "1/2", "--json")
    assert json.loads(first.stdout)["part"] == {"number": 1, "of": 2, "done": 1, "last": False}
    assert "part 1/2 done, 1 of 2 done; the last one publishes: " in first.stderr
    assert "1 of 2 parts done; finish it with `reindex --part K/2`" in typed().stderr
    assert typed("--part", "1/2", "--full").exit_code == 0
    second = typed("--part", "2/2")
    assert "part 2/2 done, generation 1 published: 10 added, 0 updated" in second.stderr
    assert "no run in parts is open" in typed("--part", "cancel").stderr
    assert typed("--part", "1/2").exit_code == 0
    given_up = typed("--part", "cancel", "--json")
    assert json.loads(given_up.stdout) == {"cancelled": True}
    assert "the run in 2 parts is given up, 1 of them done" in given_up.stderr
