"""Deriving in a process apart, once for all processes that share a folder.

What it takes (seconds of a processor, and some hundred megabytes) is no worker's: the process is
less urgent than those that answer, and the system has all of its memory back when it ends.
"""

import fcntl
import gc
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EPERM
from hashlib import blake2b
from pathlib import Path

import orjson

from index.array_file import DamagedFileError
from search.background import REST_SECONDS, Asked, Built
from search.derived import Derived, Kept, derive, derive_here, read, sweep, write
from search.engine import EngineError
from search.whoosh_engine import WhooshEngine

_FILE, _LOCK = "derived.arrays", "lock"
_NICE = 5
# As multiprocessing starts one: with the same modules, wherever they are found.
_COMMAND = "import sys; sys.path[:] = {path!r}; from search.apart import main; main()"

_log = logging.getLogger(__name__)


class BuildError(EngineError):
    """The process was ended before it was done."""


class Apart:
    """Derives what an index folder leads to. Safe to share among threads and processes."""

    def __init__(self, folder: Path, index_dir: Path) -> None:
        """``folder`` is nobody else's."""
        # A server that is reloaded with another configuration reads another index.
        self._index = index_dir.absolute()
        self._folder = folder / blake2b(bytes(self._index), digest_size=8).hexdigest()
        self._file = self._folder / _FILE

    def __call__(self, asked: Asked) -> Built[Derived]:
        """What was derived of a state, or of one that was published after it; made where nobody
        has made it, at most every 20 seconds. Raises BuildError, ReplacedError and OSError."""
        begun = time.monotonic()
        while True:
            with self._alone():
                kept = self._kept()
                if kept is not None and (kept.built.state == asked.state or kept.begun >= begun):
                    return kept.built
                rest = kept.begun + REST_SECONDS - time.monotonic() if kept else 0.0
                if rest <= 0:
                    # Requests go before it; but before there is anything, a server waits for it.
                    return self._made(asked, _NICE if kept else 0)
            time.sleep(rest)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time: the others sleep. The system ends the lock of a process that dies."""
        self._make_folder()
        with (self._folder / _LOCK).open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make_folder(self) -> None:
        """Again: systems remove temporary files that nobody has touched for days, and then anybody
        may have put something in their place."""
        shared = self._folder.parent
        shared.mkdir(mode=0o700, exist_ok=True)
        if shared.lstat().st_uid != os.geteuid():
            raise PermissionError(EPERM, "belongs to another user", str(shared))
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def _kept(self) -> Kept | None:
        try:
            return read(self._file)
        except DamagedFileError:
            # Or not there yet: it is made anew.
            return None

    def _made(self, asked: Asked, nice: int) -> Built[Derived]:
        sweep(self._file)
        try:
            ended = self._run(asked.state.epoch, nice)
        except OSError as error:
            _log.warning("%s; it is made here", error)
            return derive_here(asked)
        if ended.returncode < 0:
            # Perhaps there is no memory for it: here it would be missed more.
            raise BuildError(f"the process apart was ended by signal {-ended.returncode}")
        kept = self._kept()
        if ended.returncode or kept is None:
            said = ended.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            _log.warning("the process apart ended with %s: %s", ended.returncode, said)
            return derive_here(asked)
        return kept.built

    def _run(self, epoch: int, nice: int) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(  # noqa: S603
            [sys.executable, "-c", _COMMAND.format(path=sys.path)],
            input=orjson.dumps([str(self._index), epoch, str(self._file), nice]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )


def main() -> None:
    """The process apart: derives from what is published, of what is public at an epoch."""
    begun = time.monotonic()
    # It ends before it would be worth while.
    gc.disable()
    index_dir, epoch, path, nice = orjson.loads(sys.stdin.buffer.read())
    os.nice(nice)
    try:
        snapshot = WhooshEngine(Path(index_dir)).snapshot()
        # Where a newer generation was published meanwhile: what was public of it at that instant.
        write(Path(path), Kept(derive(snapshot, snapshot.visibility(epoch).epoch), begun))
    except (EngineError, OSError) as error:
        sys.exit(str(error))
