"""Dates of every kind, as front matter has them."""

import re
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from dateutil import tz
from dateutil.parser import ParserError
from dateutil.parser import parse as parse_any

_YEARS = range(1900, 2200)
# dateutil fills what is missing from a default; a result that kept this year had none of its own.
_NO_YEAR = datetime(1, 1, 1)  # noqa: DTZ001
_UNIX_SECONDS = re.compile(r"\d{9,10}")
_FILE_NAME_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_ZONES = {
    "KST": tz.gettz("Asia/Seoul"),
    "UTC": tz.UTC,
    "GMT": tz.UTC,
    "JST": tz.gettz("Asia/Tokyo"),
    # As RFC 5322 has them, whatever the season.
    "EST": tz.tzoffset("EST", -5 * 3600),
    "EDT": tz.tzoffset("EDT", -4 * 3600),
    "CST": tz.tzoffset("CST", -6 * 3600),
    "CDT": tz.tzoffset("CDT", -5 * 3600),
    "MST": tz.tzoffset("MST", -7 * 3600),
    "MDT": tz.tzoffset("MDT", -6 * 3600),
    "PST": tz.tzoffset("PST", -8 * 3600),
    "PDT": tz.tzoffset("PDT", -7 * 3600),
}
# Longer text is no date, and dateutil would read every word of it.
_LONGEST = 100
# Korean dates in words dateutil knows: 2025년 7월 17일 (목) 오후 3시 5분, 2025. 7. 17.
_KOREAN = (
    (re.compile(r"\(?[월화수목금토일]요일\)?|\([월화수목금토일]\)"), " "),
    (re.compile(r"(\d)\s*[년年]\s*"), r"\1-"),
    (re.compile(r"(\d)\s*[월月]\s*"), r"\1-"),
    (re.compile(r"(\d)\s*[일日]"), r"\1 "),
    # 정오 and 자정 are an hour by themselves. 밤 1시 is early in the morning; of which day 밤 12시
    # is, people do not agree on: it stays unread.
    (re.compile("정오"), "오후 12시"),
    (re.compile("자정"), "오전 12시"),
    (re.compile(r"새벽|아침|밤(?=\s*[1-5](?!\d))"), "오전"),
    (re.compile(r"낮|저녁|밤(?!\s*12)"), "오후"),
    (re.compile(r"(\d{1,2})\s*시\s*(\d{1,2})\s*분\s*(\d{1,2})\s*초"), r"\1:0\2:0\3"),
    (re.compile(r"(\d{1,2})\s*시\s*(?:(\d{1,2})\s*분)?"), r"\1:0\2"),
    (re.compile(r":0(\d\d)\b"), r":\1"),
    (re.compile(r":0(?!\d)"), ":00"),
    (re.compile(r"(오전|오후)\s*(\d{1,2}(?::\d{2})+)"), r"\2 \1"),
    (re.compile("오전"), "AM"),
    (re.compile("오후"), "PM"),
    (re.compile(r"(\d{4})\.\s*(\d{1,2})\.\s*(\d{1,2})\.?"), r"\1-\2-\3 "),
    (re.compile(r"-\s*$"), ""),
)
# Zones as programs write them: Go (+0900 KST), browsers (GMT+0900 (한국 표준시)). dateutil reads
# GMT+9 as nine hours west.
_OFFSETS = (
    (re.compile(r"\b(?:GMT|UTC)\s?(?=[+-]\d)"), ""),
    (re.compile(r"([+-]\d{1,2}:?(?:\d{2})?)\s+(?:[A-Z]{3,5}|\(.*\))$"), r"\1"),
)


class DateError(ValueError):
    """Text that is no date; the message quotes it."""


class TooLateError(DateError):
    """A date beyond every calendar of ours, as 9999-12-31 stands for never."""


def parse_date(value: object, zone: ZoneInfo) -> datetime | None:
    """The instant of a front matter value; None where it is empty.

    Takes datetimes, dates, unix seconds and any text that dateutil or the Korean table reads.
    ``zone`` counts where none is given. Raises DateError.
    """
    if isinstance(value, datetime):
        return _placed(value, zone, value)
    if isinstance(value, date):
        return _placed(datetime.combine(value, time()), zone, value)
    text = " ".join(str(value).split()) if value is not None else ""
    if text.lower() in ("", "null", "~", "none", "false"):
        return None
    if _UNIX_SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC).astimezone(zone)
    return _placed(_parsed(text), zone, text)


def date_in_name(name: str, zone: ZoneInfo) -> datetime | None:
    """The date at the beginning of a file name (2025-07-17-slug), midnight in ``zone``."""
    match = _FILE_NAME_DATE.match(name)
    if match is None:
        return None
    try:
        found = datetime(*map(int, match.groups()), tzinfo=zone)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def _parsed(text: str) -> datetime:
    if len(text) > _LONGEST:
        raise DateError(f"{text[:60]!r}… is no date")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    words = text
    for pattern, replacement in (*_KOREAN, *_OFFSETS):
        words = pattern.sub(replacement, words)
    try:
        found = parse_any(words.strip(), default=_NO_YEAR, yearfirst=True, tzinfos=_zone)
    except (ParserError, ValueError, OverflowError, TypeError) as error:
        raise DateError(f"{text[:60]!r} is no date") from error
    if found.year == _NO_YEAR.year:
        raise DateError(f"{text[:60]!r} is a date without a year")
    return found


def _zone(name: str | None, offset: int | None) -> tzinfo | int | None:
    """The zone of a date for dateutil, which warns of names that it is not told of."""
    return offset if offset is not None or name is None else _ZONES.get(name)


def _placed(found: datetime, zone: ZoneInfo, value: object) -> datetime:
    if found.year not in _YEARS:
        wrong = TooLateError if found.year >= _YEARS.stop else DateError
        raise wrong(f"{str(value)[:60]!r} lies outside of 1900 to 2199")
    try:
        aware = found if found.tzinfo is not None else found.replace(tzinfo=zone)
        aware.timestamp()
        # The offset decides the instant; a zone object of dateutil must not travel further.
        return datetime.fromisoformat(aware.isoformat())
    except (ValueError, OverflowError) as error:
        raise DateError(f"{str(value)[:60]!r} is no date") from error
