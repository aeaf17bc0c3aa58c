"""The screen of a pipe: lines in, lines out, no escape codes."""

import asyncio
import codecs
import os
from collections.abc import AsyncIterator
from typing import TextIO

from bot.messages import Message
from bot.messengers.console import draw

READ_BYTES = 65_536
"""A pipe's usual capacity on Linux: one read empties it."""

MAX_LINE_CHARS = 65_536
"""Of an endless line only this much is kept; commands accept far less."""


class PlainScreen:
    """Reads lines from one stream and prints to another, neither of which need be a terminal."""

    def __init__(self, stdin: TextIO | None, stdout: TextIO) -> None:
        self._stdin = stdin
        self._stdout = stdout

    async def lines(self) -> AsyncIterator[str]:
        """Every line typed, until the end of the input."""
        if self._stdin is None:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        unfinished = ""
        while data := await _read(self._stdin.fileno()):
            *complete, last = (unfinished + decoder.decode(data)).split("\n")
            for each in complete:
                yield each[:MAX_LINE_CHARS]
            unfinished = last[:MAX_LINE_CHARS]
        if unfinished:
            yield unfinished

    async def show(self, message: Message, header: str) -> None:
        """Print a message."""
        self._write(draw.plain(message, header))

    async def show_buttons(self, message: Message) -> None:
        """Print the buttons of a message again."""
        await self.note("\n".join(draw.plain_rows(message)))

    async def note(self, text: str) -> None:
        """Print a remark on lines of its own."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        encoding = self._stdout.encoding or "utf-8"
        self._stdout.write(text.encode(encoding, "replace").decode(encoding))
        self._stdout.flush()


async def _read(descriptor: int) -> bytes:
    """Read what is there, waiting for the first byte; empty at the end.

    The event loop watches the descriptor, so it stays in blocking mode (other processes may share it) and no
    thread is left hanging in a read. Files and /dev/null cannot be watched, and need not be: they never wait.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(descriptor, readable.set)
    except PermissionError:
        return os.read(descriptor, READ_BYTES)
    try:
        await readable.wait()
        return os.read(descriptor, READ_BYTES)
    finally:
        loop.remove_reader(descriptor)
