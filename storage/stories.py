"""Stories: which article belongs to which. A story's id is the id of the article that opened it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.articles import article_of, article_rows
from storage.tables import articles
from storage.types import Article

READ_AT_ONCE = 200
"""Whole articles in memory at a time."""


async def place_article(conn: AsyncConnection, article_id: int, story_id: int) -> bool:
    """Put an article into a story; False when another process has already put it into one."""
    result = await conn.execute(
        update(articles)
        .where(articles.c.id == article_id, articles.c.story_id.is_(None))
        .values(story_id=story_id)
    )
    return result.rowcount > 0


async def unplaced_articles(conn: AsyncConnection, since: datetime, limit: int) -> list[Article]:
    """Articles published since then that are in no story yet, oldest first."""
    rows = await conn.execute(_since(since).where(articles.c.story_id.is_(None)).limit(limit))
    return [article_of(row) for row in rows]


async def placed_articles(conn: AsyncConnection, since: datetime) -> AsyncIterator[Article]:
    """Articles published since then with their story, oldest first."""
    wanted = _since(since).where(articles.c.story_id.is_not(None))
    async with conn.stream(wanted.execution_options(yield_per=READ_AT_ONCE)) as rows:
        async for row in rows:
            yield article_of(row)


async def story_title(conn: AsyncConnection, story_id: int) -> str | None:
    """The title of the article that opened a story; None when there is no such story."""
    title: str | None = await conn.scalar(
        select(articles.c.title).where(articles.c.id == story_id, articles.c.story_id == story_id)
    )
    return title


def _since(moment: datetime) -> Select[Any]:
    return (
        article_rows()
        .where(articles.c.published_at >= moment)
        .order_by(articles.c.published_at, articles.c.id)
    )
