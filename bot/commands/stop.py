"""/stop: one step and certain."""

from bot.commands.base import Command, CommandContext
from bot.i18n import N_
from bot.messages import Reply, Request, message
from storage.chats import set_digest, stop_chat
from storage.engine import writing
from storage.types import Role


async def run(request: Request, context: CommandContext) -> Reply:
    """Remove everything the chat follows and send nothing any more."""
    t = request.t
    async with writing(context.engine) as conn:
        await stop_chat(conn, request.chat.id, request.now)
        await set_digest(conn, request.chat.id, at=None, days=request.chat.digest_days, next_at=None)
    return Reply.of(
        message(
            t("Done: everything you followed is removed and I send nothing more."),
            t("Should you want the news again, write /start. I still answer /latest and /search."),
        )
    )


COMMAND = Command(
    name="stop",
    aliases=("dung",),
    role=Role.CITIZEN,
    summary=N_("Remove everything and send nothing more"),
    usage="",
    run=run,
    changes_chat=True,
)
