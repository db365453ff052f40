"""What is derived from a whole index, built beside the requests and replaced when it is older."""

import ctypes
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from search.snapshot import Snapshot

T = TypeVar("T")
V = TypeVar("V")

# From one build to the next: a folder that changes every second must not keep a core busy.
REST_SECONDS = 20.0
# A request that waits for the interpreter waits no longer than this.
_PIECE_SECONDS = 0.001
_PAUSE_SECONDS = 0.0003

# Of glibc; other systems have none.
_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What a build was made from: a generation, and the epoch of what the public saw of it."""

    generation: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A state, and its snapshot for as long as others need that: its caches are as large as those
    of the one that replaces it."""

    state: State
    snapshot: Callable[[], Snapshot | None]

    @classmethod
    def of(cls, snapshot: Snapshot, epoch: int) -> Self:
        """That of a snapshot at an epoch."""
        return cls(State(snapshot.generation, epoch), weakref.ref(snapshot))


class ReplacedError(Exception):
    """Nobody needs the snapshot any more."""


@dataclass(frozen=True, slots=True)
class Built(Generic[T]):
    """Something derived, and from what."""

    value: T
    state: State


class Latest(Generic[T]):
    """Keeps the newest of what ``build`` gives, which may be of a newer state than was asked for.
    Safe to share among threads.

    No thread is started before something is asked for, so that a server may fork after loading.
    An older value is handed out while a newer one is made: who uses it checks what it says.
    """

    def __init__(self, name: str, build: Callable[[Asked], Built[T]]) -> None:
        self._name = name
        self._build = build
        self._lock = threading.Lock()
        self._built: Built[T] | None = None
        self._wanted: Asked | None = None
        self._thread: threading.Thread | None = None
        self._process = 0
        self._begun = 0.0

    def get(self, snapshot: Snapshot, epoch: int) -> Built[T] | None:
        """The newest one, at once; where it is of another state, a newer one is begun."""
        built, asked = self._built, Asked.of(snapshot, epoch)
        if built is None or built.state != asked.state:
            self._begin(asked)
        return built

    def make(self, snapshot: Snapshot, epoch: int) -> Built[T]:
        """One of this state, made here and now where it is not there."""
        return self._made(Asked.of(snapshot, epoch))

    def _made(self, asked: Asked) -> Built[T]:
        built = self._built
        if built is None or built.state != asked.state:
            built = self._built = self._build(asked)
        return built

    def _begin(self, asked: Asked) -> None:
        with self._lock:
            self._wanted = asked
            # The threads of a process do not survive a fork of it.
            alive = self._thread is not None and self._process == os.getpid()
            if not alive:
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            time.sleep(max(0.0, self._begun + REST_SECONDS - time.monotonic()))
            with self._lock:
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._thread = None
                    return
            self._begun = time.monotonic()
            try:
                self._made(wanted)
            except ReplacedError:
                # Who asks next asks for the newer one.
                pass
            except Exception:
                # A search goes on without it; the next request tries again after the rest.
                _log.exception("%s: cannot be built", self._name)
            _give_back()


def _give_back() -> None:
    """Let the system have what was freed: of a build, and of the value and the generation before
    it. The allocator of glibc keeps most of that, and a server grows with each publish."""
    if _TRIM is not None:
        _TRIM(0)


def politely(items: Iterable[V]) -> Iterator[V]:
    """The items, with a pause after every millisecond for the threads that answer requests."""
    if threading.active_count() == 1:
        # A server that loads before it forks, or a command: nobody else is there.
        yield from items
        return
    begun = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - begun > _PIECE_SECONDS:
            time.sleep(_PAUSE_SECONDS)
            begun = time.perf_counter()
