"""/full: a whole article in the chat, as far as its source allows."""

from bot.commands.base import Command, CommandContext
from bot.commands.targets import is_id
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Message, Reply, Request
from bot.render.article import render_full
from feeds.types import TextState
from storage.articles import get_article
from storage.engine import reading
from storage.types import Article, Role


async def run(request: Request, context: CommandContext) -> Reply:
    """Show article number `12` (or `#12`)."""
    return Reply.of(await show_article(request, context, request.argument.removeprefix("#").strip()))


async def show_article(request: Request, context: CommandContext, number: str) -> Message:
    """The whole article with this number. Raises UserError when there is none."""
    if not is_id(number):
        raise UserError(
            N_(
                "Write the number of an article, as lists show it after #, for example: /full 12. See "
                "/latest."
            )
        )
    article = await _stored(context, int(number))
    if article.text_state == TextState.WANTED:
        await context.read_text(article)
        article = await _stored(context, int(number))
    return render_full(article, request.chat.time_zone, request.t)


async def _stored(context: CommandContext, number: int) -> Article:
    async with reading(context.engine) as conn:
        article = await get_article(conn, number)
    if article is None:
        raise UserError(N_("There is no article number {number}. See /latest or /search."), number=number)
    return article


COMMAND = Command(
    name="full",
    aliases=("toanvan",),
    role=Role.CITIZEN,
    summary=N_("Read a whole article here"),
    usage=N_("<number>"),
    run=run,
)
