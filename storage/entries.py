"""The entries of a feed: which ones were seen, and the articles a poll makes of new and changed ones.

Keys outlive articles: an old entry that comes back is not new again (POLLING I8, I11). One article may be
known by entries of several feeds; it is kept once, and each of those feeds' followers is owed it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.types import NewArticle, Poll
from storage.articles import revise_article
from storage.intake import address_key, article_row, insert_articles, store_topics
from storage.tables import articles, seen_entries
from storage.upsert import insert_or_update

TOUCH_AFTER = timedelta(days=1)
"""How stale `last_seen_at` may grow: keys are kept for months, so a write for each poll would be waste."""

ANNOUNCE_AGAIN_WITHIN = timedelta(days=1)
"""An article another feed brings later than this after the first is old news to that feed's followers too."""


async def known_entries(
    conn: AsyncConnection, feed_id: int, keys: Collection[bytes]
) -> dict[bytes, bytes | None]:
    """Which of these keys the feed has shown before, with the content hash each had."""
    rows = await conn.execute(
        select(seen_entries.c.key, seen_entries.c.content_hash).where(
            seen_entries.c.feed_id == feed_id, seen_entries.c.key.in_(keys)
        )
    )
    return {row.key: row.content_hash for row in rows}


async def store_entries(conn: AsyncConnection, feed: Row[Any], poll: Poll) -> list[int]:
    """Store the new and the changed articles of a poll and remember all keys; gives the ids of new articles.

    `feed` is the row of `feeds`. Storing the same poll again changes nothing.
    """
    owners = await _owners(conn, feed.id, [key for each in (*poll.new, *poll.changed) for key in each.keys])
    unseen = [article for article in poll.new if not any(key in owners for key in article.keys)]
    rows = [
        article_row(article, feed.id, poll.polled_at, announce=feed.primed_at is not None)
        for article in unseen
    ]
    ids, new_ids = await insert_articles(conn, rows)
    await store_topics(conn, _topics(unseen, ids, feed.topics))
    await _remember(conn, feed.id, [(article, ids[address_key(article)]) for article in unseen], poll)
    if feed.primed_at is not None:
        await _announce_again(conn, feed.id, set(ids.values()) - set(new_ids), poll)
    for article in poll.changed:
        await _revise(conn, feed.id, article, owners, poll)
    await _touch(conn, feed.id, poll)
    return new_ids


async def _owners(conn: AsyncConnection, feed_id: int, keys: Collection[bytes]) -> dict[bytes, int | None]:
    rows = await conn.execute(
        select(seen_entries.c.key, seen_entries.c.article_id).where(
            seen_entries.c.feed_id == feed_id, seen_entries.c.key.in_(keys)
        )
    )
    return {row.key: row.article_id for row in rows}


def _topics(
    found: Sequence[NewArticle], ids: Mapping[bytes, int], of_feed: Sequence[str]
) -> dict[int, tuple[str, ...]]:
    topics: dict[int, tuple[str, ...]] = {}
    for article in found:
        article_id = ids[address_key(article)]
        topics[article_id] = (*topics.get(article_id, ()), *of_feed, *article.topics)
    return topics


async def _remember(
    conn: AsyncConnection, feed_id: int, found: Sequence[tuple[NewArticle, int | None]], poll: Poll
) -> None:
    rows = {
        key: {
            "feed_id": feed_id,
            "key": key,
            "article_id": article_id,
            "content_hash": article.content_hash,
            "first_seen_at": poll.polled_at,
            "last_seen_at": poll.polled_at,
        }
        for article, article_id in found
        for key in article.keys
    }
    if rows:
        statement = insert_or_update(conn, seen_entries, ("feed_id", "key"), ("content_hash", "last_seen_at"))
        await conn.execute(statement, list(rows.values()))


async def _announce_again(conn: AsyncConnection, feed_id: int, ids: Collection[int], poll: Poll) -> None:
    """Owe articles another feed brought first to this feed's followers; nobody gets one twice."""
    if ids:
        await conn.execute(
            update(articles)
            .where(
                articles.c.id.in_(ids),
                articles.c.feed_id.is_not(None),
                articles.c.feed_id != feed_id,
                articles.c.created_at > poll.polled_at - ANNOUNCE_AGAIN_WITHIN,
            )
            .values(announce=True)
        )


async def _revise(
    conn: AsyncConnection, feed_id: int, article: NewArticle, owners: Mapping[bytes, int | None], poll: Poll
) -> None:
    """Take over an edit if the article is this feed's own; another feed's wording is not an edit."""
    article_id = next((owners[key] for key in article.keys if owners.get(key) is not None), None)
    if article_id is not None:
        owner = await conn.scalar(select(articles.c.feed_id).where(articles.c.id == article_id))
        if owner == feed_id:
            await revise_article(conn, article_id, article, poll.polled_at)
    await _remember(conn, feed_id, [(article, article_id)], poll)


async def _touch(conn: AsyncConnection, feed_id: int, poll: Poll) -> None:
    if poll.seen:
        await conn.execute(
            update(seen_entries)
            .where(
                seen_entries.c.feed_id == feed_id,
                seen_entries.c.key.in_(poll.seen),
                seen_entries.c.last_seen_at < poll.polled_at - TOUCH_AFTER,
            )
            .values(last_seen_at=poll.polled_at)
        )
