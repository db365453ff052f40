"""gunicorn, set up for this application."""

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from index.settings import Settings
from web.app import create_app

# The longest request line that is read: 256 characters of Hangul, percent-encoded, and filters.
_REQUEST_LINE = 8190


def serve_forever(settings: Settings, *, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until stopped. Kiwi is loaded once, before the workers fork, and shared by them.

    Raises what create_app raises.
    """
    _Server(
        create_app(settings),
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": True,
            "limit_request_line": _REQUEST_LINE,
            "graceful_timeout": 10,
            # It would be a file outside of the configured folders.
            "control_socket_disable": True,
        },
    ).run()


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
