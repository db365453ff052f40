"""Front matter and body of a file, taken apart by python-frontmatter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import frontmatter

from index.front_matter_formats import HANDLERS, FrontMatterError

_HELD_BACK = "the article is held back as a draft is"
# What keeps an article from the public: rather an article too few than a draft in public.
HIDING = frozenset(
    (
        *("draft", "publishdate", "pubdate", "published", "expirydate", "unpublishdate"),
        *("headless", "robotsnoindex", "search", "build", "_build"),
    )
)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values by lower-cased key, the text behind, the line where that begins.

    ``problems`` are (line, reason) of what had to be guessed.
    """

    values: Mapping[str, Any]
    body: str
    body_line: int
    problems: tuple[tuple[int, str], ...] = field(default=())


def read_front_matter(text: str) -> FrontMatter:
    """Take front matter and body apart; no front matter gives no values.

    Raises FrontMatterError where front matter begins and cannot be read.
    """
    begun = text.lstrip(" \t\n\ufeff")
    skipped = text.count("\n", 0, len(text) - len(begun))
    handler = next((h for h in HANDLERS if h.detect(begun)), None)
    if handler is None:
        return FrontMatter({}, text, 1)
    try:
        values, body = frontmatter.parse(begun, handler=handler)
    except FrontMatterError as error:
        raise FrontMatterError(error.line + skipped, error.reason) from error
    lowered, twice = by_lowered_key(values.items())
    problems = tuple((1 + skipped, f"{key!r} stands twice; {what}") for key, what in twice.items())
    body_line = text.count("\n", 0, text.rfind(body) if body else len(text)) + 1
    return FrontMatter(lowered, body, body_line, problems)


def by_lowered_key(pairs: Iterable[tuple[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by lower-cased key, and what was made of each key that stands twice."""
    out: dict[str, Any] = {}
    twice: dict[str, str] = {}
    held_back = False
    for key, value in pairs:
        name = str(key).lower()
        if name in out:
            differs = name in HIDING and value != out[name]
            held_back = held_back or differs
            twice[name] = _HELD_BACK if differs else "the last one counts"
        out[name] = value
    return ({**out, "draft": "true"} if held_back else out), twice
