"""What the application hands to every route."""

from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from flask import current_app

from index.settings import Settings
from search.service import SearchService

EXTENSION = "geulsaem"


@dataclass(frozen=True, slots=True)
class Context:
    """The service, the zone of dates, the configuration and its stamp."""

    service: SearchService
    zone: ZoneInfo
    settings: Settings
    stamp: str


def context() -> Context:
    """That of the current application."""
    return cast("Context", current_app.extensions[EXTENSION])
