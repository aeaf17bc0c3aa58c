"""/feeds: the health of every feed, in plain words."""

from functools import partial

from bot.commands.arguments import page_or_last, read_page
from bot.commands.base import Command, CommandContext
from bot.i18n import N_
from bot.messages import Reply, Request, message
from bot.render.feeds import render_feeds
from storage.engine import reading
from storage.feeds import list_feeds
from storage.types import Role

FEEDS_PER_PAGE = 6
"""Four lines each: a phone's screen and a half."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Show a page of the feeds that are polled."""
    t = request.t
    async with reading(context.engine) as conn:
        page = await page_or_last(partial(list_feeds, conn), read_page(request.argument), FEEDS_PER_PAGE)
    if not page.items:
        return Reply.of(message(t("No feeds yet. Add one with /addfeed and its address.")))
    return Reply.of(render_feeds(page, request.now, request.chat.time_zone, t), replace=request.pressed)


COMMAND = Command(
    name="feeds",
    aliases=("nguontin",),
    role=Role.EDITOR,
    summary=N_("Health of the feeds"),
    usage="",
    run=run,
)
