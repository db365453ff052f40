"""The web application: ``gunicorn 'web:create_app()'``."""

from flask import Flask

from index.settings import Settings
from web import app
from web.logs import configure_logs

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The application for a server, which logs to standard error. Raises what
    ``web.app.create_app`` raises."""
    configure_logs()
    return app.create_app(settings)
