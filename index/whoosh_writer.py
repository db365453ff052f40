"""The writer seam on a Whoosh index: each batch is a generation of its own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import orjson

from index import manifest as manifests
from index import whoosh_api
from index.document import Document
from index.fields import FACETS, RUN_SUFFIX, SIDE_SUFFIX
from index.generation import IndexFolder, IndexFolderError, IndexVersionError
from index.manifest import Manifest
from index.writer import Published, WriterError

_MANIFEST = "manifest.json"


class WhooshWriter:
    """Writes the index below ``index_dir``."""

    def __init__(self, index_dir: Path) -> None:
        self._index = IndexFolder(index_dir)

    def lock(self, wait: float) -> AbstractContextManager[None]:
        """See Writer.lock."""
        return self._index.lock(wait)

    def published(self) -> Published | None:
        """See Writer.published."""
        try:
            generation = self._index.current()
        except IndexVersionError:
            return None
        if generation is None:
            return None
        try:
            manifest = manifests.load((generation.folder / _MANIFEST).read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            manifest = None
        if manifest is None or not _opens(generation.folder):
            return None
        return Published(generation.number, generation.stamp, manifest)

    @contextmanager
    def batch(self, *, fresh: bool) -> Iterator["WhooshBatch"]:
        """See Writer.batch."""
        folder = self._index.begin(fresh=fresh)
        try:
            if fresh or not _opens(folder):
                whoosh_api.create_index(folder)
            batch = WhooshBatch(self._index, folder)
            try:
                yield batch
            finally:
                batch.close()
        finally:
            self._index.clean()

    def remember(self, manifest: Manifest) -> None:
        """See Writer.remember."""
        generation = self._index.current()
        if generation is not None:
            self._index.write_beside(generation, _MANIFEST, manifests.dump(manifest))


class WhooshBatch:
    """A batch on the folder of the next generation."""

    def __init__(self, index: IndexFolder, folder: Path) -> None:
        self._index = index
        self._folder = folder
        self._writer: Any = whoosh_api.open_index(folder).writer()
        self._added: set[str] = set()

    def add(self, document: Document) -> None:
        """See Batch.add. Raises ValueError where the id was added before."""
        if document.id in self._added:
            raise ValueError(f"{document.id!r} was added twice in one batch")
        self._added.add(document.id)
        self.delete(document.id)
        self._writer.add_document(**_fields(document))

    def delete(self, document_id: str) -> None:
        """See Batch.delete."""
        self._writer.delete_by_term("id", document_id)

    def publish(self, manifest: Manifest, stamp: str) -> int:
        """See Batch.publish."""
        writer, self._writer = self._writer, None
        try:
            writer.commit()
            (self._folder / _MANIFEST).unlink(missing_ok=True)
            (self._folder / _MANIFEST).write_text(manifests.dump(manifest), encoding="utf-8")
            published = self._index.publish(self._folder, stamp=stamp, articles=manifest.articles())
        except (OSError, IndexFolderError) as error:
            raise WriterError(f"the index could not be written: {error}") from error
        return published.number

    def close(self) -> None:
        """Let go of an unpublished batch."""
        if self._writer is not None:
            self._writer.cancel()


def _opens(folder: Path) -> bool:
    try:
        whoosh_api.open_index(folder).reader().close()
    except Exception:
        # Whoosh raises whatever a damaged file makes of its parsers; whatever it is, the way out
        # is the same: build the index anew.
        return False
    return True


def _fields(document: Document) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": document.id,
        "key": document.id.encode(),
        "record": orjson.dumps(document.record),
        "date": document.date if document.date is not None else whoosh_api.NO_DATE,
        "visible_from": document.visible_from,
        "visible_to": document.visible_to,
        "withheld": int(document.withheld),
    }
    for name, analysis in document.text.items():
        fields[name] = analysis.terms
        fields[name + SIDE_SUFFIX] = analysis.side
        fields[name + RUN_SUFFIX] = analysis.runs
    for name in FACETS:
        fields[name] = whoosh_api.VALUE_SEPARATOR.join(document.facets[name]).encode()
    return fields
