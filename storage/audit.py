"""Who did what: every change made by command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import audit
from storage.types import Page


@dataclass(frozen=True, slots=True)
class Action:
    """One thing somebody did."""

    at: datetime
    actor: str
    """Address of the person, or `loa` for the program itself."""
    action: str
    detail: Mapping[str, Any]


async def record_action(
    conn: AsyncConnection, actor: str, action: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Note an action; `detail` must be JSON and hold no secrets."""
    values = {"at": now, "actor": actor, "action": action, "detail": dict(detail)}
    await conn.execute(audit.insert(), values)


async def list_actions(conn: AsyncConnection, *, offset: int = 0, limit: int = 20) -> Page[Action]:
    """What was done, the latest first."""
    total = (await conn.execute(select(func.count()).select_from(audit))).scalar_one()
    rows = await conn.execute(
        select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit).offset(offset)
    )
    return Page([Action(row.at, row.actor, row.action, row.detail) for row in rows], total, offset, limit)
