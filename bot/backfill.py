"""Reads the pages of articles that were stored with a teaser only: those a feed held before we knew it,
and those whose page could not be read at the time. One page at a time; nobody is waiting."""

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from feeds.errors import FeedError
from feeds.reader import Reader
from feeds.summary import summarise
from feeds.types import PageText
from storage.articles import articles_wanting_text, save_page_text
from storage.engine import reading, writing
from storage.types import Article

log = structlog.get_logger(__name__)


async def read_missing_text(engine: AsyncEngine, reader: Reader, time_zone: str, clock: Clock) -> None:
    """Read the page of the newest article that lacks its text, if any does."""
    async with reading(engine) as conn:
        wanting = await articles_wanting_text(conn, 1)
    for article in wanting:
        await read_text(engine, reader, article, time_zone, clock)


async def read_text(
    engine: AsyncEngine, reader: Reader, article: Article, time_zone: str, clock: Clock
) -> None:
    """Read an article's page and store its text, or that it could not be read."""
    page = await _read(article, reader, time_zone, clock)
    lead = article.lead or (page.lead if page and page.lead else "")
    summary = summarise(article.title, lead, page.body if page else article.body)
    async with writing(engine) as conn:
        await save_page_text(conn, article.id, page, summary, lead, clock())


async def _read(article: Article, reader: Reader, time_zone: str, clock: Clock) -> PageText | None:
    try:
        return await reader.read_page(article.url or "", time_zone, clock())
    except FeedError as error:
        log.info("page.not_read", article=article.id, error=error.key, detail=error.detail[:200])
        return None
