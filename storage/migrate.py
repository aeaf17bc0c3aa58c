"""Bring the schema up to date, or say what is missing.

Alembic is driven from here, without an ini file: the revisions travel inside the package. It is imported only
when called, since a running service needs it once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import is_sqlite, reading, writing
from storage.errors import DatabaseTooNew, NeedsMigration

if TYPE_CHECKING:
    from alembic.config import Config

SEARCH_TABLES = "article_search"
"""Tables whose name begins so are search indexes: each database has its own kind, so `tables` lists none."""

_ADVISORY_LOCK = 0x4C6F61
""""Loa": processes that start together on PostgreSQL migrate one after the other."""


async def migrate(engine: AsyncEngine) -> list[str]:
    """Bring the schema up to date in one transaction; gives the revisions applied, oldest first.

    Safe when several processes call it at once: the first one works, the others find nothing left to do.
    Raises `DatabaseTooNew`.
    """
    async with writing(engine) as conn:
        if not is_sqlite(conn):
            await conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        pending = await conn.run_sync(_pending)
        if pending:
            await conn.run_sync(_upgrade)
    return pending


async def pending_migrations(engine: AsyncEngine) -> list[str]:
    """Revisions the database lacks, oldest first. Raises `DatabaseTooNew`."""
    async with reading(engine) as conn:
        return await conn.run_sync(_pending)


async def check_migrated(engine: AsyncEngine) -> None:
    """Raise `NeedsMigration` or `DatabaseTooNew` unless schema and program belong together."""
    pending = await pending_migrations(engine)
    if pending:
        raise NeedsMigration(pending)


def is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """Whether `storage.tables` is meant to know a table of the database."""
    return not (kind == "table" and name is not None and name.startswith(SEARCH_TABLES))


def _pending(connection: Connection) -> list[str]:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config(connection))
    every = [script.revision for script in scripts.walk_revisions()][::-1]
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return every
    if current not in every:
        raise DatabaseTooNew(current)
    return every[every.index(current) + 1 :]


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
