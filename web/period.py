"""The articles over time as bars of an SVG, and ranges of dates to choose from."""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from search.request import DateValue
from web.params import PageQuery

# More bars than these are too thin to be hit.
_MOST_MONTHS = 36
_MOST_YEARS = 60
_STEP, _WIDTH, _HEIGHT = 10, 8, 60
_DAY = len("2025-07-17")
_PRESETS = (("week", 7), ("month_ago", 30), ("year_ago", 365))


@dataclass(frozen=True, slots=True)
class Bar:
    """A month or year; ``x``, ``y`` and ``height`` place it, ``url`` is "" where it is empty."""

    value: str
    label: str
    count: int
    url: str
    chosen: bool
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars side by side in a box of ``width`` by ``height``."""

    bars: tuple[Bar, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A range that can be chosen with a click."""

    text: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class PeriodView:
    """The part of the sidebar that narrows by date; ``first`` and ``last`` fill the date fields,
    ``exact`` where they are no whole months."""

    histogram: Histogram | None
    presets: tuple[Choice, ...]
    years: tuple[Choice, ...]
    first: str
    last: str
    clear: str
    exact: bool


def period_view(
    facets: Mapping[str, Sequence[DateValue]],
    query: PageQuery,
    messages: Mapping[str, str],
    today: date,
) -> PeriodView:
    """The view of the years and months that a query has, newest first as the service gives them."""
    years, months = facets.get("year", ()), facets.get("month", ())
    rows = _axis(years, months, query)
    return PeriodView(
        histogram=_histogram(rows, query, messages) if len(rows) > 1 else None,
        presets=tuple(_presets(months, query, messages, today)),
        years=tuple(
            Choice(row.value, _toggled(query, row.value), _is(query, row.value), row.count)
            for row in years
        ),
        first=first_day(query.date_from),
        last=last_day(query.date_to),
        clear=query.with_dates("", "").url() if query.date_from or query.date_to else "",
        exact=len(query.date_from) == _DAY or len(query.date_to) == _DAY,
    )


def first_day(text: str) -> str:
    """The day on which a year, month or day begins; "" for ""."""
    return text + "-01-01"[len(text) - 4 :] if text else ""


def last_day(text: str) -> str:
    """The day on which a year, month or day ends; "" for ""."""
    if not text or len(text) == _DAY:
        return text
    year, month = int(text[:4]), int(text[5:] or 12)
    return f"{text[:4]}-{month:02}-{monthrange(year, month)[1]:02}"


def _axis(
    years: Sequence[DateValue], months: Sequence[DateValue], query: PageQuery
) -> list[tuple[str, int]]:
    """Every month between the first and the last, or every year where these are too many. Within
    a few chosen years it is their months."""
    if not months:
        return []
    first, last = months[-1].value, months[0].value
    if query.date_from or query.date_to:
        first = max(first, (query.date_from or first)[:4] + "-01")
        last = min(last, (query.date_to or last)[:4] + "-12")
    span = _months_between(first, last)
    if 0 < len(span) <= _MOST_MONTHS:
        counts = {row.value: row.count for row in months}
        return [(value, counts.get(value, 0)) for value in span]
    counts = {row.value: row.count for row in years}
    newest = int(years[0].value)
    oldest = max(int(years[-1].value), newest - _MOST_YEARS + 1)
    return [(f"{n:04}", counts.get(f"{n:04}", 0)) for n in range(oldest, newest + 1)]


def _months_between(first: str, last: str) -> list[str]:
    begin, end = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    # One more than fit is enough to know it.
    end = min(end, begin + _MOST_MONTHS)
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(begin, end + 1)]


def _histogram(
    rows: list[tuple[str, int]], query: PageQuery, messages: Mapping[str, str]
) -> Histogram:
    most = max(max(count for _, count in rows), 1)
    bars = []
    for i, (value, count) in enumerate(rows):
        height = max(round(count / most * _HEIGHT), 2) if count else 0
        bars.append(
            Bar(
                value=value,
                label=_label(value, messages),
                count=count,
                url=_toggled(query, value) if count else "",
                chosen=_within(query, value),
                x=i * _STEP + (_STEP - _WIDTH) // 2,
                y=_HEIGHT - height,
                height=height,
            )
        )
    return Histogram(tuple(bars), len(rows) * _STEP, _HEIGHT)


def _label(value: str, messages: Mapping[str, str]) -> str:
    pattern = messages["a_month" if len(value) > 4 else "a_year"]
    return pattern.format(year=value[:4], month=int(value[5:] or 1))


def _within(query: PageQuery, value: str) -> bool:
    """Whether a part of a month or year is in the chosen range; none where there is no range."""
    first, last = query.date_from, query.date_to
    if not (first or last):
        return False
    size = len(value)
    return (not first or value[: len(first)] >= first[:size]) and (
        not last or value[: len(last)] <= last[:size]
    )


def _is(query: PageQuery, value: str) -> bool:
    return query.date_from == query.date_to == value


def _toggled(query: PageQuery, value: str) -> str:
    dates = ("", "") if _is(query, value) else (value, value)
    return query.with_dates(*dates).url()


def _presets(
    months: Sequence[DateValue], query: PageQuery, messages: Mapping[str, str], today: date
) -> Iterator[Choice]:
    for name, days in _PRESETS:
        first = (today - timedelta(days=days)).isoformat()
        # An archive that ended before has nothing there.
        if months and months[0].value >= first[:7]:
            dated = query.with_dates(first, "")
            current = (query.date_from, query.date_to) == (dated.date_from, "")
            target = query.with_dates("", "") if current else dated
            yield Choice(messages[name], target.url(), current)
