"""What is known of feeds' entries, as `feeds.ingest` asks for it."""

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import reading
from storage.feeds import known_entries
from storage.memories import memory_of


class StoredEntries:
    """The entries kept in the database; each question is a short read of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def known_entries(self, feed_id: int, keys: Collection[bytes]) -> Mapping[bytes, bytes | None]:
        """Which of these keys of a feed have been seen, with the content hash each had."""
        async with reading(self._engine) as conn:
            return await known_entries(conn, feed_id, keys)

    async def memory_of(self, feed_id: int) -> bytes | None:
        """What was remembered of the feed's last document."""
        async with reading(self._engine) as conn:
            return await memory_of(conn, feed_id)
