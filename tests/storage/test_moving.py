"""Feeds that move: nobody loses a subscription, nobody gets anything twice, the configuration still fits."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feeds.life import Change, Life, Notice, NoticeKind
from feeds.pace import Next
from feeds.types import Poll, Validators
from storage.engine import writing
from storage.errors import FeedExists
from storage.feeds import (
    FeedSetting,
    add_feed,
    get_feed,
    known_entries,
    list_feeds,
    record_poll,
    retire_feed,
    sync_configured_feeds,
)
from storage.leases import claim_due_feeds
from storage.notices import open_notices
from storage.subscriptions import targets_of_chat
from storage.types import FeedState, Target, TargetKind
from tests.make import key_of, make_chat, make_feed, new_article, poll_of

MINUTE = timedelta(minutes=1)
OLD, NEW = "https://bao.vn/rss", "https://moi.vn/rss"


def setting(url: str) -> FeedSetting:
    return FeedSetting(url, "", "Asia/Ho_Chi_Minh")


async def poll_with(conn: AsyncConnection, feed_id: int, poll: Poll, change: Change) -> list[int]:
    at = poll.polled_at + MINUTE
    return await record_poll(conn, feed_id, poll, at, following=Next(at, at, b"", 0, None, change))


async def move(conn: AsyncConnection, feed_id: int, now: datetime) -> None:
    poll = Poll(now + MINUTE, status=200, validators=Validators('"of the old address"'))
    await poll_with(conn, feed_id, poll, Change(Life(), adopt=NEW))


async def test_moved_feed_is_polled_at_its_new_address_without_validators(
    engine: AsyncEngine, now: datetime
) -> None:
    """POLLING A9, D1."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, url=OLD)
        await move(conn, feed_id, now)
        [feed] = await claim_due_feeds(conn, now + 2 * MINUTE, limit=9, lease=MINUTE)
    assert (feed.id, feed.url, feed.site, feed.validators) == (feed_id, NEW, "moi.vn", Validators())


async def test_configuration_may_name_the_old_or_the_new_address(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await sync_configured_feeds(conn, [setting(OLD)], now)
        await move(conn, 1, now)
        for named in (OLD, NEW):
            await sync_configured_feeds(conn, [setting(named)], now)
            page = await list_feeds(conn, state=None)
            assert [(feed.id, feed.url, feed.state) for feed in page.items] == [(1, NEW, FeedState.ACTIVE)]
        for named in (OLD, NEW):
            with pytest.raises(FeedExists):
                await add_feed(conn, setting(named), now)


async def test_feed_that_moved_to_another_one_is_merged_into_it(engine: AsyncEngine, now: datetime) -> None:
    """POLLING D5."""
    async with writing(engine) as conn:
        # given two feeds, followed by one chat each and by one chat both
        old = await make_feed(conn, now, url=OLD)
        new = await make_feed(conn, now, url=NEW)
        of_old, of_new = (Target(TargetKind.FEED, str(each)) for each in (old, new))
        chats = [
            await make_chat(conn, now, address=f"telegram:{n}", targets=targets)
            for n, targets in enumerate([[of_old], [of_new], [of_old, of_new]], 1)
        ]
        await record_poll(conn, old, poll_of(new_article("Cũ"), at=now), now)
        # when the first is found to have become the second
        await move(conn, old, now)
        # then all follow the second, which knows what the first has shown
        for chat in chats:
            assert await targets_of_chat(conn, chat.id) == {of_new.key}
        assert await known_entries(conn, new, [key_of("key Cũ")])
        again = poll_of(new_article("Cũ"), at=now + 2 * MINUTE)
        assert await record_poll(conn, new, again, now) == []
        # and the first rests, even if the configuration goes on naming it
        await sync_configured_feeds(conn, [setting(OLD), setting(NEW)], now)
        states = [feed.state for feed in (await get_feed(conn, old), await get_feed(conn, new)) if feed]
        assert states == [FeedState.RETIRED, FeedState.ACTIVE]
        with pytest.raises(FeedExists) as caught:
            await add_feed(conn, setting(OLD), now)
        assert caught.value.feed_id == new


async def test_life_and_notices_are_kept(engine: AsyncEngine, now: datetime) -> None:
    life = Life(NEW, 2, now, now, now, now, now)
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, url=OLD)
        poll = Poll(now + MINUTE, status=410, error_key="bad_status")
        await poll_with(conn, feed_id, poll, Change(life, notices=(Notice(NoticeKind.GONE, "x"),)))
        [feed] = await claim_due_feeds(conn, now + 2 * MINUTE, limit=9, lease=MINUTE)
        [notice] = await open_notices(conn, 9)
    assert feed.life == life
    assert (notice.feed_id, notice.kind, notice.detail) == (feed_id, NoticeKind.GONE, "x")


async def test_feed_whose_new_address_was_retired_stays_where_it_is(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        old = await make_feed(conn, now, url=OLD)
        await retire_feed(conn, await make_feed(conn, now, url=NEW), now)
        change = Change(Life(), adopt=NEW, notices=(Notice(NoticeKind.MOVED, NEW),))
        await poll_with(conn, old, Poll(now + MINUTE, status=200), change)
        kept = await get_feed(conn, old)
        assert await open_notices(conn, 9) == []
    assert kept is not None
    assert (kept.url, kept.state) == (OLD, FeedState.ACTIVE)
