"""Long messages of which only the beginning has been sent."""

from bot.messages import Message

MAX_UNFINISHED = 1_000
"""Kept at most; a forgotten one is sent from its beginning again."""


class Unfinished:
    """Remembers how far a message got in a chat, until it is sent again."""

    def __init__(self, limit: int = MAX_UNFINISHED) -> None:
        self._limit = limit
        self._sent: dict[tuple[str, Message], list[str]] = {}

    def take(self, chat: str, message: Message) -> list[str]:
        """The ids of the parts already sent; they are forgotten here."""
        return self._sent.pop((chat, message), []) if self._sent else []

    def put(self, chat: str, message: Message, sent: list[str]) -> None:
        """Remember the ids of the parts sent so far; the oldest are forgotten beyond the limit."""
        if not sent:
            return
        self._sent[(chat, message)] = sent
        while len(self._sent) > self._limit:
            del self._sent[next(iter(self._sent))]
