"""The connection to an OpenSearch cluster, and its errors in words for people."""

import logging
import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from opensearchpy import OpenSearch, Transport
from opensearchpy import exceptions as errors

from index.settings import Settings

# The first with fields of type wildcard.
OLDEST = (2, 15)
_RETRIES = 3
# A node that gave no answer is left out for so long, twice as long each time it gives none again:
# by its own measure the client would leave out one that is back for half an hour.
_DEAD_SECONDS, _DEAD_DOUBLED = 10, 2
# The cluster stops a little before the client does: it says what is away, or what it has found.
_SHARE_OF_TIMEOUT = 0.8

_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _BUSY = 401, 403, 404, 409, 429
_UNAVAILABLE = (502, 503, 504)

# What kind of trouble it is: too much to do, no answer in time, a part is away, this user or this
# certificate is not taken, another version; or something else.
Cause = Literal["busy", "slow", "away", "refused", "version", "other"]
_PASSING = ("busy", "slow", "away")
_BY_STATUS: dict[int, Cause] = {
    _UNAUTHORISED: "refused",
    _FORBIDDEN: "refused",
    _BUSY: "busy",
    **dict.fromkeys(_UNAVAILABLE, "away"),
}


# The client tells of each failure with a traceback, to whom keeps no log on the terminal. What
# matters of it is said by who asked.
logging.getLogger("opensearch").addHandler(logging.NullHandler())


class ClusterError(Exception):
    """The cluster did not do what it was asked; the message says what, where and what to do.

    ``status`` is that of HTTP, 0 where there was no answer; ``cause`` follows from it where it is
    not given.
    """

    def __init__(self, message: str, status: int = 0, cause: Cause | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.cause: Cause = cause or _BY_STATUS.get(status, "other")

    @property
    def missing(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == _NOT_FOUND

    @property
    def conflict(self) -> bool:
        """Whether somebody else was there first."""
        return self.status == _CONFLICT

    @property
    def passing(self) -> bool:
        """Whether it may be gone in a moment: too much to do, or a node that went away."""
        return self.cause in _PASSING


class Connection:
    """The cluster of a configuration. Safe to share among threads, and by processes that were
    forked: each has connections of its own."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.opensearch_url
        self.base = settings.opensearch_index
        self._settings = settings
        self._client: tuple[int, OpenSearch] | None = None
        self._version: tuple[int, int] | None = None

    @property
    def timeout(self) -> float:
        """How many seconds an answer is waited for."""
        return self._settings.opensearch_timeout

    @property
    def within(self) -> str:
        """How long the cluster may take for an answer, as its own parameter takes it."""
        return f"{int(self._settings.opensearch_timeout * _SHARE_OF_TIMEOUT * 1000)}ms"

    @property
    def patience(self) -> dict[str, Any]:
        """The parameters of a write that make the cluster say in time that a shard is away."""
        # The client takes the one for its own where the other is not there.
        return {"timeout": self.within, "request_timeout": self._settings.opensearch_timeout}

    @property
    def version(self) -> tuple[int, int]:
        """The version of the cluster. Raises ClusterError, also where it is too old."""
        if self._version is None:
            with self.asking() as client:
                told = client.info()["version"]
            self._version = self._checked(told)
        return self._version

    @contextmanager
    def asking(self) -> Iterator[OpenSearch]:
        """The client; what goes wrong while it is used is raised as ClusterError."""
        try:
            yield self._own_client()
        except errors.OpenSearchException as error:
            raise self._in_words(error) from error

    def _own_client(self) -> OpenSearch:
        if self._client is None or self._client[0] != os.getpid():
            self._client = (os.getpid(), _client(self._settings))
        return self._client[1]

    def _checked(self, told: dict[str, str]) -> tuple[int, int]:
        number, kind = told["number"], told.get("distribution", "another server")
        if kind != "opensearch":
            message = f"{self.url} is {kind} {number}, not OpenSearch"
            raise ClusterError(message, cause="version")
        major, minor = (int(part) for part in number.split(".")[:2])
        if (major, minor) < OLDEST:
            needed = ".".join(map(str, OLDEST))
            message = f"{self.url} is OpenSearch {number}; {needed} or later is needed"
            raise ClusterError(message, cause="version")
        return major, minor

    def _in_words(self, error: errors.OpenSearchException) -> ClusterError:
        if isinstance(error, errors.SSLError):
            advice = "name the certificate of its authority in opensearch_ca_file"
            message = f"{self.url}: its certificate is not trusted; {advice}"
            return ClusterError(message, cause="refused")
        if isinstance(error, errors.ConnectionTimeout):
            seconds = f"{self._settings.opensearch_timeout:g} s (opensearch_timeout)"
            return ClusterError(f"{self.url}: no answer within {seconds}", cause="slow")
        if isinstance(error, errors.ConnectionError):
            advice = "is it running, and is opensearch_url right?"
            return ClusterError(f"{self.url} cannot be reached; {advice}", cause="away")
        if isinstance(error, errors.SerializationError):
            advice = "is opensearch_url right, and what stands between?"
            message = f"{self.url} gives an answer that is none of OpenSearch; {advice}"
            return ClusterError(message, cause="away")
        status = error.status_code if isinstance(error, errors.TransportError) else 0
        status = status if isinstance(status, int) else 0
        return ClusterError(f"{self.url}: {self._refusal(status, error)}", status)

    def _refusal(self, status: int, error: errors.OpenSearchException) -> str:
        user = self._settings.opensearch_user or "no user"
        match status:
            case 401:
                return f"refuses {user}; see opensearch_user and opensearch_password"
            case 403:
                return f"{user} may not do this ({_reason(error)}); see docs/operations.md"
            case 429:
                return "has too much to do (429); try again later, or give it more nodes"
            case 502 | 503 | 504:
                return (
                    f"a part of it is away ({status}: {_reason(error)}); "
                    "GET _cluster/health says which indices are red"
                )
        return f"{status or type(error).__name__}: {_reason(error)}"


class _Answers(Transport):
    """What stands between may answer in words of its own, and call that a success; and a node that
    hangs is left out for a while, as one that is gone is."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._asked = threading.local()
        super().__init__(*arguments, **named)

    def get_connection(self) -> Any:
        self._asked.last = super().get_connection()
        return self._asked.last

    def perform_request(self, *arguments: Any, **named: Any) -> Any:
        try:
            found = super().perform_request(*arguments, **named)
        except errors.ConnectionTimeout:
            self.mark_dead(self._asked.last)
            raise
        if not isinstance(found, dict | bool):
            raise errors.SerializationError("no object of JSON")
        return found


def _client(settings: Settings) -> OpenSearch:
    password = settings.opensearch_password
    headers = {}
    if settings.opensearch_user is not None and password is not None:
        # Made here: the client takes no letter outside Latin-1.
        pair = f"{settings.opensearch_user}:{password.get_secret_value()}"
        headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    ca_file = settings.opensearch_ca_file
    return OpenSearch(
        hosts=[url.strip() for url in settings.opensearch_url.split(",")],
        headers=headers,
        http_compress=True,
        verify_certs=True,
        ca_certs=str(ca_file) if ca_file else None,
        timeout=settings.opensearch_timeout,
        transport_class=_Answers,
        max_retries=_RETRIES,
        dead_timeout=_DEAD_SECONDS,
        timeout_cutoff=_DEAD_DOUBLED,
    )


def _reason(error: errors.OpenSearchException) -> str:
    """What the server says, in one line."""
    info = getattr(error, "info", None)
    try:
        told = info["error"]  # type: ignore[index]
        # What goes wrong as answers are put together has no root.
        cause = (told["root_cause"] or [told["caused_by"]])[0]
        return f"{cause['type']}: {cause['reason']}"[:300]
    except (KeyError, IndexError, TypeError):
        return str(getattr(error, "error", error))[:300]
