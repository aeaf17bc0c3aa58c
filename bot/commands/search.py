"""/search: ranked, paged, the matched words marked."""

from functools import partial

from bot.commands.arguments import MAX_PAGES, page_or_last, split_page
from bot.commands.base import Command, CommandContext
from bot.commands.queries import find_query, local_now, reference, words_of
from bot.i18n import N_, Translator
from bot.messages import Button, Message, Reply, Request, line, message
from bot.render.lists import render_articles
from bot.render.parts import fits, short_line
from feeds.query import Query
from storage.engine import reading
from storage.search import search_articles
from storage.types import Article, Page, Role

RESULTS_PER_PAGE = 5
"""Five hits with a sentence each fill a phone's screen."""

MAX_COUNTED = 100
"""Hits the storage counts to; beyond it the number is "100+"."""

MAX_SHOWN_QUERY_CHARACTERS = 80
"""Of a search repeated in a heading."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Search; without words explain how. `@2 …`, as ▶ says, is the second page."""
    number, text = split_page(request.argument)
    if not text:
        return Reply.of(_explanation(request.t))
    async with reading(context.engine) as conn:
        query = await find_query(conn, text)
        search = partial(search_articles, conn, query, local_now(request))
        page = await page_or_last(search, min(number, MAX_PAGES), RESULTS_PER_PAGE)
    carried = await reference(context.engine, query, request.now)
    return Reply.of(_found(query, page, carried, request), replace=request.pressed and bool(page.items))


def _found(query: Query, page: Page[Article], carried: str, request: Request) -> Message:
    t = request.t
    shown = short_line(query.text, MAX_SHOWN_QUERY_CHARACTERS)
    if not page.items:
        return message(
            t("Nothing found for “{query}”.", query=shown),
            t("Try fewer or other words; accents do not matter. /latest shows what is new."),
        ).with_buttons(_follow(carried, t))
    count = f"{MAX_COUNTED}+" if page.total >= MAX_COUNTED else str(page.total)
    heading = t("🔎 {query}: {count} found", query=shown, count=count)
    found = render_articles(
        heading, page, request.chat.time_zone, t, lambda to: f"search @{to} {carried}", words_of(query)
    )
    return found.with_buttons(*found.buttons, _follow(carried, t))


def _follow(carried: str, t: Translator) -> tuple[Button, ...]:
    action = f"follow {carried}"
    return (Button(t("🔔 Follow this search"), action=action),) if fits(action) else ()


def _explanation(t: Translator) -> Message:
    return message(
        t("What are you looking for? Write it after the command, for example: /search dan van"),
        line(t("Accents are optional. You can also write:")),
        t('• "mass mobilisation": exactly these words in this order'),
        t("• flood -film: without a word"),
        t("• flood OR storm: one of the two"),
        t("• flood since:7d: from the last seven days; also source:… and topic:…"),
    )


COMMAND = Command(
    name="search",
    aliases=("tim", "timkiem", "find"),
    role=Role.CITIZEN,
    summary=N_("Search all articles"),
    usage=N_("<words>"),
    run=run,
)
