"""The archive for programs and for the pages of editors: search and exports of everything."""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from search.archive import ArchiveRecord
from search.plan import STATUSES
from web.api import json_answer, parameters, search_values
from web.archive_messages import LANGUAGES, MESSAGES
from web.archive_schema import (
    ArchiveQuery,
    ArchiveResponse,
    archive_hits,
    archive_near_hits,
    status_counts,
)
from web.auth import for_editors
from web.context import context
from web.export import CSV_FIELDS, csv_pieces, json_lines

archive_api = Blueprint("archive_api", __name__, url_prefix="/api/v1/archive")


@archive_api.get("/search")
@for_editors
def search() -> Response:
    """All articles that match, whatever their status."""
    begun = time.perf_counter()
    asked = parameters(ArchiveQuery)
    wanted = asked.to_request()
    answer = context().service.search(wanted)
    facets: dict[str, Any] = dict(answer.facets)
    if asked.counts_status():
        facets["status"] = status_counts(answer, wanted.status)
    own = {"hits": archive_hits(answer), "also": archive_near_hits(answer), "facets": facets}
    plain = search_values(answer, begun)
    return json_answer({name: own.get(name, plain[name]) for name in ArchiveResponse.model_fields})


@archive_api.get("/export.csv")
@for_editors
def export_csv() -> Response:
    """Every match as a table. Its columns bear the names of the API, and those of the page where
    a browser asks for a language."""
    names = {field: field for field in CSV_FIELDS}
    statuses: dict[str, str] = {status: status for status in STATUSES}
    language = request.accept_languages.best_match(LANGUAGES)
    if language and request.accept_languages.best != "*":
        words = MESSAGES[language]
        names = {field: words[f"column_{field}"] for field in CSV_FIELDS}
        statuses = {status: words[f"status_{status}"] for status in STATUSES}
    pieces = csv_pieces(_matches(), names, statuses)
    response = _download(pieces, "csv", "text/csv; charset=utf-8; header=present")
    response.vary.add("Accept-Language")
    return response


@archive_api.get("/export.jsonl")
@for_editors
def export_jsonl() -> Response:
    """Every match, one JSON object a line."""
    return _download(json_lines(_matches()), "jsonl", "application/jsonl; charset=utf-8")


@archive_api.after_request
def private(response: Response) -> Response:
    """Nobody keeps what only editors see."""
    response.headers["Cache-Control"] = "private, no-store"
    response.vary.update(("Cookie", "Authorization"))
    return response


def _matches() -> Iterable[ArchiveRecord]:
    return context().archive.matches(parameters(ArchiveQuery).to_request())


def _download(pieces: Iterable[bytes], suffix: str, content_type: str) -> Response:
    response = Response(pieces, content_type=content_type)
    day = datetime.now(context().zone).date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="archive-{day}.{suffix}"'
    return response
