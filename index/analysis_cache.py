"""Analyses that were made before, by the texts they are of and the analyser that made them.

The analysis is the price of an index; a rebuild after a change of anything else need not pay it
again. The cache is a file of SQLite beside the generations; without it, or with a damaged one,
everything works and is analysed anew.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

_FILE = "analyses.sqlite3"
_TABLE = """
    CREATE TABLE IF NOT EXISTS analyses (
        key BLOB PRIMARY KEY, run INTEGER NOT NULL, data BLOB NOT NULL
    ) WITHOUT ROWID
"""
_BUSY_SECONDS = 10
_BATCH = 200
# Analyses of what articles said before are kept until there are so many times more than articles.
_KEPT_FOR_EACH = 1.5
_KEPT_AT_LEAST = 1000


class AnalysisReader:
    """Looks analyses up, in any process; an unusable cache has none."""

    def __init__(self, folder: Path) -> None:
        self._database: sqlite3.Connection | None = None
        with suppress(sqlite3.Error):
            address = f"{(folder / _FILE).absolute().as_uri()}?mode=ro"
            self._database = sqlite3.connect(
                address, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False
            )

    def get(self, key: bytes) -> bytes | None:
        """The analysis with a key; None where there is none."""
        if self._database is None:
            return None
        try:
            row = self._database.execute(
                "SELECT data FROM analyses WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.Error:
            self._database = None
            return None
        return None if row is None else bytes(row[0])


class AnalysisWriter:
    """Keeps the analyses of a run; one at a time, under the lock of the index.

    A cache that cannot be written is left alone: it costs time, not the run.
    """

    def __init__(self, folder: Path, run: int) -> None:
        """``run`` grows with every run."""
        self._run = run
        self._rows: list[tuple[bytes, int, bytes]] = []
        self._used: list[tuple[int, bytes]] = []
        self._database = _opened(folder / _FILE)

    def keep(self, key: bytes, data: bytes) -> None:
        """Keep an analysis."""
        self._rows.append((key, self._run, data))
        if len(self._rows) >= _BATCH:
            self._flush()

    def used(self, key: bytes) -> None:
        """Note that an analysis is still wanted."""
        self._used.append((self._run, key))

    def finish(self, articles: int) -> None:
        """Write what is left, and drop the oldest analyses where there are far more than
        ``articles``."""
        self._flush()
        limit = max(int(articles * _KEPT_FOR_EACH), _KEPT_AT_LEAST)
        self._execute("UPDATE analyses SET run = ? WHERE key = ?", self._used)
        self._execute(
            "DELETE FROM analyses WHERE key IN (SELECT key FROM analyses ORDER BY run DESC "
            "LIMIT -1 OFFSET ?)",
            [(limit,)],
        )
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def _flush(self) -> None:
        self._execute("INSERT OR REPLACE INTO analyses VALUES (?, ?, ?)", self._rows)
        self._rows = []

    def _execute(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        if self._database is None:
            return
        try:
            with self._database:
                self._database.executemany(statement, rows)
        except sqlite3.Error:
            self.close()


def _opened(path: Path) -> sqlite3.Connection | None:
    """The cache, made anew where it is damaged; None where it cannot be made."""
    for _ in range(2):
        try:
            database = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            # Readers go on while the run writes; a power cut may cost the last analyses only.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(_TABLE)
            with closing(database.execute("SELECT key, run, data FROM analyses LIMIT 1")) as rows:
                rows.fetchone()
        except sqlite3.DatabaseError:
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
