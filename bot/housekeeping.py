"""What has to happen by the clock besides polling: digests fall due, pauses end, stale pushes expire,
claims of dead workers are found, handled updates are forgotten."""

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.deliver import DELIVERY_LEASE
from bot.digest import next_digest_at
from storage.chats import resume_due
from storage.digests import claim_due_digests
from storage.engine import writing
from storage.leases import free_feeds, recover_deliveries, spread_overdue_feeds
from storage.outbox import expire_deliveries
from storage.updates import drop_old

log = structlog.get_logger(__name__)

KEEP_UPDATES = timedelta(days=2)
"""Twice as long as the platform repeats one (24 h)."""


async def recover(engine: AsyncEngine, clock: Clock, *, alone: bool) -> None:
    """At start: take over what a dead process had claimed.

    `alone` says that nobody else works on this database, so every claim found is a dead one, however long
    its lease has to run.
    """
    async with writing(engine) as conn:
        freed = await free_feeds(conn) if alone else 0
        overdue = await spread_overdue_feeds(conn, clock())
        found = await recover_deliveries(conn, clock() + (DELIVERY_LEASE if alone else timedelta()))
    if freed or found:
        log.warning("recovered", feeds=freed, deliveries=found)
    if overdue:
        log.info("polls.spread", feeds=overdue)


async def call_due_digests(engine: AsyncEngine, clock: Clock) -> int:
    """Put the digests whose hour has come into the outbox."""
    now = clock()
    async with writing(engine) as conn:
        due = await claim_due_digests(conn, now, lambda chat: next_digest_at(chat, now))
    if due:
        log.info("digests.due", count=len(due))
    return len(due)


async def tidy(engine: AsyncEngine, clock: Clock, expire_after: timedelta) -> None:
    """End pauses, expire stale pushes, find dead claims, forget old updates."""
    now = clock()
    async with writing(engine) as conn:
        resumed = await resume_due(conn, now)
        expired = await expire_deliveries(conn, now - expire_after, now)
        recovered = await recover_deliveries(conn, now)
        await drop_old(conn, now - KEEP_UPDATES)
    if resumed or expired or recovered:
        log.info("tidied", resumed=len(resumed), expired=expired, recovered=recovered)
