"""What people search for: queries and their hits, counted by day, and nothing about who asked."""

import atexit
import logging
import os
import re
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request

from index.fields import VALUE_FACETS
from index.settings import Network
from web.proxies import client_address
from web.state import State, StateError

# A count is kept in memory for so long, so that no search waits for the disk.
_WRITE_SECONDS = 10.0
# Who types on within this time is still writing the same query.
_TYPING_SECONDS = 5.0
# Longer ones are pasted text. So many different ones a day are machines.
_LONGEST = 80
_MOST_A_DAY = 20_000
_MOST_WAITING = 5_000
_COUNTED = ("pages.home", "api.search")
# Who narrows, sorts or pages looks on at a search that was counted already.
_LOOKING_ON = frozenset((*VALUE_FACETS, "date_from", "date_to", "sort", "cursor"))
_MACHINES = re.compile(r"bot\b|crawl|spider|slurp|monitor|lighthouse|headless", re.IGNORECASE)
# Mail addresses, and numbers as long as those of telephones and people.
_PERSONAL = re.compile(r"\S@\S|(?:\d[ .-]?){7,}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counted:
    """A query, how often it was searched for, and how many hits it had the last time."""

    query: str
    count: int
    hits: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """The searches of some days: by day (every one of them), and by query."""

    days: tuple[str, ...]
    by_day: tuple[int, ...]
    total: int
    without_result: int
    top: tuple[Counted, ...]
    nothing_found: tuple[Counted, ...]


@dataclass(slots=True)
class _Typed:
    query: str
    hits: int | None
    at: float


class Insights:
    """Counts of one process; written by a thread of it to the file that all share."""

    def __init__(
        self, state: State, days: int, zone: ZoneInfo, clock: Callable[[], float] = time.time
    ) -> None:
        """``days`` are kept; a day begins and ends in ``zone``."""
        self._state = state
        self._kept_days = days
        self._zone = zone
        self._clock = clock
        self._lock = threading.Lock()
        # The last query of who is typing; by a keyed hash that is never written.
        self._typing: dict[bytes, _Typed] = {}
        self._waiting: dict[tuple[str, str], tuple[int, int | None]] = {}
        self._key = os.urandom(16)
        self._writer = 0
        self._failed = False

    def count(self, q: str, hits: int | None, client: str) -> None:
        """Count a search. What ``client`` typed on from within some seconds was no search of its
        own: 반, 반도, 반도체 counts once."""
        query = normalised(q)
        if not query or _PERSONAL.search(query):
            return
        own = blake2b(client.encode("utf-8", "replace"), key=self._key, digest_size=8).digest()
        now = self._clock()
        with self._lock:
            before = self._typing.pop(own, None)
            if before and not (now - before.at < _TYPING_SECONDS and _same(before.query, query)):
                self._settle(before)
            if hits is None and before and before.query == query:
                hits = before.hits
            if len(self._typing) < _MOST_WAITING:
                self._typing[own] = _Typed(query, hits, now)
            # A thread does not survive a fork: each worker begins its own.
            if self._writer != os.getpid():
                self._writer = os.getpid()
                threading.Thread(target=self._write_on, name="insights", daemon=True).start()
                atexit.register(self.write, everything=True)

    def write(self, *, everything: bool = False) -> None:
        """Write what was counted; ``everything``: what is being typed too. What cannot be written
        is lost, which the log says once."""
        with self._lock:
            settled = self._clock() - _TYPING_SECONDS
            for key, typed in list(self._typing.items()):
                if everything or typed.at <= settled:
                    self._settle(self._typing.pop(key))
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            self._store(waiting)
            self._failed = False
        except StateError as error:
            if not self._failed:
                _log.warning("searches are not counted: %s", error)
            self._failed = True

    def report(self, days: int, limit: int = 50) -> Report:
        """The searches of the last days, with today. Raises StateError."""
        self.write(everything=True)
        last = self._today()
        period = [(last - timedelta(days=n)).isoformat() for n in range(days - 1, -1, -1)]
        with self._state.transaction() as db:
            by_day = dict(
                db.execute(
                    "SELECT day, sum(count) FROM searches WHERE day >= ? GROUP BY day", period[:1]
                ).fetchall()
            )
            # SQLite takes a bare column from the row of the maximum: the hits of the last day
            # on which they were known.
            rows = db.execute(
                "SELECT query, sum(count) AS times, hits, max(CASE WHEN hits IS NOT NULL THEN day "
                "END) FROM searches WHERE day >= ? GROUP BY query ORDER BY times DESC, query",
                period[:1],
            ).fetchall()
        counted = [Counted(query, times, hits) for query, times, hits, _ in rows]
        nothing = [one for one in counted if one.hits == 0]
        return Report(
            days=tuple(period),
            by_day=tuple(by_day.get(day, 0) for day in period),
            total=sum(one.count for one in counted),
            without_result=sum(one.count for one in nothing),
            top=tuple(counted[:limit]),
            nothing_found=tuple(nothing[:limit]),
        )

    def _settle(self, typed: _Typed) -> None:
        key = (self._day(typed.at), typed.query)
        count, hits = self._waiting.get(key, (0, None))
        if count or len(self._waiting) < _MOST_WAITING:
            self._waiting[key] = (count + 1, hits if typed.hits is None else typed.hits)

    def _store(self, waiting: dict[tuple[str, str], tuple[int, int | None]]) -> None:
        oldest = (self._today() - timedelta(days=self._kept_days - 1)).isoformat()
        with self._state.transaction() as db:
            db.execute("DELETE FROM searches WHERE day < ?", (oldest,))
            for (day, query), (count, hits) in waiting.items():
                known = db.execute(
                    "UPDATE searches SET count = count + ?, hits = coalesce(?, hits) "
                    "WHERE day = ? AND query = ?",
                    (count, hits, day, query),
                )
                if not known.rowcount:
                    db.execute(
                        "INSERT INTO searches SELECT ?, ?, ?, ? WHERE "
                        "(SELECT count(*) FROM searches WHERE day = ?) < ?",
                        (day, query, count, hits, day, _MOST_A_DAY),
                    )

    def _write_on(self) -> None:
        while True:
            time.sleep(_WRITE_SECONDS)
            try:
                self.write()
            except Exception:
                # The thread must outlive whatever it is.
                _log.exception("searches could not be counted")

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), self._zone).date()

    def _day(self, at: float) -> str:
        return datetime.fromtimestamp(at, self._zone).date().isoformat()


def normalised(q: str) -> str:
    """What queries are counted under: NFC, single blanks, no case; nothing where it is too long."""
    query = " ".join(unicodedata.normalize("NFC", q).split()).casefold()
    printable = "".join(c for c in query if c.isprintable()).encode("utf-8", "ignore").decode()
    return printable if len(printable) <= _LONGEST else ""


def register_insights(app: Flask, insights: Insights, networks: tuple[Network, ...]) -> None:
    """Count the first pages of searches, whether they were computed or kept. ``networks`` are
    the trusted proxies."""

    @app.after_request
    def _count(response: Response) -> Response:
        if request.endpoint in _COUNTED and response.status_code == 200 and _is_search():
            client = client_address(request, networks)
            insights.count(request.args.get("q", ""), g.get("hits"), client)
        return response


def _is_search() -> bool:
    args = request.args
    return (
        request.method == "GET"
        and args.get("page", "1") in ("", "1")
        and not any(args.get(name) for name in _LOOKING_ON)
        and args.get("correct") != "0"
        and not _MACHINES.search(request.headers.get("User-Agent", ""))
    )


def _same(before: str, after: str) -> bool:
    """Whether one query is the other one typed on, or taken back: letter by letter of Hangul,
    of which NFKD makes the first one, alone, what it is in a syllable."""
    one, other = (unicodedata.normalize("NFKD", text) for text in (before, after))
    return one.startswith(other) or other.startswith(one)
