"""/pause: nothing for a while."""

from bot.commands.arguments import read_duration
from bot.commands.base import Command, CommandContext
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request, message
from storage.chats import pause_chat
from storage.engine import writing
from storage.types import ChatState, Role


async def run(request: Request, context: CommandContext) -> Reply:
    """Pause for `3d`, `12h`, `2w`, or until /resume."""
    t = request.t
    length = read_duration(request.argument) if request.argument else None
    if request.argument and length is None:
        raise UserError(
            N_("For how long? Write for example: /pause 12h, /pause 3d or /pause 2w (a year at most)")
        )
    if request.chat.state is ChatState.STOPPED:
        raise UserError(N_("Nothing is sent here at present: it was stopped. /start begins anew."))
    until = request.now + length if length else None
    async with writing(context.engine) as conn:
        await pause_chat(conn, request.chat.id, until)
    if until is None:
        paused = t("Paused: nothing is sent until you write /resume.")
    else:
        paused = t(
            "Paused until {moment}. /resume ends it sooner.", moment=t.moment(until, request.chat.time_zone)
        )
    return Reply.of(
        message(paused, t("What appears in the meantime is not sent later; /latest and /search find it."))
    )


COMMAND = Command(
    name="pause",
    aliases=("tamdung",),
    role=Role.CITIZEN,
    summary=N_("Send nothing for a while"),
    usage=N_("[3d]"),
    run=run,
    changes_chat=True,
)
