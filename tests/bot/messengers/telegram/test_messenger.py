"""The messenger end to end against a local Telegram."""

from datetime import UTC, datetime

import pytest

from bot.messages import Button, Message, bold, line, message
from bot.messengers.base import (
    BotDown,
    ChatGone,
    ChatPaused,
    Incoming,
    IncomingKind,
    MenuEntry,
    Messenger,
    Rejected,
    RetryLater,
    Uncertain,
)
from bot.messengers.telegram import TelegramMessenger
from bot.messengers.telegram.markup import render
from bot.updates import KeptUpdates
from tests.botapi import BotApiServer
from tests.botapi import faults as fault

LONG = message(*("chữ " * 1000 for _ in range(3))).with_buttons([Button("Hết", action="latest 2")])
"""Takes three messages."""


async def test_message_arrives_as_it_is_meant(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    hoa = telegram.world.person(1001, started=True)
    text = message(line(bold("Thời tiết")), "Mưa & gió <5 °C")
    text = text.with_buttons([Button("📖 Toàn văn", action="full 3"), Button("🔗 Gốc", url="https://a.vn/3")])
    message_id = await messenger.send("telegram:1001", text)
    [shown] = telegram.world.messages(hoa)
    assert message_id == str(shown.message_id)
    assert shown.text == "Thời tiết\nMưa & gió <5 °C"
    assert shown.styled("bold") == ["Thời tiết"]
    assert shown.labels == ["📖 Toàn văn", "🔗 Gốc"]
    assert (shown.silent, shown.preview) == (False, {"is_disabled": True})
    assert telegram.world.ledger.warnings == []


async def test_silent_message_makes_no_sound(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    hoa = telegram.world.person(1001, started=True)
    await messenger.send("telegram:1001", message("tin"), silent=True)
    assert telegram.world.messages(hoa)[0].silent


async def test_message_goes_into_its_forum_topic(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    owner = telegram.world.person(1)
    forum = telegram.world.group(-1005, "Diễn đàn", owner, forum=True)
    telegram.world.add_bot(forum, owner)
    telegram.world.topic(forum, 17)
    await messenger.send("telegram:-1005/17", message("tin"))
    assert [each.text for each in telegram.world.messages(forum, thread=17)] == ["tin"]
    telegram.world.topic(forum, 17, "closed")
    for address in ("telegram:-1005/17", "telegram:-1005/18"):
        with pytest.raises(ChatPaused):
            await messenger.send(address, message("tin"))


async def test_channel_can_be_named(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    owner = telegram.world.person(1)
    channel = telegram.world.channel(-1006, "Báo", owner, username="bao_dbp")
    telegram.world.add_bot(channel, owner)
    await messenger.send("telegram:@bao_dbp", message("tin"))
    assert len(telegram.world.messages(channel)) == 1


async def test_empty_message_is_rejected_without_a_call(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    with pytest.raises(Rejected):
        await messenger.send("telegram:1001", message(" ", "\u200b"))
    with pytest.raises(Rejected):
        await messenger.edit("telegram:1001", "5", message())
    assert telegram.world.ledger.calls == []


async def test_long_message_comes_in_order_with_buttons_at_its_end(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    hoa = telegram.world.person(1001, started=True)
    first = await messenger.send("telegram:1001", LONG)
    shown = telegram.world.messages(hoa)
    assert [each.labels for each in shown] == [[], [], ["Hết"]]
    assert first == str(shown[0].message_id)
    assert " ".join(each.text for each in shown).split() == ["chữ"] * 3000


async def test_long_message_goes_on_where_it_stopped(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    # given a chat held after the first of three messages
    hoa = telegram.world.person(1001, started=True)
    telegram.faults.add(fault.too_many(3, after=1))
    with pytest.raises(RetryLater):
        await messenger.send("telegram:1001", LONG)
    assert len(telegram.world.messages(hoa)) == 1
    # when it is sent again, then nothing is read twice and the first id is given
    first = await messenger.send("telegram:1001", LONG)
    shown = telegram.world.messages(hoa)
    assert first == str(shown[0].message_id)
    assert len(shown) == 3
    # and a third time it is a new message
    await messenger.send("telegram:1001", LONG)
    assert len(telegram.world.messages(hoa)) == 6


async def test_later_part_that_may_be_lost_does_not_stop_the_rest(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    hoa = telegram.world.person(1001, started=True)
    telegram.faults.add(fault.reset(after=1))
    first = await messenger.send("telegram:1001", LONG)
    shown = telegram.world.messages(hoa)
    assert [each.labels for each in shown] == [[], ["Hết"]]
    assert first == str(shown[0].message_id)


async def test_first_part_that_may_be_lost_is_uncertain(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    telegram.world.person(1001, started=True)
    telegram.faults.add(fault.deliver_then_reset())
    with pytest.raises(Uncertain):
        await messenger.send("telegram:1001", LONG)
    assert len(telegram.world.ledger.texts(1001)) == 1


async def test_markup_that_telegram_cannot_read_goes_as_plain_text(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    hoa = telegram.world.person(1001, started=True)
    text = message(line(bold("A & B")), "<3").with_buttons([Button("Được", action="x")])
    telegram.faults.add(fault.error(400, "Bad Request: can't parse entities: Unsupported start tag"))
    sent = await messenger.send("telegram:1001", text)
    [shown] = telegram.world.messages(hoa)
    assert (shown.text, shown.entities, shown.labels) == ("A & B\n<3", [], ["Được"])
    rule = fault.error(400, "Bad Request: can't parse entities: x", method="editmessagetext")
    telegram.faults.add(rule)
    await messenger.edit("telegram:1001", sent, message(line(bold("C & D"))))
    assert (shown.text, shown.entities) == ("C & D", [])


async def test_blocked_chat_is_gone(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    hoa = telegram.world.person(1001, started=True)
    telegram.world.block(hoa)
    with pytest.raises(ChatGone):
        await messenger.send("telegram:1001", message("tin"))


async def test_edit_puts_a_message_in_the_place_of_another(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    hoa = telegram.world.person(1001, started=True)
    sent = await messenger.send("telegram:1001", message("trang 1"))
    page = message("trang 2").with_buttons([Button("3", action="latest 3")])
    await messenger.edit("telegram:1001", sent, page)
    await messenger.edit("telegram:1001", sent, page)  # unchanged: a success
    [shown] = telegram.world.messages(hoa)
    assert (shown.text, shown.labels, shown.edits) == ("trang 2", ["3"], 1)


async def test_edit_of_a_message_that_is_not_there_is_rejected(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    telegram.world.person(1001, started=True)
    with pytest.raises(Rejected):
        await messenger.edit("telegram:1001", "99", message("x"))


async def test_edit_stays_one_message_and_keeps_its_buttons(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    hoa = telegram.world.person(1001, started=True)
    sent = await messenger.send("telegram:1001", message("ngắn"))
    await messenger.edit("telegram:1001", sent, LONG)
    [shown] = telegram.world.messages(hoa)
    assert len(shown.text) <= 4096
    assert shown.labels == ["Hết"]


async def test_pressed_button_is_answered_and_pressed_twice_is_no_error(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    hoa = telegram.world.person(1001, started=True)
    await messenger.send("telegram:1001", message("x").with_buttons([Button("Tắt", action="unsub 1")]))
    press = telegram.world.press(hoa, telegram.world.messages(hoa)[0], "Tắt")
    await messenger.acknowledge(press.id, "Đã tắt " + "x" * 300)
    await messenger.acknowledge(press.id)
    await messenger.acknowledge("no such")
    assert press.answer is not None
    assert press.answer.startswith("Đã tắt")
    assert len(press.answer) == 200


async def test_who_administers(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    world = telegram.world
    owner, admin, reader = world.person(1), world.person(2), world.person(3)
    group = world.group(-1005, "Nhóm", owner)
    world.add_bot(group, owner)
    world.join(group, admin, "administrator")
    world.join(group, reader)
    chat = "telegram:-1005"
    asked = ("telegram:1", "telegram:2", "telegram:3", "telegram:999", chat)
    assert [await messenger.administers(chat, user) for user in asked] == [True, True, False, False, True]
    assert await messenger.administers(f"{chat}/17", "telegram:1")
    assert await messenger.administers("telegram:3", "telegram:3")


async def test_administrators_that_cannot_be_asked_for_are_an_error(
    telegram: BotApiServer, messenger: TelegramMessenger
) -> None:
    telegram.faults.add(fault.bad_gateway(method="getchatmember"))
    with pytest.raises(Uncertain):
        await messenger.administers("telegram:-1005", "telegram:1")


async def test_menus_of_languages_and_chats(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    telegram.world.person(1001, started=True)
    newest = MenuEntry("latest", "Newest stories")
    await messenger.set_menu([newest, MenuEntry("mới", "no name"), MenuEntry("x" * 33, "too long")])
    await messenger.set_menu([MenuEntry("moi", "Tin mới nhất")], language="vi")
    await messenger.set_menu([newest, MenuEntry("stats", "x" * 300)], chat="telegram:1001/5")
    menu = telegram.world.menu
    assert menu() == [{"command": "latest", "description": "Newest stories"}]
    assert menu(language="vi") == [{"command": "moi", "description": "Tin mới nhất"}]
    assert [len(each["description"]) for each in menu(chat=1001)] == [14, 256]
    await messenger.set_menu([], chat="telegram:1001")
    assert menu(chat=1001) == []


async def test_conversation(telegram: BotApiServer, messenger: TelegramMessenger) -> None:
    """Start, an answer with a button, the press, the answer in its place."""
    ours: Messenger = messenger

    async def listener(incoming: Incoming) -> None:
        if incoming.kind is IncomingKind.BUTTON:
            await ours.acknowledge(incoming.callback_id, "được")
            await ours.edit(incoming.chat, incoming.message_id, message(f"trang {incoming.text}"))
        else:
            await ours.send(incoming.chat, message("chào").with_buttons([Button("Tiếp", action="latest 2")]))

    before = datetime.now(UTC)
    await ours.start(listener)
    world = telegram.world
    hoa = world.person(1001)
    world.start(hoa)
    [hello] = await world.wait_for(lambda: world.messages(hoa))
    press = world.press(hoa, hello, "Tiếp")
    await world.wait_for(lambda: hello.edits)
    assert (press.answer, hello.text, hello.labels) == ("được", "trang latest 2", [])
    assert messenger.receiver is not None
    assert messenger.receiver.last_contact is not None
    assert messenger.receiver.last_contact >= before


async def test_wrong_token_is_down_for_good(telegram: BotApiServer, updates: KeptUpdates) -> None:
    other = TelegramMessenger(token="1:AAwrong", api_url=telegram.url + "/", proxy=None, updates=updates)
    await other.open()
    with pytest.raises(BotDown):
        await other.send("telegram:1001", message("tin"))
    await other.stop()


def test_message_of_a_thousand_words_is_one_message() -> None:
    assert len(render(Message((line("chữ " * 1000),)))) == 1
