"""Generations of an index on disk: one is published, the one before is kept.

    index_dir/CURRENT.json            which generation is published
    index_dir/generation-000012/      the files of that generation
        generation.json               number, stamp, schema version, counts
        manifest.json                 what the content folder held when it was made
    index_dir/lock                    who is writing

A generation begins as hard links to the files of the one before; files are never changed in place.
It counts from the moment CURRENT.json names it, after everything in it has reached the disk.
"""

import fcntl
import json
import os
import re
import shutil
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.fields import SCHEMA_VERSION

_CURRENT = "CURRENT.json"
_META = "generation.json"
_NAME = re.compile(r"generation-(\d{6,})")
_KEPT = 2
_LOCK_POLL_SECONDS = 0.1


class IndexFolderError(Exception):
    """The index folder cannot be used; the message says why and what to do."""


class IndexLockedError(IndexFolderError):
    """Somebody else writes to the index."""


class IndexVersionError(IndexFolderError):
    """The index was made by another version of the product."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A published generation: its number, where it lies, what made it, how many articles."""

    number: int
    folder: Path
    schema_version: int
    stamp: str
    articles: int
    created: str


class IndexFolder:
    """The generations below one folder."""

    def __init__(self, path: Path) -> None:
        """``path`` need not exist yet."""
        self.path = path

    def current(self) -> Generation | None:
        """The published generation, or the newest whole one where the pointer is damaged.

        None where nothing was ever published. Raises IndexVersionError where the schema is another.
        """
        number = self._pointed()
        candidates = [number] if number is not None else []
        candidates += [n for n in sorted(self._numbers(), reverse=True) if n != number]
        for candidate in candidates:
            found = self._read(candidate)
            if found is None:
                continue
            if found.schema_version != SCHEMA_VERSION:
                raise IndexVersionError(
                    f"{self.path}: the index has schema {found.schema_version}, this version "
                    f"reads {SCHEMA_VERSION}; run `reindex` to build it anew"
                )
            return found
        return None

    def signature(self) -> tuple[int, int]:
        """Changes with every publish; cheap enough to ask before each request."""
        try:
            stat = (self.path / _CURRENT).stat()
        except OSError:
            return (0, 0)
        return (stat.st_mtime_ns, stat.st_ino)

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the right to write, for at most one process at a time.

        ``wait``: seconds to try. Raises IndexLockedError with who holds it; the lock of a process
        that died is free at once.
        """
        self._make()
        with (self.path / "lock").open("a+", encoding="utf-8") as file:
            deadline = time.monotonic() + wait
            while not _locked(file.fileno()):
                if time.monotonic() >= deadline:
                    file.seek(0)
                    holder = file.read().strip() or "another process"
                    raise IndexLockedError(
                        f"{self.path} is being written by {holder}; "
                        "wait for it, or let reindex wait with --wait SECONDS"
                    )
                time.sleep(_LOCK_POLL_SECONDS)
            file.truncate(0)
            started = datetime.now(UTC).isoformat(timespec="seconds")
            file.write(f"process {os.getpid()} on {socket.gethostname()} since {started}\n")
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def begin(self, *, fresh: bool) -> Path:
        """A folder for the next generation, filled with links to the published one unless fresh.

        Only under the lock. Leftovers of runs that did not publish are removed.
        """
        published = self._published()
        self.clean()
        folder = self._folder(max([0, *self._numbers()]) + 1)
        folder.mkdir()
        if published is not None and not fresh:
            for file in sorted(published.folder.iterdir()):
                if file.name != _META:
                    _link(file, folder / file.name)
        return folder

    def publish(self, folder: Path, *, stamp: str, articles: int) -> Generation:
        """Make ``folder`` the published generation. Everything reaches the disk first."""
        match = _NAME.fullmatch(folder.name)
        if match is None:
            raise ValueError(f"{folder} is not from begin()")
        generation = Generation(
            int(match[1]),
            folder,
            SCHEMA_VERSION,
            stamp,
            articles,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        meta = asdict(generation)
        del meta["folder"]
        (folder / _META).write_text(_sealed(meta), encoding="utf-8")
        for file in folder.iterdir():
            _fsync(file)
        _fsync(folder)
        self._replace(self.path / _CURRENT, _sealed({"number": generation.number}))
        self.clean()
        return generation

    def clean(self) -> None:
        """Remove every generation but the published one and the one before it."""
        published = self._published()
        number = published.number if published else 0
        whole = [n for n in self._numbers() if n <= number and self._read(n)]
        kept = set(sorted(whole)[-_KEPT:])
        for n in self._numbers() - kept:
            shutil.rmtree(self._folder(n), ignore_errors=True)

    def write_beside(self, generation: Generation, name: str, text: str) -> None:
        """Replace one file of a published generation at once (the manifest after a mere touch)."""
        self._replace(generation.folder / name, text)

    def _published(self) -> Generation | None:
        number = self._pointed()
        if number is not None and (found := self._read(number)):
            return found
        return next(filter(None, map(self._read, sorted(self._numbers(), reverse=True))), None)

    def _pointed(self) -> int | None:
        values = _unsealed(self.path / _CURRENT)
        number = values.get("number") if values else None
        return number if isinstance(number, int) else None

    def _read(self, number: int) -> Generation | None:
        folder = self._folder(number)
        values = _unsealed(folder / _META)
        try:
            return Generation(folder=folder, **values) if values else None
        except TypeError:
            return None

    def _numbers(self) -> set[int]:
        try:
            names = [entry.name for entry in self.path.iterdir()]
        except OSError:
            return set()
        return {int(match[1]) for name in names if (match := _NAME.fullmatch(name))}

    def _folder(self, number: int) -> Path:
        return self.path / f"generation-{number:06d}"

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexFolderError(
                f"{self.path}: the index folder cannot be made: {error.strerror}"
            ) from error

    def _replace(self, target: Path, text: str) -> None:
        temporary = target.with_name(target.name + ".new")
        temporary.write_text(text, encoding="utf-8")
        _fsync(temporary)
        temporary.replace(target)
        _fsync(target.parent)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Some file systems know no hard links.
        shutil.copy2(source, target)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sealed(values: dict[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return json.dumps({"crc": zlib.crc32(text.encode()), "values": text}, ensure_ascii=False) + "\n"


def _unsealed(path: Path) -> dict[str, Any] | None:
    """The values of a sealed file; None where it is missing, cut short or changed."""
    try:
        outer = json.loads(path.read_text("utf-8"))
        if zlib.crc32(outer["values"].encode()) != outer["crc"]:
            return None
        values = json.loads(outer["values"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return values if isinstance(values, dict) else None
