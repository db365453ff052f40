"""Where in a cluster one generation is asked: its documents, and nothing that came later."""

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from index.opensearch_layout import of_generation, visible
from index.opensearch_state import PublishedState
from search.budget import missed
from search.opensearch_cluster import Answer, Cluster, GoneError
from search.opensearch_query import Query

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a generation lies: its number, the index that holds it, and the ``point`` in time
    where it is to stay as it is."""

    generation: int
    index: str
    point: str | None = None

    def documents(self, visible_at: int | None = None) -> list[Query]:
        """The documents of it that are visible at an instant; all for None."""
        return [of_generation(self.generation), *visible(visible_at)]


class Pinned:
    """Asks a cluster about one generation. Where that was cleaned away, as two newer ones were
    published, the newest answers."""

    def __init__(self, cluster: Cluster, published: PublishedState) -> None:
        self.cluster = cluster
        self._own = Pin(published.generation, published.articles)
        self._lock = threading.Lock()
        self._point: Pin | None = None
        self._gone = False

    def once(self, run: Callable[[Pin], T]) -> T:
        """What ``run`` makes of where the generation is. Raises EngineError."""
        try:
            return run(self._pin())
        except GoneError:
            self._gone = True
            self.cluster.look()
            return run(self._pin())

    def steadily(self, run: Callable[[Pin], T]) -> T:
        """The same at one point in time for all calls, as long as that is to be had: for walks
        from page to page. Raises EngineError."""
        try:
            return run(self._pointed())
        except GoneError:
            with self._lock:
                self._point = None
            return self.once(run)

    def ask(self, pin: Pin, body: Query, **how: Any) -> Answer:
        """The answer to a request. Raises EngineError, and GoneError where ``once`` and
        ``steadily`` know what to do."""
        answer = self.cluster.search(body, pin.index, pin.point, **how)
        if answer.partial and pin.point:
            # A point in time holds on to one copy of each shard; others may still be there.
            raise GoneError(f"{self.cluster.name}: a point in time has ended")
        if answer.partial:
            missed()
        return answer

    def among(self, visible_at: int | None, body: Query, **how: Any) -> Answer:
        """The answer to a request about all that is visible at an instant."""
        return self.once(lambda pin: self._among(pin, visible_at, body, **how))

    def _among(self, pin: Pin, visible_at: int | None, body: Query, **how: Any) -> Answer:
        query = {"bool": {"filter": pin.documents(visible_at)}}
        return self.ask(pin, {**body, "query": query}, **how)

    def _pin(self) -> Pin:
        known, own = self.cluster.known, self._own
        if known is None:
            return own
        cleaned = known.articles == own.index and known.generation > own.generation + 1
        return Pin(known.generation, known.articles) if self._gone or cleaned else own

    def _pointed(self) -> Pin:
        with self._lock:
            if self._point is None:
                pin = self._pin()
                point = self.cluster.open_point(pin.index)
                if point is not None:
                    weakref.finalize(self, self.cluster.leave_point, point)
                self._point = replace(pin, point=point)
            return self._point
