"""What was typed, or what a button carries, as a command."""

import difflib
import re
from dataclasses import dataclass

from bot.commands import COMMANDS, find_command
from bot.commands.base import Command
from bot.commands.help import shown_name
from feeds.text import fold, nfc
from storage.types import Role

MAX_ARGUMENT_CHARACTERS = 4096
"""A Telegram message; what is longer was not typed by a person."""

MAX_NAME_CHARACTERS = 32
"""Of a command (Telegram BotCommand.command)."""

_TYPED = re.compile(r"/(?P<name>[^\s@/]{1,64})(?P<bot>@\w{1,64})?(?:\s+(?P<argument>.*))?", re.DOTALL)
_PRESSED = re.compile(r"/?(?P<name>[a-z0-9_]{1,32})(?:\s+(?P<argument>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """What someone asked for: a command with its argument, or a name that is none."""

    command: Command | None
    argument: str = ""
    name: str = ""
    """As typed, without the slash; empty when there was no text at all."""

    def nearest(self, role: Role, language: str) -> str:
        """The command someone with this role probably meant, by its name in their language; or nothing."""
        names = {
            name: command
            for command in COMMANDS
            if role.includes(command.role)
            for name in (command.name, *command.aliases)
        }
        near = difflib.get_close_matches(fold(self.name), names, 1)
        return shown_name(names[near[0]], language) if near else ""


def read_text(text: str, *, pressed: bool, alone: bool) -> Asked | None:
    """Read a button's action or a typed text; `alone` says that it was typed in a private chat.

    There, words that are no command are searched for. In groups and channels people talk to each other and
    to other bots: only known commands, and unknown ones addressed to a bot by name, are for us (None: not).
    """
    text = nfc(text[: MAX_ARGUMENT_CHARACTERS + MAX_NAME_CHARACTERS * 2]).strip()
    if pressed:
        return _named(_PRESSED.fullmatch(text))
    typed = _TYPED.fullmatch(text)
    if typed is None:
        return _words(text) if alone else None
    asked = _named(typed)
    return asked if alone or asked.command or typed["bot"] else None


def _words(text: str) -> Asked:
    """Words without a command are a search; nothing but a slash, or a picture, is nothing."""
    if not text.strip("/ "):
        return Asked(None)
    return Asked(find_command("search"), text[:MAX_ARGUMENT_CHARACTERS])


def _named(match: re.Match[str] | None) -> Asked:
    if match is None:
        return Asked(None)
    name = match["name"]
    argument = (match["argument"] or "").strip()[:MAX_ARGUMENT_CHARACTERS]
    return Asked(find_command(fold(name)), argument, name[:MAX_NAME_CHARACTERS])
