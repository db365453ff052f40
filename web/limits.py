"""What one client may ask for: requests in a time, bytes in a request."""

import logging
import math
import time
from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.exceptions import RequestEntityTooLarge

from index.settings import Network, Settings
from web.errors import error_answer
from web.proxies import client_address

# Forms are all that is sent to this server, and small.
_LONGEST_BODY = 64 << 10
# Asked by monitors, and by the pages of other sites for their own readers.
_FREE_PATHS = ("/healthz", "/readyz", "/metrics")
_FREE_FOLDERS = ("/embed/", "/static/")
# A household has so much of an IPv6 address to itself.
_HOUSEHOLD = 64

_log = logging.getLogger(__name__)


def register_limits(app: Flask, settings: Settings, workers: int) -> None:
    """Refuse what is too much. Each of ``workers`` counts by itself, and gets its share of
    ``rate_limit``: a client that spreads over all of them may ask for all of it."""
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST_BODY

    @app.before_request
    def _small_enough() -> None:
        if (request.content_length or 0) > _LONGEST_BODY:
            raise RequestEntityTooLarge

    if settings.rate_limit:
        _limit_rate(app, settings, workers)


def rate_key(address: str) -> str | None:
    """Under which name a client is counted; None for this machine, which nobody else is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        # Nobody's address: a socket of this machine.
        return address or None
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    if isinstance(found, IPv6Address):
        return f"{int(found) >> (128 - _HOUSEHOLD):x}/{_HOUSEHOLD}"
    return str(found)


def _limit_rate(app: Flask, settings: Settings, workers: int) -> None:
    networks = settings.trusted_networks
    count, _, unit = settings.rate_limit.partition("/")
    limiter = Limiter(
        lambda: _key(networks) or "",
        application_limits=[f"{math.ceil(int(count) / workers)}/{unit}"],
        # Where there is no route it is asked for in vain, but asked; without a name it were free.
        request_identifier=lambda: request.endpoint or "none",
        storage_uri="memory://",
        strategy="sliding-window-counter",
    )

    @limiter.request_filter
    def _free() -> bool:
        path = request.path
        return path in _FREE_PATHS or path.startswith(_FREE_FOLDERS) or _key(networks) is None

    limiter.init_app(app)
    told: set[str] = set()

    @app.errorhandler(RateLimitExceeded)
    def _too_many(_: RateLimitExceeded) -> Response:
        _tell(told, networks)
        reached = limiter.current_limit
        # Not ``reset_at``, which is a whole second and up to one too late.
        left = reached.window.reset_time - time.time() if reached else 0.0
        seconds = max(1, math.ceil(left))
        detail = f"More than {settings.rate_limit} from one address; ask again in {seconds} s."
        response = error_answer(429, "Too many requests", detail)
        response.headers["Retry-After"] = str(seconds)
        return response


def _key(networks: tuple[Network, ...]) -> str | None:
    return rate_key(client_address(request, networks))


def _tell(told: set[str], networks: tuple[Network, ...]) -> None:
    """Name the first of those who were refused: it may be a proxy, and all readers behind it."""
    address = client_address(request, networks)
    if not told and "X-Forwarded-For" in request.headers:
        told.add(address)
        _log.warning(
            "%s reached rate_limit and forwards for others; where it is a proxy of yours, "
            "name it in trusted_proxies",
            address,
        )
