"""People, topics, subscriptions, updates, audit, figures."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.types import Poll
from storage.audit import list_actions, record_action
from storage.chats import pause_chat
from storage.engine import writing
from storage.feeds import record_poll
from storage.leases import claim_deliveries
from storage.outbox import owe_article, record_failed, record_sent
from storage.people import get_person, grant, list_people, revoke
from storage.search import keep_query
from storage.stats import collect_stats
from storage.subscriptions import (
    followed_queries,
    subscribe,
    subscriptions_of,
    targets_of_chat,
    unsubscribe,
    unsubscribe_all,
)
from storage.topics import get_topic, list_topics, sync_topics, topic_counts
from storage.types import EVERYTHING, ChatState, Role, Target, TargetKind, Topic
from storage.updates import drop_old, keep_updates, last_update_id, mark_handled, open_updates
from tests.make import make_article, make_chat, make_feed, make_followers

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


async def test_unknown_person_is_a_citizen_and_the_owner_is_the_owner(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        assert (await get_person(conn, "telegram:1", "An", ())).role is Role.CITIZEN
        await grant(conn, "telegram:1", Role.EDITOR, "telegram:9", now, name="An")
        person = await get_person(conn, "telegram:1", "", ())
        assert (person.role, person.name) == (Role.EDITOR, "An")
        assert (person.granted_by, person.granted_at) == ("telegram:9", now)
        assert (await get_person(conn, "telegram:1", "An", {"telegram:1"})).role is Role.OWNER


async def test_role_is_replaced_and_revoked(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await grant(conn, "telegram:2", Role.ADMIN, "telegram:9", now, name="Bình")
        await grant(conn, "telegram:1", Role.EDITOR, "telegram:9", now, name="An")
        await grant(conn, "telegram:2", Role.OFFICIAL, "telegram:9", now + DAY)
        assert [(p.address, p.name, p.role) for p in await list_people(conn)] == [
            ("telegram:1", "An", Role.EDITOR),
            ("telegram:2", "Bình", Role.OFFICIAL),
        ]
        assert await revoke(conn, "telegram:2")
        assert not await revoke(conn, "telegram:2")
        assert (await get_person(conn, "telegram:2", "", ())).role is Role.CITIZEN


async def test_topics_follow_the_configuration_in_its_order(engine: AsyncEngine, now: datetime) -> None:
    dan_van = Topic("dan-van", {"vi": "Dân vận", "en": "Mass mobilisation"}, '"dân vận"')
    kinh_te = Topic("kinh-te", {"vi": "Kinh tế"}, "kinh tế")
    async with writing(engine) as conn:
        await sync_topics(conn, [kinh_te, dan_van])
        assert await list_topics(conn) == [kinh_te, dan_van]
        await sync_topics(conn, [dan_van])
        assert await list_topics(conn) == [dan_van]
        assert await get_topic(conn, "dan-van") == dan_van
        assert await get_topic(conn, "kinh-te") is None
        await sync_topics(conn, [])
        assert await list_topics(conn) == []


async def test_topics_are_counted_since_a_time(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await sync_topics(conn, [Topic(name, {"vi": name}, name) for name in ("a", "b", "c")])
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, "1", topics=("a", "b"))
        await make_article(conn, feed_id, now, "2", topics=("a",), published_at=now - 2 * DAY)
        assert await topic_counts(conn, now - DAY) == {"a": 1, "b": 1, "c": 0}


async def test_subscriptions_are_kept_once_and_labelled(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now)
        feed_id = await make_feed(conn, now)
        query_id = await keep_query(conn, "dân vận khéo", now)
        targets = [
            EVERYTHING,
            Target(TargetKind.FEED, str(feed_id)),
            Target(TargetKind.TOPIC, "dan-van"),
            Target(TargetKind.QUERY, str(query_id)),
        ]
        assert [await subscribe(conn, chat.id, target, now) for target in targets] == [True] * 4
        assert not await subscribe(conn, chat.id, EVERYTHING, now + MINUTE)
        found = await subscriptions_of(conn, chat.id)
        assert [(s.target, s.label) for s in found] == list(
            zip(targets, ["", "Báo Điện Biên Phủ", "dan-van", "dân vận khéo"], strict=True)
        )
        assert await targets_of_chat(conn, chat.id) == {"all", "feed:1", "topic:dan-van", "query:1"}
        assert await unsubscribe(conn, chat.id, EVERYTHING)
        assert not await unsubscribe(conn, chat.id, EVERYTHING)
        assert await unsubscribe_all(conn, chat.id) == 3
        assert await subscriptions_of(conn, chat.id) == []


async def test_only_followed_queries_are_matched(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        one, _, three = [await keep_query(conn, text, now) for text in ("a", "b", "c")]
        chats = await make_followers(conn, now, 2)
        for chat in chats:
            await subscribe(conn, chat.id, Target(TargetKind.QUERY, str(one)), now)
        await subscribe(conn, chats[0].id, Target(TargetKind.QUERY, str(three)), now)
        assert await followed_queries(conn) == [(one, "a"), (three, "c")]


async def test_update_is_kept_until_it_is_handled(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        assert await last_update_id(conn, "telegram") is None
        assert await keep_updates(conn, "telegram", [], now) == 0
        assert await keep_updates(conn, "telegram", [(11, "b"), (10, "a")], now) == 2
        assert await keep_updates(conn, "telegram", [(11, "b"), (12, "c")], now) == 1
        await keep_updates(conn, "zalo", [(5, "z")], now)
        assert await open_updates(conn, "telegram", 2) == [(10, "a"), (11, "b")]
        await mark_handled(conn, "telegram", [10, 12], now)
        assert await open_updates(conn, "telegram", 9) == [(11, "b")]
        assert await last_update_id(conn, "telegram") == 12
        # a repetition of a handled one is not done again
        assert await keep_updates(conn, "telegram", [(10, "a")], now) == 0
        assert await open_updates(conn, "telegram", 9) == [(11, "b")]


async def test_old_updates_are_dropped_but_the_last_is_remembered(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await keep_updates(conn, "telegram", [(1, "a"), (2, "b"), (3, "c")], now)
        await mark_handled(conn, "telegram", [1, 3], now)
        assert await drop_old(conn, now) == 0
        assert await drop_old(conn, now + DAY) == 1
        assert await open_updates(conn, "telegram", 9) == [(2, "b")]
        assert await last_update_id(conn, "telegram") == 3


async def test_actions_are_remembered_latest_first(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await record_action(conn, "telegram:9", "addfeed", {"feed": 1, "url": "https://…"}, now)
        await record_action(conn, "telegram:9", "grant", {"to": "telegram:1"}, now + MINUTE)
        page = await list_actions(conn, limit=1)
    assert page.total == 2
    [last] = page.items
    assert (last.at, last.actor, last.action) == (now + MINUTE, "telegram:9", "grant")
    assert last.detail == {"to": "telegram:1"}


async def test_figures(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        # given two feeds, one failing; an article of today and an old one; three followers, one paused
        feed_id = await make_feed(conn, now - DAY)
        broken = await make_feed(conn, now - DAY, url="https://b.example/rss")
        await record_poll(conn, broken, Poll(now, error_key="timed_out"), now)
        chats = await make_followers(conn, now - DAY, 4)
        await pause_chat(conn, chats[3].id, None)
        await make_article(conn, feed_id, now - DAY, "Cũ", published_at=now - 2 * DAY)
        article_id = await make_article(conn, feed_id, now, "Mới")
        await owe_article(conn, article_id, ["all"], now)
        one, two = await claim_deliveries(conn, "telegram", now, limit=2, lease=MINUTE)
        await record_sent(conn, [(one.id, "1")], now)
        await record_failed(conn, two.id, "rejected", "", now)
        # when
        stats = await collect_stats(conn, now + MINUTE)
    # then
    assert stats.chats == {
        ChatState.ACTIVE: 3,
        ChatState.PAUSED: 1,
        ChatState.STOPPED: 0,
        ChatState.GONE: 0,
        ChatState.RESTRICTED: 0,
    }
    assert (stats.subscriptions, stats.feeds, stats.failing_feeds) == (4, 2, 1)
    assert (stats.articles, stats.articles_today) == (2, 1)
    assert (stats.sent_today, stats.waiting, stats.uncertain, stats.failed) == (1, 1, 0, 1)
