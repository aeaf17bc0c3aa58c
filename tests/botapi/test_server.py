"""The local Telegram keeps the real one's rules: who may be written to, what is refused, how polling goes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.botapi import BotApiServer, RateModel
from tests.botapi import faults as fault
from tests.botapi.methods import CALLBACK_SECONDS, DELETE_SECONDS
from tests.botapi.world import World

Answer = tuple[int, dict[str, Any]]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_578_554_100.0

    def __call__(self) -> float:
        return self.seconds


class Caller:
    """Calls the API as any client would, in JSON."""

    def __init__(self, server: BotApiServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.world = server.world
        self._session = session

    async def __call__(self, method: str, /, token: str | None = None, **parameters: Any) -> Answer:
        url = f"{self.server.url}/bot{token or self.server.token}/{method}"
        async with self._session.post(url, json=parameters) as response:
            return response.status, await response.json()

    async def refused(self, method: str, /, **parameters: Any) -> str:
        status, body = await self(method, **parameters)
        assert body["error_code"] == status
        return str(body["description"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def call(clock: Clock) -> AsyncIterator[Caller]:
    async with (
        BotApiServer(world=World(now=clock)) as server,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
    ):
        server.world.person(1001, started=True)
        yield Caller(server, session)


async def test_methods_and_tokens(call: Caller) -> None:
    assert (await call("GETME"))[1]["result"]["username"] == "loa_news_bot"
    assert await call("noSuch") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found: method not found"},
    )
    status, body = await call("getMe", token="1:x")
    assert (status, body["description"]) == (401, "Unauthorized: invalid token specified")
    call.server.revoked = True
    assert (await call("getMe"))[1]["description"] == "Unauthorized"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({}, "Bad Request: message text is empty"),
        ({"text": "x"}, "Bad Request: chat_id is empty"),
        ({"text": "x", "chat_id": 5}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "Bad Request: chat not found"),
        ({"text": " \u200b", "chat_id": 1001}, "Bad Request: text must be non-empty"),
        ({"text": "x" * 4097, "chat_id": 1001}, "Bad Request: message is too long"),
        ({"text": "đ" * 16385, "chat_id": 1001}, "Bad Request: text is too long"),
        ({"text": "x", "chat_id": 1001, "parse_mode": "BBCode"}, "Bad Request: unsupported parse_mode"),
        (
            {"text": "<p>", "chat_id": 1001, "parse_mode": "HTML"},
            'Bad Request: can\'t parse entities: Unsupported start tag "p" at byte offset 0',
        ),
    ],
)
async def test_texts_that_are_refused(call: Caller, parameters: dict[str, Any], error: str) -> None:
    assert await call.refused("sendMessage", **parameters) == error


async def test_longest_text_counts_code_points_after_parsing(call: Caller) -> None:
    text = "<b>" + "👍" * 4096 + "</b>"
    status, body = await call("sendMessage", chat_id=1001, text=text, parse_mode="HTML")
    assert status == 200
    assert body["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 8192}]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([[{"text": "x", "callback_data": "x" * 65}]], "Bad Request: BUTTON_DATA_INVALID"),
        ([[{"text": "x", "callback_data": ""}]], "Bad Request: BUTTON_DATA_INVALID"),
        (
            [[{"text": " ", "callback_data": "x"}]],
            "Bad Request: inline keyboard button text must be non-empty",
        ),
        (
            [[{"text": "x"}]],
            "Bad Request: can't parse inline keyboard button: "
            "Text buttons are unallowed in the inline keyboard",
        ),
        (
            [[{"text": "x", "url": "http://localhost/"}]],
            "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
        ),
        ([[{"text": "x", "callback_data": "x"}] * 9], "Bad Request: reply markup is too long"),
        ([[{"text": "x", "callback_data": "x"}]] * 101, "Bad Request: reply markup is too long"),
    ],
)
async def test_keyboards_that_are_refused(call: Caller, rows: list[Any], error: str) -> None:
    markup = {"inline_keyboard": rows}
    assert await call.refused("sendMessage", chat_id=1001, text="x", reply_markup=markup) == error


async def test_chats_that_cannot_be_written_to(call: Caller) -> None:
    world = call.world
    owner = world.person(1)
    blocked, gone, shy = world.person(2, started=True), world.person(3, started=True), world.person(4)
    world.block(blocked)
    gone.deactivated = True
    rooms = {
        "left": world.group(-1, "a", owner),
        "kicked": world.group(-2, "b", owner, type="group"),
        "mute": world.group(-3, "c", owner),
        "moved": world.group(-4, "d", owner, type="group"),
        "channel": world.channel(-5, "e", owner),
        "forum": world.group(-6, "f", owner, forum=True),
    }
    for name in ("kicked", "mute", "moved", "channel", "forum"):
        world.add_bot(rooms[name], owner)
    world.remove_bot(rooms["kicked"], owner)
    world.forbid_writing(rooms["mute"], owner)
    world.forbid_writing(rooms["channel"], owner)
    world.migrate(rooms["moved"], -1004)
    world.topic(rooms["forum"], 7, "closed")
    expected = {
        2: "Forbidden: bot was blocked by the user",
        3: "Forbidden: user is deactivated",
        shy.id: "Forbidden: bot can't initiate conversation with a user",
        -1: "Forbidden: bot is not a member of the supergroup chat",
        -2: "Forbidden: bot was kicked from the group chat",
        -3: "Bad Request: not enough rights to send text messages to the chat",
        -4: "Bad Request: group chat was upgraded to a supergroup chat",
        -5: "Bad Request: need administrator rights in the channel chat",
    }
    for chat, error in expected.items():
        assert await call.refused("sendMessage", chat_id=chat, text="x") == error
    _, body = await call("sendMessage", chat_id=-4, text="x")
    assert body["parameters"] == {"migrate_to_chat_id": -1004}
    topic = {"chat_id": -6, "text": "x"}
    assert await call.refused("sendMessage", **topic, message_thread_id=7) == "Bad Request: TOPIC_CLOSED"
    missing = await call.refused("sendMessage", **topic, message_thread_id=8)
    assert missing == "Bad Request: message thread not found"
    assert world.ledger.sent == []


async def test_edits(call: Caller) -> None:
    await call("sendMessage", chat_id=1001, text="một")
    target: dict[str, Any] = {"chat_id": 1001, "message_id": 1}
    assert (await call("editMessageText", **target, text="hai"))[0] == 200
    assert "message is not modified" in await call.refused("editMessageText", **target, text="hai")
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
    assert (await call("editMessageReplyMarkup", **target, reply_markup=markup))[0] == 200
    assert call.world.messages(1001)[0].labels == ["x"]
    gone = await call.refused("editMessageText", chat_id=1001, message_id=9, text="x")
    assert gone == "Bad Request: message to edit not found"


async def test_deleting_within_two_days(call: Caller, clock: Clock) -> None:
    for _ in range(2):
        await call("sendMessage", chat_id=1001, text="x")
    assert (await call("deleteMessage", chat_id=1001, message_id=1))[1]["result"] is True
    again = await call.refused("deleteMessage", chat_id=1001, message_id=1)
    assert again == "Bad Request: message to delete not found"
    clock.seconds += DELETE_SECONDS + 1
    late = await call.refused("deleteMessage", chat_id=1001, message_id=2)
    assert late == "Bad Request: message can't be deleted for everyone"
    assert len(call.world.messages(1001)) == 1


async def test_button_can_be_answered_once_and_in_time(call: Caller, clock: Clock) -> None:
    markup = {"inline_keyboard": [[{"text": "Tắt", "callback_data": "off"}]]}
    await call("sendMessage", chat_id=1001, text="x", reply_markup=markup)
    world = call.world
    person, shown = world.people[1001], world.messages(1001)[0]
    first, late = world.press(person, shown, "off"), world.press(person, shown, "Tắt")
    assert (await call("answerCallbackQuery", callback_query_id=first.id, text="được"))[0] == 200
    clock.seconds += CALLBACK_SECONDS + 1
    for id in (first.id, late.id, "none"):
        assert "query is too old" in await call.refused("answerCallbackQuery", callback_query_id=id)
    assert (first.answer, late.answer) == ("được", None)
    with pytest.raises(LookupError):
        world.press(person, shown, "no such button")


async def test_menus(call: Caller) -> None:
    good = [{"command": "latest", "description": "Tin mới"}]
    assert (await call("setMyCommands", commands=good, language_code="vi"))[0] == 200
    assert (await call("getMyCommands", language_code="vi"))[1]["result"] == good
    assert call.world.menu() == []
    bad = await call.refused("setMyCommands", commands=[{"command": "Tin", "description": "x"}])
    assert bad == "Bad Request: BOT_COMMAND_INVALID"
    bad = await call.refused("setMyCommands", commands=[{"command": "tin", "description": ""}])
    assert bad == "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"
    bad = await call.refused("setMyCommands", commands=good, scope={"type": "planet"})
    assert bad == "Bad Request: can't parse BotCommandScope: Unsupported type specified"
    await call("deleteMyCommands", language_code="vi")
    assert call.world.menu(language="vi") == []


async def test_updates_stay_until_their_offset_is_passed(call: Caller, clock: Clock) -> None:
    person = call.world.people[1001]
    for text in ("một", "hai"):
        call.world.say(person, text)
    first, second = (await call("getUpdates"))[1]["result"]
    assert [each["message"]["text"] for each in (first, second)] == ["một", "hai"]
    assert len((await call("getUpdates", limit=1))[1]["result"]) == 1
    [left] = (await call("getUpdates", offset=second["update_id"]))[1]["result"]
    assert left == second
    clock.seconds += 86_401
    assert (await call("getUpdates", offset=second["update_id"], timeout=0))[1]["result"] == []


async def test_poll_waits_for_something_to_happen(call: Caller) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=9))
    await call.world.wait_for(lambda: call.server.polling.polls)
    call.world.say(call.world.people[1001], "tin")
    [update] = (await poll)[1]["result"]
    assert update["message"]["text"] == "tin"


async def test_second_poll_ends_the_first(call: Caller) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=9))
    await call.world.wait_for(lambda: call.server.polling.polls)
    second = asyncio.create_task(call("getUpdates", timeout=9))
    status, body = await first
    assert status == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request")
    call.world.say(call.world.people[1001], "tin")
    assert (await second)[0] == 200


async def test_only_kinds_asked_for_are_given_from_then_on(call: Caller) -> None:
    person = call.world.people[1001]
    await call("getUpdates", allowed_updates=["my_chat_member"])
    call.world.say(person, "tin")
    call.world.block(person)
    [update] = (await call("getUpdates"))[1]["result"]
    assert "my_chat_member" in update


async def test_webhook_excludes_polling(call: Caller) -> None:
    await call("setWebhook", url="https://a.vn/hook")
    assert "webhook is active" in await call.refused("getUpdates")
    await call("deleteWebhook")
    assert (await call("getUpdates"))[0] == 200


async def test_unknown_parameter_is_written_down(call: Caller) -> None:
    await call("sendMessage", chat_id=1001, text="x", parsemode="HTML")
    assert call.world.ledger.warnings == ["sendmessage: unknown parameters ['parsemode']"]


async def test_faults_pick_their_call(call: Caller) -> None:
    call.world.person(1002, started=True)
    call.server.faults.add(fault.too_many(5, chat=1001, after=1, times=1))
    status = [
        (await call("sendMessage", chat_id=chat, text="x"))[0] for chat in (1002, 1001, 1002, 1001, 1001)
    ]
    assert status == [200, 200, 200, 429, 200]


async def test_answer_that_is_lost_leaves_the_message_delivered(call: Caller) -> None:
    call.server.faults.add(fault.deliver_then_reset())
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=1001, text="tin")
    call.server.faults.add(fault.reset())
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=1001, text="tin khác")
    assert call.world.ledger.texts(1001) == ["tin"]
    call.server.faults.add(fault.deliver_then_error())
    assert (await call("sendMessage", chat_id=1001, text="tin"))[0] == 500
    assert call.world.ledger.duplicates(1001) == ["tin"]


def test_rate_model_knows_chats_groups_and_the_whole() -> None:
    model = RateModel()
    # a private chat takes a burst of three, then one a second
    assert [model.wait(1, 0.0) for _ in range(4)] == [0, 0, 0, 3]
    # writing on while it is held makes it worse
    assert model.wait(1, 1.0) == 6
    assert model.storms == 1
    assert model.wait(1, 7.0) == 0
    # a group takes twenty a minute
    assert [model.wait(-1, 100.0 + n) for n in range(21)] == [0] * 20 + [40]
    # all together thirty a second
    waits = [model.wait(chat, 300.0) for chat in range(100, 131)]
    assert waits == [0] * 30 + [1]


async def test_rate_model_answers_with_429(clock: Clock) -> None:
    async with (
        BotApiServer(world=World(now=clock), rate=RateModel()) as server,
        aiohttp.ClientSession() as session,
    ):
        server.world.person(1, started=True)
        call = Caller(server, session)
        answers = [await call("sendMessage", chat_id=1, text=f"{n}") for n in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 429]
    assert answers[3][1]["parameters"] == {"retry_after": 3}
    assert len(server.world.ledger.sent) == 3
