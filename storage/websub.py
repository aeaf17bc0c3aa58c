"""WebSub: what was agreed with each feed's hub, and what hubs pushed that is still to be read.

Decisions are made in `feeds.websub`; here a subscription is read, locked for the transaction, and written
back whole. Whoever also locks the feed's own row locks the subscription first.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.hubs import HubOffer
from feeds.types import Feed, Poll
from feeds.websub import (
    HubState,
    HubSubscription,
    asked,
    considered,
    found_by_poll,
    next_poll_without_pushes,
    pushed,
    trusted_until,
)
from storage.entries import store_entries
from storage.feeds import feed_of
from storage.tables import feeds, websub_pushes, websub_subscriptions
from storage.types import FeedState
from storage.upsert import insert_or_update

MAX_PUSHES_OF_A_FEED = 20
"""Waiting at once. A feed that publishes faster than we read is polled anyway."""
MAX_WAITING_BYTES = 64 * 1024 * 1024
"""Of all pushes waiting: the database must not grow with a hub's mistakes."""
MAX_PUSH_ATTEMPTS = 3
"""A document that took the process down this often is given up; polling brings what was in it."""

_COLUMNS = tuple(websub_subscriptions.c.keys())


@dataclass(frozen=True, slots=True)
class Push:
    """A document as a hub pushed it; its signature was right."""

    id: int
    feed_id: int
    body: bytes
    content_type: str | None
    received_at: datetime


async def after_poll(
    conn: AsyncConnection,
    feed_id: int,
    now: datetime,
    *,
    document: bool,
    offer: HubOffer | None,
    found_new: bool,
) -> datetime | None:
    """Take note of what a good poll showed; gives until when pushes are trusted, for `polling_interval`.

    `document` says whether there was a new document to look for an `offer` in (a 304 offers nothing and takes
    nothing back), `found_new` whether the poll brought news that no push had brought.
    """
    current = await _one(conn, websub_subscriptions.c.feed_id == feed_id)
    after = considered(current, feed_id, offer, now) if document else current
    if after is not None and found_new:
        after = found_by_poll(after, now)
    if after is not None and after != current:
        await save_subscription(conn, after)
    return None if after is None else trusted_until(after, now)


async def claim_requests(conn: AsyncConnection, now: datetime, limit: int) -> list[HubSubscription]:
    """Take up to `limit` subscriptions whose hub is to be asked now, as they are once asked.

    Nobody else takes them before their next `renew_at`, so a process that dies here delays them only.
    """
    rows = await conn.execute(
        _of_active_feeds()
        .where(
            websub_subscriptions.c.offered,
            websub_subscriptions.c.renew_at <= now,
        )
        .order_by(websub_subscriptions.c.renew_at)
        .limit(limit)
        .with_for_update(of=websub_subscriptions, skip_locked=True)
    )
    claimed = [asked(_subscription_of(row), now) for row in rows]
    for subscription in claimed:
        await save_subscription(conn, subscription)
    return claimed


async def forget_ended(conn: AsyncConnection, now: datetime) -> int:
    """Delete the subscriptions of feeds no longer polled, and those that ran out and are offered no more.

    Their hubs learn it with the next push: the callback answers that it is gone. Gives how many there were.
    """
    active = select(feeds.c.id).where(feeds.c.state == FeedState.ACTIVE)
    lease_is_over = or_(
        websub_subscriptions.c.lease_until.is_(None), websub_subscriptions.c.lease_until <= now
    )
    # A denied one is remembered until it could be asked again, or a feed that names its hub only now and
    # then would have it asked every time.
    ran_out = and_(~websub_subscriptions.c.offered, lease_is_over, websub_subscriptions.c.renew_at <= now)
    result = await conn.execute(
        websub_subscriptions.delete().where(or_(websub_subscriptions.c.feed_id.not_in(active), ran_out))
    )
    return result.rowcount


async def forget_all(conn: AsyncConnection, now: datetime) -> int:
    """Delete every subscription and every push: nobody can reach us any more. Gives how many there were."""
    every = [_subscription_of(row) for row in await conn.execute(select(websub_subscriptions))]
    await conn.execute(websub_subscriptions.delete())
    await conn.execute(websub_pushes.delete())
    for subscription in every:
        if trusted_until(subscription, now):
            await _poll_as_before(conn, subscription.feed_id)
    return len(every)


async def subscription_by_token(conn: AsyncConnection, token: str) -> HubSubscription | None:
    """The subscription a callback belongs to, of an active feed."""
    row = (await conn.execute(_of_active_feeds().where(websub_subscriptions.c.token == token))).one_or_none()
    return None if row is None else _subscription_of(row)


async def subscription_of(conn: AsyncConnection, feed_id: int) -> HubSubscription | None:
    """The subscription of a feed, or None."""
    row = (
        await conn.execute(select(websub_subscriptions).where(websub_subscriptions.c.feed_id == feed_id))
    ).one_or_none()
    return None if row is None else _subscription_of(row)


async def change_subscription(
    conn: AsyncConnection,
    token: str,
    now: datetime,
    change: Callable[[HubSubscription], HubSubscription | None],
) -> HubSubscription | None:
    """Replace a subscription by what `change` makes of it, unless that is None or the token is gone by now.

    Gives the new one. In between nobody else changes it. When it can no longer be relied on, the feed is
    polled as before.
    """
    before = await _one(conn, websub_subscriptions.c.token == token)
    after = None if before is None else change(before)
    if before is None or after is None or after == before:
        return after
    await save_subscription(conn, after)
    if trusted_until(before, now) and not trusted_until(after, now):
        await _poll_as_before(conn, after.feed_id)
    return after


async def save_subscription(conn: AsyncConnection, subscription: HubSubscription) -> None:
    """Write a subscription, in place of the feed's earlier one."""
    changes = [name for name in _COLUMNS if name != "feed_id"]
    statement = insert_or_update(conn, websub_subscriptions, ("feed_id",), changes)
    await conn.execute(statement, asdict(subscription))


async def keep_push(
    conn: AsyncConnection, subscription: HubSubscription, body: bytes, content_type: str | None, now: datetime
) -> bool:
    """Keep a pushed document until it is handled. False when too much is waiting already."""
    of_this_feed = func.count().filter(websub_pushes.c.feed_id == subscription.feed_id)
    waiting = func.coalesce(func.sum(func.length(websub_pushes.c.body)), 0)
    number, size = (await conn.execute(select(of_this_feed, waiting).select_from(websub_pushes))).one()
    if number >= MAX_PUSHES_OF_A_FEED or size + len(body) > MAX_WAITING_BYTES:
        return False
    await conn.execute(
        update(websub_subscriptions)
        .where(websub_subscriptions.c.token == subscription.token)
        .values(last_push_at=now)
    )
    await conn.execute(
        websub_pushes.insert().values(
            feed_id=subscription.feed_id, body=body, content_type=content_type, received_at=now
        )
    )
    return True


async def claim_push(conn: AsyncConnection, now: datetime, lease: timedelta) -> Push | None:
    """Take the oldest push that may be handled, for the time of `lease`; those of one feed only in order."""
    earlier = websub_pushes.alias("earlier")
    is_first = ~(
        select(earlier.c.id)
        .where(earlier.c.feed_id == websub_pushes.c.feed_id, earlier.c.id < websub_pushes.c.id)
        .exists()
    )
    oldest = (
        select(websub_pushes)
        .where(_is_free(now), websub_pushes.c.attempts < MAX_PUSH_ATTEMPTS, is_first)
        .order_by(websub_pushes.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await conn.execute(oldest)).one_or_none()
    if row is None:
        return None
    await conn.execute(
        update(websub_pushes)
        .where(websub_pushes.c.id == row.id)
        .values(lease_until=now + lease, attempts=websub_pushes.c.attempts + 1)
    )
    return Push(row.id, row.feed_id, row.body, row.content_type, row.received_at)


async def settle_push(conn: AsyncConnection, push: Push, new: int | None) -> None:
    """Delete a push that brought `new` articles, or None of them since it could not be read."""
    subscription = await _one(conn, websub_subscriptions.c.feed_id == push.feed_id)
    if subscription is not None and new is not None:
        await save_subscription(conn, pushed(subscription, new, push.received_at))
    await conn.execute(websub_pushes.delete().where(websub_pushes.c.id == push.id))


async def give_up_pushes(conn: AsyncConnection, now: datetime) -> int:
    """Delete pushes that were tried too often; polls bring what was in them. Gives how many there were."""
    tried = websub_pushes.delete().where(_is_free(now), websub_pushes.c.attempts >= MAX_PUSH_ATTEMPTS)
    return (await conn.execute(tried)).rowcount


async def free_pushes(conn: AsyncConnection) -> int:
    """Give back every claimed push; for a process that knows it is alone and all claims dead."""
    claimed = update(websub_pushes).where(websub_pushes.c.lease_until.is_not(None))
    return (await conn.execute(claimed.values(lease_until=None))).rowcount


async def feed_taking_pushes(conn: AsyncConnection, feed_id: int) -> Feed | None:
    """A feed that is active and whose first document was read by a poll.

    Before that a push must not count: it would make the feed's whole backlog news.
    """
    row = (await conn.execute(_taking_pushes(feed_id))).one_or_none()
    return None if row is None else feed_of(row)


async def record_push(
    conn: AsyncConnection, feed_id: int, poll: Poll, rhythm: bytes | None = None
) -> list[int]:
    """Store what a pushed document brought, and what it taught; gives the ids of new articles, oldest first.

    A push is no poll: when the feed is polled next, its validators and its failures stay as they are, or
    a hub that pushes half of everything would keep polls from finding the other half. It may hold only
    what is new (§7), so nothing is concluded from what is missing in it (J10).
    """
    row = (await conn.execute(_taking_pushes(feed_id).with_for_update())).one_or_none()
    if row is None:
        return []
    new_ids = await store_entries(conn, row, poll)
    if new_ids:
        learned = {"last_new_at": poll.polled_at} | ({"rhythm": rhythm} if rhythm is not None else {})
        await conn.execute(update(feeds).where(feeds.c.id == feed_id).values(learned))
    return new_ids


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(websub_pushes.c.lease_until.is_(None), websub_pushes.c.lease_until <= now)


def _taking_pushes(feed_id: int) -> Select[Any]:
    return select(feeds).where(
        feeds.c.id == feed_id, feeds.c.state == FeedState.ACTIVE, feeds.c.primed_at.is_not(None)
    )


def _of_active_feeds() -> Select[Any]:
    return (
        select(websub_subscriptions)
        .join(feeds, feeds.c.id == websub_subscriptions.c.feed_id)
        .where(feeds.c.state == FeedState.ACTIVE)
    )


async def _poll_as_before(conn: AsyncConnection, feed_id: int) -> None:
    """Take back that a feed's next poll was put off."""
    row = (
        await conn.execute(select(feeds.c.last_polled_at, feeds.c.next_poll_at).where(feeds.c.id == feed_id))
    ).one_or_none()
    if row is not None and row.last_polled_at is not None and row.next_poll_at > row.last_polled_at:
        due = next_poll_without_pushes(row.last_polled_at, row.next_poll_at)
        await conn.execute(update(feeds).where(feeds.c.id == feed_id).values(next_poll_at=due))


async def _one(conn: AsyncConnection, which: Any) -> HubSubscription | None:
    """The subscription meant, locked until the transaction ends."""
    row = (await conn.execute(select(websub_subscriptions).where(which).with_for_update())).one_or_none()
    return None if row is None else _subscription_of(row)


def _subscription_of(row: Row[Any]) -> HubSubscription:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return HubSubscription(**values | {"state": HubState(row.state)})
