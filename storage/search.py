"""Search: articles that hold all the words first by where they hold them, then by how new they are.

    title as a phrase → title, all words → lead as a phrase → anywhere as a phrase →
    title and lead, all words → anywhere, all words → anywhere, some of the words

Words typed with accents are looked for so first, then without. Every step gives a bounded number of the
newest articles, so a search costs the same in a large archive, and no step needs statistics of the database:
both databases give the same articles in the same order.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.expression import And, Node, Not, Phrase, Term, all_of, any_of, wanted
from feeds.query import Query
from storage.articles import get_articles
from storage.fulltext import Scope, typed_with_accents
from storage.matching import condition_of, newest_matching, newest_passing
from storage.tables import queries, text_key
from storage.types import Article, Page
from storage.upsert import insert_new

RESULTS_MAX = 100
"""Articles one search can give; `Page.total` of 100 means "100 or more"."""

ENOUGH_RESULTS = 20
"""Articles holding only some of the words are added up to here, and only when there are fewer."""

Step = tuple[Node, Scope, bool]
"""What is looked for, where, and whether as typed (True) or without accents (False)."""


async def search_articles(
    conn: AsyncConnection, query: Query, now: datetime, *, offset: int = 0, limit: int = 5
) -> Page[Article]:
    """Articles for a query, best first. `total` stops at RESULTS_MAX.

    Days named in filters begin at midnight in the zone of `now`.
    """
    condition = await condition_of(conn, query.filters, now)
    if query.expression is None:
        found = await newest_passing(conn, condition, RESULTS_MAX)
        return await _page(conn, found, offset, limit)
    ranked: dict[int, None] = {}
    for node, scope, accented in steps_of(query.expression):
        found = await newest_matching(conn, node, condition, RESULTS_MAX, scope, accented=accented)
        ranked |= dict.fromkeys(found)
        if len(ranked) >= RESULTS_MAX:
            break
    some = some_of_the_words(query.expression)
    if some and len(ranked) < ENOUGH_RESULTS:
        more = await newest_matching(conn, some, condition, RESULTS_MAX)
        ranked = dict.fromkeys(list(ranked | dict.fromkeys(more))[:ENOUGH_RESULTS])
    return await _page(conn, list(ranked)[:RESULTS_MAX], offset, limit)


async def keep_query(conn: AsyncConnection, canonical: str, now: datetime) -> int:
    """The id of a saved query, kept once however many follow it."""
    key = text_key(canonical)
    await conn.execute(insert_new(conn, queries), {"key": key, "text": canonical, "created_at": now})
    return int((await conn.execute(select(queries.c.id).where(queries.c.key == key))).scalar_one())


async def query_text(conn: AsyncConnection, query_id: int) -> str | None:
    """The canonical text of a saved query, or None."""
    return await conn.scalar(select(queries.c.text).where(queries.c.id == query_id))


def steps_of(expression: Node) -> Iterator[Step]:
    """The steps for articles that are all the query asks for, best first."""
    phrase = as_phrase(expression)
    ways = (True, False) if typed_with_accents(expression) else (False,)
    if phrase:
        yield from ((phrase, Scope.TITLE, accented) for accented in ways)
    yield from ((expression, Scope.TITLE, accented) for accented in ways)
    if phrase:
        yield (phrase, Scope.LEAD, ways[0])
        yield (phrase, Scope.ANYWHERE, False)
    yield from ((expression, Scope.HEAD, accented) for accented in ways)
    yield (expression, Scope.ANYWHERE, False)


def as_phrase(expression: Node) -> Node | None:
    """The query with its words in the order they were typed, or None when it is not a plain row of words."""
    if not isinstance(expression, And):
        return None
    words = [part for part in expression.parts if isinstance(part, Term)]
    excluded = [part for part in expression.parts if isinstance(part, Not)]
    if len(words) < 2 or len(words) + len(excluded) < len(expression.parts) or any(w.prefix for w in words):
        return None
    phrase = Phrase(tuple(word.token for word in words), tuple(word.accented for word in words))
    return all_of([phrase, *excluded])


def some_of_the_words(expression: Node) -> Node | None:
    """The query asking for any of its words, still without the excluded ones; None for one word."""
    words = list(wanted(expression))
    excluded = (
        [part for part in expression.parts if isinstance(part, Not)] if isinstance(expression, And) else []
    )
    any_word = any_of(words)
    return all_of([any_word, *excluded]) if any_word and len(words) > 1 else None


async def _page(conn: AsyncConnection, found: list[int], offset: int, limit: int) -> Page[Article]:
    articles = await get_articles(conn, found[offset : offset + limit])
    return Page(articles, len(found), offset, limit)
