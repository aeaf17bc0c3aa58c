"""/chats: every chat we know, for administrators."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.arguments import page_or_last, read_page
from bot.commands.base import Command, CommandContext
from bot.commands.targets import is_id
from bot.errors import UserError
from bot.i18n import N_
from bot.messages import Reply, Request
from bot.render.chats import render_chats
from bot.render.parts import short_line
from storage.chats import find_chat, get_chat, list_chats
from storage.engine import reading
from storage.types import Chat, Role

CHATS_PER_PAGE = 10
"""Two lines each."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Show a page of the chats."""
    async with reading(context.engine) as conn:
        page = await page_or_last(partial(list_chats, conn), read_page(request.argument), CHATS_PER_PAGE)
    return Reply.of(render_chats(page, request.t), replace=request.pressed)


async def named_chat(conn: AsyncConnection, text: str) -> Chat:
    """The chat with this number (`5`, `#5`) or address (`telegram:-1005`). Raises UserError."""
    number = text.removeprefix("#")
    chat = await (get_chat(conn, int(number)) if is_id(number) else find_chat(conn, text))
    if chat is None:
        raise UserError(
            N_("There is no chat “{name}”. Write its number or its address, as /chats shows them."),
            name=short_line(text, 60),
        )
    return chat


COMMAND = Command(
    name="chats",
    aliases=("cacchat",),
    role=Role.ADMIN,
    summary=N_("All chats"),
    usage="",
    run=run,
)
