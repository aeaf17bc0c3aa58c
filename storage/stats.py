"""Figures for /stats and health."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement, FromClause

from storage.tables import articles, chats, deliveries, feeds, subscriptions
from storage.types import ChatState, DeliveryState, FeedState

TODAY = timedelta(hours=24)
"""What "today" means here: the last 24 hours, the same in every zone."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How much there is of everything."""

    chats: dict[ChatState, int]
    subscriptions: int
    feeds: int
    """Active ones."""
    failing_feeds: int
    """Active ones whose last poll failed."""
    articles: int
    articles_today: int
    """Published today."""
    sent_today: int
    waiting: int
    """Deliveries still to be made."""
    uncertain: int
    """Deliveries of today that ended without anyone knowing whether they arrived."""
    failed: int
    """Deliveries of today that could not be made."""


async def collect_stats(conn: AsyncConnection, now: datetime) -> Stats:
    """Count everything; "today" are the last 24 hours."""

    async def count(table: FromClause, *conditions: ColumnElement[bool]) -> int:
        rows = select(func.count()).select_from(table).where(*conditions)
        return int((await conn.execute(rows)).scalar_one())

    today = now - TODAY
    active = feeds.c.state == FeedState.ACTIVE
    states = await conn.execute(select(chats.c.state, func.count()).group_by(chats.c.state))
    ended = await conn.execute(
        select(deliveries.c.state, func.count())
        .where(deliveries.c.finished_at >= today)
        .group_by(deliveries.c.state)
    )
    finished = {DeliveryState(state): number for state, number in ended}
    return Stats(
        chats=dict.fromkeys(ChatState, 0) | {ChatState(state): number for state, number in states},
        subscriptions=await count(subscriptions),
        feeds=await count(feeds, active),
        failing_feeds=await count(feeds, active, feeds.c.failures > 0),
        articles=await count(articles),
        articles_today=await count(articles, articles.c.published_at >= today),
        sent_today=finished.get(DeliveryState.SENT, 0),
        waiting=await count(deliveries, deliveries.c.finished_at.is_(None)),
        uncertain=finished.get(DeliveryState.UNCERTAIN, 0),
        failed=finished.get(DeliveryState.FAILED, 0),
    )
