"""The log: one line of JSON for each request, without what was asked for."""

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask

from tests.building import app_for, article, build_index
from tests.web.editors import HASH, PASSWORD, SECRET, TOKEN, archive_app, log_in
from web.logs import configure_logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged() -> Iterator[Lines]:
    """Reads the lines that were logged."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logs()
    written = io.StringIO()
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    yield lambda: [orjson.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, root.level = handlers, level


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("logs")
    build_index(folder, [article("a", title="반도체 수출")])
    return app_for(folder)


@pytest.mark.parametrize(
    ("address", "route", "status", "hits"),
    [
        ("/api/v1/search?q=반도체", "/api/v1/search", 200, 1),
        ("/api/v1/search?q=쿼카", "/api/v1/search", 200, 0),
        ("/?q=반도체", "/", 200, None),
        ("/healthz", "/healthz", 200, None),
        ("/nowhere", None, 404, None),
        ("/api/v1/search?page=x", "/api/v1/search", 400, None),
    ],
)
def test_one_line_a_request(
    address: str, route: str | None, status: int, hits: int | None, app: Flask, logged: Lines
) -> None:
    answer = app.test_client().get(address)
    (line,) = [row for row in logged() if row["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", route, status)
    assert line["ms"] > 0
    assert line["id"] == answer.headers["X-Request-ID"]
    if hits is not None:
        assert line["hits"] == hits
    assert "반도체" not in str(line)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123_DEF", True), ("short", False), ("x" * 65, False), ("a b c d e f", False)],
)
def test_an_id_of_a_proxy_is_kept_where_it_is_one(given: str, kept: bool, app: Flask) -> None:
    found = app.test_client().get("/healthz", headers={"X-Request-ID": given})
    assert (found.headers["X-Request-ID"] == given) == kept


def test_the_query_where_it_is_asked_for(tmp_path: Path, logged: Lines) -> None:
    build_index(tmp_path, [article("a", title="반도체 수출")])
    app_for(tmp_path, log_queries=True).test_client().get("/api/v1/search?q=반도체")
    assert [row["q"] for row in logged() if row["event"] == "request"] == ["반도체"]


def test_nothing_that_opens_a_door_is_logged(tmp_path: Path, logged: Lines) -> None:
    build_index(tmp_path, [article("a")])
    app = archive_app(tmp_path, metrics_token="token-of-the-monitor", log_queries=True)
    client = app.test_client()
    log_in(client)
    log_in(app.test_client(), password="falsches-passwort")
    for path in ("/api/v1/archive/search", "/metrics", "/archive", "/nothing"):
        for token in (TOKEN, "token-of-the-monitor", "token-of-a-guesser"):
            client.get(
                path, headers={"Authorization": f"Bearer {token}", "Cookie": "geulsaem=keks"}
            )
    lines = logged()
    assert len(lines) >= 12
    text = str(lines)
    for secret in (TOKEN, SECRET, HASH, PASSWORD, "token-of", "falsches-passwort", "keks", "csrf"):
        assert secret not in text


def test_the_client_of_a_cluster_says_nothing_of_its_requests(logged: Lines) -> None:
    logging.getLogger("opensearch").info("GET http://127.0.0.1:9200/site-state/_doc/published")
    assert logged() == []
