"""What a messenger told us, kept before it is confirmed: a crash loses no /stop."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import updates
from storage.upsert import insert_new


async def keep_updates(
    conn: AsyncConnection, messenger: str, received: Sequence[tuple[int, str]], now: datetime
) -> int:
    """Keep updates until they are handled; gives how many were new. The messenger may repeat some."""
    if not received:
        return 0
    rows = [
        {"messenger": messenger, "update_id": update_id, "payload": payload, "received_at": now}
        for update_id, payload in received
    ]
    added = await conn.execute(insert_new(conn, updates).returning(updates.c.update_id), rows)
    return len(added.all())


async def open_updates(conn: AsyncConnection, messenger: str, limit: int) -> list[tuple[int, str]]:
    """Updates not handled yet, with their ids, oldest first."""
    rows = await conn.execute(
        select(updates.c.update_id, updates.c.payload)
        .where(updates.c.messenger == messenger, updates.c.handled_at.is_(None))
        .order_by(updates.c.update_id)
        .limit(limit)
    )
    return [(row.update_id, row.payload) for row in rows]


async def mark_handled(conn: AsyncConnection, messenger: str, ids: Sequence[int], now: datetime) -> None:
    """Note updates as handled. Their content is forgotten: only the id is needed, to know a repetition."""
    await conn.execute(
        update(updates)
        .where(updates.c.messenger == messenger, updates.c.update_id.in_(ids))
        .values(handled_at=now, payload="")
    )


async def last_update_id(conn: AsyncConnection, messenger: str) -> int | None:
    """The highest id ever kept, or None."""
    highest = select(func.max(updates.c.update_id)).where(updates.c.messenger == messenger)
    found: int | None = await conn.scalar(highest)
    return found


async def drop_old(conn: AsyncConnection, before: datetime) -> int:
    """Delete updates handled before a time, except each messenger's last; gives how many there were."""
    last = select(func.max(updates.c.update_id)).group_by(updates.c.messenger)
    result = await conn.execute(
        delete(updates).where(updates.c.handled_at < before, updates.c.update_id.not_in(last))
    )
    return result.rowcount
