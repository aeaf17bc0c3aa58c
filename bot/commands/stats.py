"""/stats: figures."""

from bot.commands.base import Command, CommandContext
from bot.i18n import N_
from bot.messages import Reply, Request
from bot.render.stats import render_stats
from storage.engine import reading
from storage.stats import collect_stats
from storage.types import Role


async def run(request: Request, context: CommandContext) -> Reply:
    """Count chats, feeds, articles and deliveries."""
    async with reading(context.engine) as conn:
        stats = await collect_stats(conn, request.now)
    return Reply.of(render_stats(stats, request.t))


COMMAND = Command(
    name="stats",
    aliases=("thongke",),
    role=Role.ADMIN,
    summary=N_("Figures"),
    usage="",
    run=run,
)
