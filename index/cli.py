"""The command ``reindex``."""

import signal
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from index.analysis import analyser_for
from index.article import Problem
from index.generation import IndexFolderError
from index.lexicon.synonyms import synonyms
from index.lexicon.words import DictionaryError
from index.parts import Part
from index.pipeline import default_workers
from index.reindex import NotPublishedError, Options, Report
from index.reindex import reindex as run_reindex
from index.reindex_part import cancel_parts, reindex_part
from index.settings import ENGINES, ConfigurationError, Settings, load_settings
from index.site import SiteError
from index.touched import Memory
from index.watch import WatchError, watch

UP_TO_DATE, WITH_PROBLEMS, USAGE, NOT_PUBLISHED = 0, 1, 2, 3
INTERRUPTED, TERMINATED = 130, 143
_LISTED = 20
# Where there is no terminal: a line for so many files, and no longer silence while files are done.
_FILES_A_LINE = 100
_SILENT_SECONDS = 30.0
_CANCEL = "cancel"


def _part_of(_: click.Context, __: click.Parameter, text: str | None) -> Part | str | None:
    """The part that was typed, or that all are to be given up."""
    if text is None or text == _CANCEL:
        return text
    try:
        return Part.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _folder(_: click.Context, __: click.Parameter, path: str | None) -> Path | None:
    # An empty variable of a shell: as a path it would be the working directory.
    if path is not None and not path.strip():
        raise click.BadParameter("is empty; name a folder, such as content or .")
    return None if path is None else Path(path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("content", required=False, type=click.Path(), callback=_folder)
@click.option("--index", "index_dir", type=click.Path(), callback=_folder, help="Index folder.")
@click.option("--engine", type=click.Choice(ENGINES), help="Where the index is kept.")
@click.option("--full", is_flag=True, help="Read every article again, build the index anew.")
@click.option("--watch", "watching", is_flag=True, help="Go on, and follow every change.")
@click.option(
    "--part",
    metavar="K/N|cancel",
    callback=_part_of,
    help="Do the part K of N that machines share, the last one publishes; cancel gives them up.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes for the analysis.")
@click.option("--wait", type=click.FloatRange(0), default=0.0, help="Seconds to wait for the lock.")
@click.option("--allow-empty", is_flag=True, help="More than half of the articles may vanish.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, write nothing.")
@click.option("--strict", is_flag=True, help="Exit 1 if a file was skipped or salvaged.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
def reindex(
    content: Path | None,
    index_dir: Path | None,
    engine: str | None,
    full: bool,
    watching: bool,
    part: Part | str | None,
    workers: int | None,
    wait: float,
    allow_empty: bool,
    dry_run: bool,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Bring the search index up to date with the Hugo content folder CONTENT.

    Only what changed is read. Readers see the old index until the new one is whole.
    """
    termination = _Termination()
    signal.signal(signal.SIGTERM, termination)
    if part is not None and (watching or dry_run):
        raise click.UsageError("--part goes with neither --watch nor --dry-run")
    screen = _Screen(quiet=quiet, as_json=as_json)
    options = Options(full, workers or default_workers(), wait, allow_empty, dry_run)
    try:
        settings = load_settings(content_dir=content, index_dir=index_dir, engine=engine)
        # No index depends on synonyms; but a mistake in them is told here, not when a server is
        # started again, which may be at night.
        synonyms(settings.synonyms_file)
        if part is not None:
            _refuse_part(settings)
            sys.exit(_part(settings, options, part, screen, strict=strict))
        memory = Memory()
        code = _once(settings, options, screen, memory, strict=strict)
        if watching and not dry_run:
            _follow(settings, replace(options, full=False), screen, memory)
    except (ConfigurationError, SiteError, DictionaryError) as error:
        screen.error(str(error))
        code = USAGE
    except (NotPublishedError, IndexFolderError) as error:
        screen.error(f"not published: {error}")
        code = NOT_PUBLISHED
    except WatchError as error:
        screen.error(str(error))
        code = NOT_PUBLISHED
    except KeyboardInterrupt:
        kept = "; run the part again, it goes on" if part is not None else ""
        screen.error(f"stopped; what was published before is untouched{kept}")
        code = TERMINATED if termination.received else INTERRUPTED
    sys.exit(code)


def _follow(settings: Settings, options: Options, screen: "_Screen", memory: Memory) -> None:
    """Update after every change, until stopped. What is wrong for a moment, in the middle of a
    checkout say, is said and is no reason to give up."""
    # The first change need not wait for Kiwi.
    warm_up = analyser_for(settings.user_dictionary).warm_up
    threading.Thread(target=warm_up, daemon=True).start()
    for touched in watch(settings.content_dir):
        try:
            _once(settings, options, screen, memory, touched)
        except (NotPublishedError, IndexFolderError) as error:
            # What was touched is not in the index yet: the next run looks at everything.
            memory.published = None
            screen.error(f"not published: {error}")


def _once(
    settings: Settings,
    options: Options,
    screen: "_Screen",
    memory: Memory,
    touched: Collection[Path] | None = None,
    *,
    strict: bool = False,
) -> int:
    with screen.progress() as progress:
        report = run_reindex(settings, options, progress, memory, touched)
    screen.report(report, dry_run=options.dry_run)
    return _code(report, strict=strict)


def _part(
    settings: Settings, options: Options, part: Part | str, screen: "_Screen", *, strict: bool
) -> int:
    if not isinstance(part, Part):
        screen.cancelled(cancel_parts(settings, options.wait))
        return UP_TO_DATE
    with screen.progress() as progress:
        report = reindex_part(settings, options, part, progress)
    screen.report(report, dry_run=False)
    return _code(report, strict=strict)


def _refuse_part(settings: Settings) -> None:
    if settings.engine != "opensearch":
        raise ConfigurationError(
            "--part divides a run over machines that write to one cluster; it needs "
            f'engine = "opensearch" (it is {settings.engine}). On one machine --workers spreads '
            "the analysis over its processes"
        )


def _code(report: Report, *, strict: bool) -> int:
    return WITH_PROBLEMS if strict and (report.skipped or report.salvaged) else UP_TO_DATE


class _Termination:
    """Ends the run on SIGTERM, in the way that Ctrl-C does: everything is put away."""

    received = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.received = True
        raise KeyboardInterrupt


class _Screen:
    """What the person at the terminal sees, on stderr; the JSON report alone is on stdout."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._as_json = as_json

    @contextmanager
    def progress(self) -> Iterator["_Bar | _Lines"]:
        """A bar on a terminal, plain lines elsewhere."""
        if self._quiet or not self._console.is_terminal:
            yield _Lines(None if self._quiet else self._console)
            return
        with Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        ) as bar:
            yield _Bar(bar)

    def report(self, report: Report, *, dry_run: bool) -> None:
        """The outcome of a run."""
        if self._as_json:
            sys.stdout.write(orjson.dumps(report.as_json()).decode() + "\n")
            sys.stdout.flush()
        if self._quiet:
            return
        self._problems("skipped", report.skipped)
        self._problems("salvaged", report.salvaged)
        self._print(_summary(report, dry_run=dry_run))

    def cancelled(self, parts: tuple[int, int] | None) -> None:
        """That a run in parts was given up: how many it had, how many were done."""
        if self._as_json:
            sys.stdout.write(orjson.dumps({"cancelled": parts is not None}).decode() + "\n")
        if self._quiet:
            return
        if parts is None:
            self._print("no run in parts is open")
        else:
            self._print(f"the run in {parts[0]} parts is given up, {parts[1]} of them done")

    def error(self, message: str) -> None:
        """What went wrong, for people."""
        self._print(f"reindex: {message}")

    def _problems(self, title: str, problems: list[Problem]) -> None:
        for problem in problems[:_LISTED]:
            line = f":{problem.line}" if problem.line else ""
            self._print(f"{title}: {problem.file}{line}: {problem.reason}")
        if len(problems) > _LISTED:
            self._print(f"{title}: {len(problems) - _LISTED} more; --json lists all")

    def _print(self, text: str) -> None:
        # A file name may hold anything, commands to the terminal too.
        shown = "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
        self._console.print(shown, markup=False)


def _summary(report: Report, *, dry_run: bool) -> str:
    counts = ", ".join(
        f"{getattr(report, name)} {name}"
        for name in ("added", "updated", "renamed", "deleted", "unchanged")
    )
    if dry_run:
        outcome = "dry run, nothing written"
    elif report.part and not report.part.last:
        outcome = f"{report.part.done} of {report.part.of} done; the last one publishes"
    elif report.published:
        outcome = f"generation {report.generation} published"
    else:
        outcome = f"nothing to do, generation {report.generation} stands"
    if report.part:
        outcome = f"part {report.part.number}/{report.part.of} done, {outcome}"
    return (
        f"{outcome}: {counts}; {report.seconds:.2f} s, {report.articles_per_second:.0f} articles/s"
    )


class _Bar:
    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, speed="")

    def phase(self, name: str, total: int | None = None) -> None:
        self._bar.reset(self._task, description=name, total=total, speed="")

    def advance(self) -> None:
        self._bar.advance(self._task)
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, speed=f"{speed:.0f} articles/s" if speed else "")


class _Lines:
    """Plain lines, one for every tenth of a phase, and more where that takes long."""

    def __init__(self, console: Console | None) -> None:
        self._console = console
        self._name, self._total, self._done = "", 0, 0
        self._said = 0.0

    def phase(self, name: str, total: int | None = None) -> None:
        self._name, self._total, self._done = name, total or 0, 0
        self._say(name + (f" {total} files" if total else ""))

    def advance(self) -> None:
        self._done += 1
        step = max(self._total // 10, _FILES_A_LINE)
        due = self._done % step == 0 or self._done == self._total > step
        if due or time.monotonic() - self._said >= _SILENT_SECONDS:
            self._say(f"{self._name} {self._done} of {self._total}")

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        if self._console is not None:
            self._console.print(text, markup=False)


if __name__ == "__main__":
    reindex()
