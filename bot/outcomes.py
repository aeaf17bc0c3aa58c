"""How one delivery ended, and how that is written down.

Sends finish at any moment and in any number; their outcomes are written in groups, each group in one
transaction, so that a thousand sends cost a handful of commits. Nothing waits to fill a group: whatever
finished while the last one was being written makes the next.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.messengers.base import (
    BotDown,
    ChatGone,
    ChatMoved,
    ChatPaused,
    DeliveryError,
    Rejected,
    RetryLater,
)
from storage import chats, outbox
from storage.engine import writing
from storage.types import Delivery

log = structlog.get_logger(__name__)

RESTRICTED_CHAT_RETEST = timedelta(hours=1)
"""Rights are given back by people, so minutes are too often; once a whole platform lied for a day."""
BOT_DOWN_RETRY = timedelta(minutes=1)
WRITE_RETRY_SECONDS = 1.0
WRITE_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it."""

    message_id: str


@dataclass(frozen=True, slots=True)
class NotRendered:
    """What was owed is no longer there (an article deleted meanwhile)."""

    reason: str


Outcome = Sent | NotRendered | DeliveryError


async def record(conn: AsyncConnection, outcomes: Sequence[tuple[Delivery, Outcome]], now: datetime) -> None:
    """Write the outcomes of several deliveries down."""
    sent = [(delivery.id, outcome.message_id) for delivery, outcome in outcomes if isinstance(outcome, Sent)]
    if sent:
        await outbox.record_sent(conn, sent, now)
    for delivery, outcome in outcomes:
        if not isinstance(outcome, Sent):
            await _record_trouble(conn, delivery, outcome, now)


async def _record_trouble(
    conn: AsyncConnection, delivery: Delivery, outcome: NotRendered | DeliveryError, now: datetime
) -> None:
    match outcome:
        case NotRendered(reason):
            await outbox.record_failed(conn, delivery.id, "not_rendered", reason, now)
        case RetryLater():
            until = now + timedelta(seconds=outcome.after)
            await outbox.record_retry(conn, delivery.id, until, outcome.key, outcome.detail)
        case ChatGone():
            await outbox.record_failed(conn, delivery.id, outcome.key, outcome.detail, now)
            await chats.mark_gone(conn, delivery.chat.id, outcome.detail, now)
        case ChatMoved():
            await outbox.record_retry(conn, delivery.id, now, outcome.key, outcome.detail)
            await chats.move_chat(conn, delivery.chat.address, outcome.address, now)
        case ChatPaused():
            until = now + RESTRICTED_CHAT_RETEST
            await outbox.record_retry(conn, delivery.id, until, outcome.key, outcome.detail)
            await chats.restrict_chat(conn, delivery.chat.id, outcome.detail, until)
        case Rejected():
            await outbox.record_failed(conn, delivery.id, outcome.key, outcome.detail, now)
        case BotDown():
            await outbox.record_retry(conn, delivery.id, now + BOT_DOWN_RETRY, outcome.key, outcome.detail)
        case _:  # Uncertain, and any error that says nothing about whether it arrived
            await outbox.record_uncertain(conn, delivery.id, outcome.detail, now)


class OutcomeWriter:
    """Collects outcomes and writes them in groups. `on_written` is called after each group."""

    def __init__(self, engine: AsyncEngine, clock: Clock, on_written: Callable[[], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._on_written = on_written
        self._waiting: list[tuple[Delivery, Outcome]] = []
        self._writing: asyncio.Task[None] | None = None

    def add(self, delivery: Delivery, outcome: Outcome) -> None:
        """Have an outcome written soon."""
        self._waiting.append((delivery, outcome))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="write outcomes")

    async def drain(self) -> None:
        """Return when all that was added is written."""
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            await self._write(group)
            self._on_written()

    async def _write(self, group: Sequence[tuple[Delivery, Outcome]]) -> None:
        """Write a group, trying again while the database is away.

        A group given up is not lost: its rows stay `sending` and become `uncertain` when their lease ends.
        """
        for attempt in range(1, WRITE_ATTEMPTS + 1):
            try:
                async with writing(self._engine) as conn:
                    await record(conn, group, self._clock())
                return
            except Exception:
                log.exception("outcomes.not_written", deliveries=len(group), attempt=attempt)
                await asyncio.sleep(WRITE_RETRY_SECONDS * attempt)
