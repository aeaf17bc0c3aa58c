"""How many chats a feed serves, and the longer wait of those that serve none (POLLING B16)."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.life import Change, Life
from feeds.pace import Next
from feeds.types import Asks, Poll
from storage.chats import stop_chat, update_chat
from storage.engine import writing
from storage.feeds import get_feed, record_poll
from storage.followers import Followers, count_followers, wake_idle_feeds
from storage.leases import claim_due_feeds
from storage.topics import sync_topics
from storage.types import EVERYTHING, ChatState, Target, TargetKind, Topic
from tests.make import make_chat, make_feed, poll_of

MINUTE = timedelta(minutes=1)


async def test_subscriptions_are_counted_by_what_may_serve_them(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        # given topics of named feeds and of words
        await sync_topics(conn, [Topic("tinh", {}, ""), Topic("dan-van", {}, '"dân vận"')])
        # and chats that follow this and that
        wanted = ["feed:1", "topic:tinh", "topic:dan-van", "query:3", "story:9"]
        for number, target in enumerate(wanted, 1):
            await make_chat(conn, now, address=f"telegram:{number}", targets=[Target.of(target)])
        await make_chat(conn, now, address="telegram:9", targets=[EVERYTHING])
        # when
        counted = await count_followers(conn)
    # then a topic of words, a query, a story and everything may be served by any feed
    assert counted == Followers(4, {"feed:1": 1, "topic:tinh": 1})
    assert counted.of(1, ("tinh",)) == 6
    assert counted.of(2, ("tinh",)) == 5
    assert counted.of(3, ("khac",)) == 4


async def test_chats_that_get_nothing_do_not_count(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        gone = await make_chat(conn, now, targets=[EVERYTHING])
        await update_chat(conn, gone.id, state=ChatState.GONE)
        stopped = await make_chat(conn, now, address="telegram:2", targets=[EVERYTHING])
        await stop_chat(conn, stopped.id, now)
        assert await count_followers(conn) == Followers()


async def test_first_follower_ends_the_longer_wait(engine: AsyncEngine, now: datetime) -> None:
    # given three feeds that nobody follows
    async with writing(engine) as conn:
        for n in range(3):
            feed_id = await make_feed(conn, now, url=f"https://bao{n}.vn/")
            late, eager = now + 60 * MINUTE, now + 15 * MINUTE
            decided = Next(late, now, b"", 0, eager, Change(Life()))
            await record_poll(conn, feed_id, Poll(now, status=304), late, following=decided)
        # when one finds a follower
        counted = Followers(0, {Target(TargetKind.FEED, "2").key: 1})
        assert await wake_idle_feeds(conn, counted) == 1
        assert await wake_idle_feeds(conn, counted) == 0
        # then it is due when it would have been
        found = [await get_feed(conn, each) for each in (1, 2, 3)]
    assert [feed.next_poll_at for feed in found if feed] == [late, eager, late]


async def test_what_a_document_asks_for_is_kept_until_it_says_otherwise(
    engine: AsyncEngine, now: datetime
) -> None:
    asks = Asks(3600.0, (1, 2), (6,))
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        said = poll_of(at=now)
        assert said.parsed is not None
        for minute, parsed, kept in (
            (1, type(said.parsed)("rss20", "Báo", (), asks=asks), asks),
            (2, None, asks),
            (3, said.parsed, Asks()),
        ):
            at = now + minute * MINUTE
            await record_poll(conn, feed_id, Poll(at, status=200, parsed=parsed), at)
            [feed] = await claim_due_feeds(conn, at, limit=1, lease=MINUTE)
            assert feed.asks == kept
