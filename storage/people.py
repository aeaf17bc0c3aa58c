"""People and their roles. Owners come from the configuration and are not kept."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import people
from storage.types import Person, Role
from storage.upsert import insert_or_update


async def get_person(conn: AsyncConnection, address: str, name: str, owners: Collection[str]) -> Person:
    """Who this is: an owner by configuration, someone with a granted role, or a citizen."""
    row = (await conn.execute(select(people).where(people.c.address == address))).one_or_none()
    if address in owners:
        return Person(address, name, Role.OWNER, None, None)
    if row is None:
        return Person(address, name, Role.CITIZEN, None, None)
    return Person(address, name or row.name, Role(row.role), row.granted_by, row.granted_at)


async def grant(
    conn: AsyncConnection, address: str, role: Role, by: str, now: datetime, *, name: str = ""
) -> None:
    """Give someone a role in place of the one they had."""
    values = {"address": address, "name": name, "role": role, "granted_by": by, "granted_at": now}
    changes = {"role", "granted_by", "granted_at"} | ({"name"} if name else set())
    await conn.execute(insert_or_update(conn, people, ("address",), changes), values)


async def revoke(conn: AsyncConnection, address: str) -> bool:
    """Make someone a citizen again; False when they were one."""
    result = await conn.execute(delete(people).where(people.c.address == address))
    return result.rowcount > 0


async def list_people(conn: AsyncConnection) -> list[Person]:
    """Everyone with a granted role, by address."""
    rows = await conn.execute(select(people).order_by(people.c.address))
    return [Person(row.address, row.name, Role(row.role), row.granted_by, row.granted_at) for row in rows]
