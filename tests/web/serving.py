"""The real server: gunicorn in a process of its own."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote

GEULSAEM = Path(sys.executable).with_name("geulsaem")
# Generous where nothing is measured: a busy machine is slow.
PATIENCE = 30.0
_LONGEST_LOG = 1 << 20
# The same as a program.
_GEULSAEM = "from web.cli import geulsaem; geulsaem()"


@dataclass
class Server:
    """A running server and what it was given."""

    process: subprocess.Popen[bytes]
    port: int
    content: Path
    index: Path
    log: IO[bytes]

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def found(self, q: str) -> set[str]:
        """The ids of the hits."""
        status, body = self.get(f"/api/v1/search?q={quote(q)}")
        assert status == 200, body
        return {hit["id"] for hit in json.loads(body)["hits"]}

    def ready(self) -> bool:
        """Whether it says that it can answer."""
        return self.get("/readyz")[0] == 200

    def logged(self) -> str:
        """What it has logged so far."""
        return os.pread(self.log.fileno(), _LONGEST_LOG, 0).decode()


@contextmanager
def starting(
    folder: Path, *, workers: int = 2, first: str = "", **variables: str
) -> Iterator[Server]:
    """A server of the content and the index in a folder, as soon as it is started; it is killed in
    the end. ``first`` is run before it, in its process; ``variables`` are added to its
    environment."""
    content, index, port = folder / "content", folder / "index", free_port()
    command = [sys.executable, "-c", f"{first}\n{_GEULSAEM}"] if first else [GEULSAEM]
    with TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), "--workers", str(workers)],
            cwd=folder,
            env=environment(content, index) | variables,
            stderr=log,
        )
        try:
            yield Server(process, port, content, index, log)
        finally:
            process.kill()
            process.wait()


@contextmanager
def serving(folder: Path, *, first: str = "", **variables: str) -> Iterator[Server]:
    """The same, as soon as it answers."""
    with starting(folder, first=first, **variables) as server:
        assert eventually(server.ready), "the server did not start"
        yield server


def eventually(check: Callable[[], Any], patience: float = PATIENCE) -> bool:
    """Whether ``check`` comes true in time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if check():
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def environment(content: Path, index: Path) -> dict[str, str]:
    """What a command is configured by."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("GEULSAEM_")}
    return kept | {
        "GEULSAEM_CONTENT_DIR": str(content),
        "GEULSAEM_INDEX_DIR": str(index),
        "GEULSAEM_BASE_URL": "https://news.example/",
        "GEULSAEM_RATE_LIMIT": "",
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
