"""One part of a run on an OpenSearch cluster: to write it, and to publish as the last."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from index.article import Problem
from index.document import Document
from index.manifest import Entry, Manifest
from index.opensearch_bulk import Bulk, sending
from index.opensearch_client import ClusterError, Connection
from index.opensearch_documents import to_cluster, version_id
from index.opensearch_lock import Lease
from index.opensearch_places import NewPlace, SamePlace
from index.opensearch_progress import Done, Progress, Row, read_done
from index.opensearch_runs import CANCEL, Run, close, done_parts, read_run, stop_writing
from index.opensearch_state import (
    PublishedState,
    read_known,
    read_published,
    remember,
)
from index.opensearch_words import follow_or_warn
from index.opensearch_writer import as_writer_errors
from index.parts import Part
from index.settings import Settings

# Articles after which it is noted what is done: what a process costs that dies.
_CHUNK = 500
# Another part may be publishing the run, which takes as long as the index is large.
_PUBLISH_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Whole:
    """What all parts together have found: the manifest to publish, ids of articles that were
    written and that are gone, what the scans left out."""

    manifest: Manifest
    written: frozenset[str]
    gone: tuple[str, ...]
    skipped: tuple[Problem, ...]


class OpenSearchPart:
    """A part, as long as it is worked on.

    ``before`` is the manifest of what stands published; ``done`` whether nothing is left to do.
    """

    def __init__(
        self, connection: Connection, settings: Settings, lease: Lease, run: Run, part: Part
    ) -> None:
        """Raises ClusterError."""
        self._connection = connection
        self._settings = settings
        self._lease = lease
        self._run = run
        self._part = part
        self.before = self._known_before()
        self._progress = Progress(connection, run, part)
        self._written = {} if self._progress.done else self._progress.entries()
        self._new: dict[str, Entry] = {}
        self._refused: dict[str, str] = {}
        self._bulk = Bulk(connection, self._progress.alias, lease.check, by_alias=True)

    @property
    def anew(self) -> bool:
        """Whether the run builds the index anew."""
        return self._run.anew

    def standing(self) -> int | None:
        """The generation that stands published now; None where none does."""
        with as_writer_errors():
            known = read_published(self._connection)
        return known.generation if known else None

    @property
    def done(self) -> bool:
        """Whether nothing of it is left to do."""
        return self._progress.done

    def known(self) -> Manifest:
        """The files of this part that need not be read again as long as they are as they were."""
        if self._run.anew:
            return Manifest(self._written, self._run.started_ns)
        published = self._part.of_entries(self.before.entries)
        return Manifest(published | self._written, self.before.started_ns)

    def add(self, path: str, entry: Entry, document: Document) -> None:
        """Write the article of a file. Raises WriterError, also where the run has ended or
        another process works on the part."""
        with as_writer_errors(), self._as_it_is():
            key = version_id(document.id, self._run.generation)
            self._bulk.put(document.id, key, to_cluster(document, self._run.generation))
            self._new[path] = entry
            if len(self._new) >= _CHUNK:
                self._note()

    def refused(self) -> Mapping[str, str]:
        """The articles that the cluster does not take for what is in them, by id, and why. Raises
        WriterError."""
        with as_writer_errors(), self._as_it_is():
            self._note()
            return self._refused

    def finish(self, entries: Mapping[str, Entry], skipped: tuple[Problem, ...]) -> None:
        """All articles of the part are written but those ``refused``; ``entries`` are what its
        files are now."""
        with as_writer_errors(), self._as_it_is():
            self._note()
            self._progress.check()
            before = self._part.of_entries(self.before.entries)
            rows = {path: Row(None, written=False) for path in before.keys() - entries.keys()}
            for path, entry in entries.items():
                written = bool(entry.article) and path in self._written
                if written or entry != before.get(path):
                    rows[path] = Row(entry, written)
            self._progress.finish(Done(rows, skipped))

    def finished(self) -> int:
        """How many parts of the run are done; all where it has ended."""
        with as_writer_errors():
            done = len(done_parts(self._connection, self._run))
            return self._part.of if self._has_ended() else done

    def whole(self) -> Whole | None:
        """What all parts together have found, all of which are done; None where another process
        has ended the run."""
        with as_writer_errors():
            done = read_done(self._connection, self._run)
            if self._has_ended():
                return None
            if done is None:
                raise ClusterError(
                    f"{self._connection.url} has lost what a part has done; give the run up with "
                    f"{CANCEL}"
                )
        entries = dict(self.before.entries)
        for path, row in done.rows.items():
            if row.entry is None:
                entries.pop(path, None)
            else:
                entries[path] = row.entry
        kept = {entry.article for entry in entries.values()}
        ids = (entry.article for entry in self.before.entries.values())
        written = (r.entry.article for r in done.rows.values() if r.written and r.entry)
        return Whole(
            Manifest(entries, self._run.started_ns),
            frozenset(written),
            tuple(article for article in ids if article and article not in kept),
            done.skipped,
        )

    def publish(self, whole: Whole) -> int | None:
        """End the run, all parts of which are done: the generation that stands now, the one
        before where nothing has changed. None where another process has ended it."""
        with as_writer_errors():
            lease = Lease(self._connection, self._settings)
            with lease.held(_PUBLISH_SECONDS):
                if self._has_ended():
                    return None
                generation = self._published(read_known(self._connection), whole, lease)
                close(self._connection, self._run)
                self._follow(lease)
                return generation

    @property
    def generation(self) -> int:
        """The generation that the run makes."""
        return self._run.generation

    def close(self) -> None:
        """Stop sending; what was noted as done stays."""
        self._bulk.close()

    def _published(
        self, known: tuple[PublishedState, Manifest] | None, whole: Whole, lease: Lease
    ) -> int:
        stop_writing(self._connection)
        place = place_of(self._connection, self._settings, self._run, known)
        if known and not (self._run.anew or whole.written or whole.gone):
            remember(self._connection, *known, whole.manifest)
            return self._run.before
        lease.confirm()
        place.keep_only(whole.written)
        ended = [*whole.written, *whole.gone]
        with sending(self._connection, place.articles) as bulk:
            for document_id, key in place.living(ended):
                bulk.update(document_id, key, {"until": place.generation})
        lease.confirm()
        return place.publish(whole.manifest, self._run.stamp).generation

    def _follow(self, lease: Lease) -> None:
        state = read_published(self._connection)
        if state is not None:
            follow_or_warn(self._connection, self._settings, lease, state)

    def _has_ended(self) -> bool:
        return read_run(self._connection) != self._run

    def _note(self) -> None:
        self._refused |= self._bulk.refused()
        self._lease.check()
        taken = {p: entry for p, entry in self._new.items() if entry.article not in self._refused}
        if taken:
            self._progress.note(taken)
        self._written |= taken
        self._new = {}

    @contextmanager
    def _as_it_is(self) -> Iterator[None]:
        """Where the cluster takes nothing because the run has ended, that is what is said."""
        try:
            yield
        except ClusterError:
            self._progress.check()
            raise

    def _known_before(self) -> Manifest:
        known = read_known(self._connection)
        _refuse_other_generation(known, self._run)
        return known[1] if known else Manifest()


def place_of(
    connection: Connection,
    settings: Settings,
    run: Run,
    known: tuple[PublishedState, Manifest] | None,
) -> NewPlace | SamePlace:
    """Where a run writes, by what stands published. Raises ClusterError where that is not what
    the run began with."""
    _refuse_other_generation(known, run)
    if known is None or run.anew:
        return NewPlace(connection, settings, run.generation - 1)
    return SamePlace(connection, *known)


def _refuse_other_generation(known: tuple[PublishedState, Manifest] | None, run: Run) -> None:
    generation = known[0].generation if known else 0
    if generation != run.before:
        raise ClusterError(
            f"generation {generation} was published since the run in {run.parts} parts began; "
            f"give the run up with {CANCEL}"
        )
