"""The arguments of the search page to a request, and back to addresses. Pure, and lenient:
a page falls back to a default where the API answers 400."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast, get_args
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from index.fields import VALUE_FACETS, facet_key
from search.dates import backwards, parse_day
from search.query import clean
from search.request import (
    MAX_DEPTH,
    MAX_PER_PAGE,
    MAX_QUERY,
    FacetSearch,
    SearchRequest,
    Sort,
)

PER_PAGE = 10
# Values of a facet, and of the one that is opened wide.
FEW_VALUES, MANY_VALUES = 20, 1000
# The parameter that searches within the values of a facet, a field of its own in the form.
FIND = "find_"
_MAX_SELECTED = 50
# Of what cannot be read, so much is said back.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What the address of a search page says. ``page`` counts from 1; ``sort`` None: default.

    ``find`` searches within the values of one facet, ``more`` names the one that is shown whole:
    they change the sidebar only. ``unread`` are dates that were given and are none.
    """

    q: str = ""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_from: str = ""
    date_to: str = ""
    sort: Sort | None = None
    page: int = 1
    per_page: int = PER_PAGE
    correct: bool = True
    find: FacetSearch | None = None
    more: str = ""
    unread: tuple[str, ...] = field(default=(), compare=False)

    def to_request(self) -> SearchRequest:
        """The request for the service."""
        return SearchRequest(
            q=self.q,
            selected=self.selected,
            date_from=self.date_from,
            date_to=self.date_to,
            sort=self.sort,
            page=self.page,
            per_page=self.per_page,
            facet_size=MANY_VALUES if self.more else FEW_VALUES,
            facet_search=self.find,
            correct=self.correct,
        )

    def url(self) -> str:
        """The shortest address of this page: defaults are left out, the order is fixed."""
        rows = self._narrowing()
        if self.sort:
            rows.append(("sort", self.sort))
        if self.per_page != PER_PAGE:
            rows.append(("per_page", str(self.per_page)))
        if self.page > 1:
            rows.append(("page", str(self.page)))
        if self.more:
            rows.append(("more", self.more))
        if self.find:
            rows.append((FIND + self.find.facet, self.find.text))
        return _address("/", rows)

    def canonical(self) -> str:
        """The address of the same articles with the sidebar as it is at first."""
        return replace(self, find=None, more="").url()

    def feed(self) -> str:
        """The address of the RSS feed of these articles."""
        return _address("/feed.xml", self._narrowing())

    def _narrowing(self) -> list[tuple[str, str]]:
        """The parameters that decide which articles there are."""
        rows = [("q", self.q)] if self.q else []
        rows += [(facet, v) for facet in VALUE_FACETS for v in self.selected.get(facet, ())]
        rows += [(n, v) for n in ("date_from", "date_to") if (v := getattr(self, n))]
        if not self.correct:
            rows.append(("correct", "0"))
        return rows

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

    def sized(self, per_page: int) -> "PageQuery":
        """The first page with another number of hits."""
        return replace(self, per_page=per_page, page=1)

    def showing(self, facet: str) -> "PageQuery":
        """The same with all values of one facet; with few of each where it is ""."""
        return replace(self, more=facet, find=None)

    def without_filters(self) -> "PageQuery":
        """The query alone."""
        return PageQuery(q=self.q, sort=self.sort, per_page=self.per_page, correct=self.correct)

    def asking(self, q: str) -> "PageQuery":
        """Another query, without filters."""
        return replace(self.without_filters(), q=q)

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
    sort, more = args.get("sort", ""), args.get("more", "")
    days = [args.get(name, "").strip() for name in ("date_from", "date_to")]
    date_from, date_to = _dates(*days)
    per_page = _number(args.get("per_page", ""), PER_PAGE, MAX_PER_PAGE)
    return PageQuery(
        q=clean(args.get("q", ""))[:MAX_QUERY],
        selected={
            facet: tuple(dict.fromkeys(v for v in map(clean, args.getlist(facet)) if v))[
                :_MAX_SELECTED
            ]
            for facet in VALUE_FACETS
        },
        date_from=date_from,
        date_to=date_to,
        sort=cast("Sort", sort) if sort in get_args(Sort) else None,
        page=_number(args.get("page", ""), 1, MAX_DEPTH // per_page),
        per_page=per_page,
        correct=args.get("correct") != "0",
        find=_find(args),
        more=more if more in VALUE_FACETS else "",
        unread=tuple(day[:_SHOWN] for day in days if day and parse_day(day) is None),
    )


def _number(text: str, default: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default
    return min(max(number, 1), most)


def _find(args: "MultiDict[str, str]") -> FacetSearch | None:
    typed = ((facet, clean(args.get(FIND + facet, ""))[:MAX_QUERY]) for facet in VALUE_FACETS)
    return next((FacetSearch(facet, text) for facet, text in typed if text), None)


def _dates(first: str, last: str) -> tuple[str, str]:
    """Both ends in the shortest form that says the same: a date field gives days only."""
    begin, end = parse_day(first), parse_day(last)
    if begin and end and backwards(begin, end):
        begin, end = end, begin
    date_from, date_to = (
        _short(begin, 1),
        _short(end, monthrange(*end[:2])[1] if end and end[1] else 0),
    )
    if date_from[4:] == "-01" and date_to[4:] == "-12":
        return date_from[:4], date_to[:4]
    return date_from, date_to


def _short(day: tuple[int, int, int] | None, edge: int) -> str:
    """The day, or its month where it is the ``edge`` of that."""
    if day is None:
        return ""
    year, month, number = day
    if not month:
        return f"{year:04}"
    return f"{year:04}-{month:02}" + (f"-{number:02}" if number not in (0, edge) else "")


def _address(path: str, rows: list[tuple[str, str]]) -> str:
    return f"{path}?" + urlencode(rows, quote_via=quote, errors="replace") if rows else path
