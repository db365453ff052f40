"""A cluster as readers ask it: searches, points in time, and what stands published."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from index.opensearch_client import ClusterError, Connection
from index.opensearch_state import PublishedState, read_published
from index.settings import Settings
from search.engine import EngineError, NoIndexError
from search.opensearch_query import Query

# A point in time that nobody asks lives so long.
_KEPT = "2m"
_FIRST_WITHOUT_LEGACY = 3
# So long a search waits for help at most; the cluster stops a little before.
_HELP_SECONDS, _HELP_SHARE = 2.0, 0.8
_NOT_FOUND = 404


class GoneError(EngineError):
    """What was asked is no longer there: another index was published, a point in time ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a cluster answered; ``partial`` where shards failed or took too long."""

    body: Mapping[str, Any]
    partial: bool


class Cluster:
    """The cluster of a configuration. Safe to share among threads, and by processes that were
    forked: each has connections of its own.

    All methods raise EngineError with what is wrong, where, and what to do.
    """

    def __init__(self, settings: Settings) -> None:
        self._connection = Connection(settings)
        self.name = f"{settings.opensearch_url} ({settings.opensearch_index})"
        # What stood published when it was last looked at.
        self.known: PublishedState | None = None
        self._left: SimpleQueue[str] = SimpleQueue()
        # Whether the last search had no answer, or one of a part of the index alone.
        self.troubled = False

    @property
    def version(self) -> tuple[int, int]:
        """That of the cluster."""
        with _translated():
            return self._connection.version

    @property
    def legacy_scores(self) -> bool:
        """Whether BM25 is multiplied by (k1 + 1), as before 3.0."""
        return self.version[0] < _FIRST_WITHOUT_LEGACY

    def look(self) -> PublishedState:
        """What stands published now. Raises NoIndexError where nothing does."""
        with _translated():
            found = read_published(self._connection)
        if found is None:
            raise NoIndexError(f"{self.name}: no index yet; run `reindex`")
        self.known = found
        return found

    def search(
        self,
        body: Query,
        index: str,
        point: str | None = None,
        *,
        dfs: bool = False,
        preference: str | None = None,
        **parameters: str,
    ) -> Answer:
        """The answer to a request, in an index or at a ``point`` in time of it. With ``dfs`` terms
        have the statistics of all shards. Raises GoneError where what is asked is not there."""
        body = {**body, "timeout": self._connection.within}
        if dfs:
            parameters["search_type"] = "dfs_query_then_fetch"
        if point is not None:
            body["pit"] = {"id": point, "keep_alive": _KEPT}
        elif preference is not None:
            parameters["preference"] = preference
        try:
            answer = self._answer(body, None if point else index, parameters)
        except GoneError:
            raise
        except EngineError:
            self.troubled = True
            raise
        self.troubled = answer.partial
        return answer

    def _answer(self, body: Query, index: str | None, parameters: dict[str, str]) -> Answer:
        with _translated(), self._connection.asking() as client:
            found = client.search(body=body, index=index, params=parameters)
        if "_shards" not in found:
            raise EngineError(f"{self.name}: gives an answer that is none of a search", "away")
        return Answer(found, _is_partial(found))

    def search_together(
        self, bodies: Sequence[Query], index: str
    ) -> tuple[list[Mapping[str, Any]], bool]:
        """The answers to several requests that are a help, in the little time that is worth; and
        whether they are whole. Raises GoneError where the index is not there."""
        seconds = min(self._connection.timeout, _HELP_SECONDS)
        within = f"{int(seconds * _HELP_SHARE * 1000)}ms"
        lines = [line for own in bodies for line in ({}, {**own, "timeout": within})]
        with _translated(), self._connection.asking() as client:
            found = client.msearch(body=lines, index=index, params={"request_timeout": seconds})
        answers = found.get("responses", ())
        if len(answers) != len(bodies):
            raise EngineError(f"{self.name}: gives an answer that is none of a search", "away")
        for answer in answers:
            if answer.get("status") == _NOT_FOUND:
                raise GoneError(f"{self.name}: {index} is gone")
            if "hits" not in answer:
                reason = answer.get("error", {}).get("reason", "no reason")
                raise EngineError(f"{self.name}: {index} is not searched ({reason})", "away")
        return list(answers), not any(map(_is_partial, answers))

    def open_point(self, index: str) -> str | None:
        """A point in time of an index; None where the cluster has too many already."""
        try:
            with _translated(), self._connection.asking() as client:
                found = client.create_pit(index=index, params={"keep_alive": _KEPT})
        except GoneError:
            raise
        except EngineError:
            # A walk without one is as good as long as nothing is published.
            return None
        return str(found["pit_id"])

    def leave_point(self, point: str) -> None:
        """Nobody asks this point in time any more. It is only noted: whoever is last may stand
        anywhere, in the middle of a request too."""
        self._left.put(point)

    def close_left(self) -> None:
        """Close the points in time that were left. Raises nothing: they end by themselves too."""
        points = []
        with suppress(Empty):
            while True:
                points.append(self._left.get_nowait())
        if points:
            with suppress(EngineError), _translated(), self._connection.asking() as client:
                client.delete_pit(body={"pit_id": points})


def _is_partial(found: Mapping[str, Any]) -> bool:
    shards = found["_shards"]
    # One that is nowhere is not among those that failed.
    return bool(found["timed_out"] or shards["successful"] < shards["total"])


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClusterError as error:
        if error.missing:
            raise GoneError(str(error)) from error
        raise EngineError(str(error), error.cause) from error
