"""Feeds as editors see them: a row of `feeds` with what is counted beside it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.types import FullText
from storage.tables import articles, subscriptions
from storage.types import FeedState, FeedStatus, Target, TargetKind


async def statuses_of(conn: AsyncConnection, rows: Sequence[Row[Any]]) -> list[FeedStatus]:
    """Rows of `feeds` with how many articles and subscriptions each has, in two statements."""
    ids = [row.id for row in rows]
    counted = await conn.execute(
        select(articles.c.feed_id, func.count().label("articles"))
        .where(articles.c.feed_id.in_(ids))
        .group_by(articles.c.feed_id)
    )
    kept: dict[int, int] = {row.feed_id: row.articles for row in counted}
    targets = {Target(TargetKind.FEED, str(feed_id)).key: feed_id for feed_id in ids}
    followed = await conn.execute(
        select(subscriptions.c.target, func.count().label("chats"))
        .where(subscriptions.c.target.in_(targets))
        .group_by(subscriptions.c.target)
    )
    followers = {targets[row.target]: row.chats for row in followed}
    return [_status(row, kept.get(row.id, 0), followers.get(row.id, 0)) for row in rows]


def _status(row: Row[Any], kept: int, followers: int) -> FeedStatus:
    return FeedStatus(
        id=row.id,
        url=row.url,
        title=row.title,
        state=FeedState(row.state),
        topics=tuple(row.topics),
        full_text=FullText(row.full_text),
        time_zone=row.time_zone,
        articles=kept,
        subscribers=followers,
        next_poll_at=row.next_poll_at,
        last_polled_at=row.last_polled_at,
        last_ok_at=row.last_ok_at,
        last_new_at=row.last_new_at,
        failures=row.failures,
        error_key=row.error_key,
        error_detail=row.error_detail,
        site_url=row.site_url,
        suspended_at=row.suspended_at,
    )
