"""`python -m tests.botapi --port 8081 --latency-ms 50`: the server as its own process.

Everyone with an id up to `--people` has started the bot. Prints `ready <address>` when it listens.
"""

import argparse
import asyncio
from contextlib import suppress

from tests.botapi.server import TOKEN, BotApiServer


async def serve(port: int, latency_ms: int, people: int, token: str) -> None:
    """Serve until cancelled."""
    async with BotApiServer(token, port=port, latency_seconds=latency_ms / 1000) as api:
        for id in range(1, people + 1):
            api.world.person(id, started=True)
        print(f"ready {api.url}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--latency-ms", type=int, default=0)
    options.add_argument("--people", type=int, default=1000)
    options.add_argument("--token", default=TOKEN)
    given = options.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.latency_ms, given.people, given.token))


if __name__ == "__main__":
    main()
