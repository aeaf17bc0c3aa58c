"""The platform's command menu, per language and role, made from the one list of commands."""

from bot.commands import COMMANDS
from bot.commands.help import shown_name
from bot.i18n import translator
from bot.messengers.base import MenuEntry
from storage.types import Role


def menu(language: str, role: Role) -> list[MenuEntry]:
    """What someone with this role is offered, in their language; Vietnamese readers see the Vietnamese names."""
    t = translator(language)
    return [
        MenuEntry(shown_name(command, language), t(command.summary))
        for command in COMMANDS
        if command.in_menu and role.includes(command.role)
    ]
