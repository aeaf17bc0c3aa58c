"""How long from an article's appearance in the feed to the push, for 1,000 subscribers.

    python -m benchmarks.first_push [--subscribers 1000]

The whole product runs unchanged between a local news site and a local Bot API server; the tick is 1 s and
the feed is polled every second, the send rate is the platform's paid one (1,000/s) so that the rate is not
what is measured.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bot.app import build_messengers, database, running
from bot.clock import wall_clock
from bot.config import load_config
from storage.chats import ensure_chat
from storage.engine import writing
from storage.subscriptions import subscribe
from storage.types import EVERYTHING, ChatKind
from tests.botapi import BotApiServer
from tests.flows.conftest import write_config
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

ROUNDS = (KHEO, RICE)
SETTINGS = {"LOA_POLLING__TICK": "1s", "LOA_DELIVERY__RATE_PER_SECOND": "1000", "LOA_LOGS__LEVEL": "warning"}


async def measure(subscribers: int) -> list[float]:
    """Seconds from publication to arrival, one for each subscriber and round."""
    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with NewsSite() as site, BotApiServer() as api:
            print_edition(site, BRIDGE)
            file = write_config(Path(folder) / "config.yaml", api, site, f"sqlite:///{folder}/loa.db")
            config = load_config(file, SETTINGS)
            async with database(config) as engine:
                async with writing(engine) as conn:
                    for number in range(subscribers):
                        chat, _ = await ensure_chat(
                            conn,
                            messenger="telegram",
                            address=f"telegram:{10_000 + number}",
                            kind=ChatKind.PRIVATE,
                            title="",
                            language="vi",
                            time_zone="Asia/Ho_Chi_Minh",
                            now=wall_clock(),
                        )
                        await subscribe(conn, chat.id, EVERYTHING, wall_clock())
                        api.world.person(10_000 + number, started=True)
                messengers = build_messengers(config, engine, wall_clock, None)
                async with running(config, engine, messengers, wall_clock):
                    await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, 30)
                    pieces = [BRIDGE]
                    for piece in ROUNDS:
                        pieces.insert(0, piece)
                        arrived = len(api.world.ledger.sent)
                        published = time.time()
                        print_edition(site, *pieces)
                        await api.world.wait_for(
                            lambda: len(api.world.ledger.sent) >= arrived + subscribers,  # noqa: B023
                            120,
                        )
                        delays += [sent.at - published for sent in api.world.ledger.sent[arrived:]]
    return delays


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000)
    subscribers = parser.parse_args().subscribers
    delays = sorted(asyncio.run(measure(subscribers)))
    p95 = delays[int(len(delays) * 0.95) - 1]
    print(
        f"publish → push, {subscribers} subscribers, {len(ROUNDS)} articles, 1 s tick (site, API and Loa on one loop)"
    )
    print(
        f"  median {statistics.median(delays):.2f} s   p95 {p95:.2f} s   last {delays[-1]:.2f} s   (wanted: p95 < 3 s)"
    )


if __name__ == "__main__":
    main()
