"""The writer seam on a Whoosh index: each batch is a generation of its own."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from index import manifest as manifests
from index.array_file import DamagedFileError
from index.damage import damaged
from index.document import Document
from index.generation import MANIFEST, IndexFolder, IndexFolderError, IndexVersionError
from index.manifest import Manifest
from index.merging import Living, merge, to_merge
from index.segment_writer import SegmentBuilder, SegmentLimitError
from index.segments import (
    SegmentName,
    open_segment,
    read_names,
    write_deleted,
    write_names,
)
from index.writer import Published, WriterError

# Texts that hits show: half of an index, and nothing is found by them.
_UNCHECKED = ("record", "text", "spans")
# Postings in memory before they are written as a segment: bounds the memory to some 500 MB.
_SPILL = 12_000_000


class WhooshWriter:
    """Writes the index below ``index_dir``."""

    def __init__(self, index_dir: Path) -> None:
        self._index = IndexFolder(index_dir)

    def lock(self, wait: float) -> AbstractContextManager[None]:
        """See Writer.lock."""
        return self._index.lock(wait)

    def published(self, known: Published | None = None) -> Published | None:
        """See Writer.published."""
        try:
            generation = self._index.current()
        except IndexVersionError:
            return None
        if generation is None:
            return None
        try:
            segments = [open_segment(generation.folder, n) for n in read_names(generation.folder)]
            if known and known.generation == generation.number:
                return replace(known, stamp=generation.stamp)
            manifest = _manifest(generation.folder / MANIFEST, segments)
        except (OSError, DamagedFileError):
            return None
        return Published(generation.number, generation.stamp, manifest) if manifest else None

    @contextmanager
    def batch(self, *, fresh: bool) -> Iterator["WhooshBatch"]:
        """See Writer.batch."""
        folder = self._index.begin(fresh=fresh)
        try:
            names = [] if fresh else read_names(folder)
            yield WhooshBatch(self._index, folder, names)
        except DamagedFileError as error:
            raise WriterError(str(error)) from error
        finally:
            self._index.clean()

    def follow(self) -> None:
        """See Writer.follow: those who read make it for themselves."""

    def remember(self, manifest: Manifest) -> None:
        """See Writer.remember."""
        generation = self._index.current()
        if generation is not None:
            self._index.write_beside(generation, MANIFEST, manifests.dump(manifest))


def _manifest(path: Path, segments: Sequence[Living]) -> Manifest | None:
    """The manifest of a generation, None where it is damaged, while another thread looks at the
    sums of its segments: damage must not be linked into the next. Raises DamagedFileError."""
    with ThreadPoolExecutor(1) as executor:
        checks = [executor.submit(s.segment.file.verify, _UNCHECKED) for s in segments]
        manifest = manifests.load(path.read_bytes())
        for check in checks:
            check.result()
    return manifest


class WhooshBatch:
    """A batch on the folder of the next generation."""

    def __init__(self, index: IndexFolder, folder: Path, names: list[SegmentName]) -> None:
        self._index = index
        self._folder = folder
        self._fresh = not names
        self._names = names
        self._segments = [open_segment(folder, name) for name in names]
        self._builder = SegmentBuilder()
        # Deleted documents of each segment, and of the one that is being built.
        self._deleted = [*(set(s.deleted.tolist()) for s in self._segments), set[int]()]
        # Documents of this batch by id: the number of their segment, and theirs within it.
        self._pending: dict[str, tuple[int, int]] = {}
        self._files = 0

    def add(self, document: Document) -> None:
        """See Batch.add."""
        self.delete(document.id)
        try:
            number = self._builder.add(document)
        except SegmentLimitError as error:
            raise WriterError(str(error)) from error
        self._pending[document.id] = (len(self._segments), number)
        if self._builder.size >= _SPILL:
            self._spill()

    def delete(self, document_id: str) -> None:
        """See Batch.delete."""
        place = self._pending.pop(document_id, None)
        if place is not None:
            self._deleted[place[0]].add(place[1])
            return
        for living, deleted in zip(self._segments, self._deleted, strict=False):
            number = living.segment.find(document_id)
            if number >= 0:
                deleted.add(number)

    def refused(self) -> Mapping[str, str]:
        """See Batch.refused: it takes every document."""
        return {}

    def publish(self, manifest: Manifest, stamp: str) -> int:
        """See Batch.publish."""
        try:
            self._spill()
            self._write_deletions()
            self._merge()
            write_names(self._folder, self._names)
            (self._folder / MANIFEST).unlink(missing_ok=True)
            (self._folder / MANIFEST).write_bytes(manifests.dump(manifest))
            published = self._index.publish(
                self._folder,
                stamp=stamp,
                articles=manifest.articles(),
                damaged=self._damaged_before(),
            )
        except (OSError, IndexFolderError) as error:
            raise WriterError(f"the index could not be written: {error}") from error
        return published.number

    def _damaged_before(self) -> list[Path]:
        """Damaged generations: one that this one is built anew for is nothing to fall back to."""
        if not self._fresh:
            return []
        return damaged(folder for folder in self._index.kept() if folder != self._folder)

    def _spill(self) -> None:
        """Write what was collected as a segment of its own."""
        if len(self._builder):
            name = SegmentName(self._new_file(".seg"))
            self._builder.write(self._folder / name.file)
            self._take(name)
            self._deleted.append(set())
            self._builder = SegmentBuilder()

    def _write_deletions(self) -> None:
        for i, living in enumerate(self._segments):
            deleted = self._deleted[i]
            if len(deleted) != len(living.deleted):
                file = self._new_file(".del")
                name = replace(self._names[i], deleted=file, deleted_identity=None)
                write_deleted(self._folder / file, deleted)
                self._names[i] = name
                self._segments[i] = open_segment(self._folder, name)

    def _merge(self) -> None:
        sizes = [(s.documents, s.segment.documents) for s in self._segments]
        merged = to_merge(sizes, all_small=self._fresh)
        kept = [i for i in range(len(sizes)) if i not in merged]
        parts = [self._segments[i] for i in merged]
        self._names = [self._names[i] for i in kept]
        self._segments = [self._segments[i] for i in kept]
        if any(part.documents for part in parts):
            name = SegmentName(self._new_file(".seg"))
            merge(parts, self._folder / name.file)
            self._take(name)

    def _take(self, name: SegmentName) -> None:
        self._names.append(name)
        self._segments.append(open_segment(self._folder, name))

    def _new_file(self, ending: str) -> str:
        """A name that no other generation uses: readers tell segments by it."""
        self._files += 1
        return f"{self._folder.name.removeprefix('generation-')}-{self._files}{ending}"
