"""The outbox under any sequence of answers, crashes and pauses.

A messenger in memory notes what really arrived; at the end the rules are checked against it.
"""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.leases import claim_deliveries, recover_deliveries, release_deliveries
from storage.outbox import owe_article, record_failed, record_retry, record_sent, record_uncertain
from storage.tables import deliveries
from storage.types import Delivery, DeliveryState
from tests.make import make_article, make_feed, make_followers

LEASE = timedelta(minutes=1)
ARTICLES, CHATS = 2, 2

ANSWERS = (
    "sent",
    "rejected",
    "retry",
    "release",
    "lost, had arrived",
    "lost, never arrived",
    "crash before the call",
    "crash after the call",
)
ARRIVES = {"sent", "lost, had arrived", "crash after the call"}
UNSURE = {"lost, had arrived", "lost, never arrived", "crash before the call", "crash after the call"}


async def owe_everything(conn: AsyncConnection, now: datetime) -> None:
    await make_followers(conn, now, CHATS)
    feed_id = await make_feed(conn, now)
    for n in range(ARTICLES):
        article_id = await make_article(conn, feed_id, now + timedelta(seconds=n), f"Tin {n}")
        await owe_article(conn, article_id, ["all"], now)


async def report(conn: AsyncConnection, delivery: Delivery, answer: str, now: datetime) -> None:
    """What a worker writes after an answer; after a crash nobody writes anything."""
    match answer:
        case "sent":
            await record_sent(conn, [(delivery.id, f"m{delivery.id}")], now)
        case "rejected":
            await record_failed(conn, delivery.id, "rejected", "", now)
        case "retry":
            await record_retry(conn, delivery.id, now + LEASE, "retry_later", "")
        case "release":
            await release_deliveries(conn, [delivery.id], now)
        case "lost, had arrived" | "lost, never arrived":
            await record_uncertain(conn, delivery.id, "", now)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.sampled_from(ANSWERS), max_size=24))
async def test_every_delivery_ends_and_arrives_at_most_twice(
    engine: AsyncEngine, now: datetime, answers: list[str]
) -> None:
    arrived: Counter[int] = Counter()
    history: dict[int, list[str]] = {}
    waiting = iter(answers)
    async with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            await conn.execution_options(loa_writes=True)
        transaction = await conn.begin()
        await owe_everything(conn, now)

        # when workers claim and get these answers, and good ones from then on
        clock = now
        for _ in range(len(answers) + 2 * ARTICLES * CHATS + 4):
            clock += LEASE
            await recover_deliveries(conn, clock)
            claimed = await claim_deliveries(conn, "telegram", clock, limit=9, lease=LEASE)
            assert len({delivery.chat.id for delivery in claimed}) == len(claimed)
            for delivery in claimed:
                before = history.setdefault(delivery.id, [])
                assert delivery.silent == any(answer in UNSURE for answer in before)
                answer = next(waiting, "sent")
                before.append(answer)
                arrived[delivery.id] += answer in ARRIVES
                await report(conn, delivery, answer, clock)
        await recover_deliveries(conn, clock + LEASE)

        # then every delivery has come to an end
        rows = (await conn.execute(select(deliveries).order_by(deliveries.c.id))).all()
        await transaction.rollback()
    assert len(rows) == ARTICLES * CHATS
    for row in rows:
        answers_got = history[row.id]
        unsure = sum(answer in UNSURE for answer in answers_got)
        assert row.finished_at is not None
        assert row.attempts == sum(answer != "release" for answer in answers_got)
        assert arrived[row.id] <= (1 if unsure == 0 else 2)
        if row.state == DeliveryState.SENT:
            assert answers_got[-1] == "sent"
            assert arrived[row.id] >= 1
        elif row.state == DeliveryState.FAILED:
            assert answers_got[-1] == "rejected"
        else:
            assert (row.state, unsure) == (DeliveryState.UNCERTAIN, 2)
