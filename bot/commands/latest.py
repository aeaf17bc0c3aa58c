"""/latest: the newest articles, of everything or of one topic or source."""

import re
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.arguments import page_or_last, split_page
from bot.commands.base import Command, CommandContext
from bot.commands.targets import find_target, get_target
from bot.i18n import N_
from bot.messages import Reply, Request, message
from bot.render.lists import render_articles
from storage.articles import latest_articles
from storage.engine import reading
from storage.types import EVERYTHING, Role, Target, TargetKind

ARTICLES_PER_PAGE = 5
"""What fits a phone's screen."""

MAX_PER_PAGE = 10
"""Asked for by number; more would be a burst of text."""

_COUNT = re.compile(r"(?:^|\s+)(\d{1,3})$", re.ASCII)
_PAGE_SIZE = re.compile(r"/(\d{1,2})(?:\s+|$)", re.ASCII)


async def run(request: Request, context: CommandContext) -> Reply:
    """`[topic or source] [n]`; ◀ ▶ say `@2 t:dan-van`."""
    number, rest = split_page(request.argument)
    turned = rest != request.argument
    async with reading(context.engine) as conn:
        name, limit = _split_size(rest) if turned else await _split_count(conn, rest, request)
        target, heading = await _chosen(conn, name, request)
        find = partial(latest_articles, conn, target=target)
        page = await page_or_last(find, number, limit)
    if not page.items:
        return Reply.of(message(request.t("There are no articles here yet. Please look again later.")))
    carried = _carried(target, limit)
    shown = render_articles(
        heading, page, request.chat.time_zone, request.t, lambda to: f"latest @{to}{carried}"
    )
    return Reply.of(shown, replace=request.pressed and turned)


async def _chosen(conn: AsyncConnection, name: str, request: Request) -> tuple[Target | None, str]:
    """What to show (None: everything) and its heading."""
    t = request.t
    if not name:
        return None, t("🗞 Latest news")
    target, title = await get_target(conn, name, t)
    if target == EVERYTHING:
        return None, t("🗞 Latest news")
    return target, t("🗞 Latest: {name}", name=title)


async def _split_count(conn: AsyncConnection, text: str, request: Request) -> tuple[str, int]:
    """`dan van 7` → the name and how many; a name may itself end in a number (`COVID 19`)."""
    match = _COUNT.search(text)
    if match is None or await find_target(conn, text, request.t):
        return text, ARTICLES_PER_PAGE
    return text[: match.start()].strip(), min(max(1, int(match[1])), MAX_PER_PAGE)


def _split_size(text: str) -> tuple[str, int]:
    """`/7 t:dan-van`, after the page mark of a button → the reference and how many."""
    match = _PAGE_SIZE.match(text)
    if match is None:
        return text, ARTICLES_PER_PAGE
    return text[match.end() :], min(max(1, int(match[1])), MAX_PER_PAGE)


def _carried(target: Target | None, limit: int) -> str:
    size = f"/{limit}" if limit != ARTICLES_PER_PAGE else ""
    if target is None:
        return size
    short = "t" if target.kind is TargetKind.TOPIC else "s"
    return f"{size} {short}:{target.ref}"


COMMAND = Command(
    name="latest",
    aliases=("moinhat", "tinmoi", "news"),
    role=Role.CITIZEN,
    summary=N_("The newest articles"),
    usage=N_("[topic or source] [how many]"),
    run=run,
)
