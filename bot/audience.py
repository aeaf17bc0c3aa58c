"""How many chats each feed serves, counted now and then."""

from time import perf_counter

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.types import Feed
from storage.engine import reading, writing
from storage.followers import Followers, count_followers, wake_idle_feeds

log = structlog.get_logger(__name__)

LEAST_AGE_SECONDS = 5.0
"""How soon a feed that somebody begins to follow is polled as often as others."""
MOST_SHARE = 0.01
"""Of the time may be spent on counting: a million subscriptions take a second."""


class Audience:
    """The subscriptions as last counted."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._followers = Followers()
        self._stale_at = 0.0

    def of(self, feed: Feed) -> int:
        """How many subscriptions a feed serves."""
        return self._followers.of(feed.id, feed.topics)

    async def refresh(self) -> None:
        """Count again if the last count is old; feeds that have found a follower no longer wait longer."""
        begin = perf_counter()
        if begin < self._stale_at:
            return
        async with reading(self._engine) as conn:
            counted = await count_followers(conn)
        if counted != self._followers:
            async with writing(self._engine) as conn:
                woken = await wake_idle_feeds(conn, counted)
            log.debug("feeds.followed", feeds=woken)
            self._followers = counted
        end = perf_counter()
        self._stale_at = end + max(LEAST_AGE_SECONDS, (end - begin) / MOST_SHARE)
