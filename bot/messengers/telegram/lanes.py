"""Work in order within a lane, lanes beside each other, not too many at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MAX_AT_ONCE = 32
"""Chats answered at the same time; each may hold a database connection for a moment."""

Work = Callable[[], Awaitable[None]]


class Lanes:
    """One queue a lane: what is put into a lane runs after what was put there before."""

    def __init__(self, at_once: int = MAX_AT_ONCE) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._queues: dict[int, deque[Work]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, lane: int, work: Work) -> None:
        """Run `work` once the lane is free. It must not raise."""
        queue = self._queues.get(lane)
        if queue is not None:
            queue.append(work)
            return
        self._queues[lane] = deque([work])
        task = asyncio.create_task(self._drain(lane), name=f"telegram chat {lane}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """Let what runs finish for so long, drop what waits."""
        for queue in self._queues.values():
            queue.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _drain(self, lane: int) -> None:
        queue = self._queues[lane]
        try:
            while queue:
                async with self._room:
                    if queue:
                        await queue.popleft()()
        finally:
            del self._queues[lane]
