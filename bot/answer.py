"""Answers what people say: incoming → dispatch → reply → out through the turnstile, ahead of every push."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from bot.clock import Clock
from bot.commands.base import CommandContext
from bot.dispatch import answer
from bot.menus import offer_own_menu
from bot.messages import Reply
from bot.messengers.base import (
    ChatGone,
    ChatMoved,
    DeliveryError,
    Incoming,
    Messenger,
    Rejected,
    RetryLater,
)
from bot.pacing import Priority
from bot.turnstile import Turnstile
from storage import chats
from storage.engine import writing
from storage.types import Chat, ChatKind

log = structlog.get_logger(__name__)

ANSWER_ATTEMPTS = 3
WORKING_AFTER_SECONDS = 1.5
WORKING_EVERY_SECONDS = 4.5
"""Telegram shows it for five seconds."""
LONGEST_WAIT_SECONDS = 30.0
"""An answer that must wait longer than this is dropped: the person has asked again by then."""


class Answerer:
    """Listens to one messenger. Never raises: an error here must not stop the listening."""

    def __init__(
        self,
        context: CommandContext,
        messenger: Messenger,
        turnstile: Turnstile,
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._context = context
        self._messenger = messenger
        self._turnstile = turnstile
        self._clock = clock
        self._on_change = on_change

    async def __call__(self, incoming: Incoming) -> None:
        """Answer one thing that happened."""
        try:
            async with self._working(incoming):
                answered = await answer(
                    incoming,
                    self._context,
                    now=self._clock(),
                    administers=self._messenger.administers,
                )
            self._on_change()
            chat, reply = answered or (None, Reply())
            await self._acknowledge(incoming, reply)
            if chat is not None:
                await self._send(chat, incoming, reply)
            if reply.menu_of:
                owners = self._context.owners
                await offer_own_menu(self._messenger, self._context.engine, owners, reply.menu_of)
        except DeliveryError as error:
            log.info("answer.not_sent", chat=incoming.chat, outcome=error.key, detail=error.detail[:200])
        except Exception:
            log.exception("answer.failed", chat=incoming.chat)

    @asynccontextmanager
    async def _working(self, incoming: Incoming) -> AsyncIterator[None]:
        """Show in the chat that the answer is being worked on, if it takes longer than a moment."""
        showing = asyncio.create_task(self._show_working(incoming.chat))
        try:
            yield
        finally:
            showing.cancel()

    async def _show_working(self, chat: str) -> None:
        with suppress(DeliveryError):
            await asyncio.sleep(WORKING_AFTER_SECONDS)
            while True:
                await self._messenger.show_working(chat)
                await asyncio.sleep(WORKING_EVERY_SECONDS)

    async def _acknowledge(self, incoming: Incoming, reply: Reply) -> None:
        """Let the pressed button rest; the answer follows even if that fails."""
        if not incoming.callback_id:
            return
        try:
            await self._messenger.acknowledge(incoming.callback_id, reply.note)
        except DeliveryError as error:
            log.info("press.not_acknowledged", outcome=error.key, detail=error.detail[:200])

    async def _send(self, chat: Chat, incoming: Incoming, reply: Reply) -> None:
        messages = list(reply.messages)
        if reply.replace and incoming.message_id and messages:
            first = messages.pop(0)
            try:
                await self._out(chat, lambda: self._messenger.edit(chat.address, incoming.message_id, first))
            except Rejected:  # the message was deleted, or is too old to be changed
                messages.insert(0, first)
        for message in messages:
            await self._out(chat, partial(self._messenger.send, chat.address, message))

    async def _out(self, chat: Chat, call: Callable[[], Awaitable[object]]) -> None:
        shared = chat.kind is not ChatKind.PRIVATE
        for attempt in range(1, ANSWER_ATTEMPTS + 1):
            await self._turnstile.turn(chat.address, Priority.ANSWER, shared=shared)
            try:
                await call()
            except RetryLater as error:
                if attempt == ANSWER_ATTEMPTS or error.after > LONGEST_WAIT_SECONDS:
                    raise
                self._turnstile.hold_chat(chat.address, error.after, shared=shared)
            except ChatGone as error:
                async with writing(self._context.engine) as conn:
                    await chats.mark_gone(conn, chat.id, error.detail, self._clock())
                return
            except ChatMoved as error:
                async with writing(self._context.engine) as conn:
                    await chats.move_chat(conn, chat.address, error.address, self._clock())
                return
            else:
                return
