"""Who guesses passwords has to wait: by name and by address, longer with every failure."""

import time
from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

from web.state import State

# Failures without a wait, the first wait and the longest one, in seconds. A name is locked for
# a quarter of an hour at most, so that nobody can keep an editor out for long.
_NAME = (5, 30.0, 900.0)
_ADDRESS = (20, 30.0, 3600.0)
_FORGOTTEN_SECONDS = 86_400.0
# A failure of later than this was noted by a clock that has been put right since: who was locked
# out by it would be for years. Others that note one in this moment differ by less.
_OF_A_WRONG_CLOCK_SECONDS = 60.0
# An IPv6 subscriber has a network of addresses.
_IPV6_NETWORK_BITS = 64


class Lockout:
    """Failed logins. Neither names nor addresses are written, only their keyed hashes."""

    def __init__(self, state: State, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._key = blake2b(secret.encode(), person=b"lockout").digest()
        self._clock = clock

    def attempt(self, name: str, address: str) -> float:
        """Seconds to wait before another try, 0 where one may be made now.

        A try counts as a failure at once, so that many at the same time are no way around, until
        ``succeeded`` takes it back. Raises StateError.
        """
        now = self._clock()
        with self._state.transaction() as db:
            db.execute(
                "DELETE FROM failures WHERE last NOT BETWEEN ? AND ?",
                (now - _FORGOTTEN_SECONDS, now + _OF_A_WRONG_CLOCK_SECONDS),
            )
            rows = []
            for key, limits in self._keys(name, address):
                found = db.execute(
                    "SELECT count, locked_until FROM failures WHERE whom = ?", (key,)
                ).fetchone()
                rows.append((key, limits, *(found or (0, 0.0))))
            wait = float(max(until for _, _, _, until in rows)) - now
            if wait > 0:
                return wait
            db.executemany(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)",
                [
                    (key, count + 1, now, now + _wait(count + 1, limits))
                    for key, limits, count, _ in rows
                ],
            )
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """The last try was right: the name begins anew; of the address only this try is taken
        back, or a guesser would clear it with an account of their own. Raises StateError."""
        (own, _), (client, _) = self._keys(name, address)
        with self._state.transaction() as db:
            db.execute("DELETE FROM failures WHERE whom = ?", (own,))
            db.execute(
                "UPDATE failures SET count = count - 1, locked_until = 0 WHERE whom = ?", (client,)
            )

    def _keys(self, name: str, address: str) -> list[tuple[bytes, tuple[int, float, float]]]:
        texts = ((f"name {name.casefold()}", _NAME), (f"address {_network(address)}", _ADDRESS))
        return [
            (blake2b(text.encode("utf-8", "replace"), key=self._key, digest_size=16).digest(), row)
            for text, row in texts
        ]


def _wait(failures: int, limits: tuple[int, float, float]) -> float:
    free, first, longest = limits
    if failures < free:
        return 0.0
    return min(first * 2.0 ** min(failures - free, 30), longest)


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(int(found) >> 128 - _IPV6_NETWORK_BITS)
    return str(getattr(found, "ipv4_mapped", None) or found)
