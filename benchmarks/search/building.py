"""Indexes of ours for the comparison."""

from collections.abc import Iterable
from pathlib import Path

from index.document import Document
from index.generation import IndexFolder
from index.manifest import Entry, Manifest
from index.segment_writer import SegmentBuilder
from index.segments import SegmentName, write_names
from index.whoosh_writer import WhooshWriter


def build(index_dir: Path, documents: Iterable[Document]) -> None:
    """Publish an index the way ``reindex`` does: one segment, where the documents fit in one."""
    writer = WhooshWriter(index_dir)
    ids = []
    with writer.lock(0), writer.batch(fresh=True) as batch:
        for document in documents:
            batch.add(document)
            ids.append(document.id)
        batch.publish(_manifest(ids), "a benchmark")


def build_in_segments(index_dir: Path, documents: Iterable[Document], size: int) -> None:
    """Publish an index in segments of ``size`` documents, which reindex would have merged."""
    index = IndexFolder(index_dir)
    with index.lock():
        folder = index.begin(fresh=True)
        names: list[SegmentName] = []
        builder, ids = SegmentBuilder(), []
        for document in documents:
            builder.add(document)
            ids.append(document.id)
            if len(builder) == size:
                names.append(_write(builder, folder, len(names)))
                builder = SegmentBuilder()
        if len(builder):
            names.append(_write(builder, folder, len(names)))
        write_names(folder, names)
        index.publish(folder, stamp="a benchmark", articles=len(ids))


def _write(builder: SegmentBuilder, folder: Path, number: int) -> SegmentName:
    name = SegmentName(f"part-{number}.seg")
    builder.write(folder / name.file)
    return name


def _manifest(ids: Iterable[str]) -> Manifest:
    return Manifest({one: Entry(0, 0, "", one, one) for one in ids})
