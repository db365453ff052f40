"""An answer as the archive shows it: texts, links and marks, nothing left to decide."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from index.fields import VALUE_FACETS
from search.archive import ArchiveRecord, Duplicate, Preview
from search.request import DateValue, Editorial, FacetValue, Hit, NearHit, SearchAnswer
from web.archive_address import PATH, VIEWS, Address
from web.archive_schema import status_counts

_SHOWN_VALUES = 8
_PAGES_AROUND = 2
_WEB_ADDRESS = re.compile(r"(?:https?://|/(?!/))", re.IGNORECASE)
_FACET_ORDER = ("category", "author", "tag", "year", "month")
_SORTS = ("relevance", "newest", "oldest", "title")


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a page; ``current`` where that is the one shown."""

    text: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet of the sidebar: values in sight, and those behind "more"."""

    name: str
    shown: tuple[Link, ...]
    more: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One hit. ``title``, ``subtitle`` and ``snippets`` are marked HTML, ``plain`` the title;
    ``preview`` leads to all of it, ``url`` to its page."""

    id: str
    plain: str
    title: Markup
    subtitle: Markup
    snippets: tuple[Markup, ...]
    authors: str
    categories: str
    date: str
    datetime: str
    status: str
    url: str
    preview: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything on a page of results."""

    address: Address
    total: int
    rows: tuple[Row, ...]
    also: tuple[Row, ...]
    facets: tuple[Facet, ...]
    chips: tuple[Link, ...]
    sorts: tuple[Link, ...]
    views: tuple[Link, ...]
    pages: tuple[Link | None, ...]
    exports: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """An article in the preview."""

    row: Row
    body: Markup
    tags: tuple[str, ...]
    lastmod: str
    source: str
    alike: tuple[tuple[Row, int], ...]
    related: tuple[Row, ...]


def results(answer: SearchAnswer, address: Address, messages: Mapping[str, str]) -> Results:
    """The view of an answer; ``messages`` are the words of a language."""
    exports = address.query_string(for_api=True)
    return Results(
        address=address,
        total=answer.total,
        rows=tuple(_row(h, answer.editorial[h.id], address.q, messages) for h in answer.hits),
        also=tuple(_row(h, answer.editorial[h.id], address.q, messages) for h in answer.also),
        facets=tuple(_facets(answer, address, messages)),
        chips=tuple(_chips(address, messages)),
        sorts=tuple(_sorts(address, messages)),
        views=tuple(
            Link(messages[f"view_{name}"], address.to(view=name), name == address.view)
            for name in VIEWS
        ),
        pages=tuple(_pages(address, answer.pages)),
        exports=tuple(
            Link(kind.upper(), f"/api/v1/archive/export.{kind}?{exports}")
            for kind in ("csv", "jsonl")
        ),
    )


def reading(
    found: Preview,
    alike: Sequence[Duplicate],
    others: Sequence[ArchiveRecord],
    q: str,
    messages: Mapping[str, str],
) -> Reading:
    """The view of an article; ``alike`` are articles much like it, ``others`` about the same."""
    same = {other.record["id"] for other in alike}
    record, marked = found.record, found.marked
    row = _record_row(found, q, messages, title=marked.title, subtitle=marked.subtitle)
    return Reading(
        row=row,
        body=_html(marked.body[0]),
        tags=tuple(record["tags"]),
        lastmod=_date(found.editorial.lastmod),
        source=found.editorial.source,
        alike=tuple(
            (_record_row(other, q, messages), round(other.shared * 100)) for other in alike
        ),
        related=tuple(
            _record_row(other, q, messages) for other in others if other.record["id"] not in same
        ),
    )


def preview_url(article_id: str, q: str) -> str:
    """Where an article is read."""
    return f"{PATH}/article?id={quote(article_id, safe='/')}" + (f"&q={quote(q)}" if q else "")


def _row(hit: Hit, editorial: Editorial, q: str, messages: Mapping[str, str]) -> Row:
    marked = hit.highlights
    return Row(
        id=hit.id,
        plain=hit.title or messages["untitled"],
        title=_html(marked.title if marked else "") or Markup.escape(messages["untitled"]),
        subtitle=_html(marked.subtitle if marked else ""),
        snippets=tuple(map(_html, marked.body)) if marked else (),
        authors=", ".join(hit.authors),
        categories=", ".join(hit.categories),
        date=_date(hit.date),
        datetime=hit.date or "",
        status=editorial.status,
        url=hit.url if _WEB_ADDRESS.match(hit.url) else "",
        preview=preview_url(hit.id, q),
        missing=hit.missing if isinstance(hit, NearHit) else (),
    )


def _record_row(
    found: ArchiveRecord,
    q: str,
    messages: Mapping[str, str],
    *,
    title: str = "",
    subtitle: str = "",
) -> Row:
    record = found.record
    plain = record["title"] or messages["untitled"]
    return Row(
        id=record["id"],
        plain=plain,
        title=_html(title) or Markup.escape(plain),
        subtitle=_html(subtitle),
        snippets=(),
        authors=", ".join(record["authors"]),
        categories=", ".join(record["categories"]),
        date=_date(record["date"]),
        datetime=record["date"] or "",
        status=found.editorial.status,
        url=record["url"] if _WEB_ADDRESS.match(record["url"]) else "",
        preview=preview_url(record["id"], q),
        missing=(),
    )


def _html(highlighted: str) -> Markup:
    # search.highlight has escaped everything but its own marks.
    return Markup(highlighted)  # noqa: S704


def _date(iso: str | None) -> str:
    return datetime.fromisoformat(iso).date().isoformat() if iso else ""


def _facets(answer: SearchAnswer, address: Address, messages: Mapping[str, str]) -> Iterator[Facet]:
    statuses = status_counts(answer, address.status)
    links = [_facet_link(value, "status", address, messages) for value in statuses]
    yield Facet("status", tuple(links), ())
    for name in _FACET_ORDER:
        links = [_facet_link(v, name, address, messages) for v in answer.facets.get(name, ())]
        # What is chosen stays in sight.
        links.sort(key=lambda link: not link.current)
        shown = max(_SHOWN_VALUES, sum(link.current for link in links))
        if links:
            yield Facet(name, tuple(links[:shown]), tuple(links[shown:]))


def _facet_link(value: DateValue, name: str, address: Address, messages: Mapping[str, str]) -> Link:
    if isinstance(value, FacetValue):
        text = messages[f"status_{value.value}"] if name == "status" else value.value
        return Link(text, address.toggled(name, value.value), value.selected, value.count)
    chosen = address.date_from == address.date_to == value.value
    dates = "" if chosen else value.value
    return Link(value.value, address.to(date_from=dates, date_to=dates), chosen, value.count)


def _chips(address: Address, messages: Mapping[str, str]) -> Iterator[Link]:
    for status in address.status:
        yield Link(messages[f"status_{status}"], address.toggled("status", status))
    for facet in VALUE_FACETS:
        for value in address.selected.get(facet, ()):
            yield Link(value, address.toggled(facet, value))
    first, last = address.date_from, address.date_to
    if first or last:
        text = first if first == last else f"{first} ~ {last}"
        yield Link(text, address.to(date_from="", date_to=""))


def _sorts(address: Address, messages: Mapping[str, str]) -> Iterator[Link]:
    default = "relevance" if address.q else "newest"
    current = address.sort or default
    for sort in _SORTS:
        if sort != "relevance" or address.q:
            target = address.to(sort=None if sort == default else sort)
            yield Link(messages[sort], target, sort == current)


def _pages(address: Address, pages: int) -> Sequence[Link | None]:
    """Links to the first, the last and the pages around; None where some are left out."""
    near = range(address.page - _PAGES_AROUND, address.page + _PAGES_AROUND + 1)
    numbers = sorted({1, pages, *(n for n in near if 1 <= n <= pages)})
    out: list[Link | None] = []
    for i, number in enumerate(numbers):
        if i and number > numbers[i - 1] + 1:
            out.append(None)
        out.append(Link(str(number), address.to(page=number), number == address.page))
    return out if pages > 1 else []
