"""The JSON API: the shape of its answers, and errors that name what is wrong."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.building import app_for, article, build_index
from web.schema import SearchQuery

SEARCH = "/api/v1/search"
ARTICLE = "/api/v1/article"


def get(client: FlaskClient, path: str, **arguments: Any) -> Any:
    """The answer to a request that must succeed."""
    response = client.get(path, query_string=arguments)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    return response.json


def check_problem(response: Any, status: int, parameter: str | None = None) -> dict[str, Any]:
    """Assert the one shape of every error."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body.get("parameter") == parameter
    return body


# Shape


def test_an_answer_has_exactly_the_shape_of_the_contract(client: FlaskClient) -> None:
    answer = get(client, SEARCH, q="구글 배터리", per_page=2, tag="태그1")
    assert list(answer) == [
        *("query", "total", "page", "per_page", "pages", "cursor", "partial", "took_ms"),
        *("generation", "hits", "also", "facets"),
    ]
    assert answer["query"] == {
        "q": "구글 배터리",
        "applied": "구글 배터리",
        "did_you_mean": None,
        "reason": None,
        "matching": "all",
        "hints": [],
    }
    assert (answer["total"], answer["pages"], answer["page"], answer["per_page"]) == (2, 1, 1, 2)
    assert answer["partial"] is False
    assert answer["took_ms"] > 0
    assert list(answer["hits"][0]) == [
        *("id", "url", "title", "subtitle", "authors", "categories", "tags", "date", "image"),
        *("score", "highlights"),
    ]
    assert list(answer["facets"]) == ["author", "category", "tag", "year", "month"]
    assert answer["facets"]["category"] == [{"value": "경제", "count": 2, "selected": False}]
    assert {"value": "태그1", "count": 2, "selected": True} in answer["facets"]["tag"]
    assert answer["facets"]["year"] == [{"value": "2024", "count": 2}]
    assert set(answer["facets"]["month"][0]) == {"value", "count"}


def test_a_hit(client: FlaskClient) -> None:
    (hit,) = get(client, SEARCH, q='title:"소식 7"')["hits"]
    assert hit.pop("score") > 0
    assert hit == {
        "id": "posts/07",
        "url": "/posts/07/",
        "title": "반도체 소식 7",
        "subtitle": "수출이 이끈다",
        "authors": ["김한수"],
        "categories": ["경제"],
        "tags": ["반도체", "태그7"],
        "date": "2024-08-01T00:00:00+09:00",
        "image": "https://img.example/a.jpg",
        "highlights": {
            "title": "반도체 <mark>소식 7</mark>",
            "subtitle": "수출이 이끈다",
            "body": ["구글과 배터리 이야기가 이어진다."],
        },
    }


def test_hangul_is_written_as_it_is(client: FlaskClient) -> None:
    for path in (f"{SEARCH}?q=배터리", f"{ARTICLE}?id=undated", "/api/openapi.json"):
        data = client.get(path).data
        assert b"\\u" not in data
        assert any(word in data.decode() for word in ("배터리", "날짜", "글샘"))


def test_highlights_can_be_left_out(client: FlaskClient) -> None:
    assert get(client, SEARCH, highlight="0")["hits"][0]["highlights"] is None
    assert get(client, SEARCH, highlight="1", snippets="0")["hits"][0]["highlights"]["body"] == []


def test_facets_can_be_chosen(client: FlaskClient) -> None:
    assert list(get(client, SEARCH, facets="year, author")["facets"]) == ["year", "author"]
    assert get(client, SEARCH, facets="")["facets"] == {}
    rows = get(client, SEARCH, facet_query="author:ㄱㅎ", facets="author")["facets"]["author"]
    assert [row["value"] for row in rows] == ["김한수"]


def test_values_of_one_facet_are_or_and_facets_are_and(client: FlaskClient) -> None:
    both = get(client, SEARCH, author=["김한수", "이영희"])["total"]
    one = get(client, SEARCH, author=["이영희"])["total"]
    assert (both, one) == (30, 10)
    assert get(client, SEARCH, author=["이영희"], tag=["태그0"])["total"] == 4
    assert get(client, SEARCH, author="", tag="")["total"] == 32


def test_dates_are_inclusive(client: FlaskClient) -> None:
    months = {"date_from": "2024-02", "date_to": "2024-03", "per_page": 100}
    hits = get(client, SEARCH, **months)["hits"]
    assert {hit["date"][:7] for hit in hits} == {"2024-02", "2024-03"}


def test_pages_and_cursor_walk_the_same_way(client: FlaskClient) -> None:
    first = get(client, SEARCH, per_page=20)
    by_cursor = get(client, SEARCH, per_page=20, cursor=first["cursor"])
    by_page = get(client, SEARCH, per_page=20, page=2)
    assert by_cursor["hits"] == by_page["hits"]
    assert len(by_page["hits"]) == 12
    assert by_page["cursor"] is None


# Articles


def test_an_article(client: FlaskClient) -> None:
    assert get(client, ARTICLE, id="posts/07") == {
        "id": "posts/07",
        "url": "/posts/07/",
        "title": "반도체 소식 7",
        "subtitle": "수출이 이끈다",
        "body": "구글과 배터리 이야기가 이어진다.",
        "authors": ["김한수"],
        "categories": ["경제"],
        "tags": ["반도체", "태그7"],
        "date": "2024-08-01T00:00:00+09:00",
        "lastmod": None,
        "image": "https://img.example/a.jpg",
    }
    assert get(client, ARTICLE, id="posts/<b>&\"'")["body"].startswith("쿼카 <b>")


@pytest.mark.parametrize("key", ["draft", "hidden", "later", "expired", "없는", "posts", "../etc"])
def test_what_is_not_public_is_not_there(key: str, client: FlaskClient) -> None:
    body = check_problem(client.get(ARTICLE, query_string={"id": key}), 404)
    assert body == check_problem(client.get(ARTICLE, query_string={"id": "nowhere"}), 404)


def test_what_is_not_public_is_in_no_answer(client: FlaskClient) -> None:
    for q in ("숨은", "숨은*", "숨은초안", "숨은글", ""):
        response = client.get(SEARCH, query_string={"q": q, "per_page": 100})
        for title in ("숨은초안", "숨은글", "숨은예약", "숨은만료"):
            assert title not in response.text.replace(f'"q":"{q}","applied":"{q}"', "")


# Errors


@pytest.mark.parametrize(
    ("query", "parameter", "allowed"),
    [
        ("q=" + "a" * 257, "q", "256"),
        ("page=0", "page", "from 1"),
        ("page=-1", "page", "from 1"),
        ("page=x", "page", "from 1"),
        ("page=1.5", "page", "from 1"),
        ("page=", "page", "from 1"),
        ("page=0", "page", "1 or more"),
        ("page=1001", "page", "10000"),
        ("page=" + "9" * 5000, "page", "from 1"),
        ("per_page=0", "per_page", "1 to 100"),
        ("per_page=101", "per_page", "1 to 100"),
        ("snippets=6", "snippets", "0 to 5"),
        ("snippet_length=5", "snippet_length", "20 to 500"),
        ("facet_size=-1", "facet_size", "0 to 1000"),
        ("highlight=2", "highlight", "1 or 0"),
        ("highlight=maybe", "highlight", "1 or 0"),
        ("correct=", "correct", "1, or 0"),
        ("sort=best", "sort", "relevance, newest or oldest"),
        ("sort=", "sort", "relevance, newest or oldest"),
        ("facets=titles", "facets", "author, category, tag, year, month"),
        ("facet_query=kim", "facet_query", "author:"),
        ("facet_query=year:2024", "facet_query", "author, category, tag"),
        ("date_from=2024-02-30", "date_from", "YYYY-MM-DD"),
        ("date_to=soon", "date_to", "YYYY-MM-DD"),
        ("date_from=2025&date_to=2024", "date_to", "before date_from"),
        ("cursor=x", "cursor", "without a cursor"),
        ("tag=a" + "&tag=a" * 50, "tag", "50"),
        ("q=a&q=b", "q", "once"),
        ("query=a", "query", "q, author"),
        ("Q=a", "Q", "q, author"),
        ("=a", "", "q, author"),
        ("%EA%B2%80=a", "검", "q, author"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_parameter_is_named(
    query: str, parameter: str, allowed: str, client: FlaskClient
) -> None:
    body = check_problem(client.get(f"{SEARCH}?{query}"), 400, parameter)
    assert allowed in body["detail"]
    assert len(body["detail"]) < 400


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("", "id"), ("id=", "id"), ("id=" + "a" * 1001, "id"), ("q=a&id=a", "q"), ("id=a&id=b", "id")],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_parameter_of_an_article_is_named(
    query: str, parameter: str, client: FlaskClient
) -> None:
    check_problem(client.get(f"{ARTICLE}?{query}"), 400, parameter)


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v2/search", "/api/v1/search/x", "/api/v1/검색"]
)
def test_no_such_route(path: str, client: FlaskClient) -> None:
    check_problem(client.get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [SEARCH, ARTICLE, "/healthz", "/readyz", "/api/openapi.json"])
def test_only_reading_is_allowed(method: str, path: str, client: FlaskClient) -> None:
    response = client.open(path, method=method)
    check_problem(response, 405)
    assert "GET" in response.headers["Allow"]


def test_head_answers_without_a_body(client: FlaskClient) -> None:
    response = client.head(f"{SEARCH}?q=배터리")
    assert response.status_code == 200
    assert response.data == b""
    assert int(response.headers["Content-Length"]) > 100


@pytest.mark.parametrize("path", [SEARCH, f"{ARTICLE}?id=a", "/readyz"])
def test_without_an_index(path: str, empty_app: Flask) -> None:
    response = empty_app.test_client().get(path)
    body = check_problem(response, 503)
    assert "reindex" in body["detail"]
    assert int(response.headers["Retry-After"]) > 0


def test_a_damaged_index_is_no_crash(tmp_path: Path) -> None:
    build_index(tmp_path, [article("a")])
    for file in tmp_path.glob("generation-*/*"):
        if file.suffix != ".json":
            file.write_bytes(b"damaged")
    client = app_for(tmp_path).test_client()
    for path in (SEARCH, f"{ARTICLE}?id=a", "/readyz"):
        body = check_problem(client.get(path), 503)
        assert str(tmp_path) not in body["detail"]
    assert client.get("/").status_code == 503
    build_index(tmp_path, [article("a")])
    assert client.get("/readyz").status_code == 200


def test_a_mistake_of_ours_tells_nothing(tmp_path: Path) -> None:
    app = app_for(tmp_path)
    app.testing = False
    app.add_url_rule("/api/v1/broken", view_func=lambda: {}["secret"])
    app.add_url_rule("/broken", view_func=lambda: {}["secret"], endpoint="broken")
    response = app.test_client().get("/api/v1/broken")
    check_problem(response, 500)
    assert "secret" not in response.text
    page = app.test_client().get("/broken")
    assert page.status_code == 500
    assert "secret" not in page.text


def test_health(app: Flask, empty_app: Flask) -> None:
    for one in (app, empty_app):
        assert one.test_client().get("/healthz").json == {"status": "up"}
    ready = app.test_client().get("/readyz")
    assert ready.json == {"status": "ready", "generation": 1}
    assert ready.headers["Cache-Control"] == "no-store"


def test_health_of_an_index_that_is_damaged(tmp_path: Path) -> None:
    for title in ("반도체 수출", "반도체 가격"):
        build_index(tmp_path, [article("a", title=title)])
    (segment,) = tmp_path.glob("generation-000002/*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    client = app_for(tmp_path).test_client()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (
        200,
        {
            "status": "ready",
            "generation": 1,
            "degraded": "generation 2 is damaged; 1 answers",
        },
    )
    assert client.get(f"{SEARCH}?q=반도체").json["hits"][0]["title"] == "반도체 수출"
    build_index(tmp_path, [article("a", title="반도체 공장")])
    assert client.get("/readyz").json == {"status": "ready", "generation": 3}


# Any bytes

NAMES = st.sampled_from([*SearchQuery.model_fields, "x", ""])
VALUES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"1", b"0", b"-1", b"2024", b"relevance", b"author:", b"(", b'"', b"a" * 300]),
)


def encoded(rows: list[tuple[str, bytes]]) -> str:
    """Arguments as an address, cut at 8,000 bytes."""
    return "&".join(f"{quote(name)}={quote(value)}" for name, value in rows)[:8000]


QUERY_STRINGS = st.one_of(
    st.lists(st.tuples(NAMES, VALUES), max_size=8).map(encoded),
    st.tuples(st.just("q"), st.binary(max_size=2600)).map(lambda row: encoded([row])),
    st.tuples(st.just("q"), st.text(max_size=256).map(str.encode)).map(lambda row: encoded([row])),
    st.binary(max_size=300).map(lambda data: data.decode("latin-1")),
    st.text("%0aAfF=&;+q", max_size=200),
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=QUERY_STRINGS)
def test_any_query_string_is_answered(query: str, app: Flask) -> None:
    environ = {"QUERY_STRING": query, "REQUEST_METHOD": "GET", "PATH_INFO": SEARCH}
    response = app.test_client().open(environ_overrides=environ)
    if response.status_code == 200:
        assert response.json["query"]["q"] is not None
        return
    body = response.json
    assert response.status_code == 400, (query, response.text)
    assert "parameter" in body
    assert body["detail"].startswith(body["parameter"])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=QUERY_STRINGS)
def test_the_page_forgives_any_query_string(query: str, app: Flask) -> None:
    environ = {"QUERY_STRING": query, "REQUEST_METHOD": "GET", "PATH_INFO": "/"}
    response = app.test_client().open(environ_overrides=environ)
    assert response.status_code == 200, query
    assert "</html>" in response.text
