"""Claims: each piece of work goes to one worker, and comes back if that one dies."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import writing
from storage.feeds import record_poll, retire_feed
from storage.leases import claim_deliveries, claim_due_feeds
from storage.outbox import owe_article
from tests.make import make_article, make_feed, make_followers, poll_of

MINUTE = timedelta(minutes=1)


async def test_due_feeds_are_claimed_longest_overdue_first(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        for name, minutes in (("a", -1), ("b", -3), ("c", 5), ("d", 0)):
            feed_id = await make_feed(conn, now, url=f"https://{name}.example/", title=name)
            await record_poll(conn, feed_id, poll_of(at=now), now + minutes * MINUTE)
        claimed = await claim_due_feeds(conn, now, limit=2, lease=MINUTE)
        assert [feed.title for feed in claimed] == ["b", "a"]
        assert [feed.title for feed in await claim_due_feeds(conn, now, limit=9, lease=MINUTE)] == ["d"]


async def test_claimed_feed_comes_back_when_the_lease_ends(engine: AsyncEngine, now: datetime) -> None:
    """POLLING B13."""
    async with writing(engine) as conn:
        await make_feed(conn, now)
        assert len(await claim_due_feeds(conn, now, limit=9, lease=MINUTE)) == 1
        assert await claim_due_feeds(conn, now + MINUTE / 2, limit=9, lease=MINUTE) == []
        assert len(await claim_due_feeds(conn, now + MINUTE, limit=9, lease=MINUTE)) == 1


async def test_recorded_poll_frees_the_feed(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await claim_due_feeds(conn, now, limit=9, lease=MINUTE)
        await record_poll(conn, feed_id, poll_of(at=now), now)
        assert len(await claim_due_feeds(conn, now, limit=9, lease=MINUTE)) == 1
        await retire_feed(conn, feed_id, now)
        assert await claim_due_feeds(conn, now + 9 * MINUTE, limit=9, lease=MINUTE) == []


async def test_workers_claiming_at_once_share_the_feeds(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        for n in range(20):
            await make_feed(conn, now, url=f"https://{n}.example/")

    async def worker() -> list[int]:
        mine: list[int] = []
        while True:
            async with writing(engine) as conn:
                claimed = await claim_due_feeds(conn, now, limit=3, lease=MINUTE)
                await asyncio.sleep(0)
            if not claimed:
                return mine
            mine += [feed.id for feed in claimed]

    shares = await asyncio.gather(*(worker() for _ in range(4)))
    assert sorted(feed_id for share in shares for feed_id in share) == list(range(1, 21))


async def test_workers_claiming_at_once_share_the_deliveries_and_never_a_chat(
    engine: AsyncEngine, now: datetime
) -> None:
    # given 12 chats with 3 deliveries each
    async with writing(engine) as conn:
        await make_followers(conn, now, 12)
        feed_id = await make_feed(conn, now)
        for n in range(3):
            article_id = await make_article(conn, feed_id, now + n * MINUTE, f"Tin {n}")
            await owe_article(conn, article_id, ["all"], now)

    # when four workers claim and none reports back
    async def worker() -> list[tuple[int, int]]:
        async with writing(engine) as conn:
            claimed = await claim_deliveries(conn, "telegram", now, limit=5, lease=MINUTE)
            return [(delivery.chat.id, delivery.id) for delivery in claimed]

    shares = await asyncio.gather(*(worker() for _ in range(8)))

    # then every chat is being sent to once, its first delivery
    claimed = sorted(pair for share in shares for pair in share)
    assert [chat for chat, _ in claimed] == sorted(set(range(1, 13)))
    assert {delivery for _, delivery in claimed} == set(range(1, 13))
