"""The run: scan the folder, read and analyse what changed, write, publish, report."""

import gc
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from index.analysis import analyser_for
from index.analysis_cache import AnalysisWriter
from index.article import ARTICLE_VERSION, Problem
from index.changes import Changes
from index.fields import SCHEMA_VERSION
from index.manifest import Manifest
from index.pipeline import Context, process
from index.scan import ContentError, scan
from index.settings import Settings
from index.site import Site, site_of
from index.touched import Memory
from index.workers import WorkerDiedError
from index.writer import Batch, Published, Writer, WriterError, open_writer


class NotPublishedError(Exception):
    """The run could not publish; what was published before is untouched."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: see ``reindex --help``."""

    full: bool = False
    workers: int = 1
    wait: float = 0.0
    allow_empty: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class PartDone:
    """Which part of a run was done, how many parts are done now, and whether this was the last
    one, which ends the run."""

    number: int
    of: int
    done: int
    last: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did; ``reindex --json`` prints it. That of a part counts the articles of the
    part; of the one that ends the run, all."""

    published: bool
    added: int
    updated: int
    renamed: int
    deleted: int
    unchanged: int
    skipped: list[Problem] = field(default_factory=list)
    salvaged: list[Problem] = field(default_factory=list)
    seconds: float = 0.0
    articles_per_second: float = 0.0
    generation: int | None = None
    part: PartDone | None = None

    def as_json(self) -> dict[str, Any]:
        """The report in the words of the contract."""
        values = asdict(self)
        if self.part is None:
            del values["part"]
        return values


class Progress(Protocol):
    """Told how the run goes."""

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins; ``total`` files lie before it where that is known."""

    def advance(self) -> None:
        """One more file of the phase is done."""


def reindex(
    settings: Settings,
    options: Options,
    progress: Progress,
    memory: Memory | None = None,
    touched: Collection[Path] | None = None,
) -> Report:
    """Bring the index up to date with the content folder.

    Runs that follow each other share a ``memory``; one that is told which paths were ``touched``
    since the last looks at no others.

    Raises NotPublishedError, IndexFolderError (IndexLockedError among them), SiteError and
    DictionaryError; whatever happens, what was published stays as it was.
    """
    writer = open_writer(settings)
    run = _Run(settings, options, writer, progress, memory or Memory(), touched)
    lock: AbstractContextManager[None] = (
        nullcontext() if options.dry_run else writer.lock(options.wait)
    )
    with as_not_published(settings), lock:
        return run()


@contextmanager
def as_not_published(settings: Settings) -> Iterator[None]:
    """What keeps a run from its publish, as NotPublishedError."""
    try:
        yield
    except (ContentError, WriterError, WorkerDiedError) as error:
        raise NotPublishedError(str(error)) from error
    except OSError as error:
        where = error.filename or settings.index_dir
        raise NotPublishedError(f"{where}: {error.strerror or error}") from error


class _Run:
    def __init__(
        self,
        settings: Settings,
        options: Options,
        writer: Writer,
        progress: Progress,
        memory: Memory,
        touched: Collection[Path] | None,
    ) -> None:
        self._settings = settings
        self._options = options
        self._writer = writer
        self._progress = progress
        self._memory = memory
        self._touched = touched
        self._site = site_of(settings)
        self._stamp = stamp_of(settings, self._site)

    def __call__(self) -> Report:
        begun, started_ns = time.perf_counter(), time.time_ns()
        self._progress.phase("scanning")
        with no_garbage():
            before = self._writer.published(self._memory.published)
            rebuild = self._options.full or before is None or before.stamp != self._stamp
            changes = self._changes(before, rebuild)
        if not changes.files():
            refuse_unless_meant(self._options, f"{self._settings.content_dir} holds no article")
        self._refuse_vanishing(changes, changes.surely_gone())
        generation = self._bring_up_to_date(changes, rebuild, started_ns)
        if not self._options.dry_run:
            self._writer.follow()
        seconds = time.perf_counter() - begun
        return Report(
            published=generation is not None,
            **changes.counts(),
            skipped=changes.skipped(),
            salvaged=changes.salvaged(),
            seconds=round(seconds, 3),
            articles_per_second=round(len(changes.jobs) / seconds, 1),
            generation=generation or (before.generation if before else None),
            part=None,
        )

    def _changes(self, before: Published | None, rebuild: bool) -> Changes:
        manifest = before.manifest if before else Manifest()
        last = self._memory.published
        known = before and last and before.manifest is last.manifest
        self._memory.published = before
        if self._touched is not None and known and not rebuild:
            part = self._memory.touched(self._settings.content_dir, self._touched)
            if part is not None:
                return Changes(manifest, part[0], rebuild=False, touched=part[1])
        found = scan(self._settings.content_dir, self._site.suffixes, self._site.cascades)
        self._memory.keep(found)
        return Changes(manifest, found, rebuild=rebuild)

    def _bring_up_to_date(self, changes: Changes, rebuild: bool, started_ns: int) -> int | None:
        """Read, analyse, write; the new generation, None where readers see no change."""
        with ExitStack() as stack:
            batch, taken = self._read(changes, rebuild, started_ns, stack)
            gone = changes.gone()
            if gone:
                self._refuse_vanishing(changes, len(gone) - changes.counts()["renamed"])
            if self._options.dry_run:
                return None
            manifest = changes.manifest(started_ns)
            if not (taken or rebuild or gone):
                if changes.differs():
                    self._writer.remember(manifest)
                    self._memory.know(manifest)
                return None
            self._progress.phase("publishing")
            batch = batch or self._batch(stack, fresh=False)
            for article in gone:
                batch.delete(article)
            generation = batch.publish(manifest, self._stamp)
            self._memory.published = Published(generation, self._stamp, manifest)
            return generation

    def _read(
        self, changes: Changes, rebuild: bool, started_ns: int, stack: ExitStack
    ) -> tuple[Batch | None, int]:
        """Read and analyse what differs; the batch that it is in, None where nothing was added, and
        how many articles the index took."""
        batch: Batch | None = None
        added = 0
        if rebuild and not self._options.dry_run:
            batch = self._batch(stack, fresh=True)
        analyses = stack.enter_context(AnalysisWriter(self._settings.index_dir, started_ns))
        self._progress.phase("analysing", len(changes.jobs))
        context = context_of(self._settings, self._site, analyse=not self._options.dry_run)
        for outcome in process(changes.jobs, context, self._options.workers):
            changes.take(outcome)
            self._progress.advance()
            if outcome.document is not None:
                batch = batch or self._batch(stack, fresh=False)
                batch.add(outcome.document)
                added += 1
                analyses.take(outcome.analysis, outcome.made)
        analyses.finish(changes.articles())
        refused = batch.refused() if batch else {}
        changes.refuse(refused)
        if rebuild:
            refuse_taking_none(self._options, added, refused)
        return batch, added - len(refused)

    def _batch(self, stack: ExitStack, *, fresh: bool) -> Batch:
        return stack.enter_context(self._writer.batch(fresh=fresh))

    def _refuse_vanishing(self, changes: Changes, vanishing: int) -> None:
        refuse_vanishing(self._settings, self._options, vanishing, changes.indexed_before())


def context_of(settings: Settings, site: Site, *, analyse: bool = True) -> Context:
    """What the processes of the analysis need to know."""
    return Context(
        settings.content_dir,
        site,
        settings.user_dictionary,
        settings.index_dir,
        analyse=analyse,
    )


def refuse_vanishing(settings: Settings, options: Options, vanishing: int, indexed: int) -> None:
    """Raises NotPublishedError where more than half of the archive would vanish, unless that is
    meant."""
    if vanishing * 2 > indexed:
        refuse_unless_meant(
            options,
            f"{vanishing} of {indexed} indexed article{'s' * (indexed != 1)} would vanish; "
            f"is {settings.content_dir} the right folder, and whole?",
        )


def refuse_taking_none(options: Options, added: int, refused: Mapping[str, str]) -> None:
    """Raises NotPublishedError where an index that is built anew takes no article at all, unless
    that is meant."""
    if added and len(refused) == added:
        path, reason = next(iter(refused.items()))
        refuse_unless_meant(options, f"no article is taken; of {path}: {reason}")


def refuse_unless_meant(options: Options, reason: str) -> None:
    """Raises NotPublishedError without ``--allow-empty``."""
    if not options.allow_empty:
        raise NotPublishedError(f"{reason} (--allow-empty says that this is meant)")


@contextmanager
def no_garbage() -> Iterator[None]:
    """Half a million objects that stay, and no cycle among them: to search them for garbage again
    and again takes as long as to make them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def stamp_of(settings: Settings, site: Site | None = None) -> str:
    """Everything that decides what an index holds, beside the articles.

    Raises SiteError and DictionaryError.
    """
    digest = blake2b(repr(site or site_of(settings)).encode(), digest_size=6).hexdigest()
    analyser = analyser_for(settings.user_dictionary)
    versions = f"schema {SCHEMA_VERSION}, articles {ARTICLE_VERSION}"
    return f"{versions}, site {digest}, {analyser.stamp}"
