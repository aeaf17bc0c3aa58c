"""The outbox: who is owed what, in which order, and how a delivery ends."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.articles import unannounced
from storage.chats import mark_gone, pause_chat, resume_chat, stop_chat
from storage.engine import writing
from storage.leases import claim_deliveries, recover_deliveries, release_deliveries
from storage.outbox import (
    expire_deliveries,
    outbox_counts,
    owe_article,
    record_failed,
    record_retry,
    record_sent,
    record_uncertain,
    sent_message,
)
from storage.types import EVERYTHING, Delivery, DeliveryKind, Target, TargetKind
from tests.make import make_article, make_articles, make_chat, make_feed, make_followers

MINUTE = timedelta(minutes=1)
TOPIC = Target(TargetKind.TOPIC, "dan-van")


async def claim(
    conn: AsyncConnection, now: datetime, limit: int = 100, messenger: str = "telegram"
) -> list[Delivery]:
    return await claim_deliveries(conn, messenger, now, limit=limit, lease=MINUTE)


async def owe(conn: AsyncConnection, now: datetime, *titles: str) -> list[int]:
    """Articles owed to all who follow everything."""
    feed_id = await make_feed(conn, now)
    ids = await make_articles(conn, feed_id, now, titles)
    for article_id in ids:
        await owe_article(conn, article_id, ["all"], now)
    return ids


async def counts(conn: AsyncConnection) -> dict[str, int]:
    return {str(state): number for state, number in (await outbox_counts(conn)).items() if number}


async def test_article_is_owed_once_to_each_chat_that_asked_for_it(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        # given chats that follow a topic, everything, both, and something else
        await make_chat(conn, now, address="telegram:1", targets=[TOPIC])
        await make_chat(conn, now, address="telegram:2", targets=[EVERYTHING])
        await make_chat(conn, now, address="telegram:3", targets=[EVERYTHING, TOPIC])
        await make_chat(conn, now, address="telegram:4", targets=[Target(TargetKind.TOPIC, "kinh-te")])
        feed_id = await make_feed(conn, now)
        article_id = await make_article(conn, feed_id, now)
        # when
        assert await owe_article(conn, article_id, ["all", "feed:1", "topic:dan-van"], now) == 3
        assert await owe_article(conn, article_id, ["all", "feed:1", "topic:dan-van"], now) == 0
        # then
        claimed = await claim(conn, now)
        assert sorted(d.chat.address for d in claimed) == ["telegram:1", "telegram:2", "telegram:3"]
        assert {d.article_id for d in claimed} == {article_id}
        assert {(d.kind, d.silent, d.attempts, d.uncertain) for d in claimed} == {
            (DeliveryKind.ARTICLE, False, 1, False)
        }
        assert await unannounced(conn, 9) == []


async def test_only_active_chats_that_want_articles_at_once_are_owed(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        paused, stopped, gone, digest_only, served = [
            await make_chat(conn, now, address=f"telegram:{n}", targets=[EVERYTHING], instant=n != 4)
            for n in (1, 2, 3, 4, 5)
        ]
        await pause_chat(conn, paused.id, None)
        await stop_chat(conn, stopped.id, now)
        await mark_gone(conn, gone.id, "blocked", now)
        await owe(conn, now, "Tin")
        assert [d.chat.id for d in await claim(conn, now)] == [served.id]
        assert not digest_only.instant


async def test_article_from_before_the_subscription_is_not_owed(engine: AsyncEngine, now: datetime) -> None:
    """POLLING I8."""
    async with writing(engine) as conn:
        await make_chat(conn, now + MINUTE, targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        assert await counts(conn) == {}


async def test_each_messenger_claims_its_own(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, address="telegram:1", targets=[EVERYTHING])
        await make_chat(conn, now, address="console:1", targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        assert [d.chat.address for d in await claim(conn, now, messenger="console")] == ["console:1"]
        assert [d.chat.address for d in await claim(conn, now)] == ["telegram:1"]
        assert await claim(conn, now) == []


async def test_chat_gets_one_at_a_time_in_order(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_followers(conn, now, 2)
        articles = await owe(conn, now, "1", "2", "3")
        order = []
        for _ in range(3):
            claimed = await claim(conn, now)
            order.append([d.article_id for d in claimed])
            assert await claim(conn, now) == []  # both chats are being sent to
            await record_sent(conn, [(d.id, "m") for d in claimed], now)
    assert order == [[article_id, article_id] for article_id in articles]


async def test_claim_takes_no_more_than_asked(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_followers(conn, now, 5)
        await owe(conn, now, "Tin")
        assert [len(await claim(conn, now, limit=2)) for _ in range(4)] == [2, 2, 1, 0]


async def test_later_ones_wait_for_one_that_is_tried_again(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        one, two = await owe(conn, now, "1", "2")
        [first] = await claim(conn, now)
        await record_retry(conn, first.id, now + MINUTE, "retry_later", "429")
        assert await claim(conn, now) == []
        [again] = await claim(conn, now + MINUTE)
        assert (again.article_id, again.attempts, again.silent) == (one, 2, False)
        await record_sent(conn, [(again.id, "1")], now)
        [next_one] = await claim(conn, now + MINUTE)
        assert next_one.article_id == two


async def test_sent_message_is_known_by_its_id(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_followers(conn, now, 2)
        [article_id] = await owe(conn, now, "Tin")
        one, two = await claim(conn, now)
        await record_sent(conn, [(one.id, "501"), (two.id, None)], now)
        await record_sent(conn, [], now)
        assert await counts(conn) == {"sent": 2}
        message = await sent_message(conn, one.chat.id, "501")
        assert message is not None
        assert (message.delivery_id, message.article_id, message.sent_at) == (one.id, article_id, now)
        assert await sent_message(conn, two.chat.id, "501") is None


async def test_failed_delivery_is_over(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "1", "2")
        [first] = await claim(conn, now)
        await record_failed(conn, first.id, "rejected", "can't parse entities", now)
        [second] = await claim(conn, now)
        assert second.id != first.id
        assert await counts(conn) == {"failed": 1, "sending": 1}


async def test_uncertain_delivery_is_sent_once_more_silently_and_then_over(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        [first] = await claim(conn, now)
        await record_uncertain(conn, first.id, "connection lost", now)
        assert await counts(conn) == {"uncertain": 1}
        [second] = await claim(conn, now)
        assert (second.id, second.silent, second.uncertain, second.attempts) == (first.id, True, True, 2)
        await record_uncertain(conn, second.id, "connection lost", now)
        assert await claim(conn, now + 99 * MINUTE) == []
        assert await counts(conn) == {"uncertain": 1}


async def test_delivery_of_a_dead_worker_is_sent_once_more(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        await claim(conn, now)
        assert await recover_deliveries(conn, now) == 0  # its lease still runs
        assert await recover_deliveries(conn, now + MINUTE) == 1
        [second] = await claim(conn, now + MINUTE)
        assert second.silent
        # and when that worker dies as well, it is over
        assert await recover_deliveries(conn, now + 2 * MINUTE) == 1
        assert await claim(conn, now + 3 * MINUTE) == []
        assert await counts(conn) == {"uncertain": 1}


async def test_answer_that_comes_after_the_lease_still_counts(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        [slow] = await claim(conn, now)
        await recover_deliveries(conn, now + MINUTE)
        await record_sent(conn, [(slow.id, "7")], now + MINUTE)
        assert await claim(conn, now + MINUTE) == []
        assert await counts(conn) == {"sent": 1}


async def test_released_delivery_is_as_if_never_claimed(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        [claimed] = await claim(conn, now)
        assert await release_deliveries(conn, [claimed.id], now) == 1
        assert await release_deliveries(conn, [claimed.id], now) == 0
        [again] = await claim(conn, now)
        assert again == claimed
        # a silent second attempt stays one
        await record_uncertain(conn, again.id, "", now)
        [silent] = await claim(conn, now)
        await release_deliveries(conn, [silent.id], now)
        assert await claim(conn, now) == [silent]


async def test_paused_chat_gets_what_waited_when_it_resumes(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "Tin")
        await pause_chat(conn, chat.id, None)
        assert await claim(conn, now) == []
        await resume_chat(conn, chat.id)
        assert len(await claim(conn, now)) == 1


async def test_old_deliveries_expire_but_not_one_being_sent(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await make_chat(conn, now, targets=[EVERYTHING])
        await owe(conn, now, "1", "2")
        await claim(conn, now)
        assert await expire_deliveries(conn, now, now + MINUTE) == 0
        assert await expire_deliveries(conn, now + MINUTE, now + MINUTE) == 1
        assert await counts(conn) == {"sending": 1, "expired": 1}
