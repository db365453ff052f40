"""gunicorn, set up for this application."""

import ctypes
import gc
import logging
import os
import re
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker
from prometheus_client import multiprocess

from index.lexicon.words import DictionaryError
from index.settings import ConfigurationError, Settings, load_settings
from index.site import SiteError
from search.engine import EngineError, NoIndexError
from search.service import SearchService
from web.app import create_app
from web.context import EXTENSION
from web.logs import configure_logs
from web.metrics import tell_regularly

# The longest request line that is read: 256 characters of Hangul, percent-encoded, and filters.
_REQUEST_LINE = 8190
# More than a browser behind two proxies sends.
_HEADERS, _HEADER = 64, 8190

# Each worker tells now and then that it lives, by the time of a file. On a disk that waits for what
# `reindex` writes, so would every request meanwhile.
_MEMORY = "/dev/shm"  # noqa: S108

# Of glibc, where it is that: how many heaps the threads of a process have (<malloc.h>). Each keeps
# what was freed in it, and one thread computes at a time.
_M_ARENA_MAX, _ARENAS = -8, 2

_UNESCAPED = re.compile(rb"[\x80-\xff]")

_log = logging.getLogger(__name__)


def serve_forever(
    settings: Settings, *, host: str, port: int, workers: int, threads: int, folder: Path
) -> None:
    """Serve until stopped. Kiwi, the index and what is made of its vocabulary are loaded once,
    before the workers fork, and shared by them; on SIGHUP all of it anew, with the configuration.
    ``folder`` is one of their own.

    Raises what create_app raises.
    """
    configure_logs()
    _keep_few_heaps()
    # This process answers nothing, and would tell of generation 0.
    _forget(os.getpid())
    _Server(
        settings,
        folder,
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": _Worker,
            "logger_class": _Log,
            # The other one, in C, is used where it happens to be installed, and asks no _Request.
            "http_parser": "python",
            "preload_app": True,
            "worker_tmp_dir": _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else None,
            # A thread does not survive a fork: each worker has its own.
            "post_fork": lambda arbiter, _worker: _begin(arbiter.app.wsgi()),
            # A worker that is gone no longer counts among the living.
            "child_exit": lambda _arbiter, worker: _forget(worker.pid),
            # Where an application stands is for no header to say: it would be in the links of pages
            # that are kept for others.
            "forwarder_headers": "",
            "limit_request_line": _REQUEST_LINE,
            "limit_request_fields": _HEADERS,
            "limit_request_field_size": _HEADER,
            "graceful_timeout": 10,
            # It would be a file outside of the configured folders.
            "control_socket_disable": True,
        },
    ).run()


def _keep_few_heaps() -> None:
    """Unless the environment says how many."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_M_ARENA_MAX, _ARENAS)


def _loaded(settings: Settings, workers: int, folder: Path) -> Flask:
    """The application, with all that its workers are to share. Raises what create_app raises."""
    app = create_app(settings, workers, folder)
    service = _service(app)
    try:
        service.warm_up()
        service.prepare()
    except NoIndexError:
        # The first requests say so, until there is one.
        pass
    except EngineError as error:
        _log.error("the index cannot be opened: %s", error)
    return app


def _service(app: Flask) -> SearchService:
    service: SearchService = app.extensions[EXTENSION].service
    return service


def _begin(app: Flask) -> None:
    _service(app).follow()
    tell_regularly(app)


def _forget(pid: int) -> None:
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _Request(Request):  # type: ignore[misc]
    """A request in whose address letters may stand that should have been percent-encoded, as old
    programs send them: gunicorn refuses them."""

    def parse_request_line(self, line_bytes: bytes) -> None:
        method, blank, rest = line_bytes.partition(b" ")
        escaped = _UNESCAPED.sub(lambda byte: b"%%%02X" % ord(byte[0]), rest)
        super().parse_request_line(method + blank + escaped)


class _Parser(RequestParser):  # type: ignore[misc]
    mesg_class = _Request


class _Worker(ThreadWorker):  # type: ignore[misc]
    def handle(self, conn: TConn) -> Any:
        if conn.parser is None:
            conn.parser = _Parser(conn.cfg, conn.sock, conn.client)
        return super().handle(conn)


class _Log(Logger):  # type: ignore[misc]
    """What gunicorn says, among the lines of all others, without who asked for what."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Invalid request from"):
            msg, args = "a request that is no HTTP was refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Error handling request"):
            msg, args = "a request failed", ()
        super().exception(msg, *args, **kwargs)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, folder: Path, options: dict[str, Any]) -> None:
        self._folder = folder
        self._options = options
        self._load(settings)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app

    def reload(self) -> None:
        """On SIGHUP, in the parent: the workers go on until it is done, and then those that are
        new take over. After a mistake in the configuration they have what the old ones had."""
        try:
            self._load(load_settings())
        except (ConfigurationError, SiteError, DictionaryError) as error:
            _log.error("not reloaded: %s", error)
        except Exception:
            # The parent must outlive whatever it is: nobody would be there to start it again.
            _log.exception("not reloaded")

    def _load(self, settings: Settings) -> None:
        self._app = _loaded(settings, self._options["workers"], self._folder)
        # What was loaded is no garbage: left alone, its pages stay common to all workers. What was
        # loaded before a reload is.
        gc.unfreeze()
        self.callable = None
        gc.collect()
        gc.freeze()
