"""The OpenAPI document is valid, and real answers are what it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.building import app_for, article, build_index
from tests.web.editors import TOKEN, archive_app


@pytest.fixture(scope="module")
def document(app: Flask) -> Any:
    return app.test_client().get("/api/openapi.json").json


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An archive where a query finds one article and two near ones."""
    folder = tmp_path_factory.mktemp("near")
    texts = {"a": "반도체 수출이 늘었다.", "b": "반도체 값이 올랐다.", "c": "수출 길이 막혔다."}
    others = [article(f"o{i}", body="다른 이야기다.") for i in range(5)]
    build_index(folder, [*(article(key, body=body) for key, body in texts.items()), *others])
    return app_for(folder).test_client()


@pytest.fixture(scope="module")
def editors(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An archive with an article, a draft and a token."""
    folder = tmp_path_factory.mktemp("editors")
    build_index(folder, [article("a", title="쿼카"), article("b", title="쿼카", draft=True)])
    return archive_app(folder).test_client()


def check_answer(document: Any, path: str, response: Any) -> None:
    """Assert that an answer is what the document says of its route and status."""
    answers = document["paths"][path]["get"]["responses"]
    content = answers[str(response.status_code)]["content"][response.mimetype]
    schema = {**document, **content["schema"], "unevaluatedProperties": False}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        json.loads(response.data.splitlines()[0])
    )


def public(document: Any) -> dict[str, Any]:
    """The routes that anyone may ask."""
    return {path: m for path, m in document["paths"].items() if "security" not in m["get"]}


def test_the_document_is_valid(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")
    assert set(document["paths"]) - set(public(document)) == {
        "/api/v1/archive/search",
        "/api/v1/archive/export.csv",
        "/api/v1/archive/export.jsonl",
    }
    assert set(public(document)) == {
        "/api/v1/search",
        "/api/v1/suggest",
        "/api/v1/article",
        "/api/v1/related",
    }


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=구글",
        "q=쿼카",
        "q=쿼카&highlight=0",
        "q=없다&sort=oldest&tag=없는것",
        "facets=year",
        "facets=",
        "per_page=100",
        "q=" + "가" * 257,
        "page=x",
        "x=1",
    ],
)
def test_answers_to_searches(query: str, document: Any, client: FlaskClient) -> None:
    check_answer(document, "/api/v1/search", client.get(f"/api/v1/search?{query}"))


def test_answers_with_near_hits(document: Any, near: FlaskClient) -> None:
    response = near.get("/api/v1/search?q=반도체 수출")
    check_answer(document, "/api/v1/search", response)
    assert {hit["id"]: hit["missing"] for hit in response.json["also"]} == {
        "b": ["수출"],
        "c": ["반도체"],
    }
    assert set(response.json["also"][0]) == {*response.json["hits"][0], "missing"}


@pytest.mark.parametrize("query", ["id=undated", "id=posts/07", "id=draft", "", "q=1"])
def test_answers_for_articles(query: str, document: Any, client: FlaskClient) -> None:
    check_answer(document, "/api/v1/article", client.get(f"/api/v1/article?{query}"))


@pytest.mark.parametrize("token", [TOKEN, "wrong"])
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("search", ""),
        ("search", "q=쿼카&status=draft&sort=title"),
        ("search", "status=x"),
        ("search", "facets="),
        ("export.jsonl", "q=쿼카"),
    ],
)
def test_answers_to_editors(
    path: str, query: str, token: str, document: Any, editors: FlaskClient
) -> None:
    path = f"/api/v1/archive/{path}"
    response = editors.get(f"{path}?{query}", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code in ((200, 400) if token == TOKEN else (401,))
    check_answer(document, path, response)


def test_answers_where_the_archive_is_off(document: Any, client: FlaskClient) -> None:
    for path in set(document["paths"]) - set(public(document)):
        check_answer(document, path, client.get(path))


@pytest.mark.parametrize(
    "query", ["", "q=반", "q=ㅅㅅ", "q=<", "limit=0", "q=" + "가" * 257, "x=1"]
)
def test_suggestions(query: str, document: Any, client: FlaskClient) -> None:
    check_answer(document, "/api/v1/suggest", client.get(f"/api/v1/suggest?{query}"))


@pytest.mark.parametrize(
    "query", ["id=undated", "id=posts/07", "id=draft", "", "q=1", "id=a&limit=0"]
)
def test_related_articles(query: str, document: Any, client: FlaskClient) -> None:
    check_answer(document, "/api/v1/related", client.get(f"/api/v1/related?{query}"))


def test_answers_without_an_index(document: Any, empty_app: Flask) -> None:
    for path in public(document):
        check_answer(document, path, empty_app.test_client().get(f"{path}?id=a"[: len(path) + 5]))


def test_every_parameter_is_described_and_works(document: Any, client: FlaskClient) -> None:
    for path, methods in public(document).items():
        parameters = methods["get"]["parameters"]
        for parameter in parameters:
            assert parameter["description"]
            default = parameter["schema"].get("default")
            value = {True: "1", False: "0"}.get(default, default) if default else "undated"
            needed = {p["name"]: "undated" for p in parameters if p["required"]}
            response = client.get(path, query_string=needed | {parameter["name"]: value})
            assert response.status_code in (200, 400), parameter
            if default:
                assert response.status_code == 200, parameter


def test_the_pages_for_people_name_everything(document: Any, client: FlaskClient) -> None:
    response = client.get("/api/docs")
    assert response.status_code == 200
    for path, methods in document["paths"].items():
        assert f"GET {path}" in response.text
        for parameter in methods["get"]["parameters"]:
            assert f"<code>{parameter['name']}</code>" in response.text
    for schema in document["components"]["schemas"]:
        assert f'id="{schema}"' in response.text


def test_stable_between_runs(tmp_path: Path, document: Any) -> None:
    assert app_for(tmp_path).test_client().get("/api/openapi.json").json == document
