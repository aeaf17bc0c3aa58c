"""Joins WebSub to the rest: our web server up, hubs asked, what they push taken through the stages of a poll.

Nothing of it runs unless `web.public_url` is set; polling goes on either way.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.config import WebConfig
from bot.entries import StoredEntries
from feeds.hubrequest import ask
from feeds.ingest import read_push
from feeds.pace import with_pushed
from feeds.reader import Reader
from feeds.topics import Topics
from storage.engine import reading, writing
from storage.websub import feed_taking_pushes, forget_all, free_pushes, record_push

log = structlog.get_logger(__name__)

ASK_EVERY_SECONDS = 10.0
"""Leases run for days and new hubs are not urgent."""


@asynccontextmanager
async def receiving_pushes(
    web: WebConfig,
    engine: AsyncEngine,
    reader: Reader,
    topics: Topics,
    clock: Clock,
    on_news: Callable[[], None],
    *,
    alone: bool,
) -> AsyncIterator[None]:
    """Subscribe and listen while inside. Raises OSError when the address to listen on is taken.

    `alone` says that no other process works on this database, so pushes found half read are taken over.
    """
    if web.public_url is None:
        async with writing(engine) as conn:
            await forget_all(conn, clock())
        yield
        return
    from bot.web import WebServer
    from bot.websub import WebSub

    if alone:
        async with writing(engine) as conn:
            await free_pushes(conn)
    accept = partial(accept_push, engine, reader, topics, clock, on_news)
    websub = WebSub(engine, clock, web.public_url, partial(ask, reader.session), accept)
    server = WebServer(web.host, web.port)
    websub.register(server)
    await server.start()
    loops = [asyncio.create_task(websub.run()), asyncio.create_task(_ask_now_and_then(websub.ask_hubs))]
    try:
        yield
    finally:
        await server.stop()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def accept_push(
    engine: AsyncEngine,
    reader: Reader,
    topics: Topics,
    clock: Clock,
    on_news: Callable[[], None],
    feed_id: int,
    body: bytes,
    content_type: str | None,
) -> int:
    """Store what a pushed document brought; gives how many articles were new. Raises `FeedError`."""
    async with reading(engine) as conn:
        feed = await feed_taking_pushes(conn, feed_id)
    if feed is None:
        return 0
    brought = await read_push(feed, body, content_type, reader, StoredEntries(engine), topics, clock())
    async with writing(engine) as conn:
        learned = with_pushed(feed.rhythm, len(brought.new))
        new = await record_push(conn, feed_id, brought, learned)
    if new:
        on_news()
    return len(new)


async def _ask_now_and_then(ask_hubs: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await ask_hubs()
        except Exception:
            log.exception("websub.asking_failed")
        await asyncio.sleep(ASK_EVERY_SECONDS)
