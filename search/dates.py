"""Calendar ranges as people write them: 2025, 2025-07, 2025-07-17, 2025-01..2025-03."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?[-./]?")
# The last year that a datetime holds: programs write its end for an open one.
_LAST_YEAR = 9999
_YEARS = range(1000, _LAST_YEAR + 1)


@dataclass(frozen=True, slots=True)
class DateRange:
    """From the first to the last day, inclusive; each (year, month or 0, day or 0), None open."""

    first: tuple[int, int, int] | None
    last: tuple[int, int, int] | None

    def instants(self, zone: ZoneInfo) -> tuple[int | None, int | None]:
        """Seconds since 1970 of the beginning, and of the end (exclusive), in ``zone``; None
        where it is open."""
        start = int(_begin(self.first, zone).timestamp()) if self.first else None
        if self.last is None or self.last[0] == _LAST_YEAR:
            return start, None
        return start, int(_end(self.last, zone).timestamp())


def parse_day(text: str) -> tuple[int, int, int] | None:
    """(year, month or 0, day or 0); None where it is no date of the calendar."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    if year not in _YEARS or (match[2] and not 1 <= month <= 12):
        return None
    if match[3]:
        try:
            datetime(year, month, day)  # noqa: DTZ001
        except ValueError:
            return None
    return year, month, day


def parse_range(text: str) -> DateRange | None:
    """One date or ``first..last`` in any order, either side open; None where it is none."""
    first, dots, last = text.partition("..")
    begin, end = parse_day(first), parse_day(last)
    if not dots:
        return DateRange(begin, begin) if begin else None
    if (first.strip() and not begin) or (last.strip() and not end) or not (begin or end):
        return None
    if begin and end and backwards(begin, end):
        begin, end = end, begin
    return DateRange(begin, end)


def backwards(first: tuple[int, int, int], last: tuple[int, int, int]) -> bool:
    """Whether ``last`` is over before ``first`` begins (2024-06 to 2024 is a range)."""
    return _first_day(first) > (last[0], last[1] or 12, last[2] or 31)


def _first_day(day: tuple[int, int, int]) -> tuple[int, int, int]:
    return day[0], day[1] or 1, day[2] or 1


def _begin(day: tuple[int, int, int], zone: ZoneInfo) -> datetime:
    return datetime(*_first_day(day), tzinfo=zone)


def _end(day: tuple[int, int, int], zone: ZoneInfo) -> datetime:
    year, month, number = day
    if number:
        return datetime(year, month, number, tzinfo=zone) + timedelta(days=1)
    if month == 12 or not month:
        return datetime(year + 1, 1, 1, tzinfo=zone)
    return datetime(year, month + 1, 1, tzinfo=zone)
