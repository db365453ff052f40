"""Calendar ranges: what is a date, and which instants it spans."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from search.dates import parse_day, parse_range

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025", (2025, 0, 0)),
        ("2025-07", (2025, 7, 0)),
        ("2025-7", (2025, 7, 0)),
        ("2025-07-17", (2025, 7, 17)),
        (" 2025.07.17. ", (2025, 7, 17)),
        ("2024-02-29", (2024, 2, 29)),
        ("2025-02-29", None),
        ("2025-00", None),
        ("2025-13", None),
        ("2025-01-00", None),
        ("0999", None),
        ("9999-12-31", (9999, 12, 31)),
        ("10000", None),
        ("25", None),
        ("20250717", None),
        ("", None),
        ("어제", None),
    ],
)
def test_parse_day(text: str, day: tuple[int, int, int] | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "zone", "start", "end"),
    [
        ("2025", SEOUL, "2025-01-01", "2026-01-01"),
        ("2025-12", SEOUL, "2025-12-01", "2026-01-01"),
        ("2024-02", SEOUL, "2024-02-01", "2024-03-01"),
        ("2025-12-31", SEOUL, "2025-12-31", "2026-01-01"),
        ("2024-11..2025-02", SEOUL, "2024-11-01", "2025-03-01"),
        ("2025-02..2024-11", SEOUL, "2024-11-01", "2025-03-01"),
        ("2024-06..2024", SEOUL, "2024-06-01", "2025-01-01"),
        ("2024..2024-06", SEOUL, "2024-01-01", "2024-07-01"),
        ("2025..", SEOUL, "2025-01-01", None),
        ("..2025-07", SEOUL, None, "2025-08-01"),
        # A day that is an hour shorter
        ("2025-03-09", NEW_YORK, "2025-03-09", "2025-03-10"),
        ("1000..9998", SEOUL, "1000-01-01", "9999-01-01"),
        ("2025..9999-12-31", NEW_YORK, "2025-01-01", None),
        ("9999-12-31", NEW_YORK, "9999-12-31", None),
    ],
)
def test_instants(text: str, zone: ZoneInfo, start: str | None, end: str | None) -> None:
    found = parse_range(text)
    assert found is not None
    assert found.instants(zone) == (seconds(start, zone), seconds(end, zone))


def seconds(day: str | None, zone: ZoneInfo) -> int | None:
    """When a day begins."""
    return int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp()) if day else None


@pytest.mark.parametrize("text", ["", "..", "2025..x", "x..2025", "2025..2026..2027", "a..b"])
def test_no_range(text: str) -> None:
    assert parse_range(text) is None
