"""Errors for people and for programs: problem+json (RFC 9457) below /api, a page elsewhere."""

import logging
import time
from collections.abc import Mapping

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from search.engine import Cause, EngineError, NoIndexError
from search.request import RequestError
from web.pages import error_page

_RETRY_AFTER_SECONDS = 10
# What is wrong is logged once in so many seconds, however many ask meanwhile.
_REST_SECONDS = 10.0
_UNAVAILABLE: Mapping[Cause, str] = {
    "busy": "The search cluster has too much to do; try again shortly.",
    "slow": "The search cluster does not answer in time; try again shortly.",
    "away": "The search cluster, or a part of it, is away; try again shortly.",
    "refused": "The search cluster refuses this server; the log of the server says why.",
    "version": "The index or its cluster is of another version; the log of the server says which.",
    "other": "The index cannot be read; the log of the server says why.",
}
# These wait for somebody who does something.
_LASTING = ("refused", "version")
_PROGRAM_PATHS = ("/api/", "/healthz", "/readyz", "/metrics")


def problem(status: int, title: str, detail: str, parameter: str | None = None) -> Response:
    """A problem document; ``parameter`` names the one that is wrong."""
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if parameter is not None:
        body["parameter"] = parameter
    response = Response(orjson.dumps(body), status, mimetype="application/problem+json")
    # A 404 may become an article at any moment.
    response.headers["Cache-Control"] = "no-store"
    return response


def register_errors(app: Flask) -> None:
    """Answer every error in the form that its route promises."""
    log = _Log(app.logger)

    @app.errorhandler(RequestError)
    def _request_error(error: RequestError) -> Response:
        return error_answer(
            400, "Bad parameter", f"{error.parameter} {error.detail}", error.parameter
        )

    @app.errorhandler(NoIndexError)
    def _no_index(_: NoIndexError) -> Response:
        return _unavailable("There is no index yet; run `reindex`.", "other")

    @app.errorhandler(EngineError)
    def _engine_error(error: EngineError) -> Response:
        log.say(str(error))
        return _unavailable(_UNAVAILABLE[error.cause], error.cause)

    @app.errorhandler(HTTPException)
    def _http_error(error: HTTPException) -> Response:
        response = error_answer(error.code or 500, error.name, error.description or error.name)
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response


class _Log:
    """Says the same once in a while."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._last = ""
        self._until = 0.0

    def say(self, message: str) -> None:
        now = time.monotonic()
        if message != self._last or now >= self._until:
            self._last, self._until = message, now + _REST_SECONDS
            self._logger.error("%s", message)


def _unavailable(detail: str, cause: Cause) -> Response:
    if request.path.startswith(_PROGRAM_PATHS):
        response = problem(503, "No index", detail)
    else:
        response = error_page(503, cause)
    if cause not in _LASTING:
        response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response


def error_answer(status: int, title: str, detail: str, parameter: str | None = None) -> Response:
    """A problem document for programs, a page for people, by the path that was asked for."""
    if request.path.startswith(_PROGRAM_PATHS):
        return problem(status, title, detail, parameter)
    return error_page(status)
