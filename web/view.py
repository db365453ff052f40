"""An answer as the search page shows it: texts, links and marks, nothing left to decide."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from index.fields import VALUE_FACETS
from search.request import DateValue, FacetValue, Hit, NearHit, SearchAnswer, Sort
from web.params import PageQuery, default_sort

_SHOWN_VALUES = 6
_SHOWN_TAGS = 6
_PAGES_AROUND = 2
_SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
_WEB_ADDRESS = re.compile(r"(?:https?://|/(?!/))", re.IGNORECASE)
_FACET_ORDER = ("category", "author", "tag", "year", "month")


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a page; ``current`` where that is the one shown."""

    text: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet of the sidebar: values in sight, and those behind "more"."""

    name: str
    shown: tuple[Link, ...]
    more: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit. ``title``, ``subtitle`` and ``snippets`` are marked HTML."""

    url: str
    title: Markup
    subtitle: Markup
    snippets: tuple[Markup, ...]
    authors: str
    categories: str
    tags: tuple[Link, ...]
    date: str
    datetime: str
    image: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """Everything on a page of results."""

    query: PageQuery
    total: int
    heading: str
    notice: str
    hits: tuple[HitView, ...]
    also: tuple[HitView, ...]
    facets: tuple[FacetView, ...]
    chips: tuple[Link, ...]
    sorts: tuple[Link, ...]
    pages: tuple[Link | None, ...]
    previous: str
    following: str


def page_view(answer: SearchAnswer, query: PageQuery, messages: Mapping[str, str]) -> PageView:
    """The view of an answer; ``query`` is what was asked, ``messages`` the words of a language."""
    pages = max(answer.pages, 1)
    return PageView(
        query=query,
        total=answer.total,
        heading=messages["results" if answer.query.applied else "newest_articles"],
        notice=_notice(answer, messages),
        hits=tuple(_hit(hit, query, messages) for hit in answer.hits),
        also=tuple(_hit(hit, query, messages) for hit in answer.also),
        facets=tuple(_facets(answer, query)),
        chips=tuple(_chips(query)),
        sorts=tuple(_sorts(query, messages)),
        pages=tuple(_pages(query, pages)),
        previous=query.at(query.page - 1).url() if query.page > 1 else "",
        following=query.at(query.page + 1).url() if query.page < pages else "",
    )


def _notice(answer: SearchAnswer, messages: Mapping[str, str]) -> str:
    if answer.partial:
        return messages["partial"]
    if answer.query.matching == "most" and answer.total:
        return messages["most"]
    return ""


def _hit(hit: Hit, query: PageQuery, messages: Mapping[str, str]) -> HitView:
    marked = hit.highlights
    return HitView(
        url=hit.url if _WEB_ADDRESS.match(hit.url) else "",
        title=_html(marked.title if marked else "") or Markup.escape(messages["untitled"]),
        subtitle=_html(marked.subtitle if marked else ""),
        snippets=tuple(map(_html, marked.body)) if marked else (),
        authors=", ".join(hit.authors),
        categories=", ".join(hit.categories),
        tags=tuple(Link(tag, query.toggled("tag", tag).url()) for tag in hit.tags[:_SHOWN_TAGS]),
        date=_date(hit.date, messages["date"]),
        datetime=hit.date or "",
        image=hit.image if _WEB_ADDRESS.match(hit.image) else "",
        missing=hit.missing if isinstance(hit, NearHit) else (),
    )


def _html(highlighted: str) -> Markup:
    # search.highlight has escaped everything but its own marks.
    return Markup(highlighted)  # noqa: S704


def _date(iso: str | None, pattern: str) -> str:
    if iso is None:
        return ""
    date = datetime.fromisoformat(iso)
    return pattern.format(year=date.year, month=date.month, day=date.day)


def _facets(answer: SearchAnswer, query: PageQuery) -> Iterator[FacetView]:
    for name in _FACET_ORDER:
        values = answer.facets.get(name, ())
        links = [_facet_link(value, name, query) for value in values]
        # What is chosen stays in sight.
        links.sort(key=lambda link: not link.current)
        shown = max(_SHOWN_VALUES, sum(link.current for link in links))
        if links:
            yield FacetView(name, tuple(links[:shown]), tuple(links[shown:]))


def _facet_link(value: DateValue, name: str, query: PageQuery) -> Link:
    if isinstance(value, FacetValue):
        target = query.toggled(name, value.value)
        return Link(value.value, target.url(), value.selected, value.count)
    chosen = query.date_from == query.date_to == value.value
    target = query.with_dates("", "") if chosen else query.with_dates(value.value, value.value)
    return Link(value.value, target.url(), chosen, value.count)


def _chips(query: PageQuery) -> Iterator[Link]:
    for facet in VALUE_FACETS:
        for value in query.selected.get(facet, ()):
            yield Link(value, query.toggled(facet, value).url())
    first, last = query.date_from, query.date_to
    if first or last:
        text = first if first == last else f"{first} ~ {last}"
        yield Link(text, query.with_dates("", "").url())


def _sorts(query: PageQuery, messages: Mapping[str, str]) -> Iterator[Link]:
    current = query.sort or default_sort(query.q)
    for sort in _SORTS:
        if sort != "relevance" or query.q:
            yield Link(messages[sort], query.sorted_by(sort).url(), sort == current)


def _pages(query: PageQuery, pages: int) -> Sequence[Link | None]:
    """Links to the first, the last and the pages around; None where some are left out."""
    near = range(query.page - _PAGES_AROUND, query.page + _PAGES_AROUND + 1)
    numbers = sorted({1, pages, *(n for n in near if 1 <= n <= pages)})
    out: list[Link | None] = []
    for i, number in enumerate(numbers):
        if i and number > numbers[i - 1] + 1:
            out.append(None)
        out.append(Link(str(number), query.at(number).url(), number == query.page))
    return out if pages > 1 else []
