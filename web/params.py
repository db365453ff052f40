"""The arguments of the search page to a request, and back to addresses. Pure, and lenient:
a page falls back to a default where the API answers 400."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast, get_args
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from index.fields import VALUE_FACETS, facet_key
from search.dates import backwards, parse_day
from search.query import clean
from search.request import MAX_DEPTH, MAX_QUERY, SearchRequest, Sort

PER_PAGE = 10
_MAX_PAGE = MAX_DEPTH // PER_PAGE
_MAX_SELECTED = 50


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What the address of a search page says. ``page`` counts from 1; ``sort`` None: default."""

    q: str = ""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: str = ""
    date_to: str = ""
    sort: Sort | None = None
    page: int = 1
    correct: bool = True

    def to_request(self) -> SearchRequest:
        """The request for the service."""
        return SearchRequest(
            q=self.q,
            selected=self.selected,
            date_from=self.date_from,
            date_to=self.date_to,
            sort=self.sort,
            page=self.page,
            per_page=PER_PAGE,
            correct=self.correct,
        )

    def url(self) -> str:
        """The shortest address of this page: defaults are left out, the order is fixed."""
        rows: list[tuple[str, str]] = []
        if self.q:
            rows.append(("q", self.q))
        rows += [(facet, v) for facet in VALUE_FACETS for v in self.selected.get(facet, ())]
        rows += [(n, v) for n in ("date_from", "date_to") if (v := getattr(self, n))]
        if self.sort:
            rows.append(("sort", self.sort))
        if not self.correct:
            rows.append(("correct", "0"))
        if self.page > 1:
            rows.append(("page", str(self.page)))
        return "/?" + urlencode(rows, quote_via=quote, errors="replace") if rows else "/"

    def toggled(self, facet: str, value: str) -> "PageQuery":
        """The first page with a facet value added, or taken away where it is chosen."""
        own = self.selected.get(facet, ())
        kept = tuple(v for v in own if facet_key(v) != facet_key(value))
        chosen = kept if len(kept) < len(own) else (*own, value)
        return replace(self, selected={**self.selected, facet: chosen}, page=1)

    def with_dates(self, date_from: str, date_to: str) -> "PageQuery":
        """The first page within other dates."""
        return replace(self, date_from=date_from, date_to=date_to, page=1)

    def sorted_by(self, sort: Sort) -> "PageQuery":
        """The first page in another order."""
        default = sort == default_sort(self.q)
        return replace(self, sort=None if default else sort, page=1)

    def at(self, page: int) -> "PageQuery":
        """Another page of the same hits."""
        return replace(self, page=page)

    def without_filters(self) -> "PageQuery":
        """The query alone."""
        return PageQuery(q=self.q, sort=self.sort, correct=self.correct)

    def as_typed(self) -> "PageQuery":
        """The first page of the query without corrections."""
        return replace(self, correct=False, page=1)

    def filtered(self) -> bool:
        """Whether anything narrows the query."""
        return bool(any(self.selected.values()) or self.date_from or self.date_to)


def default_sort(q: str) -> Sort:
    """The order where none is asked for."""
    return "relevance" if clean(q) else "newest"


def page_query(args: "MultiDict[str, str]") -> PageQuery:
    """What the arguments of an address say; whatever makes no sense is left out."""
    sort = args.get("sort", "")
    first, last = _date(args.get("date_from", "")), _date(args.get("date_to", ""))
    days = parse_day(first), parse_day(last)
    if days[0] and days[1] and backwards(days[0], days[1]):
        first, last = last, first
    return PageQuery(
        q=clean(args.get("q", ""))[:MAX_QUERY],
        selected={
            facet: tuple(v for v in map(clean, args.getlist(facet)) if v)[:_MAX_SELECTED]
            for facet in VALUE_FACETS
        },
        date_from=first,
        date_to=last,
        sort=cast("Sort", sort) if sort in get_args(Sort) else None,
        page=_page(args.get("page", "")),
        correct=args.get("correct") != "0",
    )


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return min(max(number, 1), _MAX_PAGE)


def _date(text: str) -> str:
    return text.strip() if parse_day(text) else ""
