"""What narrows a search, as the page shows it: values to tick, and chips of the chosen ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.fields import VALUE_FACETS
from search.request import DateValue, FacetValue
from web.params import FEW_VALUES, FIND, PageQuery

_SHOWN_VALUES = 6
_FACET_ORDER = ("category", "author", "tag")


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet of the sidebar: values in sight, and those behind "more".

    ``find`` is what is searched for among them, in the parameter ``find_name``; ``whole`` leads
    to all values where there may be others, and back where all are shown.
    """

    name: str
    shown: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...]
    find: str
    find_name: str
    whole: str
    opened: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter; ``url`` leads to the same without it."""

    facet: str
    text: str
    url: str


def facet_views(facets: Mapping[str, Sequence[DateValue]], query: PageQuery) -> Iterator[FacetView]:
    """The facets that have values, or were searched for one."""
    for name in _FACET_ORDER:
        find = query.find.text if query.find and query.find.facet == name else ""
        opened = query.more == name
        values = [value for value in facets.get(name, ()) if isinstance(value, FacetValue)]
        if not opened:
            # The others are long too where one is opened.
            values = values[:FEW_VALUES] + [v for v in values[FEW_VALUES:] if v.selected]
        if not values and not find:
            continue
        # What is chosen stays in sight.
        values.sort(key=lambda value: not value.selected)
        in_sight = max(_SHOWN_VALUES, sum(value.selected for value in values))
        if find or opened:
            in_sight = len(values)
        whole = query.showing("" if opened else name).url()
        yield FacetView(
            name=name,
            shown=tuple(values[:in_sight]),
            more=tuple(values[in_sight:]),
            find=find,
            find_name=FIND + name,
            whole=whole if opened or len(values) >= FEW_VALUES else "",
            opened=opened,
        )


def chips(query: PageQuery) -> Iterator[Chip]:
    """One chip for each chosen value, and one for the dates."""
    for facet in VALUE_FACETS:
        for value in query.selected.get(facet, ()):
            yield Chip(facet, value, query.toggled(facet, value).url())
    first, last = query.date_from, query.date_to
    if first or last:
        text = first if first == last else f"{first} ~ {last}".strip()
        yield Chip("period", text, query.with_dates("", "").url())
