"""A cache that is bounded by bytes, forgets what was used longest ago, and counts."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class CacheState:
    """How full a cache is, how often it had what was asked for, and how many values it gave up
    for others."""

    bytes: int
    limit: int
    hits: int
    misses: int
    evictions: int


class ByteCache(Generic[K, V]):
    """Values by key, at most ``limit`` bytes of them. Safe to share among threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = self._hits = self._misses = self._evictions = 0

    def get(self, key: K, make: Callable[[], tuple[V, int | None]]) -> V:
        """The value of ``key``; where there is none, ``make`` gives it with its size in bytes
        (None: it is not worth keeping).

        Two threads may make the same value at once; one of the two is kept.
        """
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                self._hits += 1
                return found[0]
            self._misses += 1
        value, size = make()
        if size is None or size > self._limit:
            return value
        made = (value, size)
        with self._lock:
            if self._values.setdefault(key, made) is made:
                self._bytes += size
                while self._bytes > self._limit:
                    _, (_, freed) = self._values.popitem(last=False)
                    self._bytes -= freed
                    self._evictions += 1
        return value

    def peek(self, key: K) -> V | None:
        """The value of ``key``; None where there is none."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            self._hits += 1
            return found[0]

    def __contains__(self, key: K) -> bool:
        """Whether there is a value of ``key``; not counted."""
        return key in self._values

    def state(self) -> CacheState:
        """The figures of now."""
        with self._lock:
            return CacheState(self._bytes, self._limit, self._hits, self._misses, self._evictions)
