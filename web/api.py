"""The JSON endpoints."""

import time
from dataclasses import asdict
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, g, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import NotFound

from search.request import RequestError, SearchAnswer, Suggestion
from web.caching import public, unsettled
from web.context import context
from web.openapi import openapi_document
from web.schema import (
    ArticleAnswer,
    ArticleQuery,
    Query,
    RelatedQuery,
    SearchQuery,
    SearchResponse,
    SuggestQuery,
)

api = Blueprint("api", __name__)

_NO_ARTICLE = "There is no public article with this id."

_Q = TypeVar("_Q", bound=Query)


@api.get("/api/v1/search")
@public()
def search() -> Response:
    """Articles that match a query, with facets and highlights."""
    begun = time.perf_counter()
    asked = parameters(SearchQuery).to_request()
    with context().service.one_budget():
        answer = context().service.search(asked)
    if not answer.settled:
        unsettled()
    g.hits = answer.total
    return json_answer(search_values(answer, begun))


@api.get("/api/v1/article")
@public()
def article() -> Response:
    """One public article."""
    asked = parameters(ArticleQuery)
    record = context().service.article(asked.id)
    if record is None:
        raise NotFound(_NO_ARTICLE)
    return json_answer({name: record[name] for name in ArticleAnswer.model_fields})


@api.get("/api/v1/suggest")
@public()
def suggest() -> Response:
    """Completions of a query that is being typed."""
    asked = parameters(SuggestQuery)
    with context().service.one_budget() as spent:
        answer = context().service.suggest(asked.q, asked.limit)
    if not answer.settled or spent.refusals:
        unsettled()
    return json_answer({"suggestions": [_shown(found) for found in answer.suggestions]})


@api.get("/api/v1/related")
@public()
def related() -> Response:
    """Public articles about the same as one of them."""
    asked = parameters(RelatedQuery)
    with context().service.one_budget() as spent:
        hits = context().service.related(asked.id, asked.limit)
    if hits is None:
        raise NotFound(_NO_ARTICLE)
    if spent.refusals:
        unsettled()
    return json_answer({"hits": hits})


@api.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return json_answer({"status": "up"}, cached="no-store")


@api.get("/readyz")
def readyz() -> Response:
    """The index is open; 503 otherwise. What is wrong with a newer generation is ``degraded``."""
    state = context().service.state()
    ready: dict[str, Any] = {"status": "ready", "generation": state.generation}
    if state.degraded:
        ready["degraded"] = state.degraded
    return json_answer(ready, cached="no-store")


@api.get("/api/openapi.json")
def openapi() -> Response:
    """The description of this API, OpenAPI 3.1."""
    return json_answer(openapi_document())


@api.get("/api/docs")
def docs() -> str:
    """The same description for people."""
    return render_template("docs.html", api=openapi_document())


def parameters(model: type[_Q]) -> _Q:
    """The parameters of the request. Raises RequestError for the first that cannot be used."""
    values: dict[str, Any] = {}
    for name in request.args:
        field = model.model_fields.get(name)
        if field is None:
            allowed = ", ".join(model.model_fields)
            raise RequestError(name[:40], f"is no parameter; there are {allowed}")
        given = request.args.getlist(name)
        if len(given) > 1 and name not in model.repeatable:
            raise RequestError(name, f"is given {len(given)} times; once is allowed")
        values[name] = given if name in model.repeatable else given[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if name not in values:
            raise RequestError(name, "is missing; " + model.allowed(name)) from error
        shown = str(first["input"])[:40]
        raise RequestError(name, f"cannot be {shown!r}; {model.allowed(name)}") from error


def _shown(found: Suggestion) -> dict[str, Any]:
    return {name: value for name, value in asdict(found).items() if value is not None}


def search_values(answer: SearchAnswer, begun: float) -> dict[str, Any]:
    took = round((time.perf_counter() - begun) * 1000, 1)
    return {
        name: took if name == "took_ms" else getattr(answer, name)
        for name in SearchResponse.model_fields
    }


def json_answer(value: Any, cached: str = "") -> Response:
    response = Response(orjson.dumps(value), mimetype="application/json")
    if cached:
        response.headers["Cache-Control"] = cached
    return response
