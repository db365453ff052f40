"""Related articles over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.test_api import check_problem

RELATED = "/api/v1/related"


def test_hits_have_the_shape_of_those_of_a_search(client: FlaskClient) -> None:
    response = client.get(RELATED, query_string={"id": "posts/07"})
    assert response.status_code == 200
    assert list(response.json or ()) == ["hits"]
    hits: list[dict[str, Any]] = response.json["hits"]  # type: ignore[index]
    searched = client.get("/api/v1/search?q=배터리&highlight=0").json["hits"][0]  # type: ignore[index]
    assert len(hits) == 5
    assert all(list(hit) == list(searched) for hit in hits)
    assert all(hit["highlights"] is None for hit in hits)
    assert "posts/07" not in {hit["id"] for hit in hits}


def test_limit_and_cache(client: FlaskClient) -> None:
    response = client.get(f"{RELATED}?id=posts/07&limit=2")
    assert len(response.json["hits"]) == 2  # type: ignore[index]
    assert response.headers["Cache-Control"] == "public, max-age=30"
    etag = response.headers["ETag"]
    assert client.get(f"{RELATED}?id=posts/07", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("key", ["nothing", "draft", "hidden", "later", "expired"])
def test_what_is_not_public_is_not_there(key: str, client: FlaskClient) -> None:
    body = check_problem(client.get(RELATED, query_string={"id": key}), 404)
    assert key not in body["detail"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("", "id"), ("id=", "id"), ("id=undated&limit=0", "limit"), ("id=undated&q=1", "q")],
)
def test_what_cannot_be_asked(query: str, parameter: str, client: FlaskClient) -> None:
    check_problem(client.get(f"{RELATED}?{query}"), 400, parameter)
