"""The outbox: one row for each article or digest owed to a chat, from the moment it is owed to its end.

    owe ─▶ pending ──claim──▶ sending ──record_sent──▶ SENT
             ▲  ▲                │ │ │
             │  └─release/retry──┘ │ └──record_failed──▶ FAILED
             │   (surely not sent) │
             │                     │ record_uncertain, or the process died (recover)
             │                     ▼
             │        the first time: uncertain ──claim, silent──▶ sending …
             │        the second time: UNCERTAIN
             └─ pending and uncertain end as EXPIRED when they are too old or their chat is gone

Capitals are ends: `finished_at` is set. `sending` is written before the call, so after a crash it is known
that the message may have arrived. It is then sent once more, without a sound: a message twice is a smaller
harm than a message never, and twice is the most there can be.
Claiming and recovering are in `storage.leases`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import (
    Moment,
    article_topics,
    articles,
    chats,
    deliveries,
    seen_entries,
    subscriptions,
)
from storage.types import EVERYTHING, ChatState, DeliveryKind, DeliveryState, Target, TargetKind
from storage.upsert import insert_new

ARTICLE_PRIORITY = 100
DIGEST_PRIORITY = 200
"""After articles: a digest at its hour may be a minute late, a push is read now."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of ours that stands in a chat."""

    delivery_id: int
    chat_id: int
    message_id: str
    kind: DeliveryKind
    article_id: int | None
    digest_id: int | None
    sent_at: datetime


async def article_targets(
    conn: AsyncConnection, article_id: int, matched_queries: Sequence[int]
) -> list[str]:
    """Keys of what an article belongs to: all, its feeds, topics and story, the saved queries it matches.

    Its feeds are all those that listed it, not only the one that brought it first.
    """
    found = await conn.execute(
        select(articles.c.feed_id, articles.c.story_id).where(articles.c.id == article_id)
    )
    brought_by, story_id = found.one_or_none() or (None, None)
    listed_by = await conn.scalars(
        select(seen_entries.c.feed_id).where(seen_entries.c.article_id == article_id).distinct()
    )
    feed_ids = sorted({*listed_by, *([brought_by] if brought_by else [])})
    topic_ids = await conn.scalars(
        select(article_topics.c.topic_id)
        .where(article_topics.c.article_id == article_id)
        .order_by(article_topics.c.topic_id)
    )
    return [
        EVERYTHING.key,
        *(Target(TargetKind.FEED, str(feed_id)).key for feed_id in feed_ids),
        *(Target(TargetKind.TOPIC, topic_id).key for topic_id in topic_ids),
        *(Target(TargetKind.QUERY, str(query_id)).key for query_id in matched_queries),
        *([Target(TargetKind.STORY, str(story_id)).key] if story_id else []),
    ]


async def owe_article(conn: AsyncConnection, article_id: int, targets: Sequence[str], now: datetime) -> int:
    """Write a delivery for every chat that asked for any of the targets; gives how many were added.

    Only chats that are active and want articles as they come, and only subscriptions made before the article
    came in (POLLING I8). A chat that is owed the article already is left out, so doing it twice adds nothing.
    """
    stored_at = select(articles.c.created_at).where(articles.c.id == article_id).scalar_subquery()
    owed = (
        select(
            subscriptions.c.chat_id,
            chats.c.messenger,
            literal(DeliveryKind.ARTICLE),
            literal(article_id),
            subscriptions.c.target,
            literal(DeliveryState.PENDING),
            literal(ARTICLE_PRIORITY),
            literal(now, Moment),
            literal(now, Moment),
        )
        .join(chats, chats.c.id == subscriptions.c.chat_id)
        .where(
            subscriptions.c.target.in_(targets),
            subscriptions.c.created_at <= stored_at,
            chats.c.state == ChatState.ACTIVE,
            chats.c.instant,
        )
    )
    columns = [
        "chat_id",
        "messenger",
        "kind",
        "article_id",
        "target",
        "state",
        "priority",
        "not_before",
        "created_at",
    ]
    added = await conn.execute(
        insert_new(conn, deliveries).from_select(columns, owed).execution_options(preserve_rowcount=True)
    )
    await conn.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(announce=False, announced_at=func.coalesce(articles.c.announced_at, literal(now, Moment)))
    )
    return added.rowcount


async def owe_digest(conn: AsyncConnection, digest_id: int, chat_id: int, now: datetime) -> bool:
    """Write the delivery of a digest; False when there is one already."""
    values = select(
        chats.c.id,
        chats.c.messenger,
        literal(DeliveryKind.DIGEST),
        literal(digest_id),
        literal(DeliveryState.PENDING),
        literal(DIGEST_PRIORITY),
        literal(now, Moment),
        literal(now, Moment),
    ).where(chats.c.id == chat_id)
    columns = ["chat_id", "messenger", "kind", "digest_id", "state", "priority", "not_before", "created_at"]
    added = await conn.execute(
        insert_new(conn, deliveries).from_select(columns, values).execution_options(preserve_rowcount=True)
    )
    return added.rowcount > 0


async def record_sent(conn: AsyncConnection, rows: Sequence[tuple[int, str | None]], now: datetime) -> None:
    """Note deliveries as sent, each with the messenger's id of the message, in one round trip."""
    if not rows:
        return
    statement = (
        update(deliveries)
        .where(deliveries.c.id == bindparam("delivery"))
        .values(
            state=DeliveryState.SENT,
            message_id=bindparam("message"),
            finished_at=now,
            lease_until=None,
            error_key=None,
            error_detail="",
        )
    )
    await conn.execute(statement, [{"delivery": row[0], "message": row[1]} for row in rows])


async def record_uncertain(conn: AsyncConnection, delivery_id: int, detail: str, now: datetime) -> None:
    """Note that the answer never came: tried once more at once, silently; the second time it is over."""
    await conn.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.SENDING)
        .values(not_known_to_have_arrived(detail, now))
    )


def not_known_to_have_arrived(detail: str, now: datetime) -> dict[str, Any]:
    """The columns of a delivery whose attempt may have arrived: open the first time, over the second time."""
    again = deliveries.c.uncertain_at.is_not(None)
    at = literal(now, Moment)
    return {
        "state": DeliveryState.UNCERTAIN,
        "uncertain_at": case((again, deliveries.c.uncertain_at), else_=at),
        "finished_at": case((again, at), else_=null()),
        "lease_until": None,
        "error_key": "uncertain",
        "error_detail": detail,
    }


async def record_failed(
    conn: AsyncConnection, delivery_id: int, key: str, detail: str, now: datetime
) -> None:
    """Note that a delivery cannot be made, with the key of the reason."""
    await conn.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.finished_at.is_(None))
        .values(
            state=DeliveryState.FAILED,
            finished_at=now,
            lease_until=None,
            error_key=key,
            error_detail=detail,
        )
    )


async def record_retry(
    conn: AsyncConnection, delivery_id: int, not_before: datetime, key: str, detail: str
) -> None:
    """Note that a delivery surely was not made, and when to try again."""
    await conn.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.SENDING)
        .values(
            state=case(
                (deliveries.c.uncertain_at.is_(None), DeliveryState.PENDING),
                else_=DeliveryState.UNCERTAIN,
            ),
            not_before=not_before,
            lease_until=None,
            error_key=key,
            error_detail=detail,
        )
    )


async def expire_deliveries(conn: AsyncConnection, older_than: datetime, now: datetime) -> int:
    """End what has been owed since before `older_than` and is not being sent; gives how many there were."""
    result = await conn.execute(
        update(deliveries)
        .where(
            deliveries.c.finished_at.is_(None),
            deliveries.c.state != DeliveryState.SENDING,
            deliveries.c.created_at < older_than,
        )
        .values(state=DeliveryState.EXPIRED, finished_at=now, error_key="expired")
    )
    return result.rowcount


async def outbox_counts(conn: AsyncConnection) -> dict[DeliveryState, int]:
    """How many deliveries there are in each state."""
    rows = await conn.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): count for state, count in rows}


async def sent_message(conn: AsyncConnection, chat_id: int, message_id: str) -> SentMessage | None:
    """What a message in a chat was, or None when it was none of ours."""
    found = await conn.execute(
        select(deliveries)
        .where(deliveries.c.chat_id == chat_id, deliveries.c.message_id == message_id)
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None
    return SentMessage(
        row.id, chat_id, message_id, DeliveryKind(row.kind), row.article_id, row.digest_id, row.finished_at
    )
