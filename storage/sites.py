"""Sites: which are being asked something now, and from when each may be asked again.

They are rows so that every worker keeps the same peace: a claim (`storage.leases`) takes a feed and its site.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import sites
from storage.upsert import insert_new


async def know_site(conn: AsyncConnection, site: str, now: datetime) -> None:
    """Make sure that there is a row for a site; one that is new is free."""
    await conn.execute(insert_new(conn, sites).values(site=site, free_at=now))


async def free_site(conn: AsyncConnection, site: str, free_at: datetime | None = None) -> None:
    """Say that nobody asks this site anything now; `free_at` is when it may be asked again, None at once."""
    pause = {} if free_at is None else {"free_at": free_at}
    await conn.execute(update(sites).where(sites.c.site == site).values(busy_until=None, **pause))
