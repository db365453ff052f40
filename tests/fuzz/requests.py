"""Requests that nobody would send by hand, to the real application."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_from_bytes

import schemathesis
from flask import Flask
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.running import try_for

_CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]
_METHODS = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
_HEADERS = [
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Type", "Cookie"),
    *("If-None-Match", "If-Modified-Since", "Origin", "Range", "X-Forwarded-For", "Host"),
    *("X-Forwarded-Proto", "X-Remote-User", "X-Request-Id", "Forwarded", "Content-Length"),
]
_VALUES = [
    *("", "*", '"', "W/", "bytes=0-", "br;q=x", "../../etc/passwd", "\x80\xff", "Bearer x"),
    *("Basic ====", "null", "https://evil.example", "10.0.0.1", "-1", "999999999999", "a" * 5000),
]
# What a path or a value may be to those who look for a way in.
_BAD = st.sampled_from(
    [
        *("../" * 8 + "etc/passwd", "..\\..\\x", "a\0b", "%00", "/", "//evil.example", "가" * 300),
        *("posts/01", "draft", "later", "undated"),
        *("\ud800", "'; DROP TABLE x", "<script>", "${7*7}", "{{7*7}}", "1e999", "-0", "\u202e"),
    ]
)
_PARAMETERS = st.sampled_from(
    [
        *("q", "id", "limit", "page", "per_page", "cursor", "facets", "facet_query", "author"),
        *("tag", "date_from", "date_to", "sort", "snippets", "snippet_length", "x", "", "status"),
    ]
)


class Tally:
    """Statuses seen, by part."""

    def __init__(self) -> None:
        self.statuses: dict[str, Counter[int]] = {}

    def count(self, part: str, status: int) -> None:
        """One more; a status of 500 or more is a failure."""
        self.statuses.setdefault(part, Counter())[status] += 1
        assert status < 500, f"{part}: {status}"


def try_document(app: Flask, token: str, seconds: float, tally: Tally) -> None:
    """Requests made of the OpenAPI document, right ones and wrong ones."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    share = seconds / len(operations) / len(modes)
    for operation in operations:
        for mode in modes:
            part = f"{operation.path}, {'as described' if mode is modes[0] else 'mangled'}"

            def holds(case: Case, part: str = part) -> None:
                response = case.call(headers=headers)
                tally.count(part, response.status_code)
                if response.status_code not in (404, 405):
                    case.validate_response(response, checks=_CHECKS)

            try_for(share, operation.as_strategy(mode), holds)


def try_routes(app: Flask, seconds: float, tally: Tally) -> None:
    """Every route there is, and others, with bytes by chance in all parts of a request."""
    rules = sorted({rule.rule for rule in app.url_map.iter_rules()})
    client = app.test_client()

    def holds(made: tuple[str, str, list[tuple[str, str]], bytes]) -> None:
        method, path, headers, body = made
        response = client.open(path, method=method, headers=headers, data=body)
        # Streams too are read to their end.
        assert response.data is not None
        tally.count("any route, any bytes", response.status_code)

    try_for(seconds, _requests(rules), holds)


def _requests(rules: list[str]) -> SearchStrategy[object]:
    text = st.text(max_size=30) | _BAD
    paths = st.sampled_from(rules).flatmap(_filled) | text.map(lambda t: "/" + _quoted(t))
    values = st.tuples(_PARAMETERS, text | st.integers().map(str))
    queries = st.lists(values, max_size=6).map(
        lambda pairs: "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    ) | st.binary(max_size=60).map(quote_from_bytes)
    headers = st.lists(
        st.tuples(st.sampled_from(_HEADERS), st.sampled_from(_VALUES)),
        max_size=4,
        unique_by=lambda pair: pair[0],
    )
    addresses = st.tuples(paths, queries).map(lambda two: f"{two[0]}?{two[1]}")
    return st.tuples(st.sampled_from(_METHODS), addresses, headers, st.binary(max_size=200))


def _filled(rule: str) -> SearchStrategy[str]:
    """A route with something in place of its variables."""
    if "<" not in rule:
        return st.just(rule)
    head, _, rest = rule.partition("<")
    tail = rest.partition(">")[2]
    return (st.text(max_size=20) | _BAD).map(lambda text: head + _quoted(text) + tail)


def _quoted(text: str) -> str:
    return quote(text, errors="surrogatepass")


@contextmanager
def heard() -> Iterator[list[str]]:
    """Errors that were logged meanwhile."""
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                found.append(record.getMessage())

    listener = Listener()
    logging.getLogger().addHandler(listener)
    try:
        yield found
    finally:
        logging.getLogger().removeHandler(listener)
