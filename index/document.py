"""The single way from an article to an indexed document."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from index import spans
from index.analysis import Analyser, Analysis
from index.article import Article
from index.fields import ALWAYS, NEVER, TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """What a text field of a document is found by.

    ``terms`` are the different morphemes with their ``frequencies``; ``positions`` has those of
    each one behind the other, ascending; ``length`` counts morphemes without extras. ``side``
    and ``runs`` are the different side bigrams (with theirs) and noun runs.
    """

    terms: tuple[str, ...]
    frequencies: "array[int]"
    positions: "array[int]"
    length: int
    side: tuple[str, ...]
    side_frequencies: "array[int]"
    runs: tuple[str, ...]

    @property
    def side_length(self) -> int:
        """How many side bigrams the text has."""
        return sum(self.side_frequencies)


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the index holds it.

    ``facets`` hold values as spelled, ``date``, ``visible_from`` and ``visible_to`` seconds since
    1970 (``date`` None where there is none); the public sees it in [visible_from, visible_to)
    unless it is ``withheld``. ``record`` is what a hit shows, ready for JSON; ``spans`` say where
    its terms stand (see ``index.spans``), in the order of TEXT_FIELDS.
    """

    id: str
    text: Mapping[str, FieldTerms]
    facets: Mapping[str, tuple[str, ...]]
    date: int | None
    visible_from: int
    visible_to: int
    withheld: bool
    record: Mapping[str, Any]
    spans: bytes


def to_document(article: Article, analyser: Analyser, zone: ZoneInfo) -> Document:
    """Analyse an article and say what the index holds of it. ``zone`` decides year and month."""
    texts: dict[str, str] = {name: getattr(article, name) for name in TEXT_FIELDS}
    found = {name: analyser.analyse(text) for name, text in texts.items()}
    local = article.date.astimezone(zone) if article.date else None
    published = article.publish_date or article.date
    return Document(
        id=article.id,
        text={name: field_terms(analysis) for name, analysis in found.items()},
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
        withheld=article.draft or article.hidden,
        record=_record(article),
        spans=spans.encode(
            [
                (texts[name], analysis.terms, [(run.start, run.end) for run in analysis.runs])
                for name, analysis in found.items()
            ]
        ),
    )


def field_terms(analysis: Analysis) -> FieldTerms:
    """The postings of one analysed text."""
    positions: dict[str, list[int]] = {}
    for term in analysis.terms:
        positions.setdefault(term.text, []).append(term.position)
    side = Counter(analysis.side)
    return FieldTerms(
        terms=tuple(positions),
        frequencies=array("I", map(len, positions.values())),
        positions=array("I", [p for found in positions.values() for p in sorted(found)]),
        length=sum(not term.extra for term in analysis.terms),
        side=tuple(side),
        side_frequencies=array("I", side.values()),
        runs=tuple({run.text: None for run in analysis.runs}),
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
