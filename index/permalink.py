"""The path of an article's page, by the rules of Hugo."""

import posixpath
import re
import unicodedata
from calendar import day_name, month_name
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote_plus

# Characters that Hugo keeps in paths beside letters, digits and marks.
_KEPT = frozenset("./\\_#+~-@")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_TOKEN = re.compile(r":([A-Za-z0-9]+)(\[[^\]]*\])?")
_TOKEN_OF_URL = re.compile(rf"(?<!\\){_TOKEN.pattern}")
# Go's zero time, which Hugo puts where a page has no date.
_NO_DATE = datetime(1, 1, 1)  # noqa: DTZ001
# Safe in the path of a URL as Go's net/url leaves it.
_SAFE = "/!$&'()*+,;=:@-._~%"


@dataclass(frozen=True, slots=True)
class Page:
    """What a permalink is made of: the folders of the file, its name (of the folder for a
    bundle), front matter ``slug`` and ``title``, the date with its own offset, its sections, which
    may be fewer than its folders, and its language, empty where that is the site's."""

    folders: tuple[str, ...]
    name: str
    slug: str
    title: str
    date: datetime | None
    sections: tuple[str, ...]
    language: str = ""


def page_path(page: Page, pattern: str, *, ugly: bool, lower: bool = True) -> str:
    """The path with a leading slash, not percent-encoded. ``pattern`` empty: Hugo's default.

    ``ugly`` and ``lower`` are Hugo's ``uglyURLs`` and the opposite of ``disablePathToLower``.
    """
    if pattern:
        # Hugo reads what the tokens gave as if it stood in a query: a plus sign is a space.
        path = unquote_plus(_TOKEN.sub(lambda m: _expanded(m, page), pattern))
    else:
        path = "/".join([*page.folders, page.slug or page.name])
    path = _clean(sanitized(f"/{path}/"))
    if ugly and path != "/":
        path = path.rstrip("/") + ".html"
    return path.lower() if lower else path


def url_path(url: str, page: Page, *, lower: bool = True) -> str:
    """The path of a page that front matter ``url`` names, with what stands behind a question mark:
    a folder unless it has a dot. Tokens in it are those of permalinks; ``\\:`` is a colon."""

    def expanded(match: re.Match[str]) -> str:
        found = _expanded(match, page)
        return found.lower() if lower and found != match[0] else found

    url = _TOKEN_OF_URL.sub(expanded, url).replace("\\:", ":")
    folder = url.endswith("/") or "." not in url
    return _clean(f"/{url}" + "/" * folder)


def sanitized(text: str) -> str:
    """A path with its spaces as hyphens, without what Hugo does not take into paths."""
    out: list[str] = []
    pending = hyphen = False
    for i, character in enumerate(text):
        if _allowed(character, text, i):
            hyphen = character == "-"
            if pending and not hyphen:
                out.append("-")
            pending = False
            out.append(character)
        elif out and not hyphen and character.isspace():
            pending = True
    return "".join(out)


def encoded(path: str, marks: str = "") -> str:
    """A path as it stands in a URL; ``marks``: those of ``?`` and ``#`` that mean what they do."""
    return quote(path, safe=_SAFE + marks)


def _allowed(character: str, text: str, at: int) -> bool:
    if character in _KEPT or _ESCAPED.match(text, at):
        return True
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"


def _clean(path: str) -> str:
    slash = "/" if path.endswith("/") else ""
    clean = posixpath.normpath("/" + path.strip("/"))
    return clean if clean == "/" else clean + slash


def _expanded(match: re.Match[str], page: Page) -> str:
    name, cut = match[1], match[2] or ""
    if name in ("sections", "sectionslugs"):
        return "/".join(map(sanitized, _cut(page.sections, cut)))
    expand = _TOKENS.get(name)
    if expand is not None:
        return sanitized(expand(page)) + cut
    layout = _LAYOUTS.get(name)
    if layout is not None:
        return (page.date or _NO_DATE).strftime(layout) + cut
    return match[0]


def _cut(folders: Sequence[str], cut: str) -> Sequence[str]:
    """``[1:]``, ``[:last]``, ``[0]``, ``[last]`` of the sections."""
    if not cut:
        return folders
    last = len(folders) - 1
    first, colon, end = (part.strip() for part in cut[1:-1].partition(":"))

    def place(text: str, otherwise: int) -> int:
        return last if text == "last" else int(text) if text.isdigit() else otherwise

    if not colon:
        index = place(first, 0)
        return folders[index : index + 1]
    return folders[place(first, 0) : place(end, len(folders))]


def _of_date(form: Callable[[datetime], str]) -> Callable[[Page], str]:
    return lambda page: form(page.date or _NO_DATE)


_TOKENS: dict[str, Callable[[Page], str]] = {
    "year": _of_date(lambda d: str(d.year)),
    "month": _of_date(lambda d: f"{d.month:02d}"),
    "monthname": _of_date(lambda d: month_name[d.month]),
    "day": _of_date(lambda d: f"{d.day:02d}"),
    "weekday": _of_date(lambda d: str(d.isoweekday() % 7)),
    "weekdayname": _of_date(lambda d: day_name[d.weekday()]),
    "yearday": _of_date(lambda d: str(d.timetuple().tm_yday)),
    "section": lambda page: page.folders[0] if page.folders else "",
    "sectionslug": lambda page: page.folders[0] if page.folders else "",
    "title": lambda page: page.title,
    "slug": lambda page: page.slug or page.title,
    "filename": lambda page: page.name,
    "contentbasename": lambda page: page.name,
    "slugorfilename": lambda page: page.slug or page.name,
    "slugorcontentbasename": lambda page: page.slug or page.name,
}
# Layouts of Go's time package that a pattern may use directly (:2006-:01).
_LAYOUTS = {
    "2006": "%Y",
    "06": "%y",
    "01": "%m",
    "1": "%-m",
    "Jan": "%b",
    "January": "%B",
    "02": "%d",
    "2": "%-d",
    "Mon": "%a",
    "Monday": "%A",
    "15": "%H",
    "04": "%M",
    "05": "%S",
}
