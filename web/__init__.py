"""The web application: ``gunicorn 'web:create_app()'``."""

from typing import TYPE_CHECKING

from index.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> "Flask":
    """The application for a server, which logs to standard error. Raises what
    ``web.app.create_app`` raises."""
    # Not above: every module of this package imports this one, and prometheus_client reads when it
    # is imported where workers add their figures up, which ``geulsaem serve`` says first.
    from web import app
    from web.logs import configure_logs

    configure_logs()
    return app.create_app(settings)
