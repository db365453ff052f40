"""Answers that are kept by the server: the same bytes, for whom and as long as they hold."""

from pathlib import Path

import pytest
from flask import Flask

from tests.building import app_for, article, build_index

ADDRESS = "/api/v1/search?q=반도체"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    build_index(tmp_path / "index", [article("a", title="반도체 수출", body="반도체 " * 500)])
    return app_for(tmp_path / "index")


def test_a_kept_answer_is_the_same(app: Flask) -> None:
    client = app.test_client()
    first, second = client.get(ADDRESS), client.get(ADDRESS)
    assert first.data == second.data
    for answer in (first, second):
        # Of the request, not of the answer.
        del answer.headers["X-Request-ID"]
    assert dict(first.headers) == dict(second.headers)
    assert app.extensions["geulsaem"].answers.state().hits == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity"])
def test_encodings_are_kept_apart(encoding: str, app: Flask) -> None:
    client = app.test_client()
    client.get(ADDRESS, headers={"Accept-Encoding": "gzip"})
    for _ in range(2):
        answer = client.get(ADDRESS, headers={"Accept-Encoding": encoding})
        assert answer.headers.get("Content-Encoding", "identity") == encoding


def test_clients_that_get_the_same_encoding_share_answers(app: Flask) -> None:
    client = app.test_client()
    for accepted in ("gzip, deflate, br, zstd", "zstd", "gzip;q=0.9, zstd"):
        answer = client.get(ADDRESS, headers={"Accept-Encoding": accepted})
        assert answer.headers["Content-Encoding"] == "zstd"
    assert app.extensions["geulsaem"].answers.state().hits == 2


def test_errors_are_not_kept(app: Flask) -> None:
    client = app.test_client()
    for _ in range(2):
        assert client.get("/api/v1/article?id=nothing").status_code == 404
    assert app.extensions["geulsaem"].answers.state().hits == 0


def test_a_new_generation_is_answered_anew(app: Flask, tmp_path: Path) -> None:
    client = app.test_client()
    assert client.get(ADDRESS).json["total"] == 1  # type: ignore[index]
    build_index(tmp_path / "index", [article("b", title="다른 글")])
    assert client.get(ADDRESS).json["total"] == 0  # type: ignore[index]


def test_a_kept_answer_names_the_origin_that_asks(tmp_path: Path) -> None:
    origins = ["https://a.example", "https://b.example"]
    build_index(tmp_path / "index", [article("a", title="반도체")])
    client = app_for(tmp_path / "index", allowed_origins=origins).test_client()
    for origin in (*origins, *origins):
        answer = client.get(ADDRESS, headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
