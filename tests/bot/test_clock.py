"""Ticks call what is due, once at a time, and end when told to."""

import asyncio
from datetime import timedelta

from bot.clock import Ticks

TICK = timedelta(milliseconds=20)


async def test_slow_call_is_not_made_beside_itself() -> None:
    under_way, most, calls = 0, 0, 0

    async def slow() -> None:
        nonlocal under_way, most, calls
        calls += 1
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1

    ticks = Ticks()
    ticks.every(TICK, slow)
    ticks.start()
    await asyncio.sleep(0.5)
    await ticks.stop()
    assert calls >= 2
    assert most == 1
    assert under_way == 0


async def test_call_that_fails_is_made_again() -> None:
    calls = 0

    async def failing() -> None:
        nonlocal calls
        calls += 1
        raise ValueError("no")

    ticks = Ticks()
    ticks.every(TICK, failing)
    ticks.start()
    async with asyncio.timeout(10):
        while calls < 3:  # noqa: ASYNC110 - the scheduler calls it
            await asyncio.sleep(0.01)
    await ticks.stop()


async def test_call_that_never_ends_does_not_hold_the_stop() -> None:
    cancelled = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    ticks = Ticks()
    ticks.every(TICK, endless)
    ticks.start()
    await asyncio.sleep(0.1)
    async with asyncio.timeout(30):
        await ticks.stop()
    assert cancelled.is_set()


async def test_stop_without_start_is_quiet() -> None:
    await Ticks().stop()
