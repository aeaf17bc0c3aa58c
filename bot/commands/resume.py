"""/resume: end a pause."""

from bot.commands.base import Command, CommandContext
from bot.i18n import N_
from bot.messages import Reply, Request, message
from storage.chats import resume_chat
from storage.engine import writing
from storage.types import ChatState, Role


async def run(request: Request, context: CommandContext) -> Reply:
    """Send again, if it was paused."""
    t = request.t
    if request.chat.state is ChatState.STOPPED:
        return Reply.of(message(t("Nothing is sent here at present: it was stopped. /start begins anew.")))
    if request.chat.state is ChatState.ACTIVE:
        return Reply.of(message(t("Nothing was paused. /mine shows what you follow.")))
    async with writing(context.engine) as conn:
        await resume_chat(conn, request.chat.id)
    return Reply.of(message(t("Welcome back. New articles are sent again from now on.")))


COMMAND = Command(
    name="resume",
    aliases=("tieptuc",),
    role=Role.CITIZEN,
    summary=N_("End a pause"),
    usage="",
    run=run,
    changes_chat=True,
)
