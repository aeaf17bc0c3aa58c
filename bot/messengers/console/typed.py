"""What a typed line means."""

import re
from dataclasses import dataclass

from bot.messages import Button

QUIT_WORDS = frozenset(("/quit", "/exit", "/thoat"))

_BUTTON_NUMBER = re.compile(r"[1-9][0-9]?", re.ASCII)
"""No message has a hundred buttons; a longer number (a year) is something to search for."""


@dataclass(frozen=True, slots=True)
class Quit:
    """The reader leaves."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed by its number."""

    button: Button


@dataclass(frozen=True, slots=True)
class NoSuchButton:
    """A number that no button has."""

    number: int


@dataclass(frozen=True, slots=True)
class Said:
    """A command or words."""

    text: str


def read_typed(text: str, buttons: tuple[Button, ...]) -> Quit | Pressed | NoSuchButton | Said | None:
    """Say what a line means under a message with these buttons; None for a blank line."""
    text = text.strip()
    if not text:
        return None
    if text.lower() in QUIT_WORDS:
        return Quit()
    if not buttons or not _BUTTON_NUMBER.fullmatch(text):
        return Said(text)
    number = int(text)
    return Pressed(buttons[number - 1]) if number <= len(buttons) else NoSuchButton(number)
