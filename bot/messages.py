"""What is shown and what is asked, without any platform in it.

A `Message` is a list of lines made of spans, with rows of buttons. A messenger turns it into its own
markup; it never sees an article, and a command never sees Telegram.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.i18n import Translator
from storage.types import Chat, Person

MAX_ACTION_BYTES = 64
"""The tightest limit of any messenger for what a button carries (Telegram callback_data)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    mark: bool = False
    """A matched word of a search."""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph: spans that flow together. An empty one is a blank line."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(span.text for span in self.spans)


BLANK = Line()


def line(*parts: str | Span) -> Line:
    """Build a line from strings and spans."""
    return Line(tuple(Span(part) if isinstance(part, str) else part for part in parts))


def bold(text: str) -> Span:
    """A bold span."""
    return Span(text, bold=True)


def italic(text: str) -> Span:
    """An italic span."""
    return Span(text, italic=True)


def link(text: str, url: str) -> Span:
    """A span that opens an address."""
    return Span(text, url=url)


@dataclass(frozen=True, slots=True)
class Button:
    """Either an action, written as the command it stands for (`full 12`, `latest 2`), or an address."""

    label: str
    action: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if bool(self.action) is bool(self.url):
            raise ValueError("a button has an action or an address")
        if len(self.action.encode()) > MAX_ACTION_BYTES:
            raise ValueError(f"button action over {MAX_ACTION_BYTES} bytes: {self.action!r}")


@dataclass(frozen=True, slots=True)
class Message:
    """Something to show in a chat. Long ones are split by the messenger, at lines, then sentences."""

    lines: tuple[Line, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview_url: str | None = None
    """The address whose picture card is shown large; no card without it."""

    @property
    def text(self) -> str:
        """The words alone, a line a paragraph."""
        return "\n".join(each.text for each in self.lines)

    def with_buttons(self, *rows: Iterable[Button]) -> "Message":
        """The same message with these rows of buttons; empty rows are left out."""
        kept = tuple(tuple(row) for row in rows)
        return replace(self, buttons=tuple(row for row in kept if row))


def message(*lines: str | Line) -> Message:
    """Build a message from plain strings and lines."""
    return Message(tuple(line(each) if isinstance(each, str) else each for each in lines))


@dataclass(frozen=True, slots=True)
class Request:
    """A command as its handler gets it: who asks, where, and in which language to answer."""

    chat: Chat
    person: Person
    command: str
    """The English name, without the slash, aliases resolved."""
    argument: str
    """Whatever followed, stripped; at most 4,096 characters."""
    now: datetime
    t: Translator
    pressed: bool = False
    """Whether a button was pressed: an answer may then replace the message it hangs under."""
    manages_chat: bool = True
    """Whether this person may change what the chat gets (its own chat, or an administrator's)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    messages: tuple[Message, ...] = ()
    replace: bool = False
    """Put the first message in the place of the one whose button was pressed."""
    note: str = ""
    """A word shown for a moment over a pressed button, at most 200 characters."""
    menu_of: str = ""
    """Address of someone whose menu of commands is another now (role or language changed)."""

    @classmethod
    def of(cls, *messages: Message, replace: bool = False, note: str = "") -> "Reply":
        """Build a reply."""
        return cls(messages, replace, note)
