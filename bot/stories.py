"""Puts new articles into stories before they are published.

The likeness is worked out in memory (`feeds.stories`); what is known of it stands in the database, so a
restart puts the window back together, and what came in meanwhile is placed first.
"""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from feeds.rarity import Rarity
from feeds.stories import WINDOW, StoryIndex, StoryText
from storage.engine import reading, writing
from storage.stories import place_article, placed_articles, unplaced_articles
from storage.types import Article

AT_ONCE = 100
KEPT = 2 * WINDOW
"""An article may come in that much later than its story began."""


async def restore_stories(engine: AsyncEngine, clock: Clock) -> StoryIndex:
    """The stories of the last days, as the database has them."""
    index = StoryIndex(Rarity.of_language())
    async with reading(engine) as conn:
        async for article in placed_articles(conn, clock() - KEPT):
            index.restore(
                article.id,
                article.story_id or article.id,
                _text(article),
                article.published_at,
                article.source,
            )
    return index


async def place_new_articles(engine: AsyncEngine, index: StoryIndex, clock: Clock) -> int:
    """Find the story of every article that has none yet; gives how many there were."""
    now, count = clock(), 0
    index.forget(now - KEPT)
    while True:
        async with reading(engine) as conn:
            waiting = await unplaced_articles(conn, now - KEPT, AT_ONCE)
        placed = []
        for article in waiting:
            story = index.assign(article.id, _text(article), article.published_at, article.source)
            placed.append((article.id, story or article.id))
            await asyncio.sleep(0)  # a few milliseconds each: let answers go in between
        async with writing(engine) as conn:
            for article_id, story_id in placed:
                await place_article(conn, article_id, story_id)
        count += len(waiting)
        if len(waiting) < AT_ONCE:
            return count


def _text(article: Article) -> StoryText:
    return StoryText(article.title, article.lead, article.body)
