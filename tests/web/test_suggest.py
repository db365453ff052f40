"""Suggestions over HTTP: their shape, what may be asked, how long they hold."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.building import app_for, article, build_index
from tests.web.test_api import check_problem

SUGGEST = "/api/v1/suggest"


@pytest.fixture
def ready(app: Flask) -> FlaskClient:
    """A client of the small archive, whose suggestions are made."""
    app.extensions["geulsaem"].service.prepare()
    return app.test_client()


def suggestions(client: FlaskClient, **arguments: Any) -> list[dict[str, Any]]:
    response = client.get(SUGGEST, query_string=arguments)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert response.json is not None
    assert list(response.json) == ["suggestions"]
    found: list[dict[str, Any]] = response.json["suggestions"]
    return found


def test_shape(ready: FlaskClient) -> None:
    first, *others = suggestions(ready, q="반도ㅊ")
    assert first == {
        "text": "반도체",
        "kind": "tag",
        "highlight": "<mark>반도체</mark>",
        "count": 30,
    }
    assert {s["kind"] for s in others} == {"title"}
    assert others[0] == {
        "text": "반도체 소식 11",
        "kind": "title",
        "highlight": "<mark>반도체</mark> 소식 11",
        "url": "/posts/11/",
    }


def test_words_have_neither_address_nor_count(ready: FlaskClient) -> None:
    assert suggestions(ready, q="배터")[0] == {
        "text": "배터리",
        "kind": "term",
        "highlight": "<mark>배터</mark>리",
    }


def test_markup_of_articles_stays_text(ready: FlaskClient) -> None:
    (title,) = suggestions(ready, q="쿼카")
    assert title["highlight"] == "&lt;script&gt;alert(&#x27;<mark>쿼카</mark>&#x27;)&lt;/script&gt;"


@pytest.mark.parametrize("limit", [1, 2, 20])
def test_limit(limit: int, ready: FlaskClient) -> None:
    assert len(suggestions(ready, q="반도체", limit=limit)) == min(limit, 6)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("q=" + "가" * 257, "q"),
        ("limit=0", "limit"),
        ("limit=21", "limit"),
        ("limit=many", "limit"),
        ("q=a&q=b", "q"),
        ("sort=newest", "sort"),
    ],
)
def test_what_cannot_be_asked(query: str, parameter: str, client: FlaskClient) -> None:
    body = check_problem(client.get(f"{SUGGEST}?{query}"), 400, parameter)
    assert parameter in body["detail"]


@pytest.mark.parametrize("q", ["숨은", "ㅅㅇ", "숨은초안", "tnadms"])
def test_hidden_articles(q: str, ready: FlaskClient) -> None:
    assert "숨은" not in str(suggestions(ready, q=q))


def test_it_holds_as_long_as_other_answers(ready: FlaskClient) -> None:
    response = ready.get(SUGGEST, query_string={"q": "반"})
    assert response.headers["Cache-Control"] == "public, max-age=30"
    again = ready.get(
        SUGGEST, query_string={"q": "반"}, headers={"If-None-Match": response.headers["ETag"]}
    )
    assert again.status_code == 304


def test_before_they_are_made_nobody_keeps_the_answer(tmp_path: Path) -> None:
    build_index(tmp_path, [article("a", title="반도체")])
    app = app_for(tmp_path)
    early = app.test_client().get(SUGGEST, query_string={"q": "반"})
    assert early.json == {"suggestions": []}
    assert early.headers["Cache-Control"] == "no-cache"
    app.extensions["geulsaem"].service.prepare()
    late = app.test_client().get(SUGGEST, query_string={"q": "반"})
    assert [s["text"] for s in late.json["suggestions"]] == ["반도체"]  # type: ignore[index]
    assert late.headers["ETag"] != early.headers["ETag"]
