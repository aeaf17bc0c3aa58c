"""What is remembered of a feed's last document goes with its entries."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.types import ParsedFeed, Poll
from storage.engine import reading, writing
from storage.feeds import record_poll
from storage.memories import keep_memory, memory_of
from tests.make import make_feed

DOCUMENT = ParsedFeed("rss20", "Báo Thử", ())


async def test_memory_is_replaced_and_forgotten(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        assert await memory_of(conn, feed_id) is None
        for memory in (b"one", b"two"):
            await keep_memory(conn, feed_id, memory)
            assert await memory_of(conn, feed_id) == memory
        await keep_memory(conn, feed_id, None)
        assert await memory_of(conn, feed_id) is None


async def test_new_document_brings_its_memory_and_304_keeps_it(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        # given a document with a memory
        await record_poll(conn, feed_id, Poll(now, 200, parsed=DOCUMENT, memory=b"seen"), now)
    later = now.replace(hour=now.hour + 1)
    async with writing(engine) as conn:
        # when nothing has changed, and when the feed cannot be read
        await record_poll(conn, feed_id, Poll(later, 304), later)
        later = later.replace(minute=30)
        await record_poll(conn, feed_id, Poll(later, 500, error_key="bad_status"), later)
    async with reading(engine) as conn:
        # then it is still there
        assert await memory_of(conn, feed_id) == b"seen"
    async with writing(engine) as conn:
        # and a document that could not be cut forgets it
        last = later.replace(minute=45)
        await record_poll(conn, feed_id, Poll(last, 200, parsed=DOCUMENT), last)
        assert await memory_of(conn, feed_id) is None
