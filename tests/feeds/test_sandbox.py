"""Hostile work in the sandbox: whatever it does, it is named, it ends, and others go on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from feeds.errors import BadStatus, NotAFeed, ParserCrashed, ParserTimedOut
from feeds.sandbox import Sandbox
from tests.feeds import hostile

URL = "https://baodienbienphu.vn/rss/home.rss"
ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


async def works(sandbox: Sandbox) -> bool:
    return await sandbox.run(hostile.double, 21, seconds=20, url=URL) == (42, URL)


async def test_result_comes_back_and_url_goes_in(sandbox: Sandbox) -> None:
    assert await sandbox.run(hostile.double, 4, seconds=20, url=URL) == (8, URL)


async def test_work_happens_in_another_process_that_is_kept(sandbox: Sandbox) -> None:
    first = await sandbox.run(hostile.process_id, seconds=20, url=URL)
    second = await sandbox.run(hostile.process_id, seconds=20, url=URL)

    assert first == second != os.getpid()


async def test_own_errors_of_the_function_pass_through(sandbox: Sandbox) -> None:
    with pytest.raises(NotAFeed) as not_a_feed:
        await sandbox.run(hostile.not_a_feed, seconds=20, url=URL)
    with pytest.raises(BadStatus) as bad_status:
        await sandbox.run(hostile.bad_status, seconds=20, url=URL)

    assert (not_a_feed.value.url, not_a_feed.value.detail) == (URL, "a web page")
    assert (bad_status.value.status, bad_status.value.retry_after) == (503, 7.0)


async def test_hung_c_code_is_killed_and_the_next_call_served(sandbox: Sandbox) -> None:
    """E7: a regular expression that backtracks for years."""
    with pytest.raises(ParserTimedOut) as caught:
        await sandbox.run(hostile.loop_in_c, seconds=0.5, url=URL)

    assert caught.value.detail == "not read within 0.5 s"
    assert await works(sandbox)


async def test_other_process_goes_on_beside_a_hung_one() -> None:
    async with Sandbox(processes=2) as sandbox:
        hung = asyncio.create_task(sandbox.run(hostile.loop_in_c, seconds=60, url=URL))

        assert await works(sandbox)

        assert not hung.done()
        hung.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hung


@pytest.mark.parametrize(
    ("function", "arguments", "detail"),
    [
        (hostile.eat_memory, (1 << 30,), "out of memory"),
        (hostile.eat_memory_in_pieces, (), "out of memory"),
        (hostile.trip, (), "KeyError: 'published' (hostile.py:"),
        (hostile.leave, (0,), "SystemExit: 0 (hostile.py:"),
        (hostile.recurse, (), "RecursionError: maximum recursion depth exceeded"),
        (hostile.unpicklable, (), "AttributeError: Can't "),  # … pickle or get local object, by version
        (hostile.die, (), "the reading process died"),
        (hostile.segfault, (), "the reading process died"),
    ],
)
async def test_crash_is_named_and_the_next_call_served(
    sandbox: Sandbox, function: Callable[..., Any], arguments: tuple[Any, ...], detail: str
) -> None:
    with pytest.raises(ParserCrashed) as caught:
        await sandbox.run(function, *arguments, seconds=20, url=URL)

    assert caught.value.detail.startswith(detail)
    assert caught.value.url == URL
    assert await works(sandbox)


async def test_child_that_dies_idle_is_replaced(sandbox: Sandbox) -> None:
    child = await sandbox.run(hostile.process_id, seconds=20, url=URL)

    os.kill(child, signal.SIGKILL)

    assert await eventually(lambda: works(sandbox))


async def test_memory_within_the_limit_is_granted(sandbox: Sandbox) -> None:
    assert await sandbox.run(hostile.eat_memory, 200 << 20, seconds=20, url=URL) == 200 << 20


async def test_largest_document_goes_in_and_comes_back(sandbox: Sandbox) -> None:
    document = os.urandom(10 * 1024 * 1024)

    assert await sandbox.run(hostile.echo, document, seconds=60, url=URL) == document


async def test_more_calls_than_processes_wait_their_turn(sandbox: Sandbox) -> None:
    calls = [sandbox.run(hostile.double, number, seconds=20, url=URL) for number in range(20)]

    assert await asyncio.gather(*calls) == [(number * 2, URL) for number in range(20)]


async def test_waiting_does_not_count_against_a_call(sandbox: Sandbox) -> None:
    slow = asyncio.create_task(sandbox.run(hostile.sleep, 1.5, seconds=20, url=URL))
    await asyncio.sleep(0)

    assert await sandbox.run(hostile.double, 21, seconds=1, url=URL) == (42, URL)
    await slow


async def test_cancelled_call_frees_its_process(sandbox: Sandbox, tmp_path: Path) -> None:
    started = tmp_path / "started"
    call = asyncio.create_task(sandbox.run(hostile.announce_and_loop, str(started), seconds=60, url=URL))
    await file_written(started)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert await works(sandbox)


async def test_close_cancels_what_runs_and_what_waits(tmp_path: Path) -> None:
    started = tmp_path / "started"
    sandbox = Sandbox()
    runs = asyncio.create_task(sandbox.run(hostile.announce_and_loop, str(started), seconds=60, url=URL))
    child = await file_written(started)
    waits = asyncio.create_task(sandbox.run(hostile.double, 1, seconds=60, url=URL))
    await asyncio.sleep(0)

    await sandbox.close()

    outcomes = await asyncio.gather(runs, waits, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
    assert not alive(child)


async def test_closed_sandbox_refuses_work_and_closes_twice() -> None:
    sandbox = Sandbox()
    assert await works(sandbox)
    await sandbox.close()
    await sandbox.close()

    with pytest.raises(RuntimeError, match="closed"):
        await works(sandbox)


async def test_unused_sandbox_starts_no_process(tmp_path: Path) -> None:
    script = """
import asyncio, multiprocessing
from feeds.sandbox import Sandbox
async def main():
    async with Sandbox():
        print(multiprocessing.active_children())
asyncio.run(main())
"""
    assert run_script(script, tmp_path).stdout == "[]\n"


async def test_child_loads_neither_the_main_script_nor_the_application(tmp_path: Path) -> None:
    """A script without the `__main__` guard is not run twice, and heavy imports stay with the parent."""
    script = """
import asyncio, sqlite3, aiohttp
print("main script")
from feeds.sandbox import Sandbox
from tests.feeds import hostile
async def main():
    async with Sandbox() as sandbox:
        loaded = await sandbox.run(hostile.loaded_modules, seconds=20, url="")
        print(sorted(loaded & {"aiohttp", "sqlite3", "sqlalchemy", "feedparser", "trafilatura", "bot"}))
asyncio.run(main())
"""
    done = run_script(script, tmp_path)

    assert (done.stdout, done.stderr) == ("main script\n[]\n", "")


async def test_chatter_of_parsers_stays_out_of_the_terminal(tmp_path: Path) -> None:
    script = """
import asyncio
from feeds.sandbox import Sandbox
from tests.feeds import hostile
async def main():
    async with Sandbox() as sandbox:
        print(await sandbox.run(hostile.chatter, seconds=20, url=""))
asyncio.run(main())
"""
    done = run_script(script, tmp_path)

    assert (done.stdout, done.stderr, done.returncode) == ("read\n", "", 0)


async def test_forgotten_sandbox_does_not_keep_the_program(tmp_path: Path) -> None:
    script = """
import asyncio
from pathlib import Path
from feeds.sandbox import Sandbox
from tests.feeds import hostile
async def main():
    sandbox = Sandbox()
    print(await sandbox.run(hostile.process_id, seconds=20, url=""))
asyncio.run(main())
"""
    done = run_script(script, tmp_path)

    assert (done.stderr, done.returncode) == ("", 0)
    assert not alive(int(done.stdout))


BUSY = """
import asyncio, sys
from feeds.sandbox import Sandbox
from tests.feeds import hostile
async def main():
    async with Sandbox() as sandbox:
        await sandbox.run(hostile.announce_and_loop, sys.argv[1], seconds=60, url="")
try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
"""
IDLE = """
import asyncio, os, sys
from feeds.sandbox import Sandbox
from tests.feeds import hostile
async def main():
    async with Sandbox() as sandbox:
        child = await sandbox.run(hostile.process_id, seconds=60, url="")
        open(sys.argv[1] + ".part", "w").write(str(child))
        os.rename(sys.argv[1] + ".part", sys.argv[1])
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL])
async def test_idle_child_does_not_outlive_a_killed_parent(tmp_path: Path, stop: signal.Signals) -> None:
    started = tmp_path / "started"
    with popen_script(IDLE, tmp_path, str(started)) as parent:
        child = await file_written(started)
        parent.send_signal(stop)
        parent.wait(timeout=30)

    assert await eventually(lambda: gone(child))


async def test_ctrl_c_in_a_terminal_sprays_no_traceback_from_the_child(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with popen_script(BUSY, tmp_path, str(started), start_new_session=True) as parent:
        child = await file_written(started)
        os.killpg(parent.pid, signal.SIGINT)
        _, stderr = await asyncio.to_thread(parent.communicate, timeout=30)

    assert (stderr, parent.returncode) == ("", 0)
    assert await eventually(lambda: gone(child))


async def gone(process: int) -> bool:
    return not alive(process)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def file_written(path: Path) -> int:
    """The number a child or a script writes when it is where we want it."""

    async def written() -> bool:
        return number_in(path) is not None

    await eventually(written)
    return number_in(path) or 0


def number_in(path: Path) -> int | None:
    return int(path.read_text() or 0) or None if path.exists() else None


async def eventually(condition: Callable[[], Any], seconds: float = 20) -> bool:
    """Whether the condition comes true within a generous while; our own failures count as not yet."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                if await condition():
                    return True
            except ParserCrashed:
                pass
            await asyncio.sleep(0.05)


def run_script(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "main.py"
    path.write_text(script)
    return subprocess.run(
        [sys.executable, path], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


def popen_script(script: str, folder: Path, argument: str, **options: Any) -> "subprocess.Popen[str]":
    path = folder / "main.py"
    path.write_text(script)
    return subprocess.Popen(
        [sys.executable, path, argument],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
