"""/unfollow: stop following something, by name or by the switch in /mine."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.arguments import read_page
from bot.commands.base import Command, CommandContext
from bot.commands.mine import subscriptions
from bot.commands.targets import ALL_WORDS, is_id, label
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request, message
from bot.render.parts import short_line
from feeds.query import QueryError, parse_query
from feeds.text import fold
from storage.engine import reading, writing
from storage.subscriptions import subscriptions_of, unsubscribe, unsubscribe_all
from storage.topics import list_topics
from storage.types import EVERYTHING, Role, Subscription, TargetKind, Topic


async def run(request: Request, context: CommandContext) -> Reply:
    """Take off what is named; without a name show /mine. `#id page` is what its switches say."""
    words = request.argument.split()
    if not words:
        async with reading(context.engine) as conn:
            return Reply.of(await subscriptions(conn, request, 1))
    async with writing(context.engine) as conn:
        if words[0].startswith("#") and is_id(words[0][1:]):
            page = read_page(words[1]) if len(words) > 1 else 1
            return await _switch_off(conn, request, int(words[0][1:]), page)
        return await _by_name(conn, request)


async def _switch_off(conn: AsyncConnection, request: Request, subscription_id: int, page: int) -> Reply:
    t = request.t
    mine = await subscriptions_of(conn, request.chat.id)
    chosen = next((each for each in mine if each.id == subscription_id), None)
    note = t("That is off already.")
    if chosen:
        await unsubscribe(conn, request.chat.id, chosen.target)
        note = _gone(chosen, await list_topics(conn), request)
    shown = await subscriptions(conn, request, page)
    return Reply.of(shown, replace=request.pressed, note=note)


async def _by_name(conn: AsyncConnection, request: Request) -> Reply:
    t = request.t
    mine = await subscriptions_of(conn, request.chat.id)
    topics = await list_topics(conn)
    if fold(request.argument) in ALL_WORDS and not any(each.target == EVERYTHING for each in mine):
        count = await unsubscribe_all(conn, request.chat.id)
        return Reply.of(
            message(t.plural("You no longer follow {n} thing.", "You no longer follow {n} things.", count))
        )
    chosen = next((each for each in mine if _is_named(each, request.argument, topics, request)), None)
    if chosen is None:
        raise UserError(
            N_("You do not follow “{name}”. /mine shows what you follow."),
            name=short_line(request.argument, 60),
        )
    await unsubscribe(conn, request.chat.id, chosen.target)
    return Reply.of(message(_gone(chosen, topics, request)))


def _is_named(subscription: Subscription, text: str, topics: list[Topic], request: Request) -> bool:
    name = label(subscription, topics, request.t)
    if fold(text) in (fold(name), subscription.target.key, fold(subscription.label)):
        return True
    if subscription.target == EVERYTHING:
        return fold(text) in ALL_WORDS
    return subscription.target.kind is TargetKind.QUERY and _canonical(text) == subscription.label


def _canonical(text: str) -> str:
    try:
        return parse_query(text).text
    except QueryError:
        return ""


def _gone(subscription: Subscription, topics: list[Topic], request: Request) -> str:
    name = short_line(label(subscription, topics, request.t), 100)
    return request.t("You no longer follow {name}.", name=name)


COMMAND = Command(
    name="unfollow",
    aliases=("botheodoi",),
    role=Role.CITIZEN,
    summary=N_("Stop following something"),
    usage=N_("[name]"),
    run=run,
    changes_chat=True,
)
