"""Updates as the Bot API gives them, read as what happened."""

from typing import Any

import pytest
from telegram import Bot, Update

from bot.messengers.base import Incoming, IncomingKind
from bot.messengers.telegram.incoming import read_update
from storage.types import ChatKind
from tests.botapi import Person, Room, Sent, World

BOT = Bot("4242:AAtoken")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def hoa(world: World) -> Person:
    return world.person(1001, "Hoa", language="vi")


@pytest.fixture
def group(world: World, hoa: Person) -> Room:
    room = world.group(-1005, "Xã Thanh Minh", hoa)
    room.bot_status = "member"
    return room


@pytest.fixture
def channel(world: World, hoa: Person) -> Room:
    room = world.channel(-1006, "Báo Điện Biên Phủ", hoa)
    room.bot_status = "administrator"
    return room


def happened(world: World) -> Incoming | None:
    """The last update, read."""
    return read_update(Update.de_json(world.updates[-1].as_api(), BOT), world.bot_username)


def changed(world: World, **values: Any) -> Incoming | None:
    """The last update's message with other values, read."""
    update = world.updates[-1].as_api()
    update["message"] |= values
    return read_update(Update.de_json(update, BOT), world.bot_username)


def test_text_in_private_chat(world: World, hoa: Person) -> None:
    world.say(hoa, "dân vận khéo")
    assert happened(world) == Incoming(
        IncomingKind.TEXT,
        chat="telegram:1001",
        chat_kind=ChatKind.PRIVATE,
        chat_title="Hoa",
        user="telegram:1001",
        user_name="Hoa",
        language="vi",
        text="dân vận khéo",
    )


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/latest", "/latest"),
        ("/latest 5", "/latest 5"),
        ("/latest@loa_news_bot 5", "/latest 5"),
        ("/LATEST@Loa_News_Bot", "/LATEST"),
        ("/search dân vận\nkhéo", "/search dân vận\nkhéo"),
        ("/latest@other_bot", None),
        ("chào cả nhà", None),
        ("1/2", None),
        ("/", None),
        ("/ latest", None),
    ],
)
def test_only_our_commands_count_in_groups(
    world: World, hoa: Person, group: Room, typed: str, heard: str | None
) -> None:
    world.say(hoa, typed, group)
    incoming = happened(world)
    assert (incoming.text if incoming else None) == heard
    if incoming:
        assert (incoming.chat, incoming.chat_kind) == ("telegram:-1005", ChatKind.GROUP)
        assert (incoming.user, incoming.chat_title) == ("telegram:1001", "Xã Thanh Minh")


def test_name_of_another_bot_in_private_chat_is_not_ours(world: World, hoa: Person) -> None:
    world.say(hoa, "/start@other_bot all")
    assert happened(world) is None


def test_channel_speaks_for_itself(world: World, channel: Room) -> None:
    world.post(channel, "/start all")
    incoming = happened(world)
    assert incoming is not None
    assert (incoming.chat, incoming.chat_kind, incoming.user) == ("telegram:-1006", ChatKind.CHANNEL, "")
    assert incoming.text == "/start all"


def test_ordinary_channel_post_is_nothing(world: World, channel: Room) -> None:
    world.post(channel, "Tin trong ngày")
    assert happened(world) is None


def test_anonymous_administrator_is_the_group(world: World, hoa: Person, group: Room) -> None:
    world.say(hoa, "/start all", group, anonymous=True)
    incoming = happened(world)
    assert incoming is not None
    assert (incoming.user, incoming.user_name) == ("telegram:-1005", "Xã Thanh Minh")


def test_forum_topic_is_part_of_the_address(world: World, hoa: Person, group: Room) -> None:
    world.say(hoa, "/latest", group, thread=17)
    incoming = happened(world)
    assert incoming is not None
    assert incoming.chat == "telegram:-1005/17"


def test_thread_of_replies_is_no_topic(world: World, hoa: Person, group: Room) -> None:
    world.say(hoa, "/latest", group)
    incoming = changed(world, message_thread_id=99)
    assert incoming is not None
    assert incoming.chat == "telegram:-1005"


def test_long_text_is_cut(world: World, hoa: Person) -> None:
    world.say(hoa, "x" * 5000)
    incoming = happened(world)
    assert incoming is not None
    assert len(incoming.text) == 4096


def test_other_bots_are_not_answered(world: World, hoa: Person, group: Room) -> None:
    world.say(hoa, "/latest", group)
    assert changed(world, **{"from": {"id": 7, "is_bot": True, "first_name": "Bot"}}) is None


def test_post_forwarded_by_telegram_into_its_discussion_is_nothing(
    world: World, hoa: Person, group: Room
) -> None:
    world.say(hoa, "/latest", group)
    assert changed(world, is_automatic_forward=True) is None


def test_photo_without_text_is_nothing(world: World, hoa: Person) -> None:
    world.say(hoa, "x")
    assert changed(world, text=None, photo=[]) is None


def sent(chat: int, thread: int | None = None) -> Sent:
    row = [{"text": "Toàn văn", "callback_data": "full 12"}]
    return Sent(77, chat, thread, "Tin", [], [row], False, {}, 1_578_554_100.0)


def test_pressed_button(world: World, hoa: Person) -> None:
    press = world.press(hoa, sent(1001), "Toàn văn")
    incoming = happened(world)
    assert incoming is not None
    assert incoming.kind is IncomingKind.BUTTON
    assert (incoming.chat, incoming.user) == ("telegram:1001", "telegram:1001")
    assert (incoming.text, incoming.message_id, incoming.callback_id) == ("full 12", "77", press.id)


def test_pressed_button_in_a_topic(world: World, hoa: Person, group: Room) -> None:
    world.press(hoa, sent(-1005, 17), "full 12")
    incoming = happened(world)
    assert incoming is not None
    assert (incoming.chat, incoming.user) == ("telegram:-1005/17", "telegram:1001")


def test_button_of_a_message_too_old_to_be_shown(world: World, hoa: Person) -> None:
    world.press(hoa, sent(1001), "full 12")
    update = world.updates[-1].as_api()
    chat = update["callback_query"]["message"]["chat"]
    update["callback_query"]["message"] = {"chat": chat, "message_id": 77, "date": 0}
    incoming = read_update(Update.de_json(update, BOT), world.bot_username)
    assert incoming is not None
    assert (incoming.chat, incoming.message_id) == ("telegram:1001", "77")


def test_button_of_an_inline_message_is_nothing(world: World, hoa: Person) -> None:
    world.press(hoa, sent(1001), "full 12")
    update = world.updates[-1].as_api()
    del update["callback_query"]["message"]
    update["callback_query"]["inline_message_id"] = "x"
    assert read_update(Update.de_json(update, BOT), world.bot_username) is None


def kind(world: World) -> IncomingKind | None:
    incoming = happened(world)
    return incoming.kind if incoming else None


def test_blocked_and_unblocked(world: World, hoa: Person) -> None:
    world.block(hoa)
    assert kind(world) is IncomingKind.LEFT
    world.unblock(hoa)
    assert kind(world) is IncomingKind.JOINED


def test_added_and_removed(world: World, hoa: Person) -> None:
    for room in (world.group(-7, "Nhóm", hoa), world.channel(-8, "Kênh", hoa)):
        world.add_bot(room, hoa)
        incoming = happened(world)
        assert incoming is not None
        assert (incoming.kind, incoming.chat) == (IncomingKind.JOINED, f"telegram:{room.id}")
        assert (incoming.user, incoming.language) == ("telegram:1001", "vi")
        world.remove_bot(room, hoa)
        assert kind(world) is IncomingKind.LEFT


def test_right_to_write_taken_says_nothing_and_given_back_is_joining(world: World, hoa: Person) -> None:
    for room in (world.group(-7, "Nhóm", hoa), world.channel(-8, "Kênh", hoa)):
        world.add_bot(room, hoa)
        world.forbid_writing(room, hoa)
        assert kind(world) is None
        world.allow_writing(room, hoa)
        assert kind(world) is IncomingKind.JOINED


def test_made_administrator_is_not_joining_again(world: World, hoa: Person, group: Room) -> None:
    world.allow_writing(group, hoa)
    update = world.updates[-1].body
    update["old_chat_member"], update["new_chat_member"] = (
        update["new_chat_member"],
        update["old_chat_member"],
    )
    assert kind(world) is None


def test_group_that_became_a_supergroup_moved_once(world: World, hoa: Person) -> None:
    world.migrate(world.group(-5, "Nhóm", hoa, type="group"), -1009)
    read = [read_update(Update.de_json(update.as_api(), BOT), world.bot_username) for update in world.updates]
    [moved] = [each for each in read if each is not None]
    assert (moved.kind, moved.chat, moved.text) == (IncomingKind.MOVED, "telegram:-5", "telegram:-1009")


_ASKED = {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "x"}, "query": "", "offset": ""}
_EDITED = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "/x"}


@pytest.mark.parametrize(
    "body", [{}, {"edited_message": _EDITED}, {"inline_query": _ASKED}, {"something_new": {"a": 1}}]
)
def test_other_updates_are_nothing(body: dict[str, Any]) -> None:
    assert read_update(Update.de_json({"update_id": 1} | body, BOT), "loa_news_bot") is None
