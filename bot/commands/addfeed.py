"""/addfeed: read an address, show what is there, and poll it from now on."""

from bot.commands.base import Command, CommandContext
from bot.errors import UserError, feed_sentence
from bot.i18n import N_, Translator
from bot.messages import Button, Message, Reply, Request, bold, line, message
from bot.render.feeds import found_line, render_found
from bot.render.parts import BUTTONS_PER_ROW, fits, in_rows, short_line
from feeds.errors import FeedError, NotAFeed
from feeds.types import ParsedFeed
from feeds.urls import checked_url
from storage.audit import record_action
from storage.engine import reading, writing
from storage.errors import FeedExists
from storage.feeds import FeedSetting, add_feed, find_feed
from storage.types import FeedState, Role

MAX_OFFERED = 10
"""Feeds of one site; those further down are of ever smaller sections."""


async def run(request: Request, context: CommandContext) -> Reply:
    """`<address> [title]`: add the feed there; for a site's page find its feeds and offer them."""
    address, _, title = request.argument.partition(" ")
    if not address:
        raise UserError(N_("Write the feed's address after the command: /addfeed https://example.org/rss"))
    t = request.t
    try:
        url = checked_url(address if "://" in address else f"https://{address}")
        await _refuse_known(context, url)
        parsed = await context.read_feed(url, context.time_zone)
    except NotAFeed as error:
        return await _from_site(request, context, error)
    except FeedError as error:
        return _not_added(error, t)
    name = short_line(title) or short_line(parsed.title) or url
    return Reply.of(await _add(request, context, url, name, parsed))


def _not_added(error: FeedError, t: Translator) -> Reply:
    return Reply.of(
        message(line(bold(t("This feed was not added."))), feed_sentence(error.key, t, error.detail))
    )


async def _from_site(request: Request, context: CommandContext, nothing_there: NotAFeed) -> Reply:
    """The feeds of the site a page belongs to, each to be added by a button."""
    t = request.t
    try:
        found = await context.find_feeds(nothing_there.url)
    except FeedError as error:
        return _not_added(error, t)
    if not found:
        return _not_added(nothing_there, t)
    shown = message(
        t.plural(
            "That is a page, not a feed. I found {n} feed of this site; add it with its button or address:",
            "That is a page, not a feed. I found {n} feeds of this site; add one with its button or address:",
            len(found),
        ),
        *(found_line(number, each, t) for number, each in enumerate(found[:MAX_OFFERED], 1)),
    )
    buttons = (
        Button(t("Add {number}", number=number), action=f"addfeed {each.url}")
        for number, each in enumerate(found[:MAX_OFFERED], 1)
        if fits(f"addfeed {each.url}")
    )
    return Reply.of(shown.with_buttons(*in_rows(buttons, BUTTONS_PER_ROW)))


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
