"""Many changes of documents sent to a cluster: in order, as fast as it takes them."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson

from index.opensearch_client import ClusterError, Connection

# What one request holds: large enough to be worth its way, small enough for small nodes.
_MOST_BYTES = 4 << 20
_MOST_CHANGES = 500
# Requests that wait to be sent; who brings more waits too.
_WAITING = 2
# So long nothing at all may be taken. A cluster misses a node after half a minute and lets a copy
# take over; a shard without one is away until somebody brings it back.
_PATIENCE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 20.0
_BUSY = (429, 503)
_NAMED = 5

Item = tuple[str, bytes]


class Bulk:
    """Sends changes to one index. Whoever uses it calls ``finish`` in the end."""

    def __init__(
        self,
        connection: Connection,
        index: str,
        allowed: Callable[[], None] = lambda: None,
        *,
        by_alias: bool = False,
    ) -> None:
        """``allowed`` raises where nothing may be sent any more; ``by_alias``: ``index`` is an
        alias, and nothing is taken where it is gone."""
        self._allowed = allowed
        self._connection = connection
        self._index = index
        self._parameters = {"require_alias": "true"} if by_alias else {}
        self._items: list[Item] = []
        self._bytes = 0
        # One after the other: of two changes of one document the later must win.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._sent: list[Future[None]] = []

    def put(self, name: str, key: str, document: Mapping[str, Any]) -> None:
        """Write a document under a key; ``name`` is what it is called where it is refused.
        Raises ClusterError for this or an earlier change."""
        self._add(name, {"index": {"_id": key}}, document)

    def update(self, name: str, key: str, values: Mapping[str, Any]) -> None:
        """Change some values of a document."""
        self._add(name, {"update": {"_id": key}}, {"doc": values})

    def delete(self, name: str, key: str) -> None:
        """Remove a document; nothing happens where there is none."""
        self._add(name, {"delete": {"_id": key}})

    def finish(self) -> None:
        """Wait until all is done. Raises ClusterError with the documents that were refused."""
        self._send()
        while self._sent:
            self._sent.pop(0).result()

    def close(self) -> None:
        """Forget what was not sent."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _add(self, name: str, *lines: Mapping[str, Any]) -> None:
        data = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        if self._items and self._bytes + len(data) > _MOST_BYTES:
            self._send()
        self._items.append((name, data))
        self._bytes += len(data)
        if len(self._items) >= _MOST_CHANGES:
            self._send()

    def _send(self) -> None:
        if not self._items:
            return
        while len(self._sent) > _WAITING or (self._sent and self._sent[0].done()):
            self._sent.pop(0).result()
        self._sent.append(self._executor.submit(self._sent_in_full, self._items))
        self._items, self._bytes = [], 0

    def _sent_in_full(self, items: Sequence[Item]) -> None:
        """Send until all is done; what the cluster has no room for now is tried again."""
        left, attempt, taken = items, 0, time.monotonic()
        while left:
            if attempt:
                time.sleep(_pause(attempt))
            self._allowed()
            attempt += 1
            out_of_patience = time.monotonic() - taken > _PATIENCE_SECONDS
            try:
                again, problem = self._tried(left)
            except ClusterError as error:
                # Written by key: what was done the first time is done again.
                if not error.passing or out_of_patience:
                    raise
                continue
            if len(again) < len(left):
                attempt, taken = 1, time.monotonic()
            elif out_of_patience:
                message = f"{self._connection.url}: {_names(again)} not taken: {problem}"
                raise ClusterError(message, cause="busy")
            left = again

    def _tried(self, items: Sequence[Item]) -> tuple[list[Item], str]:
        """What is to be tried again, and why. Raises ClusterError where something is refused."""
        body = b"".join(data for _, data in items)
        with self._connection.asking() as client:
            params = self._connection.patience | self._parameters
            answer = client.bulk(body=body, index=self._index, params=params)
        if not answer["errors"]:
            return [], ""
        again: list[Item] = []
        refused: list[tuple[Item, str]] = []
        why = ""
        for item, result in zip(items, answer["items"], strict=True):
            outcome = next(iter(result.values()))
            if "error" not in outcome:
                continue
            why = f"{outcome['error']['type']}: {outcome['error']['reason']}"[:300]
            if outcome["status"] in _BUSY:
                again.append(item)
            else:
                refused.append((item, why))
        if refused:
            listed = "; ".join(f"{name} ({reason})" for (name, _), reason in refused[:_NAMED])
            more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
            raise ClusterError(f"{self._connection.url} refuses {listed}{more}")
        return again, why


@contextmanager
def sending(connection: Connection, index: str) -> Iterator[Bulk]:
    """Changes of one index, all done in the end. Raises ClusterError."""
    bulk = Bulk(connection, index)
    try:
        yield bulk
        bulk.finish()
    finally:
        bulk.close()


def _names(items: Sequence[Item]) -> str:
    listed = ", ".join(name for name, _ in items[:_NAMED])
    return listed + (f" and {len(items) - _NAMED} more" if len(items) > _NAMED else "")


def _pause(attempt: int) -> float:
    """Growing, and not the same for all who wait: they would come back together."""
    longest: float = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311
