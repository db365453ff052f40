"""Byte strings by key in memory that a process shares with all that it forks.

A ring of bytes, where the newest take the place of the oldest, and a table of where each lies. Who
writes holds a lock; who reads does not: a sum, and the whole digest of the key, tell whether what
is found is whole and what was asked for.
"""

import fcntl
import mmap
import os
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from zlib import crc32

from index.cache import CacheState

_DIGEST = 16
# In the table: where bytes begin, counted since the ring was first written to; how many they are;
# their sum.
_ROW = struct.Struct("=QII")
# What was written so far, skipped ends of the ring among it.
_HEAD = struct.Struct("=Q")
# Four for each answer of the usual size that there is room for: they seldom meet in one.
_BYTES_A_ROW = 2048


class SharedCache:
    """At most ``limit`` bytes. Safe to share among threads and processes; ``processes`` are how
    many will."""

    def __init__(self, limit: int, processes: int = 1) -> None:
        self._limit = limit
        self._processes = processes
        self._rows = limit // _BYTES_A_ROW
        self._ring = _HEAD.size + self._rows * _ROW.size
        self._memory = mmap.mmap(-1, self._ring + limit)
        # The system ends the lock of a process that dies; a lock in the memory would stay.
        self._file = _file_of_none()
        self._lock = threading.Lock()
        self._hits = self._misses = self._evictions = 0

    def find(self, key: bytes) -> bytes | None:
        """What was kept under a key last; None where it is not there any more."""
        digest = _digest(key)
        begin, size, total = _ROW.unpack_from(self._memory, self._row(digest))
        at = self._ring + begin % self._limit
        kept = self._memory[at : at + size]
        found = size > 0 and kept[:_DIGEST] == digest and crc32(kept) == total
        with self._lock:
            self._hits += found
            self._misses += not found
        return kept[_DIGEST:] if found else None

    def keep(self, key: bytes, value: bytes) -> None:
        """Keep a value; one that takes more than an eighth of all is not worth it."""
        digest = _digest(key)
        kept, row = digest + value, self._row(digest)
        if len(kept) > self._limit // 8:
            return
        with self._writing():
            (head,) = _HEAD.unpack_from(self._memory, 0)
            left = self._limit - head % self._limit
            # In one piece, so that it is read in one.
            begin = head if len(kept) <= left else head + left
            at = self._ring + begin % self._limit
            self._evictions += begin >= self._limit
            self._memory[at : at + len(kept)] = kept
            _ROW.pack_into(self._memory, row, begin, len(kept), crc32(kept))
            _HEAD.pack_into(self._memory, 0, begin + len(kept))

    def state(self) -> CacheState:
        """The figures of now: what this process found and did not, and its share of the bytes and
        of their limit."""
        (head,) = _HEAD.unpack_from(self._memory, 0)
        filled = min(head, self._limit) // self._processes
        limit = self._limit // self._processes
        return CacheState(filled, limit, self._hits, self._misses, self._evictions)

    def _row(self, digest: bytes) -> int:
        number = int.from_bytes(digest[:8], "little") % self._rows
        return _HEAD.size + number * _ROW.size

    def __del__(self) -> None:
        os.close(self._file)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        # Of threads and of processes: the lock of a file is one for all threads.
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


def _file_of_none() -> int:
    """A file that only locks need, in no folder."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("answers")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _digest(key: bytes) -> bytes:
    return blake2b(key, digest_size=_DIGEST).digest()
