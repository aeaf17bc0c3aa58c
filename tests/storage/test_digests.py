"""Digests: owed at their hour, once, with what the chat asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.chats import get_chat, pause_chat, set_digest
from storage.digests import articles_between, claim_due_digests, digest_articles, get_digest
from storage.engine import writing
from storage.feeds import record_poll
from storage.leases import claim_deliveries
from storage.outbox import article_targets, owe_article, owe_digest
from storage.types import EVERYTHING, Chat, DeliveryKind, Target, TargetKind
from tests.make import key_of, make_article, make_chat, make_feed, new_article, poll_of

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def tomorrow(now: datetime) -> Callable[[Chat], datetime | None]:
    return lambda chat: now + DAY


async def test_due_digest_is_owed_once_and_the_next_one_scheduled(
    engine: AsyncEngine, now: datetime, tomorrow: Callable[[Chat], datetime | None]
) -> None:
    async with writing(engine) as conn:
        # given a digest due a minute ago and one due later
        chat = await make_chat(conn, now - DAY, digest_at="14:00", next_digest_at=now - MINUTE)
        await make_chat(conn, now, address="telegram:2", digest_at="15:00", next_digest_at=now + MINUTE)
        # when
        [digest_id] = await claim_due_digests(conn, now, tomorrow)
        assert await claim_due_digests(conn, now, tomorrow) == []
        # then it covers the day up to the moment it was scheduled for
        digest = await get_digest(conn, digest_id)
        assert digest is not None
        assert (digest.chat_id, digest.since, digest.until) == (chat.id, now - MINUTE - DAY, now - MINUTE)
        assert await get_digest(conn, 99) is None
        later = await get_chat(conn, chat.id)
        assert later is not None
        assert later.next_digest_at == now + DAY
        [delivery] = await claim_deliveries(conn, "telegram", now, limit=9, lease=MINUTE)
        assert (delivery.kind, delivery.digest_id, delivery.article_id) == (
            DeliveryKind.DIGEST,
            digest_id,
            None,
        )
        # and the next one begins where it ended
        next_id = (await claim_due_digests(conn, now + DAY, lambda chat: None))[-1]
        next_digest = await get_digest(conn, next_id)
        assert next_digest is not None
        assert (next_digest.since, next_digest.until) == (now - MINUTE, now + DAY)
        ended = await get_chat(conn, chat.id)
        assert ended is not None
        assert ended.next_digest_at is None


async def test_digest_of_a_moment_is_never_owed_twice(
    engine: AsyncEngine, now: datetime, tomorrow: Callable[[Chat], datetime | None]
) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now - DAY, digest_at="14:00", next_digest_at=now)
        [digest_id] = await claim_due_digests(conn, now, tomorrow)
        # when the schedule is set back to the same moment
        await set_digest(conn, chat.id, at="14:00", days="1234567", next_at=now)
        assert await claim_due_digests(conn, now, tomorrow) == []
        assert not await owe_digest(conn, digest_id, chat.id, now)
        assert len(await claim_deliveries(conn, "telegram", now, limit=9, lease=MINUTE)) == 1


async def test_claim_that_is_rolled_back_leaves_nothing(
    engine: AsyncEngine, now: datetime, tomorrow: Callable[[Chat], datetime | None]
) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now - DAY, digest_at="14:00", next_digest_at=now)
    with pytest.raises(ValueError, match="killed"):
        async with writing(engine) as conn:
            assert len(await claim_due_digests(conn, now, tomorrow)) == 1
            raise ValueError("killed")
    async with writing(engine) as conn:
        assert await claim_deliveries(conn, "telegram", now, limit=9, lease=MINUTE) == []
        assert len(await claim_due_digests(conn, now, tomorrow)) == 1


async def test_paused_chat_gets_no_digest(
    engine: AsyncEngine, now: datetime, tomorrow: Callable[[Chat], datetime | None]
) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now - DAY, digest_at="14:00", next_digest_at=now)
        await pause_chat(conn, chat.id, None)
        assert await claim_due_digests(conn, now, tomorrow) == []


async def test_digest_holds_what_was_announced_in_its_period(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        # given articles announced before, in and after the period, and one never announced
        first = await make_feed(conn, now - DAY)
        second = await make_feed(conn, now - DAY, url="https://b.example/rss", title="B")
        for title, feed_id, minutes, topics in (
            ("trước", first, -1, ()),
            ("đầu", first, 0, ()),
            ("chuyên đề", second, 1, ("dan-van",)),
            ("nguồn khác", second, 2, ()),
            ("sau", first, 10, ()),
        ):
            at = now + minutes * MINUTE
            article_id = await make_article(conn, feed_id, at, title, topics=topics)
            await owe_article(conn, article_id, await article_targets(conn, article_id, []), at)
        await make_article(conn, first, now + 11 * MINUTE, "chưa báo", published_at=now)
        # and one the second feed brought and the first listed too
        shared = await make_article(conn, second, now + 3 * MINUTE, "chung", url="https://bao.example/c")
        listed = new_article("chung", keys=(key_of("c"),), url="https://bao.example/c")
        await record_poll(conn, first, poll_of(listed, at=now + 4 * MINUTE), now)
        await owe_article(conn, shared, ["all"], now + 5 * MINUTE)

        async def titles(*targets: Target) -> list[str]:
            address = f"telegram:{len(targets)}{targets}"[:90]
            chat = await make_chat(conn, now, address=address, targets=targets)
            found = await digest_articles(conn, chat.id, now, now + 10 * MINUTE)
            return [article.title for article in found]

        # then
        everything = ["chung", "nguồn khác", "chuyên đề", "đầu"]
        assert await titles(EVERYTHING) == everything
        assert await titles(EVERYTHING, Target(TargetKind.TOPIC, "dan-van")) == everything
        assert await titles(Target(TargetKind.FEED, str(first))) == ["chung", "đầu"]
        assert await titles(Target(TargetKind.TOPIC, "dan-van")) == ["chuyên đề"]
        both = (Target(TargetKind.FEED, str(first)), Target(TargetKind.TOPIC, "dan-van"))
        assert await titles(*both) == ["chung", "chuyên đề", "đầu"]
        assert await titles(Target(TargetKind.QUERY, "1")) == []
        assert await titles() == []
        between = await articles_between(conn, now, now + 10 * MINUTE, limit=3)
        assert [article.title for article in between] == everything[:3]
