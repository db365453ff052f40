"""Requests as they come: any bytes may stand in an address."""

from typing import Any
from urllib.parse import quote

from flask import Request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
# What answers are packed with, the best first: zstd takes two thirds of the time of br.
ENCODINGS = ("zstd", "br", "gzip")


class AnyRequest(Request):
    """A request whose address may hold bytes that should have been percent-encoded, and of whose
    encodings one is left.

    Werkzeug reads such a query string as UTF-8 and fails where it is none. Browsers name many
    encodings, each its own; answers are kept by the one that they get.
    """

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        raw = environ.get("QUERY_STRING", "")
        environ["QUERY_STRING"] = quote(raw.encode("latin-1"), safe=_ASCII)
        environ["HTTP_ACCEPT_ENCODING"] = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        super().__init__(environ, *args, **kwargs)


def _encoding(accepted: str) -> str:
    """The encoding that a client likes best of those there are; of those it likes the same, the
    best. One with the weight 0 is refused (RFC 9110, 12.5.3)."""
    weights = parse_accept_header(accepted, Accept)
    best = max((*ENCODINGS, "identity"), key=weights.quality)
    return best if weights.quality(best) > 0 else ""
