"""The one place where hostile documents are read: child processes with limits on time and memory.

Parsers walk into endless loops, quadratic regular expressions and gigabytes of nesting (POLLING E5,
E7), and nothing inside a process can stop a C function. So they run in a child that can be killed,
while polling and chats go on (docs/decisions/002-guard-on-the-socket-parser-in-a-process.md).
"""

import asyncio
import math
import os
import pickle
import resource
import signal
import sys
import traceback
import types
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from feeds.errors import FeedError, ParserCrashed, ParserTimedOut

T = TypeVar("T")

MEMORY_BYTES: Final = 512 * 1024 * 1024
"""Measured peaks: a feed of 9 MiB, 8,700 entries, 115 MB; a page of 5 MiB, 200,000 paragraphs, 300 MB."""

CALLS_PER_PROCESS: Final = 500
"""A fresh process now and then gives back what C libraries leak and fragment."""

START_SECONDS: Final = 30.0
"""For a child to start and take a call; longer means that it never will."""

MAX_DETAIL_CHARACTERS: Final = 200

_CPU_GRACE_SECONDS: Final = 5
"""The kernel's limit on CPU time is for orphans only: a living parent's clock comes first."""

_DONE: Final = "done"
_FAILED: Final = "failed"
_CRASHED: Final = "crashed"


class Sandbox:
    """Runs functions in child processes, at most `processes` at a time; more wait their turn.

    Children start with the first call. `memory_bytes` bounds the private memory of each. End it
    with `close()`, or use it as an asynchronous context manager.
    """

    def __init__(self, processes: int = 1, memory_bytes: int = MEMORY_BYTES) -> None:
        self._processes = processes
        self._memory_bytes = memory_bytes
        # Waiting happens here and not in the pool, so that a call the pool has is a call that runs.
        self._turns = asyncio.Semaphore(processes)
        self._running: set[Future[tuple[str, Any]]] = set()
        self._pool: ProcessPool | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def run(self, function: Callable[..., T], *args: Any, seconds: float, url: str, **named: Any) -> T:
        """Call `function(*args, url=url, **named)` in a child and return what it returns.

        `function` must be importable by its name (not from a script), arguments and result must
        be picklable. `seconds` counts from the moment a child takes the call; `url` names the
        document in errors too. Raises the function's own `FeedError`, `ParserTimedOut` after
        `seconds`, and `ParserCrashed` where it raised anything else, ran out of memory or died.
        Cancelling kills the child.
        """
        if self._closed:
            raise RuntimeError("the sandbox is closed")
        payload = pickle.dumps((function, args, {"url": url, **named}))
        async with self._turns:
            outcome, value = await self._outcome(payload, seconds, url)
        if outcome == _CRASHED:
            raise ParserCrashed(url, value)
        result = pickle.loads(value)  # noqa: S301 - written by our own child
        if outcome == _FAILED:
            raise result
        return result  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Kill the children; calls under way are cancelled. Takes a fraction of a second."""
        self._closed = True
        for future in tuple(self._running):
            future.cancel()
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop, pool)

    async def _outcome(self, payload: bytes, seconds: float, url: str) -> tuple[str, Any]:
        pool = self._living_pool()
        future = pool.schedule(_call, args=(payload, seconds), timeout=seconds)
        self._running.add(future)
        try:
            async with asyncio.timeout(seconds + START_SECONDS) as lost:
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if lost.expired():
                self._drop(pool)
                raise ParserCrashed(url, "the reading process does not start") from error
            raise ParserTimedOut(url, f"not read within {seconds:g} s") from error
        except (ProcessExpired, BrokenProcessPool) as error:
            raise ParserCrashed(url, "the reading process died") from error
        finally:
            self._running.discard(future)

    def _living_pool(self) -> ProcessPool:
        if self._closed:
            raise asyncio.CancelledError  # closed while this call waited for its turn
        if self._pool is not None and not self._pool.active:
            self._drop(self._pool)  # a child died without work, which breaks the library's pool
        if self._pool is None:
            self._pool = ProcessPool(
                self._processes,
                CALLS_PER_PROCESS,
                initializer=_confine,
                initargs=(self._memory_bytes,),
                context=_BareContext(),
            )
        return self._pool

    def _drop(self, pool: ProcessPool) -> None:
        if self._pool is pool:
            self._pool = None
        asyncio.get_running_loop().run_in_executor(None, _stop, pool)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


class _BareProcess(SpawnProcess):
    """A child that knows nothing of the program that started it.

    Spawned children run the parent's main script once more, to find functions defined there: here
    that would be the whole application. And until a child ignores Ctrl-C, it must not see it.
    """

    def start(self) -> None:
        """Start the child without the parent's `__main__`, and with SIGINT blocked."""
        main, mask = sys.modules["__main__"], signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


class _BareContext(SpawnContext):
    Process = _BareProcess


# What follows runs in the child.


def _confine(memory_bytes: int) -> None:
    """Take from this process, before its first call, what a parser does not need."""
    # A handler written in Python would wait for the C function it is meant to interrupt.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Private memory only: the address space also counts shared libraries and reservations.
    _lower_limit(resource.RLIMIT_DATA, memory_bytes)
    _lower_limit(resource.RLIMIT_CORE, 0)
    # Warnings of parsers have no place in a terminal where somebody reads the news.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def _lower_limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))


def _call(payload: bytes, seconds: float) -> tuple[str, Any]:
    """Make one call; only texts and bytes go back, so nothing can fail on the way."""
    _limit_cpu(seconds)
    try:
        function, args, named = pickle.loads(payload)  # noqa: S301 - written by our own parent
        return _DONE, pickle.dumps(function(*args, **named))
    except FeedError as error:
        return _FAILED, pickle.dumps(error)
    except MemoryError:
        return _CRASHED, "out of memory"
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        return _CRASHED, _described(error)


def _limit_cpu(seconds: float) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds) + _CPU_GRACE_SECONDS
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text[:MAX_DETAIL_CHARACTERS] + place
