"""Notices: what editors should know about a feed, kept until they have been told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.life import Notice, NoticeKind
from storage.tables import notices


@dataclass(frozen=True, slots=True)
class FeedNotice:
    """A notice as kept."""

    id: int
    feed_id: int
    kind: NoticeKind
    detail: str
    created_at: datetime


async def store_notices(conn: AsyncConnection, feed_id: int, new: Sequence[Notice], now: datetime) -> None:
    """Keep notices about a feed."""
    if new:
        rows = [
            {"feed_id": feed_id, "kind": each.kind, "detail": each.detail, "created_at": now} for each in new
        ]
        await conn.execute(notices.insert(), rows)


async def open_notices(conn: AsyncConnection, limit: int) -> list[FeedNotice]:
    """Notices that nobody has been told yet, oldest first."""
    rows = await conn.execute(
        select(notices).where(notices.c.delivered_at.is_(None)).order_by(notices.c.id).limit(limit)
    )
    return [FeedNotice(row.id, row.feed_id, NoticeKind(row.kind), row.detail, row.created_at) for row in rows]
