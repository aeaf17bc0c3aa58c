"""What reached the chats and what was asked of the server, kept for assertions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Sent:
    """A message of the bot as a reader sees it now."""

    message_id: int
    chat_id: int
    thread_id: int | None
    text: str
    entities: list[dict[str, Any]]
    rows: list[list[dict[str, Any]]]
    silent: bool
    preview: dict[str, Any]
    at: float
    """Unix time of the delivery."""
    edits: int = 0
    deleted: bool = False
    reply_to: int | None = None

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """All buttons, row after row."""
        return [button for row in self.rows for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]

    def button(self, wanted: str) -> dict[str, Any]:
        """The button whose callback data is `wanted`, or whose label contains it. Raises LookupError."""
        for button in self.buttons:
            if button.get("callback_data") == wanted:
                return button
        for button in self.buttons:
            if wanted in button["text"]:
                return button
        raise LookupError(f"no button {wanted!r} among {self.labels}")

    def styled(self, kind: str) -> list[str]:
        """The runs of text with an entity of this type, as a reader sees them."""
        units = self.text.encode("utf-16-le")
        return [
            units[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le")
            for each in self.entities
            if each["type"] == kind
        ]

    def as_api(self) -> dict[str, Any]:
        """The parts of a Bot API Message that come from the content."""
        found: dict[str, Any] = {"message_id": self.message_id, "date": int(self.at), "text": self.text}
        if self.entities:
            found["entities"] = self.entities
        if self.rows:
            found["reply_markup"] = {"inline_keyboard": self.rows}
        if self.preview:
            found["link_preview_options"] = self.preview
        if self.thread_id is not None:
            found |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        return found


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    at: float
    method: str
    parameters: dict[str, Any]
    status: int
    description: str
    """The error's text, empty for a success."""


@dataclass
class Ledger:
    """Everything delivered, every call, every warning."""

    sent: list[Sent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """Things the real server would swallow: unknown parameters, entities over 100."""

    def messages(self, chat_id: int | None = None, *, thread: int | None = None) -> list[Sent]:
        """What a reader of the chat sees, oldest first."""
        return [
            each
            for each in self.sent
            if not each.deleted
            and (chat_id is None or each.chat_id == chat_id)
            and (thread is None or each.thread_id == thread)
        ]

    def texts(self, chat_id: int | None = None) -> list[str]:
        return [each.text for each in self.messages(chat_id)]

    def calls_of(self, method: str) -> list[Call]:
        return [each for each in self.calls if each.method.lower() == method.lower()]

    def failures(self) -> list[Call]:
        """Calls answered with an error."""
        return [each for each in self.calls if each.status >= 400]

    def duplicates(self, chat_id: int) -> list[str]:
        """Texts that reached the chat more than once."""
        return [text for text, n in Counter(self.texts(chat_id)).items() if n > 1]

    def max_per_second(self, chats: Iterable[int] | None = None, *, window: float = 1.0) -> int:
        """The most messages delivered within any `window` seconds."""
        wanted = None if chats is None else set(chats)
        times = sorted(each.at for each in self.sent if wanted is None or each.chat_id in wanted)
        first = most = 0
        for last, at in enumerate(times):
            while at - times[first] >= window:
                first += 1
            most = max(most, last - first + 1)
        return most

    def no_parse_errors(self) -> bool:
        return not any("can't parse" in each.description for each in self.calls)
