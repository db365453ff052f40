"""A Markdown file of a Hugo site as an article: messy in, typed out, nothing lost."""

import posixpath
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from index.decoding import DecodingError, decode
from index.front_matter import FrontMatter, read_front_matter
from index.front_matter_formats import FrontMatterError
from index.language import split_language
from index.plaintext import Block, joined, plain_text
from index.repeated import without_repetition
from index.salvage import salvage
from index.site import Site
from index.values import Values

# Raise it with every change of what the same file gives, so that an unchanged file is read again: a
# rebuild of that alone analyses nothing anew.
ARTICLE_VERSION = 4

MAX_BYTES = 10 * 1024 * 1024

_ENDING = re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE)
_DATE_PREFIX = re.compile(r"^\d{4}-\d{2}-\d{2}-?")
_TITLE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Something left out or salvaged: the file below the content folder, the line (0: none)."""

    file: str
    line: int
    reason: str


class ArticleError(Exception):
    """A file that cannot be indexed: path, line (0: none) and reason."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Article:
    """One article. Dates are aware; ``headings`` are spans of ``body``; ``hidden`` articles are
    never public, whatever their dates say."""

    id: str
    path: str
    url: str
    title: str
    subtitle: str
    body: str
    headings: tuple[tuple[int, int], ...]
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    date: datetime | None
    lastmod: datetime | None
    image: str
    draft: bool
    hidden: bool
    publish_date: datetime | None
    expiry_date: datetime | None


def article_id(path: str) -> str:
    """The id of the file at ``path`` (below the content folder): stable, NFC, no extension, for
    a page bundle the name of its folder."""
    bare = _ENDING.sub("", unicodedata.normalize("NFC", path))
    return bare.removesuffix("/index")


def parse_article(
    data: bytes,
    path: str,
    site: Site,
    cascade: Mapping[str, object] | None = None,
    section: str | None = None,
) -> tuple[Article, tuple[Problem, ...]]:
    """The article in the bytes of a file, and what had to be guessed on the way.

    ``cascade`` holds values of its sections, by lower-cased key; the article's own win.
    ``section`` is the path of the nearest (None: its folder).
    Broken front matter is salvaged. Raises ArticleError where there is no article.
    """
    text, front, problems = _read(data, path)
    values = Values({**(cascade or {}), **front.values}, site)
    if not front.values and not front.body.strip():
        raise ArticleError(path, 0, "is empty")
    article = _article(path, site, front, values, section)
    problems += [(_line_of(text, key), reason) for key, reason in values.problems]
    return article, tuple(Problem(path, line, reason) for line, reason in problems)


def _read(data: bytes, path: str) -> tuple[str, FrontMatter, list[tuple[int, str]]]:
    if len(data) > MAX_BYTES:
        raise ArticleError(path, 0, f"is larger than {MAX_BYTES // 2**20} MiB")
    try:
        text, bad_line = decode(data)
    except DecodingError as error:
        raise ArticleError(path, 0, str(error)) from error
    problems: list[tuple[int, str]] = []
    if bad_line:
        problems.append((bad_line, "holds bytes that are no text; they are shown as �"))
    try:
        front = read_front_matter(text)
    except FrontMatterError as error:
        front = salvage(text, error)
        if not front.values and not front.body.strip():
            raise ArticleError(path, error.line, f"broken front matter ({error.reason})") from error
    return text, front, problems + list(front.problems)


def _article(
    path: str, site: Site, front: FrontMatter, values: Values, section: str | None
) -> Article:
    plain = plain_text(front.body)
    blocks = list(plain.blocks)
    key = article_id(path)
    title = values.text("title")[:_TITLE_LENGTH] or _first_heading(blocks) or _readable(key)
    subtitle = values.subtitle()
    body, headings = joined(without_repetition(blocks, title, subtitle))
    publish_date, not_from = values.limit("publish_date")
    expiry_date, not_until = values.limit("expiry_date")
    date = values.date(posixpath.basename(key))
    url = site.page_url(values.page(key, section), values.url())
    return Article(
        id=key,
        path=path,
        url=url,
        title=title,
        subtitle=subtitle,
        body=body,
        headings=headings,
        authors=values.authors(),
        categories=values.several("categories"),
        tags=values.several("tags"),
        date=date,
        lastmod=values.instant("lastmod"),
        image=values.image(plain.first_image, url if _is_bundle(path, site) else ""),
        draft=values.draft(),
        hidden=(
            values.hidden() or not_from or not_until or (publish_date is None and values.too_late())
        ),
        publish_date=publish_date,
        expiry_date=expiry_date,
    )


def _first_heading(blocks: list[Block]) -> str:
    return next((" ".join(b.text.split()) for b in blocks if b.level == 1), "")


def _readable(key: str) -> str:
    name = posixpath.basename(key)
    return re.sub(r"[-_]+", " ", _DATE_PREFIX.sub("", name)).strip() or name


def _is_bundle(path: str, site: Site) -> bool:
    bare = split_language(_ENDING.sub("", path), site.suffixes)[0]
    return posixpath.basename(bare) == "index"


def _line_of(text: str, key: str) -> int:
    """Where a key of the front matter stands."""
    found = re.search(
        rf"^[\s\"']*{re.escape(key)}[\"']?\s*[:=]", text, re.IGNORECASE | re.MULTILINE
    )
    return text.count("\n", 0, found.end()) + 1 if found else 0
