"""The engine seam on the Whoosh index on disk: opens what is published, keeps what is whole."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from index.array_file import DamagedFileError
from index.cache import CacheState
from index.generation import Generation, IndexFolder, IndexFolderError, IndexVersionError
from index.merging import Living
from index.segments import SegmentName, open_segment, read_names
from search import engine
from search.background import Built, Latest
from search.derived import Derive, derive_here
from search.engine import EngineError, NoIndexError
from search.snapshot import Snapshot
from search.words import Words

_Key = tuple[str, int, int]

# How often a thread looks for what was published.
_LOOK_SECONDS = 0.25

_log = logging.getLogger(__name__)


class WhooshEngine:
    """Opens the published generation, and the next one as soon as it is there."""

    def __init__(self, index_dir: Path, derive: Derive | None = None) -> None:
        """``derive`` may give what was made of a newer state."""
        self._words = Latest("suggestions and corrections", derive or derive_here)
        self._index = IndexFolder(index_dir)
        self._lock = threading.Lock()
        self._signature: tuple[int, int] | None = None
        self._snapshot: Snapshot | None = None
        self._open: dict[_Key, Living] = {}
        self._following = 0
        self.degraded: str | None = None

    def snapshot(self) -> Snapshot:
        """See Engine.snapshot. One stat call where nothing was published since, none where a
        thread looks."""
        if self._snapshot is not None and self._following == os.getpid():
            return self._snapshot
        signature = self._index.signature()
        if self._snapshot is not None and signature == self._signature:
            return self._snapshot
        with self._lock:
            if self._snapshot is None:
                self._snapshot = self._newest()
            elif signature != self._signature:
                try:
                    self._snapshot = self._newest()
                except EngineError as error:
                    self._keep(self._snapshot, error)
            self._signature = signature
            return self._snapshot

    def follow(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        """See Engine.follow. In each process that was forked it is to be called again."""
        self._let_go_of_what_was_cut()
        threading.Thread(target=self._follow, args=(prepare,), name="index", daemon=True).start()
        self._following = os.getpid()

    def words(self, snapshot: engine.Snapshot, epoch: int) -> Built[Words] | None:
        """See Engine.words. Where it is of another state, a newer one is begun."""
        assert isinstance(snapshot, Snapshot)
        found = self._words.get(snapshot, epoch)
        return Built(found.value, found.state) if found else None

    def prepare(self, snapshot: engine.Snapshot, epoch: int) -> None:
        """See Engine.prepare."""
        assert isinstance(snapshot, Snapshot)
        self._words.make(snapshot, epoch)

    def caches(self) -> Mapping[str, CacheState]:
        """See Engine.caches: none does."""
        return {}

    def _follow(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        failed: tuple[int, int] | None = None
        while True:
            time.sleep(_LOOK_SECONDS)
            self._let_go_of_what_was_cut()
            signature = self._index.signature()
            # Without a snapshot the requests open what is there, and say why they cannot.
            if self._snapshot is None or signature in (self._signature, failed):
                continue
            try:
                with self._lock:
                    newest = self._newest()
                if newest is not self._snapshot:
                    prepare(newest)
            except EngineError as error:
                failed = signature
                self._keep(self._snapshot, error)
            except Exception as error:
                # The thread must outlive whatever it is: the next publish may be whole again.
                failed = signature
                _log.exception("a new generation fails")
                self._keep(self._snapshot, error)
            else:
                self._snapshot, self._signature = newest, signature

    def _let_go_of_what_was_cut(self) -> None:
        """Forget a snapshot of which a file was cut short where it lies: what is opened in its
        place is seen to be damaged, where to read on would end the process, and with its mapping
        every worker after it."""
        with self._lock:
            if any(living.segment.file.is_cut() for living in self._open.values()):
                self._snapshot, self._open = None, {}

    def _newest(self) -> Snapshot:
        """A snapshot of the published generation; of the one before where that is damaged.

        Raises EngineError where there is none.
        """
        while True:
            signature = self._index.signature()
            try:
                found, wrong = self._whole()
            except EngineError:
                # What was there is removed when another one is published: then that is opened.
                if signature == self._index.signature():
                    raise
                continue
            if not wrong or signature == self._index.signature():
                self._say(wrong)
                return found

    def _whole(self) -> tuple[Snapshot, tuple[str, str] | None]:
        """The newest snapshot that can be had and, where it is not of the generation that was
        published last, what is wrong with that: in short, and for the log."""
        pointed = self._index.pointed()
        try:
            generations = self._index.generations()
        except IndexFolderError as error:
            raise EngineError(str(error)) from error
        if not generations:
            raise NoIndexError(f"{self._index.path}: no index yet; run `reindex`")
        first: DamagedFileError | IndexVersionError | None = self._other_version()
        for generation in generations:
            try:
                found = self._opened(generation)
            except DamagedFileError as error:
                first = first or error
                continue
            return found, _wrong(pointed, generation.number, first)
        raise EngineError(str(first)) from first

    def _other_version(self) -> IndexVersionError | None:
        """Why the published generation is not opened where it is another version's."""
        try:
            self._index.current()
        except IndexVersionError as error:
            return error
        return None

    def _opened(self, generation: Generation) -> Snapshot:
        if self._snapshot is not None and self._snapshot.generation == generation.number:
            return self._snapshot
        return self._snapshot_of(generation)

    def _keep(self, snapshot: Snapshot, error: Exception) -> None:
        short = (
            f"what was published last cannot be opened; generation {snapshot.generation} answers"
        )
        self._say((short, str(error)))

    def _say(self, wrong: tuple[str, str] | None) -> None:
        self.degraded = wrong[0] if wrong else None
        if wrong:
            _log.error("%s: %s", *wrong)

    def _snapshot_of(self, generation: Generation) -> Snapshot:
        found: dict[_Key, Living] = {}
        for name in read_names(generation.folder):
            found[_key(generation.folder, name)] = self._segment(generation.folder, name)
        published = datetime.fromisoformat(generation.created).timestamp()
        snapshot = Snapshot(list(found.values()), generation.number, generation.stamp, published)
        self._open = found
        return snapshot

    def _segment(self, folder: Path, name: SegmentName) -> Living:
        """A segment, mapped once however many generations hold it, and checked when it is new."""
        known = self._open.get(_key(folder, name))
        if known is not None:
            return open_segment(folder, name, known.segment)
        living = open_segment(folder, name)
        living.segment.file.verify()
        return living


def _wrong(
    pointed: int | None, number: int, error: DamagedFileError | IndexVersionError | None
) -> tuple[str, str] | None:
    if pointed is None:
        reason = "CURRENT.json is missing or damaged; the next `reindex` mends it"
        return f"what names the published generation is damaged; {number} answers", reason
    if pointed == number:
        return None
    if isinstance(error, IndexVersionError):
        return f"generation {pointed} is of another version; {number} answers", str(error)
    reason = str(error) if error else "its generation.json is missing or damaged; run `reindex`"
    return f"generation {pointed} is damaged; {number} answers", reason


def _key(folder: Path, name: SegmentName) -> _Key:
    try:
        state = (folder / name.file).stat()
    except OSError as error:
        raise DamagedFileError(folder / name.file, f"cannot be read ({error.strerror})") from error
    return name.file, state.st_ino, state.st_size
