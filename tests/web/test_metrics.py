"""/metrics: what is counted, and who may see it."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.building import app_for, article, build_index

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("metrics")
    build_index(folder, [article("a", title="반도체 수출"), article("b", title="초안", draft=True)])
    return app_for(folder, metrics_token="secret-token")


def figures(client: FlaskClient) -> dict[str, float]:
    """The samples by name and labels."""
    text = client.get("/metrics").get_data(as_text=True)
    rows = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in rows}


def test_requests_are_counted_by_route_and_status(app: Flask) -> None:
    client = app.test_client()
    names = {
        "/api/v1/search?q=반도체": 'geulsaem_requests_total{route="/api/v1/search",status="200"}',
        "/api/v1/search?page=x": 'geulsaem_requests_total{route="/api/v1/search",status="400"}',
        "/nowhere/반도체": 'geulsaem_requests_total{route="none",status="404"}',
    }
    before = figures(client)
    for address in names:
        client.get(address)
    after = figures(client)
    for name in names.values():
        assert after[name] == before.get(name, 0) + 1
    assert not any("반도체" in name for name in after)


def test_the_index_and_the_caches_are_told(app: Flask) -> None:
    client = app.test_client()
    client.get("/api/v1/search?q=반도체")
    found = figures(client)
    assert found["geulsaem_index_generation"] == 1
    assert found["geulsaem_index_articles"] == 2
    assert found["geulsaem_index_published_timestamp_seconds"] > 1.7e9
    names = {re.sub(r".*cache=\"(.*)\".*", r"\1", name) for name in found if "cache=" in name}
    assert {"sets", "answers", "decisions", "analyses", "trees"} <= names
    # Each is on the page of operations, and has every figure.
    page = PAGE.read_text("utf-8")
    for name in names:
        assert f"`{name}`" in page
        own = {
            figure: found[f'geulsaem_cache_{figure}{{cache="{name}"}}']
            for figure in ("bytes", "limit_bytes", "hits", "misses", "evictions")
        }
        assert 0 <= own["bytes"] <= own["limit_bytes"] > 1000


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 403),
        # Behind a proxy everybody comes from loopback.
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("203.0.113.7", {"Authorization": "Bearer secret-token"}, 200),
        ("203.0.113.7", {"Authorization": "Bearer wrong"}, 403),
        ("203.0.113.7", {"Authorization": "Basic c2VjcmV0LXRva2VuOg=="}, 403),
        ("203.0.113.7", {"Authorization": "Bearer 비밀"}, 403),
    ],
)
def test_who_may_see_them(address: str, headers: dict[str, str], status: int, app: Flask) -> None:
    answer = app.test_client().get(
        "/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}
    )
    assert answer.status_code == status
    if status == 403:
        assert answer.mimetype == "application/problem+json"
