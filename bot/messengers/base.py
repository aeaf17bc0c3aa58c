"""The one seam for a chat platform: what comes in, what goes out, and how a send can end.

DeliveryError
├── RetryLater     surely not sent; try again after `after` seconds
├── ChatGone       the chat blocked us, was deleted or removed us
├── ChatMoved      it has another address now
├── ChatPaused     we may not write there for now
├── Rejected       the platform refuses this content
├── Uncertain      it may or may not have arrived
└── BotDown        the platform refuses the bot itself (revoked token, wrong address)
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.messages import Message
from storage.types import ChatKind


class DeliveryError(Exception):
    """A message was not (or not surely) delivered. `detail` is the platform's own words, for the log."""

    key = "delivery_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Scope(StrEnum):
    """What a hold stops."""

    CHAT = "chat"
    MESSENGER = "messenger"


class RetryLater(DeliveryError):
    """Surely not sent. Nothing goes to what `scope` names before `after` seconds have passed."""

    key = "retry_later"

    def __init__(self, after: float, scope: Scope = Scope.CHAT, detail: str = "") -> None:
        super().__init__(detail)
        self.after = after
        self.scope = scope


class ChatGone(DeliveryError):
    """The chat blocked us, was deleted, or removed us. /start or being added again brings it back."""

    key = "chat_gone"


class ChatMoved(DeliveryError):
    """The chat has another address now (a group became a supergroup)."""

    key = "chat_moved"

    def __init__(self, address: str, detail: str = "") -> None:
        super().__init__(detail)
        self.address = address


class ChatPaused(DeliveryError):
    """We may not write there for now: rights removed, topic closed."""

    key = "chat_paused"


class Rejected(DeliveryError):
    """The platform refuses this content; the chat is fine."""

    key = "rejected"


class Uncertain(DeliveryError):
    """The request left and no clear answer came: it may have arrived."""

    key = "uncertain"


class BotDown(DeliveryError):
    """The platform refuses the bot itself: stop calling, keep everything, tell the operator."""

    key = "bot_down"


class IncomingKind(StrEnum):
    """What happened in a chat."""

    TEXT = "text"
    BUTTON = "button"
    JOINED = "joined"
    """We were added to a group or channel, or unblocked."""
    LEFT = "left"
    """We were removed or blocked."""
    MOVED = "moved"
    """The chat's address changed; `text` is the new one."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something that happened in a chat."""

    kind: IncomingKind
    chat: str
    """Address of the chat, `telegram:-1005/17`."""
    chat_kind: ChatKind
    chat_title: str
    user: str
    """Address of the person, `telegram:1001`; empty when a channel speaks for itself."""
    user_name: str
    language: str
    """The person's own language code as the platform gives it (`vi`, `en-GB`), or empty."""
    text: str = ""
    """What was typed, or the action of the button pressed."""
    message_id: str = ""
    """The message a pressed button hangs under."""
    callback_id: str = ""
    """What `acknowledge` needs."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One command in the platform's menu."""

    name: str
    description: str


Listener = Callable[[Incoming], Awaitable[None]]
"""What a messenger calls for each thing that happened; it answers by itself and never raises."""


class Messenger(Protocol):
    """A transport. Every method may raise a `DeliveryError`; `start` returns once it is listening."""

    name: str

    async def start(self, listener: Listener) -> None:
        """Begin to receive."""

    async def stop(self) -> None:
        """Stop receiving, let go of connections. Must return within a few seconds."""

    async def send(self, chat: str, message: Message, *, silent: bool = False) -> str:
        """Send and return the platform's id of the (first) message sent."""

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Put `message` in the place of one sent before. An unchanged message is a success."""

    async def acknowledge(self, callback_id: str, note: str = "") -> None:
        """Answer a pressed button; one that is too old to be answered is not an error."""

    async def show_working(self, chat: str) -> None:
        """Let the chat see for a few seconds that an answer is on its way."""

    async def administers(self, chat: str, user: str) -> bool:
        """Whether this person is an administrator of that group or channel."""

    async def set_menu(
        self, entries: Sequence[MenuEntry], *, language: str | None = None, chat: str | None = None
    ) -> None:
        """Offer these commands: to everyone, to readers of a language, or in one chat."""
