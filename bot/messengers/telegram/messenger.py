"""Telegram as one of the product's messengers."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from telegram import BotCommandScopeChat, BotCommandScopeDefault
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, TelegramError

from bot.messages import Message
from bot.messengers.addresses import split_address
from bot.messengers.base import DeliveryError, Listener, MenuEntry, Rejected, Uncertain
from bot.messengers.telegram.api import open_api
from bot.messengers.telegram.errors import (
    CANNOT_PARSE,
    NOT_MODIFIED,
    TOO_OLD,
    UNKNOWN_PERSON,
    outcome,
    says,
)
from bot.messengers.telegram.markup import Part, clean, keyboard, render
from bot.messengers.telegram.unfinished import Unfinished
from bot.messengers.telegram.updates import Receiver, UpdateStore

PART_PAUSE_SECONDS = 1.0
"""Between the messages of a long one: a chat takes about one a second (Bot FAQ)."""

MAX_NOTE_CHARACTERS = 200
"""Of the word shown over a pressed button."""

MAX_MENU_ENTRIES = 100
MIN_DESCRIPTION_CHARACTERS = 3
MAX_DESCRIPTION_CHARACTERS = 256
_MENU_NAME = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)

log = structlog.get_logger(__name__)


class TelegramMessenger:
    """Sends to and hears from Telegram chats: `telegram:<chat id>` or `telegram:<chat id>/<thread id>`."""

    name = "telegram"

    def __init__(self, *, token: str, api_url: str, proxy: str | None, updates: UpdateStore) -> None:
        """Take the bot's token and the Bot API server. Raises ValueError for a proxy that cannot be used."""
        self._api = open_api(token, api_url, proxy)
        self._updates = updates
        self._unfinished = Unfinished()
        self._receiver: Receiver | None = None

    @property
    def receiver(self) -> Receiver | None:
        """What receives, once started; its `last_contact` tells whether it does."""
        return self._receiver

    async def open(self) -> None:
        """Open the connections; enough for sending without receiving."""
        await self._api.open_pools()

    async def start(self, listener: Listener) -> None:
        """Begin to receive; a Telegram that cannot be reached is tried again and again."""
        await self.open()
        self._receiver = Receiver(self._api, self._updates, listener, partial(datetime.now, UTC))
        self._receiver.start()

    async def stop(self) -> None:
        """Stop receiving and close the connections."""
        if self._receiver is not None:
            await self._receiver.stop()
        await self._api.close_pools()

    async def send(self, chat: str, message: Message, *, silent: bool = False) -> str:
        """Send and return the id of the first message it took. Raises DeliveryError.

        A long message is several sends, a second apart. Once the first has arrived, a later one that may not
        have (or is refused) is let go and the rest follows; after any other failure the same message sent to
        the same chat again goes on where it stopped, so that nobody reads its beginning twice.
        """
        parts = render(message)
        if not parts:
            raise Rejected("nothing to show")
        sent = self._unfinished.take(chat, message)
        for part in parts[len(sent) :]:
            if sent:
                await asyncio.sleep(PART_PAUSE_SECONDS)
            try:
                sent.append(await self._send_part(chat, part, silent=silent))
            except (Uncertain, Rejected) as error:
                if not sent:
                    raise
                log.warning("telegram.part_lost", part=len(sent) + 1, of=len(parts), detail=error.detail)
                sent.append("")
            except DeliveryError:
                self._unfinished.put(chat, message, sent)
                raise
        return sent[0]

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Put `message` in the place of one sent before. Raises DeliveryError.

        What does not fit into one message is left out: a message cannot grow into several.
        """
        parts = render(message)
        if not parts:
            raise Rejected("nothing to show")
        part = replace(parts[0], keyboard=keyboard(message.buttons))
        target = {"chat_id": _target(chat)[0], "message_id": int(message_id)}
        try:
            await self._show("editMessageText", target, part)
        except BadRequest as error:
            if not says(error, NOT_MODIFIED):
                raise outcome(error) from error
        except TelegramError as error:
            raise outcome(error) from error

    async def acknowledge(self, callback_id: str, note: str = "") -> None:
        """Answer a pressed button; one too old to be answered is no error. Raises DeliveryError."""
        parameters = {"callback_query_id": callback_id, "text": clean(note)[:MAX_NOTE_CHARACTERS] or None}
        try:
            await self._api.call("answerCallbackQuery", parameters)
        except TelegramError as error:
            if not says(error, *TOO_OLD):
                raise outcome(error) from error

    async def show_working(self, chat: str) -> None:
        """Show "typing" for five seconds (sendChatAction). Raises DeliveryError."""
        chat_id, thread_id = _target(chat)
        try:
            await self._api.call(
                "sendChatAction", {"chat_id": chat_id, "message_thread_id": thread_id, "action": "typing"}
            )
        except TelegramError as error:
            raise outcome(error) from error

    async def administers(self, chat: str, user: str) -> bool:
        """Whether this person is an administrator there; a chat is its own. Raises DeliveryError."""
        chat_id, _ = _target(chat)
        user_id, _ = _target(user)
        if chat_id == user_id:
            return True
        try:
            member = await self._api.get_chat_member(chat_id, int(user_id))
        except TelegramError as error:
            if says(error, *UNKNOWN_PERSON):
                return False
            raise outcome(error) from error
        return member.status in (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)

    async def set_menu(
        self, entries: Sequence[MenuEntry], *, language: str | None = None, chat: str | None = None
    ) -> None:
        """Offer these commands; names Telegram cannot show are left out. Raises DeliveryError."""
        scope = BotCommandScopeChat(_target(chat)[0]) if chat is not None else BotCommandScopeDefault()
        commands = [
            (entry.name, _description(entry)) for entry in entries if _MENU_NAME.fullmatch(entry.name)
        ][:MAX_MENU_ENTRIES]
        try:
            if commands:
                await self._api.set_my_commands(commands, scope=scope, language_code=language)
            else:
                await self._api.delete_my_commands(scope=scope, language_code=language)
        except TelegramError as error:
            raise outcome(error) from error

    async def _send_part(self, chat: str, part: Part, *, silent: bool) -> str:
        chat_id, thread = _target(chat)
        target = {"chat_id": chat_id, "message_thread_id": thread, "disable_notification": silent or None}
        try:
            answer = await self._show("sendMessage", target, part)
        except TelegramError as error:
            raise outcome(error) from error
        if not isinstance(answer, dict) or "message_id" not in answer:
            raise Uncertain("the answer names no message")
        return str(answer["message_id"])

    async def _show(self, method: str, target: dict[str, Any], part: Part) -> Any:
        """Send or edit; a text whose markup Telegram cannot read goes again without. Raises TelegramError."""
        try:
            return await self._api.call(method, target | part.parameters())
        except BadRequest as error:
            if not says(error, CANNOT_PARSE):
                raise
            log.error("telegram.markup_refused", detail=outcome(error).detail)
        return await self._api.call(method, target | part.parameters(plain=True))


def _target(address: str) -> tuple[int | str, int | None]:
    """Chat id and thread of an address. Raises ValueError when it is none."""
    _, chat, thread = split_address(address)
    numeric = chat.removeprefix("-").isdecimal()
    return int(chat) if numeric else chat, int(thread) if thread is not None else None


def _description(entry: MenuEntry) -> str:
    text = " ".join(clean(entry.description).split())[:MAX_DESCRIPTION_CHARACTERS]
    return text if len(text) >= MIN_DESCRIPTION_CHARACTERS else f"/{entry.name}"
