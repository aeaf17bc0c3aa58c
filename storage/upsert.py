"""INSERT … ON CONFLICT, which the two databases write alike and SQLAlchemy offers for each separately."""

from collections.abc import Collection, Sequence

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_new(conn: AsyncConnection, table: Table) -> Insert:
    """An INSERT that leaves out rows already there."""
    if conn.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def insert_or_update(
    conn: AsyncConnection, table: Table, key: Sequence[str], changes: Collection[str]
) -> Insert:
    """An INSERT that brings the columns named in `changes` into the row with the same `key`."""
    if conn.dialect.name == "sqlite":
        lite = sqlite.insert(table)
        return lite.on_conflict_do_update(
            index_elements=key, set_={name: lite.excluded[name] for name in changes}
        )
    post = postgresql.insert(table)
    return post.on_conflict_do_update(
        index_elements=key, set_={name: post.excluded[name] for name in changes}
    )
