"""Subscriptions: what each chat asked for."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import articles, feeds, queries, subscriptions
from storage.types import Subscription, Target, TargetKind
from storage.upsert import insert_new

_FOLLOWED_QUERIES = f"{TargetKind.QUERY}:"


async def subscribe(conn: AsyncConnection, chat_id: int, target: Target, now: datetime) -> bool:
    """Add a subscription; False when the chat has it already."""
    values = {"chat_id": chat_id, "target": target.key, "created_at": now}
    added = await conn.execute(insert_new(conn, subscriptions).returning(subscriptions.c.id), values)
    return added.one_or_none() is not None


async def unsubscribe(conn: AsyncConnection, chat_id: int, target: Target) -> bool:
    """Remove a subscription; False when the chat has none such."""
    result = await conn.execute(
        delete(subscriptions).where(subscriptions.c.chat_id == chat_id, subscriptions.c.target == target.key)
    )
    return result.rowcount > 0


async def unsubscribe_all(conn: AsyncConnection, chat_id: int) -> int:
    """Remove all subscriptions of a chat; gives how many there were."""
    result = await conn.execute(delete(subscriptions).where(subscriptions.c.chat_id == chat_id))
    return result.rowcount


async def subscriptions_of(conn: AsyncConnection, chat_id: int) -> list[Subscription]:
    """What a chat asked for, oldest first, each with a label."""
    found = await conn.execute(
        select(subscriptions).where(subscriptions.c.chat_id == chat_id).order_by(subscriptions.c.id)
    )
    rows = [(row, Target.of(row.target)) for row in found]
    targets = [target for _, target in rows]
    labels = await _labels(conn, targets)
    return [
        Subscription(row.id, chat_id, target, labels.get(target, target.ref), row.created_at)
        for row, target in rows
    ]


async def targets_of_chat(conn: AsyncConnection, chat_id: int) -> set[str]:
    """Keys of what a chat asked for."""
    found = await conn.scalars(select(subscriptions.c.target).where(subscriptions.c.chat_id == chat_id))
    return set(found)


async def followed_queries(conn: AsyncConnection) -> list[tuple[int, str]]:
    """Saved queries at least one chat follows, with their canonical text, by id."""
    keys = await conn.scalars(
        select(subscriptions.c.target)
        .where(subscriptions.c.target >= _FOLLOWED_QUERIES, subscriptions.c.target < f"{TargetKind.QUERY};")
        .distinct()
    )
    ids = {int(Target.of(key).ref) for key in keys}
    rows = await conn.execute(select(queries.c.id, queries.c.text).order_by(queries.c.id))
    return [(row.id, row.text) for row in rows if row.id in ids]


async def _labels(conn: AsyncConnection, targets: Collection[Target]) -> dict[Target, str]:
    numbered = (TargetKind.FEED, TargetKind.QUERY, TargetKind.STORY)
    ids = {kind: [int(t.ref) for t in targets if t.kind is kind] for kind in numbered}
    titles = await conn.execute(select(feeds.c.id, feeds.c.title).where(feeds.c.id.in_(ids[TargetKind.FEED])))
    texts = await conn.execute(
        select(queries.c.id, queries.c.text).where(queries.c.id.in_(ids[TargetKind.QUERY]))
    )
    openings = await conn.execute(
        select(articles.c.id, articles.c.title).where(articles.c.id.in_(ids[TargetKind.STORY]))
    )
    return {
        **{Target(TargetKind.FEED, str(row.id)): row.title for row in titles},
        **{Target(TargetKind.QUERY, str(row.id)): row.text for row in texts},
        **{Target(TargetKind.STORY, str(row.id)): row.title for row in openings},
    }
