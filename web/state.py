"""What the server keeps between requests: one SQLite file in ``state_dir``."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_FILE = "state.sqlite3"
_VERSION = 1
_WAIT_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS failures (
    whom BLOB PRIMARY KEY, count INTEGER NOT NULL, last REAL NOT NULL, locked_until REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ended (session TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saved (
    editor TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, created REAL NOT NULL,
    PRIMARY KEY (editor, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS searches (
    day TEXT NOT NULL, query TEXT NOT NULL, count INTEGER NOT NULL, hits INTEGER,
    PRIMARY KEY (day, query)
) WITHOUT ROWID;
"""


class StateError(Exception):
    """The state cannot be read or written; the message says why and what to do."""


class State:
    """The file; opened for each use, so that threads, workers and forks do not meet in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done with the connection; one writer at a time.

        Raises StateError.
        """
        path = self._folder / _FILE
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(path, _WAIT_SECONDS, isolation_level=None)) as connection:
                _prepare(connection, path)
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"{path}: cannot be used ({error}); make state_dir a folder that the server may "
                "write to, or remove a damaged file"
            ) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == _VERSION:
        return
    if version > _VERSION:
        raise StateError(f"{path}: was written by a newer version")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {_VERSION:d}")
