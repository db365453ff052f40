"""A writer beside the server: articles that are analysed already, published in regular steps."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

from benchmarks.corpus import CACHE, Sentence, document, drafts
from index.document import Document
from index.manifest import Entry, Manifest
from index.whoosh_writer import WhooshWriter

_PATIENCE_SECONDS = 60


@contextmanager
def copied(index_dir: Path) -> Iterator[Path]:
    """The index in a folder of its own; only linked, as no file is changed in place."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE, prefix="load-") as name:
        folder = Path(name) / "index"
        try:
            copytree(index_dir, folder, copy_function=_linked, ignore=ignore_patterns("lock"))
        except OSError:
            copytree(index_dir, folder, dirs_exist_ok=True)
        yield folder


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


@contextmanager
def publishing(
    index_dir: Path,
    source: Sequence[Sentence],
    *,
    documents: int,
    added: int,
    times: Sequence[float],
) -> Iterator[Connection]:
    """A process that adds so many articles to an index of so many ``documents``, a part of them
    at each of the ``times`` (seconds after it was sent an instant of time.perf_counter). Gives the
    connection: what it tells is a pair of the seconds at which it began and ended for each
    generation, then None."""
    ours, theirs = get_context("fork").Pipe()
    # Forked, so that it has the sentences at once.
    process = get_context("fork").Process(
        target=_publish, args=(index_dir, source, documents, added, times, theirs)
    )
    process.start()
    try:
        # All is made beforehand.
        ours.recv()
        yield ours
    finally:
        process.terminate()
        process.join(_PATIENCE_SECONDS)


def _publish(
    index_dir: Path,
    source: Sequence[Sentence],
    documents: int,
    added: int,
    times: Sequence[float],
    told: Connection,
) -> None:
    new = [document(draft) for draft in drafts(added, source, start=documents)]
    ids = [draft.id for draft in drafts(documents, source)]
    writer = WhooshWriter(index_dir)
    known = None
    told.send(len(new))
    begun = told.recv()
    for i, at in enumerate(times):
        part = new[added * i // len(times) : added * (i + 1) // len(times)]
        ids += [one.id for one in part]
        time.sleep(max(0.0, begun + at - time.perf_counter()))
        start = time.perf_counter()
        with writer.lock(_PATIENCE_SECONDS):
            # As reindex does before it builds upon an index.
            known = writer.published(known)
            _add(writer, part, ids)
        told.send((start - begun, time.perf_counter() - begun))
    told.send(None)


def _add(writer: WhooshWriter, part: Sequence[Document], ids: Sequence[str]) -> None:
    with writer.batch(fresh=False) as batch:
        for one in part:
            batch.add(one)
        batch.publish(Manifest({one: Entry(0, 0, "", one, one) for one in ids}), "a benchmark")
