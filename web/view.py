"""An answer as the search page shows it: texts, links and marks, nothing left to decide."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from search.request import Hit, NearHit, SearchAnswer, Sort
from web.params import PageQuery, default_sort
from web.period import PeriodView, period_view
from web.sidebar import Chip, FacetView, chips, facet_views

_SHOWN_TAGS = 6
_PAGES_AROUND = 2
_SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
_SIZES = (10, 20, 50)
_WEB_ADDRESS = re.compile(r"(?:https?://|/(?!/))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a page; ``current`` where that is the one shown."""

    text: str
    url: str
    current: bool = False


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
    period: PeriodView
    chips: tuple[Chip, ...]
    sorts: tuple[Link, ...]
    sizes: tuple[Link, ...]
    pages: tuple[Link | None, ...]
    previous: str
    following: str
    image: str


def page_view(
    answer: SearchAnswer, query: PageQuery, messages: Mapping[str, str], today: date
) -> PageView:
    """The view of an answer; ``query`` is what was asked, ``messages`` the words of a language."""
    pages = max(answer.pages, 1)
    hits = hit_views(answer.hits, query, messages)
    return PageView(
        query=query,
        total=answer.total,
        heading=messages[_heading(answer, query)],
        notice=_notice(answer, messages),
        hits=hits,
        also=hit_views(answer.also, query, messages),
        facets=tuple(facet_views(answer.facets, query)),
        period=period_view(answer.facets, query, messages, today),
        chips=tuple(chips(query)),
        sorts=tuple(_sorts(query, messages)),
        sizes=tuple(_sizes(answer.total, query)),
        pages=tuple(_pages(query, pages)),
        previous=query.at(query.page - 1).url() if query.page > 1 else "",
        following=query.at(query.page + 1).url() if query.page < pages else "",
        image=next((hit.image for hit in hits if hit.image), ""),
    )


def _heading(answer: SearchAnswer, query: PageQuery) -> str:
    if answer.query.applied or query.filtered() or query.sort:
        return "results"
    return "newest_articles"


def hit_views(
    hits: Iterable[Hit], query: PageQuery, messages: Mapping[str, str]
) -> tuple[HitView, ...]:
    """The views of hits, on a page of ``query``."""
    return tuple(_hit(hit, query, messages) for hit in hits)


def _notice(answer: SearchAnswer, messages: Mapping[str, str]) -> str:
    if answer.partial:
        return messages["partial"]
    if answer.query.matching == "most" and answer.total:
        return messages["most"]
    return ""


def _hit(hit: Hit, query: PageQuery, messages: Mapping[str, str]) -> HitView:
    marked = hit.highlights
    return HitView(
        url=web_address(hit.url),
        title=_html(marked.title if marked else "") or Markup.escape(messages["untitled"]),
        subtitle=_html(marked.subtitle if marked else ""),
        snippets=tuple(map(_html, marked.body)) if marked else (),
        authors=", ".join(hit.authors),
        categories=", ".join(hit.categories),
        tags=tuple(Link(tag, query.toggled("tag", tag).url()) for tag in hit.tags[:_SHOWN_TAGS]),
        date=_date(hit.date, messages["date"]),
        datetime=hit.date or "",
        image=web_address(hit.image),
        missing=hit.missing if isinstance(hit, NearHit) else (),
    )


def web_address(text: str) -> str:
    """An address that a page may link to, "" for any other."""
    return text if _WEB_ADDRESS.match(text) else ""


def _html(highlighted: str) -> Markup:
    # search.highlight has escaped everything but its own marks.
    return Markup(highlighted)  # noqa: S704


def _date(iso: str | None, pattern: str) -> str:
    if iso is None:
        return ""
    date = datetime.fromisoformat(iso)
    return pattern.format(year=date.year, month=date.month, day=date.day)


def _sorts(query: PageQuery, messages: Mapping[str, str]) -> Iterator[Link]:
    current = query.sort or default_sort(query.q)
    for sort in _SORTS:
        if sort != "relevance" or query.q:
            yield Link(messages[sort], query.sorted_by(sort).url(), sort == current)


def _sizes(total: int, query: PageQuery) -> Iterator[Link]:
    """How many hits a page may hold; nothing where all fit on the smallest."""
    if total > _SIZES[0]:
        for size in _SIZES:
            yield Link(str(size), query.sized(size).url(), size == query.per_page)


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
