"""The platform's command menu, per language and role, made from the one list of commands."""

from collections.abc import Iterable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import COMMANDS
from bot.commands.help import shown_name
from bot.i18n import LANGUAGES, translator
from bot.messengers.base import DeliveryError, MenuEntry, Messenger
from storage.chats import find_chat
from storage.engine import reading
from storage.people import list_people
from storage.types import Role

log = structlog.get_logger(__name__)


def menu(language: str, role: Role) -> list[MenuEntry]:
    """What someone with this role is offered, under the names of their language."""
    t = translator(language)
    return [
        MenuEntry(shown_name(command, language), t(command.summary))
        for command in COMMANDS
        if command.in_menu and role.includes(command.role)
    ]


async def offer_menus(
    messenger: Messenger, engine: AsyncEngine, owners: Iterable[str], language: str
) -> None:
    """Offer the readers' menu in every language, and to each of the staff their own.

    A menu that cannot be set is only logged: every command works without one.
    """
    await _offer(messenger, menu(language, Role.CITIZEN))
    for each in LANGUAGES:
        await _offer(messenger, menu(each, Role.CITIZEN), language=each)
    async with reading(engine) as conn:
        staff = {person.address: person.role for person in await list_people(conn)}
    for address, role in (staff | dict.fromkeys(owners, Role.OWNER)).items():
        if address.startswith(f"{messenger.name}:"):
            await offer_own_menu(messenger, engine, address, role)


async def offer_own_menu(messenger: Messenger, engine: AsyncEngine, address: str, role: Role) -> None:
    """Offer someone the menu of their role, in their private chat; nothing if they never wrote to us."""
    async with reading(engine) as conn:
        chat = await find_chat(conn, address)
    if chat is not None:
        await _offer(messenger, menu(chat.language, role), chat=address)


async def _offer(
    messenger: Messenger, entries: list[MenuEntry], *, language: str | None = None, chat: str | None = None
) -> None:
    try:
        await messenger.set_menu(entries, language=language, chat=chat)
    except DeliveryError as error:
        log.info("menu.not_offered", chat=chat, outcome=error.key, detail=error.detail[:200])
