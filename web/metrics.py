"""Figures for Prometheus: requests by route, the index that answers, caches.

With several workers ``geulsaem serve`` gives them a folder to add their figures up in
(``prometheus_client``'s multiprocess mode); started otherwise, each worker answers for itself
unless ``PROMETHEUS_MULTIPROC_DIR`` is set.
"""

import hmac
import ipaddress
import os
import threading
import time
from collections.abc import Mapping

from flask import Blueprint, Flask, Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import REGISTRY
from werkzeug.exceptions import Forbidden

from index.cache import CacheState
from search.engine import EngineError
from web.context import context
from web.logs import elapsed

metrics = Blueprint("metrics", __name__)

# Seconds. The goals for a search are 8 and 20 milliseconds.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_SECONDS = Histogram(
    "geulsaem_request_seconds", "Time to answer, by route.", ["route"], buckets=_BUCKETS
)
_REQUESTS = Counter("geulsaem_requests", "Answers, by route and status.", ["route", "status"])
_REFRESHES = Counter("geulsaem_index_refreshes", "Generations taken over, by all workers.")
_GENERATION = Gauge(
    "geulsaem_index_generation", "The generation that answers.", multiprocess_mode="livemin"
)
_PUBLISHED = Gauge(
    "geulsaem_index_published_timestamp_seconds",
    "When the generation that answers was published.",
    multiprocess_mode="livemin",
)
_ARTICLES = Gauge(
    "geulsaem_index_articles", "Articles in the index, drafts too.", multiprocess_mode="livemin"
)
_DEGRADED = Gauge(
    "geulsaem_index_degraded",
    "Whether another generation answers than the one published last.",
    multiprocess_mode="livemax",
)
_CACHE_BYTES = Gauge(
    "geulsaem_cache_bytes", "Bytes kept, all workers.", ["cache"], multiprocess_mode="livesum"
)
_CACHE_LIMIT = Gauge(
    "geulsaem_cache_limit_bytes",
    "Bytes kept at most, all workers.",
    ["cache"],
    multiprocess_mode="livesum",
)
_CACHE_HITS = Gauge(
    "geulsaem_cache_hits", "Found, all workers.", ["cache"], multiprocess_mode="livesum"
)
_CACHE_MISSES = Gauge(
    "geulsaem_cache_misses", "Made anew, all workers.", ["cache"], multiprocess_mode="livesum"
)
_CACHE_EVICTIONS = Gauge(
    "geulsaem_cache_evictions",
    "Given up for others, all workers.",
    ["cache"],
    multiprocess_mode="livesum",
)
# How often a worker tells what it holds, at most.
_REST_SECONDS = 1.0
_EXTENSION = "geulsaem-figures"
# What a proxy adds: behind one, every client comes from loopback.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def register_metrics(app: Flask) -> None:
    """Count every answer."""
    told = app.extensions[_EXTENSION] = _Told()

    @app.after_request
    def _count(response: Response) -> Response:
        # Routes and not paths: these are without end.
        route = request.url_rule.rule if request.url_rule else "none"
        _REQUESTS.labels(route, response.status_code).inc()
        _SECONDS.labels(route).observe(elapsed())
        told.tell()
        return response


def tell_regularly(app: Flask) -> None:
    """Tell of the index from a thread of this process too: where nobody asks this worker, its
    figures of yesterday would count among those of the others."""
    told: _Told = app.extensions[_EXTENSION]

    def tell() -> None:
        while True:
            time.sleep(_REST_SECONDS)
            with app.app_context():
                told.tell()

    threading.Thread(target=tell, name="figures", daemon=True).start()


class _Told:
    """What this worker last told about its index and its caches."""

    def __init__(self) -> None:
        self._at = 0.0
        self._generation: int | None = None

    def tell(self) -> None:
        """Tell it again where that is some time ago."""
        now = time.monotonic()
        if now - self._at < _REST_SECONDS:
            return
        self._at = now
        here = context()
        try:
            state = here.service.state()
        except EngineError:
            return
        if self._generation not in (None, state.generation):
            _REFRESHES.inc()
        self._generation = state.generation
        _GENERATION.set(state.generation)
        _ARTICLES.set(state.articles)
        _PUBLISHED.set(state.published)
        _DEGRADED.set(state.degraded is not None)
        _tell_caches({**state.caches, "answers": here.answers.state()})


def _tell_caches(states: Mapping[str, CacheState]) -> None:
    for name, state in states.items():
        _CACHE_BYTES.labels(name).set(state.bytes)
        _CACHE_LIMIT.labels(name).set(state.limit)
        _CACHE_HITS.labels(name).set(state.hits)
        _CACHE_MISSES.labels(name).set(state.misses)
        _CACHE_EVICTIONS.labels(name).set(state.evictions)


@metrics.get("/metrics")
def show() -> Response:
    """The figures of all workers, for this machine or who has the token."""
    if not (_has_token() or _is_local()):
        raise Forbidden("Only from this machine, or with metrics_token as a bearer token.")
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    shown = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _has_token() -> bool:
    token = context().settings.metrics_token
    given = request.authorization
    if token is None or given is None or given.type != "bearer" or not given.token:
        return False
    return hmac.compare_digest(given.token.encode(), token.get_secret_value().encode())


def _is_local() -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
