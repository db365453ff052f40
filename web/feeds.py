"""A search for other programs of the reader: RSS, OpenSearch for browsers, robots.txt."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urljoin

import orjson
from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from search.query import clean
from search.request import MAX_QUERY, Hit
from web.caching import public, unsettled
from web.context import context
from web.params import page_query
from web.view import web_address
from web.visitor import language, messages, of_host

feeds = Blueprint("feeds", __name__)

_ITEMS = 20
_SUGGESTED = 8
# What XML 1.0 cannot hold, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROBOTS = """\
User-agent: *
Disallow: /api/
"""


@dataclass(frozen=True, slots=True)
class Item:
    """An article in a feed; ``link`` is "" where it has no address of the web."""

    id: str
    title: str
    link: str
    description: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    date: str


@feeds.get("/feed.xml")
@public(of_host)
def feed() -> Response:
    """RSS 2.0 of a search, newest first."""
    query = replace(page_query(request.args), find=None, more="")
    asked = replace(query.sorted_by("newest").to_request(), per_page=_ITEMS, facets=(), snippets=1)
    with context().service.one_budget():
        answer = context().service.search(asked)
    if not answer.settled:
        unsettled()
    items = [_item(hit) for hit in answer.hits]
    return _xml("feed.xml", "application/rss+xml", query=query, items=items)


@feeds.get("/opensearch.xml")
@public(of_host)
def opensearch() -> Response:
    """The description by which a browser adds this search (OpenSearch 1.1)."""
    return _xml("opensearch.xml", "application/opensearchdescription+xml")


@feeds.get("/opensearch-suggest")
@public()
def opensearch_suggest() -> Response:
    """Completions of ``q`` as browsers ask for them: what was typed, then a list of queries."""
    typed = clean(request.args.get("q", ""))[:MAX_QUERY]
    with context().service.one_budget() as spent:
        answer = context().service.suggest(typed, _SUGGESTED)
    if not answer.settled or spent.refusals:
        unsettled()
    texts = dict.fromkeys(found.text for found in answer.suggestions)
    return Response(orjson.dumps([typed, [*texts]]), mimetype="application/x-suggestions+json")


@feeds.get("/robots.txt")
def robots() -> Response:
    """Pages of results may be read and say themselves that they are not to be listed."""
    return Response(_ROBOTS, mimetype="text/plain")


def _item(hit: Hit) -> Item:
    address = web_address(hit.url)
    return Item(
        id=hit.id,
        title=hit.title,
        link=urljoin(request.host_url, address) if address else "",
        description=hit.subtitle or _plain(hit),
        authors=hit.authors,
        categories=(*hit.categories, *hit.tags),
        date=format_datetime(datetime.fromisoformat(hit.date)) if hit.date else "",
    )


def _plain(hit: Hit) -> str:
    snippets = hit.highlights.body if hit.highlights else ()
    # search.highlight has escaped everything but its own marks.
    return Markup(snippets[0]).striptags() if snippets else ""  # noqa: S704


def _xml(template: str, kind: str, **values: object) -> Response:
    body = render_template(
        template, t=messages(), language=language(), home=request.host_url.rstrip("/"), **values
    )
    response = Response(_NO_XML.sub("", body), mimetype=kind)
    response.headers["Content-Language"] = language()
    return response
