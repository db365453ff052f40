"""Front matter values to typed fields; what cannot be read is noted and left out."""

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from index.bylines import names
from index.dates import DateError, TooLateError, date_in_name, parse_date
from index.language import split_language
from index.permalink import Page
from index.site import FILE_NAME, Site

_TRUE = frozenset(("true", "yes", "on", "1", "y", "t"))
_EMPTY = frozenset(("", "null", "~", "none"))
_FALSE = frozenset(("false", "no", "off", "0", "n", "f")) | _EMPTY
_MARKDOWN_MARKS = re.compile(r"^(?:[#>*\-]+\s+|#+)|\*\*|__|`")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# What escapes of JSON can write and no text holds: control characters, halves of surrogate pairs.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_SEPARATOR = " · "
_LONGEST_VALUE = 200
_LONGEST_SUBTITLE = 1000
_HELD_BACK = "the article is held back as a draft is"


class Values:
    """The front matter of one article. ``problems`` collects (key, reason)."""

    def __init__(self, values: Mapping[str, Any], site: Site) -> None:
        """``values`` by lower-cased key."""
        self._values = values
        self._site = site
        self.problems: list[tuple[str, str]] = []

    def text(self, field: str) -> str:
        """The first key of a field that holds text, on one line."""
        for _, value in self._of(field):
            found = " ".join(_plain(value).split())
            if found:
                return found
        return ""

    def subtitle(self) -> str:
        """The subtitle without Markdown marks and trailing dots, its lines kept apart."""
        for _, value in self._of("subtitle"):
            given = "\n".join(_flat(value))
            lines = (_without_marks(line) for line in given.split("\n"))
            found = _LINE_SEPARATOR.join(line for line in lines if line)
            if found:
                return found[:_LONGEST_SUBTITLE]
        return ""

    def several(self, field: str) -> tuple[str, ...]:
        """All values of a field: lists are taken flat, a string is split at commas."""
        found: list[str] = []
        for key, value in self._of(field):
            if isinstance(value, str):
                found += self._checked(key, _plain(value).replace("\n", ",").split(","))
            else:
                found += self._checked(key, _flat(value))
        return _unique(found)

    def authors(self) -> tuple[str, ...]:
        """The people of the bylines; of a mapping its ``name``."""
        found: list[str] = []
        for key, value in self._of("authors"):
            bylines = self._checked(key, _flat(value))
            found += [name for byline in bylines for name in names(byline)]
        return _unique(found)

    def date(self, name: str) -> datetime | None:
        """The date, else publishDate, else the one at the beginning of the file name."""
        return (
            self.instant("date")
            or self.instant("publish_date", _HELD_BACK)
            or date_in_name(name, self._site.timezone)
        )

    def instant(self, field: str, otherwise: str = "left out") -> datetime | None:
        """The first key of a field that holds a date; ``otherwise`` is what becomes of one that
        cannot be read."""
        for key, value in self._of(field):
            if key == "published" and str(value).strip().lower() in _TRUE | _FALSE:
                continue
            try:
                found = parse_date(value, self._site.timezone)
            except DateError as error:
                late = isinstance(error, TooLateError)
                if late and field == "expiry_date":
                    # It never ends.
                    continue
                held = f"without a publishDate {_HELD_BACK}" if late and field == "date" else ""
                self._note(key, f"{key}: {error}; {held or otherwise}")
                continue
            if found is not None:
                return found
        return None

    def limit(self, field: str) -> tuple[datetime | None, bool]:
        """From when (``publish_date``) or until when (``expiry_date``) the article is public, and
        whether that is said and cannot be read: it is held back then, as a draft would be."""
        before = len(self.problems)
        found = self.instant(field, _HELD_BACK)
        unreadable = any(reason.endswith(_HELD_BACK) for _, reason in self.problems[before:])
        return found, found is None and unreadable

    def too_late(self) -> bool:
        """Whether the date, which counts where no ``publish_date`` does, never comes."""
        for _, value in self._of("date"):
            try:
                parse_date(value, self._site.timezone)
            except TooLateError:
                return True
            except DateError:
                continue
        return False

    def draft(self) -> bool:
        """Whether it is a draft: ``published: false`` says so where ``draft`` says nothing."""
        if str(self._values.get("draft") or "").strip():
            return self.flag("draft")
        return str(self._values.get("published", "")).strip().lower() in _FALSE - _EMPTY

    def flag(self, key: str) -> bool:
        """A truth value; what is neither true nor false counts as true, because it hides."""
        return self._flag(key, self._values)

    def _flag(self, key: str, values: Mapping[str, Any]) -> bool:
        value = values.get(key, "")
        text = str(value).strip().lower() if value is not None else ""
        if text not in _TRUE and text not in _FALSE:
            self._note(key, f"{key}: {text[:40]!r} is neither true nor false; taken for true")
        return text not in _FALSE

    def hidden(self) -> bool:
        """Whether the article must never be public: no search, no page of its own."""
        if self.flag("headless"):
            return True
        # What is no field of Hugo's own may stand in params too.
        for values in (self._values, self._params()):
            if self._flag("robotsnoindex", values) or _says_no(values.get("search")):
                return True
        return any(_is_not_rendered(self._values.get(key)) for key in ("build", "_build"))

    def _params(self) -> dict[str, Any]:
        return _by_lowered_key(self._values.get("params"))

    def url(self) -> str:
        """Front matter ``url`` where it is an address of a page, else empty."""
        return self._address("url", self._values.get("url"))

    def image(self, of_body: str, page_url: str) -> str:
        """The address of the picture: of front matter, else of the body. ``page_url``: of the
        page bundle that relative ones belong to, else empty."""
        given = [(key, one) for key, value in self._of("image") for one in _flat(value)]
        for key, value in [*given, ("image", of_body)]:
            address = self._address(key, value)
            if address:
                return self._site.absolute(address, page_url)
        return ""

    def page(self, key: str, section: str | None = None) -> Page:
        """What the permalink of the article with this id is made of; ``section``: the path of the
        nearest, None where that is its folder."""
        bare, language = split_language(key, self._site.suffixes)
        if bare != key:
            bare = bare.removesuffix("/index")
        folders = _parts(posixpath.dirname(bare))
        name = "" if bare == "index" else posixpath.basename(bare)
        date, rest = self._dated(name)
        slug = " ".join(_plain(self._values.get("slug")).split()) or rest
        sections = folders if section is None else _parts(section)
        return Page(folders, name, slug, self.text("title"), date, sections, language)

    def _dated(self, name: str) -> tuple[datetime | None, str]:
        """The date that Hugo finds, and the slug that it takes from a dated file name where the
        site tells it to look there."""
        for key in self._site.date_keys:
            if key == FILE_NAME:
                found = date_in_name(name, self._site.timezone)
                if found is not None:
                    return found, name[len("2025-07-17") :].strip(" -_")
                continue
            try:
                found = parse_date(self._values.get(key), self._site.timezone)
            except DateError:
                continue
            if found is not None:
                return found, ""
        return None, ""

    def _of(self, field: str) -> Iterator[tuple[str, Any]]:
        """The values of the keys that feed a field, the best key first."""
        for key in self._site.field_keys[field]:
            name, *inner = key.split(".")
            value: Any = self._values.get(name)
            for part in inner:
                value = _by_lowered_key(value).get(part)
            if value is not None:
                yield key, value

    def _address(self, key: str, value: Any) -> str:
        address = _plain(value).strip()
        if not address:
            return ""
        try:
            scheme = urlsplit(address).scheme.lower()
        except ValueError:
            scheme = "broken"
        if scheme not in ("", "http", "https") or _CONTROL.search(address):
            self._note(key, f"{key}: {address[:60]!r} is no web address; left out")
            return ""
        return address

    def _checked(self, key: str, values: list[str]) -> list[str]:
        out: list[str] = []
        for value in values:
            text = " ".join(_CONTROL.sub(" ", value).split())
            if len(text) > _LONGEST_VALUE:
                self._note(key, f"{key}: a value of {len(text)} characters is cut to 200")
                text = text[:_LONGEST_VALUE].rstrip()
            if text:
                out.append(text)
        return out

    def _note(self, key: str, reason: str) -> None:
        if (key, reason) not in self.problems:
            self.problems.append((key, reason))


def _by_lowered_key(value: Any) -> dict[str, Any]:
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _says_no(value: Any) -> bool:
    return str(value).strip().lower() in _FALSE - _EMPTY


def _is_not_rendered(build: Any) -> bool:
    given = build.items() if isinstance(build, dict) else ()
    render = {str(k).lower(): str(v).lower() for k, v in given}.get("render", "")
    return render in ("never", "false", "link")


def _flat(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for item in value for text in _flat(item)]
    text = _plain(value)
    return [text] if text else []


def _plain(value: Any) -> str:
    """A value as text: of a mapping its ``name``."""
    if isinstance(value, dict):
        value = next((v for k, v in value.items() if str(k).lower() in ("name", "title")), "")
    if value is None or isinstance(value, list | dict):
        return ""
    return unicodedata.normalize("NFC", _NO_TEXT.sub("", str(value)))


def _without_marks(line: str) -> str:
    cleaned = _MARKDOWN_MARKS.sub("", line.strip())
    return " ".join(_without_trailing_dots(cleaned.rstrip()).split())


def _without_trailing_dots(line: str) -> str:
    """Not by a pattern: in a line of dots it would begin again at each."""
    if line.endswith("…"):
        return line[:-1]
    bare = line.rstrip(".")
    return bare if len(line) - len(bare) > 1 else line


def _unique(values: list[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return tuple(first.values())
