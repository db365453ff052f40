"""What a request says about where it comes from, and what of that can be believed."""

from collections.abc import Iterable
from ipaddress import ip_address

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


def is_secure(request: Request, networks: tuple[Network, ...]) -> bool:
    """Whether the browser speaks https, to us or to a trusted proxy."""
    if request.is_secure:
        return True
    scheme = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    return scheme == "https" and is_trusted(request.remote_addr or "", networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
