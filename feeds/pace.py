"""What follows from one poll for the next: when, how long its site rests, what was learned.

    interval   the feed's rhythm between `min_interval` and a day (`feeds.rhythm`)
               in the operator's own networks `min_interval` itself: nobody there needs our courtesy
    × 4        up to an hour, while nobody follows it (docs/decisions/010-idle-feeds.md)
    floor      what the server asks for, by headers and in the document
    site       1 s of rest; after 429 and 503 as long as it says, if it is one publisher's domain

Pure; `feeds.schedule` does the arithmetic of back-off and spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from feeds.life import SUSPENDED_WAIT, Change, after_failure, after_success, with_silence
from feeds.net import Network
from feeds.rhythm import HALF_LIFE_HOURS, Rhythm, decode, encode, interval, observe
from feeds.schedule import next_poll_at, site_hold
from feeds.sites import SITE_GAP, gap_of, in_networks, site_of
from feeds.types import Asks, Feed, Poll

IDLE_FACTOR: Final = 4
IDLE_INTERVAL: Final = timedelta(hours=1)
"""What nobody follows is still asked for with /latest and /search: an hour old is fresh enough for those."""

MAX_SKIP: Final = timedelta(hours=24)
"""However many hours and days a document wants to be left alone."""

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What the operator decides about polling."""

    min_interval: timedelta
    allow_networks: Sequence[Network] = ()
    site_gap: timedelta = SITE_GAP

    def is_own_site(self, site: str) -> bool:
        """Whether a site is in the operator's own networks, where nothing is held back."""
        return bool(self.allow_networks) and in_networks(f"http://{site}/", self.allow_networks)


@dataclass(frozen=True, slots=True)
class Next:
    """What to store after a poll."""

    poll_at: datetime
    site_free_at: datetime
    rhythm: bytes
    same_bodies: int
    eager_poll_at: datetime | None
    """When it would be due if anybody followed it; None when somebody does."""
    change: Change


def next_of(feed: Feed, poll: Poll, pace: Pace, *, now: datetime, jitter: float) -> Next:
    """Decide what follows from a poll that ended at `now`; `jitter` is a random number in [0, 1)."""
    rhythm = _learned(feed, poll)
    same_bodies = _same_bodies(feed, poll)
    change = _life(feed, poll, rhythm)
    wait = own_interval(feed, poll, rhythm, same_bodies, pace)
    eager_at = at = _due(feed, poll, wait, change, jitter)
    if feed.subscribers == 0:
        at = _due(feed, poll, idle_interval(wait), change, jitter)
    return Next(
        poll_at=at,
        site_free_at=now + _rest(feed, poll, pace),
        rhythm=encode(rhythm),
        same_bodies=same_bodies,
        eager_poll_at=eager_at if feed.subscribers == 0 else None,
        change=change,
    )


def _due(feed: Feed, poll: Poll, wait: timedelta, change: Change, jitter: float) -> datetime:
    asks = poll.parsed.asks if poll.parsed else feed.asks
    at = next_poll_at(
        poll.polled_at,
        interval=wait,
        failures=0 if poll.ok else feed.failures + 1,
        status=poll.status,
        retry_after=poll.retry_after_seconds,
        server_floor=max(poll.server_floor_seconds, asks.floor_seconds),
        jitter=jitter,
    )
    if change.life.suspended_at:
        at = max(at, poll.polled_at + SUSPENDED_WAIT)
    return after_skipped(at, asks)


def _rest(feed: Feed, poll: Poll, pace: Pace) -> timedelta:
    rest = gap_of(feed.url, pace.allow_networks, pace.site_gap)
    if site_of(feed.url).public:
        rest = max(rest, site_hold(poll.status, poll.retry_after_seconds))
    return rest


def own_interval(feed: Feed, poll: Poll, rhythm: Rhythm, same_bodies: int, pace: Pace) -> timedelta:
    """Return the feed's own interval, whoever follows it."""
    if in_networks(feed.url, pace.allow_networks):
        return pace.min_interval
    given = poll.validators or feed.validators
    return interval(
        rhythm,
        poll.polled_at,
        time_zone=feed.time_zone,
        subscribers=feed.subscribers,
        min_interval=pace.min_interval,
        has_validators=given.etag is not None or given.last_modified is not None,
        same_bodies=same_bodies,
    )


def idle_interval(wait: timedelta) -> timedelta:
    """Return the interval of a feed nobody follows whose own one is `wait`."""
    return max(wait, min(IDLE_FACTOR * wait, IDLE_INTERVAL))


def after_skipped(at: datetime, asks: Asks) -> datetime:
    """Return the first moment from `at` on in no hour and day that is to be skipped (RSS 2.0; POLLING B4)."""
    latest = at + MAX_SKIP
    moment = at.astimezone(UTC)
    while moment < latest and (moment.hour in asks.skip_hours or moment.weekday() in asks.skip_days):
        moment = moment.replace(minute=0, second=0, microsecond=0) + HOUR
    return min(moment, latest)


def with_pushed(rhythm: bytes, new: int) -> bytes:
    """Return the rhythm with entries that a hub pushed: polls that find nothing after them are no silence."""
    try:
        learned = decode(rhythm)
    except ValueError:
        return rhythm
    return encode(replace(learned, entries=learned.entries + new))


def _learned(feed: Feed, poll: Poll) -> Rhythm:
    try:
        rhythm = decode(feed.rhythm)
    except ValueError:  # of another version: learned again within days
        rhythm = Rhythm()
    if not poll.ok:
        return rhythm
    if feed.last_ok_at is None or not feed.primed:
        return _first_guess(observe(rhythm, poll.polled_at, None, 0, time_zone=feed.time_zone), poll)
    return observe(rhythm, poll.polled_at, feed.last_ok_at, len(poll.new), time_zone=feed.time_zone)


def _first_guess(rhythm: Rhythm, poll: Poll) -> Rhythm:
    """What the dates in a first document say, so that a newspaper need not be learned in its first hours."""
    window = timedelta(hours=HALF_LIFE_HOURS)
    begin = poll.polled_at - window
    entries = poll.parsed.entries if poll.parsed else ()
    dates = [each.published_at for each in entries if each.published_at]
    recent = sorted(date for date in dates if begin <= date <= poll.polled_at)
    if not recent:
        return rhythm
    # A document that ends within the window was cut there; one that goes back further shows all of it.
    whole = min(dates) < begin
    seen = window if whole else poll.polled_at - recent[0]
    return replace(rhythm, entries=float(len(recent)), hours=max(seen, HOUR) / HOUR)


def _same_bodies(feed: Feed, poll: Poll) -> int:
    if not poll.ok:
        return feed.same_bodies
    return feed.same_bodies + 1 if poll.parsed is None and poll.status == 200 else 0


def _life(feed: Feed, poll: Poll, rhythm: Rhythm) -> Change:
    if not poll.ok:
        failures = feed.failures + 1
        detail = poll.error_key or ""
        return after_failure(feed.life, poll.polled_at, status=poll.status, failures=failures, detail=detail)
    same = poll.parsed is None or bool(poll.seen) or bool(poll.parsed.unchanged)
    change = after_success(feed.life, poll.polled_at, moved=poll.moved_to, same_feed=same)
    return with_silence(change, rhythm, poll.polled_at)
