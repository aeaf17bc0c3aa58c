"""What becomes of a feed's address over weeks: it moves, goes away for good, breaks, falls silent.

    reached, permanently moved    the new address is adopted after 3 sightings over a day   (POLLING D1, D5)
    410 Gone                      suspended when it is still said a day later               (D7)
    any other failure             suspended after 30 days and 20 failures                   (D8)
    suspended                     looked at once a day; the first success revives it
    reached, nothing new          told once when the silence is far out of its rhythm

Pure: the caller stores `Life` with the feed and passes on the notices. What a notice says is told once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from feeds.rhythm import Rhythm

PERMANENT: Final = frozenset({301, 308})

ADOPT_SIGHTINGS: Final = 3
ADOPT_AFTER: Final = timedelta(hours=24)
"""A parked domain or a slip in a server's configuration is usually put right within a day (POLLING D1)."""

GONE: Final = 410
GONE_AFTER: Final = timedelta(hours=24)
"""A single 410 has been a broken deployment often enough."""

GIVE_UP_AFTER: Final = timedelta(days=30)
GIVE_UP_FAILURES: Final = 20
"""Both: a month in which we ourselves hardly tried is no proof (POLLING D8)."""

SUSPENDED_WAIT: Final = timedelta(hours=24)
"""Between two looks at a suspended feed: publishers do bring feeds back after a relaunch."""

SILENT_AFTER: Final = timedelta(days=3)
SILENT_GAPS: Final = 6
"""A newspaper is reported after a long weekend, a weekly after six weeks."""
SILENT_ENTRIES: Final = 5
"""Fewer say nothing about a rhythm."""


class NoticeKind(StrEnum):
    """What editors are told about a feed."""

    MOVED = "moved"
    GONE = "gone"
    FAILING = "failing"
    REVIVED = "revived"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a feed that a person should know."""

    kind: NoticeKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """What is remembered of a feed's address between polls; without arguments, all is well."""

    redirect_to: str | None = None
    """Where it permanently redirects to, as last seen."""
    redirect_seen: int = 0
    """Polls in a row that were sent there."""
    redirect_first_at: datetime | None = None
    first_error_at: datetime | None = None
    """Of the failures since the last success."""
    gone_at: datetime | None = None
    """The first 410 since the last success."""
    suspended_at: datetime | None = None
    silence_told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a poll did to a feed's life."""

    life: Life
    adopt: str | None = None
    """The address to poll from now on."""
    notices: tuple[Notice, ...] = ()


def moved_to(redirects: Sequence[tuple[int, str]]) -> str | None:
    """Return the address a feed has moved to for good: the last before the first temporary hop (D2, D3).

    `redirects` are pairs of a status and the absolute address it sent us to, in order.
    """
    target = None
    for status, url in redirects:
        if status not in PERMANENT:
            break
        target = url
    return target


def after_success(life: Life, now: datetime, *, moved: str | None, same_feed: bool) -> Change:
    """Return what a good poll at `now` changes.

    `moved` is what `moved_to` said; `same_feed` whether what came was recognisably this feed: unchanged, or
    with entries seen before.
    """
    notices = (Notice(NoticeKind.REVIVED),) if life.suspended_at else ()
    life = replace(life, first_error_at=None, gone_at=None, suspended_at=None)
    if moved is None:
        return Change(_stayed(life), notices=notices)
    again = moved == life.redirect_to
    first_at = life.redirect_first_at if again and life.redirect_first_at else now
    seen = life.redirect_seen + 1 if again else 1
    if same_feed and seen >= ADOPT_SIGHTINGS and now - first_at >= ADOPT_AFTER:
        return Change(_stayed(life), adopt=moved, notices=(*notices, Notice(NoticeKind.MOVED, moved)))
    following = replace(life, redirect_to=moved, redirect_seen=seen, redirect_first_at=first_at)
    return Change(following, notices=notices)


def after_failure(
    life: Life, now: datetime, *, status: int | None, failures: int, detail: str = ""
) -> Change:
    """Return what a failed poll at `now` changes; `failures` counts those in a row, this one included."""
    first_error_at = life.first_error_at or now
    life = replace(life, first_error_at=first_error_at)
    if status == GONE:
        life = replace(life, gone_at=life.gone_at or now)
    if life.suspended_at:
        return Change(life)
    if status == GONE and life.gone_at and now - life.gone_at >= GONE_AFTER:
        return Change(replace(life, suspended_at=now), notices=(Notice(NoticeKind.GONE),))
    if failures >= GIVE_UP_FAILURES and now - first_error_at >= GIVE_UP_AFTER:
        return Change(replace(life, suspended_at=now), notices=(Notice(NoticeKind.FAILING, detail),))
    return Change(life)


def with_silence(change: Change, rhythm: Rhythm, now: datetime) -> Change:
    """Add to a good poll's change that the feed has been silent for far too long, once for each silence."""
    if not is_silent(rhythm, now):
        return replace(change, life=replace(change.life, silence_told_at=None))
    if change.life.silence_told_at:
        return change
    told = replace(change.life, silence_told_at=now)
    return replace(change, life=told, notices=(*change.notices, Notice(NoticeKind.SILENT)))


def is_silent(rhythm: Rhythm, now: datetime) -> bool:
    """Whether nothing new has come for far longer than usual."""
    if rhythm.since is None or rhythm.last_new_at is None or rhythm.total < SILENT_ENTRIES:
        return False
    usual_gap = (rhythm.last_new_at - rhythm.since) / rhythm.total
    return now - rhythm.last_new_at > max(SILENT_AFTER, SILENT_GAPS * usual_gap)


def _stayed(life: Life) -> Life:
    return replace(life, redirect_to=None, redirect_seen=0, redirect_first_at=None)
