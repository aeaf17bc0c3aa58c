"""The search index: which words of an article go into it, on each database.

Both hold the folded words of title, lead and body, and those of title and lead with their accents too; the
words are made by `feeds.text`, so that both databases and the matching in memory agree on what a word is.

- SQLite: a contentless FTS5 table with a column for each. It holds no text, so a row is taken out by naming
  the very words it was put in with: call `unindex_articles` with the old text before the new one is indexed.
- PostgreSQL: two `tsvector`s, one of title and lead with weights A and B, one of everything. Positions are
  counted here (never by `to_tsvector`, whose parser has its own idea of words). Words with accents are kept
  as `=điện` at the position of their folded form, so that a phrase may be asked for in either. The better
  places are looked for in the small vector: checking a phrase or a weight unpacks a vector, and the large
  ones lie compressed outside the row (a search took 660 ms with one vector).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.text import accented_tokens, tokens
from storage.engine import is_sqlite

MAX_CHARACTERS = 200_000
"""Of a title, a lead or a body, indexed; as much as `feeds.document` reads for matching."""

MAX_WORD_CHARACTERS = 64
"""A longer run of letters is no word, and PostgreSQL takes none beyond 2 kB."""

MAX_WORDS = 16_000
"""Of a title, a lead and a body, each: PostgreSQL counts positions to 16,383, and an article has 400."""

_MAX_POSITIONS_PER_WORD = 255
"""As many as PostgreSQL keeps for one word."""

_LAST_POSITION = 16_383

_GAP = 8
"""Positions left free between title, lead and body, so that no phrase runs from one into the next."""

ACCENTED_MARK = "="
"""Before an accented word in a tsvector; no word begins so by itself."""

_Places = defaultdict[str, list[str]]

_SQLITE_COLUMNS = "title, lead, body, title_accented, lead_accented"
_SQLITE_VALUES = ":title, :lead, :body, :title_accented, :lead_accented"


@dataclass(frozen=True, slots=True)
class Words:
    """What of an article is searched."""

    article_id: int
    title: str
    lead: str
    body: str


async def index_articles(conn: AsyncConnection, words: Sequence[Words]) -> None:
    """Put articles into the index; they must not be in it already on SQLite."""
    if not words:
        return
    if is_sqlite(conn):
        statement = f"INSERT INTO article_search (rowid, {_SQLITE_COLUMNS}) VALUES (:id, {_SQLITE_VALUES})"  # noqa: S608
        await conn.execute(text(statement), [_sqlite_row(each) for each in words])
        return
    await conn.execute(
        text(
            "INSERT INTO article_search (article_id, head, words) "
            "VALUES (:id, CAST(:head AS tsvector), CAST(:words AS tsvector)) "
            "ON CONFLICT (article_id) DO UPDATE SET head = excluded.head, words = excluded.words"
        ),
        [_postgresql_row(each) for each in words],
    )


async def unindex_articles(conn: AsyncConnection, words: Sequence[Words]) -> None:
    """Take articles out of the index; `words` are what they were put in with."""
    if not words:
        return
    if is_sqlite(conn):
        statement = (
            f"INSERT INTO article_search (article_search, rowid, {_SQLITE_COLUMNS}) "  # noqa: S608
            f"VALUES ('delete', :id, {_SQLITE_VALUES})"
        )
        await conn.execute(text(statement), [_sqlite_row(each) for each in words])
        return
    await conn.execute(
        text("DELETE FROM article_search WHERE article_id = :id"), [{"id": each.article_id} for each in words]
    )


def _sqlite_row(words: Words) -> dict[str, object]:
    return {
        "id": words.article_id,
        "title": " ".join(_folded(words.title)),
        "lead": " ".join(_folded(words.lead)),
        "body": " ".join(_folded(words.body)),
        "title_accented": " ".join(_accented(words.title)),
        "lead_accented": " ".join(_accented(words.lead)),
    }


def _postgresql_row(words: Words) -> dict[str, object]:
    head, everything = _vectors(words)
    return {"id": words.article_id, "head": head, "words": everything}


def _folded(part: str) -> list[str]:
    return [word[:MAX_WORD_CHARACTERS] for word in tokens(part[:MAX_CHARACTERS])[:MAX_WORDS]]


def _accented(part: str) -> list[str]:
    return [word[:MAX_WORD_CHARACTERS] for word in accented_tokens(part[:MAX_CHARACTERS])[:MAX_WORDS]]


def _vectors(words: Words) -> tuple[str, str]:
    """Text forms of two tsvectors: of title and lead, `'dan':1A '=dân':1A 'tin':9B`, and of everything."""
    head: _Places = defaultdict(list)
    everything: _Places = defaultdict(list)
    start = 1
    for part, weight in ((words.title, "A"), (words.lead, "B"), (words.body, "")):
        folded = _folded(part)
        accented = [ACCENTED_MARK + word for word in _accented(part)] if weight else []
        for found in (folded, accented):
            for position, word in enumerate(found, start):
                place = min(position, _LAST_POSITION)
                everything[word].append(f"{place}")
                if weight:
                    head[word].append(f"{place}{weight}")
        start += len(folded) + _GAP
    return _vector(head), _vector(everything)


def _vector(places: _Places) -> str:
    """Words are letters and digits: nothing needs escaping."""
    return " ".join(f"'{word}':{','.join(found[:_MAX_POSITIONS_PER_WORD])}" for word, found in places.items())
