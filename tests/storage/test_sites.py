"""Sites: one request at a time, a pause between two, nobody starves, a start is spread."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feeds.types import Feed, Poll
from storage.engine import reading, writing
from storage.feeds import record_poll
from storage.leases import claim_due_feeds, free_feeds, give_back_feed, spread_overdue_feeds
from storage.tables import feeds
from tests.make import make_feed

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


async def due(conn: AsyncConnection, now: datetime, *urls: str) -> None:
    for url in urls:
        await make_feed(conn, now, url=url, title=url, primed=False)


async def claim(conn: AsyncConnection, now: datetime, limit: int = 99) -> list[Feed]:
    return await claim_due_feeds(conn, now, limit=limit, lease=10 * MINUTE)


def names(claimed: list[Feed]) -> list[str]:
    return [feed.title.removeprefix("https://") for feed in claimed]


async def test_of_one_site_one_feed_is_polled_at_a_time(engine: AsyncEngine, now: datetime) -> None:
    """POLLING B14."""
    async with writing(engine) as conn:
        # given two feeds of one publisher, on two hosts, and one of another
        await due(conn, now, "https://a.bao.vn", "https://b.bao.vn", "https://khac.vn")
        # when, then
        [first, other] = await claim(conn, now)
        assert names([first, other]) == ["a.bao.vn", "khac.vn"]
        assert await claim(conn, now) == []
        await record_poll(conn, first.id, Poll(now), now + 9 * MINUTE, site_free_at=now + SECOND)
        assert await claim(conn, now + SECOND / 2) == []
        assert names(await claim(conn, now + SECOND)) == ["b.bao.vn"]


async def test_site_with_500_feeds_keeps_no_other_waiting(engine: AsyncEngine, now: datetime) -> None:
    """POLLING B14."""
    async with writing(engine) as conn:
        await due(conn, now - MINUTE, *(f"https://bao.vn/{n}" for n in range(500)))
        await due(conn, now, *(f"https://khac{n}.vn" for n in range(5)))
        claimed = names(await claim(conn, now, limit=4))
    assert claimed == ["bao.vn/0", "khac0.vn", "khac1.vn", "khac2.vn"]


async def test_own_sites_are_not_held_back(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await due(conn, now, "http://10.0.0.1/a", "http://10.0.0.1/b", "https://bao.vn/a", "https://bao.vn/b")
        claimed = await claim_due_feeds(
            conn, now, limit=9, lease=MINUTE, unlimited=lambda site: site == "10.0.0.1:80"
        )
    assert [feed.id for feed in claimed] == [1, 2, 3]


async def test_dead_workers_site_is_free_when_its_lease_ends(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await due(conn, now, "https://bao.vn/a", "https://bao.vn/b")
        await claim(conn, now)
        assert await claim(conn, now + 9 * MINUTE) == []
        assert len(await claim(conn, now + 10 * MINUTE)) == 1


async def test_start_frees_sites_and_keeps_what_they_asked_for(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        # given a site being asked, and one that said not to come back for an hour
        await due(conn, now, "https://bao.vn/a", "https://ban.vn/a", "https://ban.vn/b")
        [_, busy] = await claim(conn, now)
        await record_poll(conn, busy.id, Poll(now), now + MINUTE, site_free_at=now + 60 * MINUTE)
        # when
        assert await free_feeds(conn) == 1
        # then
        assert names(await claim(conn, now + 2 * MINUTE)) == ["bao.vn/a"]


async def test_given_back_feed_is_due_when_asked_and_its_site_is_free(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        await due(conn, now, "https://bao.vn/a", "https://bao.vn/b")
        [first] = await claim(conn, now)
        await give_back_feed(conn, first, now + MINUTE)
        assert names(await claim(conn, now)) == ["bao.vn/b"]
        await free_feeds(conn)
        assert names(await claim(conn, now + MINUTE)) == ["bao.vn/b"]


class TestStart:
    async def times(self, engine: AsyncEngine, now: datetime) -> list[timedelta]:
        async with reading(engine) as conn:
            found = await conn.scalars(select(feeds.c.next_poll_at).order_by(feeds.c.id))
            return [each - now for each in found]

    async def test_overdue_feeds_are_spread_longest_overdue_first(
        self, engine: AsyncEngine, now: datetime
    ) -> None:
        """POLLING B9: one every 50 ms, so that a small newsroom waits for nothing."""
        async with writing(engine) as conn:
            await due(conn, now, *(f"https://bao{n}.vn" for n in range(4)))
            for feed_id, minutes in ((1, -2), (2, -60), (3, -1), (4, 5)):
                at = now + minutes * MINUTE
                await conn.execute(update(feeds).where(feeds.c.id == feed_id).values(next_poll_at=at))
            assert await spread_overdue_feeds(conn, now) == 2
        # the one a minute late is everyday lateness, and what is not due is not made due
        assert await self.times(engine, now) == [timedelta(milliseconds=50), timedelta(), -MINUTE, 5 * MINUTE]

    async def test_nothing_overdue_changes_nothing(self, engine: AsyncEngine, now: datetime) -> None:
        async with writing(engine) as conn:
            await due(conn, now, "https://bao.vn")
            assert await spread_overdue_feeds(conn, now) == 0
        assert await self.times(engine, now) == [timedelta()]
