"""What one client may ask for, and what it is told where that is too much."""

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from index.settings import ConfigurationError, Settings, load_settings
from tests.building import app_for, article, build_index
from web.app import create_app
from web.limits import rate_key

READER, OTHER, PROXY = "192.0.2.1", "192.0.2.2", "10.0.0.1"
SEARCH = "/api/v1/search?q=구글"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_index(tmp_path, [article("a", title="구글")])
    return tmp_path


def _limited(folder: Path, **values: Any) -> FlaskClient:
    return app_for(folder, **({"rate_limit": "3/hour"} | values)).test_client()


def _ask(
    client: FlaskClient, path: str = SEARCH, sender: str = READER, forwarded: str = ""
) -> TestResponse:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": sender})


def _statuses(client: FlaskClient, count: int, **values: Any) -> list[int]:
    return [_ask(client, **values).status_code for _ in range(count)]


# Requests in a time


def test_a_client_has_its_requests_and_no_more(folder: Path) -> None:
    client = _limited(folder)
    assert _statuses(client, 4) == [200, 200, 200, 429]
    assert _statuses(client, 1, sender=OTHER) == [200]


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/wp-login.php", "/archive"])
def test_what_is_not_there_counts_too(path: str, folder: Path) -> None:
    client = _limited(folder)
    assert _statuses(client, 4, path=path) == [404, 404, 404, 429]
    assert _statuses(client, 1) == [429]


def test_a_program_is_told_when_to_come_back(folder: Path) -> None:
    client = _limited(folder, rate_limit="1/minute")
    _ask(client)
    refused = _ask(client)
    assert refused.mimetype == "application/problem+json"
    assert refused.json["status"] == 429
    assert "1/minute" in refused.json["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"


def test_nobody_waits_for_longer_than_the_limit_says(folder: Path) -> None:
    client = _limited(folder, rate_limit="1/second")
    # Two requests may be of two seconds.
    refused = next(answer for _ in range(50) if (answer := _ask(client)).status_code == 429)
    assert refused.headers["Retry-After"] == "1"


def test_people_see_a_page(folder: Path) -> None:
    client = _limited(folder, rate_limit="1/minute")
    _ask(client)
    refused = _ask(client, "/?q=구글")
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert "요청이 너무 많습니다" in refused.text
    assert "Retry-After" in refused.headers


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/embed/search-box.js", "/static/page.css"]
)
def test_what_is_free_of_it(path: str, folder: Path) -> None:
    client = _limited(folder, rate_limit="1/hour")
    assert _statuses(client, 2) == [200, 429]
    assert 429 not in _statuses(client, 3, path=path)


@pytest.mark.parametrize("path", ["/", "/api/v1/suggest?q=구", "/api/v1/article?id=x", "/feed.xml"])
def test_everything_else_counts(path: str, folder: Path) -> None:
    client = _limited(folder, rate_limit="1/hour")
    assert _statuses(client, 2, path=path)[1] == 429


@pytest.mark.parametrize("sender", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_free(sender: str, folder: Path) -> None:
    assert _statuses(_limited(folder), 6, sender=sender) == [200] * 6


def test_without_a_limit_there_is_none(folder: Path) -> None:
    assert _statuses(_limited(folder, rate_limit=""), 30) == [200] * 30


@pytest.mark.parametrize(("workers", "each"), [(1, 4), (2, 2), (3, 2), (8, 1)])
def test_workers_share_it(workers: int, each: int, folder: Path) -> None:
    settings = Settings(index_dir=folder, content_dir=folder, rate_limit="4/hour")
    client = create_app(settings, workers).test_client()
    assert _statuses(client, each + 1) == [200] * each + [429]


def test_readers_behind_a_proxy_are_told_apart(folder: Path) -> None:
    client = _limited(folder, trusted_proxies=["10.0.0.0/8"])
    for reader in ("203.0.113.1", "203.0.113.2"):
        assert _statuses(client, 4, sender=PROXY, forwarded=reader) == [200, 200, 200, 429]


def test_nobody_makes_up_who_he_is(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = _limited(folder, trusted_proxies=["10.0.0.0/8"])
    made_up = [_ask(client, forwarded=f"203.0.113.{n}").status_code for n in range(4)]
    assert made_up == [200, 200, 200, 429]
    behind = [_ask(client, sender=PROXY, forwarded=f"203.0.113.{n}, {OTHER}") for n in range(4)]
    assert [answer.status_code for answer in behind] == [200, 200, 200, 429]
    # It might have been a proxy that nobody has named.
    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len([text for text in warned if "trusted_proxies" in text]) == 1


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "20010db800010002/64"),
        ("2001:db8:1:2:ffff::1", "20010db800010002/64"),
        ("2001:db8:1:3::4", "20010db800010003/64"),
        ("fe80::1%eth0", "fe80000000000000/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("", None),
        ("no address", "no address"),
    ],
)
def test_under_which_name_a_client_is_counted(address: str, key: str | None) -> None:
    found = rate_key(address)
    assert found == key or (key and found and found.lstrip("0") == key.lstrip("0"))


@pytest.mark.parametrize(
    "rate", ["600", "0/minute", "a/minute", "5/year", "5 per minute", "-1/hour"]
)
def test_what_is_no_rate(rate: str) -> None:
    with pytest.raises(ConfigurationError, match=r"rate_limit: .* is no rate; 600/minute is one"):
        load_settings(rate_limit=rate)


# Bytes in a request


@pytest.mark.parametrize("path", ["/", SEARCH, "/healthz", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_no_large_body_is_read(path: str, method: str, app: Flask) -> None:
    answer = app.test_client().open(path, method=method, data=b"x" * (65 << 10))
    assert answer.status_code == 413


def test_a_small_one_is_no_matter(app: Flask) -> None:
    assert app.test_client().get(SEARCH, data=b"x" * 1000).status_code == 200
