"""Polls the feeds that are due, a few at a time, and stores what each poll brought.

Which feed is due stands in the database (`next_poll_at`), so a restart polls nothing early, and a worker
that dies with a feed in its hands only delays it until the lease ends. What follows from a poll is decided in
`feeds.pace`.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audience import Audience
from bot.clock import Clock
from bot.entries import StoredEntries
from feeds.ingest import poll
from feeds.life import NoticeKind
from feeds.outage import NETWORK_ERRORS, PAUSE, Outage
from feeds.pace import Next, Pace, next_of
from feeds.reader import Reader
from feeds.topics import Topics
from feeds.types import Feed, Poll
from feeds.websub import polling_interval
from storage.engine import writing
from storage.feeds import record_poll
from storage.leases import claim_due_feeds, give_back_feed
from storage.websub import after_poll

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)
"""Longer than the longest poll: a feed's deadline, its parsing, and the pages of its new articles."""
MAX_AT_ONCE = 32
"""As many slow servers are waited for; more would hold more bodies of 10 MB in memory."""
STOP_SECONDS = 2.0
BETWEEN_TICKS_SECONDS = 2.0
"""An interval so short is for one's own site, and a tick of one second would make it twice as long."""


class Poller:
    """Polls due feeds. `on_news` is called when a poll stored something to announce."""

    def __init__(
        self,
        engine: AsyncEngine,
        reader: Reader,
        topics: Topics,
        clock: Clock,
        pace: Pace,
        on_news: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._entries = StoredEntries(engine)
        self._reader = reader
        self._topics = topics
        self._clock = clock
        self._pace = pace
        self._on_news = on_news
        self._audience = Audience(engine)
        self._outage = Outage()
        self._resume_at: datetime | None = None
        self._more = False
        """Whether more was due at the last look than there was room for."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._looks: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()

    async def tick(self) -> None:
        """Set the polls going that are due and for which there is room."""
        await self._audience.refresh()
        await self._start_due()

    async def finished(self) -> None:
        """Wait until no poll is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Give polls under way a moment, then drop them: their feeds are polled again when the lease ends."""
        self._resume_at = datetime.max.replace(tzinfo=UTC)
        await asyncio.gather(*self._looks)
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _start_due(self, ending: int = 0) -> None:
        """Claim and start what there is room for; `ending` counts the tasks that are about to end."""
        async with self._claiming:
            now, room = self._clock(), MAX_AT_ONCE - len(self._tasks) + ending
            if room <= 0 or self._paused(now):
                return
            async with writing(self._engine) as conn:
                due = await claim_due_feeds(
                    conn, now, limit=room, lease=LEASE, unlimited=self._pace.is_own_site
                )
            for feed in due:
                told = replace(feed, subscribers=self._audience.of(feed))
                task = asyncio.create_task(self._poll_and_go_on(told), name=f"poll feed {feed.id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            self._more = len(due) == room

    def _paused(self, now: datetime) -> bool:
        return self._resume_at is not None and now < self._resume_at

    async def _poll_and_go_on(self, feed: Feed) -> None:
        """Poll a feed; where nothing has to be waited for, what is due next follows at once."""
        await self._poll(feed)
        if not self._claiming.locked() and (self._more or self._pace.is_own_site(feed.site)):
            await self._look(ending=1)

    async def _look(self, ending: int = 0) -> None:
        try:
            await self._start_due(ending)
        except Exception:
            log.exception("poll.not_started")

    def _look_again(self, poll_at: datetime) -> None:
        """Look when a feed is due, if that is before the next tick or soon after: seconds matter to it."""
        wait = (poll_at - self._clock()).total_seconds()
        if 0.0 <= wait <= BETWEEN_TICKS_SECONDS:
            asyncio.get_running_loop().call_later(wait, self._start_look)

    def _start_look(self) -> None:
        task = asyncio.create_task(self._look())
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _poll(self, feed: Feed) -> None:
        try:
            brought = await poll(feed, self._reader, self._entries, self._topics, self._clock())
            if self._is_our_fault(feed, brought):
                await self._give_back(feed, self._clock() + PAUSE)
                return
            following = next_of(
                feed,
                brought,
                self._pace,
                now=self._clock(),
                jitter=random.random(),  # noqa: S311 - spreads polls, guards nothing
            )
            stored = await self._store(feed, brought, following)
        except Exception:
            log.exception("poll.broke", feed=feed.id)
            await self._give_back(feed, None)
            return
        _report(feed, brought, len(stored))
        _tell(feed, following)
        self._look_again(following.poll_at)
        if stored and feed.primed:
            self._on_news()

    def _is_our_fault(self, feed: Feed, brought: Poll) -> bool:
        """Whether a failed poll says more about our network than about the feed; polling pauses then."""
        now = self._clock()
        self._outage.note(feed.site, brought.error_key, now)
        if brought.error_key not in NETWORK_ERRORS:
            return False
        if self._outage.offline:
            self._outage.forget()
            self._resume_at = now + PAUSE
            log.warning("poll.offline", again_in=PAUSE.total_seconds())
        return self._paused(now)

    async def _give_back(self, feed: Feed, poll_at: datetime | None) -> None:
        try:
            async with writing(self._engine) as conn:
                await give_back_feed(conn, feed, poll_at)
        except Exception:
            log.exception("poll.broke", feed=feed.id)  # the leases of the feed and its site end by themselves

    async def _store(self, feed: Feed, brought: Poll, following: Next) -> list[int]:
        async with writing(self._engine) as conn:
            poll_at = following.poll_at
            if self._reader.hubs and brought.ok:
                poll_at = await _put_off(conn, feed, brought, poll_at)
            return await record_poll(
                conn,
                feed.id,
                brought,
                poll_at,
                site_free_at=following.site_free_at,
                following=following,
            )


async def _put_off(conn: AsyncConnection, feed: Feed, brought: Poll, poll_at: datetime) -> datetime:
    """When to poll next, later where a hub pushes the feed and can be trusted to."""
    trusted_until = await after_poll(
        conn,
        feed.id,
        brought.polled_at,
        document=brought.parsed is not None,
        offer=brought.offer,
        found_new=bool(brought.new) and feed.primed,
    )
    interval = polling_interval(poll_at - brought.polled_at, brought.polled_at, trusted_until)
    return brought.polled_at + interval


def _report(feed: Feed, brought: Poll, stored: int) -> None:
    if not brought.ok:
        log.warning("poll.failed", feed=feed.id, error=brought.error_key, detail=brought.error_detail[:200])
    elif stored or brought.changed:
        log.info("poll.news", feed=feed.id, new=stored, changed=len(brought.changed), first=not feed.primed)
    else:
        log.debug("poll.nothing_new", feed=feed.id, status=brought.status)


def _tell(feed: Feed, following: Next) -> None:
    for notice in following.change.notices:
        match notice.kind:
            case NoticeKind.MOVED:
                log.info("feed.moved", feed=feed.id, to=notice.detail)
            case NoticeKind.GONE | NoticeKind.FAILING:
                log.warning("feed.suspended", feed=feed.id, why=notice.kind, error=notice.detail)
            case NoticeKind.REVIVED:
                log.info("feed.revived", feed=feed.id)
            case NoticeKind.SILENT:
                log.warning("feed.silent", feed=feed.id)
