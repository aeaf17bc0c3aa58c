"""The parts of a written date, in whatever order they stand: weekday, clock, day, zone.

A text is understood only when nothing but these parts and filler words is left of it; `14:15 - Thứ Năm,
09/01/2020 | GMT+7` is, `Số 12/5/2020 của tạp chí` is not.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from feeds.zones import ZONE_PATTERN, zone_of

_MONTH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final = MappingProxyType({name: number for number, name in enumerate(_MONTH_NAMES, 1)})
_ENGLISH_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_VIETNAMESE_WEEKDAYS: Final = MappingProxyType(
    {"hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "tu": 2, "4": 2, "năm": 3, "nam": 3, "5": 3}
    | {"sáu": 4, "sau": 4, "6": 4, "bảy": 5, "bẩy": 5, "bay": 5, "7": 5}
)

_ZONE: Final = re.compile(rf"(?<![\w/.:]){ZONE_PATTERN}(?![\w/.:])", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"(?<![\d/.+-])(?P<hour>\d{1,2})\s*(?::|h|g|giờ)\s*(?P<minute>\d\d)(?:\s*(?::|phút|')\s*(?P<second>\d\d)(?:\.\d+)?)?"
    r"(?:\s*phút)?\s*(?P<half>sa|ch|am|pm|a\.m\.|p\.m\.|sáng|chiều|tối|trưa)?(?![\d\w])",
    re.IGNORECASE,
)
_WEEKDAY: Final = re.compile(
    r"\bthứ\s*(?P<number>hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bẩy|bay|[2-7])\b|\b(?P<sunday>chủ\s+nhật|cn)\b"
    r"|\b(?P<english>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b\.?",
    re.IGNORECASE,
)
_NAMED_DATE: Final = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.-]*(?P<month>[a-z]{3})[a-z]{0,6}[\s.,-]*(?P<year>\d{4}|\d\d)\b(?!:)"
    r"|\b(?P<month_first>[a-z]{3})[a-z]{0,6}\.?\s+(?P<day_second>\d{1,2})(?:st|nd|rd|th)?[\s,|]+(?P<year_last>\d{4})\b",
    re.IGNORECASE,
)
"""`09 Jan 2020`, `9-Jan-20`, `January 9, 2020`. The month's letters are checked afterwards."""
_VIETNAMESE_DATE: Final = re.compile(
    r"\b(?P<day>\d{1,2})\s*tháng\s*(?P<month>\d{1,2})(?:\s*,?\s*năm|,|\s)\s*(?P<year>\d{4})\b", re.IGNORECASE
)
_NUMERIC_DATE: Final = re.compile(r"(?<![\d:])(\d{1,4})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d:])")
_END_OF_TIME: Final = 9_999
"""The last year of the calendar is left out: a moment in it may have no UTC equivalent."""

_MORNING: Final = frozenset(("sa", "am", "sáng"))
_AFTERNOON: Final = MappingProxyType({"ch": 12, "pm": 12, "chiều": 12, "tối": 12, "trưa": 10})
"""Words for the second half of the day, and below which hour they mean it: `11:15 trưa` is before noon."""

_FILLER: Final = re.compile(
    r"\b(?:ngày|lúc|vào|đăng|cập nhật|xuất bản|giờ|at|on|published|posted|updated)\b|[\s,|;:()\-–—•·.]+",
    re.IGNORECASE,
)
"""What may stand between the parts without meaning anything."""


@dataclass(frozen=True, slots=True)
class DateParts:
    """The parts of a date; two days, the likelier first, when the order of day and month is open."""

    days: tuple[date, ...]
    """Empty when the numbers are no day of the calendar."""
    at: time
    days_later: int = 0
    """1 for 24:00, which ends its day."""
    zone: tzinfo | None = None

    def moments(self, feed_zone: tzinfo) -> list[datetime]:
        """Return what the parts mean; without a zone of their own, in the feed's."""
        zone = self.zone or feed_zone
        later = timedelta(days=self.days_later)
        return [datetime.combine(day, self.at, zone) + later for day in self.days]


def date_parts(text: str, *, day_first: bool, strictly: bool = False) -> DateParts | None:
    """Return the parts of a date in one line of NFC text, or None when the text holds anything else.

    With `strictly` a numeric date is read in the order of `day_first` only, and its weekday proves nothing.
    """
    weekday, text = _take(_WEEKDAY, text)
    clock, text = _take(_CLOCK, text)
    days, text = _take_days(text, day_first)
    zone, text = _take(_ZONE, text)
    at = _time_of(clock)
    if days is None or at is None or _FILLER.sub("", text):
        return None
    if strictly:
        days = days[:1]
    elif weekday:
        wanted = _number_of(weekday)
        days = sorted(days, key=lambda day: day.weekday() != wanted)
    possible = tuple(day for day in days if day != date.min)
    return DateParts(possible, at, int(_ends_the_day(clock)), zone_of(zone) if zone else None)


def order_is_open(text: str) -> bool:
    """Whether a date is written in numbers of which either may be the day."""
    found = _NUMERIC_DATE.search(text)
    return found is not None and len(found[1]) < 3 and found[3] != found[1]


def day_of(year: int, month: int, day: int) -> date | None:
    """Return the day of the calendar, or None when there is none such."""
    if year >= _END_OF_TIME:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def clock_time(hour: int, minute: int, second: int = 0) -> time | None:
    """Return the time of day, or None; 24:00 is 00:00, and a leap second the one before it."""
    if hour == 24 and minute == 0:
        hour = 0
    try:
        return time(hour, minute, min(second, 59) if second <= 60 else second)
    except ValueError:
        return None


def _take(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    """The first match, and the text without it."""
    found = pattern.search(text)
    return (found, f"{text[: found.start()]} | {text[found.end() :]}") if found else (None, text)


def _take_days(text: str, day_first: bool) -> tuple[list[date] | None, str]:
    """The days a date may mean, likelier first, and the text without it; None when no date is written."""
    found, rest = _take(_NUMERIC_DATE, text)
    if found:
        return _numeric_days(found[1], found[3], found[4], day_first), rest
    found, rest = _take(_VIETNAMESE_DATE, text)
    if found:
        return _only(day_of(int(found["year"]), int(found["month"]), int(found["day"]))), rest
    found, rest = _take(_NAMED_DATE, text)
    month = _MONTHS.get((found["month"] or found["month_first"])[:3].lower()) if found else None
    if found is None or month is None:
        return None, text
    year, day = found["year"] or found["year_last"], found["day"] or found["day_second"]
    return _only(day_of(_full_year(year), month, int(day))), rest


def _numeric_days(first: str, second: str, third: str, day_first: bool) -> list[date] | None:
    """`2020/01/09` is year, month, day everywhere; of `9/1/2020` the order must be guessed."""
    if len(first) == 3:
        return None
    if len(first) == 4:
        return _only(day_of(int(first), int(second), int(third))) if len(third) == 2 else None
    year, a, b = _full_year(third), int(first), int(second)
    readings = [day_of(year, b, a), day_of(year, a, b)]
    if not day_first:
        readings.reverse()
    return [day or date.min for day in dict.fromkeys(readings)]


def _full_year(written: str) -> int:
    """Two digits are 1970 to 2069."""
    year = int(written)
    if len(written) > 2:
        return year
    return year + (1900 if year >= 70 else 2000)


def _only(day: date | None) -> list[date]:
    return [] if day is None else [day]


def _number_of(weekday: re.Match[str]) -> int:
    """Monday is 0, as in `date.weekday`."""
    if weekday["english"]:
        return _ENGLISH_WEEKDAYS.index(weekday["english"].lower())
    return 6 if weekday["sunday"] else _VIETNAMESE_WEEKDAYS[weekday["number"].lower()]


def _time_of(clock: re.Match[str] | None) -> time | None:
    """The time of day; midnight when none is written, None when it is impossible."""
    if clock is None:
        return time()
    hour, half = int(clock["hour"]), (clock["half"] or "").lower().replace(".", "")
    if half in _AFTERNOON and hour < _AFTERNOON[half]:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    return clock_time(hour, int(clock["minute"]), int(clock["second"] or 0))


def _ends_the_day(clock: re.Match[str] | None) -> bool:
    return clock is not None and clock["hour"] == "24"
