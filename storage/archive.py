"""An archive of articles going in and out: nothing of it is ever pushed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.errors import BadAddress
from feeds.summary import summarise
from feeds.text import nfc
from feeds.types import TextState
from feeds.urls import checked_url, url_key
from storage.intake import insert_articles
from storage.tables import articles, feeds, text_key

MAX_SOURCE_CHARACTERS = 200
"""Of a source's name: it is indexed, and shown under every article."""


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """One line of an archive."""

    url: str | None
    title: str
    lead: str
    body: str
    """Paragraphs separated by a blank line."""
    published_at: datetime
    """Aware."""
    source: str


async def import_articles(conn: AsyncConnection, rows: Sequence[ArchivedArticle], now: datetime) -> int:
    """Store archived articles whose address is not known yet; gives how many were new.

    An article without an address is recognised by its source, title and time. Nothing is pushed.
    """
    _, new_ids = await insert_articles(conn, [_row(article, now) for article in rows])
    return len(new_ids)


async def export_articles(conn: AsyncConnection, *, batch: int = 500) -> AsyncIterator[ArchivedArticle]:
    """Every article, oldest id first, read `batch` at a time."""
    source = func.coalesce(feeds.c.title, articles.c.source).label("source_title")
    statement = (
        select(articles, source)
        .select_from(articles.outerjoin(feeds, feeds.c.id == articles.c.feed_id))
        .order_by(articles.c.id)
        .limit(batch)
    )
    last_id = 0
    while rows := (await conn.execute(statement.where(articles.c.id > last_id))).all():
        for row in rows:
            yield ArchivedArticle(row.url, row.title, row.lead, row.body, row.published_at, row.source_title)
        last_id = rows[-1].id


def _row(article: ArchivedArticle, now: datetime) -> dict[str, Any]:
    url = _address(article.url)
    identity = f"{article.source}\n{article.title}\n{article.published_at.timestamp()}"
    title, lead, body = nfc(article.title), nfc(article.lead), nfc(article.body)
    return {
        "source": nfc(article.source)[:MAX_SOURCE_CHARACTERS],
        "url": url,
        "url_key": url_key(url) if url else text_key(identity),
        "title": title,
        "lead": lead,
        "summary": summarise(title, lead, body),
        "body": body,
        "text_state": TextState.FEED,
        "published_at": article.published_at,
        "dated": True,
        "created_at": now,
        "announce": False,
    }


def _address(url: str | None) -> str | None:
    """The address if it can be followed; an archive may hold anything."""
    try:
        return checked_url(url) if url else None
    except BadAddress:
        return None
