"""Time zones as feeds write them: `+0700`, `GMT+7`, `ICT`, `(UTC+07:00)`, `PST`."""

import re
from datetime import timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Final

_HOURS_BY_NAME: Final = MappingProxyType(
    {
        "z": 0,
        "ut": 0,
        "utc": 0,
        "gmt": 0,
        "wet": 0,
        "west": 1,
        "bst": 1,
        "cet": 1,
        "cest": 2,
        "eet": 2,
        "eest": 3,
    }
    | {"msk": 3, "gst": 4, "pkt": 5, "ict": 7, "wib": 7, "wita": 8, "sgt": 8, "hkt": 8, "pht": 8, "awst": 8}
    | {"jst": 9, "kst": 9, "wit": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13}
    | {"edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8}
)
"""Hours east of Greenwich. The American names mean what RFC 822 §5.1 says; `ict` is Indochina's, which
feedparser takes for UTC. Names with several meanings and no rule (IST, AST) are left to the feed's zone."""

ZONE_PATTERN: Final = (
    r"\(?\s*(?:(?P<sign_name>utc|gmt|ut|z)?\s*(?P<sign>[+\-−])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?"
    rf"|(?P<zone_name>{'|'.join(sorted(_HOURS_BY_NAME, key=len, reverse=True))}))\s*\)?"
)
"""One zone, with named groups that `zone_of` reads; to be compiled with `re.IGNORECASE`."""

_MAX_OFFSET: Final = timedelta(hours=14)
"""Kiribati, the farthest there is."""


def zone_of(found: re.Match[str]) -> tzinfo | None:
    """Return the zone a match of `ZONE_PATTERN` names, or None when it names none that exists."""
    if found["zone_name"]:
        return timezone(timedelta(hours=_HOURS_BY_NAME[found["zone_name"].lower()]))
    if not found["sign"]:
        return None
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset > _MAX_OFFSET:
        return None
    return timezone(offset if found["sign"] == "+" else -offset)
