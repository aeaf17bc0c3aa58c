"""How many chats each feed has to serve: the measure of how often it is polled (POLLING B16, C1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.types import Feed
from storage.tables import chats, feeds, subscriptions, topics
from storage.types import EVERYTHING, ChatState, FeedState, Target, TargetKind

_ANY_FEED = (f"{TargetKind.QUERY}:%", f"{TargetKind.STORY}:%")
"""Whatever brings the article will do."""
_AT_ONCE = 1000
"""Rows named in one statement; SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True)
class Followers:
    """Subscriptions of active chats by what they are for."""

    of_everything: int = 0
    """Those that any feed may serve: everything, saved queries, stories, topics recognised by their words."""
    by_target: Mapping[str, int] = field(default_factory=dict)
    """Keys of feeds and topics."""

    def of(self, feed_id: int, topic_ids: tuple[str, ...]) -> int:
        """How many subscriptions a feed serves; a chat that asked for it in two ways counts twice."""
        named = [
            Target(TargetKind.FEED, str(feed_id)),
            *(Target(TargetKind.TOPIC, each) for each in topic_ids),
        ]
        return self.of_everything + sum(self.by_target.get(target.key, 0) for target in named)

    def of_feed(self, feed: Feed) -> int:
        """The same for a feed as claimed."""
        return self.of(feed.id, feed.topics)


async def count_followers(conn: AsyncConnection) -> Followers:
    """Count all subscriptions once: one pass over the table, so not for each poll."""
    worded = select(literal(f"{TargetKind.TOPIC}:") + topics.c.id).where(
        topics.c.active, topics.c.query != ""
    )
    target = subscriptions.c.target
    any_feed = or_(*(target.like(pattern) for pattern in _ANY_FEED), target.in_(worded))
    group = case((any_feed, EVERYTHING.key), else_=target)
    rows = await conn.execute(
        select(group.label("target"), func.count().label("number"))
        .join(chats, chats.c.id == subscriptions.c.chat_id)
        .where(chats.c.state == ChatState.ACTIVE)
        .group_by(group)
    )
    counts: dict[str, int] = {row.target: row.number for row in rows}
    return Followers(counts.pop(EVERYTHING.key, 0), counts)


async def wake_idle_feeds(conn: AsyncConnection, followers: Followers) -> int:
    """End the longer wait of feeds that nobody followed and somebody now does; gives how many there are."""
    idle = await conn.execute(
        select(feeds.c.id, feeds.c.topics).where(
            feeds.c.eager_poll_at.is_not(None), feeds.c.state == FeedState.ACTIVE
        )
    )
    followed = [row.id for row in idle if followers.of(row.id, tuple(row.topics))]
    for begin in range(0, len(followed), _AT_ONCE):
        await conn.execute(
            update(feeds)
            .where(feeds.c.id.in_(followed[begin : begin + _AT_ONCE]))
            .values(next_poll_at=feeds.c.eager_poll_at, eager_poll_at=None)
        )
    return len(followed)
