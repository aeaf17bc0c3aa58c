"""Articles: reading them, giving them their page's text, revising them.

How they come in is `storage.intake`; how they are found by words is `storage.search`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement, FromClause

from feeds.types import FullText, NewArticle, PageText, TextState
from storage.archive import ArchivedArticle, export_articles, import_articles
from storage.indexing import Words, index_articles, unindex_articles
from storage.intake import known_language, store_topics
from storage.matching import newest_of_query
from storage.paging import capped_count
from storage.tables import article_topics, articles, feeds
from storage.types import Article, Page, Target, TargetKind

__all__ = [
    "ArchivedArticle",
    "articles_wanting_text",
    "export_articles",
    "get_article",
    "get_articles",
    "import_articles",
    "latest_articles",
    "revise_article",
    "save_page_text",
    "set_topics",
    "unannounced",
]

TOTAL_MAX = 1_000
"""`Page.total` of the latest articles stops counting here: nobody pages further, and counting costs."""

MAX_VERSION = 25
"""24 edits are kept (POLLING I12); what changes more often is a view counter, not an edit."""

_PAGE_CLOCK_TOLERANCE = timedelta(hours=1)
"""A page's time may lie so far ahead of our clock; further ahead it is not believed."""


def article_rows() -> Select[Any]:
    """The statement every list of articles begins with; read its rows with `article_of`."""
    topics = (
        select(func.aggregate_strings(article_topics.c.topic_id, ","))
        .where(article_topics.c.article_id == articles.c.id)
        .correlate(articles)
        .scalar_subquery()
    )
    teller = articles.alias("teller")
    outlets = (
        select(func.count(teller.c.feed_id.distinct()))
        .where(teller.c.story_id == articles.c.story_id)
        .correlate(articles)
        .scalar_subquery()
    )
    return select(
        articles,
        func.coalesce(feeds.c.title, articles.c.source).label("source_title"),
        feeds.c.full_text,
        topics.label("topics"),
        outlets.label("outlets"),
    ).select_from(articles.outerjoin(feeds, feeds.c.id == articles.c.feed_id))


def article_of(row: Row[Any]) -> Article:
    """Read a row of `article_rows`."""
    return Article(
        id=row.id,
        feed_id=row.feed_id,
        source=row.source_title,
        full_text=FullText(row.full_text or FullText.FULL),
        url=row.url,
        title=row.title,
        lead=row.lead,
        summary=row.summary,
        body=row.body,
        text_state=row.text_state,
        author=row.author,
        image_url=row.image_url,
        published_at=row.published_at,
        language=row.language,
        topics=tuple(sorted(row.topics.split(","))) if row.topics else (),
        version=row.version,
        created_at=row.created_at,
        story_id=row.story_id,
        outlets=max(1, row.outlets),
    )


async def get_article(conn: AsyncConnection, article_id: int) -> Article | None:
    """One article, or None."""
    found = await get_articles(conn, [article_id])
    return found[0] if found else None


async def get_articles(conn: AsyncConnection, ids: Sequence[int]) -> list[Article]:
    """Articles in the order of `ids`; unknown ids are left out."""
    rows = await conn.execute(article_rows().where(articles.c.id.in_(ids)))
    found = {row.id: article_of(row) for row in rows}
    return [found[article_id] for article_id in ids if article_id in found]


async def latest_articles(
    conn: AsyncConnection, *, target: Target | None = None, offset: int = 0, limit: int = 5
) -> Page[Article]:
    """Newest articles of everything, a feed, a topic or a saved query.

    `total` stops at TOTAL_MAX. Of a saved query, the articles that came in last are considered.
    """
    if target is not None and target.kind is TargetKind.QUERY:
        ids = await newest_of_query(conn, int(target.ref), TOTAL_MAX)
        return Page(await get_articles(conn, ids[offset : offset + limit]), len(ids), offset, limit)
    source, chosen, order = _newest_of(target)
    total = await capped_count(conn, select(1).select_from(source).where(chosen), TOTAL_MAX)
    rows = await conn.execute(
        article_rows()
        .where(chosen, *_joined(source))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
        .offset(offset)
    )
    return Page([article_of(row) for row in rows], total, offset, limit)


def _newest_of(
    target: Target | None,
) -> tuple[FromClause, ColumnElement[bool], tuple[ColumnElement[Any], ...]]:
    """Table, condition and order, chosen so that one index holds the answer."""
    if target is not None and target.kind is TargetKind.TOPIC:
        topics = article_topics
        return topics, topics.c.topic_id == target.ref, (topics.c.published_at, topics.c.article_id)
    newest = (articles.c.published_at, articles.c.id)
    if target is not None and target.kind is TargetKind.FEED:
        return articles, articles.c.feed_id == int(target.ref), newest
    return articles, true(), newest


def _joined(source: FromClause) -> list[ColumnElement[bool]]:
    return [article_topics.c.article_id == articles.c.id] if source is article_topics else []


async def articles_wanting_text(conn: AsyncConnection, limit: int) -> list[Article]:
    """Articles whose page is still to be read, newest first."""
    rows = await conn.execute(
        article_rows()
        .where(articles.c.text_state == TextState.WANTED)
        .order_by(articles.c.id.desc())
        .limit(limit)
    )
    return [article_of(row) for row in rows]


async def unannounced(conn: AsyncConnection, limit: int) -> list[int]:
    """Articles whose outbox rows are still to be written, oldest first."""
    rows = await conn.scalars(
        select(articles.c.id).where(articles.c.announce).order_by(articles.c.id).limit(limit)
    )
    return list(rows)


async def save_page_text(
    conn: AsyncConnection, article_id: int, page: PageText | None, summary: str, lead: str, now: datetime
) -> None:
    """Keep what an article's page said, or with None that it could not be read.

    What the feed said about author, picture, time and language goes before what the page says.
    """
    if page is None:
        await _change(conn, article_id, {"text_state": TextState.FAILED})
        return
    row = (await conn.execute(select(articles).where(articles.c.id == article_id))).one_or_none()
    if row is None:
        return
    values: dict[str, Any] = {
        "text_state": TextState.PAGE,
        "body": page.body,
        "summary": summary,
        "lead": lead,
        "author": row.author or page.author,
        "image_url": row.image_url or page.image_url,
        "language": row.language or known_language(page.language),
    }
    if not row.dated and page.published_at and page.published_at <= now + _PAGE_CLOCK_TOLERANCE:
        values |= {"published_at": page.published_at, "dated": True}
    await _change(conn, article_id, values, before=row)


async def set_topics(conn: AsyncConnection, article_id: int, topics: Collection[str]) -> None:
    """Replace the topics of an article."""
    await conn.execute(article_topics.delete().where(article_topics.c.article_id == article_id))
    await store_topics(conn, {article_id: tuple(topics)})


async def revise_article(conn: AsyncConnection, article_id: int, revision: NewArticle, now: datetime) -> bool:
    """Take over an edit the feed made; gives whether title, lead or body are now different.

    Text read from the page stays until the page has been read again. A changed time alone is no edit
    (POLLING I14). Beyond MAX_VERSION edits are no longer taken over.
    """
    row = (await conn.execute(select(articles).where(articles.c.id == article_id))).one_or_none()
    if row is None or row.version >= MAX_VERSION:
        return False
    values: dict[str, Any] = {"title": revision.title, "lead": revision.lead or row.lead}
    if revision.text_state is not TextState.WANTED or row.text_state != TextState.PAGE:
        values["body"] = revision.body
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    values |= {
        "summary": revision.summary or row.summary,
        "text_state": revision.text_state,
        "author": revision.author or row.author,
        "image_url": revision.image_url or row.image_url,
        "content_hash": revision.content_hash,
        "version": row.version + 1,
        "revised_at": now,
    }
    await _change(conn, article_id, values, before=row)
    if revision.topics:
        await set_topics(conn, article_id, revision.topics)
    return True


async def _change(
    conn: AsyncConnection, article_id: int, values: Mapping[str, Any], before: Row[Any] | None = None
) -> None:
    """Update a row and with it everything that is derived from its text and time."""
    if before is not None:
        await unindex_articles(conn, [Words(article_id, before.title, before.lead, before.body)])
    await conn.execute(update(articles).where(articles.c.id == article_id).values(values))
    if before is not None:
        after = {"title": before.title, "lead": before.lead, "body": before.body, **values}
        await index_articles(conn, [Words(article_id, after["title"], after["lead"], after["body"])])
    if "published_at" in values:
        await conn.execute(
            update(article_topics)
            .where(article_topics.c.article_id == article_id)
            .values(published_at=values["published_at"])
        )
