"""The one gate every message passes on its way out: first by priority, then in order of arrival.

Whoever wants to send waits here for a turn. An answer to a command overtakes ten thousand waiting pushes;
a chat that must wait lets others past.
"""

import asyncio
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from bot.pacing import Pacer, Priority


@dataclass(order=True, slots=True)
class _Waiter:
    priority: Priority
    number: int
    chat: str = field(compare=False)
    shared: bool = field(compare=False)
    turn: asyncio.Future[None] = field(compare=False)


class Turnstile:
    """Lets senders through one at a time as the pacer allows. Use it inside one event loop."""

    def __init__(self, pacer: Pacer, monotonic: Callable[[], float]) -> None:
        self.pacer = pacer
        self._monotonic = monotonic
        self._waiting: list[_Waiter] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, chat: str, priority: Priority, *, shared: bool) -> None:
        """Return when a message to this chat may leave; the turn is then taken."""
        waiter = _Waiter(
            priority, next(self._numbers), chat, shared, asyncio.get_running_loop().create_future()
        )
        insort(self._waiting, waiter)
        self._advance()
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            raise

    def wait_of(self, chat: str, *, shared: bool) -> float:
        """How many seconds this chat has to wait for reasons of its own."""
        now = self._monotonic()
        return self.pacer.chat_at(chat, shared, now) - now

    def hold_chat(self, chat: str, seconds: float, *, shared: bool) -> None:
        """Let nothing through to this chat for so long."""
        self.pacer.hold_chat(chat, shared, self._monotonic() + seconds)

    def hold_all(self, seconds: float) -> None:
        """Let nothing through at all for so long."""
        self.pacer.hold_all(self._monotonic() + seconds)

    def _advance(self) -> None:
        """Let through whoever may go now, and come back when the next one may."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            now = self._monotonic()
            slot = self.pacer.slot_at(now)
            at = slot if slot > now else self._let_one_through(now)
            if at is not None:
                self._timer = asyncio.get_running_loop().call_later(at - now, self._advance)
                return

    def _let_one_through(self, now: float) -> float | None:
        """Give the first waiter whose chat is ready its turn; else tell when the first one will be."""
        soonest = float("inf")
        for index, waiter in enumerate(self._waiting):
            ready = self.pacer.chat_at(waiter.chat, waiter.shared, now)
            if ready <= now:
                del self._waiting[index]
                if not waiter.turn.done():  # cancelled a moment ago: its turn is not used up
                    self.pacer.book(waiter.chat, waiter.shared, now)
                    waiter.turn.set_result(None)
                return None
            soonest = min(soonest, ready)
        return soonest
