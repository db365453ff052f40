"""The address of an archive page to what it asks for, and back. Pure, and lenient."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from index.fields import VALUE_FACETS, facet_key
from search.dates import backwards, parse_day
from search.plan import STATUSES, Status
from search.query import clean
from search.request import MAX_DEPTH, MAX_QUERY, ArchiveSort, SearchRequest

PATH = "/archive"
# Hits on a page, by how they are shown.
VIEWS: Mapping[str, int] = {"table": 50, "cards": 20}
CHARTED = ("category", "author")
_MAX_SELECTED = 50


@dataclass(frozen=True, slots=True)
class Address:
    """What the address of an archive page says. ``view`` is a table or cards, ``by`` the facet
    that the chart is split by; ``sort`` None: the default."""

    q: str = ""
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: tuple[Status, ...] = ()
    date_from: str = ""
    date_to: str = ""
    sort: ArchiveSort | None = None
    view: str = "table"
    by: str = "category"
    page: int = 1
    correct: bool = True

    def to_request(self) -> SearchRequest:
        """The request for the service."""
        return SearchRequest(
            q=self.q,
            selected=self.selected,
            status=self.status,
            date_from=self.date_from,
            date_to=self.date_to,
            sort=self.sort,
            page=self.page,
            per_page=VIEWS[self.view],
            snippets=1 if self.view == "table" else 2,
            correct=self.correct,
            everything=True,
        )

    def rows(self, *, for_api: bool = False) -> list[tuple[str, str]]:
        """Names and values of the shortest address; for the API without what is of the page."""
        rows = [("q", self.q)] if self.q else []
        rows += [(facet, v) for facet in VALUE_FACETS for v in self.selected.get(facet, ())]
        rows += [("status", status) for status in self.status]
        rows += [(n, v) for n in ("date_from", "date_to") if (v := getattr(self, n))]
        if self.sort:
            rows.append(("sort", self.sort))
        if not self.correct:
            rows.append(("correct", "0"))
        if not for_api:
            rows += [("view", self.view)] if self.view != "table" else []
            rows += [("by", self.by)] if self.by != CHARTED[0] else []
            rows += [("page", str(self.page))] if self.page > 1 else []
        return rows

    def query_string(self, *, for_api: bool = False) -> str:
        """The address behind the question mark."""
        return urlencode(self.rows(for_api=for_api), quote_via=quote, errors="replace")

    def url(self) -> str:
        """The shortest address of this page."""
        query = self.query_string()
        return f"{PATH}?{query}" if query else PATH

    def to(self, **changes: Any) -> str:
        """The address of the first page with other values."""
        return replace(self, **{"page": 1, **changes}).url()

    def toggled(self, facet: str, value: str) -> str:
        """The address of the first page with a value added, or taken away where it is chosen."""
        if facet == "status":
            kept = tuple(s for s in STATUSES if (s in self.status) != (s == value))
            return self.to(status=kept)
        own = self.selected.get(facet, ())
        others = tuple(v for v in own if facet_key(v) != facet_key(value))
        chosen = others if len(others) < len(own) else (*own, value)
        return self.to(selected={**self.selected, facet: chosen})

    def without_filters(self) -> str:
        """The address of the query alone."""
        return self.to(selected={}, status=(), date_from="", date_to="")

    def filtered(self) -> bool:
        """Whether anything narrows the query."""
        return bool(any(self.selected.values()) or self.status or self.date_from or self.date_to)


def address_of(args: "MultiDict[str, str]") -> Address:
    """What the arguments of an address say; whatever makes no sense is left out."""
    first, last = _date(args.get("date_from", "")), _date(args.get("date_to", ""))
    days = parse_day(first), parse_day(last)
    if days[0] and days[1] and backwards(days[0], days[1]):
        first, last = last, first
    sort, view, by = args.get("sort", ""), args.get("view", ""), args.get("by", "")
    view = view if view in VIEWS else "table"
    return Address(
        q=clean(args.get("q", ""))[:MAX_QUERY],
        selected={
            facet: tuple(v for v in map(clean, args.getlist(facet)) if v)[:_MAX_SELECTED]
            for facet in VALUE_FACETS
        },
        status=tuple(s for s in STATUSES if s in args.getlist("status")),
        date_from=first,
        date_to=last,
        sort=cast("ArchiveSort", sort) if sort in get_args(ArchiveSort) else None,
        view=view,
        by=by if by in CHARTED else CHARTED[0],
        page=_page(args.get("page", ""), MAX_DEPTH // VIEWS[view]),
        correct=args.get("correct") != "0",
    )


def _page(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return min(max(number, 1), most)


def _date(text: str) -> str:
    return text.strip() if parse_day(text) else ""
