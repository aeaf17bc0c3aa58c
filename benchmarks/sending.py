"""Sends per second through python-telegram-bot: its own HTTP client against ours, in one run.

    python -m benchmarks.sending [--seconds 1.5] [--rounds 3]

The server is another process that answers at once, or after 50 ms. `per CPU s` counts only the client and
depends least on what else the machine does. Each figure is the best of a few rounds.
"""

import argparse
import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.request import HTTPXRequest

from bot.messages import Button, Message, bold, italic, line, message
from bot.messengers.telegram import TelegramMessenger
from bot.messengers.telegram.api import open_api

TOKEN = "4242:AAtoken-of-a-benchmark-0000000000000"
WANTED_RATIO = 5.0
WANTED_PER_SECOND_AT_50_MS = 1_500.0

TITLE = "Năm 2020 đẩy mạnh công tác dân vận khéo"
LEAD = (
    "Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến toàn quốc tổng kết công tác dân vận và "
    "đánh giá kết quả thực hiện “Năm dân vận chính quyền” 2019 và triển khai nhiệm vụ năm 2020."
)
FOOT = "Báo Điện Biên Phủ · 14:15, 09/01/2020"
URL = "https://baodienbienphu.example.vn/tin-tuc/173"

Send = Callable[[int], Awaitable[object]]


class NoUpdates:
    """Nothing is received here."""

    async def keep(self, updates: Sequence[tuple[int, str]]) -> None: ...

    async def unhandled(self, limit: int) -> list[tuple[int, str]]:
        return []

    async def handled(self, update_ids: Sequence[int]) -> None: ...


@dataclass(frozen=True)
class Figure:
    """What one client managed."""

    name: str
    in_flight: int
    per_second: float
    per_cpu_second: float


def push() -> Message:
    """An ordinary push with two buttons."""
    text = message(line(bold(TITLE)), LEAD, line(italic(FOOT)))
    return text.with_buttons([Button("📖 Toàn văn", action="full 173"), Button("🔗 Bài gốc", url=URL)])


def library_send(bot: Bot) -> Send:
    """The same push through the library's own `send_message`."""
    html = f"<b>{TITLE}</b>\n{LEAD}\n<i>{FOOT}</i>"
    buttons = [
        InlineKeyboardButton("📖 Toàn văn", callback_data="full 173"),
        InlineKeyboardButton("🔗 Bài gốc", url=URL),
    ]
    markup = InlineKeyboardMarkup([buttons])
    preview = LinkPreviewOptions(is_disabled=True)
    return lambda chat: bot.send_message(
        chat, html, parse_mode="HTML", reply_markup=markup, link_preview_options=preview
    )


@asynccontextmanager
async def stock(url: str, in_flight: int) -> AsyncIterator[Send]:
    """The library as it comes, with a pool that holds what is in flight."""
    request = HTTPXRequest(connection_pool_size=max(256, in_flight), pool_timeout=30.0)
    try:
        yield library_send(Bot(TOKEN, base_url=f"{url}/bot", request=request))
    finally:
        await request.shutdown()


@asynccontextmanager
async def on_our_request(url: str, in_flight: int) -> AsyncIterator[Send]:
    """The library's `send_message` on our request class."""
    bot = open_api(TOKEN, url, None)
    await bot.open_pools()
    try:
        yield library_send(bot)
    finally:
        await bot.close_pools()


@asynccontextmanager
async def product(url: str, in_flight: int) -> AsyncIterator[Send]:
    """What the product does: render the message, send it, keep its id."""
    bot = TelegramMessenger(token=TOKEN, api_url=url, proxy=None, updates=NoUpdates())
    await bot.open()
    content = push()
    try:
        yield lambda chat: bot.send(f"telegram:{chat}", content)
    finally:
        await bot.stop()


async def measure(send: Send, in_flight: int, seconds: float) -> tuple[float, float]:
    """Sends per second and per CPU second, after a second of warming up."""
    loop = asyncio.get_running_loop()
    sent = 0

    async def sender(chat: int, until: float) -> None:
        nonlocal sent
        while loop.time() < until:
            await send(chat)
            sent += 1

    async def run(duration: float) -> None:
        until = loop.time() + duration
        await asyncio.gather(*(sender(1 + chat, until) for chat in range(in_flight)))

    await run(1.0)
    sent, began, cpu = 0, loop.time(), time.process_time()
    await run(seconds)
    return sent / (loop.time() - began), sent / (time.process_time() - cpu)


@contextmanager
def server(latency_ms: int) -> Iterator[str]:
    """The server in a process of its own; gives its address."""
    command = [sys.executable, "-m", "benchmarks.fast_botapi", "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


Client = tuple[str, Callable[[str, int], AbstractAsyncContextManager[Send]], int]

STOCK: Client = ("python-telegram-bot as it comes", stock, 100)
NO_LATENCY: tuple[Client, ...] = (
    STOCK,
    ("… on our request", on_our_request, 100),
    ("the product's own send", product, 100),
)
AT_50_MS: tuple[Client, ...] = (
    STOCK,
    ("… on our request", on_our_request, 256),
    ("the product's own send", product, 256),
    ("the product's own send", product, 512),
)


async def figures(clients: Sequence[Client], latency_ms: int, rounds: int, seconds: float) -> list[Figure]:
    """The best of a few rounds for each client, in turn, so that a busy neighbour hits all alike."""
    best: dict[int, Figure] = {}
    with server(latency_ms) as url:
        for _ in range(rounds):
            for number, (name, opened, in_flight) in enumerate(clients):
                async with opened(url, in_flight) as send:
                    found = Figure(name, in_flight, *await measure(send, in_flight, seconds))
                if number not in best or found.per_second > best[number].per_second:
                    best[number] = found
    return [best[number] for number in range(len(clients))]


def show(title: str, rows: list[Figure]) -> None:
    """Print a table; ratios are against the first row."""
    print(f"\n{title}")
    print(f"{'':34}{'in flight':>10}{'per s':>10}{'per CPU s':>11}{'ratio':>8}")
    for row in rows:
        ratio = row.per_second / rows[0].per_second
        print(
            f"{row.name:34}{row.in_flight:>10}{row.per_second:>10,.0f}{row.per_cpu_second:>11,.0f}{ratio:>7.1f}×"
        )


def main() -> int:
    """Measure, print, and tell by the exit code whether the wanted figures were reached."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=1.5)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    logging.disable(logging.INFO)
    plain = asyncio.run(figures(NO_LATENCY, 0, given.rounds, given.seconds))
    show("No latency", plain)
    far = asyncio.run(figures(AT_50_MS, 50, given.rounds, given.seconds))
    show("50 ms at the server", far)
    ratio = plain[-1].per_second / plain[0].per_second
    best = max(row.per_second for row in far)
    print(f"\nproduct ÷ stock {ratio:.1f}× (wanted {WANTED_RATIO:.0f}×)")
    print(f"at 50 ms {best:,.0f}/s (wanted {WANTED_PER_SECOND_AT_50_MS:,.0f}/s)")
    return 0 if ratio >= WANTED_RATIO and best >= WANTED_PER_SECOND_AT_50_MS else 1


if __name__ == "__main__":
    sys.exit(main())
