"""The engine seam on the Whoosh index on disk: opens what is published, keeps what is whole."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from index.array_file import DamagedFileError
from index.generation import Generation, IndexFolder, IndexFolderError
from index.merging import Living
from index.segments import SegmentName, open_segment, read_deleted, read_names
from search import engine
from search.engine import EngineError, NoIndexError
from search.snapshot import Snapshot

_Key = tuple[str, int, int]

# How often a thread looks for what was published.
_LOOK_SECONDS = 0.25

_log = logging.getLogger(__name__)


class WhooshEngine:
    """Opens the published generation, and the next one as soon as it is there."""

    def __init__(self, index_dir: Path) -> None:
        self._index = IndexFolder(index_dir)
        self._lock = threading.Lock()
        self._signature: tuple[int, int] | None = None
        self._snapshot: Snapshot | None = None
        self._open: dict[_Key, Living] = {}
        self._following = 0

    def snapshot(self) -> Snapshot:
        """See Engine.snapshot. One stat call where nothing was published since, none where a
        thread looks."""
        if self._snapshot is not None and self._following == os.getpid():
            return self._snapshot
        signature = self._index.signature()
        if self._snapshot is not None and signature == self._signature:
            return self._snapshot
        with self._lock:
            if self._snapshot is None or signature != self._signature:
                self._snapshot = self._newest()
                self._signature = signature
            return self._snapshot

    def follow(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        """See Engine.follow. In each process that was forked it is to be called again."""
        threading.Thread(target=self._follow, args=(prepare,), name="index", daemon=True).start()
        self._following = os.getpid()

    def _follow(self, prepare: Callable[[engine.Snapshot], None]) -> None:
        failed: tuple[int, int] | None = None
        while True:
            time.sleep(_LOOK_SECONDS)
            signature = self._index.signature()
            # Without a snapshot the requests open what is there, and say why they cannot.
            if self._snapshot is None or signature in (self._signature, failed):
                continue
            try:
                with self._lock:
                    newest = self._newest()
                if newest is not self._snapshot:
                    prepare(newest)
            except Exception:
                # The thread must outlive whatever it is: the next publish may be whole again.
                failed = signature
                _log.exception("the published index cannot be opened; the one before stays")
            else:
                self._snapshot, self._signature = newest, signature

    def _newest(self) -> Snapshot:
        """A snapshot of the published generation; of the one before where that is damaged."""
        try:
            generations = self._index.generations()
        except IndexFolderError as error:
            raise EngineError(str(error)) from error
        if not generations:
            raise NoIndexError(f"{self._index.path}: no index yet; run `reindex`")
        first: DamagedFileError | None = None
        for generation in generations:
            if self._snapshot is not None and self._snapshot.generation == generation.number:
                return self._snapshot
            try:
                return self._snapshot_of(generation)
            except DamagedFileError as error:
                first = first or error
        raise EngineError(str(first)) from first

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
            return Living(known.segment, read_deleted(folder, name))
        living = open_segment(folder, name)
        living.segment.file.verify()
        return living


def _key(folder: Path, name: SegmentName) -> _Key:
    try:
        state = (folder / name.file).stat()
    except OSError as error:
        raise DamagedFileError(folder / name.file, f"cannot be read ({error.strerror})") from error
    return name.file, state.st_ino, state.st_size
