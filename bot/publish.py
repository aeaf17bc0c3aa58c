"""Works out who is owed a new article, and writes it down.

An article is stored first; here, in a transaction of its own, it gets its outbox rows and is marked
announced. Until then it stays on the list of the unannounced, so a process that dies in between leaves
the work to the next one.
"""

from collections.abc import Sequence
from functools import lru_cache

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.gather import document_of
from feeds.query import Query, QueryError, parse_query
from storage.articles import get_article, unannounced
from storage.engine import reading, writing
from storage.outbox import article_targets, owe_article
from storage.subscriptions import followed_queries
from storage.types import Article

log = structlog.get_logger(__name__)

BATCH_ARTICLES = 50
PARSED_QUERIES_KEPT = 50_000


async def publish_pending(engine: AsyncEngine, clock: Clock) -> int:
    """Announce every article that waits for it, oldest first, and return how many deliveries are owed."""
    owed = 0
    while True:
        async with reading(engine) as conn:
            waiting = await unannounced(conn, BATCH_ARTICLES)
            # Read once for the batch: only who followed before an article came in is owed it.
            queries = await followed_queries(conn) if waiting else []
        for article_id in waiting:
            async with writing(engine) as conn:
                owed += await publish(conn, article_id, queries, clock)
        if len(waiting) < BATCH_ARTICLES:
            return owed


async def publish(
    conn: AsyncConnection, article_id: int, queries: Sequence[tuple[int, str]], clock: Clock
) -> int:
    """Write the outbox rows of one article and return how many there are.

    `queries` are the saved queries somebody follows, as `(id, text)`.
    """
    article = await get_article(conn, article_id)
    if article is None:
        return 0
    matched = matching_queries(article, queries)
    targets = await article_targets(conn, article_id, matched)
    count = await owe_article(conn, article_id, targets, clock())
    log.info("article.published", article=article_id, feed=article.feed_id, deliveries=count)
    return count


def matching_queries(article: Article, queries: Sequence[tuple[int, str]]) -> list[int]:
    """Ids of the saved queries, given as `(id, text)`, that the article answers."""
    document = document_of(article)
    return [
        query_id
        for query_id, text in queries
        if (query := _parsed(text)) is not None and query.matches(document)
    ]


@lru_cache(maxsize=PARSED_QUERIES_KEPT)
def _parsed(text: str) -> Query | None:
    """Parse a saved query; one that an older release accepted and this one does not matches nothing."""
    try:
        return parse_query(text)
    except QueryError:
        return None
