"""/grant: give someone a role."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.base import Command, CommandContext
from bot.commands.targets import is_id
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request, message
from bot.messengers.addresses import split_address
from bot.render.parts import short_line
from bot.render.roles import role_name
from feeds.text import fold
from storage.audit import record_action
from storage.chats import find_chat
from storage.engine import writing
from storage.people import get_person, grant
from storage.types import Person, Role

ROLE_WORDS: Mapping[str, Role] = MappingProxyType(
    {
        **{role.value: role for role in Role},
        "can bo": Role.OFFICIAL,
        "bien tap": Role.EDITOR,
        "bien tap vien": Role.EDITOR,
        "quan tri": Role.ADMIN,
        "quan tri vien": Role.ADMIN,
    }
)
"""Folded words people use for a role."""

GRANTED = (Role.OFFICIAL, Role.EDITOR, Role.ADMIN)
"""Roles that are given by command; owners stand in the configuration, and every other is a reader."""


async def run(request: Request, context: CommandContext) -> Reply:
    """`<user> <role>`: no higher than one's own, and never over an owner."""
    t = request.t
    name, _, word = request.argument.partition(" ")
    role = ROLE_WORDS.get(fold(word).strip())
    if role not in GRANTED:
        raise UserError(N_("Write a person and a role: /grant 1001 editor. Roles: official, editor, admin"))
    if not request.person.role.includes(role):
        raise UserError(N_("You cannot give a role above your own."))
    async with writing(context.engine) as conn:
        person = await named_person(conn, name, request, context)
        await grant(conn, person.address, role, request.person.address, request.now, name=person.name)
        detail = {"person": person.address, "role": role.value, "before": person.role.value}
        await record_action(conn, request.person.address, "grant", detail, request.now)
    done = message(t("✓ {person} is now: {role}.", person=shown(person), role=role_name(role, t)))
    return Reply((done,), menu_of=person.address)


async def named_person(conn: AsyncConnection, text: str, request: Request, context: CommandContext) -> Person:
    """The person with this address or number, if the asker may change their role. Raises UserError."""
    address = _address(text, request)
    chat = await find_chat(conn, address)
    person = await get_person(conn, address, chat.title if chat else "", context.owners)
    if person.role is Role.OWNER:
        raise UserError(N_("This person is an owner: that is changed in the configuration only."))
    if not request.person.role.includes(person.role):
        raise UserError(N_("This person's role is above your own."))
    return person


def shown(person: Person) -> str:
    """Name and address."""
    return f"{short_line(person.name, 60)} ({person.address})" if person.name else person.address


def _address(text: str, request: Request) -> str:
    """`1001` → `telegram:1001`, in the messenger where it is asked."""
    address = f"{request.chat.messenger}:{text}" if is_id(text) else text
    try:
        messenger, number, _ = split_address(address)
    except ValueError:
        raise UserError(
            N_(
                "“{name}” is no person's address. Write a number such as 1001, or telegram:1001; /chats "
                "shows them."
            ),
            name=short_line(text, 60),
        ) from None
    return f"{messenger}:{number}"


COMMAND = Command(
    name="grant",
    aliases=("capquyen",),
    role=Role.ADMIN,
    summary=N_("Give someone a role"),
    usage=N_("<person> <role>"),
    run=run,
)
