"""The platform's command menu, per language and role, made from the one list of commands."""

from collections.abc import Collection

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import COMMANDS
from bot.commands.help import shown_name
from bot.i18n import LANGUAGES, translator
from bot.messengers.base import DeliveryError, MenuEntry, Messenger
from storage.chats import find_chat
from storage.engine import reading
from storage.people import get_person, list_people
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
    messenger: Messenger, engine: AsyncEngine, owners: Collection[str], language: str
) -> None:
    """Offer the readers' menu in every language, and to each of the staff their own.

    A menu that cannot be set is only logged: every command works without one.
    """
    await _offer(messenger, menu(language, Role.CITIZEN))
    for each in LANGUAGES:
        await _offer(messenger, menu(each, Role.CITIZEN), language=each)
    async with reading(engine) as conn:
        staff = {person.address for person in await list_people(conn)}
    for address in sorted(staff | set(owners)):
        await offer_own_menu(messenger, engine, owners, address)


async def offer_own_menu(
    messenger: Messenger, engine: AsyncEngine, owners: Collection[str], address: str
) -> None:
    """Offer someone the menu of their role and language in their private chat; nothing if there is none."""
    if not address.startswith(f"{messenger.name}:"):
        return
    async with reading(engine) as conn:
        chat = await find_chat(conn, address)
        person = await get_person(conn, address, "", owners)
    if chat is not None:
        await _offer(messenger, menu(chat.language, person.role), chat=address)


async def _offer(
    messenger: Messenger, entries: list[MenuEntry], *, language: str | None = None, chat: str | None = None
) -> None:
    try:
        await messenger.set_menu(entries, language=language, chat=chat)
    except DeliveryError as error:
        log.info("menu.not_offered", chat=chat, outcome=error.key, detail=error.detail[:200])
