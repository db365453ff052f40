"""The run of one part: what ``reindex --part 3/8`` does."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.analysis_cache import AnalysisWriter
from index.article import Problem
from index.changes import Changes, counts, problems
from index.manifest import Entry
from index.parts import Part
from index.pipeline import process
from index.reindex import (
    Options,
    PartDone,
    Progress,
    Report,
    as_not_published,
    context_of,
    no_garbage,
    refuse_taking_none,
    refuse_unless_meant,
    refuse_vanishing,
    stamp_of,
)
from index.scan import scan
from index.settings import Settings
from index.site import Site, site_of

if TYPE_CHECKING:
    # Loads a client that the other engine does without.
    from index.opensearch_parts import OpenSearchPart


def reindex_part(settings: Settings, options: Options, part: Part, progress: Progress) -> Report:
    """Do a part of a run, and publish where it is the last that is done.

    Raises NotPublishedError, IndexFolderError (IndexLockedError among them), SiteError and
    DictionaryError; whatever happens, what was published stays as it was, and what was done of
    the part is kept.
    """
    from index.opensearch_joining import open_part

    site = site_of(settings)
    stamp = stamp_of(settings, site)
    with (
        as_not_published(settings),
        open_part(settings, part, stamp, full=options.full, wait=options.wait) as own,
    ):
        return _PartRun(settings, site, options, part, progress, own)()


def cancel_parts(settings: Settings, wait: float) -> tuple[int, int] | None:
    """Give up the run in parts that is open: how many parts it has, and how many were done; None
    where none is open. Raises NotPublishedError and IndexLockedError."""
    from index.opensearch_joining import cancel

    with as_not_published(settings):
        return cancel(settings, wait)


class _PartRun:
    def __init__(
        self,
        settings: Settings,
        site: Site,
        options: Options,
        part: Part,
        progress: Progress,
        own: "OpenSearchPart",
    ) -> None:
        self._settings = settings
        self._site = site
        self._options = options
        self._part = part
        self._progress = progress
        self._own = own
        self._begun = time.perf_counter()
        self._read = 0

    def __call__(self) -> Report:
        before, after, skipped = self._work()
        done = self._own.finished()
        ended = None
        if done == self._part.of and (whole := self._own.whole()) is not None:
            before, after, skipped = self._own.before.entries, whole.manifest.entries, whole.skipped
            gone = counts(before, after)["deleted"]
            refuse_vanishing(self._settings, self._options, gone, self._own.before.articles())
            self._progress.phase("publishing")
            ended = self._own.publish(whole)
        seconds = time.perf_counter() - self._begun
        return Report(
            published=ended == self._own.generation,
            **counts(before, after),
            skipped=[*skipped, *problems(after, with_article=False)],
            salvaged=problems(after, with_article=True),
            seconds=round(seconds, 3),
            articles_per_second=round(self._read / seconds, 1),
            generation=ended or self._own.standing(),
            part=PartDone(self._part.number, self._part.of, done, last=ended is not None),
        )

    def _work(self) -> tuple[Mapping[str, Entry], Mapping[str, Entry], tuple[Problem, ...]]:
        """Read, analyse, write what is in the part: what its files were, what they are, and what
        the scan left out."""
        before = self._part.of_entries(self._own.before.entries)
        if self._own.done:
            return before, before, ()
        started_ns = time.time_ns()
        self._progress.phase("scanning")
        with no_garbage():
            changes, files = self._changes()
        self._progress.phase("analysing", len(changes.jobs))
        self._read = len(changes.jobs)
        context = context_of(self._settings, self._site)
        with AnalysisWriter(self._settings.index_dir, started_ns) as analyses:
            added = 0
            for outcome in process(changes.jobs, context, self._options.workers):
                changes.take(outcome)
                self._progress.advance()
                if outcome.document is not None:
                    path = outcome.file.path
                    self._own.add(path, changes.entry(path), outcome.document)
                    added += 1
                    analyses.take(outcome.analysis, outcome.made)
            analyses.finish(files)
        refused = self._own.refused()
        changes.refuse(refused)
        if self._own.anew:
            refuse_taking_none(self._options, added, refused)
        after = changes.manifest(started_ns).entries
        skipped = changes.left_out()
        self._own.finish(after, skipped)
        return before, after, skipped

    def _changes(self) -> tuple[Changes, int]:
        """What is to be done in this part; and how many files the whole folder has."""
        found = scan(self._settings.content_dir, self._site.suffixes)
        before = self._own.before
        # Of the whole archive: to a part alone a wrong folder looks like a few deletions.
        whole = Changes(before, found, rebuild=self._own.anew)
        if not whole.files():
            folder = self._settings.content_dir
            refuse_unless_meant(self._options, f"{folder} holds no article")
        gone, indexed = whole.surely_gone(), whole.indexed_before()
        refuse_vanishing(self._settings, self._options, gone, indexed)
        changes = Changes(self._own.known(), self._part.of_scan(found), rebuild=False)
        return changes, whole.files()
