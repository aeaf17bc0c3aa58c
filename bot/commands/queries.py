"""Searches as commands and buttons carry them: as text, or by number when they are long."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.commands.targets import is_id
from bot.errors import UserError, query_problem
from bot.i18n import N_
from bot.messages import Request
from feeds.query import Phrase, Query, QueryError, parse_query
from storage.engine import writing
from storage.search import keep_query, query_text

MAX_INLINE_BYTES = 44
"""A longer search is kept under a number, so that `follow @save …` stays within a button's 64 bytes."""

WEEK = timedelta(days=7)


def read_query(text: str) -> Query:
    """Read a search. Raises UserError saying what to change."""
    try:
        return parse_query(text)
    except QueryError as error:
        raise query_problem(error) from error


async def find_query(conn: AsyncConnection, text: str) -> Query:
    """Read a search, or the one kept under `#17`. Raises UserError when it is no longer there."""
    if not (text.startswith("#") and is_id(text[1:])):
        return read_query(text)
    kept = await query_text(conn, int(text[1:]))
    if kept is None:
        raise UserError(N_("I no longer have that search. Please type it again after /search."))
    return read_query(kept)


async def reference(engine: AsyncEngine, query: Query, now: datetime) -> str:
    """What a button carries to mean this search: its text, or the number under which a long one is kept."""
    if len(query.text.encode()) <= MAX_INLINE_BYTES:
        return query.text
    async with writing(engine) as conn:
        return f"#{await keep_query(conn, query.text, now)}"


def words_of(query: Query) -> frozenset[str]:
    """The folded words that a search looks for, to be marked in what it finds."""
    words: set[str] = set()
    for part in query.wanted:
        words.update(part.tokens if isinstance(part, Phrase) else (part.token,))
    return frozenset(words)


def local_now(request: Request) -> datetime:
    """Now on the chat's clock: days in `since:09/01/2020` begin at its midnight."""
    return request.now.astimezone(ZoneInfo(request.chat.time_zone))
