"""A local Telegram, a messenger on it, and a real store for its updates."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.messengers.telegram import TelegramMessenger
from bot.messengers.telegram.api import Api, open_api
from bot.updates import KeptUpdates
from storage.engine import open_engine
from tests.botapi import BotApiServer


@pytest.fixture
async def telegram() -> AsyncIterator[BotApiServer]:
    """Telegram, with nobody in it."""
    async with BotApiServer() as server:
        yield server


@pytest.fixture
async def updates(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[KeptUpdates]:
    """A real, empty store of updates."""
    path = tmp_path / "updates.db"
    shutil.copy(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    yield KeptUpdates(engine, "telegram", lambda: datetime.now(UTC))
    await engine.dispose()


@pytest.fixture
async def api(telegram: BotApiServer) -> AsyncIterator[Api]:
    """The bot's own end of Telegram."""
    bot = open_api(telegram.token, telegram.url, None)
    await bot.open_pools()
    yield bot
    await bot.close_pools()


@pytest.fixture
async def messenger(telegram: BotApiServer, updates: KeptUpdates) -> AsyncIterator[TelegramMessenger]:
    """A messenger that can send and does not receive."""
    ours = TelegramMessenger(token=telegram.token, api_url=telegram.url, proxy=None, updates=updates)
    await ours.open()
    yield ours
    await ours.stop()
