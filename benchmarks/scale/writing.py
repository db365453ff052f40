"""How fast an engine takes documents that are analysed already."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.search.building import manifest_of
from index.document import Document
from index.writer import Writer


@dataclass(frozen=True, slots=True)
class Written:
    """Seconds from the first document to the published index; ``making`` of them went into
    putting documents together, which a run of ``reindex`` does not do. ``following`` seconds later
    the index had its suggestions and corrections, where the writer makes them."""

    seconds: float
    making: float
    following: float


def write(writer: Writer, documents: Iterable[Document]) -> Written:
    """Publish the documents as a new index."""
    timed, ids = _Timed(documents), []
    begun = time.perf_counter()
    with writer.lock(0):
        with writer.batch(fresh=True) as batch:
            for document in timed:
                batch.add(document)
                ids.append(document.id)
            batch.publish(manifest_of(ids), "a benchmark")
        published = time.perf_counter()
        writer.follow()
        followed = time.perf_counter()
    return Written(published - begun, timed.seconds, followed - published)


class _Timed:
    """Items, and the seconds that it took to make them."""

    def __init__(self, items: Iterable[Document]) -> None:
        self._items = iter(items)
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Document]:
        while True:
            begun = time.perf_counter()
            item = next(self._items, None)
            self.seconds += time.perf_counter() - begun
            if item is None:
                return
            yield item
