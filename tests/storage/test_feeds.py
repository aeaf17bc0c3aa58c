"""Feeds: configuration, commands, and what a poll leaves behind."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.types import FullText, ParsedFeed, Poll, Validators
from storage.engine import FeedExists, reading, writing
from storage.feeds import (
    FeedSetting,
    add_feed,
    find_feed,
    get_feed,
    list_feeds,
    record_poll,
    retire_feed,
    sync_configured_feeds,
)
from storage.leases import claim_due_feeds
from storage.types import FeedState, Target, TargetKind
from tests.make import make_article, make_chat, make_feed, new_article, poll_of

ZONE = "Asia/Ho_Chi_Minh"
MINUTE = timedelta(minutes=1)


def setting(name: str, **values: object) -> FeedSetting:
    return FeedSetting(f"https://{name}.example/rss", name, ZONE, **values)  # type: ignore[arg-type]


async def test_configured_feeds_are_added_changed_and_retired(engine: AsyncEngine, now: datetime) -> None:
    # given two configured feeds and one added by command
    async with writing(engine) as conn:
        await sync_configured_feeds(conn, [setting("a"), setting("b")], now)
        await add_feed(conn, setting("c"), now)
    # when the configuration names another title for one and leaves out the other
    changed = FeedSetting("https://a.example/rss", "A mới", ZONE, ("dien-bien",), FullText.LINK)
    async with writing(engine) as conn:
        await sync_configured_feeds(conn, [changed], now)
        page = await list_feeds(conn, state=None)
    # then
    found = {feed.title: (feed.state, feed.topics, feed.full_text) for feed in page.items}
    assert found == {
        "A mới": (FeedState.ACTIVE, ("dien-bien",), FullText.LINK),
        "b": (FeedState.RETIRED, (), FullText.FULL),
        "c": (FeedState.ACTIVE, (), FullText.FULL),
    }


async def test_same_configuration_twice_keeps_ids_and_times(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await sync_configured_feeds(conn, [setting("a")], now)
        before = await find_feed(conn, "a")
        await sync_configured_feeds(conn, [setting("a")], now + MINUTE)
        assert await find_feed(conn, "a") == before


async def test_feed_named_again_in_the_configuration_comes_back(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await sync_configured_feeds(conn, [setting("a")], now)
        await sync_configured_feeds(conn, [], now)
        await sync_configured_feeds(conn, [setting("a")], now)
        page = await list_feeds(conn)
    assert [(feed.id, feed.title) for feed in page.items] == [(1, "a")]


async def test_adding_an_active_feed_again_names_the_one_there_is(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await add_feed(conn, setting("a"), now)
        with pytest.raises(FeedExists) as caught:
            await add_feed(conn, setting("a"), now)
    assert caught.value.feed_id == feed_id


async def test_retired_feed_is_revived_and_pushes_nothing_at_first(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        # given a feed that was read, followed and retired
        feed_id = await make_feed(conn, now, url="https://a.example/rss", title="a")
        chat = await make_chat(conn, now, targets=[Target(TargetKind.FEED, str(feed_id))])
        assert await retire_feed(conn, feed_id, now)
        assert not await retire_feed(conn, feed_id, now)
        assert await claim_due_feeds(conn, now, limit=10, lease=MINUTE) == []
        # when
        assert await add_feed(conn, setting("a"), now) == feed_id
        # then it is due, its followers are still there, and what it missed is old news
        [feed] = await claim_due_feeds(conn, now, limit=10, lease=MINUTE)
        assert not feed.primed
        status = await get_feed(conn, feed_id)
    assert status is not None
    assert status.subscribers == 1
    assert chat.id


async def test_feed_is_found_by_id_address_and_title(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        one = await make_feed(conn, now)
        two = await make_feed(conn, now, url="https://vne.example/rss", title="VnExpress Thời sự")
        await make_feed(conn, now, url="https://vne.example/the-gioi", title="VnExpress Thế giới")

        async def found(text: str) -> int | None:
            feed = await find_feed(conn, text)
            return feed.id if feed else None

        assert await found(str(two)) == two
        assert await found("https://vne.example/rss") == two
        assert await found("bao dien bien phu") == one
        assert await found("điện biên") == one
        assert await found("thoi su") == two
        assert await found("vnexpress") is None  # two have it
        assert await found("") is None
        assert await found("99") is None
        assert await found("9" * 30) is None
        assert await found("x\0y") is None


async def test_feeds_are_listed_by_title_in_pages_with_counts(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        for name in ("c", "a", "b"):
            await make_feed(conn, now, url=f"https://{name}.example/rss", title=name)
        feed = await find_feed(conn, "b")
        assert feed is not None
        await make_article(conn, feed.id, now, "Một")
        await make_article(conn, feed.id, now + MINUTE, "Hai")
        await make_chat(conn, now, targets=[Target(TargetKind.FEED, str(feed.id))])
        page = await list_feeds(conn, offset=1, limit=2)
    assert [(feed.title, feed.articles, feed.subscribers) for feed in page.items] == [
        ("b", 2, 1),
        ("c", 0, 0),
    ]
    assert (page.total, page.offset, page.limit) == (3, 1, 2)


async def test_poll_leaves_validators_and_the_next_time(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, primed=False)
        poll = poll_of(at=now, validators=Validators('W/"x"', "Mon, 23 Nov 2026"), body_hash="ab")
        await record_poll(conn, feed_id, poll, now + MINUTE)
        assert await claim_due_feeds(conn, now, limit=1, lease=MINUTE) == []
        [feed] = await claim_due_feeds(conn, now + MINUTE, limit=1, lease=MINUTE)
    assert feed.validators == Validators('W/"x"', "Mon, 23 Nov 2026")
    assert (feed.body_hash, feed.primed, feed.failures) == ("ab", True, 0)


async def test_poll_without_validators_keeps_the_stored_ones(engine: AsyncEngine, now: datetime) -> None:
    """POLLING A7: a 304 that names none leaves them; A8: an answer that names empty ones clears them."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, primed=False)
        await record_poll(conn, feed_id, poll_of(at=now, validators=Validators('"x"')), now)
        await record_poll(conn, feed_id, Poll(now + MINUTE, status=304), now)
        [feed] = await claim_due_feeds(conn, now, limit=1, lease=MINUTE)
        assert feed.validators == Validators('"x"')
        await record_poll(conn, feed_id, Poll(now + 2 * MINUTE, status=200, validators=Validators()), now)
        [feed] = await claim_due_feeds(conn, now, limit=1, lease=MINUTE)
        assert feed.validators == Validators()


async def test_failures_are_counted_and_a_success_clears_them(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        for minute in (1, 2):
            failed = Poll(now + minute * MINUTE, status=503, error_key="bad_status", error_detail="HTTP 503")
            await record_poll(conn, feed_id, failed, now)
        status = await get_feed(conn, feed_id)
        assert status is not None
        assert (status.failures, status.error_key, status.error_detail) == (2, "bad_status", "HTTP 503")
        assert status.last_ok_at == now - timedelta(hours=1)
        await record_poll(conn, feed_id, Poll(now + 3 * MINUTE, status=304), now)
        status = await get_feed(conn, feed_id)
        assert status is not None
        assert (status.failures, status.error_key, status.last_ok_at) == (0, None, now + 3 * MINUTE)


async def test_failure_recorded_twice_counts_once(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        failed = Poll(now, error_key="timed_out")
        for _ in range(2):
            await record_poll(conn, feed_id, failed, now)
        status = await get_feed(conn, feed_id)
    assert status is not None
    assert status.failures == 1


async def test_poll_that_ends_after_a_later_one_brings_only_its_articles(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        later = poll_of(at=now + MINUTE, validators=Validators('"new"'))
        await record_poll(conn, feed_id, later, now + 10 * MINUTE)
        earlier = poll_of(new_article("Tin"), at=now, validators=Validators('"old"'))
        assert len(await record_poll(conn, feed_id, earlier, now)) == 1
        [feed] = await claim_due_feeds(conn, now + 10 * MINUTE, limit=1, lease=MINUTE)
    assert feed.validators == Validators('"new"')


async def test_feed_without_a_title_takes_its_own(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        untitled = await make_feed(conn, now, url="https://a.example/rss", title="", primed=False)
        titled = await make_feed(conn, now, url="https://b.example/rss", title="Của tôi", primed=False)
        document = ParsedFeed("rss20", "VnExpress", ())
        for feed_id in (untitled, titled):
            await record_poll(conn, feed_id, poll_of(at=now, parsed=document), now)
    async with reading(engine) as conn:
        page = await list_feeds(conn)
    assert [feed.title for feed in page.items] == ["Của tôi", "VnExpress"]
    # and the next start does not put the address back
    async with writing(engine) as conn:
        await sync_configured_feeds(conn, [FeedSetting("https://a.example/rss", "", ZONE)], now)
        status = await get_feed(conn, untitled)
    assert status is not None
    assert status.title == "VnExpress"


async def test_poll_of_a_deleted_feed_is_dropped(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        assert await record_poll(conn, 99, poll_of(new_article(), at=now), now) == []


async def test_very_long_address_can_be_added(engine: AsyncEngine, now: datetime) -> None:
    url = "https://a.example/" + "".join(chr(97 + (i * i) % 26) for i in range(4_000))
    async with writing(engine) as conn:
        feed_id = await add_feed(conn, FeedSetting(url, "", ZONE), now)
        with pytest.raises(FeedExists):
            await add_feed(conn, FeedSetting(url, "", ZONE), now)
        found = await find_feed(conn, url)
    assert found is not None
    assert found.id == feed_id
