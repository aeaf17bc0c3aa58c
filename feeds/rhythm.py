"""How often a feed brings something new, learned from its polls, and how long to wait because of it.

    rate      (n + 0.5) / (W + 12) entries an hour; n and W decay with a half-life of a week
    interval  0.5 h × scale / √(w × rate × h)        w from the subscribers, h from the hour of the week
              but at least a tenth of the silence so far, at most 24 h, and never under the floor

The square root is what makes the least waiting out of a number of requests: the waiting Σ w·rate·T/2 under
the budget Σ 1/T is least where T goes with 1/√(w·rate). See docs/decisions/007-adaptive-interval.md.
`feeds.schedule` stretches the interval to what the server asks for and spreads it.
"""

import math
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

HALF_LIFE_HOURS: Final = 168.0
"""A week: all its days count, and a feed that has changed its habits is known again after two or three."""

PRIOR_ENTRIES: Final = 0.5
PRIOR_HOURS: Final = 12.0
"""Believed of a feed nothing is known of: one entry a day, given up after a day of seeing otherwise."""

INTERVAL_SCALE_HOURS: Final = 0.5
"""A feed of one entry an hour is polled every half hour, of 10 every 9 minutes, of one a day every 2.4 hours:
15 requests a second for 100,000 feeds."""

SILENCE_SHARE: Final = 0.1
"""Of the time without anything new: a blog that comes back after a month is found within three days at the
latest; `MAX_INTERVAL` makes that one."""

MAX_INTERVAL: Final = timedelta(hours=24)
"""No feed is looked at less often than once a day."""
MIN_INTERVAL_WITHOUT_VALIDATORS: Final = timedelta(minutes=15)
"""Every poll costs the server the whole document (POLLING B11)."""
MIN_INTERVAL_UNCHANGING: Final = timedelta(minutes=60)
SAME_BODIES: Final = 10
"""So many whole documents in a row that held the same: once an hour will do (POLLING B11)."""

WEEK_HOURS: Final = 168
PROFILE_ENTRIES: Final = 200
PROFILE_AGE: Final = timedelta(days=14)
"""Before so many entries and two of each weekday the hours say more about chance than about the newsroom."""
MIN_HOUR_FACTOR: Final = 0.25
MAX_HOUR_FACTOR: Final = 4.0
"""The busiest hours at most halve the interval, the quietest double it: news at night happens."""

MAX_COUNT: Final = 255
"""Of a byte. At it all hours are halved, so that old habits fade and the proportions stay."""
MAX_TOTAL: Final = 2**32 - 1

MIN_SCALE: Final = 1.0
MIN_SCALE_STEP: Final = 0.9
MAX_SCALE_STEP: Final = 1.25
"""A step a minute: load is shed within minutes, and comes back a little more slowly."""

_NO_PROFILE: Final = bytes(WEEK_HOURS)
_NO_TIME: Final = timedelta()
_HOUR: Final = timedelta(hours=1)
_MAX_HOURS: Final = MAX_INTERVAL / _HOUR


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a feed's successful polls have taught; without arguments, nothing."""

    entries: float = 0.0
    """New entries, decayed."""
    hours: float = 0.0
    """Hours observed, decayed alike."""
    since: datetime | None = None
    """When the feed was first read."""
    last_new_at: datetime | None = None
    """The last poll that found something new."""
    total: int = 0
    """New entries, not decayed."""
    hour_profile: bytes = _NO_PROFILE
    """New entries in each hour of the week, Monday 0:00 in the feed's time zone first; only their proportions
    mean something."""


def observe(
    rhythm: Rhythm,
    polled_at: datetime,
    previous_poll_at: datetime | None,
    new_entries: int,
    *,
    time_zone: str,
) -> Rhythm:
    """Return what is known after a successful poll (a 304 counts) that found `new_entries`.

    `previous_poll_at` is the last poll before it that succeeded. None means that there was none: a first
    document holds what came in months, and teaches nothing. Edits are no new entries, nor is a flood that was
    held back. `time_zone` is the feed's, an IANA name.
    """
    if previous_poll_at is None:
        return replace(rhythm, since=rhythm.since or polled_at)
    gap = max(polled_at - previous_poll_at, _NO_TIME)
    gap_hours = gap / _HOUR
    # A gap longer than the half-life counts as one half-life of the same rate: otherwise the year in which
    # a feed was not polled would outweigh the months after it.
    share = min(1.0, HALF_LIFE_HOURS / gap_hours) if gap_hours else 1.0
    decay = 2.0 ** (-gap_hours / HALF_LIFE_HOURS)
    return Rhythm(
        entries=rhythm.entries * decay + new_entries * share,
        hours=rhythm.hours * decay + gap_hours * share,
        since=rhythm.since or previous_poll_at,
        last_new_at=polled_at if new_entries else rhythm.last_new_at,
        total=min(rhythm.total + new_entries, MAX_TOTAL),
        hour_profile=_counted(rhythm.hour_profile, previous_poll_at, gap, new_entries, time_zone),
    )


def interval(
    rhythm: Rhythm,
    now: datetime,
    *,
    time_zone: str,
    subscribers: int,
    min_interval: timedelta,
    has_validators: bool,
    same_bodies: int = 0,
    scale: float = MIN_SCALE,
) -> timedelta:
    """Return how long to wait after a successful poll at `now`, before what the server asks for.

    `min_interval` is the operator's; `has_validators` says whether the server can be asked "has it changed?";
    `same_bodies` counts the whole documents in a row that were the same; `scale` (see `next_scale`)
    stretches all intervals when there are more feeds than can be polled.
    """
    weight = 1.0 + math.log2(max(1, subscribers))
    expected = weight * rate(rhythm) * hour_factor(rhythm, now, time_zone)
    hours = INTERVAL_SCALE_HOURS * scale / math.sqrt(expected)
    silence = now - (rhythm.last_new_at or rhythm.since or now)
    wanted = min(max(hours, SILENCE_SHARE * (silence / _HOUR)), _MAX_HOURS) * _HOUR
    return max(wanted, _floor(min_interval, has_validators, same_bodies))


def rate(rhythm: Rhythm) -> float:
    """Return the entries an hour to expect, above 0."""
    return (rhythm.entries + PRIOR_ENTRIES) / (rhythm.hours + PRIOR_HOURS)


def hour_factor(rhythm: Rhythm, now: datetime, time_zone: str) -> float:
    """Return how busy this hour of the week is, the average one being 1; from 0.25 to 4, 1 while unknown."""
    if rhythm.total < PROFILE_ENTRIES or rhythm.since is None or now - rhythm.since < PROFILE_AGE:
        return 1.0
    counts, hour = rhythm.hour_profile, _hour_of_week(now, ZoneInfo(time_zone))
    # With its neighbours, since one entry for each of 168 hours is mostly chance.
    around = counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % WEEK_HOURS]
    average = 4 * sum(counts) / WEEK_HOURS
    return min(MAX_HOUR_FACTOR, max(MIN_HOUR_FACTOR, around / average)) if average else 1.0


def next_scale(scale: float, demand: float, capacity: float) -> float:
    """Return the scale for the next minute, from the polls a second that are due and that are possible."""
    step = demand / capacity if capacity > 0 else MAX_SCALE_STEP
    return max(MIN_SCALE, scale * min(MAX_SCALE_STEP, max(MIN_SCALE_STEP, step)))


def _floor(min_interval: timedelta, has_validators: bool, same_bodies: int) -> timedelta:
    if has_validators:
        return min_interval
    unchanging = same_bodies >= SAME_BODIES
    return max(min_interval, MIN_INTERVAL_UNCHANGING if unchanging else MIN_INTERVAL_WITHOUT_VALIDATORS)


def _counted(profile: bytes, begin: datetime, gap: timedelta, new_entries: int, time_zone: str) -> bytes:
    """The profile with new entries in it, spread evenly over the time in which they may have come."""
    if not new_entries:
        return profile
    zone, counts = ZoneInfo(time_zone), bytearray(profile)
    for number in range(new_entries):
        hour = _hour_of_week(begin + gap * ((number + 0.5) / new_entries), zone)
        if counts[hour] == MAX_COUNT:
            counts = bytearray(count // 2 for count in counts)
        counts[hour] += 1
    return bytes(counts)


def _hour_of_week(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour


_VERSION: Final = 1
_STATE: Final = struct.Struct(">BddqqI")
"""Version, entries, hours, since, last_new_at, total; without a profile while there is none."""
_NEVER: Final = -(2**63)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def encode(rhythm: Rhythm) -> bytes:
    """Return the rhythm as 37 or 205 bytes for the database; its first byte is the version."""
    state = _STATE.pack(
        _VERSION,
        rhythm.entries,
        rhythm.hours,
        _packed(rhythm.since),
        _packed(rhythm.last_new_at),
        rhythm.total,
    )
    return state if rhythm.hour_profile == _NO_PROFILE else state + rhythm.hour_profile


def decode(data: bytes) -> Rhythm:
    """Return the rhythm `encode` wrote; nothing known for no bytes. Raises ValueError for any other bytes."""
    if not data:
        return Rhythm()
    if data[0] != _VERSION or len(data) not in (_STATE.size, _STATE.size + WEEK_HOURS):
        raise ValueError(f"not a rhythm of version {_VERSION}: {len(data)} bytes beginning with {data[0]}")
    _, entries, hours, since, last_new_at, total = _STATE.unpack_from(data)
    if not (0 <= entries < math.inf and 0 <= hours < math.inf):
        raise ValueError(f"not a rhythm: {entries} entries in {hours} hours")
    return Rhythm(
        entries=entries,
        hours=hours,
        since=_unpacked(since),
        last_new_at=_unpacked(last_new_at),
        total=total,
        hour_profile=data[_STATE.size :] or _NO_PROFILE,
    )


def _packed(moment: datetime | None) -> int:
    return _NEVER if moment is None else (moment - _EPOCH) // _MICROSECOND


def _unpacked(microseconds: int) -> datetime | None:
    if microseconds == _NEVER:
        return None
    try:
        return _EPOCH + microseconds * _MICROSECOND
    except OverflowError:
        raise ValueError(f"not a rhythm: {microseconds} µs after 1970") from None
