"""Topics as the configuration names them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import article_topics, topics
from storage.types import Topic
from storage.upsert import insert_or_update


async def sync_topics(conn: AsyncConnection, wanted: Sequence[Topic]) -> None:
    """Bring the topics in line with the configuration; those no longer named are hidden."""
    await conn.execute(update(topics).values(active=False))
    rows = [
        {"id": topic.id, "titles": topic.titles, "query": topic.query, "position": position, "active": True}
        for position, topic in enumerate(wanted)
    ]
    if rows:
        changes = ("titles", "query", "position", "active")
        await conn.execute(insert_or_update(conn, topics, ("id",), changes), rows)


async def list_topics(conn: AsyncConnection) -> list[Topic]:
    """The topics in the configuration's order."""
    rows = await conn.execute(select(topics).where(topics.c.active).order_by(topics.c.position))
    return [_topic_of(row) for row in rows]


async def get_topic(conn: AsyncConnection, topic_id: str) -> Topic | None:
    """One topic, or None when the configuration names none such."""
    found = await conn.execute(select(topics).where(topics.c.id == topic_id, topics.c.active))
    row = found.one_or_none()
    return _topic_of(row) if row else None


async def topic_counts(conn: AsyncConnection, since: datetime) -> dict[str, int]:
    """How many articles each topic has had since a time; every topic is named."""
    newer = (
        select(func.count())
        .where(article_topics.c.topic_id == topics.c.id, article_topics.c.published_at >= since)
        .scalar_subquery()
    )
    rows = await conn.execute(select(topics.c.id, newer.label("articles")).where(topics.c.active))
    return {row.id: row.articles for row in rows}


def _topic_of(row: Row[Any]) -> Topic:
    return Topic(row.id, row.titles, row.query)
