"""The whole product, unchanged, between a local news site and a local Bot API server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import build_messengers, database, running
from bot.clock import Clock, wall_clock
from bot.config import Config, load_config
from tests.botapi import BotApiServer
from tests.newssite import NewsSite

Loa = Callable[..., AbstractAsyncContextManager[AsyncEngine]]

CONFIGURATION = """
database: {database}
language: vi
time_zone: Asia/Ho_Chi_Minh
owners: ["telegram:1"]
telegram:
  token: "{token}"
  api_url: {api_url}
polling:
  min_interval: 1s
  tick: 100ms
  allow_networks: [127.0.0.0/8]
feeds:
  - url: {feed_url}
    title: Báo Thử
topics:
  - id: dan-van
    title: {{vi: Dân vận, en: Mass mobilisation}}
    query: '"dân vận" OR "vận động quần chúng"'
"""


@pytest.fixture
async def site() -> AsyncIterator[NewsSite]:
    async with NewsSite() as site:
        yield site


@pytest.fixture
async def api() -> AsyncIterator[BotApiServer]:
    async with BotApiServer() as api:
        yield api


def write_config(path: Path, api: BotApiServer, site: NewsSite, database_url: str) -> Path:
    """The configuration of a newsroom with one feed, at `/rss`."""
    path.write_text(
        CONFIGURATION.format(
            database=database_url, token=api.token, api_url=api.url, feed_url=site.url("/rss")
        ),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def config(tmp_path: Path, api: BotApiServer, site: NewsSite, migrated_sqlite: Path) -> Config:
    """That newsroom on an SQLite file."""
    file = write_config(tmp_path / "config.yaml", api, site, f"sqlite:///{tmp_path / 'flow.db'}")
    return load_config(file, {})


@asynccontextmanager
async def running_loa(config: Config, clock: Clock = wall_clock) -> AsyncIterator[AsyncEngine]:
    """`loa run` inside this process, without the signals."""
    async with database(config) as engine:
        messengers = build_messengers(config, engine, clock, None)
        async with running(config, engine, messengers, clock):
            yield engine


@pytest.fixture
def loa() -> Loa:
    return running_loa
