"""Who may write to an index in a cluster: a lease, which ends where its holder does.

The holder renews it while it lives. One that is not renewed is free after a while, at once where
its holder was a process of this machine that is gone.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from opensearchpy.exceptions import RequestError

from index.generation import IndexLockedError
from index.opensearch_client import ClusterError, Connection
from index.opensearch_layout import Names, state_index
from index.settings import Settings

# What a holder that died costs the next one on another machine; clocks may differ by less.
_LEASE_SECONDS = 60.0
_RENEW_SECONDS = 10.0
_POLL_SECONDS = 0.5
_TAKEN = "another run took the lease, as it was not renewed in time"
_EXISTS = "resource_already_exists_exception"

Place = dict[str, int]


class Lease:
    """The right to write, while it is renewed; to all of the index, or to a part of a run.

    ``part`` is that part as people name it.
    """

    def __init__(self, connection: Connection, settings: Settings, part: str = "") -> None:
        self._connection = connection
        self._id = "part-" + part.replace("/", "-of-") if part else "writer"
        self._what = f"part {part} of " if part else ""
        self._settings = settings
        self._names = Names(connection.base)
        self._place: Place = {}
        self._since = ""
        self._lost: str | None = None
        self._run = uuid4().hex
        self._until = 0.0
        # The thread that renews it and the one that asks meet here.
        self._writing = threading.Lock()
        self._ended = threading.Event()

    @contextmanager
    def held(self, wait: float) -> Iterator[None]:
        """Hold it; ``wait`` seconds to try. Raises IndexLockedError with who holds it."""
        self._make_index()
        deadline = time.monotonic() + wait
        while (holder := self._taken()) is not None:
            if time.monotonic() >= deadline:
                where = f"{self._connection.url} ({self._connection.base})"
                raise IndexLockedError(
                    f"{self._what}{where} is being written by {holder}; "
                    "wait for it, or let reindex wait with --wait SECONDS"
                )
            time.sleep(_POLL_SECONDS)
        self._lost = None
        self._ended.clear()
        renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            self._ended.set()
            renewing.join()
            self._release()

    def check(self) -> None:
        """Raises IndexLockedError where it is no longer held, as far as is known here: a process
        that was stopped for a while knows by the clock alone."""
        if self._lost is None and time.time() >= self._until:
            self._lost = _TAKEN
        if self._lost is not None:
            raise IndexLockedError(self._lost)

    def confirm(self) -> None:
        """The same, as the cluster knows it. Raises ClusterError where it cannot be asked."""
        self.check()
        if not self._renewed():
            self._lost = _TAKEN
        self.check()

    def _taken(self) -> str | None:
        """Take it; who holds it where that is not possible."""
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        if self._write({"op_type": "create"}):
            return None
        try:
            with self._connection.asking() as client:
                found = client.get(index=self._names.locks, id=self._id)
        except ClusterError as error:
            if error.missing:
                return "a run that has just ended"
            raise
        if _is_over(found["_source"]):
            place = {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
            if self._write(place):
                return None
        values = found["_source"]
        return f"process {values['process']} on {values['host']} since {values['since']}"

    def _renewed(self) -> bool:
        with self._writing:
            return self._write(self._place)

    def _write(self, parameters: dict[str, Any]) -> bool:
        """Write that it is held; False where somebody else was there first."""
        body: dict[str, Any] = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": self._since,
            "until": time.time() + _LEASE_SECONDS,
            "run": self._run,
        }
        params = self._connection.patience | parameters
        try:
            with self._connection.asking() as client:
                done = client.index(index=self._names.locks, id=self._id, body=body, params=params)
        except ClusterError as error:
            if error.conflict:
                return self._is_ours()
            raise
        self._until = body["until"]
        self._place = {"if_seq_no": done["_seq_no"], "if_primary_term": done["_primary_term"]}
        return True

    def _is_ours(self) -> bool:
        """Whether it is held after all: an answer may get lost, and what was written is refused
        when it is written again."""
        try:
            with self._connection.asking() as client:
                found = client.get(index=self._names.locks, id=self._id)
        except ClusterError as error:
            if error.missing:
                return False
            raise
        if found["_source"].get("run") != self._run:
            return False
        self._until = found["_source"]["until"]
        self._place = {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
        return True

    def _make_index(self) -> None:
        with self._connection.asking() as client:
            if client.indices.exists(index=self._names.locks):
                return
            try:
                client.indices.create(index=self._names.locks, body=state_index(self._settings))
            except RequestError as error:
                if error.error != _EXISTS:
                    raise

    def _renew(self) -> None:
        renewed = time.monotonic()
        while not self._ended.wait(_RENEW_SECONDS):
            try:
                if not self._renewed():
                    self._lost = _TAKEN
                    return
                renewed = time.monotonic()
            except ClusterError as error:
                # A node that is away for a moment costs nothing while the lease lasts.
                if time.monotonic() - renewed > _LEASE_SECONDS - _RENEW_SECONDS:
                    self._lost = f"the lease could not be renewed: {error}"
                    return

    def _release(self) -> None:
        if self._lost is None:
            with suppress(ClusterError), self._connection.asking() as client:
                client.delete(index=self._names.locks, id=self._id, params=self._place)


def _is_over(values: Mapping[str, Any]) -> bool:
    if values["until"] < time.time():
        return True
    return values["host"] == socket.gethostname() and not _lives(values["process"])


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
