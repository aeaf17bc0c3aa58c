"""`loa latest` and `loa search`: what is stored, read from the terminal."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import AsJson, ConfigFile, Limit
from bot.cli.terminal import complain, print_json, print_table, speak
from bot.i18n import N_, Translator

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.types import Article, Page, Target


def latest(
    topic: Annotated[str, typer.Option(help="Only of this topic (its id).")] = "",
    source: Annotated[str, typer.Option(help="Only of this feed (its id, address or title).")] = "",
    limit: Limit = 10,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest articles."""
    if topic and source:
        raise typer.BadParameter("Choose either --topic or --source.")
    from bot.config import load_config

    settings = load_config(config)
    page = asyncio.run(_latest(settings.database, topic, source, limit))
    _show(page, settings.time_zone, as_json)


def search(
    query: Annotated[str, typer.Argument(help='Words, "exact phrases", OR, -not; accents are optional.')],
    limit: Limit = 10,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Search the stored articles, best matches first."""
    from bot.config import load_config

    settings = load_config(config)
    page = asyncio.run(_search(settings.database, settings.time_zone, query, limit))
    _show(page, settings.time_zone, as_json)


async def _latest(url: str, topic: str, source: str, limit: int) -> "Page[Article]":
    from bot.cli.database import opened
    from storage.articles import latest_articles
    from storage.engine import reading

    async with opened(url) as engine, reading(engine) as conn:
        target = await _target(conn, topic, source)
        return await latest_articles(conn, target=target, limit=limit)


async def _search(url: str, time_zone: str, query: str, limit: int) -> "Page[Article]":
    from bot.cli.database import opened
    from feeds.query import parse_query
    from storage.engine import reading
    from storage.search import search_articles

    wanted = parse_query(query)
    now = datetime.now(ZoneInfo(time_zone))  # `since:` means days as they begin here
    async with opened(url) as engine, reading(engine) as conn:
        return await search_articles(conn, wanted, now, limit=limit)


async def _target(conn: "AsyncConnection", topic: str, source: str) -> "Target | None":
    from bot.errors import UserError
    from storage.feeds import find_feed
    from storage.topics import get_topic
    from storage.types import Target, TargetKind

    if topic:
        if await get_topic(conn, topic) is None:
            raise UserError(
                N_("There is no topic “{topic}”. Topics are listed in the configuration."), topic=topic
            )
        return Target(TargetKind.TOPIC, topic)
    if source:
        feed = await find_feed(conn, source)
        if feed is None:
            raise UserError(
                N_("There is no feed “{source}”. Give its id, its address or its title."), source=source
            )
        return Target(TargetKind.FEED, str(feed.id))
    return None


def _show(page: "Page[Article]", time_zone: str, as_json: bool) -> None:
    t = speak()
    if as_json:
        for article in page.items:
            print_json(record(article))
    elif page.items:
        print_table(page.items, _columns(time_zone, t))
    else:
        complain(t(N_("Nothing found.")))


def record(article: "Article") -> dict[str, Any]:
    """An article as a JSON line; `published_at` in ISO 8601, UTC."""
    return {
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "published_at": article.published_at.isoformat(),
        "url": article.url,
        "topics": list(article.topics),
        "summary": article.summary,
    }


def _columns(time_zone: str, t: Translator) -> "Mapping[str, Callable[[Article], str]]":
    return {
        t(N_("No.")): lambda article: str(article.id),
        t(N_("Title")): lambda article: article.title,
        t(N_("Source")): lambda article: article.source,
        t(N_("Published")): lambda article: t.moment(article.published_at, time_zone),
        t(N_("Topics")): lambda article: ", ".join(article.topics),
    }
