"""Claiming work: due feeds, due digests, owed deliveries. The only file that knows how the databases differ.

A claim is a row marked with the time until which it is ours. Whoever holds it writes the result, which frees
it; if the process dies the time runs out and another one claims it again.

- PostgreSQL: `FOR NO KEY UPDATE … SKIP LOCKED`, so that workers claiming at once get different rows.
- SQLite: SQLAlchemy leaves that clause out, and the write transaction (BEGIN IMMEDIATE) has no rival.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Row, Select, case, func, literal, or_, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause

from feeds.schedule import OVERDUE_AFTER, restart_step
from feeds.types import Feed
from storage.chats import chat_of
from storage.feeds import feed_of
from storage.outbox import not_known_to_have_arrived
from storage.sites import free_site
from storage.tables import EPOCH, Moment, chats, deliveries, feeds, sites
from storage.types import Chat, ChatState, Delivery, DeliveryKind, DeliveryState, FeedState

_WAITING = (DeliveryState.PENDING, DeliveryState.UNCERTAIN)


async def claim_due_feeds(
    conn: AsyncConnection,
    now: datetime,
    *,
    limit: int,
    lease: timedelta,
    unlimited: Callable[[str], bool] = lambda site: False,
) -> list[Feed]:
    """Take up to `limit` feeds whose poll is due, longest overdue first, for the time of `lease`.

    With each feed its site is taken until its poll is recorded, so of one site one feed is given at a time,
    and none during its pause (POLLING B14). A site with very many feeds keeps no other waiting. `unlimited`
    says for which sites none of this holds.
    """
    claimed: list[Feed] = []
    while len(claimed) < limit:
        rows = (await conn.execute(_locked(_due_feeds(now, limit), feeds, sites))).all()
        first_of_site: dict[str | int, int] = {}
        for row in rows:
            first_of_site.setdefault(row.id if unlimited(row.site) else row.site, row.id)
        chosen = list(first_of_site.values())[: limit - len(claimed)]
        if not chosen:
            break
        until = now + lease
        taken = await conn.execute(
            update(feeds).where(feeds.c.id.in_(chosen)).values(lease_until=until).returning(feeds)
        )
        found = sorted(map(feed_of, taken), key=lambda feed: chosen.index(feed.id))
        names = {feed.site for feed in found if not unlimited(feed.site)}
        await conn.execute(update(sites).where(sites.c.site.in_(names)).values(busy_until=until))
        claimed += found
    return claimed


def _due_feeds(now: datetime, limit: int) -> Select[Any]:
    """Feeds that are due on sites that are free; several of one site, perhaps."""
    return (
        select(feeds.c.id, feeds.c.site)
        .join(sites, sites.c.site == feeds.c.site)
        .where(
            feeds.c.state == FeedState.ACTIVE,
            feeds.c.next_poll_at <= now,
            or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now),
            or_(sites.c.busy_until.is_(None), sites.c.busy_until <= now),
            sites.c.free_at <= now,
        )
        .order_by(feeds.c.next_poll_at, feeds.c.id)
        .limit(limit)
    )


async def give_back_feed(conn: AsyncConnection, feed: Feed, poll_at: datetime | None = None) -> None:
    """End a claim without a result; the feed is due at `poll_at`, when its lease ends if None."""
    freed = {} if poll_at is None else {"lease_until": None, "next_poll_at": poll_at}
    if freed:
        await conn.execute(update(feeds).where(feeds.c.id == feed.id).values(freed))
    await free_site(conn, feed.site)


async def spread_overdue_feeds(conn: AsyncConnection, now: datetime) -> int:
    """Spread the polls of feeds that nobody polled for a while, longest overdue first; gives their number.

    Called at a start. What is stored is only ever later than what stood there (POLLING B9).
    """
    overdue = (
        feeds.c.state == FeedState.ACTIVE,
        feeds.c.next_poll_at < now - OVERDUE_AFTER,
        feeds.c.lease_until.is_(None),
    )
    number = (await conn.execute(select(func.count()).select_from(feeds).where(*overdue))).scalar_one()
    place = func.row_number().over(order_by=(feeds.c.next_poll_at, feeds.c.id)) - 1
    order = select(feeds.c.id, place.label("place")).where(*overdue).subquery()
    step = literal(restart_step(number) // timedelta(microseconds=1), BigInteger)
    start = literal((now - EPOCH) // timedelta(microseconds=1), BigInteger)
    await conn.execute(
        update(feeds)
        .where(feeds.c.id == order.c.id)
        .values(next_poll_at=type_coerce(start + order.c.place * step, Moment))
    )
    return number


async def free_feeds(conn: AsyncConnection) -> int:
    """Give back every claimed feed; for a process that knows it is alone and all claims dead."""
    await conn.execute(update(sites).where(sites.c.busy_until.is_not(None)).values(busy_until=None))
    result = await conn.execute(
        update(feeds).where(feeds.c.lease_until.is_not(None)).values(lease_until=None)
    )
    return result.rowcount


async def lock_due_digests(conn: AsyncConnection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Rows of `chats` whose digest is due, kept from other workers until the transaction ends."""
    due = (
        select(chats)
        .where(chats.c.next_digest_at <= now, chats.c.state == ChatState.ACTIVE)
        .order_by(chats.c.next_digest_at)
        .limit(limit)
    )
    rows: Sequence[Row[Any]] = (await conn.execute(_locked(due, chats))).all()
    return rows


async def claim_deliveries(
    conn: AsyncConnection, messenger: str, now: datetime, *, limit: int, lease: timedelta
) -> list[Delivery]:
    """Take up to `limit` deliveries that may be sent now, by priority and then age.

    Of each chat only the first open one is considered, and none while another is being sent, so a chat gets
    everything in order. An uncertain one comes back once, silent.
    """
    ids = (await conn.scalars(_locked(_due_deliveries(messenger, now, limit), deliveries, chats))).all()
    if not ids:
        return []
    # The rows and their chats are locked now. Another worker may have begun to send to one of the chats
    # between the look and the lock; this statement sees that.
    other = deliveries.alias("other")
    sending = (
        select(other.c.id)
        .where(other.c.chat_id == deliveries.c.chat_id, other.c.finished_at.is_(None))
        .where(other.c.state == DeliveryState.SENDING)
        .exists()
    )
    claimed = await conn.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(ids), deliveries.c.state.in_(_WAITING), ~sending)
        .values(state=DeliveryState.SENDING, attempts=deliveries.c.attempts + 1, lease_until=now + lease)
        .returning(deliveries)
    )
    rows = sorted(claimed, key=lambda row: (row.priority, row.id))
    found = await conn.execute(select(chats).where(chats.c.id.in_([row.chat_id for row in rows])))
    served = {row.id: chat_of(row) for row in found}
    return [_delivery_of(row, served[row.chat_id]) for row in rows]


async def recover_deliveries(conn: AsyncConnection, now: datetime) -> int:
    """End the claims of workers that died; gives how many there were.

    It is not known whether the message arrived: it is tried once more, and the second time it is over.
    """
    result = await conn.execute(
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_until <= now)
        .values(not_known_to_have_arrived("the process ended while sending", now))
    )
    return result.rowcount


async def release_deliveries(conn: AsyncConnection, ids: Sequence[int], now: datetime) -> int:
    """Give back deliveries that were claimed and surely never sent; gives how many there were."""
    result = await conn.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(ids), deliveries.c.state == DeliveryState.SENDING)
        .values(
            state=case(
                (deliveries.c.uncertain_at.is_(None), DeliveryState.PENDING),
                else_=DeliveryState.UNCERTAIN,
            ),
            attempts=deliveries.c.attempts - 1,
            lease_until=None,
            not_before=now,
        )
    )
    return result.rowcount


def _due_deliveries(messenger: str, now: datetime, limit: int) -> Select[Any]:
    """The first open delivery of each chat, if its time has come."""
    earlier = deliveries.alias("earlier")
    is_first = ~(
        select(earlier.c.id)
        .where(earlier.c.chat_id == deliveries.c.chat_id, earlier.c.finished_at.is_(None))
        .where(tuple_(earlier.c.priority, earlier.c.id) < tuple_(deliveries.c.priority, deliveries.c.id))
        .exists()
    )
    return (
        select(deliveries.c.id)
        .join(chats, chats.c.id == deliveries.c.chat_id)
        .where(
            deliveries.c.finished_at.is_(None),
            deliveries.c.messenger == messenger,
            deliveries.c.state.in_(_WAITING),
            deliveries.c.not_before <= now,
            chats.c.state == ChatState.ACTIVE,
            is_first,
        )
        .order_by(deliveries.c.priority, deliveries.c.id)
        .limit(limit)
    )


def _locked(rows: Select[Any], *tables: FromClause) -> Select[Any]:
    return rows.with_for_update(of=tables, skip_locked=True, key_share=True)


def _delivery_of(row: Row[Any], chat: Chat) -> Delivery:
    return Delivery(
        id=row.id,
        kind=DeliveryKind(row.kind),
        chat=chat,
        article_id=row.article_id,
        digest_id=row.digest_id,
        silent=row.uncertain_at is not None,
        attempts=row.attempts,
        uncertain=row.uncertain_at is not None,
        created_at=row.created_at,
    )
