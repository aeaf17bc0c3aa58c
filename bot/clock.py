"""The tick: APScheduler calls what is due; what is due stands in the database, never in the scheduler."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Clock = Callable[[], datetime]
"""The wall clock: an aware datetime in UTC. Tests and the demo bring their own."""


def wall_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Ticks:
    """Periodic calls inside the running event loop.

    A late call is made once, not once for each tick missed, and never beside itself: a tick only looks
    what is due, so nothing is lost by leaving one out.
    """

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def every(self, interval: timedelta, call: Callable[[], Awaitable[None]]) -> None:
        """Call at once when started, and then every `interval`."""
        self._scheduler.add_job(
            call,
            "interval",
            seconds=interval.total_seconds(),
            next_run_time=wall_clock(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # the default of one second drops a late call silently
        )

    def start(self) -> None:
        """Begin to tick. Must be called in the event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Make no further calls; those under way are the caller's to await."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
