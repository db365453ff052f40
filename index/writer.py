"""The writer seam: what the run of ``reindex`` needs of an index, whatever keeps it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from index.document import Document
from index.manifest import Manifest
from index.settings import Settings


class WriterError(Exception):
    """The index could not be written; what was published before is untouched."""


@dataclass(frozen=True, slots=True)
class Published:
    """What stands published: its generation, the stamp of what made it, its manifest."""

    generation: int
    stamp: str
    manifest: Manifest


class Batch(Protocol):
    """Changes that become visible together or not at all."""

    def add(self, document: Document) -> None:
        """Add a document, in place of the one with its id. Once per id in a batch."""

    def delete(self, document_id: str) -> None:
        """Remove a document; nothing happens where there is none."""

    def refused(self) -> Mapping[str, str]:
        """The documents added so far that the index does not take for what is in them, by id, and
        why; what it has of them stays as it is. Raises WriterError."""

    def publish(self, manifest: Manifest, stamp: str) -> int:
        """Make the batch visible and return its generation. Raises WriterError, also where
        documents were refused that nobody has asked for."""


class Writer(Protocol):
    """One index, to be written by one process at a time."""

    def lock(self, wait: float) -> AbstractContextManager[None]:
        """Hold the right to write; ``wait`` seconds at most. Raises IndexLockedError."""

    def published(self, known: Published | None = None) -> Published | None:
        """What is published; None where there is nothing that this version can build on.

        ``known`` is what this process published or read last: it is not read again.
        """

    def batch(self, *, fresh: bool) -> AbstractContextManager[Batch]:
        """Begin a batch; without ``publish`` it leaves no trace. ``fresh`` starts from nothing."""

    def follow(self) -> None:
        """Let what is made of the published index beside it (suggestions, say) follow. What fails
        is logged, and no failure of the run."""

    def remember(self, manifest: Manifest) -> None:
        """Keep a manifest that differs only in what readers do not see (times, skipped files)."""


def open_writer(settings: Settings) -> Writer:
    """The writer of the configured engine."""
    if settings.engine == "opensearch":
        # Loads a client that the other engine does without.
        from index.opensearch_writer import OpenSearchWriter

        return OpenSearchWriter(settings)
    from index.whoosh_writer import WhooshWriter

    return WhooshWriter(settings.index_dir)
