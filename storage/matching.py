"""The newest articles that match words and filters.

Accents are indexed for title and lead only; where a word typed with accents is excluded, the articles found
are read to see whether it stands in their body.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, cast, column, exists, false, or_, select, table, text, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from feeds.document import Document, topic_key
from feeds.expression import Node, holds
from feeds.filters import Filters
from feeds.query import QueryError, parse_query
from storage.engine import is_sqlite
from storage.fulltext import (
    Fts5,
    Scope,
    Tsquery,
    as_folded,
    loosened,
    must_be_read,
    parted,
    typed_with_accents,
    written,
)
from storage.tables import article_topics, articles, feeds, queries, topics

_SEARCH = table("article_search", column("article_id"), column("head"), column("words"))
"""PostgreSQL's index, see `storage.indexing`."""


async def newest_matching(
    conn: AsyncConnection,
    node: Node,
    condition: ColumnElement[bool],
    limit: int,
    scope: Scope = Scope.ANYWHERE,
    *,
    accented: bool = False,
) -> list[int]:
    """Ids of the articles that came in last, of those that match; newest publication first."""
    matching = _in_fts5 if is_sqlite(conn) else _in_tsvectors
    chosen = matching(node, scope, accented).where(condition).limit(limit)
    rows = (await conn.execute(chosen)).all()
    ids = [row.id for row in sorted(rows, key=lambda row: (row.published_at, row.id), reverse=True)]
    return await _without_excluded(conn, ids, node) if must_be_read(node) else ids


def _in_fts5(node: Node, scope: Scope, accented: bool) -> Select[Any]:
    match = written(node, Fts5(), scope, accented=accented)
    return (
        select(articles.c.id, articles.c.published_at)
        .select_from(articles, text("article_search"))
        .where(text("article_search MATCH :match AND article_search.rowid = articles.id"))
        .order_by(text("article_search.rowid DESC"))
        .params(match=match)
    )


def _in_tsvectors(node: Node, scope: Scope, accented: bool) -> Select[Any]:
    wanted, excluded = parted(node)
    vector = _SEARCH.c.words if scope is Scope.ANYWHERE else _SEARCH.c.head
    conditions = [_SEARCH.c.article_id == articles.c.id, _matches(vector, wanted, scope, accented=accented)]
    if excluded is not None:
        typed = typed_with_accents(excluded)
        conditions.append(~_matches(_SEARCH.c.words, excluded, Scope.ANYWHERE, accented=typed))
    loose = loosened(wanted)
    if scope is Scope.ANYWHERE and loose != wanted:
        # The words of a phrase are found in the index first: PostgreSQL thinks phrases as frequent as their
        # words and would read article after article, newest first, hoping to meet a hundred soon.
        near = select(_SEARCH.c.article_id).where(_matches(vector, loose, scope, accented=accented))
        conditions.append(_SEARCH.c.article_id.in_(select(near.cte("near").prefix_with("MATERIALIZED"))))
    return (
        select(articles.c.id, articles.c.published_at)
        .where(*conditions)
        .order_by(_SEARCH.c.article_id.desc())
    )


def _matches(vector: ColumnElement[Any], node: Node, scope: Scope, *, accented: bool) -> ColumnElement[bool]:
    match = written(node, Tsquery(), scope, accented=accented)
    return vector.bool_op("@@")(cast(match, TSQUERY))


async def newest_passing(conn: AsyncConnection, condition: ColumnElement[bool], limit: int) -> list[int]:
    """Ids of the newest articles a condition holds for, whatever their words."""
    order = (articles.c.published_at.desc(), articles.c.id.desc())
    rows = await conn.scalars(select(articles.c.id).where(condition).order_by(*order).limit(limit))
    return list(rows)


async def _without_excluded(conn: AsyncConnection, ids: list[int], node: Node) -> list[int]:
    """The ids whose articles hold none of the excluded words, read as they were typed."""
    wanted = as_folded(node)
    rows = await conn.execute(
        select(articles.c.id, articles.c.title, articles.c.lead, articles.c.body).where(
            articles.c.id.in_(ids)
        )
    )
    kept = {row.id for row in rows if holds(wanted, Document.of(row.title, row.lead, row.body))}
    return [article_id for article_id in ids if article_id in kept]


async def condition_of(conn: AsyncConnection, filters: Filters, now: datetime | None) -> ColumnElement[bool]:
    """The filters as a condition on `articles`; without `now` those on time are left out."""
    since, before = filters.window(now) if now else (None, None)
    conditions = [
        *([articles.c.published_at >= since] if since else []),
        *([articles.c.published_at < before] if before else []),
        *([_has_topic(await _topic_ids(conn, filters.topics))] if filters.topics else []),
        *([~_has_topic(await _topic_ids(conn, filters.not_topics))] if filters.not_topics else []),
        *([await _has_source(conn, filters)] if filters.sources or filters.not_sources else []),
    ]
    return and_(true(), *conditions)


async def newest_of_query(conn: AsyncConnection, query_id: int, limit: int) -> list[int]:
    """Ids of the articles that came in last, of those a saved query matches; newest publication first."""
    canonical = await conn.scalar(select(queries.c.text).where(queries.c.id == query_id))
    try:
        query = parse_query(canonical or "")
    except QueryError:
        return []  # no such query, or one an older version of the language could read
    condition = await condition_of(conn, query.filters, None)
    if query.expression is None:
        return await newest_passing(conn, condition, limit)
    return await newest_matching(conn, query.expression, condition, limit)


async def _topic_ids(conn: AsyncConnection, keys: tuple[str, ...]) -> set[str]:
    known = await conn.scalars(select(topics.c.id))
    return {topic_id for topic_id in known if topic_key(topic_id) in keys} | set(keys)


def _has_topic(ids: set[str]) -> ColumnElement[bool]:
    return exists().where(article_topics.c.article_id == articles.c.id, article_topics.c.topic_id.in_(ids))


async def _has_source(conn: AsyncConnection, filters: Filters) -> ColumnElement[bool]:
    """Sources are few and compared by their words, so they are chosen here and not in SQL."""
    titles = await conn.execute(select(feeds.c.id, feeds.c.title))
    feed_ids = [row.id for row in titles if filters.has_source(row.title)]
    archived = await conn.scalars(
        select(articles.c.source).where(articles.c.feed_id.is_(None)).group_by(articles.c.source)
    )
    names = [name for name in archived if filters.has_source(name)]
    return or_(
        articles.c.feed_id.in_(feed_ids) if feed_ids else false(),
        and_(articles.c.feed_id.is_(None), articles.c.source.in_(names)) if names else false(),
    )
