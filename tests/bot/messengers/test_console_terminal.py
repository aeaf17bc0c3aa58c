"""The console messenger on a real (pseudo-)terminal, in a process of its own."""

import asyncio
import fcntl
import json
import os
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bot.messengers.console_program import LEFT_STATUS
from tests.bot.messengers.screen import screen_lines

ROOT = Path(__file__).parents[3]
ROWS, COLUMNS = 40, 100
PATIENCE_SECONDS = 15


class Terminal:
    """A person's end of the terminal."""

    def __init__(self, person: int, screen: int, events: int, pushes: int) -> None:
        self.events = events
        self.process: asyncio.subprocess.Process
        self._person = person
        self._screen = screen
        self._pushes = pushes
        self.shown = ""
        self._heard = b""

    def type(self, keys: str) -> None:
        os.write(self._person, keys.encode())

    def push(self, text: str) -> None:
        os.write(self._pushes, text.encode() + b"\n")

    def read_screen(self) -> None:
        try:
            data = os.read(self._person, 65536)
        except OSError:  # EIO: the program closed the terminal
            asyncio.get_running_loop().remove_reader(self._person)
            return
        self.shown += data.decode(errors="replace")

    def lines(self) -> list[str]:
        """What the person sees, scrolled-off lines included, empty lines left out."""
        return [each for each in screen_lines(self.shown, COLUMNS) if each]

    async def until(self, seen: Callable[[list[str]], bool]) -> list[str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not seen(lines := self.lines()):  # noqa: ASYNC110 - the screen is only drawn on
                await asyncio.sleep(0.02)
        return lines

    async def until_shown(self, wanted: str) -> None:
        await self.until(lambda lines: any(wanted in each for each in lines))

    async def until_prompt(self, typed: str = "") -> None:
        """Wait until the last line is the prompt with this typed at it."""
        await self.until(lambda lines: lines[-1:] == [f"loa> {typed}".rstrip()])

    async def hear(self) -> list[str]:
        """The next thing the program heard: kind and text."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while b"\n" not in self._heard:
                await asyncio.sleep(0.02)
                try:
                    self._heard += os.read(self.events, 65536)
                except BlockingIOError:
                    continue
        first, self._heard = self._heard.split(b"\n", 1)
        heard: list[str] = json.loads(first)
        return heard

    def modes(self) -> list[object]:
        """Echo, line mode and so on, as the next program will find them."""
        return termios.tcgetattr(self._screen)[:4]

    async def status(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE_SECONDS)


@asynccontextmanager
async def terminal() -> AsyncIterator[Terminal]:
    person, screen = os.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    events, events_in = os.pipe()
    pushes_out, pushes = os.pipe()
    os.set_blocking(events, False)
    term = Terminal(person, screen, events, pushes)
    term.process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bot.messengers.console_program", str(events_in), str(pushes_out)),
        cwd=ROOT,
        # a bare pseudo-terminal answers no question about its cursor
        env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
        stdin=screen,
        stdout=screen,
        stderr=screen,
        pass_fds=(events_in, pushes_out),
    )
    loop = asyncio.get_running_loop()
    loop.add_reader(person, term.read_screen)
    try:
        yield term
    finally:
        if term.process.returncode is None:
            term.process.kill()
            await term.process.wait()
        loop.remove_reader(person)
        for descriptor in (person, screen, events, events_in, pushes_out, pushes):
            os.close(descriptor)


async def test_command_is_heard_and_its_answer_drawn_in_a_bubble() -> None:
    async with terminal() as term:
        await term.until_prompt()
        term.type("/search dân vận\r")
        assert await term.hear() == ["text", "/search dân vận"]
        await term.until_shown("│ nghe: /search dân vận │")


async def test_push_while_typing_keeps_what_is_typed() -> None:
    async with terminal() as term:
        await term.until_prompt()
        # given half a command
        term.type("/lat")
        await term.until_shown("loa> /lat")
        # when a push arrives
        term.push("Cầu Nậm Sen thông xe")
        await term.until_shown("Cầu Nậm Sen thông xe")
        # then it is drawn whole, and the half command stands below it as before
        lines = await term.until(lambda lines: "loa> /lat" in lines[-2:] and "╰" in "".join(lines))
        assert [each.strip("│╭╮╰╯─ ") for each in lines[1:8]] == [
            "Loa · 12:00",
            "Cầu Nậm Sen thông xe",
            "Ngày 9/1, Ban Dân vận tổ chức hội nghị.",
            "",
            "[1] 📖 Toàn văn  [2] 🔗 Bài gốc",
            "",
            "loa> /lat",
        ]
        # and the rest can be typed
        term.type("est\r")
        assert await term.hear() == ["text", "/latest"]


async def test_many_pushes_are_drawn_in_order() -> None:
    async with terminal() as term:
        await term.until_prompt()
        term.push("\n".join(f"tin số {n}." for n in range(1, 13)))
        await term.until_shown("tin số 12.")
        assert re.findall(r"tin số (\d+)\.", "\n".join(term.lines())) == [str(n) for n in range(1, 13)]


async def test_number_means_the_buttons_seen_when_it_was_begun() -> None:
    async with terminal() as term:
        await term.until_prompt()
        # given no buttons on the screen when the person begins to type a number
        term.type("2")
        await term.until_prompt("2")
        # when a push with buttons arrives before Enter
        term.push("Tin đến giữa chừng")
        await term.until_shown("Tin đến giữa chừng")
        term.type("\r")
        # then the number is not taken for the push's button
        assert await term.hear() == ["text", "2"]
        # but the next one is
        term.type("1\r")
        assert await term.hear() == ["button", "full 12"]


async def test_tab_completes_a_command_and_arrow_up_recalls_it() -> None:
    async with terminal() as term:
        await term.until_prompt()
        term.type("/latest x\r")
        assert await term.hear() == ["text", "/latest x"]
        term.type("/he")
        await term.until_shown("trợ giúp")
        term.type("\t")
        await term.until_shown("loa> /help")
        term.type(" y\r")
        assert await term.hear() == ["text", "/help y"]
        term.type("\x1b[A\x1b[A\r")
        assert await term.hear() == ["text", "/latest x"]


@pytest.mark.parametrize("keys", ["/quit\r", "\x04", "\x03", "half a line\x03"])
async def test_leaving_gives_the_terminal_back(keys: str) -> None:
    async with terminal() as term:
        modes = term.modes()
        await term.until_prompt()
        # when the person leaves with /quit, Ctrl-D or Ctrl-C
        term.type(keys)
        # then the program is told, ends by itself, and the terminal echoes again
        assert await term.status() == LEFT_STATUS
        assert term.modes() == modes
        assert "Traceback" not in term.shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_at_the_prompt_reaches_the_program(number: signal.Signals) -> None:
    async with terminal() as term:
        modes = term.modes()
        await term.until_prompt()
        term.type("half a line")
        await term.until_prompt("half a line")
        # when the program is told to stop while it waits at the prompt
        term.process.send_signal(number)
        # then its own handler sees it, and stopping the messenger gives the terminal back
        assert await term.status() == LEFT_STATUS
        assert term.modes() == modes
        assert "Traceback" not in term.shown


async def test_hostile_push_moves_no_cursor() -> None:
    async with terminal() as term:
        await term.until_prompt()
        term.push("\x1b[2J\x1b]0;owned\x07\x9b5AHết\u202e")
        await term.until_shown("Hết")
        assert "\x1b[2J" not in term.shown
        assert "\x1b]0;" not in term.shown
        assert not set("\x07\x9b\u202e") & set(term.shown)
