"""When to poll a feed again, as a function of values.

    success    max(interval, what the server asks for) × 1.00 … 1.10
    failure n  max(interval, base) × 2^min(n-1, 8), at most 24 h, × 1.00 … 1.25
    and never before Retry-After; after a 403 or 429 without one, not for 4 hours

The spread only ever lengthens, so no floor is undercut, and feeds that were added together drift
apart (POLLING section 4, B1, B5, B6, B8).
"""

from datetime import datetime, timedelta
from typing import Final

FIRST_RETRY: Final = timedelta(minutes=5)
"""Long enough for a restart or a deployment at the other end."""

FIRST_RETRY_INTERVALS: Final = 2
"""Where an operator polls faster than every five minutes, the first retry comes after this many
intervals instead: a feed polled every second should be back within seconds."""

MAX_DOUBLINGS: Final = 8
"""5 minutes × 256 is 21 hours: the next doubling would pass `MAX_WAIT` anyway."""

MAX_WAIT: Final = timedelta(hours=24)
"""No feed is forgotten for longer, whatever a server's max-age says."""

MAX_RETRY_AFTER: Final = timedelta(days=7)
"""A server may send us away for a week, not for ever by a slip."""

UNWELCOME_STATUSES: Final = frozenset({403, 429})
UNWELCOME_WAIT: Final = timedelta(hours=4)
"""Who is told "forbidden" or "too many" without a time stays away this long, as Unread Cloud does."""

TIRED_STATUSES: Final = frozenset({429, 503})
"""A server that says these means all who ask it, not one address (POLLING B6)."""
MAX_SITE_HOLD: Final = timedelta(hours=24)

OVERDUE_AFTER: Final = timedelta(minutes=1)
"""Later than this no worker has been at work, so it is a start and not everyday lateness."""
RESTART_STEP: Final = timedelta(milliseconds=50)
"""Between two polls of what is overdue at a start: a small newsroom notices nothing."""
MAX_RESTART_WINDOW: Final = timedelta(minutes=15)
"""However many are overdue, they are spread over no longer than this (POLLING B9)."""

SUCCESS_SPREAD: Final = 0.10
FAILURE_SPREAD: Final = 0.25


def next_poll_at(
    now: datetime,
    *,
    interval: timedelta,
    failures: int = 0,
    status: int | None = None,
    retry_after: float | None = None,
    server_floor: float = 0.0,
    jitter: float,
) -> datetime:
    """Return when a feed polled at `now` is due again.

    `interval` is the feed's own rhythm; `failures` counts the polls failed in a row, this one
    included, 0 after a success; `status` is this poll's HTTP status; `retry_after` and
    `server_floor` (see `feeds.freshness`) are seconds; `jitter` is a random number in [0, 1).
    """
    if failures == 0:
        asked = timedelta(seconds=min(server_floor, MAX_WAIT.total_seconds()))
        wait = max(interval, asked) * (1 + SUCCESS_SPREAD * jitter)
    else:
        wait = _back_off(interval, failures) * (1 + FAILURE_SPREAD * jitter)
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=min(retry_after, MAX_RETRY_AFTER.total_seconds())))
    elif failures and status in UNWELCOME_STATUSES:
        wait = max(wait, UNWELCOME_WAIT)
    return now + wait


def _back_off(interval: timedelta, failures: int) -> timedelta:
    base = max(interval, min(FIRST_RETRY, FIRST_RETRY_INTERVALS * interval))
    ceiling = max(interval, MAX_WAIT)
    return min(ceiling, base * (1 << min(failures - 1, MAX_DOUBLINGS)))


def site_hold(status: int | None, retry_after: float | None) -> timedelta:
    """Return how long a whole site rests because of one answer; nothing unless it was 429 or 503.

    Meant for the domain of one publisher. Where many share a server only the address waits (POLLING B7).
    """
    if status not in TIRED_STATUSES:
        return timedelta()
    if retry_after is not None:
        return min(timedelta(seconds=min(retry_after, MAX_RETRY_AFTER.total_seconds())), MAX_SITE_HOLD)
    # A 503 without a time is one broken address as often as not: it must not silence its neighbours for long.
    return UNWELCOME_WAIT if status in UNWELCOME_STATUSES else FIRST_RETRY


def restart_step(overdue: int) -> timedelta:
    """Return the time between two polls of `overdue` feeds, longest overdue first, after a start."""
    return min(RESTART_STEP, MAX_RESTART_WINDOW / max(1, overdue))
