"""In and out of the archive."""

import math
import re

from flask import Blueprint, Response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as Answer

from web.archive_address import PATH
from web.archive_api import private
from web.auth import access
from web.editor_pages import page, words
from web.errors import problem

login = Blueprint("login", __name__, url_prefix=PATH)

# Where a login may lead: a page of the archive on this host, never elsewhere.
_OWN_PAGE = re.compile(r"/archive(?:[/?][^\\\x00-\x20\x7f]*)?")


@login.get("/login")
def ask() -> Answer:
    """The form; for who is in already, the archive."""
    if access().editor() is not None:
        return redirect(_target())
    return _form()


@login.post("/login")
def log_in() -> Answer:
    """Try a name and a password."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    wait = access().log_in(name, password)
    if wait is None:
        return redirect(_target(), 303)
    if wait == 0:
        return _form(401, name, words().login_wrong)
    seconds = math.ceil(wait)
    response = _form(429, name, words().login_wait.format(seconds=seconds))
    response.headers["Retry-After"] = str(seconds)
    return response


@login.post("/logout")
def log_out() -> Answer:
    """End the session."""
    access().log_out()
    return redirect(url_for("login.ask"), 303)


login.after_request(private)


@login.app_errorhandler(CSRFError)
def _forged(_: CSRFError) -> Response:
    return page("archive_error.html", 403, message=words().forged, again=PATH)


@login.app_errorhandler(Unauthorized)
def _unknown(error: Unauthorized) -> Answer:
    """Programs get a 401, people the form."""
    if request.path.startswith("/api/"):
        response = problem(401, "Unauthorized", error.description or "")
        response.headers.extend(h for h in error.get_headers() if h[0] == "WWW-Authenticate")
        return response
    wanted = request.full_path.rstrip("?") if request.method == "GET" else PATH
    return redirect(url_for("login.ask", next=wanted))


def _form(status: int = 200, name: str = "", message: str = "") -> Response:
    return page("login.html", status, name=name[:64], message=message, next=_target())


def _target() -> str:
    wanted = request.values.get("next", "")
    return wanted if _OWN_PAGE.fullmatch(wanted) else PATH
