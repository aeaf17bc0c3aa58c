"""`loa demo`: the product, unchanged, on the bundled newsroom, with a chat in this terminal."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import build_messengers, database, running, stopping_signals
from bot.clock import Clock, wall_clock
from bot.config import Config
from bot.demo.newsroom import Newsroom
from bot.demo.topics import TOPICS
from bot.messengers.console import CHAT
from storage.chats import ensure_chat
from storage.engine import writing
from storage.subscriptions import subscribe
from storage.types import EVERYTHING, ChatKind

TIME_ZONE = "Asia/Ho_Chi_Minh"
POLL_INTERVAL = "1s"


async def run_demo(*, language: str, interval_seconds: float, clock: Clock = wall_clock) -> int:
    """Run until the person leaves; the database goes with them. Returns the exit code."""
    stop = asyncio.Event()
    with stopping_signals(stop), tempfile.TemporaryDirectory(prefix="loa-demo-") as folder:
        async with AsyncExitStack() as stack:
            newsroom = await stack.enter_async_context(Newsroom(clock, interval_seconds=interval_seconds))
            config = demo_config(newsroom, Path(folder), language)
            engine = await stack.enter_async_context(database(config))
            await subscribe_to_everything(engine, language, clock)
            messengers = build_messengers(config, engine, clock, stop)
            await stack.enter_async_context(running(config, engine, messengers, clock))
            await stop.wait()
    return 0


def demo_config(newsroom: Newsroom, folder: Path, language: str) -> Config:
    """The configuration an operator would write for this newsroom, polled every second."""
    return Config.model_validate(
        {
            "database": f"sqlite:///{folder / 'loa.db'}",
            "language": language,
            "time_zone": TIME_ZONE,
            "owners": [CHAT],
            "polling": {
                "min_interval": POLL_INTERVAL,
                "allow_networks": [str(ip_network("127.0.0.0/8"))],
            },
            "feeds": [
                {
                    "url": feed.url,
                    "title": feed.title,
                    "topics": list(feed.topics),
                    "time_zone": feed.time_zone,
                    "full_text": feed.full_text,
                }
                for feed in newsroom.feeds
            ],
            "topics": [{"id": topic.id, "title": topic.titles, "query": topic.query} for topic in TOPICS],
        }
    )


async def subscribe_to_everything(engine: AsyncEngine, language: str, clock: Clock) -> None:
    """Let whoever sits at the terminal get every article: the demo is to show one soon."""
    async with writing(engine) as conn:
        chat, _ = await ensure_chat(
            conn,
            messenger="console",
            address=CHAT,
            kind=ChatKind.PRIVATE,
            title="",
            language=language,
            time_zone=TIME_ZONE,
            now=clock(),
        )
        await subscribe(conn, chat.id, EVERYTHING, clock())
