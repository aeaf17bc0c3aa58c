"""A program with a console messenger and nothing else, run by the tests in a process of its own.

What it hears is written to the descriptor named first, a JSON line each; a line read from the one named
second is pushed as a message. It ends when the messenger says that the person left, with status 7.
"""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime

from bot.messages import Button, Message, bold, line, message
from bot.messengers.base import Incoming, MenuEntry
from bot.messengers.console import CHAT, ConsoleMessenger

LEFT_STATUS = 7
NOON = datetime(2020, 1, 9, 5, 0, tzinfo=UTC)
BUTTONS = (Button("📖 Toàn văn", action="full 12"), Button("🔗 Bài gốc", url="https://bao.example/12.html"))


def push(text: str) -> Message:
    return message(line(bold(text)), "Ngày 9/1, Ban Dân vận tổ chức hội nghị.").with_buttons(BUTTONS)


async def main(events: int, pushes: int) -> int:
    left = asyncio.Event()
    console = ConsoleMessenger(left.set, clock=lambda: NOON, language="vi", time_zone="Asia/Ho_Chi_Minh")

    async def listener(incoming: Incoming) -> None:
        os.write(events, json.dumps([incoming.kind, incoming.text]).encode() + b"\n")
        await console.send(CHAT, message(f"nghe: {incoming.text}"))

    def pushed() -> None:
        for text in os.read(pushes, 65536).decode().splitlines():
            tasks.add(asyncio.create_task(console.send(CHAT, push(text))))

    tasks: set[asyncio.Task[str]] = set()
    loop = asyncio.get_running_loop()
    loop.add_reader(pushes, pushed)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, left.set)
    await console.set_menu([MenuEntry("help", "trợ giúp"), MenuEntry("latest", "tin mới")])
    await console.start(listener)
    await left.wait()
    await console.stop()
    return LEFT_STATUS


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]))))
