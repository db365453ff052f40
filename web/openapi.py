"""The OpenAPI 3.1 document of the API, made from its models."""

from functools import cache
from importlib.metadata import version
from typing import Any

from openapi_pydantic import OpenAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.archive_schema import ArchiveQuery, ArchiveResponse, ExportedArticle
from web.schema import (
    ArticleAnswer,
    ArticleQuery,
    Problem,
    Query,
    RelatedQuery,
    RelatedResponse,
    SearchQuery,
    SearchResponse,
    SuggestQuery,
    SuggestResponse,
)

_REF = "#/components/schemas/{model}"
_EDITORS = {"401": "Not logged in, and no token", "404": "The archive is off"}
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "one of archive_tokens"},
    "session": {"type": "apiKey", "in": "cookie", "name": "geulsaem"},
}
_ERRORS = {
    "400": "A parameter cannot be used",
    "429": "Too many requests; Retry-After says when to come back",
    "503": "There is no index",
}


@cache
def openapi_document() -> dict[str, Any]:
    """The document as plain values, checked against the specification's own models."""
    schemas = models_json_schema(
        [
            (m, "serialization")
            for m in (
                *(SearchResponse, SuggestResponse, ArticleAnswer, RelatedResponse),
                *(ArchiveResponse, ExportedArticle, Problem),
            )
        ],
        ref_template=_REF,
    )[1]["$defs"]
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "글샘 search API",
            "version": version("geulsaem"),
            "description": "Full-text search in a Korean news archive: public articles only, "
            "but for the routes of editors below /api/v1/archive.",
        },
        "paths": {
            "/api/v1/search": _path("search", "Search articles", SearchQuery, SearchResponse),
            "/api/v1/suggest": _path(
                "suggest", "Complete what is being typed", SuggestQuery, SuggestResponse
            ),
            "/api/v1/article": _path(
                "article", "One public article", ArticleQuery, ArticleAnswer, {"404": "Not public"}
            ),
            "/api/v1/related": _path(
                "related",
                "Public articles about the same",
                RelatedQuery,
                RelatedResponse,
                {"404": "Not public"},
            ),
            **_editors_paths(),
        },
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }
    OpenAPI.model_validate(document)
    return document


def _editors_paths() -> dict[str, Any]:
    """The routes of editors: nothing of them is kept, and who asks has to be known."""
    line = _content("application/jsonl", ExportedArticle)
    table = {"text/csv": {"schema": {"type": "string"}}}
    routes = {
        "search": ("Search all articles, drafts too", None),
        "export.csv": ("Every match as a table, UTF-8 with a byte order mark", table),
        "export.jsonl": ("Every match, one JSON object a line, with its text", line),
    }
    paths = {}
    for route, (summary, content) in routes.items():
        name = "archive_" + route.replace(".", "_")
        path = _path(name, f"For editors: {summary}", ArchiveQuery, ArchiveResponse, _EDITORS)
        operation = path["get"]
        operation["security"] = [{scheme: []} for scheme in _SECURITY]
        del operation["responses"]["304"]
        if content is not None:
            operation["responses"]["200"]["content"] = content
        paths[f"/api/v1/archive/{route}"] = path
    return paths


def _path(
    name: str,
    summary: str,
    query: type[Query],
    answer: type[BaseModel],
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    ok = {"description": "OK", "content": _content("application/json", answer)}
    failed = {
        status: {"description": text, "content": _content("application/problem+json", Problem)}
        for status, text in ({**_ERRORS, **(errors or {})}).items()
    }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": _parameters(query),
            "responses": {"200": ok, "304": {"description": "Not modified"}, **failed},
        }
    }


def _parameters(query: type[Query]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": values.pop("description", ""),
            "schema": {key: value for key, value in values.items() if key != "title"},
        }
        for name, values in schema["properties"].items()
    ]


def _content(media_type: str, model: type[BaseModel]) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REF.format(model=model.__name__)}}}
