"""How often a document wants to be read: RSS 2.0 `ttl`, RSS 1.0 `sy:updatePeriod` and `sy:updateFrequency`.

Sources: rssboard.org/rss-specification (ttl: minutes), web.resource.org/rss/1.0/modules/syndication
(POLLING B3, B4).
"""

import re
from typing import Any, Final

from feeds.types import Asks

_PERIODS_SECONDS: Final = {
    "hourly": 3_600,
    "daily": 86_400,
    "weekly": 7 * 86_400,
    "monthly": 30 * 86_400,
    "yearly": 365 * 86_400,
}
MAX_FLOOR_SECONDS: Final = 365 * 86_400
"""What is longer is a slip; nobody waits even so long (see `feeds.schedule.MAX_WAIT`)."""

_NUMBER: Final = re.compile(r"\s*(\d{1,9})\s*")


def asks_of(feed: dict[str, Any]) -> Asks:
    """Read what feedparser found of these in a document; what is no number and no period asks for nothing."""
    minutes = _number(feed, "ttl") or 0
    period = _PERIODS_SECONDS.get(str(dict.get(feed, "sy_updateperiod") or "").strip().lower(), 0)
    often = period / (_number(feed, "sy_updatefrequency") or 1)
    return Asks(floor_seconds=float(min(max(minutes * 60, often), MAX_FLOOR_SECONDS)))


def _number(feed: dict[str, Any], name: str) -> int | None:
    found = _NUMBER.fullmatch(str(dict.get(feed, name) or ""))
    return int(found[1]) if found else None
