"""getUpdates as the real server does it: confirmation by offset, one poller at a time, sticky kinds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.botapi.checks import Refused, nested, number
from tests.botapi.world import World

MAX_TIMEOUT_SECONDS = 50
MAX_UPDATES = 100
REPEAT_SECONDS = 3.0
"""The same offset again within this time, with a short timeout, has to wait this long."""

_UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}
_TERMINATED = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


@dataclass(eq=False)
class _Poll:
    request: web.Request
    terminated: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def alive(self) -> bool:
        transport = self.request.transport
        return transport is not None and not transport.is_closing()


@dataclass
class Polling:
    """The update queue's reading end."""

    world: World
    webhook: str = ""
    allowed: frozenset[str] | None = None
    """Kinds asked for last; None means the default ones."""
    confirmed: int = 0
    """Updates below this id were confirmed."""
    polls: int = 0
    _current: _Poll | None = None
    _last: tuple[int, float] = (-1, 0.0)

    async def get_updates(self, request: web.Request, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Wait for updates, at most the timeout asked for. Raises Refused on a conflict."""
        if self.webhook:
            raise Refused(409, _WEBHOOK)
        self._ask_for(parameters)
        mine = self._take_over(request)
        offset = number(parameters, "offset", 0) or 0
        limit = min(max(number(parameters, "limit", MAX_UPDATES) or MAX_UPDATES, 1), MAX_UPDATES)
        timeout = min(max(number(parameters, "timeout", 0) or 0, 0), MAX_TIMEOUT_SECONDS)
        self._confirm(offset)
        self.polls += 1
        self.world.changed()
        try:
            return await self._wait(mine, offset, limit, self._patience(offset, timeout))
        finally:
            if self._current is mine:
                self._current = None

    def terminate(self) -> None:
        """End a waiting poll, as a second poller would."""
        if self._current is not None:
            self._current.terminated.set()

    def _ask_for(self, parameters: Mapping[str, Any]) -> None:
        kinds = nested(parameters, "allowed_updates", "allowed_updates")
        if isinstance(kinds, list):
            self.allowed = frozenset(map(str, kinds)) or None

    def _take_over(self, request: web.Request) -> _Poll:
        if self._current is not None and self._current.alive:
            self._current.terminated.set()
        self._current = _Poll(request)
        return self._current

    def _patience(self, offset: int, timeout: int) -> float:
        now = self.world.now()
        again = self._last[0] == offset and now - self._last[1] < REPEAT_SECONDS
        self._last = (offset, now)
        return REPEAT_SECONDS if again and timeout < REPEAT_SECONDS else float(timeout)

    def _confirm(self, offset: int) -> None:
        waiting = self.world.updates
        if offset < 0:
            waiting[:] = waiting[offset:]
        else:
            waiting[:] = [update for update in waiting if update.id >= offset]
            self.confirmed = max(self.confirmed, offset)

    def _ready(self, limit: int) -> list[dict[str, Any]]:
        now = self.world.now()
        waiting = self.world.updates
        waiting[:] = [each for each in waiting if each.expires_at > now and self._wanted(each.kind)]
        return [each.as_api() for each in waiting[:limit]]

    def _wanted(self, kind: str) -> bool:
        return kind not in _UNASKED if self.allowed is None else kind in self.allowed

    async def _wait(self, mine: _Poll, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            if mine.terminated.is_set():
                raise Refused(409, _TERMINATED)
            ready = self._ready(limit)
            if ready or loop.time() >= deadline or not mine.alive:
                return ready
            await asyncio.sleep(0.01)
