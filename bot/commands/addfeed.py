"""/addfeed: read an address, show what is there, and poll it from now on."""

from bot.commands.base import Command, CommandContext
from bot.errors import UserError, feed_sentence
from bot.i18n import N_
from bot.messages import Message, Reply, Request, bold, line, message
from bot.render.feeds import render_found
from bot.render.parts import short_line
from feeds.errors import FeedError
from feeds.types import ParsedFeed
from feeds.urls import checked_url
from storage.audit import record_action
from storage.engine import reading, writing
from storage.errors import FeedExists
from storage.feeds import FeedSetting, add_feed, find_feed
from storage.types import FeedState, Role


async def run(request: Request, context: CommandContext) -> Reply:
    """`<url> [title]`: refuse what cannot be read or is polled already, otherwise add it."""
    address, _, title = request.argument.partition(" ")
    if not address:
        raise UserError(N_("Write the feed's address after the command: /addfeed https://example.org/rss"))
    t = request.t
    try:
        url = checked_url(address if "://" in address else f"https://{address}")
        await _refuse_known(context, url)
        parsed = await context.read_feed(url, context.time_zone)
    except FeedError as error:
        return Reply.of(
            message(line(bold(t("This feed was not added."))), feed_sentence(error.key, t, error.detail))
        )
    name = short_line(title) or short_line(parsed.title) or url
    return Reply.of(await _add(request, context, url, name, parsed))


async def _refuse_known(context: CommandContext, url: str) -> None:
    async with reading(context.engine) as conn:
        known = await find_feed(conn, url)
    if known and known.url == url and known.state is FeedState.ACTIVE:
        raise UserError(
            N_("This feed is polled already: #{id} {title}. /feeds shows how it is."),
            id=known.id,
            title=known.title,
        )


async def _add(
    request: Request, context: CommandContext, url: str, title: str, parsed: ParsedFeed
) -> Message:
    t = request.t
    try:
        async with writing(context.engine) as conn:
            setting = FeedSetting(url, title, context.time_zone)
            feed_id = await add_feed(conn, setting, request.now)
            await record_action(
                conn, request.person.address, "addfeed", {"feed": feed_id, "url": url}, request.now
            )
    except FeedExists as error:
        raise UserError(
            N_("This feed is polled already: #{id}. /feeds shows how it is."), id=error.feed_id
        ) from error
    return message(
        line(bold(t("Added: #{id} {title}", id=feed_id, title=title))),
        *render_found(parsed, t),
        t("Its articles are stored from now on, and the new ones are sent to its subscribers."),
    )


COMMAND = Command(
    name="addfeed",
    aliases=("themnguon",),
    role=Role.EDITOR,
    summary=N_("Add a feed"),
    usage=N_("<address> [title]"),
    run=run,
)
