"""No query that runs for each article, tick or command reads a whole large table."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feeds.query import parse_query
from storage.articles import articles_wanting_text, get_article, latest_articles, unannounced
from storage.chats import find_chat, mark_gone, resume_due, stop_chat
from storage.digests import articles_between, claim_due_digests, digest_articles
from storage.engine import writing
from storage.feeds import known_entries, record_poll
from storage.leases import claim_deliveries, claim_due_feeds, recover_deliveries
from storage.outbox import article_targets, owe_article, record_sent, sent_message
from storage.search import search_articles
from storage.subscriptions import subscriptions_of, targets_of_chat
from storage.topics import topic_counts
from storage.types import EVERYTHING, Target, TargetKind
from storage.updates import open_updates
from tests.make import key_of, make_article, make_chat, make_feed, new_article, poll_of

MINUTE = timedelta(minutes=1)
LARGE = ("articles", "article_topics", "seen_entries", "deliveries", "subscriptions", "chats", "updates")

Run = Callable[[AsyncConnection, datetime], Awaitable[Any]]

QUERIES: dict[str, Run] = {
    "claim deliveries": lambda c, now: claim_deliveries(c, "telegram", now, limit=9, lease=MINUTE),
    "recover deliveries": recover_deliveries,
    "record sent": lambda c, now: record_sent(c, [(1, "1")], now),
    "claim feeds": lambda c, now: claim_due_feeds(c, now, limit=9, lease=MINUTE),
    "record a poll": lambda c, now: record_poll(
        c,
        1,
        poll_of(
            new_article("Mới"), at=now + MINUTE, changed=(new_article("Tin", body="x"),), seen=(b"x" * 16,)
        ),
        now,
    ),
    "known entries": lambda c, now: known_entries(c, 1, [key_of("a"), key_of("b")]),
    "due digests": lambda c, now: claim_due_digests(c, now, lambda chat: None),
    "digest": lambda c, now: digest_articles(c, 1, now, now + MINUTE),
    "digest of topics": lambda c, now: digest_articles(c, 2, now, now + MINUTE),
    "articles of a period": lambda c, now: articles_between(c, now, now + MINUTE),
    "resume due": resume_due,
    "fan-out": lambda c, now: owe_article(c, 1, ["all", "feed:1", "topic:a"], now),
    "targets": lambda c, now: article_targets(c, 1, []),
    "unannounced": lambda c, now: unannounced(c, 9),
    "wanting text": lambda c, now: articles_wanting_text(c, 9),
    "one article": lambda c, now: get_article(c, 1),
    "latest": lambda c, now: latest_articles(c),
    "latest of a feed": lambda c, now: latest_articles(c, target=Target(TargetKind.FEED, "1")),
    "latest of a topic": lambda c, now: latest_articles(c, target=Target(TargetKind.TOPIC, "a")),
    "topic counts": lambda c, now: topic_counts(c, now),
    "search": lambda c, now: search_articles(c, parse_query("tin mới -cũ source:bao topic:a since:7d"), now),
    "search by filter": lambda c, now: search_articles(c, parse_query("topic:a"), now),
    "chat by address": lambda c, now: find_chat(c, "telegram:1001"),
    "subscriptions of a chat": lambda c, now: subscriptions_of(c, 1),
    "targets of a chat": lambda c, now: targets_of_chat(c, 1),
    "sent message": lambda c, now: sent_message(c, 1, "1"),
    "open updates": lambda c, now: open_updates(c, "telegram", 9),
    "stop": lambda c, now: stop_chat(c, 1, now),
    "gone": lambda c, now: mark_gone(c, 1, "blocked", now),
}


async def some_of_everything(conn: AsyncConnection, now: datetime) -> None:
    await make_chat(conn, now, targets=[EVERYTHING], digest_at="07:00", next_digest_at=now)
    await make_chat(conn, now, address="telegram:2", targets=[Target(TargetKind.TOPIC, "a")])
    feed_id = await make_feed(conn, now)
    await owe_article(conn, await make_article(conn, feed_id, now, "Tin", topics=("a",)), ["all"], now)


def full_scans(plan: list[str]) -> list[str]:
    """Lines of a plan that read a large table from end to end."""
    names = "|".join(LARGE)
    # SQLite: SCAN articles (without an index); PostgreSQL: Seq Scan on articles
    sqlite = re.compile(rf"^SCAN ({names})\b(?!.* USING )")
    postgresql = re.compile(rf"Seq Scan on ({names})\b")
    return [line for line in plan if sqlite.search(line) or postgresql.search(line)]


async def plan_of(conn: AsyncConnection, statement: str, parameters: Any) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
    rows = (await conn.exec_driver_sql(explain + statement, parameters)).all()
    return [str(row[-1]) for row in rows]


@pytest.mark.parametrize("name", QUERIES)
async def test_query_reads_no_whole_table(engine: AsyncEngine, now: datetime, name: str) -> None:
    statements: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if re.match("SELECT|UPDATE|DELETE|INSERT", statement):
            statements.append((statement, parameters[0] if many else parameters))

    async with writing(engine) as conn:
        # given
        await some_of_everything(conn, now)
        if conn.dialect.name == "postgresql":
            # On tiny tables PostgreSQL rightly prefers reading them whole; here it may only if it must.
            await conn.execute(text("SET LOCAL enable_seqscan = off"))
        # when
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        await QUERIES[name](conn, now)
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        # then
        assert statements
        for statement, parameters in list(statements):
            plan = await plan_of(conn, statement, parameters)
            assert full_scans(plan) == [], "\n".join([statement, *plan])


async def test_check_of_plans_sees_a_full_scan(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await some_of_everything(conn, now)
        plan = await plan_of(conn, "SELECT * FROM articles WHERE title = 'x'", ())
    assert full_scans(plan)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL plans by statistics
async def test_claim_walks_the_index_in_order_and_sorts_nothing(engine: AsyncEngine, now: datetime) -> None:
    """With 100,000 waiting, a claim of 30 must not read them all."""
    statements: list[tuple[str, Any]] = []
    async with writing(engine) as conn:
        await some_of_everything(conn, now)

        def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            statements.append((statement, parameters))

        event.listen(engine.sync_engine, "before_cursor_execute", note)
        await claim_deliveries(conn, "telegram", now, limit=9, lease=MINUTE)
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        plan = await plan_of(conn, *statements[0])
    assert any("ix_deliveries_open" in line for line in plan)
    assert not any("TEMP B-TREE" in line for line in plan)
