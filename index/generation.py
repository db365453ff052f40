"""Generations of an index on disk: one is published, the one before is kept.

    index_dir/CURRENT.json            which generation is published
    index_dir/generation-000012/      the files of that generation
        generation.json               number, stamp, schema version, counts
        segments.json                 its segments with their sums, and what is deleted of them
        manifest.json                 what the content folder held when it was made
    index_dir/lock                    who is writing

A generation begins as hard links to the files of the one before; files are never changed in place.
It counts from the moment CURRENT.json names it, after everything in it has reached the disk.
"""

import fcntl
import os
import re
import shutil
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.fields import SCHEMA_VERSION
from index.sealed import seal, unseal

CURRENT = "CURRENT.json"
META = "generation.json"
MANIFEST = "manifest.json"
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


_VALUES: Mapping[str, type] = {
    "number": int,
    "schema_version": int,
    "stamp": str,
    "articles": int,
    "created": str,
}


class IndexFolder:
    """The generations below one folder."""

    def __init__(self, path: Path) -> None:
        """``path`` need not exist yet."""
        self.path = path

    def current(self) -> Generation | None:
        """The published generation, or the newest whole one where the pointer is damaged.

        None where nothing was ever published. Raises IndexVersionError where the schema is another.
        """
        newest = next(iter(self._found()), None)
        if newest is not None and newest.schema_version != SCHEMA_VERSION:
            raise self._other_version(newest)
        return newest

    def generations(self) -> list[Generation]:
        """The published generation and the ones to fall back to, the newest first, as far as this
        version reads them.

        Raises IndexVersionError where all that there are have another schema.
        """
        found = self._found()
        own = [generation for generation in found if generation.schema_version == SCHEMA_VERSION]
        if found and not own:
            raise self._other_version(found[0])
        return own

    def _found(self) -> list[Generation]:
        pointed = self.pointed()
        numbers = [] if pointed is None else [pointed]
        # What is newer than the pointer was never published.
        numbers += [
            n for n in sorted(self._numbers(), reverse=True) if pointed is None or n < pointed
        ]
        return [generation for n in numbers if (generation := self._read(n)) is not None]

    def _other_version(self, generation: Generation) -> IndexVersionError:
        advice = "run `reindex` to build it anew"
        if generation.schema_version > SCHEMA_VERSION:
            advice = "it is a newer one's: start the server again with that"
        return IndexVersionError(
            f"{self.path}: the index has schema {generation.schema_version}, this version reads "
            f"{SCHEMA_VERSION}; {advice}"
        )

    def pointed(self) -> int | None:
        """The number of the generation that was published last, whole or not; None where nothing
        was, or where what says so is damaged."""
        values = unseal(self.path / CURRENT)
        number = values.get("number") if values else None
        return number if type(number) is int else None

    def kept(self) -> list[Path]:
        """The folders of the published generation and of the one before, whole or not."""
        pointed = self.pointed()
        numbers = [n for n in self._numbers() if pointed is None or n <= pointed]
        return [self._folder(n) for n in sorted(numbers, reverse=True)[:_KEPT]]

    def signature(self) -> tuple[int, int]:
        """Changes with every publish; cheap enough to ask before each request."""
        try:
            stat = (self.path / CURRENT).stat()
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
            self._mend()
            try:
                yield
            finally:
                file.truncate(0)

    def _mend(self) -> None:
        """Undo what a run left that died between a whole generation and its name."""
        # What cannot be mended now (a full disk) harms no more than before.
        with suppress(OSError):
            for unfinished in (*self.path.glob("*.new"), *self.path.glob("generation-*/*.new")):
                unfinished.unlink()
            published = self._published()
            if published is not None and self.pointed() != published.number:
                self._point_at(published.number)

    def begin(self, *, fresh: bool) -> Path:
        """A folder for the next generation, filled with links to the published one unless fresh.

        Only under the lock. Leftovers of runs that did not publish are removed.
        """
        published = self._published()
        # Before what is damaged goes: a server may have opened it, and tells it by its number.
        number = self._last() + 1
        self.clean()
        folder = self._folder(number)
        folder.mkdir()
        if published is not None and not fresh:
            for file in sorted(published.folder.iterdir()):
                if file.name != META:
                    _link(file, folder / file.name)
        return folder

    def publish(
        self, folder: Path, *, stamp: str, articles: int, damaged: Collection[Path] = ()
    ) -> Generation:
        """Make ``folder`` the published generation. Everything reaches the disk first.

        The folders that are ``damaged`` are not kept as the one before.
        """
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
        (folder / META).write_text(seal(meta), encoding="utf-8")
        self.point(folder)
        self.clean(damaged)
        return generation

    def point(self, folder: Path) -> None:
        """Let a whole generation be the published one, as soon as all of it is on the disk."""
        for file in folder.iterdir():
            _fsync(file)
        _fsync(folder)
        self._point_at(int(folder.name.rpartition("-")[2]))

    def _point_at(self, number: int) -> None:
        values = {"number": number, "last": max(number, self._last())}
        self._replace(self.path / CURRENT, seal(values).encode())

    def _last(self) -> int:
        """The highest number that was given; no other generation gets it."""
        values = unseal(self.path / CURRENT) or {}
        told = [values.get("number"), values.get("last")]
        return max([0, *(n for n in told if type(n) is int), *self._numbers()])

    def clean(self, damaged: Collection[Path] = ()) -> None:
        """Remove every generation but the published one and the one before it that is not among
        the ``damaged``."""
        published = self._published()
        number = published.number if published else 0
        older = [n for n in self._numbers() if n < number and self._folder(n) not in damaged]
        whole = [n for n in (*older, number) if self._read(n)]
        kept = set(sorted(whole)[-_KEPT:])
        for n in self._numbers() - kept:
            shutil.rmtree(self._folder(n), ignore_errors=True)

    def write_beside(self, generation: Generation, name: str, data: bytes) -> None:
        """Replace one file of a published generation at once (the manifest after a mere touch)."""
        self._replace(generation.folder / name, data)

    def _published(self) -> Generation | None:
        number = self.pointed()
        if number is not None and (found := self._read(number)):
            return found
        return next(filter(None, map(self._read, sorted(self._numbers(), reverse=True))), None)

    def _read(self, number: int) -> Generation | None:
        return read_generation(self._folder(number))

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

    def _replace(self, target: Path, data: bytes) -> None:
        temporary = target.with_name(target.name + ".new")
        temporary.write_bytes(data)
        _fsync(temporary)
        temporary.replace(target)
        _fsync(target.parent)


def read_generation(folder: Path) -> Generation | None:
    """What a generation says of itself; None where that is missing or damaged. Of one with another
    schema no more is read than which: what else it says is known to that version alone."""
    match = _NAME.fullmatch(folder.name)
    found = unseal(folder / META) or {}
    schema = found.get("schema_version")
    if match and type(schema) is int and schema != SCHEMA_VERSION:
        return Generation(int(match[1]), folder, schema, "", 0, "")
    values: dict[str, Any] = {name: found.get(name) for name in _VALUES}
    if [type(value) for value in values.values()] != list(_VALUES.values()):
        return None
    generation = Generation(folder=folder, **values)
    try:
        datetime.fromisoformat(generation.created)
    except ValueError:
        return None
    return generation if match and int(match[1]) == generation.number else None


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
