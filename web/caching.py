"""Public answers that are kept: by clients while they hold, and here while nothing changes."""

from collections.abc import Callable
from functools import wraps

import orjson
from flask import Flask, Response, g, request

from index.cache import CacheState
from web.context import context
from web.shared_cache import SharedCache

_Route = Callable[[], Response]

_BYTES = 32 << 20
# Longer ones are asked for once, by machines.
_LONGEST_ADDRESS = 1000
# What belongs to the answer itself; everything else depends on who asks, and is added to each.
_OWN_HEADERS = ("Content-Type", "Content-Encoding", "Content-Language", "Vary")


class AnswerCache:
    """Answers by address, encoding and the state of everything they depend on: as they
    went out, compressed where the client takes that. What one worker has made, all of them have."""

    def __init__(self, workers: int = 1) -> None:
        self._answers = SharedCache(_BYTES, workers)

    def find(self, key: tuple[str, ...]) -> Response | None:
        """The answer that was kept under a key."""
        kept = self._answers.find(repr(key).encode())
        if kept is None:
            return None
        headers, _, body = kept.partition(b"\n")
        return Response(body, headers=orjson.loads(headers))

    def keep(self, key: tuple[str, ...], response: Response) -> None:
        """Keep a whole answer."""
        if response.status_code != 200 or response.is_streamed or response.direct_passthrough:
            return
        headers = [[k, v] for k, v in response.headers if k in _OWN_HEADERS]
        # JSON has no line breaks but for what stands between values, where orjson puts none.
        kept = orjson.dumps(headers) + b"\n" + response.get_data()
        self._answers.keep(repr(key).encode(), kept)

    def state(self) -> CacheState:
        """The figures of now."""
        return self._answers.state()


def register_answer_cache(app: Flask, answers: AnswerCache) -> None:
    """Keep public answers after everything else has been done to them: registered first, it runs
    last."""

    @app.after_request
    def _keep(response: Response) -> Response:
        key = g.pop("answer_key", None)
        if key is not None:
            answers.keep(key, response)
        return response


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
            response = Response(status=304) if same else _answered(route, etag)
            if g.pop("unsettled", False):
                g.pop("answer_key", None)
                response.set_etag(f"{etag}-early", weak=True)
                response.headers["Cache-Control"] = "no-cache"
                return response
            response.set_etag(etag, weak=True)
            response.headers["Cache-Control"] = f"public, max-age={fresh.max_age}"
            return response

        return answer

    return decorated


def unsettled() -> None:
    """Say that the answer may be another in a moment: nobody keeps it without asking again."""
    g.unsettled = True


def _answered(route: _Route, etag: str) -> Response:
    address = request.environ.get("QUERY_STRING", "")
    if len(address) > _LONGEST_ADDRESS or request.method != "GET":
        return route()
    encoding = request.headers["Accept-Encoding"]
    key = (request.path, address, encoding, etag)
    kept = context().answers.find(key)
    if kept is not None:
        return kept
    response = route()
    g.answer_key = key
    return response
