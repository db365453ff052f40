"""The JSON endpoints."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import NotFound

from search.request import RequestError, SearchAnswer
from web.context import context
from web.openapi import openapi_document
from web.schema import ArticleAnswer, ArticleQuery, Query, SearchQuery

api = Blueprint("api", __name__)

_Route = Callable[[], Response]
_Q = TypeVar("_Q", bound=Query)


def _public(route: _Route) -> _Route:
    """Let clients keep a public answer while it holds, and answer 304 where they have it."""

    @wraps(route)
    def answer() -> Response:
        here = context()
        fresh = here.service.freshness()
        etag = f"{fresh.etag}-{here.stamp}"
        response = Response(status=304) if request.if_none_match.contains_weak(etag) else route()
        response.set_etag(etag, weak=True)
        response.headers["Cache-Control"] = f"public, max-age={fresh.max_age}"
        return response

    return answer


@api.get("/api/v1/search")
@_public
def search() -> Response:
    """Articles that match a query, with facets and highlights."""
    begun = time.perf_counter()
    asked = _query(SearchQuery).to_request()
    answer = context().service.search(asked)
    return _json(_search_answer(answer, begun))


@api.get("/api/v1/article")
@_public
def article() -> Response:
    """One public article."""
    asked = _query(ArticleQuery)
    record = context().service.article(asked.id)
    if record is None:
        raise NotFound("There is no public article with this id.")
    return _json({name: record[name] for name in ArticleAnswer.model_fields})


@api.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return _json({"status": "up"})


@api.get("/readyz")
def readyz() -> Response:
    """The index is open; 503 otherwise."""
    return _json({"status": "ready", "generation": context().service.generation()})


@api.get("/api/openapi.json")
def openapi() -> Response:
    """The description of this API, OpenAPI 3.1."""
    return _json(openapi_document())


@api.get("/api/docs")
def docs() -> str:
    """The same description for people."""
    return render_template("docs.html", api=openapi_document())


def _query(model: type[_Q]) -> _Q:
    """The parameters of the request. Raises RequestError for the first that cannot be used."""
    values: dict[str, Any] = {}
    for name in request.args:
        field = model.model_fields.get(name)
        if field is None:
            allowed = ", ".join(model.model_fields)
            raise RequestError(name[:40], f"is no parameter; there are {allowed}")
        values[name] = (
            request.args.getlist(name) if name in model.repeatable else request.args[name]
        )
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "query"
        raise RequestError(name, f"cannot be used: {first['msg']}") from error


def _search_answer(answer: SearchAnswer, begun: float) -> dict[str, Any]:
    took = round((time.perf_counter() - begun) * 1000, 1)
    values = {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    return {**values, "took_ms": took}


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), mimetype="application/json")
