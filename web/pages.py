"""The search page for readers, rendered on the server; it needs no JavaScript."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace

from flask import Blueprint, Response, current_app, g, make_response, render_template, request

from search.request import SearchAnswer, SearchRequest
from web.caching import public, unsettled
from web.context import context
from web.messages import ro
from web.params import PageQuery, page_query
from web.view import Link, hit_views, page_view
from web.visitor import language, messages, of_page, today

pages = Blueprint("pages", __name__)

_KNOWN_ERRORS = (400, 404, 429, 503)
_NEWEST_SHOWN = 5
_SUGGESTED = 5
_IN_A_LANGUAGE = ("pages.home", "feeds.feed", "feeds.opensearch")


@pages.get("/")
@public(of_page)
def home() -> Response:
    """Results with facets, or the newest articles where nothing is asked."""
    query = page_query(request.args)
    # Where nothing is found, other searches look for a way on.
    with context().service.one_budget():
        answer = context().service.search(query.to_request())
        way_on = _way_on(answer, query)
    if not answer.settled:
        unsettled()
    g.hits = answer.total
    view = page_view(answer, query, messages(), today())
    body = render_template("search.html", page=view, answer=answer, **way_on, **_common())
    return _localised(body)


def _way_on(answer: SearchAnswer, query: PageQuery) -> Mapping[str, object]:
    """Where nothing was found: how much there is without the filters, queries that may be meant,
    and the newest articles."""
    if answer.total or answer.also:
        return {"unfiltered": 0, "newest": (), "meant": ()}
    service = context().service
    unfiltered = 0
    if query.filtered():
        plain = query.without_filters().to_request()
        unfiltered = service.search(replace(plain, per_page=1, facets=(), highlight=False)).total
    newest = service.search(SearchRequest(per_page=_NEWEST_SHOWN, facets=(), snippets=0))
    return {
        "unfiltered": unfiltered,
        "newest": hit_views(newest.hits, PageQuery(), messages()),
        "meant": () if unfiltered else _meant(query),
    }


def _meant(query: PageQuery) -> tuple[Link, ...]:
    """What would be suggested for the query: 초성 and half a word find nothing by themselves."""
    suggested = context().service.suggest(query.q, _SUGGESTED)
    if not suggested.settled:
        unsettled()
    texts = dict.fromkeys(s.text for s in suggested.suggestions if s.kind != "title")
    return tuple(Link(text, query.asking(text).url()) for text in texts)


def error_page(status: int, cause: str = "other") -> Response:
    """What went wrong and how to go on; ``cause`` is that of an EngineError."""
    message = f"error_{status}" if status in _KNOWN_ERRORS else "error_other"
    asked = page_query(request.args)
    body = render_template(
        "error.html", status=status, message=message, asked=asked, cause=cause, **_common()
    )
    response = _localised(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.after_app_request
def _vary(response: Response) -> Response:
    # A 304 says it too.
    if request.endpoint in _IN_A_LANGUAGE or response.status_code >= 400:
        response.vary.add("Accept-Language")
    return response


@pages.app_template_global()
def static_url(name: str) -> str:
    """The address of a static file, which changes with its content."""
    # By hand: of a request with a broken Host no address can be made, and its error is a page.
    return f"{request.script_root}{current_app.static_url_path}/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    data = (Path(__file__).parent / "static" / name).read_bytes()
    return blake2b(data, digest_size=6).hexdigest()


def _localised(body: str, status: int = 200) -> Response:
    response = make_response(body, status)
    response.headers["Content-Language"] = language()
    return response


def _common() -> dict[str, object]:
    # No dict: in a template its methods (clear) would hide messages.
    return {"t": SimpleNamespace(**messages()), "language": language(), "ro": ro}
