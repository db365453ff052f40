"""Clients: one thread over many kept connections, so that they cost next to nothing.

A request is bytes made beforehand, an answer is read up to its Content-Length and not looked into
further. What the client itself costs is measured too and printed.
"""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CHUNK = 1 << 18
_END = b"\r\n\r\n"


class LoadError(Exception):
    """The server refused a request or closed a connection."""


@dataclass(frozen=True, slots=True)
class Load:
    """Milliseconds of each answer, requests a second, and the client's own milliseconds of
    processor for each request; bytes of an answer on average."""

    times: list[float]
    per_second: float
    own: float
    size: float


def load(port: int, paths: Sequence[str], clients: int) -> Load:
    """Ask for all paths in order, with so many clients at a time. Raises LoadError."""
    requests = iter([request_of(path) for path in paths])
    times: list[float] = []
    received = 0
    begun, own = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as ready:
        open_clients = [client for _ in range(clients) if (client := _start(ready, port, requests))]
        waiting = len(open_clients)
        while waiting:
            for key, _ in ready.select():
                client: Client = key.data
                size = client.receive()
                if size is None:
                    continue
                times.append((time.perf_counter() - client.sent) * 1000)
                received += size
                waiting -= not client.send(requests)
    seconds = time.perf_counter() - begun
    own = (time.process_time() - own) * 1000 / len(times)
    for client in open_clients:
        client.close()
    return Load(times, len(times) / seconds, own, received / len(times))


class Client:
    """A kept connection to this machine; one request at a time."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head, self._left = b"", 0
        self._size = 0
        self.sent = 0.0

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    @property
    def answering(self) -> bool:
        """Whether a part of the answer is there."""
        return bool(self._head)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def send(self, requests: Iterator[bytes]) -> bool:
        """Send the next request; False where there is none."""
        request = next(requests, None)
        if request is None:
            return False
        self._head, self._left, self._size = b"", 0, 0
        self.sent = time.perf_counter()
        self._socket.sendall(request)
        return True

    def receive(self) -> int | None:
        """Read what is there; the size of the body once it is whole. Raises LoadError."""
        data = self._socket.recv(_CHUNK)
        if not data:
            raise LoadError("the server closed a connection")
        if self._size:
            self._left -= len(data)
        else:
            self._head += data
            if _END not in self._head:
                return None
            self._begin_body()
        return None if self._left else self._size

    def _begin_body(self) -> None:
        head, _, body = self._head.partition(_END)
        status, *lines = head.decode("latin-1").split("\r\n")
        if " 200 " not in f"{status} ":
            raise LoadError(status)
        headers = {name.lower(): value for name, _, value in (li.partition(": ") for li in lines)}
        self._size = int(headers["content-length"])
        self._left = self._size - len(body)


def _start(ready: selectors.BaseSelector, port: int, requests: Iterator[bytes]) -> Client | None:
    client = Client(port)
    if not client.send(requests):
        client.close()
        return None
    ready.register(client, selectors.EVENT_READ, client)
    return client


def request_of(path: str) -> bytes:
    """The bytes of a request."""
    # As a browser asks over https; a page that is built in has the answers of 30 seconds anyway.
    encodings = "Accept-Encoding: gzip, deflate, br, zstd"
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", encodings, "", ""]
    return "\r\n".join(lines).encode()
