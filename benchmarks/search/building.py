"""Indexes of ours for the comparison."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.corpus import Sentence, document, drafts
from index.document import Document
from index.generation import IndexFolder
from index.manifest import Entry, Manifest
from index.merging import merge
from index.segment_writer import SegmentBuilder
from index.segments import SegmentName, open_segment, read_names, write_names
from index.whoosh_writer import WhooshWriter


def build(index_dir: Path, documents: Iterable[Document]) -> None:
    """Publish an index the way ``reindex`` does: one segment, where the documents fit in one."""
    writer = WhooshWriter(index_dir)
    ids = []
    with writer.lock(0), writer.batch(fresh=True) as batch:
        for document in documents:
            batch.add(document)
            ids.append(document.id)
        batch.publish(manifest_of(ids), "a benchmark")


def build_in_segments(
    index_dir: Path, source: Sequence[Sentence], documents: int, segments: int
) -> None:
    """Publish an index in so many segments, which reindex would have merged. All cores write."""
    global _source
    index = IndexFolder(index_dir)
    size = -(-documents // segments)
    starts = range(0, documents, size)
    with index.lock():
        folder = index.begin(fresh=True)
        _source = source
        # Forked, so that all have the sentences at once; no Kiwi lives here yet, or none is used.
        with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
            written = [
                pool.submit(
                    _write_segment, folder / _file(start), min(size, documents - start), start
                )
                for start in starts
            ]
            for future in written:
                future.result()
        publish(index, folder, [SegmentName(_file(start)) for start in starts], documents)


def build_merged(index_dir: Path, parts: Path) -> None:
    """Publish an index in one segment, merged from another one as reindex merges."""
    found = IndexFolder(parts).current()
    assert found is not None
    segments = [open_segment(found.folder, name) for name in read_names(found.folder)]
    index = IndexFolder(index_dir)
    with index.lock():
        folder = index.begin(fresh=True)
        merge(segments, folder / _file(0))
        publish(index, folder, [SegmentName(_file(0))], found.articles)


_source: Sequence[Sentence] = ()


def _write_segment(path: Path, count: int, start: int) -> None:
    builder = SegmentBuilder()
    for draft in drafts(count, _source, start=start):
        builder.add(document(draft))
    builder.write(path)


def publish(index: IndexFolder, folder: Path, names: list[SegmentName], documents: int) -> None:
    """Publish segments that lie in the folder of a generation."""
    write_names(folder, names)
    index.publish(folder, stamp="a benchmark", articles=documents)


def _file(start: int) -> str:
    return f"from-{start}.seg"


def manifest_of(ids: Iterable[str]) -> Manifest:
    """A manifest of documents that no files stand for."""
    return Manifest({one: Entry(0, 0, "", one, one) for one in ids})
