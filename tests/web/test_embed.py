"""The script of the search box: addresses, headers, hash, size."""

import gzip
import re
from base64 import b64encode
from hashlib import sha384

import pytest
from flask.testing import FlaskClient

STABLE = "/embed/search-box.js"
ABOUT = "/embed/search-box.json"


def _pinned(client: FlaskClient) -> str:
    return str(client.get(ABOUT).json["src"])


def test_it_is_small(client: FlaskClient) -> None:
    sent = client.get(STABLE, headers={"Accept-Encoding": "gzip"})
    assert sent.headers["Content-Encoding"] == "gzip"
    assert len(sent.data) <= 12 * 1024
    assert gzip.decompress(sent.data) == client.get(STABLE).data


def test_any_page_may_load_and_check_it(client: FlaskClient) -> None:
    for path in (STABLE, _pinned(client)):
        headers = client.get(path, headers={"Origin": "https://other.example"}).headers
        assert headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity"])
def test_the_stable_address_is_asked_again_soon(encoding: str, client: FlaskClient) -> None:
    accepted = {"Accept-Encoding": encoding}
    first = client.get(STABLE, headers=accepted)
    assert first.headers["Cache-Control"].startswith("public, max-age=300")
    again = client.get(STABLE, headers=accepted | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_address_with_the_hash_holds_for_ever(client: FlaskClient) -> None:
    pinned = client.get(_pinned(client))
    assert pinned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert pinned.data == client.get(STABLE).data


def test_a_hash_of_another_version_is_not_found(client: FlaskClient) -> None:
    answer = client.get("/embed/search-box.000000000000.js")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_the_tag_names_what_is_sent(client: FlaskClient) -> None:
    about = client.get(ABOUT, base_url="https://search.example").json
    hashed = b64encode(sha384(client.get(STABLE).data).digest()).decode()
    assert about["integrity"] == f"sha384-{hashed}"
    assert about["tag"] == (
        f'<script src="https://search.example{about["src"]}" integrity="sha384-{hashed}" '
        'crossorigin="anonymous" defer></script>'
    )


def test_nothing_in_it_needs_what_strict_sites_forbid(client: FlaskClient) -> None:
    code = client.get(STABLE).text
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    assert not re.search(forbidden, code)
    assert not re.search(r"^\s*//", code, re.MULTILINE)
