"""Dates as feeds and pages write them → aware UTC datetimes.

The forms met every day are read here: RFC 822, ISO 8601, and what Vietnamese newspapers print, in any order
of their parts (`14:15 - Thứ Năm, 09/01/2020`). Whatever is left goes to dateparser (Vietnamese and English),
which is a thousand times slower. A date that cannot be true is no date: the article then counts from when it
was first seen.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from feeds.zones import ZONE_PATTERN, zone_of

EARLIEST_YEAR: Final = 1995
"""No news feed is older; 1970 and year 7 come from broken generators (POLLING H5)."""
LATEST_AHEAD: Final = timedelta(days=2)
"""Farther in the future is a mistake; up to here it may be a wrong zone or a scheduled article (POLLING H5)."""
MAX_CHARACTERS: Final = 120
"""No date is longer; keeps hostile text away from the slow reader."""

_MONTHS: Final = MappingProxyType(
    {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
)
_ENGLISH_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_VIETNAMESE_WEEKDAYS: Final = MappingProxyType(
    {"hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "tu": 2, "4": 2, "năm": 3, "nam": 3, "5": 3}
    | {"sáu": 4, "sau": 4, "6": 4, "bảy": 5, "bẩy": 5, "bay": 5, "7": 5}
)

_ISO: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ]\s*(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?:" + ZONE_PATTERN + r")?)?",
    re.IGNORECASE,
)
"""RFC 3339, the W3C profile of ISO 8601, and the same with a space."""

_ZONE: Final = re.compile(rf"(?<![\w/.:]){ZONE_PATTERN}(?![\w/.:])", re.IGNORECASE)
_TIME: Final = re.compile(
    r"(?<![\d/.+-])(?P<hour>\d{1,2})\s*(?::|h|g|giờ)\s*(?P<minute>\d\d)(?:\s*(?::|phút|')\s*(?P<second>\d\d)(?:\.\d+)?)?"
    r"(?:\s*phút)?\s*(?P<half>sa|ch|am|pm|a\.m\.|p\.m\.|sáng|chiều|tối|trưa)?(?![\d\w])",
    re.IGNORECASE,
)
_HALF_BEFORE: Final = re.compile(r"\b(?:sa|ch|am|pm)\b", re.IGNORECASE)
_WEEKDAY: Final = re.compile(
    r"\bthứ\s*(?P<number>hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bẩy|bay|[2-7])\b|\b(?P<sunday>chủ\s+nhật|cn)\b"
    r"|\b(?P<english>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b\.?",
    re.IGNORECASE,
)
_NAMED_DATE: Final = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.-]*(?P<month>[a-z]{3})[a-z]{0,6}[\s.,-]*(?P<year>\d{4}|\d\d)\b(?!:)"
    r"|\b(?P<month_first>[a-z]{3})[a-z]{0,6}\.?\s+(?P<day_second>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year_last>\d{4})\b",
    re.IGNORECASE,
)
"""`09 Jan 2020`, `9-Jan-20`, `January 9, 2020`. The month's letters are checked afterwards."""
_VIETNAMESE_DATE: Final = re.compile(
    r"\b(?P<day>\d{1,2})\s*tháng\s*(?P<month>\d{1,2})(?:\s*,?\s*năm|,|\s)\s*(?P<year>\d{4})\b", re.IGNORECASE
)
_NUMERIC_DATE: Final = re.compile(r"(?<![\d:])(\d{1,4})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d:])")
_FILLER: Final = re.compile(
    r"\b(?:ngày|lúc|vào|đăng|cập nhật|xuất bản|giờ|at|on|published|posted|updated)\b|[\s,|;:()\-–—•·.]+", re.IGNORECASE
)
"""What may stand between the parts without meaning anything."""

_AGO: Final = re.compile(
    r"(?:khoảng\s+)?(?P<number>\d{1,4})\s*(?P<unit>giây|phút|giờ|tiếng|ngày|tuần|h|seconds?|minutes?|mins?|hours?|days?|weeks?)"
    r"\s*(?:trước|ago)(?:\s*đây)?",
    re.IGNORECASE,
)
_SECONDS_BY_UNIT: Final = MappingProxyType(
    {"giây": 1, "sec": 1, "phút": 60, "min": 60, "giờ": 3_600, "tiếng": 3_600, "hou": 3_600, "h": 3_600}
    | {"ngày": 86_400, "day": 86_400, "tuần": 604_800, "wee": 604_800}
)
_JUST_NOW: Final = re.compile(r"vừa xong|vừa mới|mới đây|just now", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts found in a text; several days when the order of day and month is open."""

    days: tuple[date, ...]
    at: time
    zone: tzinfo | None
    weekday: int | None


def read_date(text: str | None, time_zone: str, now: datetime, *, day_first: bool = True) -> datetime | None:
    """Return the moment a date text means, in UTC, or None when it means none that can be true.

    A date without a zone is read in `time_zone` (an IANA name). Of `9/1/2020` the first number is the day unless
    `day_first` is false; the other reading is taken where only it is a date, fits the weekday that stands beside
    it, or does not lie more than two days in the future. Years before 1995 and moments later than two days
    after `now` (aware) are refused (POLLING H1 to H5).
    """
    cleaned = _cleaned(text)
    if not cleaned:
        return None
    zone = ZoneInfo(time_zone)
    for moment in _readings(cleaned, zone, now, day_first):
        if _believable(moment, now):
            return moment.astimezone(UTC)
    return None


def guess_day_first(texts: Iterable[str], time_zone: str, now: datetime) -> bool:
    """Return whether the dates of one document put the day before the month; True when nothing tells.

    All are read both ways. The order wins under which more of them can be true; then the one under which the
    document is the freshest and the dates lie closest together: a news feed lists its latest articles.
    """
    cleaned = [text for text in map(_cleaned, texts) if _NUMERIC_DATE.search(text)]
    orders = {first: _moments(cleaned, time_zone, now, first) for first in (True, False)}
    counts = {first: len(moments) for first, moments in orders.items()}
    if counts[True] != counts[False]:
        return counts[True] > counts[False]
    if not counts[True]:
        return True
    return _staleness(orders[True], now) <= _staleness(orders[False], now)


def _moments(texts: Sequence[str], time_zone: str, now: datetime, day_first: bool) -> list[datetime]:
    """What the texts mean when day and month stand strictly in this order."""
    zone = ZoneInfo(time_zone)
    found = (_parts(text, day_first, strictly=True) for text in texts)
    moments = (_moment(parts.days[0], parts, zone) for parts in found if parts and parts.days)
    return [moment for moment in moments if _believable(moment, now)]


def _staleness(moments: Sequence[datetime], now: datetime) -> timedelta:
    return abs(now - max(moments)) + (max(moments) - min(moments))


def _cleaned(text: str | None) -> str:
    plain = unicodedata.normalize("NFC", (text or "")[: 4 * MAX_CHARACTERS])
    one_line = " ".join(plain.split())
    return one_line if len(one_line) <= MAX_CHARACTERS else ""


def _readings(text: str, zone: ZoneInfo, now: datetime, day_first: bool) -> Iterable[datetime]:
    """The moments a text may mean, likeliest first; the slow reader is asked only if nothing else can."""
    if iso := _ISO.fullmatch(text):
        yield from _iso(iso, zone)
        return
    if ago := _relative(text, now):
        yield ago
        return
    parts = _parts(text, day_first)
    if parts is not None:
        for day in _likeliest_first(parts):
            yield _moment(day, parts, zone)
        return
    if slowly := _read_slowly(text, zone.key, now, day_first):
        yield slowly


def _believable(moment: datetime, now: datetime) -> bool:
    return moment.year >= EARLIEST_YEAR and moment <= now + LATEST_AHEAD


def _iso(found: re.Match[str], zone: tzinfo) -> Iterable[datetime]:
    day = _day(int(found["year"]), int(found["month"]), int(found["day"]))
    at = _clock(found["hour"], found["minute"], found["second"])
    if day is not None and at is not None:
        named = zone_of(found) if found["hour"] else None
        yield datetime.combine(day, at, named or zone) + _midnight_ending(found["hour"])


def _relative(text: str, now: datetime) -> datetime | None:
    if _JUST_NOW.fullmatch(text):
        return now
    found = _AGO.fullmatch(text)
    if found is None:
        return None
    unit = found["unit"].lower()
    seconds = _SECONDS_BY_UNIT.get(unit) or _SECONDS_BY_UNIT[unit[:3]]
    return now - timedelta(seconds=int(found["number"]) * seconds)
