"""Turns what is owed into messages: one query for the articles of a whole batch, then pure rendering."""

from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.gather import gather_digest
from bot.i18n import translator
from bot.messages import Message
from bot.render.article import render_push
from bot.render.digest import render_digest
from storage.articles import get_articles
from storage.digests import get_digest
from storage.topics import list_topics
from storage.types import Article, Delivery

log = structlog.get_logger(__name__)


async def compose(conn: AsyncConnection, deliveries: Sequence[Delivery]) -> dict[int, Message]:
    """The message of each delivery by its id; one that has nothing left to show is missing."""
    wanted = {delivery.article_id for delivery in deliveries if delivery.article_id is not None}
    articles = {article.id: article for article in await get_articles(conn, sorted(wanted))}
    messages: dict[int, Message] = {}
    for delivery in deliveries:
        if delivery.digest_id is not None:
            message = await _digest(conn, delivery, delivery.digest_id)
        else:
            message = _push(delivery, articles.get(delivery.article_id or 0))
        if message is not None:
            messages[delivery.id] = message
    return messages


def _push(delivery: Delivery, article: Article | None) -> Message | None:
    """One article that cannot be shown must not keep the others of its batch from leaving."""
    if article is None:
        return None
    try:
        return render_push(article, delivery.chat, translator(delivery.chat.language))
    except Exception:
        log.exception("delivery.not_rendered", delivery=delivery.id)
        return None


async def _digest(conn: AsyncConnection, delivery: Delivery, digest_id: int) -> Message | None:
    period = await get_digest(conn, digest_id)
    if period is None:
        return None
    return render_digest(
        await gather_digest(conn, delivery.chat, period.since, period.until),
        await list_topics(conn),
        delivery.chat,
        period.since,
        period.until,
        translator(delivery.chat.language),
    )
