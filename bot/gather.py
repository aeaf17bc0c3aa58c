"""What a chat's digest is made of: everything it follows, saved searches included."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.document import Document
from feeds.query import Query, QueryError, parse_query
from storage.digests import articles_between, digest_articles
from storage.subscriptions import subscriptions_of
from storage.types import Article, Chat, TargetKind


async def gather_digest(conn: AsyncConnection, chat: Chat, since: datetime, until: datetime) -> list[Article]:
    """The articles in `[since, until)` that the chat's subscriptions ask for, each once."""
    found = {article.id: article for article in await digest_articles(conn, chat.id, since, until)}
    if queries := await _followed(conn, chat.id):
        for article in await articles_between(conn, since, until):
            if article.id not in found and any(query.matches(document_of(article)) for query in queries):
                found[article.id] = article
    return list(found.values())


def document_of(article: Article) -> Document:
    """A stored article as queries see it."""
    return Document.of(
        article.title,
        article.lead or article.summary,
        article.body,
        source=article.source,
        topics=article.topics,
        at=article.published_at,
    )


async def _followed(conn: AsyncConnection, chat_id: int) -> list[Query]:
    queries = []
    for subscription in await subscriptions_of(conn, chat_id):
        if subscription.target.kind is TargetKind.QUERY:
            try:
                queries.append(parse_query(subscription.label))
            except QueryError:
                continue  # the search language has moved on; /mine still lists it to be taken off
    return queries
