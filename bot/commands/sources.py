"""/sources: pick sources by buttons."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.arguments import page_or_last, read_page
from bot.commands.base import Command, CommandContext
from bot.commands.following import follow
from bot.commands.targets import is_id
from bot.i18n import N_
from bot.messages import Message, Reply, Request, bold, line, message
from bot.render.parts import page_number, same_page
from bot.render.picker import Switch, render_picker
from storage.engine import reading, writing
from storage.feeds import get_feed, list_feeds
from storage.subscriptions import targets_of_chat, unsubscribe
from storage.types import FeedState, FeedStatus, Role, Target, TargetKind

SOURCES_PER_PAGE = 8
"""One to a row, since names of newspapers are long."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Show the sources; `+id page` and `-id page`, as the buttons say, switch one on or off."""
    words = request.argument.split()
    if not words or words[0][0] not in "+-" or not is_id(words[0][1:]):
        async with reading(context.engine) as conn:
            page = read_page(request.argument)
            return Reply.of(await _picker(conn, request, page), replace=request.pressed)
    page = read_page(words[1]) if len(words) > 1 else 1
    async with writing(context.engine) as conn:
        note = await _switch(conn, request, int(words[0][1:]), on=words[0][0] == "+")
        return Reply.of(await _picker(conn, request, page), replace=request.pressed, note=note)


async def _switch(conn: AsyncConnection, request: Request, feed_id: int, *, on: bool) -> str:
    t = request.t
    feed = await get_feed(conn, feed_id)
    if feed is None or feed.state is not FeedState.ACTIVE:
        return t("This source is no longer offered.")
    target = Target(TargetKind.FEED, str(feed_id))
    if on:
        await follow(conn, request, target)
        return t("✓ You now follow {name}.", name=feed.title)
    await unsubscribe(conn, request.chat.id, target)
    return t("You no longer follow {name}.", name=feed.title)


async def _picker(conn: AsyncConnection, request: Request, number: int) -> Message:
    t = request.t
    feeds = await page_or_last(partial(list_feeds, conn), number, SOURCES_PER_PAGE)
    if not feeds.items:
        return message(t("There are no sources yet. An editor adds them with /addfeed."))
    targets = await targets_of_chat(conn, request.chat.id)
    number = page_number(feeds)
    switches = [_switch_of(feed, targets, number) for feed in feeds.items]
    lines = [
        line(bold(t("Sources"))),
        line(t("Tap a source to switch it on or off. I send a short summary of each of its new articles.")),
    ]
    return render_picker(lines, same_page(feeds, switches), "sources {}".format, t, width=1)


def _switch_of(feed: FeedStatus, targets: set[str], page: int) -> Switch:
    on = Target(TargetKind.FEED, str(feed.id)).key in targets
    return Switch(feed.title, on, f"sources {'-' if on else '+'}{feed.id} {page}")


COMMAND = Command(
    name="sources",
    aliases=("nguon",),
    role=Role.CITIZEN,
    summary=N_("Pick the newspapers and sites you want"),
    usage="",
    run=run,
    changes_chat=True,
)
