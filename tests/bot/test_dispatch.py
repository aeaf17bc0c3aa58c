"""From what happened to the answer: names, roles, rights, mistakes. On both databases."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.commands import COMMANDS, find_command
from bot.dispatch import MAX_NOTE_CHARACTERS, answer
from bot.i18n import LANGUAGES
from bot.menus import menu
from bot.messengers.base import ChatGone, Incoming, IncomingKind
from bot.parsing import MAX_ARGUMENT_CHARACTERS, read_text
from storage.chats import find_chat, restrict_chat
from storage.engine import writing
from storage.subscriptions import subscribe
from storage.types import EVERYTHING, ChatKind, ChatState, Role
from tests.bot.talk import OWNER, Talk, labels_of, text_of
from tests.make import make_article, make_feed


@pytest.fixture
def talk(engine: AsyncEngine, now: datetime) -> Talk:
    return Talk(engine, now)


@pytest.fixture
def group(talk: Talk) -> Talk:
    """Someone in a group whose administrator is `telegram:7`."""
    return replace(talk, chat="telegram:-5", kind=ChatKind.GROUP, admins=frozenset({"telegram:7"}))


@pytest.fixture
def channel(talk: Talk) -> Talk:
    """A channel that speaks for itself."""
    return replace(talk, chat="telegram:-100", kind=ChatKind.CHANNEL, user="", name="")


# names


def read(text: str, *, pressed: bool = False, alone: bool = True) -> tuple[str, str] | None:
    asked = read_text(text, pressed=pressed, alone=alone)
    if asked is None:
        return None
    return (asked.command.name if asked.command else f"?{asked.name}", asked.argument)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/latest", ("latest", "")),
        ("/LATEST", ("latest", "")),
        ("/latest@loa_bot  dân vận 5 ", ("latest", "dân vận 5")),
        ("/moinhat 5", ("latest", "5")),
        ("/tìm dân vận", ("search", "dân vận")),
        ("/search\ndân vận", ("search", "dân vận")),
        ("dân vận", ("search", "dân vận")),
        ("  dân vận ", ("search", "dân vận")),
        ("1/2 xã", ("search", "1/2 xã")),
        ("/tim", ("search", "")),
        ("/xyz a", ("?xyz", "a")),
        ("/", ("?", "")),
        ("", ("?", "")),
        ("/@bot", ("search", "/@bot")),
    ],
)
def test_what_is_typed_in_a_private_chat(text: str, command: tuple[str, str]) -> None:
    assert read(text) == command


@pytest.mark.parametrize("text", ["chào mọi người", "", "/xyz", "/xyz a", "1/2 xã", "/"])
def test_in_a_group_what_is_for_others_is_left_to_them(text: str) -> None:
    assert read(text, alone=False) is None


def test_in_a_group_commands_and_what_names_a_bot_are_answered() -> None:
    assert read("/latest 3", alone=False) == ("latest", "3")
    assert read("/xyz@loa_bot", alone=False) == ("?xyz", "")


def test_a_button_carries_a_command_without_its_slash() -> None:
    assert read("full 12", pressed=True, alone=False) == ("full", "12")
    assert read("dân vận", pressed=True) == ("?", "")


def test_an_argument_has_a_limit() -> None:
    asked = read_text("/search " + "x" * 100_000, pressed=False, alone=True)
    assert asked is not None
    assert len(asked.argument) == MAX_ARGUMENT_CHARACTERS


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_any_text_can_be_read(text: str, pressed: bool, alone: bool) -> None:
    asked = read_text(text, pressed=pressed, alone=alone)
    if asked is not None:
        assert len(asked.argument) <= MAX_ARGUMENT_CHARACTERS
        asked.nearest(Role.CITIZEN, "vi")


def test_no_two_commands_share_a_name() -> None:
    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))
    assert all(find_command(name) for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_menus_obey_the_limits_of_the_platform(language: str) -> None:
    """Telegram: at most 100 commands of 1-32 letters, digits, underscores; descriptions up to 256."""
    entries = menu(language, Role.OWNER)
    assert 0 < len(entries) <= 100
    for entry in entries:
        assert entry.name.isascii()
        assert entry.name.replace("_", "").isalnum()
        assert entry.name == entry.name.lower()
        assert 1 <= len(entry.name) <= 32
        assert 1 <= len(entry.description) <= 256


def test_menus_are_made_for_the_role_and_the_language() -> None:
    citizens = {entry.name for entry in menu("vi", Role.CITIZEN)}
    assert {"tim", "moinhat", "dung"} <= citizens
    assert not citizens & {"themnguon", "capquyen", "search"}
    assert "addfeed" in {entry.name for entry in menu("en", Role.EDITOR)}
    assert "grant" not in {entry.name for entry in menu("en", Role.EDITOR)}


# chats and people


async def test_a_first_word_makes_the_chat_in_the_persons_language(talk: Talk) -> None:
    await replace(talk, language="en-GB").say("/help")
    chat = await talk.stored()
    assert (chat.language, chat.time_zone, chat.kind) == ("en", "Asia/Ho_Chi_Minh", ChatKind.PRIVATE)
    other = replace(talk, chat="telegram:9", user="telegram:9", language="")
    await other.say("/help")
    assert (await other.stored()).language == "vi"


async def test_an_unknown_command_suggests_the_nearest_in_the_menus_words(talk: Talk) -> None:
    assert "Có phải ý bạn là /moinhat?" in text_of(await talk.say("/lastest"))
    assert "Có phải ý bạn là /tim?" in text_of(await talk.say("/timm dân vận"))
    assert "ý bạn" not in text_of(await talk.say("/zzzzzz"))


async def test_commands_one_may_not_use_are_not_suggested(talk: Talk) -> None:
    assert "/themnguon?" not in text_of(await talk.say("/themnguonn"))
    owner = replace(talk, chat=OWNER, user=OWNER)
    assert "/themnguon?" in text_of(await owner.say("/themnguonn"))


async def test_something_without_text_is_answered(talk: Talk) -> None:
    assert "Loa chỉ đọc được chữ" in text_of(await talk.say(""))


async def test_an_old_button_is_a_note(talk: Talk) -> None:
    for action in ("vote 5", "", "full@x", "🙂"):
        reply = await talk.press(action)
        assert reply.note.startswith("Nút này không còn dùng được")
        assert not reply.messages


async def test_a_mistake_on_a_button_is_a_note(talk: Talk) -> None:
    reply = await talk.press("full 4711")
    assert reply.note == "Không có bài số 4711. Xem /moinhat hoặc /tim."
    assert not reply.messages


async def test_notes_are_short_enough_to_be_shown(talk: Talk, now: datetime) -> None:
    async with writing(talk.engine) as conn:
        feed_id = await make_feed(conn, now, title="Báo " + "rất dài " * 60)
    reply = await talk.press(f"sources +{feed_id} 1")
    assert 0 < len(reply.note) <= MAX_NOTE_CHARACTERS


async def test_a_typed_command_neither_replaces_nor_notes(talk: Talk) -> None:
    reply = await talk.say("topics +* 1")
    assert (reply.replace, reply.note) == (False, "")
    reply = await talk.say("/topics +* 1")
    assert (reply.replace, reply.note) == (False, "")
    assert await talk.follows() == {"all"}


# groups and channels


async def test_only_a_groups_administrators_change_what_it_gets(group: Talk) -> None:
    assert "Chỉ quản trị viên ở đây" in text_of(await group.say("/start all"))
    assert "Chỉ quản trị viên ở đây" in (await group.press("topics +* 1")).note
    assert await group.follows() == set()
    await replace(group, user="telegram:7").say("/start all")
    assert await group.follows() == {"all"}


async def test_anyone_in_a_group_may_read(group: Talk) -> None:
    assert "chưa có bài nào" in text_of(await group.say("/latest"))


async def test_a_role_gives_no_rights_over_a_group(group: Talk) -> None:
    assert "Chỉ quản trị viên ở đây" in text_of(await replace(group, user=OWNER).say("/stop"))


async def test_an_anonymous_administrator_speaks_as_the_group(group: Talk) -> None:
    thread = replace(group, chat="telegram:-5/17", user="telegram:-5")
    await thread.say("/start all")
    assert await thread.follows() == {"all"}
    nobody = replace(group, user="")
    assert "Chỉ quản trị viên" in text_of(await nobody.say("/start all"))


async def test_a_channels_post_may_change_the_channel(channel: Talk) -> None:
    await channel.say("/start all")
    assert await channel.follows() == {"all"}
    assert await channel.happens(IncomingKind.TEXT, "Bản tin sáng nay") is None


async def test_a_channel_has_no_role(channel: Talk) -> None:
    assert "dành cho vai trò" in text_of(await channel.say("/chats"))


async def test_rights_that_cannot_be_checked_are_not_given(group: Talk, now: datetime) -> None:
    async def down(chat: str, user: str) -> bool:
        raise ChatGone("gone")

    incoming = Incoming(
        IncomingKind.TEXT, group.chat, ChatKind.GROUP, "Nhóm", "telegram:7", "A", "vi", "/stop"
    )
    answered = await answer(incoming, group.context, now=now, administers=down)
    assert answered
    assert "thử lại sau một phút" in text_of(answered[1])
    assert (await group.stored()).state is ChatState.ACTIVE


# joining, leaving, moving


async def test_a_group_that_adds_us_is_greeted(group: Talk) -> None:
    answered = await group.happens(IncomingKind.JOINED)
    assert answered
    assert "Loa sẽ đưa tin tức đến đây" in text_of(answered[1])
    assert "Tất cả tin" in labels_of(answered[1])


async def test_leaving_and_coming_back_keeps_what_was_followed(group: Talk) -> None:
    await replace(group, user="telegram:7").say("/start all")
    assert await group.happens(IncomingKind.LEFT) is None
    assert (await group.stored()).state is ChatState.GONE
    assert await group.happens(IncomingKind.LEFT) is None
    await group.happens(IncomingKind.JOINED)
    assert (await group.stored()).state is ChatState.ACTIVE
    assert await group.follows() == {"all"}


async def test_an_unblocked_private_chat_comes_back_without_a_word(talk: Talk) -> None:
    await talk.say("/start all")
    await talk.happens(IncomingKind.LEFT)
    assert await talk.happens(IncomingKind.JOINED) is None
    assert (await talk.stored()).state is ChatState.ACTIVE


async def test_a_gone_chat_that_writes_is_back(talk: Talk) -> None:
    await talk.say("/start all")
    await talk.happens(IncomingKind.LEFT)
    await talk.say("/latest")
    assert (await talk.stored()).state is ChatState.ACTIVE


async def test_leaving_a_chat_never_met_is_nothing(talk: Talk) -> None:
    assert await talk.happens(IncomingKind.LEFT) is None


async def test_a_moved_group_takes_its_subscriptions_along(group: Talk) -> None:
    await replace(group, user="telegram:7").say("/start all")
    assert await group.happens(IncomingKind.MOVED, "telegram:-1005") is None
    assert await replace(group, chat="telegram:-1005").follows() == {"all"}


async def test_start_ends_a_restriction(talk: Talk) -> None:
    await talk.say("/start")
    async with writing(talk.engine) as conn:
        chat = await find_chat(conn, talk.chat)
        assert chat
        await restrict_chat(conn, chat.id, "no rights", None)
    await talk.say("/start")
    assert (await talk.stored()).state is ChatState.ACTIVE


# what nobody expected


async def test_an_unexpected_error_is_an_apology_with_the_number_in_the_log(
    talk: Talk, now: datetime
) -> None:
    """A feed reader that breaks in a way it never should: not a FeedError."""

    async def broken(url: str, time_zone: str) -> object:
        raise ZeroDivisionError(f"secret {url}")

    context = replace(talk.context, read_feed=broken)  # type: ignore[arg-type]
    incoming = Incoming(
        IncomingKind.TEXT, OWNER, ChatKind.PRIVATE, "", OWNER, "", "vi", "/addfeed https://a.example/bi-mat"
    )
    with capture_logs() as logs:
        answered = await answer(incoming, context, now=now, administers=nobody_administers)
    assert answered
    [entry] = [each for each in logs if each["event"] == "command.broke"]
    assert entry["error"] == "ZeroDivisionError"
    assert entry["command"] == "addfeed"
    assert f"mã lỗi {entry['error_id']}" in text_of(answered[1])
    assert "bi-mat" not in str(logs)
    assert any("broken" in frame for frame in entry["where"])


async def nobody_administers(chat: str, user: str) -> bool:
    return False


HOSTILE = [
    "/",
    "//",
    "/ /",
    "/latest " + "9" * 400,
    "/latest -1",
    "/latest @0",
    "/latest @99/99 t:x",
    "/latest t:",
    "/latest s:99999999999999999999",
    "/full 00000000000000000001",
    "/full ١٢",
    "/search @99 lúa",
    "/search #0",
    "/search #99999999999999999999",
    "/search \x00",
    "/search \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "/search " + "-" * 3000,
    "/search %_'\";--",
    "/follow @save ",
    "/follow @save #1",
    "/follow \u202eabc",
    "/unfollow #1 99",
    "/unfollow #99999999999999999999 1",
    "/mine 99",
    "/topics +" + "x" * 4000,
    "/topics +* x",
    "/sources +0 0",
    "/sources -99999999999999999999 1",
    "/digest 07:00 07:00",
    "/settings language " + "x" * 4000,
    "/settings zone \x00",
    "/pause 0000d",
    "/start " + "t_" + "x" * 4000,
    "/start a_\x00",
    "/unfollow \x00",
    "/latest \x00",
    "/help " + "x" * 4000,
    "a" * 10_000,
    "\x00",
    "\ufeff",
]


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
async def test_odd_input_is_answered_by_a_sentence(talk: Talk, now: datetime, said: str) -> None:
    async with writing(talk.engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, "Lúa Mường Thanh được mùa", body="Chữ.")
    for reply in (await talk.say(said), await talk.press(said.removeprefix("/"))):
        assert text_of(reply)
        assert "mã lỗi" not in text_of(reply)


async def test_staff_commands_withstand_odd_input(talk: Talk) -> None:
    owner = replace(talk, chat=OWNER, user=OWNER)
    tails = (
        "",
        " \x00",
        " -1",
        " 99999999999999999999",
        " " + "x" * 4000,
        " a b c",
        " '\";--",
        " telegram:1/",
    )
    for command in COMMANDS:
        if command.role is not Role.CITIZEN:
            for tail in tails:
                reply = await owner.say(f"/{command.name}{tail}")
                assert text_of(reply)
                assert "mã lỗi" not in text_of(reply), (command.name, tail)


async def test_the_chat_is_given_back_with_its_answer(talk: Talk, now: datetime) -> None:
    await talk.say("/start")
    async with writing(talk.engine) as conn:
        chat = await find_chat(conn, talk.chat)
        assert chat
        await subscribe(conn, chat.id, EVERYTHING, now)
    answered = await talk.happens(IncomingKind.TEXT, "/mine")
    assert answered
    assert answered[0].address == talk.chat
