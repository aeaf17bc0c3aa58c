"""Receiving updates so that none is lost.

    getUpdates ─▶ keep ─▶ (confirmed by the next getUpdates)
                   │
                   └─▶ unhandled ─▶ a lane per chat ─▶ listener ─▶ handled

The library's own `Updater` confirms an update once it is in memory; here it is confirmed once it is stored.
What is handled always comes from the store: after a restart the open ones come first, and an update that is
delivered twice is stored once. An update whose handling a crash interrupts is handled again.
"""

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import structlog
from telegram import Update
from telegram.error import Conflict, TelegramError

from bot.messengers.base import BotDown, Incoming, Listener, RetryLater
from bot.messengers.telegram.api import Api
from bot.messengers.telegram.errors import outcome, says
from bot.messengers.telegram.incoming import ALLOWED_UPDATES, order_of, read_update
from bot.messengers.telegram.lanes import Lanes
from bot.messengers.telegram.request import FloodControl

log = structlog.get_logger(__name__)

POLL_SECONDS = 30
"""How long Telegram may hold an empty poll; home routers and proxies cut quiet connections after a minute."""

ANSWER_SECONDS = 15.0
"""On top of that, until the answer is here."""

HANDLING_SECONDS = 180.0
"""One update may take this long: reading a new feed's address is the slowest command."""

MAX_OPEN = 256
"""Updates taken from the store and not yet handled."""

STOP_SECONDS = 3.0
"""What is being answered may finish; the rest is handled after the restart."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds to leave Telegram alone."""

    first_retry: float = 1.0
    last_retry: float = 30.0
    """Network errors: doubling, and never longer than a person would wait before pressing again."""
    token_refused: float = 60.0
    """A revoked token does not come back by itself, but an operator may put it right."""
    conflict: float = 30.0
    """Another program polls for the same bot: asking more often would only take updates from it."""
    empty_poll: float = 0.5
    """Between polls of a server that answers an empty one at once instead of holding it."""


Step = Callable[[], Coroutine[Any, Any, None]]


class UpdateStore(Protocol):
    """Where updates wait between being received and being handled."""

    async def keep(self, updates: Sequence[tuple[int, str]]) -> None:
        """Store `(update id, JSON)`; those stored before are left as they are."""

    async def unhandled(self, limit: int) -> list[tuple[int, str]]:
        """The oldest that are not handled, in order of their ids."""

    async def handled(self, update_ids: Sequence[int]) -> None:
        """Mark as done."""


class Receiver:
    """Polls for one bot until stopped; every error is logged and survived."""

    def __init__(
        self,
        api: Api,
        store: UpdateStore,
        listener: Listener,
        now: Callable[[], datetime],
        pauses: Pauses = Pauses(),
    ) -> None:
        self._api = api
        self._store = store
        self._listener = listener
        self._now = now
        self._pauses = pauses
        self._lanes = Lanes()
        self._open: set[int] = set()
        self._done: list[int] = []
        # An update read as open while it is being marked would be handled twice.
        self._store_turn = asyncio.Lock()
        self._some_waiting = asyncio.Event()
        self._some_done = asyncio.Event()
        self._known = asyncio.Event()
        self._username = ""
        self._offset: int | None = None
        self._more_waiting = False
        self._tasks: list[asyncio.Task[None]] = []
        self.last_contact: datetime | None = None
        """When Telegram last answered a poll, in UTC; old means that nothing is received."""

    def start(self) -> None:
        """Begin, without waiting for Telegram."""
        self._some_waiting.set()
        steps: tuple[Step, ...] = (self._receive, self._hand_out, self._mark)
        self._tasks = [asyncio.create_task(self._forever(step)) for step in steps]

    async def stop(self) -> None:
        """Stop receiving, let running answers finish for a moment, write down what was handled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._lanes.close(STOP_SECONDS)
        with suppress(Exception):  # not written down: handled once more after the restart
            await self._mark_done()

    async def _forever(self, step: Step) -> None:
        failures = 0
        while True:
            try:
                await step()
                failures = 0
            except TelegramError as error:
                failures += 1
                await asyncio.sleep(await self._pause_after(error, failures))
            except Exception as error:
                # Most likely the database. The type is enough: the text may quote what people wrote.
                failures += 1
                log.error("telegram.receiving_failed", step=step.__name__, error=type(error).__name__)
                await asyncio.sleep(self._backoff(failures))

    async def _receive(self) -> None:
        """Poll once; learn our own name first."""
        if not self._known.is_set():
            self._username = (await self._api.get_me()).username or ""
            self._known.set()
        began = asyncio.get_running_loop().time()
        found = await self._poll()
        if found:
            await self._store.keep([(each["update_id"], _as_json(each)) for each in found])
            self._offset = max(each["update_id"] for each in found) + 1
            self._some_waiting.set()
        self.last_contact = self._now()
        if not found and asyncio.get_running_loop().time() - began < self._pauses.empty_poll:
            await asyncio.sleep(self._pauses.empty_poll)

    async def _poll(self) -> list[dict[str, Any]]:
        parameters = {"timeout": POLL_SECONDS, "offset": self._offset, "allowed_updates": ALLOWED_UPDATES}
        found = await self._api.call("getUpdates", parameters, read_timeout=POLL_SECONDS + ANSWER_SECONDS)
        if not isinstance(found, list):
            raise TelegramError("the answer is no list of updates")
        return [each for each in found if isinstance(each, dict) and isinstance(each.get("update_id"), int)]

    async def _pause_after(self, error: TelegramError, failures: int) -> float:
        """Say what is wrong and give the seconds to leave Telegram alone."""
        told = outcome(error)
        if isinstance(error, Conflict) and says(error, "webhook"):
            log.warning("telegram.webhook_removed", detail=told.detail)
            with suppress(TelegramError):
                await self._api.delete_webhook()
            return self._pauses.first_retry
        if isinstance(error, Conflict):
            log.error("telegram.another_program_polls", detail=told.detail)
            return self._pauses.conflict
        if isinstance(told, BotDown):
            log.error("telegram.token_refused", detail=told.detail)
            return self._pauses.token_refused
        asked = told.after if isinstance(error, FloodControl) and isinstance(told, RetryLater) else 0.0
        pause = max(asked, self._backoff(failures))
        log.warning("telegram.unreachable", detail=told.detail, failures=failures, seconds=round(pause, 1))
        return pause

    def _backoff(self, failures: int) -> float:
        """Seconds after so many failures in a row, spread so that many bots do not come back at once."""
        longest = min(self._pauses.first_retry * 2.0 ** min(failures - 1, 10), self._pauses.last_retry)
        return float(longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreading, no secret

    async def _hand_out(self) -> None:
        """Give what is stored and open to the chats' lanes."""
        await self._known.wait()
        await self._some_waiting.wait()
        self._some_waiting.clear()
        async with self._store_turn:
            try:
                waiting = await self._store.unhandled(MAX_OPEN)
            except BaseException:
                self._some_waiting.set()
                raise
            self._more_waiting = len(waiting) == MAX_OPEN
            for update_id, payload in waiting:
                if update_id not in self._open:
                    self._open.add(update_id)
                    self._put(update_id, payload)

    def _put(self, update_id: int, payload: str) -> None:
        try:
            update = Update.de_json(json.loads(payload), self._api)
            incoming = read_update(update, self._username)
            lane = order_of(update)
        except Exception as error:
            log.error("telegram.update_unreadable", update=update_id, error=type(error).__name__)
            incoming, lane = None, 0
        if incoming is None:
            self._finish(update_id)
        else:
            self._lanes.put(lane, partial(self._handle, update_id, incoming))

    async def _handle(self, update_id: int, incoming: Incoming) -> None:
        try:
            async with asyncio.timeout(HANDLING_SECONDS):
                await self._listener(incoming)
        except Exception as error:
            log.error("telegram.update_failed", update=update_id, error=type(error).__name__)
        self._finish(update_id)

    def _finish(self, update_id: int) -> None:
        self._done.append(update_id)
        self._some_done.set()

    async def _mark(self) -> None:
        """Write down, in groups, what was handled."""
        await self._some_done.wait()
        await self._mark_done()

    async def _mark_done(self) -> None:
        async with self._store_turn:
            self._some_done.clear()
            done, self._done = self._done, []
            try:
                if done:
                    await self._store.handled(done)
            except BaseException:
                self._done += done
                self._some_done.set()
                raise
            self._open.difference_update(done)
        if self._more_waiting:
            self._some_waiting.set()


def _as_json(update: dict[str, Any]) -> str:
    return json.dumps(update, ensure_ascii=False, separators=(",", ":"))
