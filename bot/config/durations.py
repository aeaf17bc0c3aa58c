"""Durations as people write them: `1s`, `5m`, `2h`, `1d`."""

import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"(?P<count>\d{1,9})(?P<unit>ms|[smhd])", re.ASCII)
_DURATION = re.compile(r"(?:\d{1,9}(?:ms|[smhd])){1,5}", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `5m` or `1h30m`. Raises ValueError when it is not a duration."""
    compact = text.strip().lower()
    if not _DURATION.fullmatch(compact):
        raise ValueError(f"not a duration: {text!r}")
    try:
        return sum(
            (int(part["count"]) * _UNITS[part["unit"]] for part in _PART.finditer(compact)), timedelta()
        )
    except OverflowError as error:
        raise ValueError(f"not a duration: {text!r}") from error


def format_duration(duration: timedelta) -> str:
    """Write a duration the way `parse_duration` reads it: the largest units first, zero is `0s`."""
    rest, parts = duration, []
    for unit, length in reversed(_UNITS.items()):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
