"""What a page depends on besides its address: the language, the day, the host it was asked at."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b

from flask import request

from web.context import context
from web.messages import LANGUAGES, MESSAGES


def language() -> str:
    """Korean, or English where the browser prefers it."""
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]


def messages() -> Mapping[str, str]:
    """The words of that language."""
    return MESSAGES[language()]


def today() -> date:
    """The day in the zone of the archive."""
    return datetime.now(context().zone).date()


def of_page() -> str:
    """The variant of a page: its presets count from today, its Open Graph data name the host."""
    return f"-{today():%y%m%d}{of_host()}"


def of_host() -> str:
    """The variant of an answer with whole addresses in it, and words of a language."""
    return f"-{language()}-{blake2b(request.host_url.encode(), digest_size=6).hexdigest()}"
