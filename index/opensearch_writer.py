"""The writer seam on an OpenSearch cluster: each batch is a generation of its own.

A document has the generation that brought it, and the first one that no longer has it. Readers ask
for one generation, so that a batch becomes visible by the one document that names it (see
``index.opensearch_state``), or by the switch of the aliases where the index was built anew.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from index.document import Document
from index.generation import IndexLockedError
from index.manifest import Manifest
from index.opensearch_bulk import Bulk
from index.opensearch_client import ClusterError, Connection
from index.opensearch_documents import to_cluster, version_id
from index.opensearch_indices import remove_unnamed
from index.opensearch_lock import Lease
from index.opensearch_places import NewPlace, Place, SamePlace
from index.opensearch_runs import refuse_beside_parts
from index.opensearch_state import (
    OtherVersionError,
    PublishedState,
    newest_generation,
    read_manifest,
    read_published,
    remember,
)
from index.opensearch_words import follow_or_warn
from index.settings import Settings
from index.writer import Published, WriterError


@dataclass(frozen=True, slots=True)
class _Known:
    """What stood published when this process looked last, and its manifest."""

    state: PublishedState
    manifest: Manifest


class OpenSearchWriter:
    """Writes the index of a configuration."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection = Connection(settings)
        self._lease = Lease(self._connection, settings)
        self._known: _Known | None = None

    @contextmanager
    def lock(self, wait: float) -> Iterator[None]:
        """See Writer.lock. Raises WriterError where the cluster cannot be asked."""
        with as_writer_errors():
            # Asked for here: one that is too old takes an index and finds half of it.
            _ = self._connection.version
            with self._lease.held(wait):
                refuse_beside_parts(self._connection)
                yield

    def published(self, known: Published | None = None) -> Published | None:
        """See Writer.published. Raises WriterError where the cluster cannot be asked."""
        with as_writer_errors():
            try:
                state = read_published(self._connection)
            except OtherVersionError:
                return None
            if state is None:
                return None
            if known and self._known and known.generation == state.generation:
                self._known = _Known(state, known.manifest)
                return replace(known, stamp=state.stamp)
            manifest = read_manifest(self._connection, state)
            if manifest is None:
                return None
            self._known = _Known(state, manifest)
            return Published(state.generation, state.stamp, manifest)

    @contextmanager
    def batch(self, *, fresh: bool) -> Iterator["OpenSearchBatch"]:
        """See Writer.batch."""
        with as_writer_errors():
            remove_unnamed(self._connection)
            place = self._place(fresh=fresh)
            batch = OpenSearchBatch(self._connection, self._lease, place)
            try:
                place.begin()
                yield batch
            finally:
                batch.close()
                if batch.published:
                    self._known = _Known(*batch.published)

    def follow(self) -> None:
        """See Writer.follow."""
        if self._known is not None:
            state = follow_or_warn(self._connection, self._settings, self._lease, self._known.state)
            self._known = replace(self._known, state=state)

    def remember(self, manifest: Manifest) -> None:
        """See Writer.remember."""
        with as_writer_errors():
            if self._known is None:
                return
            state = remember(self._connection, self._known.state, self._known.manifest, manifest)
            self._known = _Known(state, manifest)

    def _place(self, *, fresh: bool) -> Place:
        if not fresh and (self._known or self.published()):
            assert self._known is not None
            return SamePlace(self._connection, self._known.state, self._known.manifest)
        return NewPlace(self._connection, self._settings, newest_generation(self._connection))


class OpenSearchBatch:
    """A batch of changes on its way to a place in the cluster."""

    def __init__(self, connection: Connection, lease: Lease, place: Place) -> None:
        self.published: tuple[PublishedState, Manifest] | None = None
        self._lease = lease
        self._place = place
        self._bulk = Bulk(connection, place.articles, lease.check)
        # Documents of this batch, and those of the generation before that it ends.
        self._added: set[str] = set()
        self._ended: dict[str, None] = {}

    def add(self, document: Document) -> None:
        """See Batch.add."""
        with as_writer_errors():
            generation = self._place.generation
            self._ended[document.id] = None
            self._added.add(document.id)
            key = version_id(document.id, generation)
            self._bulk.put(document.id, key, to_cluster(document, generation))

    def delete(self, document_id: str) -> None:
        """See Batch.delete."""
        with as_writer_errors():
            self._ended[document_id] = None
            if document_id in self._added:
                self._added.remove(document_id)
                key = version_id(document_id, self._place.generation)
                self._bulk.delete(document_id, key)

    def refused(self) -> Mapping[str, str]:
        """See Batch.refused."""
        with as_writer_errors():
            refused = self._bulk.refused()
        for document_id in refused:
            self._added.discard(document_id)
            self._ended.pop(document_id, None)
        return refused

    def publish(self, manifest: Manifest, stamp: str) -> int:
        """See Batch.publish."""
        with as_writer_errors():
            # What is sent now would become a part of what another run writes meanwhile.
            self._lease.confirm()
            for document_id, key in self._place.living(list(self._ended)):
                self._bulk.update(document_id, key, {"until": self._place.generation})
            self._bulk.finish()
            self._lease.confirm()
            state = self._place.publish(manifest, stamp)
            self.published = (state, manifest)
        return state.generation

    def close(self) -> None:
        """Stop sending; what was not published leaves no trace."""
        self._bulk.close()
        if self.published is None:
            # Where another run has the lease, what there is may be its own.
            with suppress(IndexLockedError, ClusterError):
                self._lease.confirm()
                self._place.abandon()


@contextmanager
def as_writer_errors() -> Iterator[None]:
    """What a cluster does not do is said as the writer seam says it."""
    try:
        yield
    except ClusterError as error:
        raise WriterError(str(error)) from error
