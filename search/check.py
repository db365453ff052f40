"""Whether a request makes sense; the error names the parameter and what is allowed."""

from zoneinfo import ZoneInfo

from index.fields import FACETS, VALUE_FACETS
from search.dates import DateRange, parse_day
from search.plan import DateWithin
from search.query import clean
from search.request import (
    MAX_DEPTH,
    MAX_PER_PAGE,
    MAX_QUERY,
    MAX_SNIPPETS,
    RequestError,
    SearchRequest,
)

_MAX_SELECTED = 50
_BOUNDS = {
    "page": (1, MAX_DEPTH),
    "per_page": (1, MAX_PER_PAGE),
    "facet_size": (0, 1000),
    "snippets": (0, MAX_SNIPPETS),
    "snippet_length": (20, 500),
}


def check(request: SearchRequest) -> None:
    """Raise RequestError for the first parameter that cannot be used."""
    if len(clean(request.q)) > MAX_QUERY:
        raise RequestError("q", f"is longer than {MAX_QUERY} characters")
    for name, (least, most) in _BOUNDS.items():
        value = getattr(request, name)
        if not least <= value <= most:
            raise RequestError(name, f"is {value}; allowed are {least} to {most}")
    if not request.cursor and request.page * request.per_page > MAX_DEPTH:
        raise RequestError("page", f"reaches beyond {MAX_DEPTH} hits; go on with cursor")
    if request.sort == "title" and not request.everything:
        raise RequestError("sort", "by title is for editors")
    if request.status and not request.everything:
        raise RequestError("status", "is for editors")
    _check_facets(request)


def date_filter(request: SearchRequest, zone: ZoneInfo) -> DateWithin | None:
    """The range of ``date_from`` and ``date_to``. Raises RequestError."""
    first = _day("date_from", request.date_from)
    last = _day("date_to", request.date_to)
    if first is None and last is None:
        return None
    start, end = DateRange(first, last).instants(zone)
    if start is not None and end is not None and start >= end:
        raise RequestError("date_to", "lies before date_from")
    return DateWithin(start, end)


def _check_facets(request: SearchRequest) -> None:
    for facet in request.facets:
        if facet not in FACETS:
            raise RequestError("facets", f"{facet!r} is no facet; there are {', '.join(FACETS)}")
    for facet, values in request.selected.items():
        if len(values) > _MAX_SELECTED:
            raise RequestError(facet, f"has more than {_MAX_SELECTED} values")
    search = request.facet_search
    if search is not None and search.facet not in VALUE_FACETS:
        raise RequestError(
            "facet_query",
            f"{search.facet!r} cannot be searched; write one of "
            f"{', '.join(VALUE_FACETS)}, a colon and the beginning of a value",
        )


def _day(name: str, text: str) -> tuple[int, int, int] | None:
    if not text:
        return None
    day = parse_day(text)
    if day is None:
        raise RequestError(name, f"{text[:40]!r} is no date; write YYYY, YYYY-MM or YYYY-MM-DD")
    return day
