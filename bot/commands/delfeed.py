"""/delfeed: stop polling a feed; its articles stay."""

from bot.commands.base import Command, CommandContext
from bot.commands.targets import is_id
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request, message
from storage.audit import record_action
from storage.engine import writing
from storage.feeds import get_feed, retire_feed
from storage.types import Role


async def run(request: Request, context: CommandContext) -> Reply:
    """Retire feed number `3` (or `#3`)."""
    t = request.t
    number = request.argument.removeprefix("#")
    if not is_id(number):
        raise UserError(N_("Write the feed's number, as /feeds shows it, for example: /delfeed 3"))
    async with writing(context.engine) as conn:
        feed = await get_feed(conn, int(number))
        if feed is None or not await retire_feed(conn, feed.id, request.now):
            raise UserError(N_("There is no feed number {number}. /feeds lists them."), number=int(number))
        detail = {"feed": feed.id, "url": feed.url}
        await record_action(conn, request.person.address, "delfeed", detail, request.now)
    return Reply.of(
        message(
            t(
                "Removed: #{id} {title}. It is no longer polled; its articles stay.",
                id=feed.id,
                title=feed.title,
            ),
            t("To poll it again: /addfeed {url}", url=feed.url),
        )
    )


COMMAND = Command(
    name="delfeed",
    aliases=("xoanguon",),
    role=Role.EDITOR,
    summary=N_("Remove a feed"),
    usage=N_("<number>"),
    run=run,
)
