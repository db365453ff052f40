"""The search page for readers, rendered on the server; it needs no JavaScript."""

import time
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from web.caching import public, unsettled
from web.context import context
from web.messages import LANGUAGES, MESSAGES
from web.params import page_query
from web.view import page_view

pages = Blueprint("pages", __name__)

_KNOWN_ERRORS = (400, 404, 503)


@pages.get("/")
@public(lambda: "-" + _language())
def home() -> Response:
    """Results with facets, or the newest articles where nothing is asked."""
    begun = time.perf_counter()
    query = page_query(request.args)
    answer = context().service.search(query.to_request())
    if not answer.settled:
        unsettled()
    g.hits = answer.total
    view = page_view(answer, query, _messages())
    seconds = f"{time.perf_counter() - begun:.2f}"
    body = render_template("search.html", page=view, answer=answer, seconds=seconds, **_common())
    return _localised(body)


def error_page(status: int) -> Response:
    """What went wrong and how to go on."""
    message = f"error_{status}" if status in _KNOWN_ERRORS else "error_other"
    body = render_template("error.html", status=status, message=message, **_common())
    response = _localised(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.after_app_request
def _vary(response: Response) -> Response:
    # A 304 says it too.
    if request.endpoint == "pages.home" or response.status_code >= 400:
        response.vary.add("Accept-Language")
    return response


@pages.app_template_global()
def static_url(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return url_for("static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    data = (Path(__file__).parent / "static" / name).read_bytes()
    return blake2b(data, digest_size=6).hexdigest()


def _localised(body: str, status: int = 200) -> Response:
    response = make_response(body, status)
    response.headers["Content-Language"] = _language()
    return response


def _common() -> dict[str, object]:
    # No dict: in a template its methods (clear) would hide messages.
    return {"t": SimpleNamespace(**_messages()), "language": _language()}


def _messages() -> Mapping[str, str]:
    return MESSAGES[_language()]


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]
