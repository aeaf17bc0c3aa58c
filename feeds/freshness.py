"""What a server says about when to come back: Cache-Control, Expires, Age, Retry-After.

Times are differences to the server's own clock (its Date header), so a wrong clock on either side
does no harm (POLLING B1, B2, B5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"\d{1,10}")
"""RFC 9111 §1.2.2 delta-seconds; ten digits are three centuries."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long an answer stays good; all in seconds, never negative, None where nothing was said."""

    max_age: float | None = None
    """Cache-Control max-age less the Age already spent in caches."""
    expires_in: float | None = None
    """Expires less Date."""
    retry_after: float | None = None
    """An explicit request not to come back sooner."""

    @property
    def floor(self) -> float:
        """The seconds the server would like us to wait after a good answer (RFC 9111 §4.2.1)."""
        return self.max_age if self.max_age is not None else self.expires_in or 0.0


def read_freshness(headers: Mapping[str, str], now: datetime | None = None) -> Freshness:
    """Read the headers of an answer; `now` stands in where the server sends no Date."""
    server_now = _http_date(headers.get("Date")) or now
    retry_after = _delay(headers.get("Retry-After"), server_now)
    directives = _directives(headers.get("Cache-Control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return Freshness(retry_after=retry_after)
    max_age = _seconds(directives.get("max-age"))
    if max_age is not None:
        max_age = max(0.0, max_age - (_seconds(headers.get("Age")) or 0.0))
    return Freshness(max_age, _expires_in(headers.get("Expires"), server_now), retry_after)


def _directives(cache_control: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in cache_control.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _expires_in(expires: str | None, server_now: datetime | None) -> float | None:
    if expires is None:
        return None
    at = _http_date(expires)
    if at is None:
        return 0.0  # RFC 9111 §5.3: an invalid date, "0" above all, means already expired
    return max(0.0, (at - server_now).total_seconds()) if server_now else None


def _delay(retry_after: str | None, server_now: datetime | None) -> float | None:
    seconds = _seconds(retry_after)
    at = _http_date(retry_after)
    if seconds is None and at and server_now:
        seconds = max(0.0, (at - server_now).total_seconds())
    return seconds


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and _SECONDS.fullmatch(text.strip()) else None


def _http_date(text: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError, IndexError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
