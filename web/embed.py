"""The search box that other sites embed: one script, made of the files in web/search_box."""

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha384
from pathlib import Path

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

embed = Blueprint("embed", __name__, url_prefix="/embed")

_FOLDER = Path(__file__).parent / "search_box"
_PARTS = (
    "settings.js",
    "words.js",
    "parts.js",
    "rows.js",
    "frame.js",
    "server.js",
    "recent.js",
    "composition.js",
    "element.js",
)
# Indentation and lines that are comments: what a reader needs and a browser does not.
_FOR_READERS = re.compile(r"^[ \t]*//.*\n|^[ \t]+|^\n", re.MULTILINE)
_SPACE_IN_CSS = re.compile(r"/\*.*?\*/|\s*([{};,])\s*|(?<=:)\s+")
_DIGEST_LENGTH = 12

_SHORT = "public, max-age=300, stale-while-revalidate=86400"
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Script:
    """The script as it is sent, and the name that changes with it."""

    body: bytes
    digest: str
    integrity: str

    @property
    def path(self) -> str:
        """The address that always answers with this very script."""
        return f"/embed/search-box.{self.digest}.js"

    def tag(self, root: str) -> str:
        """The tag that loads it from a server and lets the browser check it."""
        source = root.rstrip("/") + self.path
        return (
            f'<script src="{source}" integrity="{self.integrity}" crossorigin="anonymous" '
            "defer></script>"
        )


@cache
def search_box() -> Script:
    """The script of this version."""
    read = {file.name: file.read_text("utf-8") for file in _FOLDER.iterdir() if file.is_file()}
    style = orjson.dumps(_SPACE_IN_CSS.sub(r"\1", read["style.css"])).decode()
    code = "".join(_FOR_READERS.sub("", read[name]) for name in _PARTS)
    text = f'(() => {{\n"use strict";\nconst STYLE = {style};\n{code}}})();\n'
    hashed = sha384(text.encode())
    return Script(
        text.encode(),
        hashed.hexdigest()[:_DIGEST_LENGTH],
        "sha384-" + b64encode(hashed.digest()).decode(),
    )


@embed.get("/search-box.js")
def newest() -> Response:
    """The script of whatever version is running."""
    return _script(_SHORT)


@embed.get("/search-box.<digest>.js")
def pinned(digest: str) -> Response:
    """The script under the name of its content; 404 for that of another version."""
    if digest != search_box().digest:
        raise NotFound("That is another version; /embed/search-box.json names this one.")
    return _script(_FOR_EVER)


@embed.get("/search-box.json")
def described() -> Response:
    """Address, hash and the whole tag, for those who pin the script."""
    script = search_box()
    about = {"src": script.path, "integrity": script.integrity, "tag": script.tag(request.url_root)}
    response = Response(orjson.dumps(about), mimetype="application/json")
    # The tag holds the name under which this server was asked for.
    response.headers["Cache-Control"] = "no-store"
    return response


def _script(cached: str) -> Response:
    script = search_box()
    response = Response(script.body, mimetype="text/javascript")
    response.headers["Cache-Control"] = cached
    # Any page may load it, and check it: the integrity of a script needs both.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(script.digest)
    response.make_conditional(request)
    return response
