"""WebSub in the database: what was agreed with hubs, and what they pushed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feeds.hubs import HubOffer
from feeds.types import Validators
from feeds.websub import HubState, HubSubscription, considered, pushed
from storage import websub
from storage.articles import latest_articles, unannounced
from storage.engine import reading, writing
from storage.feeds import FeedSetting, add_feed, get_feed, record_poll, retire_feed
from storage.leases import claim_due_feeds
from storage.tables import feeds, websub_pushes, websub_subscriptions
from tests.make import key_of, make_articles, make_feed, new_article, poll_of

OFFER = HubOffer(("https://hub.example/",), "https://bao.example/rss")
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=10)


@pytest.fixture
async def conn(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with writing(engine) as conn:
        yield conn


async def subscribe(
    conn: AsyncConnection, now: datetime, feed_id: int | None = None, **values: Any
) -> HubSubscription:
    """A subscription of a feed (of a new one unless given), wanted since `now`."""
    feed_id = feed_id or await make_feed(conn, now)
    fresh = considered(None, feed_id, OFFER, now)
    assert fresh is not None
    subscription = replace(fresh, **values)
    await websub.save_subscription(conn, subscription)
    return subscription


def trusted_values(now: datetime) -> dict[str, Any]:
    """Of a subscription whose pushes have come first."""
    return {"state": HubState.ACTIVE, "lease_until": now + timedelta(days=9), "proofs": 1}


async def waiting(conn: AsyncConnection) -> int:
    return int((await conn.execute(select(func.count()).select_from(websub_pushes))).scalar_one())


def test_the_table_has_what_a_subscription_has() -> None:
    assert [field.name for field in fields(HubSubscription)] == list(websub_subscriptions.c.keys())


async def test_a_subscription_is_given_back_as_it_was(conn: AsyncConnection, now: datetime) -> None:
    every: dict[str, Any] = {
        "state": HubState.DENIED,
        "offered": False,
        "asked_at": now,
        "lease_until": now + MINUTE,
        "failures": 3,
        "error": "denied: không",
        "last_push_at": now - MINUTE,
        "verified_push_at": now - 2 * MINUTE,
        "proofs": 4,
        "misses": 5,
        "missed_at": now - 3 * MINUTE,
    }
    subscription = await subscribe(conn, now, **every)

    found = await websub.subscription_of(conn, subscription.feed_id)

    assert found == subscription
    assert isinstance(found.state, HubState)
    assert await websub.subscription_by_token(conn, subscription.token) == subscription
    assert await websub.subscription_by_token(conn, "another") is None


class TestAfterAPoll:
    async def test_an_offer_is_remembered(self, conn: AsyncConnection, now: datetime) -> None:
        feed_id = await make_feed(conn, now)

        trusted = await websub.after_poll(conn, feed_id, now, document=True, offer=OFFER, found_new=True)

        assert trusted is None
        subscription = await websub.subscription_of(conn, feed_id)
        assert subscription is not None
        assert (subscription.hub_url, subscription.topic_url) == (OFFER.hubs[0], OFFER.topic)
        assert (subscription.state, subscription.renew_at) == (HubState.WANTED, now)

    async def test_a_feed_without_a_hub_has_no_row(self, conn: AsyncConnection, now: datetime) -> None:
        feed_id = await make_feed(conn, now)

        assert not await websub.after_poll(conn, feed_id, now, document=True, offer=None, found_new=True)
        assert await websub.subscription_of(conn, feed_id) is None

    async def test_a_304_takes_nothing_back(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now, **trusted_values(now))
        feed_id = subscription.feed_id

        assert await websub.after_poll(conn, feed_id, now, document=False, offer=None, found_new=False)
        assert await websub.subscription_of(conn, feed_id) == subscription

    async def test_a_document_without_the_hub_takes_the_offer_back(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await subscribe(conn, now, **trusted_values(now))

        await websub.after_poll(conn, subscription.feed_id, now, document=True, offer=None, found_new=False)

        assert await websub.subscription_of(conn, subscription.feed_id) == replace(
            subscription, offered=False
        )

    async def test_news_found_by_a_poll_ends_trust(self, conn: AsyncConnection, now: datetime) -> None:
        """J11."""
        feed_id = (await subscribe(conn, now, **trusted_values(now))).feed_id
        quiet = await websub.after_poll(conn, feed_id, now, document=True, offer=OFFER, found_new=False)

        found = await websub.after_poll(
            conn, feed_id, now + MINUTE, document=True, offer=OFFER, found_new=True
        )
        later = await websub.after_poll(
            conn, feed_id, now + 2 * MINUTE, document=False, offer=None, found_new=False
        )

        assert (quiet, found, later) == (now + timedelta(days=9), None, None)

    async def test_another_hub_has_another_token(self, conn: AsyncConnection, now: datetime) -> None:
        before = await subscribe(conn, now)
        offer = HubOffer(("https://new.example/",), OFFER.topic)

        await websub.after_poll(conn, before.feed_id, now, document=True, offer=offer, found_new=False)

        assert await websub.subscription_by_token(conn, before.token) is None
        after = await websub.subscription_of(conn, before.feed_id)
        assert after is not None
        assert after.hub_url == "https://new.example/"


class TestRequests:
    async def test_what_is_due_is_claimed_once_and_written_down_before_it_is_sent(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        due = await subscribe(conn, now)
        other = await make_feed(conn, now, url="https://b.example/rss")
        await subscribe(conn, now, other, renew_at=now + MINUTE)

        claimed = await websub.claim_requests(conn, now, 10)

        assert [each.feed_id for each in claimed] == [due.feed_id]
        assert (claimed[0].state, claimed[0].asked_at, claimed[0].failures) == (HubState.ASKED, now, 1)
        assert await websub.subscription_of(conn, due.feed_id) == claimed[0]
        assert await websub.claim_requests(conn, now, 10) == []

    async def test_the_longest_due_come_first_and_only_so_many(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        ids = [await make_feed(conn, now, url=f"https://{n}.example/rss") for n in range(3)]
        for feed_id, minutes in zip(ids, (1, 3, 2), strict=True):
            await subscribe(conn, now, feed_id, renew_at=now - minutes * MINUTE)

        claimed = await websub.claim_requests(conn, now, 2)

        assert [each.feed_id for each in claimed] == [ids[1], ids[2]]

    async def test_hubs_of_retired_feeds_and_those_not_offered_are_left_alone(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        retired = await subscribe(conn, now)
        await retire_feed(conn, retired.feed_id, now)
        other = await make_feed(conn, now, url="https://b.example/rss")
        await subscribe(conn, now, other, offered=False)

        assert await websub.claim_requests(conn, now, 10) == []
        assert await websub.subscription_by_token(conn, retired.token) is None

    async def test_two_workers_do_not_ask_one_hub_twice(self, engine: AsyncEngine, now: datetime) -> None:
        async with writing(engine) as conn:
            for number in range(6):
                feed_id = await make_feed(conn, now, url=f"https://{number}.example/rss")
                await subscribe(conn, now, feed_id)

        async def worker() -> list[int]:
            async with writing(engine) as conn:
                return [each.feed_id for each in await websub.claim_requests(conn, now, 4)]

        claimed = await asyncio.gather(worker(), worker(), worker())

        every = [feed_id for each in claimed for feed_id in each]
        assert len(every) == len(set(every))
        assert len(every) + len(await worker()) == 6

    async def test_a_change_is_dropped_when_the_subscription_was_replaced(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        before = await subscribe(conn, now)
        after = await subscribe(conn, now, before.feed_id)

        changed = await websub.change_subscription(
            conn, before.token, now, lambda old: replace(old, error="late")
        )

        assert changed is None
        assert await websub.subscription_of(conn, before.feed_id) == after

    async def test_a_change_that_is_none_leaves_everything(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        before = await subscribe(conn, now)

        assert await websub.change_subscription(conn, before.token, now, lambda _: None) is None
        assert await websub.subscription_of(conn, before.feed_id) == before

    async def test_changes_at_the_same_time_are_both_made(self, engine: AsyncEngine, now: datetime) -> None:
        async with writing(engine) as conn:
            subscription = await subscribe(conn, now)

        async def count() -> None:
            async with writing(engine) as conn:
                await websub.change_subscription(
                    conn, subscription.token, now, lambda old: replace(old, proofs=old.proofs + 1)
                )

        await asyncio.gather(*(count() for _ in range(8)))

        async with reading(engine) as conn:
            after = await websub.subscription_of(conn, subscription.feed_id)
        assert after is not None
        assert after.proofs == 8


class TestForgetting:
    async def test_subscriptions_of_retired_feeds_go(self, conn: AsyncConnection, now: datetime) -> None:
        """A feed that is revived finds its hub anew: the old one was told that we are gone."""
        subscription = await subscribe(conn, now, **trusted_values(now))
        await retire_feed(conn, subscription.feed_id, now)

        assert await websub.forget_ended(conn, now) == 1
        assert await websub.subscription_of(conn, subscription.feed_id) is None

    @pytest.mark.parametrize(
        ("values", "forgotten"),
        [
            ({"offered": True, "lease_until": None}, False),
            ({"offered": False, "lease_until": None}, True),
            ({"offered": False, "lease_until": MINUTE}, False),
            ({"offered": False, "lease_until": -MINUTE}, True),
            ({"offered": False, "lease_until": None, "renew_at": MINUTE}, False),
        ],
    )
    async def test_what_is_not_offered_goes_when_it_ran_out(
        self, conn: AsyncConnection, now: datetime, values: dict[str, Any], forgotten: bool
    ) -> None:
        moments = {name: now + each for name, each in values.items() if isinstance(each, timedelta)}
        subscription = await subscribe(conn, now, **{**values, **moments})

        assert await websub.forget_ended(conn, now) == forgotten
        assert (await websub.subscription_of(conn, subscription.feed_id) is None) is forgotten


class TestPollsThatWerePutOff:
    """J11: when pushes can no longer be relied on, polls do not wait for what was put off."""

    async def put_off(self, conn: AsyncConnection, now: datetime, **values: Any) -> HubSubscription:
        """A feed polled now, and every hour, of which the next poll is due in twelve."""
        subscription = await subscribe(conn, now, **{**trusted_values(now), **values})
        await record_poll(conn, subscription.feed_id, poll_of(at=now), now + timedelta(hours=12))
        return subscription

    async def due(self, conn: AsyncConnection, feed_id: int) -> datetime:
        status = await get_feed(conn, feed_id)
        assert status is not None
        return status.next_poll_at

    async def test_a_hub_that_denies_gives_the_feed_back_to_polling(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await self.put_off(conn, now)

        await websub.change_subscription(
            conn, subscription.token, now, lambda old: replace(old, state=HubState.DENIED)
        )

        assert await self.due(conn, subscription.feed_id) == now + timedelta(hours=1)

    async def test_a_renewal_leaves_the_next_poll_where_it_is(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await self.put_off(conn, now)

        await websub.change_subscription(conn, subscription.token, now, lambda old: replace(old, failures=0))
        await websub.change_subscription(conn, subscription.token, now, lambda old: replace(old, proofs=9))

        assert await self.due(conn, subscription.feed_id) == now + timedelta(hours=12)

    async def test_switching_it_off_forgets_everything(self, conn: AsyncConnection, now: datetime) -> None:
        trusted = await self.put_off(conn, now)
        other = await make_feed(conn, now, url="https://b.example/rss")
        await subscribe(conn, now, other)
        await record_poll(conn, other, poll_of(at=now), now + timedelta(hours=12))
        await websub.keep_push(conn, trusted, b"x", None, now)

        assert await websub.forget_all(conn, now) == 2

        assert await self.due(conn, trusted.feed_id) == now + timedelta(hours=1)
        assert await self.due(conn, other) == now + timedelta(hours=12), "it was not put off"
        assert await websub.subscription_of(conn, trusted.feed_id) is None
        assert await waiting(conn) == 0


class TestPushes:
    async def test_a_push_is_kept_byte_for_byte(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now)
        body = b"\x00\xff<feed/>" + "tin mới".encode()

        assert await websub.keep_push(conn, subscription, body, "application/atom+xml", now)

        push = await websub.claim_push(conn, now, LEASE)
        assert push is not None
        assert (push.feed_id, push.body, push.content_type) == (
            subscription.feed_id,
            body,
            "application/atom+xml",
        )
        assert push.received_at == now
        after = await websub.subscription_of(conn, subscription.feed_id)
        assert after is not None
        assert after.last_push_at == now

    async def test_a_push_is_handled_by_one_until_its_lease_ends(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await subscribe(conn, now)
        await websub.keep_push(conn, subscription, b"1", None, now)

        first = await websub.claim_push(conn, now, LEASE)
        meanwhile = await websub.claim_push(conn, now + LEASE - MINUTE, LEASE)
        again = await websub.claim_push(conn, now + LEASE, LEASE)

        assert first is not None
        assert meanwhile is None
        assert again == first

    async def test_pushes_of_one_feed_are_handled_in_order_and_feeds_beside_each_other(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await subscribe(conn, now)
        other = await subscribe(conn, now, await make_feed(conn, now, url="https://b.example/rss"))
        for body in (b"1", b"2"):
            await websub.keep_push(conn, subscription, body, None, now)
        await websub.keep_push(conn, other, b"3", None, now)

        claims = [await websub.claim_push(conn, now, LEASE) for _ in range(3)]
        assert [claim and claim.body for claim in claims] == [b"1", b"3", None]

        assert claims[0] is not None
        await websub.settle_push(conn, claims[0], 1)
        following = await websub.claim_push(conn, now, LEASE)
        assert following is not None
        assert following.body == b"2"

    async def test_workers_claim_different_pushes(self, engine: AsyncEngine, now: datetime) -> None:
        async with writing(engine) as conn:
            for number in range(4):
                feed_id = await make_feed(conn, now, url=f"https://{number}.example/rss")
                await websub.keep_push(conn, await subscribe(conn, now, feed_id), b"x", None, now)

        async def worker() -> int | None:
            async with writing(engine) as conn:
                push = await websub.claim_push(conn, now, LEASE)
            return push.id if push else None

        claimed = await asyncio.gather(*(worker() for _ in range(4)))

        taken = [each for each in claimed if each is not None]
        assert len(taken) == len(set(taken))

    async def test_what_was_read_is_gone_and_counts(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now)
        await websub.keep_push(conn, subscription, b"1", None, now)
        push = await websub.claim_push(conn, now + MINUTE, LEASE)
        assert push is not None
        before = await websub.subscription_of(conn, subscription.feed_id)
        assert before is not None

        await websub.settle_push(conn, push, 2)

        assert await waiting(conn) == 0
        assert await websub.subscription_of(conn, subscription.feed_id) == pushed(before, 2, now)

    async def test_what_could_not_be_read_is_gone_and_does_not_count(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await subscribe(conn, now)
        await websub.keep_push(conn, subscription, b"1", None, now)
        push = await websub.claim_push(conn, now, LEASE)
        assert push is not None

        await websub.settle_push(conn, push, None)

        assert await waiting(conn) == 0
        after = await websub.subscription_of(conn, subscription.feed_id)
        assert after is not None
        assert (after.verified_push_at, after.proofs) == (None, 0)

    async def test_a_push_that_always_fails_is_given_up(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now)
        await websub.keep_push(conn, subscription, b"1", None, now)
        for attempt in range(websub.MAX_PUSH_ATTEMPTS):
            assert await websub.give_up_pushes(conn, now + attempt * LEASE) == 0
            assert await websub.claim_push(conn, now + attempt * LEASE, LEASE) is not None
        last = now + (websub.MAX_PUSH_ATTEMPTS - 1) * LEASE

        assert await websub.claim_push(conn, last + LEASE, LEASE) is None
        assert await websub.give_up_pushes(conn, last) == 0, "the last attempt is still under way"
        assert await websub.give_up_pushes(conn, last + LEASE) == 1
        assert await waiting(conn) == 0

    async def test_claims_of_a_dead_process_can_be_given_back(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        subscription = await subscribe(conn, now)
        await websub.keep_push(conn, subscription, b"1", None, now)
        await websub.claim_push(conn, now, LEASE)

        assert await websub.free_pushes(conn) == 1
        assert await websub.claim_push(conn, now, LEASE) is not None

    async def test_only_so_many_of_a_feed_wait(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now)
        other = await subscribe(conn, now, await make_feed(conn, now, url="https://b.example/rss"))

        kept = [
            await websub.keep_push(conn, subscription, b"x", None, now)
            for _ in range(websub.MAX_PUSHES_OF_A_FEED + 1)
        ]

        assert kept == [True] * websub.MAX_PUSHES_OF_A_FEED + [False]
        assert await websub.keep_push(conn, other, b"x", None, now)

    async def test_only_so_many_bytes_wait(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now)
        half = b"x" * (websub.MAX_WAITING_BYTES // 2)

        kept = [await websub.keep_push(conn, subscription, body, None, now) for body in (half, half, b"x")]

        assert kept == [True, True, False]

    async def test_pushes_go_with_their_feed(self, conn: AsyncConnection, now: datetime) -> None:
        subscription = await subscribe(conn, now)
        await websub.keep_push(conn, subscription, b"1", None, now)

        await conn.execute(feeds.delete())

        assert await waiting(conn) == 0


class TestWhatAPushBrought:
    async def test_articles_are_stored_and_to_be_announced(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        feed_id = await make_feed(conn, now)

        new = await websub.record_push(conn, feed_id, poll_of(new_article("Tin mới"), at=now))

        assert len(new) == 1
        assert await unannounced(conn, 10) == new
        status = await get_feed(conn, feed_id)
        assert status is not None
        assert status.last_new_at == now

    async def test_nothing_is_concluded_from_what_is_missing(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        """J10: a hub may leave out what it has delivered before."""
        feed_id = await make_feed(conn, now)
        await make_articles(conn, feed_id, now, ["Một", "Hai", "Ba"])

        await websub.record_push(conn, feed_id, poll_of(new_article("Bốn"), at=now + MINUTE))

        page = await latest_articles(conn, limit=10)
        assert {article.title for article in page.items} == {"Một", "Hai", "Ba", "Bốn"}

    async def test_a_push_is_no_poll(self, conn: AsyncConnection, now: datetime) -> None:
        """J11: or a hub that pushes half of everything would keep polls from finding the other half."""
        feed_id = await make_feed(conn, now)
        validators = Validators('"v1"', "Mon, 23 Nov 2026 07:00:00 GMT")
        poll = poll_of(at=now, validators=validators, body_hash="a" * 64)
        await record_poll(conn, feed_id, poll, now + MINUTE)
        failed = poll_of(at=now + MINUTE / 2, parsed=None, error_key="unreachable", status=None)
        await record_poll(conn, feed_id, failed, now + MINUTE)
        before = await get_feed(conn, feed_id)

        await websub.record_push(conn, feed_id, poll_of(at=now + MINUTE, validators=Validators('"v2"')))

        assert await get_feed(conn, feed_id) == before
        [feed] = await claim_due_feeds(conn, now + MINUTE, limit=1, lease=LEASE)
        assert (feed.validators, feed.body_hash, feed.failures) == (validators, "a" * 64, 1)

    async def test_push_and_poll_of_one_entry_are_one_article(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        feed_id = await make_feed(conn, now)
        article = new_article("Một", keys=(key_of("1"),))
        first = await websub.record_push(conn, feed_id, poll_of(article, at=now))

        again = await websub.record_push(conn, feed_id, poll_of(article, at=now + MINUTE))
        polled = await record_poll(conn, feed_id, poll_of(article, at=now + 2 * MINUTE), now + 3 * MINUTE)

        assert (len(first), again, polled) == (1, [], [])

    async def test_a_feed_takes_pushes_once_a_poll_has_read_it(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        """Or one pushed entry would make the whole backlog news."""
        feed_id = await make_feed(conn, now, primed=False)

        assert await websub.feed_taking_pushes(conn, feed_id) is None
        assert await websub.record_push(conn, feed_id, poll_of(new_article("Một"), at=now)) == []

        await record_poll(conn, feed_id, poll_of(at=now), now + MINUTE)
        feed = await websub.feed_taking_pushes(conn, feed_id)
        assert feed is not None
        assert (feed.id, feed.primed) == (feed_id, True)

    async def test_retired_feeds_take_none_and_revived_ones_after_a_poll(
        self, conn: AsyncConnection, now: datetime
    ) -> None:
        feed_id = await make_feed(conn, now)
        await retire_feed(conn, feed_id, now)
        assert await websub.feed_taking_pushes(conn, feed_id) is None
        assert await websub.record_push(conn, feed_id, poll_of(new_article("Một"), at=now)) == []

        await add_feed(conn, FeedSetting("https://bao.example/rss/home.rss", "Báo", "Asia/Ho_Chi_Minh"), now)

        assert await websub.feed_taking_pushes(conn, feed_id) is None
