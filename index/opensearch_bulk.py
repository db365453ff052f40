"""Many changes of documents sent to a cluster: in order, as fast as it takes them."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
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
# What a document may be refused for by itself: no value for its field, or too large. That an index
# is closed is said in the same way.
_BAD, _TOO_LARGE = 400, 413
_CLOSED = "index_closed_exception"
_ADVICE = "change it, or what the cluster allows; the next run tries again"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Item:
    """A change as it is sent; ``name`` is what it is called, ``document`` whether it is a whole
    document."""

    name: str
    data: bytes
    document: bool


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
        self._items: list[_Item] = []
        self._bytes = 0
        # One after the other: of two changes of one document the later must win.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._sent: list[Future[None]] = []
        self._refused: dict[str, str] = {}

    def put(self, name: str, key: str, document: Mapping[str, Any]) -> None:
        """Write a document under a key; ``name`` is what it is called where it is refused.
        Raises ClusterError for this or an earlier change."""
        self._add(name, {"index": {"_id": key}}, document, document=True)

    def update(self, name: str, key: str, values: Mapping[str, Any]) -> None:
        """Change some values of a document."""
        self._add(name, {"update": {"_id": key}}, {"doc": values})

    def delete(self, name: str, key: str) -> None:
        """Remove a document; nothing happens where there is none."""
        self._add(name, {"delete": {"_id": key}})

    def refused(self) -> dict[str, str]:
        """Wait until all is done: the documents that were refused for what is in them, by name, and
        why; each is told once. Raises ClusterError."""
        self._send()
        while self._sent:
            self._sent.pop(0).result()
        refused, self._refused = self._refused, {}
        return refused

    def finish(self) -> None:
        """Wait until all is done. Raises ClusterError, also with the documents that were refused
        and not told of."""
        self._raise_for(self.refused())

    def close(self) -> None:
        """Forget what was not sent."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _add(self, name: str, *lines: Mapping[str, Any], document: bool = False) -> None:
        data = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        if self._items and self._bytes + len(data) > _MOST_BYTES:
            self._send()
        self._items.append(_Item(name, data, document))
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

    def _sent_in_full(self, items: Sequence[_Item]) -> None:
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
                if error.status == _TOO_LARGE:
                    self._sent_by_halves(left, error)
                    return
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

    def _sent_by_halves(self, items: Sequence[_Item], error: ClusterError) -> None:
        """What is too large for one request, down to the document that is by itself."""
        if len(items) > 1:
            half = len(items) // 2
            self._sent_in_full(items[:half])
            self._sent_in_full(items[half:])
            return
        if not items[0].document:
            raise error
        size = len(items[0].data) / 2**20
        self._refused[items[0].name] = f"the cluster takes nothing of {size:.1f} MiB; {_ADVICE}"

    def _tried(self, items: Sequence[_Item]) -> tuple[list[_Item], str]:
        """What is to be tried again, and why. Raises ClusterError where something is refused for
        another reason than what is in a document."""
        body = b"".join(item.data for item in items)
        with self._connection.asking() as client:
            params = self._connection.patience | self._parameters
            answer = client.bulk(body=body, index=self._index, params=params)
        if not answer["errors"]:
            return [], ""
        again: list[_Item] = []
        refused: dict[str, str] = {}
        why = ""
        for item, result in zip(items, answer["items"], strict=True):
            outcome = next(iter(result.values()))
            if "error" not in outcome:
                continue
            why = f"{outcome['error']['type']}: {outcome['error']['reason']}"[:300]
            if outcome["status"] in _BUSY:
                again.append(item)
            elif item.document and _is_of_the_document(outcome):
                self._refused[item.name] = f"the cluster does not take it ({why}); {_ADVICE}"
            else:
                refused[item.name] = why
        self._raise_for(refused)
        return again, why

    def _raise_for(self, refused: Mapping[str, str]) -> None:
        if refused:
            some = list(refused.items())[:_NAMED]
            listed = "; ".join(f"{name} ({reason})" for name, reason in some)
            more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
            raise ClusterError(f"{self._connection.url} refuses {listed}{more}")


@contextmanager
def sending(connection: Connection, index: str) -> Iterator[Bulk]:
    """Changes of one index, all done in the end. Raises ClusterError."""
    bulk = Bulk(connection, index)
    try:
        yield bulk
        bulk.finish()
    finally:
        bulk.close()


def _is_of_the_document(outcome: Mapping[str, Any]) -> bool:
    """Whether a refusal is about what is in a document, and not about where it should go."""
    return outcome["status"] in (_BAD, _TOO_LARGE) and outcome["error"]["type"] != _CLOSED


def _names(items: Sequence[_Item]) -> str:
    listed = ", ".join(item.name for item in items[:_NAMED])
    return listed + (f" and {len(items) - _NAMED} more" if len(items) > _NAMED else "")


def _pause(attempt: int) -> float:
    """Growing, and not the same for all who wait: they would come back together."""
    longest: float = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311
