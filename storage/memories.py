"""What is remembered of each feed's last document, so that only its new entries are parsed (feeds.memory).

A table of its own: it is read only when a document has changed, and is larger than the rest of a feed's row.
"""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import feed_memories
from storage.upsert import insert_or_update


async def memory_of(conn: AsyncConnection, feed_id: int) -> bytes | None:
    """What was remembered, at most 16 KiB; None when nothing was."""
    memory: bytes | None = await conn.scalar(
        select(feed_memories.c.memory).where(feed_memories.c.feed_id == feed_id)
    )
    return memory


async def keep_memory(conn: AsyncConnection, feed_id: int, memory: bytes | None) -> None:
    """Remember this instead of what was remembered; None forgets it.

    Belongs into the transaction that stores the entries: an entry that is remembered is not read again.
    """
    if memory is None:
        await conn.execute(delete(feed_memories).where(feed_memories.c.feed_id == feed_id))
        return
    statement = insert_or_update(conn, feed_memories, ["feed_id"], ["memory"])
    await conn.execute(statement, {"feed_id": feed_id, "memory": memory})
