"""The database as commands use it: opened, checked, closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.i18n import N_

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

SQLITE_PREFIX = "sqlite:///"


@asynccontextmanager
async def opened(url: str) -> "AsyncIterator[AsyncEngine]":
    """Open the database. Raises UserError when there is none yet, StorageError when it cannot be used."""
    from storage.engine import open_engine
    from storage.migrate import check_migrated

    _check_file(url)
    engine = open_engine(url)
    try:
        await check_migrated(engine)
        yield engine
    finally:
        await engine.dispose()


def _check_file(url: str) -> None:
    """Say so when there is nothing yet, instead of making an empty file to look into."""
    file = Path(url.removeprefix(SQLITE_PREFIX).partition("?")[0])
    if url.startswith(SQLITE_PREFIX) and not file.exists():
        raise UserError(
            N_("There is no database at {path} yet. `loa run` makes it, and so does `loa migrate`."),
            path=file,
        )
