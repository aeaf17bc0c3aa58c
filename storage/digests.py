"""Digests: which are due, and what is in them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from storage.articles import article_of, article_rows
from storage.chats import chat_of
from storage.leases import lock_due_digests
from storage.outbox import owe_digest
from storage.subscriptions import targets_of_chat
from storage.tables import article_topics, articles, chats, digests, seen_entries
from storage.types import EVERYTHING, Article, Chat, DigestPeriod, Target, TargetKind
from storage.upsert import insert_new

FIRST_PERIOD = timedelta(hours=24)
"""What a chat's first digest looks back on."""


async def claim_due_digests(
    conn: AsyncConnection, now: datetime, next_time: Callable[[Chat], datetime | None], *, limit: int = 500
) -> list[int]:
    """Owe the digests whose time has come and schedule the next ones; gives the ids of the digests.

    A digest ends at the moment it was scheduled for and not at `now`, so that it is the same one whoever
    makes it: after a crash, or claimed by two workers, it is not owed twice.
    """
    made = []
    for row in await lock_due_digests(conn, now, limit):
        digest_id = await _make(conn, row, now)
        if digest_id is not None:
            made.append(digest_id)
        await conn.execute(
            update(chats)
            .where(chats.c.id == row.id)
            .values(next_digest_at=next_time(chat_of(row)), last_digest_until=row.next_digest_at)
        )
    return made


async def get_digest(conn: AsyncConnection, digest_id: int) -> DigestPeriod | None:
    """One digest's period, or None."""
    row = (await conn.execute(select(digests).where(digests.c.id == digest_id))).one_or_none()
    return DigestPeriod(row.id, row.chat_id, row.since, row.until) if row else None


async def digest_articles(
    conn: AsyncConnection, chat_id: int, since: datetime, until: datetime, limit: int = 200
) -> list[Article]:
    """Articles of `[since, until)` that a chat asked for by source, topic or story, newest first.

    Saved queries are not looked at: match those with `articles_between`.
    """
    targets = [Target.of(key) for key in await targets_of_chat(conn, chat_id)]
    return await _came(conn, since, until, limit, _asked_for(targets))


async def articles_between(
    conn: AsyncConnection, since: datetime, until: datetime, limit: int = 500
) -> list[Article]:
    """Articles that came in `[since, until)`, newest first."""
    return await _came(conn, since, until, limit, [])


async def _make(conn: AsyncConnection, chat: Row[Any], now: datetime) -> int | None:
    until = chat.next_digest_at
    since = chat.last_digest_until or until - FIRST_PERIOD
    values = {"chat_id": chat.id, "since": since, "until": until}
    added = await conn.execute(insert_new(conn, digests).returning(digests.c.id), values)
    row = added.one_or_none()
    if row is None:
        return None  # made before: the schedule was set back
    await owe_digest(conn, row.id, chat.id, now)
    return int(row.id)


async def _came(
    conn: AsyncConnection,
    since: datetime,
    until: datetime,
    limit: int,
    conditions: list[ColumnElement[bool]],
) -> list[Article]:
    """What was announced in the period, and what a new feed brought with it that was published then."""
    announced = and_(articles.c.announced_at >= since, articles.c.announced_at < until)
    brought_along = and_(
        articles.c.announced_at.is_(None),
        ~articles.c.announce,
        articles.c.published_at >= since,
        articles.c.published_at < until,
    )
    rows = await conn.execute(
        article_rows()
        .where(or_(announced, brought_along), *conditions)
        .order_by(articles.c.published_at.desc(), articles.c.id.desc())
        .limit(limit)
    )
    return [article_of(row) for row in rows]


def _asked_for(targets: list[Target]) -> list[ColumnElement[bool]]:
    if EVERYTHING in targets:
        return []
    feed_ids = [int(target.ref) for target in targets if target.kind is TargetKind.FEED]
    topic_ids = [target.ref for target in targets if target.kind is TargetKind.TOPIC]
    story_ids = [int(target.ref) for target in targets if target.kind is TargetKind.STORY]
    listed = exists().where(
        and_(seen_entries.c.article_id == articles.c.id, seen_entries.c.feed_id.in_(feed_ids))
    )
    about = exists().where(
        and_(article_topics.c.article_id == articles.c.id, article_topics.c.topic_id.in_(topic_ids))
    )
    return [or_(articles.c.feed_id.in_(feed_ids), articles.c.story_id.in_(story_ids), listed, about)]
