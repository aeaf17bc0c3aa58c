"""Sends what is owed: claim → compose → wait for a turn → send → write the outcome down.

The claim writes `sending` before anything leaves, so a process may die at any line below: what was
claimed and not written down becomes `uncertain` when its lease ends, and is sent once more, silently
(the states are drawn in docs/design.md).
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.compose import compose
from bot.messages import Message
from bot.messengers.base import BotDown, DeliveryError, Messenger, RetryLater, Scope, Uncertain
from bot.outcomes import BOT_DOWN_RETRY, NotRendered, Outcome, OutcomeWriter, Sent
from bot.pacing import Priority
from bot.turnstile import Turnstile
from bot.wake import Wake
from storage.engine import reading, writing
from storage.leases import claim_deliveries, release_deliveries
from storage.types import ChatKind, Delivery, DeliveryKind

log = structlog.get_logger(__name__)

DELIVERY_LEASE = timedelta(minutes=3)
"""Longer than the longest call: a send may take its 30 s timeout for each of a few parts."""
IDLE_SECONDS = 1.0
"""How long to wait for a wake-up before looking again for deliveries whose `not_before` has come."""
STOP_SECONDS = 3.0
"""How long calls under way may take to finish when we are told to stop."""
ERROR_PAUSE_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 2.0
"""A chat that must wait longer for its own reasons gives its place to others until then."""


class Deliverer:
    """Delivers over one messenger, `max_in_flight` at a time."""

    def __init__(
        self,
        engine: AsyncEngine,
        messenger: Messenger,
        turnstile: Turnstile,
        clock: Clock,
        max_in_flight: int,
    ) -> None:
        self._engine = engine
        self._messenger = messenger
        self.turnstile = turnstile
        """The gate all messages of this messenger pass, answers too."""
        self._clock = clock
        self._max_in_flight = max_in_flight
        self.wake = Wake()
        """Ring it when something new is owed."""
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_called: dict[int, asyncio.Task[None]] = {}
        self._outcomes = OutcomeWriter(engine, clock, self.wake)

    async def run(self) -> None:
        """Deliver until told to stop."""
        while not self._stopping:
            try:
                busy = await self._start_some()
            except Exception:
                log.exception("deliver.round_failed", messenger=self._messenger.name)
                await asyncio.sleep(ERROR_PAUSE_SECONDS)
                continue
            if not busy:
                await self.wake.wait(IDLE_SECONDS)

    async def stop(self) -> None:
        """Let calls under way finish, give back what was claimed and not yet called."""
        self._stopping = True
        self.wake()
        waiting = dict(self._not_called)
        for task in waiting.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        if waiting:
            async with writing(self._engine) as conn:
                await release_deliveries(conn, list(waiting), self._clock())
        await self._outcomes.drain()

    async def _start_some(self) -> bool:
        """Claim as many deliveries as there is room for and set them going."""
        room = self._max_in_flight - len(self._tasks)
        if room <= 0:
            return False
        async with writing(self._engine) as conn:
            claimed = await claim_deliveries(
                conn, self._messenger.name, self._clock(), limit=room, lease=DELIVERY_LEASE
            )
        waits = [(self._wait_of(delivery), delivery) for delivery in claimed]
        ready = [delivery for wait, delivery in waits if wait <= LONGEST_WAIT_SECONDS]
        await self._put_off([(wait, delivery) for wait, delivery in waits if wait > LONGEST_WAIT_SECONDS])
        await self._start(ready)
        return bool(ready)

    def _wait_of(self, delivery: Delivery) -> float:
        return self.turnstile.wait_of(
            delivery.chat.address, shared=delivery.chat.kind is not ChatKind.PRIVATE
        )

    async def _put_off(self, waiting: Sequence[tuple[float, Delivery]]) -> None:
        """Give back what cannot leave soon, so that a busy group does not hold a place that others need."""
        if not waiting:
            return
        async with writing(self._engine) as conn:
            for wait, delivery in waiting:
                await release_deliveries(conn, [delivery.id], self._clock() + timedelta(seconds=wait))

    async def _start(self, claimed: Sequence[Delivery]) -> None:
        if not claimed:
            return
        try:
            async with reading(self._engine) as conn:
                composed = await compose(conn, claimed)
        except Exception:
            await self._give_back(claimed)
            raise
        if self._stopping:
            await self._give_back(claimed)
            return
        for delivery in claimed:
            message = composed.get(delivery.id)
            if message is None:
                self._outcomes.add(delivery, NotRendered("nothing left to show"))
                continue
            task = asyncio.create_task(self._deliver(delivery, message))
            self._tasks.add(task)
            self._not_called[delivery.id] = task
            task.add_done_callback(self._tasks.discard)

    async def _give_back(self, claimed: Sequence[Delivery]) -> None:
        async with writing(self._engine) as conn:
            await release_deliveries(conn, [each.id for each in claimed], self._clock())

    async def _deliver(self, delivery: Delivery, message: Message) -> None:
        shared = delivery.chat.kind is not ChatKind.PRIVATE
        priority = Priority.DIGEST if delivery.kind is DeliveryKind.DIGEST else Priority.PUSH
        await self.turnstile.turn(delivery.chat.address, priority, shared=shared)
        del self._not_called[delivery.id]
        outcome = await self._attempt(delivery, message)
        self._hold(delivery, outcome, shared)
        self._outcomes.add(delivery, outcome)
        self.wake()

    async def _attempt(self, delivery: Delivery, message: Message) -> Outcome:
        try:
            return Sent(await self._messenger.send(delivery.chat.address, message, silent=delivery.silent))
        except DeliveryError as error:
            log.info("delivery.not_sent", delivery=delivery.id, outcome=error.key, detail=error.detail[:200])
            return error
        except Exception as error:
            log.exception("delivery.broke", delivery=delivery.id)
            return Uncertain(type(error).__name__)

    def _hold(self, delivery: Delivery, outcome: Outcome, shared: bool) -> None:
        """Keep others from running into what this one ran into."""
        match outcome:
            case RetryLater(scope=Scope.MESSENGER):
                self.turnstile.hold_all(outcome.after)
            case RetryLater():
                self.turnstile.hold_chat(delivery.chat.address, outcome.after, shared=shared)
            case BotDown():
                log.error("messenger.down", messenger=self._messenger.name, detail=outcome.detail[:200])
                self.turnstile.hold_all(BOT_DOWN_RETRY.total_seconds())
            case _:
                pass
