"""Dates as feeds and pages write them → aware UTC datetimes.

The forms met every day are read here: RFC 822, ISO 8601, and what Vietnamese newspapers print, in any order
of their parts (`14:15 - Thứ Năm, 09/01/2020`). Whatever is left goes to dateparser (Vietnamese and English),
which is a thousand times slower. A date that cannot be true is no date: the article then counts from when it
was first seen.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from feeds.dateparts import DateParts, clock_time, date_parts, day_of, order_is_open
from feeds.zones import ZONE_PATTERN, zone_of

EARLIEST_YEAR: Final = 1995
"""No news feed is older; 1970 and year 7 come from broken generators (POLLING H5)."""
LATEST_AHEAD: Final = timedelta(days=2)
"""Farther in the future is a mistake; up to here it may be a wrong zone or an article set for later (H5)."""
MAX_CHARACTERS: Final = 120
"""No date is longer; keeps hostile text away from the slow reader."""

_ISO: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ]\s*(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?:"
    + ZONE_PATTERN
    + r")?)?",
    re.IGNORECASE,
)
"""RFC 3339, the W3C profile of ISO 8601, and the same with a space."""

_SPREAD_WEIGHT: Final = 10
"""Articles of one document lie close together, even in a feed that died years ago."""

_AGO: Final = re.compile(
    r"(?:khoảng\s+)?(?P<number>\d{1,4})\s*(?P<unit>giây|phút|giờ|tiếng|ngày|tuần|h|seconds?|minutes?|mins?|hours?|days?|weeks?)"
    r"\s*(?:trước|ago)(?:\s*đây)?",
    re.IGNORECASE,
)
_SECONDS_BY_UNIT: Final = MappingProxyType(
    {"giây": 1, "sec": 1, "phút": 60, "min": 60, "giờ": 3_600, "tiếng": 3_600, "hou": 3_600, "h": 3_600}
    | {"ngày": 86_400, "day": 86_400, "tuần": 604_800, "wee": 604_800}
)
_DIGIT_OR_DAY: Final = re.compile(r"\d|hôm|yesterday|today", re.IGNORECASE)
"""Without one of these no text names a moment; most texts without a date are refused here."""
_JUST_NOW: Final = re.compile(r"vừa xong|vừa mới|mới đây|just now", re.IGNORECASE)


def read_date(text: str | None, time_zone: str, now: datetime, *, day_first: bool = True) -> datetime | None:
    """Return the moment a date text means, in UTC, or None when it means none that can be true.

    A date without a zone is read in `time_zone` (an IANA name). Of `9/1/2020` the first number is the day
    unless `day_first` is false; the other reading is taken where only it is a date, fits the weekday beside
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
    cleaned = [text for text in map(open_date, texts) if text]
    orders = {first: _moments(cleaned, time_zone, now, first) for first in (True, False)}
    counts = {first: len(moments) for first, moments in orders.items()}
    if counts[True] != counts[False]:
        return counts[True] > counts[False]
    if not counts[True]:
        return True
    return _staleness(orders[True], now) <= _staleness(orders[False], now)


def open_date(text: str) -> str:
    """Return a date of which either number may be the day, as one line; of all others nothing."""
    cleaned = _cleaned(text)
    return cleaned if order_is_open(cleaned) else ""


def _moments(texts: Sequence[str], time_zone: str, now: datetime, day_first: bool) -> list[datetime]:
    """What the texts mean when day and month stand strictly in this order."""
    zone = ZoneInfo(time_zone)
    found = (date_parts(text, day_first=day_first, strictly=True) for text in texts)
    moments = (moment for parts in found if parts for moment in parts.moments(zone))
    return [moment for moment in moments if _believable(moment, now)]


def _staleness(moments: Sequence[datetime], now: datetime) -> timedelta:
    return abs(now - max(moments)) + _SPREAD_WEIGHT * (max(moments) - min(moments))


def _cleaned(text: str | None) -> str:
    """One line of NFC text; empty when it is too long for a date."""
    one_line = " ".join(unicodedata.normalize("NFC", (text or "")[: 4 * MAX_CHARACTERS]).split())
    return one_line if len(one_line) <= MAX_CHARACTERS else ""


def _readings(text: str, zone: ZoneInfo, now: datetime, day_first: bool) -> Iterator[datetime]:
    """The moments a text may mean, likeliest first; the slow reader is asked only about the rest."""
    if iso := _ISO.fullmatch(text):
        yield from _iso(iso, zone)
    elif ago := _relative(text, now):
        yield ago
    elif parts := date_parts(text, day_first=day_first):
        yield from parts.moments(zone)
    elif slowly := _read_slowly(text, zone, now, day_first):
        yield slowly


def _believable(moment: datetime, now: datetime) -> bool:
    return moment.year >= EARLIEST_YEAR and moment <= now + LATEST_AHEAD


def _iso(found: re.Match[str], zone: tzinfo) -> list[datetime]:
    day = day_of(int(found["year"]), int(found["month"]), int(found["day"]))
    at = clock_time(int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0))
    if day is None or at is None:
        return []
    named = zone_of(found) or zone
    return DateParts((day,), at, int(found["hour"] == "24"), named).moments(zone)


def _relative(text: str, now: datetime) -> datetime | None:
    if _JUST_NOW.fullmatch(text):
        return now
    found = _AGO.fullmatch(text)
    if found is None:
        return None
    unit = found["unit"].lower()
    seconds = _SECONDS_BY_UNIT.get(unit) or _SECONDS_BY_UNIT[unit[:3]]
    return now - timedelta(seconds=int(found["number"]) * seconds)


def _read_slowly(text: str, zone: ZoneInfo, now: datetime, day_first: bool) -> datetime | None:
    """Ask dateparser, which knows far more words; it must find a whole day, or a distance from now."""
    if not _DIGIT_OR_DAY.search(text):
        return None
    import dateparser  # 0.1 s and 20 MB: only for the feeds that need it

    settings = {
        "DATE_ORDER": "DMY" if day_first else "MDY",
        "PREFER_LOCALE_DATE_ORDER": False,
        "RELATIVE_BASE": now.astimezone(zone).replace(tzinfo=None),
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": True,
        "TIMEZONE": zone.key,
    }
    try:
        found = dateparser.parse(text, languages=["vi", "en"], settings=settings)
    except (ValueError, OverflowError, re.error):  # what it lets through for impossible numbers
        return None
    return found if isinstance(found, datetime) else None
