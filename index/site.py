"""The Hugo site around a content folder: address, permalinks, keys that feed a field."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import yaml

from index.cascade import Cascade, cascades_of
from index.fields import FIELD_KEYS
from index.language import ENGLISH, Language, Suffixes
from index.permalink import Page, encoded, page_path, url_path

if TYPE_CHECKING:
    # It loads a validator that the processes of the analysis do without.
    from index.settings import Settings

_CONFIG_FILES = (
    *(f"hugo.{end}" for end in ("toml", "yaml", "yml", "json")),
    *(f"config.{end}" for end in ("toml", "yaml", "yml", "json")),
)
# The last wins: what a site says for its public address only.
_CONFIG_FOLDERS = ("", "config/_default/", "config/production/")


# Where Hugo looks for the date of a page, beside what its ``frontmatter.date`` names itself.
FILE_NAME = ":filename"
_ONLY = Language()
_DEFAULT_DATES = ("date", "publishdate", "pubdate", "published", "lastmod", "modified")


class SiteError(Exception):
    """The Hugo configuration cannot be read; the message names file and reason."""


@dataclass(frozen=True, slots=True)
class Site:
    """What an article needs to know of its site."""

    base_url: str
    permalinks: Mapping[str, str]
    ugly_urls: bool
    timezone: ZoneInfo
    lower_paths: bool = True
    date_keys: tuple[str, ...] = _DEFAULT_DATES
    field_keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: FIELD_KEYS)
    suffixes: Suffixes = field(default_factory=lambda: ENGLISH)
    languages: Mapping[str, Language] = field(default_factory=dict)
    cascades: tuple[Cascade, ...] = ()

    def page_url(self, page: Page, url: str) -> str:
        """The address of a page; front matter ``url`` wins over pattern and default."""
        if urlsplit(url).scheme:
            return encoded(url, "?#")
        language = self.languages.get(page.language, _ONLY)
        if url:
            path = url_path(url, page, lower=self.lower_paths)
            # As Hugo has it, what begins with a slash is of the whole site.
            prefix = "" if url.startswith("/") else language.prefix
        else:
            section = page.folders[0] if page.folders else ""
            own = self.permalinks if language.permalinks is None else language.permalinks
            pattern = own.get(section, "")
            path = page_path(page, pattern, ugly=self.ugly_urls, lower=self.lower_paths)
            prefix = language.prefix
        base_url = self.base_url if language.base_url is None else language.base_url
        return _joined(base_url, encoded(prefix + path, "?"))

    def absolute(self, address: str, below: str = "") -> str:
        """An address as it is reached from anywhere: joined to ``below`` or to the site."""
        if urlsplit(address).scheme:
            return address
        if below and not address.startswith("/"):
            return urljoin(below, address)
        parts = urlsplit(self.base_url)
        if address.startswith("//"):
            return f"{parts.scheme or 'https'}:{address}"
        return _joined(self.base_url, address)


def _joined(base_url: str, address: str) -> str:
    """As Hugo does: the path of baseURL stays before a site path."""
    return base_url.rstrip("/") + "/" + address.lstrip("/")


def site_of(settings: "Settings") -> Site:
    """The site of the configured content folder; what is configured wins over Hugo's own files.

    Raises SiteError.
    """
    hugo = _hugo_configuration(settings.content_dir.parent)
    keys = {name: tuple(k.lower() for k in own) for name, own in settings.field_keys.items()}
    base_url = settings.base_url
    if base_url is None:
        base_url = str(hugo.get("baseurl", "/"))
    permalinks = settings.permalinks
    if permalinks is None:
        permalinks = _permalinks(hugo.get("permalinks", {}))
    default = str(hugo.get("defaultcontentlanguage", "en")).lower()
    languages = _languages(hugo, default, own_permalinks=settings.permalinks is None)
    return Site(
        base_url,
        permalinks,
        _flag(hugo, "uglyurls"),
        ZoneInfo(settings.timezone),
        not _flag(hugo, "disablepathtolower"),
        _date_keys(hugo.get("frontmatter")),
        {**FIELD_KEYS, **keys},
        {default: "", **{code: code for code in languages if code}},
        languages,
        tuple(cascades_of(hugo.get("cascade"))),
    )


def _languages(
    hugo: Mapping[str, Any], default: str, *, own_permalinks: bool
) -> dict[str, Language]:
    """The languages that the site names, the default one under an empty name."""
    table = hugo.get("languages")
    named = {
        str(code).lower(): {str(key).lower(): value for key, value in values.items()}
        for code, values in (table.items() if isinstance(table, dict) else ())
        if isinstance(values, dict)
    }
    # Languages with addresses of their own need nothing that tells them apart below these.
    apart = any(values.get("baseurl") for values in named.values())
    in_folder = _flag(hugo, "defaultcontentlanguageinsubdir")
    found: dict[str, Language] = {}
    for code, values in named.items():
        prefix = "" if apart or (code == default and not in_folder) else f"/{code}"
        base_url = str(values.get("baseurl") or "") or None
        permalinks = _permalinks(values.get("permalinks")) if own_permalinks else {}
        found["" if code == default else code] = Language(prefix, base_url, permalinks or None)
    return found


def _date_keys(front_matter: Any) -> tuple[str, ...]:
    """``frontmatter.date``: keys and ``:filename`` in the order in which Hugo tries them."""
    given = front_matter.get("date") if isinstance(front_matter, dict) else None
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        return _DEFAULT_DATES
    out: list[str] = []
    for key in map(str, given):
        out += _DEFAULT_DATES if key == ":default" else [key.lower()]
    return tuple(out)


def _flag(hugo: Mapping[str, Any], key: str) -> bool:
    return str(hugo.get(key, "")).lower() == "true"


def _permalinks(values: Any) -> dict[str, str]:
    """``permalinks.posts`` as it always was, or ``permalinks.page.posts`` of newer versions."""
    if not isinstance(values, dict):
        return {}
    pages = values.get("page")
    flat = {k: v for k, v in values.items() if isinstance(v, str)}
    return flat | dict(pages if isinstance(pages, dict) else {})


def _hugo_configuration(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for below in _CONFIG_FOLDERS:
        for name in _CONFIG_FILES:
            path = folder / below / name
            if path.is_file():
                values = {**values, **_read(path)}
                break
    for below in _CONFIG_FOLDERS[1:]:
        for name in ("permalinks", "languages"):
            path = folder / f"{below}{name}.toml"
            if path.is_file():
                values[name] = _read(path)
    return values


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".toml":
            values: Any = tomllib.loads(text)
        elif path.suffix == ".json":
            values = json.loads(text)
        else:
            values = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise SiteError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        return {}
    return {str(key).lower(): value for key, value in values.items()}
