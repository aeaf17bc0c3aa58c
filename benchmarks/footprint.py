"""Memory of an idle `loa run`, its time from start to first poll, and how long it takes to stop.

    python -m benchmarks.footprint

The process is the installed command with one feed and Telegram configured against a local Bot API server.
Memory is the resident set of the process itself once it has polled; the parsing child is listed apart.
"""

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.botapi import BotApiServer
from tests.flows.conftest import write_config
from tests.flows.paper import BRIDGE, print_edition
from tests.newssite import NewsSite

ROUNDS = 3
IDLE_SECONDS = 5.0


def resident_mib(pid: int) -> float:
    """Resident memory of one process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(pid: int) -> list[int]:
    """Direct and indirect children."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found


async def one_round() -> tuple[float, float, list[float], float]:
    """Give (seconds to first poll, MiB idle, MiB of each child, seconds to stop)."""
    with tempfile.TemporaryDirectory() as folder:
        async with NewsSite() as site, BotApiServer() as api:
            print_edition(site, BRIDGE)
            file = write_config(Path(folder) / "config.yaml", api, site, f"sqlite:///{folder}/loa.db")
            began = time.perf_counter()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(file), stderr=asyncio.subprocess.DEVNULL
            )
            await api.world.wait_for(lambda: site.requests_to("/rss"), 60)
            first_poll = time.perf_counter() - began
            await asyncio.sleep(IDLE_SECONDS)
            idle, of_children = (
                resident_mib(process.pid),
                [resident_mib(pid) for pid in children(process.pid)],
            )
            process.send_signal(signal.SIGTERM)
            stopping = time.perf_counter()
            await process.wait()
            return first_poll, idle, of_children, time.perf_counter() - stopping


def main() -> None:
    """Print the figures."""
    for number in range(1, ROUNDS + 1):
        first_poll, idle, of_children, stop = asyncio.run(one_round())
        apart = " + ".join(f"{each:.0f}" for each in of_children) or "none"
        print(
            f"round {number}: first poll after {first_poll:.2f} s (< 3)   idle {idle:.0f} MiB (< 120)"
            f"   children {apart} MiB   stopped in {stop:.2f} s (< 5)"
        )


if __name__ == "__main__":
    main()
