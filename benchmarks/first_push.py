"""How long from an article's appearance in the feed until the push is acknowledged, for 1,000 subscribers.

    python -m benchmarks.first_push [--subscribers 1000]

`loa run` and the Bot API server are processes of their own; the news site is this one. The tick is 1 s, the
feed is polled every second, and the send rate is the platform's paid one (1,000/s), so that the rate is not
what is measured. Times are those the outbox records when the platform has answered.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bot.clock import wall_clock
from storage.chats import ensure_chat
from storage.engine import open_engine, reading, writing
from storage.migrate import migrate
from storage.subscriptions import subscribe
from storage.tables import deliveries
from storage.types import EVERYTHING, ChatKind, DeliveryState
from tests.botapi import TOKEN
from tests.flows.conftest import CONFIGURATION
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

SETTINGS = {"LOA_POLLING__TICK": "1s", "LOA_DELIVERY__RATE_PER_SECOND": "1000", "LOA_LOGS__LEVEL": "warning"}
PATIENCE_SECONDS = 120


@asynccontextmanager
async def process(*arguments: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python module as a process of its own, ended with the block."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environ},
    )
    try:
        yield started
    finally:
        started.terminate()
        await started.wait()


async def prepare(database: str, subscribers: int) -> None:
    """A database with that many readers of everything."""
    engine = open_engine(database)
    await migrate(engine)
    async with writing(engine) as conn:
        for number in range(1, subscribers + 1):
            chat, _ = await ensure_chat(
                conn,
                messenger="telegram",
                address=f"telegram:{number}",
                kind=ChatKind.PRIVATE,
                title="",
                language="vi",
                time_zone="Asia/Ho_Chi_Minh",
                now=wall_clock(),
            )
            await subscribe(conn, chat.id, EVERYTHING, wall_clock())
    await engine.dispose()


async def arrivals(database: str, article: int, wanted: int) -> list[datetime]:
    """When each delivery of the nth article was acknowledged, once all are."""
    engine = open_engine(database)
    article_id = select(func.max(deliveries.c.article_id)).scalar_subquery()
    done = select(deliveries.c.finished_at).where(
        deliveries.c.state == DeliveryState.SENT, deliveries.c.article_id == article_id
    )
    try:
        for _ in range(PATIENCE_SECONDS * 2):
            await asyncio.sleep(0.5)
            async with reading(engine) as conn:
                articles = await conn.scalar(select(func.count(deliveries.c.article_id.distinct())))
                times = list(await conn.scalars(done))
            if articles == article and len(times) >= wanted:
                return times
    finally:
        await engine.dispose()
    raise TimeoutError(f"{len(times)} of {wanted} pushes after {PATIENCE_SECONDS} s")


async def measure(subscribers: int) -> list[float]:
    """Seconds from publication to acknowledgement, one for each subscriber and article."""
    delays: list[float] = []
    async with NewsSite() as site, process("tests.botapi", "--people", str(subscribers)) as api:
        assert api.stdout is not None
        address = (await api.stdout.readline()).decode().split()[1]
        with tempfile.TemporaryDirectory() as folder:
            database, file = f"sqlite:///{folder}/loa.db", Path(folder) / "config.yaml"
            file.write_text(
                CONFIGURATION.format(
                    database=database, token=TOKEN, api_url=address, feed_url=site.url("/rss")
                )
            )
            await prepare(database, subscribers)
            print_edition(site, BRIDGE)
            async with process("bot", "run", "--config", str(file), **SETTINGS):
                while len(site.requests_to("/rss")) < 2:  # noqa: ASYNC110 - another process polls
                    await asyncio.sleep(0.1)
                for number, edition in enumerate(([KHEO, BRIDGE], [RICE, KHEO, BRIDGE]), start=1):
                    published = wall_clock()
                    print_edition(site, *edition)
                    times = await arrivals(database, number, subscribers)
                    delays += [(at - published).total_seconds() for at in times]
    return delays


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000)
    subscribers = parser.parse_args().subscribers
    delays = sorted(asyncio.run(measure(subscribers)))
    p95 = delays[int(len(delays) * 0.95) - 1]
    print(f"publish → push acknowledged, {subscribers} subscribers, 2 articles, 1 s tick, 1,000/s allowed")
    print(
        f"  first {delays[0]:.2f} s   median {statistics.median(delays):.2f} s   p95 {p95:.2f} s"
        f"   last {delays[-1]:.2f} s   (wanted: p95 < 3 s)"
    )


if __name__ == "__main__":
    main()
