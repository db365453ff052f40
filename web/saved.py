"""The searches that an editor has saved."""

import time
from dataclasses import dataclass

from web.state import State

_MOST = 50
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A name and the query string of the page."""

    name: str
    query: str


class SavedSearches:
    """Kept by editor; nobody sees those of another."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, editor: str) -> list[SavedSearch]:
        """Those of an editor, by name. Raises StateError."""
        with self._state.transaction() as db:
            rows = db.execute(
                "SELECT name, address FROM saved WHERE editor = ? ORDER BY name", (editor,)
            ).fetchall()
        return [SavedSearch(*row) for row in rows]

    def save(self, editor: str, name: str, query: str) -> None:
        """Keep a search, in place of one with its name; the oldest go where they are too many.

        Raises StateError.
        """
        name = " ".join(name.split())[:_LONGEST_NAME]
        if not name:
            return
        with self._state.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO saved VALUES (?, ?, ?, ?)",
                (editor, name, query, time.time()),
            )
            db.execute(
                "DELETE FROM saved WHERE editor = ? AND name NOT IN "
                "(SELECT name FROM saved WHERE editor = ? ORDER BY created DESC LIMIT ?)",
                (editor, editor, _MOST),
            )

    def delete(self, editor: str, name: str) -> None:
        """Forget a search. Raises StateError."""
        with self._state.transaction() as db:
            db.execute("DELETE FROM saved WHERE editor = ? AND name = ?", (editor, name))
