"""Connections: how each database is opened, and what a transaction is.

SQLite runs in WAL mode with one writer at a time; PostgreSQL decides for itself. Why, and what was measured:
docs/decisions/004-storage.md.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.errors import (
    BadDatabaseUrl,
    DatabaseInUse,
    DatabaseTooNew,
    FeedExists,
    NeedsMigration,
    NoSuchChat,
    StorageError,
)

__all__ = [
    "BadDatabaseUrl",
    "DatabaseInUse",
    "DatabaseTooNew",
    "FeedExists",
    "NeedsMigration",
    "NoSuchChat",
    "StorageError",
    "claim_database",
    "is_sqlite",
    "open_engine",
    "reading",
    "redacted",
    "writing",
]

_SQLITE_BUSY_MILLISECONDS = 10_000
"""How long another process (a backup, `loa latest`) may hold the file before a write fails."""

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # FULL: a claim or an acknowledgement lost at a power cut would send a message twice, an update
    # confirmed to the messenger and then lost would lose somebody's /stop.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_SQLITE_BUSY_MILLISECONDS}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8192",  # 8 MiB for each connection
)

_WRITE_LOCK = "loa_write_lock"
_WRITES = "loa_writes"


def open_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """Open the database at `sqlite:///path` or `postgresql://user@host/name`; nothing connects yet.

    The folder of an SQLite file is made. Raises `BadDatabaseUrl`.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # an error in the log must not tell what people wrote
        )
        event.listen(engine.sync_engine, "connect", _prepare_postgresql)
        return engine
    _sqlite_path(parsed).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        parsed.set(drivername="sqlite+aiosqlite"), pool_size=pool_size, hide_parameters=True
    )
    engine.update_execution_options(**{_WRITE_LOCK: asyncio.Lock()})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Run a write transaction: commit at the end, roll back on an error.

    On SQLite writers of one engine queue here, in order, instead of polling the file's lock.
    """
    lock = engine.sync_engine.get_execution_options().get(_WRITE_LOCK)
    if lock is None:
        async with engine.begin() as conn:
            yield conn
        return
    async with lock, engine.connect() as conn:
        await conn.execution_options(**{_WRITES: True})
        async with conn.begin():
            yield conn


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Run a read transaction: one consistent view on SQLite, and an error for whoever writes in it."""
    async with engine.connect() as conn:
        if not is_sqlite(conn):
            await conn.execution_options(postgresql_readonly=True)
        async with conn.begin():
            yield conn


@contextmanager
def claim_database(url: str) -> Iterator[None]:
    """Keep other processes from running on the same SQLite file; nothing to do on PostgreSQL.

    The lock lies beside the database (`loa.db.lock`) and ends with the process, however it ends.
    Raises `DatabaseInUse`.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        yield
        return
    path = _sqlite_path(parsed).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{path}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DatabaseInUse(path) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def redacted(url: str) -> str:
    """The address without its password, for logs and messages."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "(unreadable address)"


def is_sqlite(conn: AsyncConnection) -> bool:
    """Whether this connection leads to SQLite."""
    return conn.dialect.name == "sqlite"


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl(redacted(url)) from None
    usable = (parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:")) or (
        parsed.drivername in ("postgresql", "postgres") and parsed.database
    )
    if not usable:
        raise BadDatabaseUrl(redacted(url))
    return parsed.set(drivername="postgresql") if parsed.drivername == "postgres" else parsed


def _sqlite_path(url: URL) -> Path:
    return Path(url.database or "")


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # The driver begins transactions late and always deferred, so it is told not to begin any.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _prepare_postgresql(connection: Any, record: Any) -> None:
    # Words are spread far too unevenly for one plan to suit them all, and after five searches PostgreSQL
    # would settle on one.
    cursor = connection.cursor()
    cursor.execute("SET plan_cache_mode = force_custom_plan")
    cursor.close()
    connection.commit()


def _begin_sqlite(conn: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes later must not find the file taken in between.
    writes = conn.get_execution_options().get(_WRITES, False)
    if conn.info.get(_WRITES) is not writes:
        conn.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        conn.info[_WRITES] = writes
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
