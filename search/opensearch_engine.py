"""The engine seam on an OpenSearch cluster: pins what is published, and what comes after it."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from index.cache import CacheState
from index.settings import Settings
from search import engine
from search.background import Built, State
from search.engine import EngineError
from search.opensearch_cluster import Cluster
from search.opensearch_snapshot import ClusterSnapshot
from search.opensearch_words import Asked, Asking, ClusterWords
from search.plan import Plan
from search.words import Words

# How often the cluster is asked what was published.
_LOOK_SECONDS = 1.0
# What was published is asked so long where the cluster does not say what was published since, or
# answers no search; then requests are told so at once, and the cluster is left alone.
_PATIENCE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class ClusterEngine:
    """Pins the published generation, and the next one as soon as it is there."""

    def __init__(self, settings: Settings) -> None:
        self._cluster = Cluster(settings)
        self._asked = Asked()
        self._lock = threading.Lock()
        self._snapshot: ClusterSnapshot | None = None
        self._looked = -_LOOK_SECONDS
        self._failing: float | None = None
        self._error: EngineError | None = None
        self._incomplete = False
        self._following = 0

    @property
    def degraded(self) -> str | None:
        """See Engine.degraded."""
        if self._snapshot is None:
            return None
        if self._error is not None:
            asked = f"generation {self._snapshot.generation} is still asked"
            return f"the cluster does not answer ({self._error.cause}); {asked}"
        return "a part of the index gives no answer" if self._incomplete else None

    def snapshot(self) -> ClusterSnapshot:
        """See Engine.snapshot. At most one request a second, none where a thread looks."""
        if self._snapshot is None or self._following != os.getpid():
            with self._lock:
                # Who waited meanwhile has the answer that the first one got.
                if time.monotonic() - self._looked >= _LOOK_SECONDS:
                    self._look(lambda _: None)
        if self._error is not None and (self._snapshot is None or self._out_of_patience()):
            raise self._error
        assert self._snapshot is not None
        return self._snapshot

    def figures(self) -> dict[str, str]:
        """What stands published and where, in words for people. Raises EngineError, also where a
        part of it gives no answer."""
        snapshot = self.snapshot()
        page = snapshot.search(Plan((), limit=0))
        if page.partial:
            raise EngineError(f"{self._cluster.name}: a part of the index gives no answer")
        if page.total != snapshot.documents_left:
            raise EngineError(
                f"{self._cluster.name}: {page.total:,} articles are there of the "
                f"{snapshot.documents_left:,} that were published; run `reindex --full`"
            )
        published = datetime.fromtimestamp(snapshot.published, UTC)
        return {
            "index": self._cluster.name,
            "server": "OpenSearch {}.{}".format(*self._cluster.version),
            "generation": str(snapshot.generation),
            "published": published.isoformat(timespec="seconds"),
            "articles": f"{page.total:,}",
            "suggestions": self._of_words(),
            "made by": snapshot.stamp,
        }

    def _of_words(self) -> str:
        known = self._cluster.known
        words = known.words if known else None
        return f"of generation {words.generation}" if words else "none; run `reindex`"

    def follow(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        """See Engine.follow. In each process that was forked it is to be called again."""
        threading.Thread(target=self._follow, args=(prepare,), name="index", daemon=True).start()
        self._following = os.getpid()

    def words(self, snapshot: engine.Snapshot, epoch: int) -> Built[Words] | None:
        """See Engine.words: by those of the newest generation that are there."""
        known = self._cluster.known
        if known is None or known.words is None:
            return None
        assert isinstance(snapshot, ClusterSnapshot)
        asking = Asking(self._cluster, self._asked, known.words, epoch)
        words = ClusterWords(asking, partial(snapshot.recounted, visible_at=epoch))
        following = snapshot.visibility(epoch).next_change
        # Where the clock of who made them is ahead, they tell of what is not public here yet.
        early = following is not None and known.words.at >= following
        return Built(words, State(known.words.generation, known.words.at if early else epoch))

    def prepare(self, snapshot: engine.Snapshot, epoch: int) -> None:
        """See Engine.prepare: who writes the index makes them."""

    def caches(self) -> Mapping[str, CacheState]:
        """See Engine.caches."""
        return {"words": self._asked.state()}

    def _follow(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            # Without a snapshot the requests look, and say why there is none.
            if self._snapshot is not None:
                self._look(prepare)

    def _look(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        """Take what is published, once ``prepare`` has seen it; keep what there is, and the
        error, where that fails."""
        try:
            published = self._cluster.look()
            known = self._snapshot
            if known is None or (known.generation, known.stamp) != (
                published.generation,
                published.stamp,
            ):
                newest = ClusterSnapshot(self._cluster, published)
                prepare(newest)
                self._snapshot = known = newest
            self._incomplete = self._cluster.troubled and known.incomplete()
        except EngineError as error:
            self._failed(error)
        except Exception as error:
            # The thread must outlive whatever it is: the next publish may be whole again.
            _log.exception("a new generation fails")
            self._failed(EngineError(str(error)))
        else:
            if self._failing is not None:
                _log.warning("%s answers again", self._cluster.name)
            self._error = self._failing = None
        self._cluster.close_left()
        self._looked = time.monotonic()

    def _failed(self, error: EngineError) -> None:
        if self._error is None:
            self._failing = time.monotonic()
            if self._snapshot is not None:
                # Else those who ask are told, and say so.
                _log.error("%s", error)
        self._error = error

    def _out_of_patience(self) -> bool:
        return self._failing is not None and time.monotonic() - self._failing > _PATIENCE_SECONDS
