"""An archive with editors, and how they come in."""

import re
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from tests.building import app_for

EDITOR, PASSWORD = "김한수", "열려라 참깨 123"
TOKEN = "token-of-the-newsletter-script"
# Weak, so that the tests are quick.
HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
SECRET = "0123456789abcdef0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def archive_app(folder: Path, **values: Any) -> Flask:
    """The application with an archive on the index in ``folder``."""
    plain: dict[str, Any] = {
        "secret_key": SECRET,
        "archive_users": {EDITOR: HASH},
        "archive_tokens": {"newsletter": TOKEN},
    }
    return app_for(folder, **(plain | values))


def form_token(client: FlaskClient, path: str = "/archive/login", **options: Any) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, **options).text)
    assert found, path
    return found[1]


def log_in(
    client: FlaskClient, name: str = EDITOR, password: str = PASSWORD, **options: Any
) -> TestResponse:
    """The answer to the form, sent with these values."""
    form = {"name": name, "password": password, "csrf_token": form_token(client, **options)}
    return client.post("/archive/login", data=form | options.pop("data", {}), **options)


def editor_of(app: Flask) -> FlaskClient:
    """A client that has logged in."""
    client = app.test_client()
    assert log_in(client).status_code == 303
    return client
