"""A process killed anywhere loses no delivery, and rings nobody twice."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.config import Config, load_config
from tests.botapi import BotApiServer, Sent
from tests.botapi.faults import slow
from tests.flows.conftest import Loa, write_config
from tests.flows.paper import BRIDGE, KHEO, print_edition
from tests.newssite import NewsSite

SECONDS = 20.0
READER = 1001
MOST_STEPS = 40
"""Far more transactions than there are on the way of one article; the walk ends by itself long before."""


@pytest.fixture
async def prepared(
    tmp_path: Path, api: BotApiServer, site: NewsSite, config: Config, loa: Loa
) -> AsyncIterator[Path]:
    """A database in which the feed is known and one reader of everything waits; KHEO has just appeared."""
    print_edition(site, BRIDGE)
    hoa = api.world.person(READER, "Hoa")
    async with loa(config):
        api.world.start(hoa, "all")
        await api.world.wait_for(lambda: api.world.messages(hoa), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
    print_edition(site, KHEO, BRIDGE)
    yield tmp_path / "flow.db"


def pushes(api: BotApiServer) -> list[Sent]:
    return [m for m in api.world.messages(READER) if KHEO.title in m.styled("bold")]


@asynccontextmanager
async def subprocess_of(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def died_at_step(api: BotApiServer, config_file: Path, step: int) -> bool:
    """Run until killed at this step; False when the article arrived and nothing more happened."""
    async with subprocess_of("-m", "tests.flows.dying", str(config_file), str(step)) as process:
        for _ in range(int(SECONDS * 10)):
            if process.returncode is not None:
                assert process.returncode == -signal.SIGKILL
                return True
            if pushes(api):
                await asyncio.sleep(1.0)  # the outcome is written within milliseconds
                return process.returncode is not None
            await asyncio.sleep(0.1)
        raise AssertionError("neither died nor delivered")


async def test_killed_between_each_pair_of_steps_delivers_all_the_same(
    prepared: Path, tmp_path: Path, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    doubles = 0
    for step in range(1, MOST_STEPS):
        # Given the same beginning each time, and a process killed at this step
        database = tmp_path / f"step{step}.db"
        shutil.copy(prepared, database)
        file = write_config(tmp_path / "dying.yaml", api, site, f"sqlite:///{database}")
        api.world.ledger.sent.clear()
        died = await died_at_step(api, file, step)
        before = len(pushes(api))
        # When it is started again
        async with loa(load_config(file, {})):
            await api.world.wait_for(lambda: pushes(api), SECONDS)
            polls = len(site.requests_to("/rss"))
            await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)  # noqa: B023
        # Then the reader has the article; twice only when the answer was lost, and then without a sound
        arrived = pushes(api)
        assert len(arrived) in ((1, 2) if before else (1,)), f"step {step}"
        assert all(message.silent for message in arrived[1:]), f"step {step}"
        doubles += len(arrived) - 1
        if not died:
            break
    else:
        raise AssertionError("the walk did not end")
    assert step > 4, "claim of the feed, the poll, the outbox, the claim and the outcome are steps at least"
    assert doubles <= 1, "only the step between the send and its outcome may repeat it"


async def test_killed_during_the_call_sends_once_more_without_a_sound(
    prepared: Path, tmp_path: Path, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    # Given a platform that takes the message and is slow to say so
    file = write_config(tmp_path / "killed.yaml", api, site, f"sqlite:///{prepared}")
    api.faults.add(slow(60.0, chat=READER))
    async with subprocess_of("-m", "bot", "run", "--config", str(file)) as process:
        await api.world.wait_for(lambda: pushes(api), SECONDS)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    # When Loa runs again
    async with loa(load_config(file, {})):
        await api.world.wait_for(lambda: len(pushes(api)) == 2, SECONDS)
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
    # Then it was sent a second and last time, silently
    assert [message.silent for message in pushes(api)] == [False, True]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_ends_well_and_goes_on_later(
    prepared: Path, tmp_path: Path, api: BotApiServer, site: NewsSite, loa: Loa, number: signal.Signals
) -> None:
    file = write_config(tmp_path / "stopped.yaml", api, site, f"sqlite:///{prepared}")
    polled = len(site.requests_to("/rss"))
    async with subprocess_of("-m", "bot", "run", "--config", str(file)) as process:
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polled, SECONDS)
        process.send_signal(number)
        async with asyncio.timeout(
            10.0
        ):  # against hanging for ever; five seconds are promised, two are usual
            assert await process.wait() == 0
    async with loa(load_config(file, {})):
        await api.world.wait_for(lambda: pushes(api), SECONDS)
    assert len(pushes(api)) == 1
    assert not pushes(api)[0].silent
