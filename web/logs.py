"""One line of JSON for each request, on standard error. What was asked for is in none of them."""

import logging
import re
import sys
import time
import uuid

import orjson
import structlog
from flask import Flask, Response, g, request

# Ids that a proxy gave may be kept, where they are no more than that.
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HEADER = "X-Request-ID"

_SHARED: list[structlog.typing.Processor] = [
    structlog.stdlib.add_logger_name,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# Through logging, so that whoever embeds the application decides where lines go.
_log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("geulsaem.request"),
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)


def configure_logs(level: int = logging.INFO) -> None:
    """Write what this process logs as lines of JSON to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # A line for each of its requests: what matters of them is said by those who ask.
    logging.getLogger("opensearch").setLevel(logging.ERROR)


def register_request_log(app: Flask, *, with_query: bool) -> None:
    """Log every request. ``with_query``: with the text that was searched for."""

    @app.before_request
    def _begin() -> None:
        given = request.headers.get(_HEADER, "")
        g.request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        g.begun = time.perf_counter()

    @app.after_request
    def _write(response: Response) -> Response:
        response.headers[_HEADER] = g.get("request_id", "")
        told = {
            "id": g.get("request_id"),
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round(elapsed() * 1000, 2),
        }
        if "hits" in g:
            told["hits"] = g.hits
        if with_query and "q" in request.args:
            told["q"] = request.args["q"]
        _log.info("request", **told)
        return response


def elapsed() -> float:
    """Seconds since the request of now came in."""
    now = time.perf_counter()
    return now - float(g.get("begun", now))


def _line(value: object, **_: object) -> str:
    return orjson.dumps(value, default=str).decode()
