"""How long a public answer holds, and 304 where the client has it already."""

from collections.abc import Callable
from functools import wraps

from flask import Response, request

from web.context import context

_Route = Callable[[], Response]


def public(variant: Callable[[], str] = str) -> Callable[[_Route], _Route]:
    """Let clients keep the answers of a route while they hold. ``variant`` names what else than
    the address an answer depends on."""

    def decorated(route: _Route) -> _Route:
        @wraps(route)
        def answer() -> Response:
            here = context()
            # Asked first: an answer that is newer than its ETag is only fetched once more.
            fresh = here.service.freshness()
            etag = f"{fresh.etag}-{here.stamp}{variant()}"
            known = request.if_none_match
            # A star says "whatever you have": whether there is anything, only the route knows.
            same = not known.star_tag and known.contains_weak(etag)
            response = Response(status=304) if same else route()
            response.set_etag(etag, weak=True)
            response.headers["Cache-Control"] = f"public, max-age={fresh.max_age}"
            return response

        return answer

    return decorated
