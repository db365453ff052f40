"""The real server, as ``geulsaem serve`` starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus import ROOT

_PATIENCE_SECONDS = 60


class ServerError(Exception):
    """The server did not come up."""


@contextmanager
def serving(index_dir: Path, workers: int, threads: int) -> Iterator[tuple[int, int]]:
    """Serve an index; gives the port and the process id of gunicorn. Raises ServerError."""
    port = _free_port()
    command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--workers", str(workers), "--threads", str(threads)],
        env=_environment(index_dir),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _environment(index_dir: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GEULSAEM_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "GEULSAEM_INDEX_DIR": str(index_dir),
        "GEULSAEM_BASE_URL": "https://news.example/",
        "GEULSAEM_RATE_LIMIT": "",
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise ServerError(f"no server on port {port} (exit code {process.poll()})")
