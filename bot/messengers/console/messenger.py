"""The messenger of one terminal."""

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Protocol, TextIO
from zoneinfo import ZoneInfo

from bot.i18n import N_, translator
from bot.messages import Button, Message
from bot.messengers.base import BotDown, ChatGone, Incoming, IncomingKind, Listener, MenuEntry
from bot.messengers.console import draw
from bot.messengers.console.plain import PlainScreen
from bot.messengers.console.printable import one_line
from bot.messengers.console.typed import NoSuchButton, Pressed, Quit, Said, read_typed
from storage.types import ChatKind

CHAT = "console:1"
"""The only chat there is; its only member has the same address."""

REMEMBERED_MESSAGES = 200
"""Shown messages kept to tell what an edit changes; an older one is shown whole again."""

QUIT_ENTRY = MenuEntry("quit", N_("leave"))
HINT = N_("Type a command such as /help, or words to search for. A number presses a button, /quit leaves.")
NO_SUCH_BUTTON = N_("There is no button {number} under the last message.")


class Screen(Protocol):
    """Where messages are shown and lines are typed."""

    def lines(self) -> AsyncIterator[str]:
        """Every line typed, until the person or the input ends."""

    async def show(self, message: Message, header: str) -> None:
        """Show a message under its sender and time."""

    async def show_buttons(self, message: Message) -> None:
        """Show the buttons of a message again, alone."""

    async def note(self, text: str) -> None:
        """Show a remark that is no message."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A message on the screen, as its buttons are pressed."""

    id: str
    buttons: tuple[Button, ...]


_NOTHING = _Shown("", ())


class ConsoleMessenger:
    """Shows messages in a terminal and reads what is typed there.

    With a terminal at both ends there is a prompt with line editing; otherwise lines are read and printed
    bare. `on_quit` is called when the person leaves (/quit, Ctrl-C, Ctrl-D, a closed terminal) and, with
    `quit_at_end`, when a piped input is used up; it should make the program stop. `clock` gives aware UTC.
    """

    name = "console"

    def __init__(
        self,
        on_quit: Callable[[], None],
        *,
        clock: Callable[[], datetime],
        language: str,
        time_zone: str,
        quit_at_end: bool = False,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
    ) -> None:
        self._on_quit = on_quit
        self._clock = clock
        self._language = language
        self._zone = ZoneInfo(time_zone)
        self._t = translator(language)
        self._stdin = stdin or sys.stdin
        self._stdout = stdout or sys.stdout
        self._is_terminal = _is_terminal(self._stdin) and _is_terminal(self._stdout)
        self._quit_at_end = quit_at_end or self._is_terminal
        self._screen: Screen = PlainScreen(self._stdin, self._stdout)
        self._reading: asyncio.Task[None] | None = None
        self._first_id = int(clock().timestamp())
        self._numbers = count(1)
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._last = _NOTHING
        self._aimed: _Shown | None = None
        self._menus: dict[tuple[str | None, str | None], tuple[MenuEntry, ...]] = {}

    async def start(self, listener: Listener) -> None:
        """Show the hint and begin to read."""
        if self._is_terminal:
            self._screen = self._terminal_screen()
        await self._screen.note(self._t(HINT))
        self._reading = asyncio.create_task(self._read(listener), name="console reader")

    async def stop(self) -> None:
        """Stop reading and give the terminal back as it was."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def send(self, chat: str, message: Message, *, silent: bool = False) -> str:
        """Print a message; a terminal has no sound to leave out. Raises ChatGone, BotDown."""
        _check(chat)
        message_id = f"{self._first_id}.{next(self._numbers)}"
        await self._show(message_id, message, "Loa")
        return message_id

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Print the new state: all of it, or only the buttons when the words are the same."""
        _check(chat)
        before = self._messages.get(message_id)
        if before == message:
            return
        if before is not None and before.lines == message.lines and message.buttons:
            await self._printed(self._screen.show_buttons(message))
            self._remember(message_id, message)
        else:
            await self._show(message_id, message, "↻ Loa")

    async def acknowledge(self, callback_id: str, note: str = "") -> None:
        """Print the note, if there is one."""
        if note:
            await self._printed(self._screen.note(f"✓ {one_line(note)}"))

    async def show_working(self, chat: str) -> None:
        """Say that it takes a moment."""
        await self._screen.note("…")

    async def administers(self, chat: str, user: str) -> bool:
        """Whoever sits at the terminal rules it."""
        return chat == user == CHAT

    async def set_menu(
        self, entries: Sequence[MenuEntry], *, language: str | None = None, chat: str | None = None
    ) -> None:
        """Keep the commands that Tab completes."""
        self._menus[language, chat] = tuple(entries)

    def _terminal_screen(self) -> Screen:
        # Imported here: a server without a terminal need not carry prompt_toolkit in memory.
        from bot.messengers.console.terminal import TerminalScreen

        return TerminalScreen(self._stdin, self._stdout, commands=self._commands, on_typing=self._aim)

    def _commands(self) -> tuple[MenuEntry, ...]:
        """The menu of the chat, else of the language, else everyone's; and the console's own command."""
        keys = ((self._language, CHAT), (None, CHAT), (self._language, None), (None, None))
        menu = next((self._menus[key] for key in keys if key in self._menus), ())
        return (*menu, MenuEntry(QUIT_ENTRY.name, self._t(QUIT_ENTRY.description)))

    def _aim(self) -> None:
        """Fix which buttons a number means: a push that arrives while it is typed must not take them over."""
        self._aimed = self._last

    async def _read(self, listener: Listener) -> None:
        try:
            async for text in self._screen.lines():
                target, self._aimed = self._aimed or self._last, None
                typed = read_typed(text, target.buttons)
                if isinstance(typed, Quit):
                    self._on_quit()
                    return
                await self._answer(typed, target, listener)
        except BotDown:
            return
        if self._quit_at_end:
            self._on_quit()

    async def _answer(
        self, typed: Pressed | NoSuchButton | Said | None, target: _Shown, listener: Listener
    ) -> None:
        match typed:
            case Said(text):
                await listener(self._incoming(IncomingKind.TEXT, text))
            case Pressed(Button(url="") as button):
                await self._printed(self._screen.note(f"› {one_line(button.label)}"))
                await listener(self._incoming(IncomingKind.BUTTON, button.action, target.id))
            case Pressed(button):
                await self._printed(self._screen.note(f"{one_line(button.label)}: {one_line(button.url)}"))
            case NoSuchButton(number):
                await self._printed(self._screen.note(self._t(NO_SUCH_BUTTON, number=number)))

    def _incoming(self, kind: IncomingKind, text: str, message_id: str = "") -> Incoming:
        return Incoming(
            kind,
            chat=CHAT,
            chat_kind=ChatKind.PRIVATE,
            chat_title="",
            user=CHAT,
            user_name="",
            language=self._language,
            text=text,
            message_id=message_id,
            callback_id=message_id,
        )

    async def _show(self, message_id: str, message: Message, sender: str) -> None:
        time = self._clock().astimezone(self._zone)
        await self._printed(self._screen.show(message, f"{sender} · {time:%H:%M}"))
        self._remember(message_id, message)

    def _remember(self, message_id: str, message: Message) -> None:
        self._messages[message_id] = message
        while len(self._messages) > REMEMBERED_MESSAGES:
            self._messages.popitem(last=False)
        if message.buttons:
            self._last = _Shown(message_id, draw.numbered_buttons(message))
        elif self._last.id == message_id:
            self._last = _NOTHING

    async def _printed(self, printing: Awaitable[None]) -> None:
        """Wait for something to be printed. Raises BotDown when nobody can read it any more."""
        try:
            await printing
        except BrokenPipeError as error:
            self._discard_output()
            self._on_quit()
            raise BotDown("standard output was closed") from error

    def _discard_output(self) -> None:
        """Send the rest nowhere, so that Python's own flush at exit does not fail as well (docs: signal)."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stdout.fileno())
        os.close(nowhere)


def _check(chat: str) -> None:
    if chat != CHAT:
        raise ChatGone(f"the console has no chat {chat}")


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
