"""Polls the feeds that are due, a few at a time, and stores what each poll brought.

Which feed is due stands in the database (`next_poll_at`), so a restart polls nothing early, and a worker
that dies with a feed in its hands only delays it until the lease ends.
"""

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from feeds.ingest import poll
from feeds.reader import Reader
from feeds.schedule import next_poll_at
from feeds.topics import Topics
from feeds.types import Feed, Poll
from storage.engine import reading, writing
from storage.feeds import known_entries, record_poll
from storage.leases import claim_due_feeds

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)
"""Longer than the longest poll: a feed's deadline, its parsing, and the pages of its new articles."""
MAX_AT_ONCE = 16
STOP_SECONDS = 2.0


class Poller:
    """Polls due feeds. `on_news` is called when a poll stored something to announce."""

    def __init__(
        self,
        engine: AsyncEngine,
        reader: Reader,
        topics: Topics,
        clock: Clock,
        min_interval: timedelta,
        on_news: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._topics = topics
        self._clock = clock
        self._min_interval = min_interval
        self._on_news = on_news
        self._tasks: set[asyncio.Task[None]] = set()

    async def tick(self) -> None:
        """Set the polls going that are due and for which there is room."""
        room = MAX_AT_ONCE - len(self._tasks)
        if room <= 0:
            return
        async with writing(self._engine) as conn:
            due = await claim_due_feeds(conn, self._clock(), limit=room, lease=LEASE)
        for feed in due:
            task = asyncio.create_task(self._poll(feed), name=f"poll feed {feed.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give polls under way a moment, then drop them: their feeds are polled again when the lease ends."""
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _poll(self, feed: Feed) -> None:
        try:
            brought = await poll(feed, self._reader, self._known, self._topics, self._clock())
            stored = await self._store(feed, brought)
        except Exception:
            log.exception("poll.broke", feed=feed.id)
            return
        _report(feed, brought, len(stored))
        if stored and feed.primed:
            self._on_news()

    async def _known(self, feed_id: int, keys: Collection[bytes]) -> Mapping[bytes, bytes | None]:
        async with reading(self._engine) as conn:
            return await known_entries(conn, feed_id, keys)

    async def _store(self, feed: Feed, brought: Poll) -> list[int]:
        at = next_poll_at(
            brought.polled_at,
            interval=self._min_interval,
            failures=0 if brought.ok else feed.failures + 1,
            status=brought.status,
            retry_after=brought.retry_after_seconds,
            server_floor=brought.server_floor_seconds,
            jitter=random.random(),  # noqa: S311 - spreads polls, guards nothing
        )
        async with writing(self._engine) as conn:
            return await record_poll(conn, feed.id, brought, at)


def _report(feed: Feed, brought: Poll, stored: int) -> None:
    if not brought.ok:
        log.warning("poll.failed", feed=feed.id, error=brought.error_key, detail=brought.error_detail[:200])
    elif stored or brought.changed:
        log.info("poll.news", feed=feed.id, new=stored, changed=len(brought.changed), first=not feed.primed)
    else:
        log.debug("poll.nothing_new", feed=feed.id, status=brought.status)
