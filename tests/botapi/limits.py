"""How often a bot may write: buckets whose numbers are the ones everybody reports.

Exact limits are unpublished; these are the Bot FAQ's (30 a second in all, 1 a second in a chat, 20 a minute
in a group). Off unless a test asks for it.
"""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

PENALTY_GROWTH = 2
"""A chat that is written to while it is held is held twice as long: real flood control grows too."""


@dataclass
class RateModel:
    """Answers how many whole seconds to wait, or 0."""

    per_second: int = 30
    chat_burst: int = 3
    group_per_minute: int = 20
    _all: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _held: dict[int, tuple[float, int]] = field(default_factory=dict)
    storms: int = 0
    """Sends that came while their chat was held."""

    def wait(self, chat: int, now: float) -> int:
        """Seconds until `chat` may be written to; 0 takes the place."""
        until, seconds = self._held.get(chat, (0.0, 0))
        if now < until:
            self.storms += 1
            return self._hold(chat, now, seconds * PENALTY_GROWTH)
        own = self._chats[chat]
        waits = [_room_at(self._all, self.per_second, 1.0, now), _room_at(own, self.chat_burst, 3.0, now)]
        if chat < 0:
            waits.append(_room_at(own, self.group_per_minute, 60.0, now))
        longest = max(waits)
        if longest > now:
            return self._hold(chat, now, max(1, math.ceil(longest - now)))
        self._all.append(now)
        own.append(now)
        return 0

    def _hold(self, chat: int, now: float, seconds: int) -> int:
        self._held[chat] = (now + seconds, seconds)
        return seconds


def _room_at(times: deque[float], limit: int, window: float, now: float) -> float:
    """When fewer than `limit` of `times` lie within `window`."""
    while times and now - times[0] >= 60.0:
        times.popleft()
    recent = [at for at in times if now - at < window]
    return recent[-limit] + window if len(recent) >= limit else now
