"""What Telegram's refusals mean for a delivery, as one table.

The texts are those of the Bot API server (tdlib/telegram-bot-api, Client.cpp `fail_query_with_error`, and
tdlib/td); python-telegram-bot capitalises some and lower-cases the rest, so they are matched in lower case.
A text matches when it contains the phrase; the first match wins.
"""

import re
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.messengers.base import (
    BotDown,
    ChatGone,
    ChatMoved,
    ChatPaused,
    DeliveryError,
    Rejected,
    RetryLater,
    Scope,
    Uncertain,
)
from bot.messengers.telegram.request import FloodControl, NotSent

NETWORK_RETRY_SECONDS = 5.0
"""Telegram could not be reached at all: soon again, a network comes back."""

FLOOD_RETRY_SECONDS = 30.0
"""A 429 that names no time; the server's own throttles ask for 60, most chats need less."""

MAX_DETAIL_CHARACTERS = 200

_GONE = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation with a user",
    "can't send messages to the bot",
    "can't send messages to bots",
    "bot was kicked from",
    "bot is not a member of",
    "the group chat was deleted",
    "chat not found",
    "peer_id_invalid",
    "chat_id_invalid",
    "user_is_blocked",
    "input_user_deactivated",
)
_PAUSED = (
    "need administrator rights",
    "not enough rights",
    "no rights to send",
    "have no write access to the chat",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_admin_required",
    "chat_send_plain_forbidden",
    "user_banned_in_channel",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
)
_BOT_DOWN = ("misdirected request",)
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")

NOT_MODIFIED = "message is not modified"
TOO_OLD = ("query is too old", "query id is invalid", "query_id_invalid")
CANNOT_PARSE = "can't parse entities"
UNKNOWN_PERSON = ("participant_id_invalid", "member not found", "user not found", "user_id_invalid")


def says(error: TelegramError, *phrases: str) -> bool:
    """Whether Telegram's text contains one of these phrases (lower case)."""
    text = error.message.lower()
    return any(phrase in text for phrase in phrases)


def outcome(error: TelegramError, messenger: str = "telegram") -> DeliveryError:
    """The delivery's outcome for an error of the library; the token is never in it."""
    detail = _detail(error)
    if isinstance(error, FloodControl):
        return RetryLater(FLOOD_RETRY_SECONDS if error.after is None else error.after, Scope.CHAT, detail)
    if isinstance(error, RetryAfter):
        return RetryLater(_seconds(error.retry_after), Scope.CHAT, detail)
    if isinstance(error, ChatMigrated):
        return ChatMoved(f"{messenger}:{error.new_chat_id}", detail)
    if isinstance(error, InvalidToken | EndPointNotFound | Conflict):
        return BotDown(detail)
    if isinstance(error, NotSent):
        return RetryLater(NETWORK_RETRY_SECONDS, Scope.MESSENGER, detail)
    if isinstance(error, Forbidden | BadRequest):
        return _refusal(error, detail)
    if isinstance(error, NetworkError) and not isinstance(error, TimedOut):
        return _server_error(error, detail)
    return Uncertain(detail)


def _refusal(error: TelegramError, detail: str) -> DeliveryError:
    if says(error, *_PAUSED):
        return ChatPaused(detail)
    if says(error, *_GONE):
        return ChatGone(detail)
    # An unknown 403 is about the chat, an unknown 400 about the content.
    return ChatPaused(detail) if isinstance(error, Forbidden) else Rejected(detail)


def _server_error(error: NetworkError, detail: str) -> DeliveryError:
    if says(error, *_BOT_DOWN):
        return BotDown(detail)
    if says(error, "request entity too large", "payload too large", "content too large"):
        return Rejected(detail)
    return Uncertain(detail)


def _seconds(after: int | timedelta) -> float:
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _detail(error: TelegramError) -> str:
    return _TOKEN.sub("<token>", error.message)[:MAX_DETAIL_CHARACTERS]
