"""When the next message may leave: the platform's limits as arithmetic, without a clock of its own.

Three limits hold at once (Telegram's FAQ and PTB's `FloodLimit`; see docs/design.md):

- everything together leaves at an even rate, with no burst to begin with: a leaky bucket that opens full
  sends twice the limit in its first second;
- one private chat gets at most one message a second;
- one group or channel gets at most 18 messages in any minute (the platform says 20), answers and edits
  counted.

A `retry_after` from the platform is a hold: on one chat, or on everything when the bot as a whole is meant.
Times are seconds on any steadily rising clock.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

PRIVATE_GAP_SECONDS = 1.0
GROUP_WINDOW_SECONDS = 60.0
GROUP_MESSAGES_PER_WINDOW = 18
"""Two below the platform's 20: its clock and ours do not start the minute together."""
FORGET_CHAT_AFTER_SECONDS = 2 * GROUP_WINDOW_SECONDS
"""A chat silent for so long is bound by nothing we remember of it."""
CATCH_UP_SLOTS = 1
"""How many slots lost to a late wake-up may be made good, so that timer jitter costs no throughput."""


class Priority(IntEnum):
    """Who goes first when not everyone can."""

    ANSWER = 0
    """Someone is waiting for it."""
    BREAKING = 1
    PUSH = 2
    DIGEST = 3
    EDIT = 4
    ANNOUNCEMENT = 5


@dataclass(slots=True)
class _ChatPace:
    """What one chat has had lately."""

    shared: bool
    sent_at: deque[float] = field(default_factory=deque)
    held_until: float = 0.0

    def ready_at(self, now: float) -> float:
        """The earliest moment the next message may go to this chat."""
        if not self.shared:
            last = self.sent_at[-1] + PRIVATE_GAP_SECONDS if self.sent_at else 0.0
            return max(now, self.held_until, last)
        while self.sent_at and self.sent_at[0] <= now - GROUP_WINDOW_SECONDS:
            self.sent_at.popleft()
        if len(self.sent_at) < GROUP_MESSAGES_PER_WINDOW:
            return max(now, self.held_until)
        oldest_that_counts = self.sent_at[-GROUP_MESSAGES_PER_WINDOW]
        return max(now, self.held_until, oldest_that_counts + GROUP_WINDOW_SECONDS)

    def book(self, now: float) -> None:
        self.sent_at.append(now)
        if not self.shared and len(self.sent_at) > 1:
            self.sent_at.popleft()

    def forgettable(self, now: float) -> bool:
        last = self.sent_at[-1] if self.sent_at else 0.0
        return max(last + FORGET_CHAT_AFTER_SECONDS, self.held_until) <= now


class Pacer:
    """Keeps count of what left and tells when the next may.

    `rate_per_second` bounds everything together; zero lifts that bound (a self-hosted server under test).
    """

    def __init__(self, rate_per_second: float) -> None:
        self._gap = 1.0 / rate_per_second if rate_per_second else 0.0
        self._next_slot = 0.0
        self._held_until = 0.0
        self._chats: dict[str, _ChatPace] = {}
        self._next_sweep = 0.0

    def slot_at(self, now: float) -> float:
        """The earliest moment anything at all may leave."""
        return max(now, self._held_until, self._next_slot)

    def chat_at(self, chat: str, shared: bool, now: float) -> float:
        """The earliest moment a message may go to this chat, the common rate aside.

        `shared` is true for groups and channels, whose limit is another than a private chat's.
        """
        pace = self._chats.get(chat)
        return pace.ready_at(now) if pace else now

    def book(self, chat: str, shared: bool, now: float) -> None:
        """Count a message that leaves now."""
        self._next_slot = max(self._next_slot, now - CATCH_UP_SLOTS * self._gap) + self._gap
        self._pace_of(chat, shared).book(now)
        if now >= self._next_sweep:
            self._next_sweep = now + FORGET_CHAT_AFTER_SECONDS
            self._chats = {key: pace for key, pace in self._chats.items() if not pace.forgettable(now)}

    def hold_chat(self, chat: str, shared: bool, until: float) -> None:
        """Send nothing to this chat before `until`."""
        pace = self._pace_of(chat, shared)
        pace.held_until = max(pace.held_until, until)

    def hold_all(self, until: float) -> None:
        """Send nothing at all before `until`."""
        self._held_until = max(self._held_until, until)

    def _pace_of(self, chat: str, shared: bool) -> _ChatPace:
        pace = self._chats.get(chat)
        if pace is None:
            pace = self._chats[chat] = _ChatPace(shared)
        return pace
