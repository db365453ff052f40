"""What the application hands to every route."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import current_app

from index.settings import Settings
from search.archive import Archive
from search.service import SearchService

if TYPE_CHECKING:
    from web.caching import AnswerCache

EXTENSION = "geulsaem"


@dataclass(frozen=True, slots=True)
class Context:
    """The service, the zone of dates, the configuration and its stamp, answers that are kept, and
    what editors do beyond a search."""

    service: SearchService
    zone: ZoneInfo
    settings: Settings
    stamp: str
    answers: "AnswerCache"
    archive: Archive


def context() -> Context:
    """That of the current application."""
    return cast("Context", current_app.extensions[EXTENSION])
