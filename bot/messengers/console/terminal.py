"""The screen of a real terminal: a prompt with line editing, messages printed above it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_input
from prompt_toolkit.output import create_output
from prompt_toolkit.patch_stdout import patch_stdout

from bot.messages import Message
from bot.messengers.base import MenuEntry
from bot.messengers.console import draw
from bot.messengers.console.printable import one_line

PROMPT = "loa> "

COMPLETION_MENU_LINES = 8
"""Room kept under the prompt while a command is being typed."""


class TerminalScreen:
    """Edits lines at a prompt; what is printed meanwhile appears above it.

    `commands` gives the commands to complete, `on_typing` is called when a line is begun: what the
    person sees at that moment is what a number typed then refers to.
    """

    def __init__(
        self,
        stdin: TextIO,
        stdout: TextIO,
        *,
        commands: Callable[[], Sequence[MenuEntry]],
        on_typing: Callable[[], None],
    ) -> None:
        self._output = create_output(stdout)
        self._on_typing = on_typing
        self._line_was_empty = True
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            input=create_input(stdin),
            output=self._output,
            history=InMemoryHistory(),
            completer=_CommandCompleter(commands),
            complete_while_typing=Condition(self._typing_command),
            reserve_space_for_menu=COMPLETION_MENU_LINES,
            interrupt_exception=EOFError,
        )
        self._session.default_buffer.on_text_changed += self._notice_typing

    async def lines(self) -> AsyncIterator[str]:
        """Every line entered, until Ctrl-D, Ctrl-C or the end of the terminal."""
        while True:
            # Ctrl-C is a key here; a real SIGINT keeps going to the program's own handler.
            with patch_stdout(raw=True):
                try:
                    text = await self._session.prompt_async(handle_sigint=False)
                except EOFError:
                    return
            yield text

    async def show(self, message: Message, header: str) -> None:
        """Print a message as a bubble."""
        await self._print(draw.bubble(message, header, self._columns()))

    async def show_buttons(self, message: Message) -> None:
        """Print the buttons of a message again."""
        await self._print(draw.button_rows(message, self._columns()))

    async def note(self, text: str) -> None:
        """Print a remark on lines of its own."""
        await self._print(draw.remark(text))

    async def _print(self, text: str) -> None:
        def write() -> None:
            self._output.write_raw(text)
            self._output.flush()

        # Shielded: prompt_toolkit queues these, and one that is cancelled half-way blocks all later ones.
        await asyncio.shield(run_in_terminal(write))

    def _columns(self) -> int:
        return self._output.get_size().columns

    def _typing_command(self) -> bool:
        return self._session.default_buffer.text.startswith("/")

    def _notice_typing(self, buffer: Buffer) -> None:
        if self._line_was_empty and buffer.text:
            self._on_typing()
        self._line_was_empty = not buffer.text


class _CommandCompleter(Completer):
    """Completes the word after the slash from the menu."""

    def __init__(self, commands: Callable[[], Sequence[MenuEntry]]) -> None:
        self._commands = commands

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The commands that begin with what is typed; nothing once an argument follows."""
        typed = document.text_before_cursor
        if not typed.startswith("/") or " " in typed:
            return
        for entry in self._commands():
            if entry.name.startswith(typed[1:].lower()):
                yield Completion(
                    f"/{entry.name}", start_position=-len(typed), display_meta=one_line(entry.description)
                )
