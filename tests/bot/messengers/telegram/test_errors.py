"""Telegram's refusals, as they come over the wire, and what they mean for a delivery."""

from collections.abc import Mapping
from typing import Any

import pytest
from telegram.error import RetryAfter, TelegramError

from bot.messages import message
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
from bot.messengers.telegram import TelegramMessenger
from bot.messengers.telegram.errors import outcome
from bot.messengers.telegram.request import NotSent
from tests.botapi import BotApiServer
from tests.botapi import faults as fault

REFUSALS: list[tuple[int, str, type[DeliveryError]]] = [
    (403, "Forbidden: bot was blocked by the user", ChatGone),
    (403, "Forbidden: user is deactivated", ChatGone),
    (403, "Forbidden: bot can't initiate conversation with a user", ChatGone),
    (403, "Forbidden: the bot can't send messages to the bot", ChatGone),
    (403, "Forbidden: bot can't send messages to bots", ChatGone),
    (403, "Forbidden: bot was kicked from the group chat", ChatGone),
    (403, "Forbidden: bot was kicked from the supergroup chat", ChatGone),
    (403, "Forbidden: bot was kicked from the channel chat", ChatGone),
    (403, "Forbidden: bot is not a member of the group chat", ChatGone),
    (403, "Forbidden: bot is not a member of the supergroup chat", ChatGone),
    (403, "Forbidden: bot is not a member of the channel chat", ChatGone),
    (403, "Forbidden: the group chat was deleted", ChatGone),
    (403, "Forbidden: something nobody has seen yet", ChatPaused),
    (400, "Bad Request: chat not found", ChatGone),
    (400, "Bad Request: private chat not found", ChatGone),
    (400, "Bad Request: PEER_ID_INVALID", ChatGone),
    (400, "Bad Request: need administrator rights in the channel chat", ChatPaused),
    (400, "Bad Request: not enough rights to send text messages to the chat", ChatPaused),
    (400, "Bad Request: not enough rights to send photos to the chat", ChatPaused),
    (400, "Bad Request: have no rights to send a message", ChatPaused),
    (400, "Bad Request: have no write access to the chat", ChatPaused),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", ChatPaused),
    (400, "Bad Request: CHAT_RESTRICTED", ChatPaused),
    (400, "Bad Request: CHAT_ADMIN_REQUIRED", ChatPaused),
    (400, "Bad Request: TOPIC_CLOSED", ChatPaused),
    (400, "Bad Request: TOPIC_DELETED", ChatPaused),
    (400, "Bad Request: message thread not found", ChatPaused),
    (400, "Bad Request: BUTTON_DATA_INVALID", Rejected),
    (400, "Bad Request: BUTTON_URL_INVALID", Rejected),
    (400, "Bad Request: message is too long", Rejected),
    (400, "Bad Request: text must be non-empty", Rejected),
    (400, "Bad Request: wrong HTTP URL specified", Rejected),
    (400, "Bad Request: failed to get HTTP URL content", Rejected),
    (400, "Bad Request: wrong type of the web page content", Rejected),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", Rejected),
    (400, "Bad Request: message to be replied not found", Rejected),
    (413, "Request Entity Too Large", Rejected),
    (401, "Unauthorized", BotDown),
    (401, "Unauthorized: invalid token specified", BotDown),
    (404, "Not Found", BotDown),
    (404, "Not Found: method not found", BotDown),
    (409, "Conflict: terminated by other getUpdates request; make sure that only one bot", BotDown),
    (409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first", BotDown),
    (421, "Misdirected Request: unallowed token specified", BotDown),
    (500, "Internal Server Error: sent message was immediately deleted", Uncertain),
    (502, "Bad Gateway", Uncertain),
    (504, "Gateway Timeout", Uncertain),
]  # fmt: skip


@pytest.mark.parametrize(("code", "description", "expected"), REFUSALS)
async def test_refusal_has_its_outcome(
    telegram: BotApiServer,
    messenger: TelegramMessenger,
    code: int,
    description: str,
    expected: type[DeliveryError],
) -> None:
    telegram.world.person(1001, started=True)
    telegram.faults.add(fault.error(code, description))
    with pytest.raises(DeliveryError) as caught:
        await messenger.send("telegram:1001", message("tin"))
    assert type(caught.value) is expected
    words = description.removeprefix("Bad Request: ")
    assert words.lower() in caught.value.detail.lower()


@pytest.mark.parametrize("parameters", [{"retry_after": 7}, {"retry_after": 7, "adaptive_retry": 0.5}, None])
async def test_flood_control_holds_the_chat_for_the_time_asked(
    telegram: BotApiServer, messenger: TelegramMessenger, parameters: Mapping[str, Any] | None
) -> None:
    telegram.faults.add(fault.error(429, "Too Many Requests: retry after 7", parameters))
    with pytest.raises(RetryLater) as caught:
        await messenger.send("telegram:1001", message("tin"))
    assert (caught.value.after, caught.value.scope) == (7.0, Scope.CHAT)


async def test_flood_control_that_names_no_time_holds_for_a_while(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    telegram.faults.add(fault.error(429, "Too Many Requests"))
    with pytest.raises(RetryLater) as caught:
        await messenger.send("telegram:1001", message("tin"))
    assert caught.value.after >= 10


async def test_migrated_group_has_a_new_address(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    owner = telegram.world.person(1)
    group = telegram.world.group(-5, "Ban Dân vận", owner, type="group")
    telegram.world.add_bot(group, owner)
    telegram.world.migrate(group, -1005)
    with pytest.raises(ChatMoved) as caught:
        await messenger.send("telegram:-5", message("tin"))
    assert caught.value.address == "telegram:-1005"


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("as_timedelta", ["1", "0"])
def test_time_to_wait_of_the_library_may_be_a_timedelta(
    as_timedelta: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PTB_TIMEDELTA=1 and future versions of the library give one."""
    monkeypatch.setenv("PTB_TIMEDELTA", as_timedelta)
    told = outcome(RetryAfter(3))
    assert isinstance(told, RetryLater)
    assert told.after == 3.0


def test_what_never_left_is_tried_again_soon_and_stops_everybody() -> None:
    told = outcome(NotSent("ClientConnectorError"))
    assert isinstance(told, RetryLater)
    assert told.scope is Scope.MESSENGER
    assert 0 < told.after <= 10


def test_detail_is_short_and_without_the_token() -> None:
    told = outcome(
        TelegramError("see /bot4242:AAtest-token-of-the-local-server-000/sendMessage " + "x" * 500)
    )
    assert "AAtest" not in told.detail
    assert len(told.detail) == 200
