"""SQLite FTS5: a contentless table for the tokens, plain tables for the rest."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from benchmarks.asked import KINDS, Asked, Kind
from benchmarks.search.contender import ALL_MONTHS, FACET_SIZE, FACETS, HITS, Answer, Row

_TABLES = """
CREATE VIRTUAL TABLE main USING fts5(
    text, content='', tokenize="unicode61 remove_diacritics 0");
CREATE TABLE article (
    number INTEGER PRIMARY KEY, id TEXT, author TEXT, category TEXT, month TEXT, date INTEGER);
CREATE TABLE tag (number INTEGER, tag TEXT, PRIMARY KEY (number, tag)) WITHOUT ROWID;
"""
_MATCH = "FROM main JOIN article ON article.number = main.rowid WHERE main MATCH ?"
_TAGS = "FROM main JOIN tag ON tag.number = main.rowid WHERE main MATCH ?"
_FILE = "fts5.sqlite"


class Fts5Rival:
    """Writes one database, optimised."""

    name = "fts5"

    def build(self, folder: Path, rows: Iterator[Row]) -> None:
        """See Rival."""
        folder.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(folder / _FILE) as database:
            database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
            for row in rows:
                _insert(database, row)
            database.execute("INSERT INTO main(main) VALUES ('optimize')")
        database.close()

    def open(self, folder: Path) -> "Fts5":
        """See Rival."""
        return Fts5(folder)


class Fts5:
    """A database with a full-text table."""

    name = "fts5"
    kinds: frozenset[Kind] = frozenset(KINDS)
    rounds = 3
    most_queries = 10
    has_facets = True
    counts_prefixes = True

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / _FILE)
        self._database.execute("PRAGMA mmap_size=4000000000")

    def run(self, asked: Asked, *, facets: bool) -> Answer:
        """See Contender."""
        match = _match(asked)
        run = self._database.execute
        if asked.kind == "newest":
            run(f"SELECT id {_MATCH} ORDER BY date DESC LIMIT {HITS}", (match,)).fetchall()
        else:
            by_rank = f"SELECT rowid FROM main WHERE main MATCH ? ORDER BY rank LIMIT {HITS}"  # noqa: S608
            run(by_rank, (match,)).fetchall()
        total = run("SELECT count(*) FROM main WHERE main MATCH ?", (match,)).fetchone()[0]
        return Answer(total, self._facets(match) if facets else {})

    def forget(self) -> None:
        """See Contender: its cache is of pages, which stay in memory anyway."""

    def _facets(self, match: str) -> dict[str, dict[str, int]]:
        counts = {}
        for name in FACETS:
            tables = _TAGS if name == "tag" else _MATCH
            size = ALL_MONTHS if name == "month" else FACET_SIZE
            rows = self._database.execute(
                f"SELECT {name}, count(*) AS n {tables} GROUP BY 1 ORDER BY n DESC LIMIT {size}",
                (match,),
            )
            counts[name] = dict(rows.fetchall())
        return counts


def _match(asked: Asked) -> str:
    quoted = [f'"{word}"' for word in asked.words]
    match asked.kind:
        case "or":
            return " OR ".join(quoted)
        case "not":
            return f"({' AND '.join(quoted[:-1])}) NOT {quoted[-1]}"
        case "phrase":
            return f'"{" ".join(asked.words)}"'
        case "prefix":
            return f"{quoted[0]}*"
        case _:
            return " AND ".join(quoted)


def _insert(database: sqlite3.Connection, row: Row) -> None:
    draft = row.draft
    database.execute(
        "INSERT INTO main(rowid, text) VALUES (?, ?)", (row.number, " ".join(row.tokens))
    )
    database.execute(
        "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?)",
        (row.number, draft.id, draft.author, draft.category, row.month, row.seconds),
    )
    database.executemany("INSERT INTO tag VALUES (?, ?)", [(row.number, t) for t in draft.tags])
