"""Who may see the archive: editors by password or by a trusted proxy, programs by token."""

import hmac
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from hashlib import blake2b
from typing import Literal, TypeVar, cast

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.security import check_password_hash, generate_password_hash

from index.settings import Network, Settings
from web.lockout import Lockout
from web.proxies import client_address, is_trusted
from web.state import State

EXTENSION = "geulsaem-access"

# Without a request for so long, and after so long in any case, an editor logs in again.
_IDLE = timedelta(hours=12)
_LONGEST_SECONDS = 7 * 86_400.0
_LONGEST_NAME = 64
_COOKIE = "geulsaem"

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Editor:
    """Who asks, and how that is known."""

    name: str
    by: Literal["password", "token", "proxy"]


class Access:
    """The doors of the archive. ``state`` keeps lockouts and sessions that were ended."""

    def __init__(
        self, settings: Settings, state: State, clock: Callable[[], float] = time.time
    ) -> None:
        """``settings`` must have a secret key."""
        assert settings.secret_key is not None
        self._secret = settings.secret_key.get_secret_value()
        self._users = {
            unicodedata.normalize("NFC", name): value.get_secret_value()
            for name, value in settings.archive_users.items()
        }
        self._tokens = [
            (name, _digest(value.get_secret_value()))
            for name, value in settings.archive_tokens.items()
        ]
        # Checked for names that nobody has, so that these take as long.
        self._decoy = next(iter(self._users.values()), "") or generate_password_hash(
            secrets.token_urlsafe(), method="scrypt"
        )
        self._sso_header = settings.sso_header
        self._networks: tuple[Network, ...] = settings.trusted_networks
        self._state = state
        self._lockout = Lockout(state, self._secret, clock)
        self._clock = clock

    def editor(self) -> Editor | None:
        """Who makes the current request. Raises StateError."""
        return self._by_token() or self._by_proxy() or self._by_session()

    def log_in(self, name: str, password: str) -> float | None:
        """Begin a session: None where name and password are right, else the seconds before the
        next try (0: at once). Raises StateError."""
        name = unicodedata.normalize("NFC", name.strip())[:_LONGEST_NAME]
        password = unicodedata.normalize("NFC", password)
        address = client_address(request, self._networks)
        wait = self._lockout.attempt(name, address)
        if wait > 0:
            return wait
        right = check_password_hash(self._users.get(name, self._decoy), password)
        if not right or name not in self._users:
            return 0.0
        self._lockout.succeeded(name, address)
        # Nothing of what was in the cookie before is kept, the token of its forms neither.
        session.clear()
        session.permanent = True
        session["editor"] = name
        session["proof"] = self._proof(name)
        session["id"] = secrets.token_urlsafe(12)
        session["begun"] = self._clock()
        return None

    def log_out(self) -> None:
        """End the session, for copies of its cookie too. Raises StateError."""
        if "id" in session:
            until = self._clock() + _LONGEST_SECONDS
            with self._state.transaction() as db:
                db.execute("DELETE FROM ended WHERE until < ?", (self._clock(),))
                db.execute("INSERT OR REPLACE INTO ended VALUES (?, ?)", (session["id"], until))
        session.clear()

    def _by_token(self) -> Editor | None:
        given = request.authorization
        if given is None or given.type != "bearer" or not given.token:
            return None
        own = _digest(given.token)
        found = [name for name, known in self._tokens if hmac.compare_digest(own, known)]
        return Editor(found[0], "token") if found else None

    def _by_proxy(self) -> Editor | None:
        if not self._sso_header or not is_trusted(request.remote_addr or "", self._networks):
            return None
        # WSGI hands headers over as Latin-1.
        value = request.headers.get(self._sso_header, "").encode("latin-1", "replace")
        name = unicodedata.normalize("NFC", value.decode("utf-8", "replace").strip())
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            return None
        return Editor(name, "proxy")

    def _by_session(self) -> Editor | None:
        name = session.get("editor")
        if name not in self._users:
            return None
        if not hmac.compare_digest(str(session.get("proof")), self._proof(name)):
            # The password was changed since.
            return None
        if self._clock() > float(session.get("begun", 0)) + _LONGEST_SECONDS or self._ended():
            return None
        return Editor(name, "password")

    def _ended(self) -> bool:
        with self._state.transaction() as db:
            row = db.execute("SELECT 1 FROM ended WHERE session = ?", (session.get("id"),))
            return row.fetchone() is not None

    def _proof(self, name: str) -> str:
        """Binds a session to the password that opened it."""
        text = f"{name}\0{self._users[name]}".encode()
        key = blake2b(self._secret.encode(), person=b"session").digest()
        return blake2b(text, key=key, digest_size=16).hexdigest()


class _Sessions(SecureCookieSessionInterface):
    """Session cookies that say by their name that they came over https from this very host."""

    def get_cookie_name(self, app: Flask) -> str:
        """``__Host-`` where the browser would take it."""
        return f"__Host-{_COOKIE}" if self.get_cookie_secure(app) else _COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        """Only over https, where that is spoken."""
        return request.is_secure


def register_access(app: Flask, settings: Settings, state: State) -> None:
    """Sessions and the guard of forms."""
    assert settings.secret_key is not None
    app.secret_key = settings.secret_key.get_secret_value()
    app.extensions[EXTENSION] = Access(settings, state)
    app.session_interface = _Sessions()
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=_IDLE,
        # A form lives as long as its session. Browsers that hide the Referer are welcome: the
        # token is what counts.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app)


def access() -> Access:
    """That of the current application."""
    return cast("Access", current_app.extensions[EXTENSION])


def editor() -> Editor:
    """Who makes the current request. Raises Unauthorized, and StateError."""
    if "editor" not in g:
        g.editor = access().editor()
    if g.editor is None:
        wrong = request.authorization is not None
        values: dict[str, str | None] = {"realm": "archive"}
        if wrong:
            values["error"] = "invalid_token"
        raise Unauthorized(
            "The token is not known." if wrong else "Log in at /archive, or send a token.",
            www_authenticate=WWWAuthenticate("bearer", values),
        )
    return cast("Editor", g.editor)


def for_editors(route: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Answer editors only. Raises Unauthorized before the route is reached."""

    @wraps(route)
    def guarded(*args: object, **kwargs: object) -> _Answer:
        editor()
        return route(*args, **kwargs)

    return guarded


def _digest(token: str) -> bytes:
    return blake2b(token.encode("utf-8", "replace"), digest_size=32).digest()
