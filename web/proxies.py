"""What a request says about where it comes from, and what of that can be believed."""

from collections.abc import Iterable
from ipaddress import ip_address
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Request

from index.settings import Network


def is_trusted(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address is one of the configured proxies."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in networks)


def client_address(request: Request, networks: tuple[Network, ...]) -> str:
    """Who asks: behind trusted proxies the last address of X-Forwarded-For that is none of them,
    because everything before it may be made up."""
    address = request.remote_addr or ""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    while forwarded and is_trusted(address, networks):
        further = forwarded.pop()
        if not _is_address(further):
            break
        address = further
    return address


def with_scheme_of_browser(
    application: WSGIApplication, networks: tuple[Network, ...]
) -> WSGIApplication:
    """The application, which is asked over https where the browser asked a trusted proxy so: what
    it says of its own address, and how it sets cookies, depends on that."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
        if scheme == "https" and is_trusted(environ.get("REMOTE_ADDR", ""), networks):
            environ["wsgi.url_scheme"] = "https"
        return application(environ, start)

    return answer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
