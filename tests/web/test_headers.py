"""What travels beside the answers: caching, compression, origins, security."""

import gzip
import sys
from datetime import datetime, timedelta
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.building import SEOUL, SITE, app_for, article, build_index

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SEARCH = "/api/v1/search?q=구글"
PUBLIC = [SEARCH, "/api/v1/article?id=undated", "/", "/?q=구글", "/feed.xml", "/opensearch.xml"]


# Caching


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_answer_can_be_kept_and_asked_for_again(path: str, client: FlaskClient) -> None:
    first = client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=30"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    other = client.get(path, headers={"If-None-Match": 'W/"other"'})
    assert (other.status_code, other.data[:40]) == (200, first.data[:40])


@pytest.mark.parametrize("header", ["x", '"', "W/", "\x80", '*, "a"', ""])
def test_a_broken_etag_is_none(header: str, client: FlaskClient) -> None:
    assert client.get(SEARCH, headers={"If-None-Match": header}).status_code == 200


def test_a_star_does_not_make_articles(client: FlaskClient) -> None:
    star = {"If-None-Match": "*"}
    assert client.get("/api/v1/article?id=draft", headers=star).status_code == 404
    assert client.get("/api/v1/search?page=x", headers=star).status_code == 400


def test_languages_are_kept_apart(client: FlaskClient) -> None:
    korean = client.get("/", headers={"Accept-Language": "ko"})
    english = client.get(
        "/", headers={"Accept-Language": "en", "If-None-Match": korean.headers["ETag"]}
    )
    assert english.status_code == 200
    assert "Accept-Language" in english.headers["Vary"]


def test_the_etag_follows_index_and_configuration(tmp_path: Path) -> None:
    build_index(tmp_path, [article("a")])
    client = app_for(tmp_path).test_client()
    first = client.get(SEARCH).headers["ETag"]
    other = app_for(tmp_path, allowed_origins=["https://other.example"]).test_client()
    assert other.get(SEARCH).headers["ETag"] != first
    build_index(tmp_path, [article("a")])
    assert client.get(SEARCH).headers["ETag"] != first
    assert client.get(SEARCH, headers={"If-None-Match": first}).status_code == 200


def test_the_etag_follows_the_synonyms(tmp_path: Path) -> None:
    build_index(tmp_path, [article("a", title="한국은행 총재")])
    own = tmp_path / "own.txt"

    def answer() -> tuple[str, int]:
        response = (
            app_for(tmp_path, synonyms_file=own).test_client().get("/api/v1/search?q=중앙은행")
        )
        return response.headers["ETag"], response.json["total"]

    own.write_text("중앙은행, 가온은행\n", "utf-8")
    first = answer()
    assert answer() == first
    # The same configuration and the same index, other words in the file.
    own.write_text("중앙은행, 한국은행\n", "utf-8")
    second = answer()
    assert (first[1], second[1]) == (0, 1)
    assert first[0] != second[0]


def test_nothing_is_kept_beyond_the_next_instant(tmp_path: Path) -> None:
    soon = datetime.now(SEOUL) + timedelta(seconds=15)
    build_index(tmp_path, [article("a"), article("b", publish_date=soon)])
    client = app_for(tmp_path).test_client()
    for path in ("/", SEARCH):
        age = int(client.get(path).headers["Cache-Control"].removeprefix("public, max-age="))
        assert age <= 15


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/article?id=later", "/api/v1/search?page=x"])
def test_errors_are_not_kept(path: str, client: FlaskClient) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


# Compression


@pytest.mark.parametrize(
    ("accepted", "used"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("gzip;q=0", None),
        ("gzip;q=0, br;q=0", None),
        ("zstd;q=0, *", "br"),
        ("zstd;q=0, br;q=0, *", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=banana", None),
        ("deflate", None),
        ("identity", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/search?per_page=30", "/", "/static/page.css"])
def test_answers_are_compressed(
    accepted: str, used: str | None, path: str, client: FlaskClient
) -> None:
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": accepted})
    assert packed.headers.get("Content-Encoding") == used
    assert "Accept-Encoding" in packed.headers["Vary"]
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}
    unpacked = packed.data if used is None else unpack[used](packed.data)
    assert unpacked[:20] == plain.data[:20]
    if used:
        assert len(packed.data) < len(plain.data) / 2


def test_a_compressed_answer_is_known_by_the_same_etag(client: FlaskClient) -> None:
    packed = client.get(SEARCH, headers={"Accept-Encoding": "gzip"})
    etag = packed.headers["ETag"]
    again = client.get(SEARCH, headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert again.status_code == 304


# Origins


@pytest.mark.parametrize(
    ("configured", "origin", "allowed"),
    [
        ([], SITE, True),
        ([], "https://evil.example", False),
        ([], "https://news.example.evil.example", False),
        ([], "http://news.example", False),
        ([], "null", False),
        (["https://a.example", "https://b.example"], "https://b.example", True),
        (["https://a.example", "https://b.example"], SITE, False),
        (["https://a.example"], "https://a-example", False),
        (["https://a.example"], "https://xa.example", False),
    ],
)
def test_only_configured_origins_may_read(
    configured: list[str], origin: str, allowed: bool, tmp_path: Path
) -> None:
    build_index(tmp_path, [article("a")])
    client = app_for(tmp_path, allowed_origins=configured).test_client()
    for path in (SEARCH, "/api/v1/article?id=a", "/api/v1/search?page=x"):
        response = client.get(path, headers={"Origin": origin})
        shown = response.headers.get("Access-Control-Allow-Origin")
        assert shown == (origin if allowed else None)
        assert "Origin" in response.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_without_a_site_no_origin_may_read(tmp_path: Path) -> None:
    client = app_for(tmp_path, base_url=None).test_client()
    response = client.get("/healthz", headers={"Origin": "https://a.example"})
    assert "Access-Control-Allow-Origin" not in response.headers
    response = client.get(SEARCH, headers={"Origin": "https://a.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/", "/api/docs", "/api/openapi.json", "/healthz"])
def test_pages_are_for_no_other_origin(path: str, client: FlaskClient) -> None:
    headers = client.get(path, headers={"Origin": SITE}).headers
    assert "Access-Control-Allow-Origin" not in headers


# Security


@pytest.mark.parametrize(
    "path", [*PUBLIC, "/nothing", "/api/docs", "/static/page.css", "/api/v1/search?page=x"]
)
def test_security_headers(path: str, client: FlaskClient) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Permissions-Policy"].startswith("camera=(), geolocation=()")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("seconds", "scheme", "sender", "sent"),
    [
        (31_536_000, "https", "10.0.0.1", "max-age=31536000"),
        (31_536_000, "http", "10.0.0.1", None),
        (31_536_000, "https", "192.0.2.1", None),
        (0, "https", "10.0.0.1", None),
    ],
    ids=["https", "http", "https says who is no proxy", "off"],
)
def test_https_is_asked_for_where_it_is_configured_and_spoken(
    seconds: int, scheme: str, sender: str, sent: str | None, tmp_path: Path
) -> None:
    app = app_for(tmp_path, hsts_seconds=seconds, trusted_proxies=["10.0.0.0/8"])
    answer = app.test_client().get(
        "/healthz",
        headers={"X-Forwarded-Proto": scheme},
        environ_overrides={"REMOTE_ADDR": sender},
    )
    assert answer.headers.get("Strict-Transport-Security") == sent


def test_static_files_are_named_by_their_content(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    response = client.get(address)
    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/page.css").headers["Cache-Control"]
