"""A content folder with an index that says it is of that folder, without the hours that Kiwi would
take over it: the documents are made up, their ids, times and sizes are those of the files."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree

from benchmarks.corpus import CACHE, Sentence, documents
from benchmarks.indexing.articles import content_of
from index.document import Document
from index.manifest import Entry, Manifest
from index.reindex import stamp_of
from index.scan import SourceFile, scan
from index.settings import Settings, load_settings
from index.whoosh_writer import WhooshWriter


def prepared(articles: int, source: Sequence[Sentence], folder: Path) -> tuple[Path, Path]:
    """A content folder and its index below ``folder``, to be changed at will."""
    made = content_of(articles)
    kept = CACHE / "indexes" / f"{articles}-articles"
    settings = load_settings(content_dir=made, index_dir=kept, engine=None)
    if not _is_there(settings):
        rmtree(kept, ignore_errors=True)
        _build(settings, source)
    content, index = folder / "content", folder / "index"
    # Neither changes a file in place.
    copytree(made, content, copy_function=os.link)
    copytree(kept, index, copy_function=os.link)
    return content, index


def _is_there(settings: Settings) -> bool:
    found = WhooshWriter(settings.index_dir).published()
    return found is not None and found.stamp == stamp_of(settings)


def _build(settings: Settings, source: Sequence[Sentence]) -> None:
    files = scan(settings.content_dir).files
    entries = {f.path: Entry(f.size, f.mtime_ns, f.inherited, f.id, f.id) for f in files}
    writer = WhooshWriter(settings.index_dir)
    with writer.lock(0), writer.batch(fresh=True) as batch:
        for document in _documents(files, source):
            batch.add(document)
        # Later than every file, or all count as changed in the middle of the run.
        started = max(time.time_ns(), *(f.mtime_ns for f in files)) + 10**10
        batch.publish(Manifest(entries, started), stamp_of(settings))


def _documents(files: Sequence[SourceFile], source: Sequence[Sentence]) -> Iterator[Document]:
    for file, document in zip(files, documents(len(files), source), strict=True):
        yield replace(document, id=file.id)
