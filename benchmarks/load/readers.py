"""Readers that come when they come, whether the server keeps up or not.

A request is due at an instant that was drawn beforehand (a Poisson process), and its time counts
from there, not from when a connection was free: a server that falls behind cannot hide it
(https://www.scylladb.com/2021/04/22/on-coordinated-omission/).
"""

import random
import selectors
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.http.load import Client, LoadError, request_of
from benchmarks.load.mix import Asked


class Answer(NamedTuple):
    """When a request was due (seconds since the beginning), its kind, milliseconds until it was
    answered, and what was wrong (empty: nothing)."""

    at: float
    kind: str
    milliseconds: float
    error: str


@dataclass(slots=True)
class _Flight:
    """A request on its way; ``again`` where it may be sent once more: on a connection that was
    kept, which the server may just have ended (RFC 9112, 9.3.1)."""

    asked: Asked
    due: float
    again: bool = False


def ask(
    port: int, requests: Iterator[Asked], *, seconds: float, rate: float, most: int
) -> list[Answer]:
    """So many requests a second on average, over at most ``most`` kept connections."""
    return _Readers(port, requests, rate, most).run(seconds)


class _Readers:
    def __init__(self, port: int, requests: Iterator[Asked], rate: float, most: int) -> None:
        self._port = port
        self._requests = requests
        self._rate = rate
        self._most = most
        self._draw = random.Random(9)  # noqa: S311
        self._ready = selectors.DefaultSelector()
        self._idle: list[Client] = []
        self._flights: dict[Client, _Flight] = {}
        self._answers: list[Answer] = []

    def run(self, seconds: float) -> list[Answer]:
        self._begun = time.perf_counter()
        due: deque[float] = deque()
        at = self._draw.expovariate(self._rate)
        while at < seconds:
            due.append(at)
            at += self._draw.expovariate(self._rate)
        while due or self._flights:
            while due and due[0] <= self._now() and len(self._flights) < self._most:
                self._send(_Flight(next(self._requests), due.popleft()))
            rest = due[0] - self._now() if due and len(self._flights) < self._most else 1.0
            for key, _ in self._ready.select(max(rest, 0)):
                self._receive(key.data)
        for client in self._idle:
            client.close()
        self._ready.close()
        return self._answers

    def _now(self) -> float:
        return time.perf_counter() - self._begun

    def _send(self, flight: _Flight) -> None:
        flight.again = bool(self._idle)
        try:
            client = self._idle.pop() if self._idle else self._connected()
        except OSError as error:
            self._done(flight, f"{error}: {flight.asked.path}")
            return
        self._flights[client] = flight
        try:
            client.send(iter([request_of(flight.asked.path)]))
        except OSError as error:
            self._failed(client, error)

    def _connected(self) -> Client:
        client = Client(self._port)
        self._ready.register(client, selectors.EVENT_READ, client)
        return client

    def _receive(self, client: Client) -> None:
        try:
            if client.receive() is None:
                return
        except (LoadError, OSError) as error:
            self._failed(client, error)
            return
        if (flight := self._flights.pop(client, None)) is not None:
            self._idle.append(client)
            self._done(flight, "")

    def _failed(self, client: Client, error: Exception) -> None:
        self._ready.unregister(client)
        client.close()
        flight = self._flights.pop(client, None)
        if flight is None:
            # The server ends connections that nobody uses; that is no error.
            self._idle.remove(client)
        elif flight.again and not client.answering:
            self._idle_closed()
            self._send(flight)
        else:
            self._done(flight, f"{error}: {flight.asked.path}")

    def _idle_closed(self) -> None:
        """Forget the other kept ones too: the next request is on a connection of its own."""
        for client in self._idle:
            self._ready.unregister(client)
            client.close()
        self._idle.clear()

    def _done(self, flight: _Flight, error: str) -> None:
        taken = (self._now() - flight.due) * 1000
        self._answers.append(Answer(flight.due, flight.asked.kind, taken, error))
