"""/revoke: make someone a reader again."""

from bot.commands.base import Command, CommandContext
from bot.commands.grant import named_person, shown
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request, message
from storage.audit import record_action
from storage.engine import writing
from storage.people import revoke
from storage.types import Role


async def run(request: Request, context: CommandContext) -> Reply:
    """`<user>`: take the role away. Owners keep theirs."""
    t = request.t
    if not request.argument:
        raise UserError(N_("Write whose role to take away, for example: /revoke 1001"))
    async with writing(context.engine) as conn:
        person = await named_person(conn, request.argument, request, context)
        if not await revoke(conn, person.address):
            return Reply.of(message(t("{person} has no role to take away.", person=shown(person))))
        detail = {"person": person.address, "before": person.role.value}
        await record_action(conn, request.person.address, "revoke", detail, request.now)
    done = message(t("✓ {person} is a reader again.", person=shown(person)))
    return Reply((done,), menu_of=person.address)


COMMAND = Command(
    name="revoke",
    aliases=("thuquyen",),
    role=Role.ADMIN,
    summary=N_("Take a role away"),
    usage=N_("<person>"),
    run=run,
)
