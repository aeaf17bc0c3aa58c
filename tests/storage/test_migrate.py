"""Migrations: they build exactly the tables the program uses."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import open_engine, reading, writing
from storage.errors import DatabaseTooNew, NeedsMigration
from storage.migrate import check_migrated, is_ours, migrate, pending_migrations
from storage.tables import metadata

REVISIONS = ["0001", "0002", "0003"]
"""Every step, oldest first."""


@pytest.fixture
async def empty_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(empty_database_url)
    yield engine
    await engine.dispose()


async def test_migrated_schema_is_the_one_the_program_uses(empty_engine: AsyncEngine) -> None:
    # given
    await migrate(empty_engine)

    # when
    def differences(connection: Connection) -> list[Any]:
        # On SQLite every Identity looks like a changed default.
        defaults = connection.dialect.name == "postgresql"
        context = MigrationContext.configure(
            connection, opts={"include_name": is_ours, "compare_server_default": defaults}
        )
        return list(compare_metadata(context, metadata))

    async with reading(empty_engine) as conn:
        found = await conn.run_sync(differences)

    # then
    assert found == []


async def test_migrated_indexes_have_the_conditions_of_the_tables(empty_engine: AsyncEngine) -> None:
    """Alembic does not compare the WHERE of partial indexes, so it is done here."""
    await migrate(empty_engine)

    def partial(connection: Connection) -> set[str]:
        option = f"{connection.dialect.name}_where"
        return {
            str(index["name"])
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
            if index.get("dialect_options", {}).get(option) is not None
        }

    async with reading(empty_engine) as conn:
        found = await conn.run_sync(partial)
    dialect = empty_engine.dialect.name
    wanted = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options[dialect]["where"] is not None
    }
    assert found == wanted


async def test_migrating_tells_what_it_did_and_does_it_once(empty_engine: AsyncEngine) -> None:
    assert await pending_migrations(empty_engine) == REVISIONS
    assert await migrate(empty_engine) == REVISIONS
    assert await migrate(empty_engine) == []
    assert await pending_migrations(empty_engine) == []
    await check_migrated(empty_engine)


async def test_empty_database_needs_migration(empty_engine: AsyncEngine) -> None:
    with pytest.raises(NeedsMigration, match="loa migrate") as caught:
        await check_migrated(empty_engine)
    assert caught.value.pending == tuple(REVISIONS)


async def test_two_processes_migrate_at_once(empty_database_url: str) -> None:
    engines = [open_engine(empty_database_url), open_engine(empty_database_url)]
    done = await asyncio.gather(*(migrate(engine) for engine in engines))
    for engine in engines:
        await engine.dispose()
    assert sorted(done) == [[], REVISIONS]


async def test_database_of_a_newer_version_is_left_alone(empty_engine: AsyncEngine) -> None:
    # given
    await migrate(empty_engine)
    async with writing(empty_engine) as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    # when, then
    for check in (migrate, check_migrated, pending_migrations):
        with pytest.raises(DatabaseTooNew, match="9999"):
            await check(empty_engine)
