"""Who gets into the archive, and who does not."""

import shutil
import sqlite3
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from index.settings import Settings
from tests.building import Clock, article, build_index
from tests.web.editors import (
    BEARER,
    EDITOR,
    HASH,
    PASSWORD,
    archive_app,
    editor_of,
    form_token,
    log_in,
)
from web.auth import EXTENSION
from web.context import EXTENSION as CONTEXT
from web.lockout import Lockout
from web.state import State

SEARCH = "/api/v1/archive/search"
GUARDED = [
    "/archive",
    "/archive?q=초안",
    "/archive/article?id=draft",
    "/archive/insights",
    SEARCH,
    "/api/v1/archive/export.csv",
    "/api/v1/archive/export.jsonl",
]
PROXY = {"sso_header": "X-Remote-User", "trusted_proxies": ["10.0.0.0/8", "::1"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("auth")
    build_index(folder, [article("draft", title="숨은초안", draft=True), article("a")])
    return folder


@pytest.fixture(scope="module")
def shared_app(folder: Path) -> Flask:
    return archive_app(folder)


@pytest.fixture
def app(shared_app: Flask) -> Flask:
    """The application without a past: nobody has failed to log in, no session was ended."""
    shutil.rmtree(state_of(shared_app), ignore_errors=True)
    return shared_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def state_of(app: Flask) -> Path:
    """Where an application keeps its state."""
    settings: Settings = app.extensions[CONTEXT].settings
    return settings.state_dir


def is_in(client: FlaskClient, **options: Any) -> bool:
    """Whether the archive answers."""
    status = client.get(SEARCH, **options).status_code
    assert status in (200, 401)
    return status == 200


# The doors


@pytest.mark.parametrize("path", GUARDED)
def test_nobody_gets_in_without_a_name(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert "숨은초안" not in response.text
    assert response.headers["Cache-Control"] == "private, no-store"
    assert {"Cookie", "Authorization"} <= set(response.headers["Vary"].split(", "))
    if path.startswith("/api/"):
        assert response.status_code == 401
        assert response.mimetype == "application/problem+json"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    else:
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/archive/login?next=/archive")


def test_an_editor_gets_in_and_out(client: FlaskClient) -> None:
    response = log_in(client, data={"next": "/archive?q=%EC%B4%88&status=draft"})
    assert response.status_code == 303
    assert response.headers["Location"] == "/archive?q=%EC%B4%88&status=draft"
    assert is_in(client)
    assert EDITOR in client.get("/archive").text
    assert client.get("/archive/login").status_code == 302
    token = form_token(client, "/archive")
    assert client.post("/archive/logout", data={"csrf_token": token}).status_code == 303
    assert not is_in(client)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (EDITOR, "wrong password"),
        (EDITOR, ""),
        ("", ""),
        ("nobody", PASSWORD),
        ("nobody", ""),
        (EDITOR, HASH),
        ("\0" * 99, "\udcff"),
    ],
    ids=repr,
)
def test_a_wrong_password(name: str, password: str, client: FlaskClient) -> None:
    response = log_in(client, name, password.encode("utf-8", "replace").decode())
    assert response.status_code == 401
    assert "이름이나 비밀번호가 맞지 않습니다." in response.text
    assert not is_in(client)


def test_names_and_passwords_are_typed_on_any_keyboard(client: FlaskClient) -> None:
    name, password = (unicodedata.normalize("NFD", text) for text in (EDITOR, PASSWORD))
    assert log_in(client, f" {name} ", password).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/archive",
        "//evil.example/archive",
        "/archive\\@evil.example",
        "/archived",
        "/archive/\r\nX: y",
        "javascript:alert(1)",
        "/archive.evil.example",
        "",
    ],
)
def test_a_login_leads_nowhere_else(target: str, client: FlaskClient) -> None:
    assert log_in(client, data={"next": target}).headers["Location"] == "/archive"


@pytest.mark.parametrize(
    "values",
    [{}, {"secret_key": None}, {"secret_key": None, "archive_users": {}}],
    ids=["on", "off", "nothing"],
)
def test_without_a_key_there_is_no_archive(
    values: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    client = archive_app(folder, state_dir=tmp_path / "none", **values).test_client()
    if not values:
        assert client.get("/archive/login").status_code == 200
        return
    for path in ("/archive", "/archive/login", "/archive/insights"):
        for response in (client.get(path), client.post(path, data={"name": EDITOR})):
            assert response.status_code == 404
            assert "secret_key" in response.text
    response = client.get(SEARCH, headers=BEARER)
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert "secret_key" in response.json["detail"]
    assert client.get("/").status_code == 200


# Cookies and sessions


@pytest.mark.parametrize(
    ("base", "name", "secure"),
    [("http://localhost", "geulsaem", False), ("https://localhost", "__Host-geulsaem", True)],
)
def test_the_cookie(base: str, name: str, secure: bool, client: FlaskClient) -> None:
    header = log_in(client, base_url=base).headers["Set-Cookie"]
    assert header.startswith(f"{name}=")
    parts = header.split("; ")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(parts)
    assert ("Secure" in parts) is secure
    assert not any(part.startswith("Domain") for part in parts)


def test_a_proxy_that_is_trusted_says_https(folder: Path, tmp_path: Path) -> None:
    client = archive_app(folder, state_dir=tmp_path, **PROXY).test_client()
    for address, secure in (("10.1.2.3", True), ("192.0.2.1", False)):
        response = client.get(
            "/archive/login",
            headers={"X-Forwarded-Proto": "https"},
            environ_overrides={"REMOTE_ADDR": address},
        )
        assert ("Secure" in response.headers["Set-Cookie"]) is secure


def test_a_public_page_sets_no_cookie(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/search"):
        response = client.get(path)
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers["Vary"]


def test_a_session_that_was_planted_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    """Fixation: what the cookie held before the login does not hold after it."""
    planted = form_token(client)
    cookie = client.get_cookie("geulsaem")
    assert cookie is not None
    assert log_in(client).status_code == 303
    thief = app.test_client()
    thief.set_cookie("geulsaem", cookie.value)
    assert not is_in(thief)
    assert client.post("/archive/logout", data={"csrf_token": planted}).status_code == 403
    assert is_in(client)


def test_a_copy_of_the_cookie_dies_with_the_session(app: Flask) -> None:
    client, thief = editor_of(app), app.test_client()
    cookie = client.get_cookie("geulsaem")
    assert cookie is not None
    thief.set_cookie("geulsaem", cookie.value)
    assert is_in(thief)
    client.post("/archive/logout", data={"csrf_token": form_token(client, "/archive")})
    assert not is_in(thief)


@pytest.mark.parametrize(
    "values",
    [
        {"archive_users": {EDITOR: generate_password_hash("another one", "pbkdf2:sha256:1")}},
        {"archive_users": {}},
        {"secret_key": "another key, of 32 characters or more"},
    ],
    ids=["password", "name", "key"],
)
def test_a_change_of_the_configuration_logs_out(
    values: dict[str, Any], app: Flask, folder: Path, tmp_path: Path
) -> None:
    client = editor_of(app)
    cookie = client.get_cookie("geulsaem")
    assert cookie is not None
    for changed, stays in (({}, True), (values, False)):
        other = archive_app(folder, state_dir=tmp_path, **changed).test_client()
        other.set_cookie("geulsaem", cookie.value)
        assert is_in(other) is stays


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "eyJlZGl0b3IiOiJhIn0.aaaa.bbbb", "é" * 99])
def test_a_cookie_that_is_none(cookie: str, client: FlaskClient) -> None:
    client.set_cookie("geulsaem", cookie.encode("ascii", "replace").decode())
    assert not is_in(client)


def test_a_session_ends_after_a_week(app: Flask) -> None:
    client = editor_of(app)
    access = app.extensions[EXTENSION]
    clock = access._clock
    for days, stays in ((6.9, True), (7.1, False)):
        access._clock = Clock(clock() + days * 86_400)
        assert is_in(client) is stays
    access._clock = clock


# Forged requests


@pytest.mark.parametrize("path", ["/archive/login", "/archive/logout", "/archive/saved"])
@pytest.mark.parametrize("token", [None, "", "x", "of another"])
def test_a_forged_form_is_refused(path: str, token: str | None, app: Flask) -> None:
    client = editor_of(app)
    form = {"name": "x", "q": "y", "password": PASSWORD}
    if token is not None:
        form["csrf_token"] = form_token(app.test_client()) if token == "of another" else token
    response = client.post(path, data=form)
    assert response.status_code == 403
    assert response.mimetype == "text/html"
    assert is_in(client)


@pytest.mark.parametrize("path", ["/archive", "/archive/article", SEARCH, "/archive/logout"])
def test_nothing_is_done_by_other_methods(path: str, app: Flask) -> None:
    client = editor_of(app)
    done = client.get(path) if path.endswith("logout") else client.delete(path)
    assert done.status_code == 405


# Tokens


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (BEARER["Authorization"], True),
        (BEARER["Authorization"].replace("Bearer", "bearer"), True),
        (BEARER["Authorization"] + "x", False),
        (BEARER["Authorization"][:-1], False),
        ("Bearer", False),
        ("Bearer ", False),
        ("Bearer é", False),
        ("Basic " + BEARER["Authorization"][7:], False),
        ("", False),
    ],
)
def test_tokens(header: str, known: bool, client: FlaskClient) -> None:
    response = client.get(SEARCH, headers={"Authorization": header})
    assert response.status_code == (200 if known else 401)
    if header.startswith("Bearer to") and not known:
        assert "invalid_token" in response.headers["WWW-Authenticate"]


# Single sign-on


@pytest.mark.parametrize(
    ("address", "header", "name"),
    [
        ("10.1.2.3", "이영희", "이영희"),
        ("::1", "lee", "lee"),
        ("::ffff:10.1.2.3", "lee", "lee"),
        ("10.1.2.3", "", None),
        ("10.1.2.3", " ", None),
        ("10.1.2.3", "a" * 65, None),
        ("192.0.2.1", "이영희", None),
        ("127.0.0.1", "이영희", None),
        ("", "이영희", None),
    ],
)
def test_single_sign_on(
    address: str, header: str, name: str | None, folder: Path, tmp_path: Path
) -> None:
    client = archive_app(folder, state_dir=tmp_path, **PROXY).test_client()
    headers = {
        "X-Remote-User": header.encode().decode("latin-1"),
        # Whatever a client says of itself does not make it a proxy.
        "X-Forwarded-For": "10.1.2.3",
        "X-Real-IP": "10.1.2.3",
        "Forwarded": "for=10.1.2.3",
    }
    response = client.get("/archive", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert response.status_code == (302 if name is None else 200)
    assert name is None or name in response.text


def test_without_the_setting_the_header_says_nothing(client: FlaskClient) -> None:
    assert not is_in(client, headers={"X-Remote-User": EDITOR})


# Guessing


def test_guessing_a_name_is_locked(app: Flask) -> None:
    for _ in range(5):
        assert log_in(app.test_client(), EDITOR, "wrong").status_code == 401
    for name in (EDITOR, EDITOR.upper(), f" {EDITOR} "):
        response = log_in(app.test_client(), name, PASSWORD)
        assert response.status_code == 429
        assert 0 < int(response.headers["Retry-After"]) <= 30
        assert "초 뒤에" in response.text
    # From the outside a name that nobody has is just the same.
    for _ in range(5):
        assert log_in(app.test_client(), "nobody", "wrong").status_code == 401
    assert log_in(app.test_client(), "nobody", "wrong").status_code == 429
    assert log_in(app.test_client(), "other", "wrong").status_code == 401


def test_guessing_from_an_address_is_locked(folder: Path, tmp_path: Path) -> None:
    app = archive_app(folder, state_dir=tmp_path, **PROXY)

    def status(i: int, address: str, forwarded: str) -> int:
        return log_in(
            app.test_client(),
            f"name {i}",
            "wrong",
            headers={"X-Forwarded-For": forwarded},
            environ_overrides={"REMOTE_ADDR": address},
        ).status_code

    # Made-up addresses before the one that the proxy saw change nothing.
    for i in range(20):
        assert status(i, "10.0.0.1", f"198.51.100.{i}, 192.0.2.7") == 401
    assert status(20, "10.0.0.1", "198.51.100.99, 192.0.2.7") == 429
    assert status(21, "192.0.2.7", "198.51.100.99") == 429
    assert status(22, "10.0.0.1", "192.0.2.8") == 401


@pytest.fixture
def lockout(tmp_path: Path) -> tuple[Lockout, Clock]:
    clock = Clock()
    return Lockout(State(tmp_path), "secret", clock), clock


def test_waits_grow_and_end(lockout: tuple[Lockout, Clock]) -> None:
    guard, clock = lockout
    waits = []
    for _ in range(12):
        while wait := guard.attempt("name", "192.0.2.1"):
            waits.append(wait)
            clock.now += wait
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    clock.now += 86_401
    assert [guard.attempt("name", "192.0.2.1") for _ in range(5)] == [0] * 5


def test_nobody_is_locked_out_by_a_clock_that_was_wrong(
    lockout: tuple[Lockout, Clock],
) -> None:
    guard, clock = lockout
    clock.now += 10 * 365 * 86_400
    while guard.attempt("kim", "203.0.113.7") == 0:
        pass
    clock.now -= 10 * 365 * 86_400
    assert guard.attempt("kim", "203.0.113.7") == 0
    # A moment is no such thing.
    while guard.attempt("kim", "203.0.113.7") == 0:
        pass
    clock.now -= 5
    assert guard.attempt("kim", "203.0.113.7") > 0


def test_who_succeeds_begins_anew(lockout: tuple[Lockout, Clock]) -> None:
    guard, _ = lockout
    for _ in range(60):
        assert guard.attempt("name", "192.0.2.1") == 0
        guard.succeeded("name", "192.0.2.1")


def test_an_own_account_does_not_clear_an_address(lockout: tuple[Lockout, Clock]) -> None:
    guard, _ = lockout
    for i in range(19):
        assert guard.attempt(f"name {i}", "192.0.2.1") == 0
        assert guard.attempt("own", "192.0.2.1") == 0
        guard.succeeded("own", "192.0.2.1")
    assert guard.attempt("name", "192.0.2.1") == 0
    assert guard.attempt("another", "192.0.2.1") > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_a_subscriber_is_one_address(
    one: str, other: str, same: bool, lockout: tuple[Lockout, Clock]
) -> None:
    guard, _ = lockout
    for i in range(20):
        guard.attempt(f"name {i}", one)
    assert (guard.attempt("last", other) > 0) is same


def test_neither_names_nor_addresses_are_written(app: Flask) -> None:
    log_in(app.test_client(), "nobody", "wrong", environ_overrides={"REMOTE_ADDR": "192.0.2.77"})
    data = b"".join(file.read_bytes() for file in state_of(app).iterdir())
    assert b"192.0.2.77" not in data
    assert b"nobody" not in data


# State


def spoiled(path: Path) -> None:
    (path / "state.sqlite3").write_bytes(b"no database" * 999)


def newer(path: Path) -> None:
    with sqlite3.connect(path / "state.sqlite3") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def a_file(path: Path) -> None:
    path.rmdir()
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [spoiled, newer, a_file])
def test_without_state_nobody_logs_in(
    spoil: Callable[[Path], None], folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "state"
    own.mkdir()
    spoil(own)
    client = archive_app(folder, state_dir=own).test_client()
    response = log_in(client)
    assert response.status_code == 503
    assert "state_dir" in response.text
    # Programs need none.
    assert is_in(client, headers=BEARER)
