"""Errors for people and for programs: problem+json (RFC 9457) below /api, a page elsewhere."""

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from search.engine import EngineError, NoIndexError
from search.request import RequestError
from web.pages import error_page

_RETRY_AFTER_SECONDS = 10
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

    @app.errorhandler(RequestError)
    def _request_error(error: RequestError) -> Response:
        return error_answer(
            400, "Bad parameter", f"{error.parameter} {error.detail}", error.parameter
        )

    @app.errorhandler(NoIndexError)
    def _no_index(_: NoIndexError) -> Response:
        return _unavailable("There is no index yet; run `reindex`.")

    @app.errorhandler(EngineError)
    def _engine_error(error: EngineError) -> Response:
        app.logger.error("%s", error)
        return _unavailable("The index cannot be read; the log of the server says why.")

    @app.errorhandler(HTTPException)
    def _http_error(error: HTTPException) -> Response:
        response = error_answer(error.code or 500, error.name, error.description or error.name)
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response


def _unavailable(detail: str) -> Response:
    response = error_answer(503, "No index", detail)
    response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response


def error_answer(status: int, title: str, detail: str, parameter: str | None = None) -> Response:
    """A problem document for programs, a page for people, by the path that was asked for."""
    if request.path.startswith(_PROGRAM_PATHS):
        return problem(status, title, detail, parameter)
    return error_page(status)
