"""Analyses that were made before, by the texts they are of and the analyser that made them.

The analysis is the price of an index; a rebuild after a change of anything else need not pay it
again. The cache is a file of SQLite beside the generations; without it, or with a damaged one,
everything works and is analysed anew.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

_FILE = "analyses.sqlite3"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS analyses"
    " (key BLOB PRIMARY KEY, run INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS by_run ON analyses (run)",
)
_PRUNE = """
    DELETE FROM analyses WHERE rowid IN (
        SELECT rowid FROM analyses ORDER BY run DESC LIMIT -1 OFFSET ?
    )
"""
_BUSY_SECONDS = 10
_BATCH = 200
# A file that is none of SQLite, is damaged, or has other columns. What else goes wrong (no room on
# the disk, no right to write, another part of a run that is at it) is no reason to lose it.
_DAMAGED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Analyses of what articles said before are kept until there are so many times more than articles.
_KEPT_FOR_EACH = 1.5
_KEPT_AT_LEAST = 1000


class AnalysisReader:
    """Looks analyses up, in any process; an unusable cache has none."""

    def __init__(self, folder: Path) -> None:
        self._address = f"{(folder / _FILE).absolute().as_uri()}?mode=ro"
        self._database: sqlite3.Connection | None = None

    def get(self, key: bytes) -> bytes | None:
        """The analysis with a key; None where there is none."""
        try:
            if self._database is None:
                self._database = sqlite3.connect(self._address, uri=True, timeout=_BUSY_SECONDS)
            query = "SELECT data FROM analyses WHERE key = ?"
            row = self._database.execute(query, (key,)).fetchone()
        except sqlite3.Error:
            self._database = None
            return None
        return None if row is None else bytes(row[0])


class AnalysisWriter:
    """Keeps the analyses of a run; one at a time, under the lock of the index.

    A cache that cannot be written is left alone: it costs time, not the run. The file is opened
    by the first analysis, so that a run without changes does not touch it.
    """

    def __init__(self, folder: Path, run: int) -> None:
        """``run`` grows with every run."""
        self._path = folder / _FILE
        self._run = run
        self._rows: list[tuple[bytes, int, bytes]] = []
        self._used: list[tuple[int, bytes]] = []
        self._database: sqlite3.Connection | None = None
        self._usable = True

    def take(self, key: bytes, made: bytes | None) -> None:
        """Keep an analysis that was made; where None was, note that the kept one is wanted."""
        if made is None:
            self._used.append((self._run, key))
            return
        self._rows.append((key, self._run, made))
        if len(self._rows) >= _BATCH:
            self._flush()

    def finish(self, articles: int) -> None:
        """Write what is left, and drop the oldest analyses where there are far more than
        ``articles``."""
        if self._rows or self._used:
            self._flush()
            self._execute("UPDATE analyses SET run = ? WHERE key = ?", self._used)
            limit = max(int(articles * _KEPT_FOR_EACH), _KEPT_AT_LEAST)
            self._execute(_PRUNE, [(limit,)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()

    def _flush(self) -> None:
        self._execute("INSERT OR REPLACE INTO analyses VALUES (?, ?, ?)", self._rows)
        self._rows = []

    def _execute(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        if self._usable and self._database is None:
            self._database = _opened(self._path)
        if not self._usable or self._database is None:
            self._usable = False
            return
        try:
            with self._database:
                self._database.executemany(statement, rows)
        except sqlite3.Error:
            self._usable = False


def _opened(path: Path) -> sqlite3.Connection | None:
    """The cache, made anew where it is damaged; None where it cannot be made."""
    # Where the index lies in a cluster, nobody else makes the folder.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        try:
            database = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            # Readers go on while the run writes; a power cut may cost the last analyses only.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            for table in _TABLES:
                database.execute(table)
            with closing(database.execute("SELECT key, run, data FROM analyses LIMIT 1")) as rows:
                rows.fetchone()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                return None
            for name in (
                path,
                path.with_name(path.name + "-wal"),
                path.with_name(path.name + "-shm"),
            ):
                with suppress(OSError):
                    name.unlink()
            continue
        return database
    return None
