"""How articles come in: deduplicated by address, with their topics and their place in the search index.

However many articles there are, the number of statements is the same.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.types import NewArticle
from feeds.urls import url_key
from storage.indexing import Words, index_articles
from storage.tables import article_topics, articles
from storage.upsert import insert_new

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
"""RFC 5646 in outline; the column holds 16 characters."""


def article_row(article: NewArticle, feed_id: int, now: datetime, *, announce: bool) -> dict[str, Any]:
    """The row of a new article; without a believable date it is as old as our knowledge of it."""
    return {
        "feed_id": feed_id,
        "source": "",
        "url": article.url,
        "url_key": address_key(article),
        "title": article.title,
        "lead": article.lead,
        "summary": article.summary,
        "body": article.body,
        "text_state": article.text_state,
        "author": article.author,
        "image_url": article.image_url,
        "language": known_language(article.language),
        "published_at": article.published_at or now,
        "dated": article.published_at is not None,
        "content_hash": article.content_hash,
        "created_at": now,
        "announce": announce,
    }


def address_key(article: NewArticle) -> bytes:
    """What makes two articles one: their address, or the entry's own key when it has none."""
    return url_key(article.url) if article.url else article.keys[0]


def known_language(tag: str | None) -> str | None:
    """A language tag that can be kept, or None."""
    return tag if tag and len(tag) <= 16 and _LANGUAGE.fullmatch(tag) else None


async def insert_articles(
    conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]
) -> tuple[dict[bytes, int], list[int]]:
    """Insert the articles whose address is new, and index them.

    Gives the id of every row's article, new or not, by `url_key`; and the ids of the new ones, in order.
    """
    if not rows:
        return {}, []
    added = await conn.execute(insert_new(conn, articles).returning(articles.c.id), rows)
    new_ids = {row.id for row in added}
    found = (await conn.execute(_by_address({row["url_key"] for row in rows}))).all()
    await index_articles(
        conn, [Words(row.id, row.title, row.lead, row.body) for row in found if row.id in new_ids]
    )
    return {row.url_key: row.id for row in found}, sorted(new_ids)


async def store_topics(conn: AsyncConnection, topics: Mapping[int, Iterable[str]]) -> None:
    """Add topics to articles."""
    wanted = {article_id: tuple(dict.fromkeys(names)) for article_id, names in topics.items()}
    wanted = {article_id: names for article_id, names in wanted.items() if names}
    if not wanted:
        return
    times = await conn.execute(
        select(articles.c.id, articles.c.published_at).where(articles.c.id.in_(list(wanted)))
    )
    rows = [
        {"topic_id": name, "article_id": row.id, "published_at": row.published_at}
        for row in times
        for name in wanted[row.id]
    ]
    await conn.execute(insert_new(conn, article_topics), rows)


def _by_address(keys: Collection[bytes]) -> Select[Any]:
    columns = (articles.c.id, articles.c.url_key, articles.c.title, articles.c.lead, articles.c.body)
    return select(*columns).where(articles.c.url_key.in_(keys))
