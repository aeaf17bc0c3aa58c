"""Counting for pages, with an end."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def capped_count(conn: AsyncConnection, rows: Select[Any], cap: int) -> int:
    """How many rows a statement gives, counted no further than `cap`."""
    counted = select(func.count()).select_from(rows.limit(cap).subquery())
    return int((await conn.execute(counted)).scalar_one())
