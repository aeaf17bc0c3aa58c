"""Keeps what a messenger heard in the database until it is handled: a crash loses no /stop."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from storage import updates
from storage.engine import reading, writing


class KeptUpdates:
    """The stored updates of one messenger."""

    def __init__(self, engine: AsyncEngine, messenger: str, clock: Clock) -> None:
        self._engine = engine
        self._messenger = messenger
        self._clock = clock

    async def keep(self, received: Sequence[tuple[int, str]]) -> None:
        """Store `(id, payload)`; those stored before are left as they are."""
        async with writing(self._engine) as conn:
            await updates.keep_updates(conn, self._messenger, received, self._clock())

    async def unhandled(self, limit: int) -> list[tuple[int, str]]:
        """The oldest that were stored and not handled."""
        async with reading(self._engine) as conn:
            return await updates.open_updates(conn, self._messenger, limit)

    async def handled(self, update_ids: Sequence[int]) -> None:
        """Mark as done."""
        async with writing(self._engine) as conn:
            await updates.mark_handled(conn, self._messenger, update_ids, self._clock())
