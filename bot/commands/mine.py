"""/mine: what this chat follows, with an off switch for each."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.arguments import read_page, slice_page
from bot.commands.base import Command, CommandContext
from bot.commands.targets import label
from bot.i18n import N_, Translator
from bot.messages import Button, Message, Reply, Request, bold, italic, line, message
from bot.render.parts import MAX_LABEL_CHARACTERS, page_buttons, page_mark, page_number, short_line
from bot.render.schedule import digest_schedule
from storage.chats import get_chat
from storage.engine import reading
from storage.subscriptions import subscriptions_of
from storage.topics import list_topics
from storage.types import Chat, ChatState, Role

SUBSCRIPTIONS_PER_PAGE = 8
"""One switch to a row, since names of newspapers and searches are long."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Show a page of the chat's subscriptions."""
    async with reading(context.engine) as conn:
        shown = await subscriptions(conn, request, read_page(request.argument))
    return Reply.of(shown, replace=request.pressed)


async def subscriptions(conn: AsyncConnection, request: Request, number: int) -> Message:
    """The list of what the chat follows, with an off switch each."""
    t = request.t
    chat = await get_chat(conn, request.chat.id) or request.chat
    page = slice_page(await subscriptions_of(conn, chat.id), number, SUBSCRIPTIONS_PER_PAGE)
    if not page.total:
        return message(
            t("You follow nothing yet. Pick topics or sources, or follow words of your own with /follow.")
        ).with_buttons((Button(t("Topics"), action="topics"), Button(t("Sources"), action="sources")))
    topics = await list_topics(conn)
    names = [short_line(label(each, topics, t)) for each in page.items]
    lines = [line(bold(t("You follow:"))), *(line("• ", name) for name in names)]
    lines += [line(italic(each)) for each in (page_mark(page, t), *_how(chat, t)) if each]
    rows = [
        (
            Button(
                f"✕ {short_line(name, MAX_LABEL_CHARACTERS)}",
                action=f"unfollow #{each.id} {page_number(page)}",
            ),
        )
        for each, name in zip(page.items, names, strict=True)
    ]
    return Message(tuple(lines)).with_buttons(*rows, page_buttons(page, "mine {}".format))


def _how(chat: Chat, t: Translator) -> list[str]:
    """How news comes: paused, at once, in a digest."""
    if chat.state is ChatState.PAUSED:
        return [_paused(chat.paused_until, chat, t)]
    instant = t("Each article comes at once.") if chat.instant else t("Articles come in the digest only.")
    return [instant, digest_schedule(chat, t)]


def _paused(until: datetime | None, chat: Chat, t: Translator) -> str:
    if until is None:
        return t("Paused: nothing is sent until /resume.")
    return t("Paused until {moment}. /resume starts again at once.", moment=t.moment(until, chat.time_zone))


COMMAND = Command(
    name="mine",
    aliases=("cuatoi",),
    role=Role.CITIZEN,
    summary=N_("See and switch off what you follow"),
    usage="",
    run=run,
)
