"""From a query's tree to the databases' own languages, and the newest articles that match.

What people type never reaches FTS5 or a tsquery: only words `feeds.query` made of it do, which consist of
letters and digits, and each is quoted. Both translations mean the same, so both databases find the same
articles. A minus before a word typed with accents looks at title and lead only, where accents are indexed.
"""

from datetime import datetime
from enum import Enum
from typing import Protocol

from sqlalchemy import and_, exists, false, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from feeds.document import topic_key
from feeds.expression import And, Node, Not, Or, Phrase, Term
from feeds.filters import Filters
from feeds.query import QueryError, parse_query
from storage.engine import is_sqlite
from storage.indexing import ACCENTED_MARK, MAX_WORD_CHARACTERS
from storage.tables import article_topics, articles, feeds, queries, topics


class Scope(Enum):
    """Which parts of an article are looked at: FTS5 columns, those with accents, and tsvector weights."""

    TITLE = ("title", "title_accented", "A")
    LEAD = ("lead", "lead_accented", "B")
    HEAD = ("title lead", "title_accented lead_accented", "AB")
    ANYWHERE = ("", "title_accented lead_accented", "")


class Language(Protocol):
    """How a database writes a full-text query."""

    def leaf(self, words: tuple[str, ...], scope: Scope, *, accented: bool, prefix: bool) -> str:
        """Words standing side by side."""

    def both(self, parts: list[str]) -> str:
        """All of them."""

    def either(self, parts: list[str]) -> str:
        """Any of them."""

    def without(self, wanted: str, excluded: list[str]) -> str:
        """`wanted`, and none of the others."""


class Fts5:
    """SQLite's full-text query syntax (https://sqlite.org/fts5.html#full_text_query_syntax)."""

    def leaf(self, words: tuple[str, ...], scope: Scope, *, accented: bool, prefix: bool) -> str:
        """A quoted string with a column filter."""
        folded_columns, accented_columns, _ = scope.value
        columns = accented_columns if accented else folded_columns
        quoted = f'"{" ".join(words)}"' + (" *" if prefix else "")
        return f"({{{columns}}} : {quoted})" if columns else f"({quoted})"

    def both(self, parts: list[str]) -> str:
        """AND."""
        return f"({' AND '.join(parts)})"

    def either(self, parts: list[str]) -> str:
        """OR."""
        return f"({' OR '.join(parts)})"

    def without(self, wanted: str, excluded: list[str]) -> str:
        """NOT, which has two sides in FTS5."""
        return f"({wanted} NOT {self.either(excluded)})"


class Tsquery:
    """PostgreSQL's text form of a tsquery (https://www.postgresql.org/docs/current/datatype-textsearch.html)."""

    def leaf(self, words: tuple[str, ...], scope: Scope, *, accented: bool, prefix: bool) -> str:
        """Quoted lexemes one position apart, each with its weights."""
        mark = ACCENTED_MARK if accented else ""
        weights = "AB" if accented and scope is Scope.ANYWHERE else scope.value[2]
        flags = [weights] * (len(words) - 1) + [weights + ("*" if prefix else "")]
        lexemes = [f"'{mark}{word}':{flag}" for word, flag in zip(words, flags, strict=True)]
        return f"({' <-> '.join(lexeme.rstrip(':') for lexeme in lexemes)})"

    def both(self, parts: list[str]) -> str:
        """AND."""
        return f"({' & '.join(parts)})"

    def either(self, parts: list[str]) -> str:
        """OR."""
        return f"({' | '.join(parts)})"

    def without(self, wanted: str, excluded: list[str]) -> str:
        """AND NOT."""
        return f"({wanted} & !{self.either(excluded)})"


def language_of(conn: AsyncConnection) -> Language:
    """The full-text language of a database."""
    return Fts5() if is_sqlite(conn) else Tsquery()


def written(node: Node, language: Language, scope: Scope, *, accented: bool = False) -> str:
    """The tree in a database's language, its wanted words looked for in `scope`.

    With `accented` words are taken as typed, else without accents. Excluded words count wherever they stand.
    """

    def write(part: Node) -> str:
        match part:
            case Term(token, typed, prefix):
                word = typed if accented else token
                return language.leaf(_cut((word,)), scope, accented=accented, prefix=prefix)
            case Phrase(tokens, typed_words):
                words = typed_words if accented else tokens
                return language.leaf(_cut(words), scope, accented=accented, prefix=False)
            case Or(parts):
                return language.either([write(each) for each in parts])
            case And(parts):
                return _conjunction(parts)
            case Not():
                raise ValueError("nothing is searched for")

    def _conjunction(parts: tuple[Node, ...]) -> str:
        found = language.both([write(each) for each in parts if not isinstance(each, Not)])
        excluded = [_excluded(each.part, language) for each in parts if isinstance(each, Not)]
        return language.without(found, excluded) if excluded else found

    return write(node)


def _excluded(node: Node, language: Language) -> str:
    accented = typed_with_accents(node)
    return written(node, language, Scope.ANYWHERE, accented=accented)


def typed_with_accents(node: Node) -> bool:
    """Whether any word of the tree was typed with accents."""
    match node:
        case Term(token, typed):
            return token != typed
        case Phrase(tokens, typed_words):
            return tokens != typed_words
        case And(parts) | Or(parts):
            return any(map(typed_with_accents, parts))
        case Not(part):
            return typed_with_accents(part)


def _cut(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word[:MAX_WORD_CHARACTERS] for word in words)


async def newest_matching(
    conn: AsyncConnection, match: str | None, condition: ColumnElement[bool], limit: int
) -> list[int]:
    """Ids of the articles that came in last, of those that match; newest publication first.

    `match` is what `written` made; None means that no words are asked for.
    """
    chosen = select(articles.c.id, articles.c.published_at).where(condition).limit(limit)
    if match is None:
        chosen = chosen.order_by(articles.c.published_at.desc(), articles.c.id.desc())
    elif is_sqlite(conn):
        chosen = (
            chosen.select_from(articles, text("article_search"))
            .where(text("article_search MATCH :match AND article_search.rowid = articles.id"))
            .order_by(text("article_search.rowid DESC"))
        )
    else:
        chosen = (
            chosen.select_from(articles, text("article_search"))
            .where(text("words @@ CAST(:match AS tsquery) AND article_search.article_id = articles.id"))
            .order_by(text("article_search.article_id DESC"))
        )
    rows = (await conn.execute(chosen, {"match": match} if match else {})).all()
    return [row.id for row in sorted(rows, key=lambda row: (row.published_at, row.id), reverse=True)]


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
    match = written(query.expression, language_of(conn), Scope.ANYWHERE) if query.expression else None
    return await newest_matching(conn, match, condition, limit)


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
