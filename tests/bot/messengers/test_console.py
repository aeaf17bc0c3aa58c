"""The console messenger over pipes and files."""

import asyncio
import io
import os
import re
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from bot.messages import BLANK, Button, Message, Span, bold, italic, line, link, message
from bot.messengers.base import BotDown, ChatGone, Incoming, IncomingKind
from bot.messengers.console import CHAT, ConsoleMessenger
from bot.messengers.console.draw import bubble, plain
from bot.messengers.console.printable import one_line, printable
from bot.messengers.console.typed import NoSuchButton, Pressed, Quit, Said, read_typed

NOON = datetime(2020, 1, 9, 5, 0, tzinfo=UTC)
FULL = Button("📖 Toàn văn", action="full 12")
ORIGINAL = Button("🔗 Bài gốc", url="https://bao.example/12.html")
NEXT = Button("Trang sau", action="latest 2")
PUSH = message(
    line(bold("Năm 2020 đẩy mạnh công tác dân vận khéo")),
    "Ngày 9/1, Ban Dân vận tổ chức hội nghị.",
    line(italic("Báo Điện Biên Phủ · 14:15, 09/01/2020")),
).with_buttons((FULL, ORIGINAL), (NEXT,))

_STYLE = re.compile("\x1b\\[[0-9;]*m")


# What may reach a terminal


def test_escape_sequences_lose_their_force() -> None:
    # given a title that would clear the screen, set the window's title and colour the rest
    hostile = "\x1b[2J\x1b]0;owned\x07Tin\x9b31m \u202eđảo ngược\u2066 \u200bẩn\x00"
    # then only letters are left
    assert printable(hostile) == "[2J]0;ownedTin31m đảo ngược ẩn"


def test_composed_letters_emoji_and_line_feeds_stay() -> None:
    assert printable("Ma\u0302\u0301t\r\nmùa\t👩\u200d🌾") == "Mất\nmùa 👩\u200d🌾"


def test_lone_surrogates_do_not_break_printing() -> None:
    assert printable("a\ud800b").encode() == b"ab"


@given(st.text(st.characters()))
def test_nothing_printable_is_a_control(text: str) -> None:
    assert not [
        character
        for character in printable(text)
        if character != "\n" and (ord(character) < 32 or 0x7F <= ord(character) <= 0x9F)
    ]
    assert not set(printable(text)) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    )


def test_one_line_cannot_forge_a_second() -> None:
    assert one_line(" Lưu\nloa> /stop\u2028x ") == "Lưu loa> /stop x"


# Drawing


@pytest.mark.parametrize("columns", [40, 60, 88])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_text_fills_a_straight_bubble(columns: int, form: Literal["NFC", "NFD"]) -> None:
    # given long paragraphs with double-width letters among them, composed or not
    words = "Đồng bào các dân tộc ở vùng cao khẩn trương thu hoạch lúa mùa, phòng rét cho trâu bò. 農業 "
    text = unicodedata.normalize(form, words * 4)
    # when drawn
    drawn = _STYLE.sub("", bubble(message(text, BLANK, text), "Loa · 12:00", columns))
    # then every line has the same width in cells, and no more than the terminal has
    widths = {wcswidth(each) for each in drawn.splitlines()}
    assert len(widths) == 1
    assert widths.pop() <= columns
    # and no word was lost
    assert drawn.count("農業") == 8


def test_bubble_shows_header_styles_and_numbered_buttons() -> None:
    drawn = bubble(PUSH, "Loa · 12:00", 80)
    assert "\x1b[1mNăm 2020 đẩy mạnh công tác dân vận khéo\x1b[0m" in drawn
    assert "\x1b[3mBáo Điện Biên Phủ · 14:15, 09/01/2020\x1b[0m" in drawn
    bare = _STYLE.sub("", drawn)
    assert "Loa · 12:00" in bare.splitlines()[0]
    assert "[1] 📖 Toàn văn  [2] 🔗 Bài gốc" in bare
    assert "[3] Trang sau" in bare


def test_square_brackets_in_an_article_are_not_markup() -> None:
    assert "[bold]đậm[/bold] :smile:" in bubble(message("[bold]đậm[/bold] :smile:"), "Loa", 80)


def test_links_show_where_they_lead() -> None:
    linked = message(
        line(
            link("nguyên văn", "https://bao.example/1"), " ", link("https://b.example/", "https://b.example/")
        )
    )
    assert plain(linked, "Loa") == "Loa\nnguyên văn (https://bao.example/1) https://b.example/\n\n"


def test_link_with_a_marked_word_in_it_shows_its_address_once() -> None:
    address = "https://bao.example/1"
    title = (
        Span("Công tác ", url=address),
        Span("dân vận", mark=True, url=address),
        Span(" khéo", url=address),
    )
    assert plain(message(line(*title)), "Loa") == f"Loa\nCông tác dân vận khéo ({address})\n\n"


def test_plain_has_the_same_words_and_no_escape_codes() -> None:
    assert plain(PUSH, "Loa · 12:00") == (
        "Loa · 12:00\n"
        "Năm 2020 đẩy mạnh công tác dân vận khéo\n"
        "Ngày 9/1, Ban Dân vận tổ chức hội nghị.\n"
        "Báo Điện Biên Phủ · 14:15, 09/01/2020\n"
        "[1] 📖 Toàn văn  [2] 🔗 Bài gốc\n"
        "[3] Trang sau\n\n"
    )


HOSTILE = message(
    line(Span("\x1b]52;c;ZXZpbA==\x07Tin\x1b[31m", bold=True), link("x\x9b2J", "https://e.example/\x1b[2J")),
).with_buttons((Button("\x1b[5mNút\n[9] giả", action="full 1"),))


def test_hostile_message_brings_no_escape_code_of_its_own() -> None:
    # then a pipe gets none at all
    assert "\x1b" not in plain(HOSTILE, "Loa\x1b[2J")
    assert "\x9b" not in plain(HOSTILE, "Loa")
    # and a terminal only those of our own styles
    assert "\x1b" not in _STYLE.sub("", bubble(HOSTILE, "Loa\x1b[2J", 80))
    assert "\x1b[31m" not in bubble(HOSTILE, "Loa", 80)
    assert "[1] [5mNút [9] giả" in _STYLE.sub("", bubble(HOSTILE, "Loa", 80))


# What a line means


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", None),
        ("   ", None),
        ("/quit", Quit()),
        (" /QUIT ", Quit()),
        ("/latest 3", Said("/latest 3")),
        ("dân vận", Said("dân vận")),
        ("1", Pressed(FULL)),
        (" 2 ", Pressed(ORIGINAL)),
        ("3", NoSuchButton(3)),
        ("99", NoSuchButton(99)),
        ("2020", Said("2020")),
        ("0", Said("0")),
        ("01", Said("01")),
        ("²", Said("²")),
        ("1 2", Said("1 2")),
    ],
)
def test_typed_line_means(text: str, meaning: object) -> None:
    assert read_typed(text, (FULL, ORIGINAL)) == meaning


def test_number_without_any_button_is_something_said() -> None:
    assert read_typed("1", ()) == Said("1")


# The whole messenger over pipes


class Conversation:
    """A messenger between two pipes: type into one end, read what it printed at the other."""

    def __init__(self, stdin: TextIO, typing: BinaryIO, *, quit_at_end: bool) -> None:
        self.heard: asyncio.Queue[Incoming] = asyncio.Queue()
        self.left = asyncio.Event()
        self.typing = typing
        self._printed = io.StringIO()
        self.messenger = console(stdin, self._printed, self.left.set, quit_at_end=quit_at_end)

    def type(self, text: str) -> None:
        self.typing.write(text.encode())
        self.typing.flush()

    async def hear(self) -> Incoming:
        return await asyncio.wait_for(self.heard.get(), 10)

    async def send(self, shown: Message) -> str:
        return await self.messenger.send(CHAT, shown)

    def printed(self) -> str:
        """What was printed since the last call."""
        text = self._printed.getvalue()
        self._printed.seek(0)
        self._printed.truncate()
        return text


def console(
    stdin: TextIO, stdout: TextIO, on_quit: Callable[[], None], *, quit_at_end: bool = False
) -> ConsoleMessenger:
    return ConsoleMessenger(
        on_quit,
        clock=lambda: NOON,
        language="en",
        time_zone="Asia/Ho_Chi_Minh",
        quit_at_end=quit_at_end,
        stdin=stdin,
        stdout=stdout,
    )


@asynccontextmanager
async def conversation(*, quit_at_end: bool = False) -> AsyncIterator[Conversation]:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb") as typing:
        talk = Conversation(stdin, typing, quit_at_end=quit_at_end)
        await talk.messenger.start(talk.heard.put)
        yield talk
        await talk.messenger.stop()


async def test_typed_line_is_heard_with_its_address_and_language() -> None:
    async with conversation() as talk:
        # when a line arrives in two halves, cut inside a letter
        half, rest = "/search dân vận\n".encode()[:10], "/search dân vận\n".encode()[10:]
        talk.typing.write(half)
        talk.typing.flush()
        await asyncio.sleep(0.05)
        talk.typing.write(rest)
        talk.typing.flush()
        # then it is heard whole
        heard = await talk.hear()
        assert (heard.kind, heard.text) == (IncomingKind.TEXT, "/search dân vận")
        assert (heard.chat, heard.user, heard.language) == ("console:1", "console:1", "en")


async def test_many_lines_at_once_are_heard_in_order() -> None:
    async with conversation() as talk:
        talk.type("/latest\n\n  \n/help\r\nlúa\n")
        assert [(await talk.hear()).text for _ in range(3)] == ["/latest", "/help", "lúa"]


async def test_sent_message_is_printed_under_local_time() -> None:
    async with conversation() as talk:
        talk.printed()
        first, second = await talk.send(PUSH), await talk.send(PUSH)
        assert talk.printed() == plain(PUSH, "Loa · 12:00") * 2
        assert first != second


async def test_number_presses_a_button_of_the_last_message_that_has_some() -> None:
    async with conversation() as talk:
        await talk.send(message("cũ").with_buttons((NEXT,)))
        wanted = await talk.send(PUSH)
        await talk.send(message("không nút"))
        talk.printed()
        # when
        talk.type("1\n")
        # then
        heard = await talk.hear()
        assert (heard.kind, heard.text, heard.message_id) == (IncomingKind.BUTTON, "full 12", wanted)
        assert heard.callback_id
        assert "› 📖 Toàn văn\n" in talk.printed()


async def test_address_button_prints_the_address() -> None:
    async with conversation() as talk:
        await talk.send(PUSH)
        talk.type("2\n/after\n")
        assert (await talk.hear()).text == "/after"
        assert "🔗 Bài gốc: https://bao.example/12.html\n" in talk.printed()


async def test_number_of_no_button_is_answered_with_a_hint() -> None:
    async with conversation() as talk:
        await talk.send(PUSH)
        talk.type("7\n/after\n")
        assert (await talk.hear()).text == "/after"
        assert "There is no button 7 under the last message.\n" in talk.printed()


async def test_edit_with_the_same_words_prints_only_the_buttons() -> None:
    async with conversation() as talk:
        sent = await talk.send(PUSH)
        talk.printed()
        # when only the buttons change
        await talk.messenger.edit(CHAT, sent, PUSH.with_buttons((NEXT, FULL)))
        # then they are printed with their new numbers, which can be pressed
        assert talk.printed() == "[1] Trang sau  [2] 📖 Toàn văn\n"
        talk.type("1\n")
        heard = await talk.hear()
        assert (heard.text, heard.message_id) == ("latest 2", sent)


async def test_edit_with_other_words_prints_the_new_state() -> None:
    async with conversation() as talk:
        sent = await talk.send(PUSH)
        talk.printed()
        await talk.messenger.edit(CHAT, sent, message("trang 2"))
        assert talk.printed() == "↻ Loa · 12:00\ntrang 2\n\n"
        # and its buttons are gone
        talk.type("1\n")
        assert (await talk.hear()).kind is IncomingKind.TEXT


async def test_unchanged_edit_prints_nothing() -> None:
    async with conversation() as talk:
        sent = await talk.send(PUSH)
        talk.printed()
        await talk.messenger.edit(CHAT, sent, PUSH)
        assert talk.printed() == ""


async def test_edit_of_a_message_from_an_earlier_run_prints_it_whole() -> None:
    async with conversation() as talk:
        talk.printed()
        await talk.messenger.edit(CHAT, "1577836800.3", PUSH)
        assert talk.printed() == plain(PUSH, "↻ Loa · 12:00")


async def test_note_of_a_pressed_button_is_printed() -> None:
    async with conversation() as talk:
        talk.printed()
        await talk.messenger.acknowledge("1", "Đã theo dõi\x1b[2J")
        await talk.messenger.acknowledge("1")
        assert talk.printed() == "✓ Đã theo dõi[2J\n"


async def test_quit_calls_back_once_and_reads_no_further() -> None:
    async with conversation() as talk:
        talk.type("/quit\n/latest\n")
        await asyncio.wait_for(talk.left.wait(), 10)
        await asyncio.sleep(0.05)
        assert talk.heard.empty()


async def test_end_of_input_leaves_the_program_running() -> None:
    async with conversation() as talk:
        talk.type("/latest")
        talk.typing.close()
        # then the unfinished last line is heard, nobody leaves, and messages still print
        assert (await talk.hear()).text == "/latest"
        await asyncio.sleep(0.05)
        assert not talk.left.is_set()
        await talk.send(PUSH)
        assert "khéo" in talk.printed()


async def test_end_of_input_leaves_when_told_so() -> None:
    async with conversation(quit_at_end=True) as talk:
        talk.typing.close()
        await asyncio.wait_for(talk.left.wait(), 10)


async def test_endless_line_is_cut() -> None:
    async with conversation() as talk:
        # given ten million letters without a line feed
        writing = asyncio.to_thread(talk.type, "ă" * 10_000_000 + "\n")
        await writing
        assert len((await talk.hear()).text) <= 65_536


async def test_bytes_that_are_no_text_are_replaced() -> None:
    async with conversation() as talk:
        talk.typing.write(b"l\xfaa\n")
        talk.typing.flush()
        assert (await talk.hear()).text == "l\ufffda"


async def test_lines_of_a_file_are_heard(tmp_path: Path) -> None:
    # given a file as standard input, which an event loop cannot watch
    script = tmp_path / "commands.txt"
    script.write_text("/latest\n/search lúa", encoding="utf-8")
    left = asyncio.Event()
    heard: asyncio.Queue[Incoming] = asyncio.Queue()
    with script.open(encoding="utf-8") as stdin:
        messenger = console(stdin, io.StringIO(), left.set, quit_at_end=True)
        await messenger.start(heard.put)
        await asyncio.wait_for(left.wait(), 10)
        await messenger.stop()
    assert [heard.get_nowait().text, heard.get_nowait().text] == ["/latest", "/search lúa"]


async def test_output_that_knows_no_vietnamese_gets_question_marks() -> None:
    page = io.BytesIO()
    with open(os.devnull) as stdin, io.TextIOWrapper(page, encoding="ascii") as stdout:  # noqa: ASYNC230, PTH123
        messenger = console(stdin, stdout, lambda: None)
        await messenger.send(CHAT, message("lúa mùa"))
        assert page.getvalue().endswith(b"l?a m?a\n\n")


async def test_closed_output_ends_the_program_quietly() -> None:
    # given a reader of our output who went away
    reading, writing = os.pipe()
    os.close(reading)
    left = asyncio.Event()
    with open(os.devnull) as stdin, os.fdopen(writing, "w") as stdout:  # noqa: ASYNC230, PTH123
        messenger = console(stdin, stdout, left.set)
        # when
        with pytest.raises(BotDown):
            await messenger.send(CHAT, PUSH)
        # then the program is told to stop, and closing the stream fails no more
        assert left.is_set()


async def test_other_chats_do_not_exist() -> None:
    async with conversation() as talk:
        with pytest.raises(ChatGone):
            await talk.messenger.send("console:2", PUSH)
        with pytest.raises(ChatGone):
            await talk.messenger.edit("telegram:1001", "1", PUSH)
        assert await talk.messenger.administers(CHAT, CHAT)
        assert not await talk.messenger.administers(CHAT, "telegram:1001")
