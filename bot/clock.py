"""The tick: APScheduler calls what is due; what is due stands in the database, never in the scheduler."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger(__name__)

STOP_SECONDS = 2.0
"""A page that is being read may take twenty; whatever is cut off is taken up after the next start."""

Call = Callable[[], Awaitable[None]]

Clock = Callable[[], datetime]
"""The wall clock: an aware datetime in UTC. Tests and the demo bring their own."""


def wall_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Ticks:
    """Periodic calls inside the running event loop.

    A call that is still under way when its next tick comes is not made again beside itself, and late ones
    are made once, not once for each tick missed: a tick only looks what is due, so nothing is lost.
    """

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._under_way: dict[Call, asyncio.Task[None]] = {}

    def every(self, interval: timedelta, call: Call) -> None:
        """Call at once when started, and then every `interval`. What a call raises is logged."""
        self._scheduler.add_job(
            self._tick,
            "interval",
            args=(call,),
            seconds=interval.total_seconds(),
            next_run_time=wall_clock(),
            coalesce=True,
            misfire_grace_time=None,  # the default of one second drops a late call silently
        )

    def start(self) -> None:
        """Begin to tick. Must be called in the event loop."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Make no further calls; those under way have a moment to finish, then they are cancelled."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        under_way = set(self._under_way.values())
        if under_way:
            _, unfinished = await asyncio.wait(under_way, timeout=STOP_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _tick(self, call: Call) -> None:
        """A coroutine, so that APScheduler runs it in the event loop; it returns at once."""
        if call not in self._under_way:
            task = asyncio.create_task(_logged(call))
            self._under_way[call] = task
            task.add_done_callback(lambda _: self._under_way.pop(call))


async def _logged(call: Call) -> None:
    try:
        await call()
    except Exception:
        log.exception("tick.failed", call=getattr(call, "__qualname__", ""))
