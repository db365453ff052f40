"""gunicorn, set up for this application."""

import gc
import logging
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from index.settings import Settings
from search.engine import EngineError, NoIndexError
from search.service import SearchService
from web.app import create_app
from web.context import EXTENSION
from web.logs import configure_logs

# The longest request line that is read: 256 characters of Hangul, percent-encoded, and filters.
_REQUEST_LINE = 8190
# More than a browser behind two proxies sends.
_HEADERS, _HEADER = 64, 8190

_log = logging.getLogger(__name__)


def serve_forever(settings: Settings, *, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until stopped. Kiwi, the index and what is made of its vocabulary are loaded once,
    before the workers fork, and shared by them.

    Raises what create_app raises.
    """
    configure_logs()
    app = create_app(settings, workers)
    service: SearchService = app.extensions[EXTENSION].service
    _load(service)
    _Server(
        app,
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": True,
            # A thread does not survive a fork: each worker has its own.
            "post_fork": lambda _arbiter, _worker: service.follow(),
            # A worker that is gone no longer counts among the living.
            "child_exit": lambda _arbiter, worker: _forget(worker.pid),
            "limit_request_line": _REQUEST_LINE,
            "limit_request_fields": _HEADERS,
            "limit_request_field_size": _HEADER,
            "graceful_timeout": 10,
            # It would be a file outside of the configured folders.
            "control_socket_disable": True,
        },
    ).run()


def _load(service: SearchService) -> None:
    try:
        service.warm_up()
        service.prepare()
    except NoIndexError:
        # The first requests say so, until there is one.
        pass
    except EngineError as error:
        _log.error("the index cannot be opened: %s", error)
    # What was loaded is no garbage: left alone, its pages stay common to all workers.
    gc.collect()
    gc.freeze()


def _forget(pid: int) -> None:
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app
