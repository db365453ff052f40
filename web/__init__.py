"""The web application: ``gunicorn 'web:create_app()'``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from index.settings import Settings

__all__ = ["create_app"]


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application for a server, which logs to standard error. Raises what
    ``web.app.create_app`` raises."""
    # Not before: ``geulsaem serve`` says where the figures of its workers are to lie, which is
    # read when prometheus_client is imported.
    from web import app
    from web.logs import configure_logs

    configure_logs()
    return app.create_app(settings)
