"""Chats: coming, pausing, stopping, moving."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.chats import (
    ensure_chat,
    find_chat,
    get_chat,
    list_chats,
    mark_gone,
    move_chat,
    pause_chat,
    restrict_chat,
    resume_chat,
    resume_due,
    revive_chat,
    set_digest,
    stop_chat,
    update_chat,
)
from storage.engine import NoSuchChat, writing
from storage.leases import claim_deliveries
from storage.outbox import outbox_counts, owe_article
from storage.subscriptions import targets_of_chat
from storage.types import EVERYTHING, ChatKind, ChatState, DeliveryState, Target, TargetKind
from tests.make import make_article, make_chat, make_feed

MINUTE = timedelta(minutes=1)
TOPIC = Target(TargetKind.TOPIC, "dan-van")


async def ensure(conn: AsyncConnection, now: datetime, title: str) -> tuple[int, bool, str]:
    chat, new = await ensure_chat(
        conn,
        messenger="telegram",
        address="telegram:1",
        kind=ChatKind.PRIVATE,
        title=title,
        language="vi",
        time_zone="Asia/Ho_Chi_Minh",
        now=now,
    )
    return chat.id, new, chat.title


async def test_chat_is_made_once_and_its_title_follows(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        first = await ensure(conn, now, "An")
        again = await ensure(conn, now + MINUTE, "An Nguyễn")
        untitled = await ensure(conn, now + MINUTE, "")
    assert (first[1], first[2]) == (True, "An")
    assert again == (first[0], False, "An Nguyễn")
    assert untitled == again


async def test_new_chat_is_served_at_once_with_pictures(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        made = await make_chat(conn, now)
        assert (made.state, made.instant, made.pictures) == (ChatState.ACTIVE, True, True)
        assert (made.digest_at, made.digest_days, made.created_at) == (None, "1234567", now)
        assert await get_chat(conn, made.id) == made
        assert await find_chat(conn, "telegram:1001") == made
        assert await get_chat(conn, 99) is None
        assert await find_chat(conn, "telegram:99") is None


async def test_chats_are_listed_newest_first(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        for number in (1, 2, 3):
            await make_chat(conn, now, address=f"telegram:{number}")
        page = await list_chats(conn, offset=1, limit=5)
    assert ([chat.address for chat in page.items], page.total) == (["telegram:2", "telegram:1"], 3)


async def test_settings_are_changed_and_unknown_ones_refused(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now)
        changed = await update_chat(conn, chat.id, language="en", instant=False)
        assert (changed.language, changed.instant, changed.title) == ("en", False, chat.title)
        assert await get_chat(conn, chat.id) == changed
        assert await update_chat(conn, chat.id) == changed
        with pytest.raises(TypeError, match="address"):
            await update_chat(conn, chat.id, address="telegram:2")
        with pytest.raises(NoSuchChat):
            await update_chat(conn, 99, language="en")


async def test_pause_ends_at_its_time(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        timed = await make_chat(conn, now, address="telegram:1")
        endless = await make_chat(conn, now, address="telegram:2")
        assert (await pause_chat(conn, timed.id, now + MINUTE)).state is ChatState.PAUSED
        await pause_chat(conn, endless.id, None)
        assert await resume_due(conn, now) == []
        [resumed] = await resume_due(conn, now + MINUTE)
        assert (resumed.id, resumed.state, resumed.paused_until) == (timed.id, ChatState.ACTIVE, None)
        assert (await resume_chat(conn, endless.id)).state is ChatState.ACTIVE


async def test_restriction_is_tried_again_later(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now)
        restricted = await restrict_chat(conn, chat.id, "not enough rights", now + MINUTE)
        assert (restricted.state, restricted.state_reason) == (ChatState.RESTRICTED, "not enough rights")
        [back] = await resume_due(conn, now + MINUTE)
        assert (back.state, back.state_reason) == (ChatState.ACTIVE, "")


async def owed_to(conn: AsyncConnection, now: datetime, number: int = 2) -> None:
    feed_id = await make_feed(conn, now)
    for n in range(number):
        article_id = await make_article(conn, feed_id, now + n * MINUTE, f"Tin {n}")
        await owe_article(conn, article_id, ["all"], now)


async def test_stop_ends_everything_at_once(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        # given a chat with a subscription, a digest, something being sent and something waiting
        chat = await make_chat(conn, now, targets=[EVERYTHING, TOPIC], digest_at="07:00", next_digest_at=now)
        await owed_to(conn, now)
        await claim_deliveries(conn, "telegram", now, limit=1, lease=MINUTE)
        # when
        stopped = await stop_chat(conn, chat.id, now)
        # then
        assert (stopped.state, stopped.digest_at, stopped.next_digest_at) == (ChatState.STOPPED, None, None)
        assert await targets_of_chat(conn, chat.id) == set()
        counts = await outbox_counts(conn)
        assert (counts[DeliveryState.EXPIRED], counts[DeliveryState.SENDING]) == (1, 1)
        assert await stop_chat(conn, chat.id, now) == stopped


async def test_gone_chat_keeps_its_subscriptions_and_can_come_back(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now, targets=[EVERYTHING])
        await owed_to(conn, now)
        gone = await mark_gone(conn, chat.id, "bot was blocked by the user", now)
        assert (gone.state, gone.state_reason) == (ChatState.GONE, "bot was blocked by the user")
        assert (await outbox_counts(conn))[DeliveryState.EXPIRED] == 2
        assert (await revive_chat(conn, chat.id)).state is ChatState.ACTIVE
        assert await targets_of_chat(conn, chat.id) == {"all"}


async def test_moved_chat_keeps_its_id_and_everything(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now, address="telegram:-1", targets=[EVERYTHING])
        for _ in range(2):  # messengers tell it twice
            moved = await move_chat(conn, "telegram:-1", "telegram:-1001", now)
            assert moved is not None
            assert (moved.id, moved.address) == (chat.id, "telegram:-1001")
        assert await find_chat(conn, "telegram:-1") is None
        assert await move_chat(conn, "telegram:-8", "telegram:-9", now) is None


async def test_moved_chat_is_merged_into_one_that_exists(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        # given the old group and the new one, both following everything and owed the same article
        old = await make_chat(
            conn,
            now,
            address="telegram:-1",
            targets=[EVERYTHING, TOPIC],
            digest_at="07:00",
            next_digest_at=now + MINUTE,
        )
        new = await make_chat(conn, now, address="telegram:-1001", targets=[EVERYTHING])
        await owed_to(conn, now, number=1)
        feed_id = await make_feed(conn, now, url="https://b.example/rss", title="B")
        only_old = await make_article(conn, feed_id, now, "Chuyên đề", topics=("dan-van",))
        await owe_article(conn, only_old, ["topic:dan-van"], now)
        # when
        for _ in range(2):
            merged = await move_chat(conn, "telegram:-1", "telegram:-1001", now)
        # then the new one has both, once
        assert merged is not None
        assert (merged.id, merged.digest_at, merged.next_digest_at) == (new.id, "07:00", now + MINUTE)
        assert await targets_of_chat(conn, new.id) == {"all", "topic:dan-van"}
        counts = await outbox_counts(conn)
        assert (counts[DeliveryState.PENDING], counts[DeliveryState.EXPIRED]) == (2, 1)
        left = await get_chat(conn, old.id)
        assert left is not None
        assert (left.state, left.next_digest_at) == (ChatState.GONE, None)


async def test_digest_is_scheduled_and_ended(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        chat = await make_chat(conn, now)
        on = await set_digest(conn, chat.id, at="07:00", days="12345", next_at=now + MINUTE)
        assert (on.digest_at, on.digest_days, on.next_digest_at) == ("07:00", "12345", now + MINUTE)
        off = await set_digest(conn, chat.id, at=None, days="1234567", next_at=None)
        assert (off.digest_at, off.next_digest_at) == (None, None)
