"""The single way from an article to an indexed document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from index.analysed import AnalysedTexts, FieldTerms
from index.article import Article
from index.fields import ALWAYS, DRAFT, HIDDEN, NEVER, NOT_WITHHELD, TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the index holds it.

    ``facets`` hold values as spelled, ``date``, ``visible_from`` and ``visible_to`` seconds since
    1970 (``date`` None where there is none); the public sees it in [visible_from, visible_to)
    unless it is ``withheld`` (as a DRAFT or as HIDDEN). ``record`` is what a hit shows, ready for
    JSON; ``spans`` say where its terms stand (see ``index.spans``), in the order of TEXT_FIELDS.
    """

    id: str
    text: Mapping[str, FieldTerms]
    facets: Mapping[str, tuple[str, ...]]
    date: int | None
    visible_from: int
    visible_to: int
    withheld: int
    record: Mapping[str, Any]
    spans: bytes


# Brackets and quotes before the first word say nothing about where a title belongs.
_LEADING_MARKS = re.compile(r"^[\W_]+")


def title_key(title: str) -> str:
    """What titles are compared by: Hangul stands in dictionary order as it is."""
    return _LEADING_MARKS.sub("", title).casefold()


def texts_of(article: Article) -> dict[str, str]:
    """The text fields of an article."""
    return {name: getattr(article, name) for name in TEXT_FIELDS}


def to_document(article: Article, analysed: AnalysedTexts, zone: ZoneInfo) -> Document:
    """What the index holds of an article. ``zone`` decides year and month."""
    local = article.date.astimezone(zone) if article.date else None
    published = article.publish_date or article.date
    return Document(
        id=article.id,
        text=analysed.fields,
        facets={
            "author": article.authors,
            "category": article.categories,
            "tag": article.tags,
            "year": (f"{local:%Y}",) if local else (),
            "month": (f"{local:%Y-%m}",) if local else (),
        },
        date=_seconds(article.date),
        visible_from=int(published.timestamp()) if published else ALWAYS,
        visible_to=int(article.expiry_date.timestamp()) if article.expiry_date else NEVER,
        withheld=DRAFT if article.draft else HIDDEN if article.hidden else NOT_WITHHELD,
        record=_record(article),
        spans=analysed.spans,
    )


def _record(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "subtitle": article.subtitle,
        "body": article.body,
        "headings": article.headings,
        "authors": article.authors,
        "categories": article.categories,
        "tags": article.tags,
        "date": _iso(article.date),
        "lastmod": _iso(article.lastmod),
        "image": article.image,
        "source": article.path,
    }


def _seconds(instant: datetime | None) -> int | None:
    return int(instant.timestamp()) if instant else None


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
