"""Requests as they come: any bytes may stand in an address."""

from typing import Any
from urllib.parse import quote

from flask import Request

_ASCII = "".join(map(chr, range(0x21, 0x7F)))


class AnyRequest(Request):
    """A request whose address may hold bytes that should have been percent-encoded.

    Werkzeug reads such a query string as UTF-8 and fails where it is none.
    """

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        raw = environ.get("QUERY_STRING", "")
        environ["QUERY_STRING"] = quote(raw.encode("latin-1"), safe=_ASCII)
        super().__init__(environ, *args, **kwargs)
