"""WebSub at work against a local hub: real HTTP both ways, both databases. POLLING J1 to J13."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_network

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.web import MAX_BODY_BYTES, WebServer
from bot.websub import Ask, WebSub
from feeds.errors import NotAFeed
from feeds.hubrequest import ask
from feeds.hubs import find_hub
from feeds.net import AddressGuard, open_session
from feeds.parse import parse_document
from feeds.types import Poll
from feeds.websub import HubState, HubSubscription
from storage import websub as store
from storage.articles import latest_articles
from storage.engine import reading, writing
from storage.feeds import retire_feed
from storage.tables import websub_pushes
from tests.localhub import ATOM_TYPE, LocalHub
from tests.make import key_of, make_feed, new_article

OUTSIDE = "https://loa.example"
TOPIC = "https://bao.example/atom"
MINUTE = timedelta(minutes=1)
SECONDS = 30.0
"""After which what a test waits for will not come any more."""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo Điện Biên</title>
<link rel="hub" href="{hub}"/><link rel="self" href="{topic}"/>{entries}</feed>"""


class Hands:
    """The hands of a clock that a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Newsroom:
    """Loa with one feed that has a hub, and what it takes to test it."""

    def __init__(self, engine: AsyncEngine, hub: LocalHub, clock: Hands, server: WebServer) -> None:
        self.engine = engine
        self.hub = hub
        self.clock = clock
        self.server = server
        self.feed_id = 0
        self.accepted: list[tuple[int, bytes, str | None]] = []
        self.gate = asyncio.Event()
        """Documents are read while it is set."""
        self.gate.set()
        self.failure: Exception | None = None

    def document(self, *titles: str) -> bytes:
        entries = "".join(f"<entry><id>{title}</id><title>{title}</title></entry>" for title in titles)
        return ATOM.format(hub=self.hub.url, topic=TOPIC, entries=entries).encode()

    async def accept(self, feed_id: int, body: bytes, content_type: str | None) -> int:
        """Read a document and store each of its entries that is new, as the poller does."""
        self.accepted.append((feed_id, body, content_type))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        now = self.clock()
        parsed = parse_document(body, url=TOPIC, content_type=content_type, time_zone="UTC", now=now)
        new = [new_article(entry.title, keys=(key_of(str(entry.guid)),)) for entry in parsed.entries]
        async with writing(self.engine) as conn:
            poll = Poll(polled_at=now, parsed=parsed, new=tuple(new))
            return len(await store.record_push(conn, feed_id, poll))

    async def poll(self, *titles: str, found_new: bool = False) -> bool:
        """Have a poll show the feed's document; gives whether pushes are trusted afterwards."""
        offer = find_hub([], self.document(*titles), url=TOPIC, content_type=ATOM_TYPE)
        async with writing(self.engine) as conn:
            until = await store.after_poll(
                conn, self.feed_id, self.clock(), document=True, offer=offer, found_new=found_new
            )
        return until is not None

    async def subscription(self) -> HubSubscription:
        async with reading(self.engine) as conn:
            found = await store.subscription_of(conn, self.feed_id)
        assert found is not None
        return found

    async def titles(self) -> set[str]:
        async with reading(self.engine) as conn:
            return {article.title for article in (await latest_articles(conn, limit=50)).items}

    async def waiting(self) -> int:
        """Pushes that are kept and not settled."""
        async with reading(self.engine) as conn:
            return int((await conn.execute(select(func.count()).select_from(websub_pushes))).scalar_one())

    async def settled(self) -> None:
        """Return once every push has been read."""
        async with asyncio.timeout(SECONDS):
            while await self.waiting():  # noqa: ASYNC110 - the database rings no bell
                await asyncio.sleep(0.01)

    async def tried(self, times: int) -> None:
        """Return once so many documents have been handed on."""
        async with asyncio.timeout(SECONDS):
            while len(self.accepted) < times:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)


@pytest.fixture
async def room(engine: AsyncEngine, now: datetime) -> AsyncIterator[Newsroom]:
    server = WebServer("127.0.0.1", 0)
    async with LocalHub() as hub:
        room = Newsroom(engine, hub, Hands(now), server)
        async with writing(engine) as conn:
            room.feed_id = await make_feed(conn, now, url=TOPIC)
        yield room
        await server.stop()


@pytest.fixture
async def asking() -> AsyncIterator[Ask]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with open_session(guard, user_agent="Loa/1") as session:
        yield partial(ask, session)


@pytest.fixture
async def websub(room: Newsroom, asking: Ask) -> AsyncIterator[WebSub]:
    """The subscriber, listening and reading; the hub finds it behind the public address."""
    websub = WebSub(room.engine, room.clock, OUTSIDE, asking, room.accept)
    websub.register(room.server)
    await room.server.start()
    room.hub.outside, room.hub.inside = OUTSIDE, f"http://127.0.0.1:{room.server.port}"
    reading_pushes = asyncio.create_task(websub.run())
    yield websub
    reading_pushes.cancel()
    await asyncio.gather(reading_pushes, return_exceptions=True)


@pytest.fixture
async def agreed(room: Newsroom, websub: WebSub) -> WebSub:
    """The hub was found, asked, and has verified."""
    await room.poll()
    await websub.ask_hubs()
    assert (await room.hub.verify()).status == 200
    return websub


# Agreeing


async def test_a_hub_that_a_poll_finds_is_asked_and_verifies(room: Newsroom, websub: WebSub) -> None:
    """J2 to J5, J7: topic, secret, lease, a callback nobody can guess, renewal before half the lease."""
    await room.poll()

    await websub.ask_hubs()

    asked = await room.subscription()
    assert room.hub.last["hub.topic"] == TOPIC
    assert room.hub.last["hub.callback"] == f"{OUTSIDE}/websub/{asked.token}"
    assert room.hub.last["hub.secret"] == asked.secret
    assert asked.state is HubState.ASKED
    answer = await room.hub.verify(challenge="x-1 y", lease_seconds="864000")
    assert (answer.status, answer.body) == (200, b"x-1 y")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    subscription = await room.subscription()
    assert subscription.state is HubState.ACTIVE
    assert subscription.lease_until == room.clock.now + timedelta(days=10)
    assert timedelta(days=3.75) <= subscription.renew_at - room.clock.now <= timedelta(days=5)


async def test_nobody_is_asked_twice_and_feeds_without_hubs_not_at_all(
    room: Newsroom, agreed: WebSub
) -> None:
    await room.poll()
    await agreed.ask_hubs()
    room.clock.now += timedelta(days=3)
    await agreed.ask_hubs()

    assert len(room.hub.requests) == 1


async def test_the_lease_is_renewed_with_the_same_callback(room: Newsroom, agreed: WebSub) -> None:
    """J7: and pushes are taken all the while."""
    room.clock.now += timedelta(days=5)

    await agreed.ask_hubs()

    first, second = room.hub.requests
    assert first == second
    assert (await room.hub.push(room.document("Một"))).status == 202
    assert (await room.hub.verify()).status == 200
    assert (await room.subscription()).lease_until == room.clock.now + timedelta(days=10)


async def test_a_hub_may_verify_before_it_answers_the_request(room: Newsroom, websub: WebSub) -> None:
    room.hub.verify_at_once = True
    room.hub.answer = (204, {}, "")
    await room.poll()

    await websub.ask_hubs()

    assert (await room.subscription()).state is HubState.ACTIVE


async def test_a_hub_that_verifies_and_then_fails_has_verified(room: Newsroom, websub: WebSub) -> None:
    room.hub.verify_at_once = True
    room.hub.answer = (500, {}, "")
    await room.poll()

    await websub.ask_hubs()

    subscription = await room.subscription()
    assert (subscription.state, subscription.error) == (HubState.ACTIVE, "")


async def test_a_hub_that_refuses_is_asked_again_later(room: Newsroom, websub: WebSub) -> None:
    room.hub.answer = (422, {}, "no such topic")
    await room.poll()
    with capture_logs() as lines:
        await websub.ask_hubs()

    assert [line["event"] for line in lines] == ["websub.not_asked"]
    assert (await room.subscription()).error == "bad_status: HTTP 422: no such topic"
    room.clock.now += timedelta(minutes=59)
    await websub.ask_hubs()
    assert len(room.hub.requests) == 1
    room.clock.now += MINUTE
    await websub.ask_hubs()
    assert len(room.hub.requests) == 2


async def test_a_hub_in_a_private_network_is_not_asked(room: Newsroom) -> None:
    """F4."""
    await room.poll()
    async with open_session(AddressGuard(), user_agent="Loa/1") as guarded:
        websub = WebSub(room.engine, room.clock, OUTSIDE, partial(ask, guarded), room.accept)
        await websub.ask_hubs()

    assert room.hub.requests == []
    assert (await room.subscription()).error.startswith("private_address: 127.0.0.1")


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "unsubscribe"},
        {"topic": "https://bao.example/other"},
        {"challenge": ""},
        {"challenge": "<script>\n" * 200},
        {"mode": "x" * 5000},
    ],
)
async def test_what_we_did_not_ask_for_is_not_found(
    room: Newsroom, agreed: WebSub, changed: dict[str, str]
) -> None:
    """J4."""
    before = await room.subscription()

    answer = await room.hub.verify(**changed)

    assert (answer.status, answer.body) == (404, b"")
    assert await room.subscription() == before


async def test_nobody_can_extend_a_lease_unasked(room: Newsroom, agreed: WebSub) -> None:
    """J4: the topic must be pending."""
    room.clock.now += timedelta(days=2)

    assert (await room.hub.verify()).status == 404


@pytest.mark.parametrize("token", ["x" * 43, "x", "a" * 5000, "%00", "..%2F", "Đ" * 43])
async def test_a_callback_nobody_was_given(room: Newsroom, agreed: WebSub, token: str) -> None:
    """J9: gone for those who push, not found for those who ask."""
    callback = f"{OUTSIDE}/websub/{token}"

    asked = await room.hub.call("GET", callback, params={"hub.mode": "subscribe", "hub.challenge": "x"})
    pushed = await room.hub.push(b"<feed/>", callback=callback)

    assert asked.status == 404
    assert pushed.status == 410
    assert b"x" not in asked.body


async def test_denied_waits_a_week(room: Newsroom, agreed: WebSub) -> None:
    """J12: and what the hub pushes all the same is not taken."""
    with capture_logs() as lines:
        answer = await room.hub.deny("not allowed")

    assert answer.status == 200
    assert [(line["event"], line["detail"]) for line in lines] == [("websub.denied", "denied: not allowed")]
    assert (await room.hub.push(room.document("Một"))).status == 410
    room.clock.now += timedelta(days=7) - MINUTE
    await agreed.ask_hubs()
    assert len(room.hub.requests) == 1
    room.clock.now += MINUTE
    await agreed.ask_hubs()
    assert len(room.hub.requests) == 2
    assert (await room.hub.verify()).status == 200


# Pushes


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_a_signed_push_is_read_as_a_poll_would_be(room: Newsroom, agreed: WebSub, method: str) -> None:
    """J6, I17: its articles are stored once, whatever comes later."""
    answer = await room.hub.push(room.document("Một", "Hai"), method=method)
    await room.settled()
    await room.hub.push(room.document("Hai", "Ba"), method=method)
    await room.settled()

    assert answer.status == 202
    assert room.accepted[0] == (room.feed_id, room.document("Một", "Hai"), ATOM_TYPE)
    assert await room.titles() == {"Một", "Hai", "Ba"}
    subscription = await room.subscription()
    assert subscription.last_push_at == subscription.verified_push_at == room.clock.now


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature": "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Hub-Signature": "nonsense"},
        {"X-Hub-Signature": ""},
    ],
)
async def test_a_forged_push_is_thanked_for_and_dropped(
    room: Newsroom, agreed: WebSub, headers: dict[str, str]
) -> None:
    """J6: whoever tries signatures learns nothing."""
    good = await room.hub.push(room.document("Một"))
    await room.settled()

    with capture_logs() as lines:
        forged = await room.hub.push(room.document("Hai"), headers=headers)

    assert (forged.status, forged.body) == (good.status, good.body)
    assert [line["event"] for line in lines] == ["websub.push_forged"]
    assert await room.waiting() == 0
    assert len(room.accepted) == 1


async def test_an_unsigned_push_is_dropped(room: Newsroom, agreed: WebSub) -> None:
    """J6."""
    answer = await room.hub.call("POST", room.hub.last["hub.callback"], data=room.document("Một"))

    assert answer.status == 202
    assert await room.waiting() == 0


async def test_pushes_for_a_retired_feed_are_gone(room: Newsroom, agreed: WebSub) -> None:
    """J9."""
    async with writing(room.engine) as conn:
        await retire_feed(conn, room.feed_id, room.clock())

    assert (await room.hub.push(room.document("Một"))).status == 410
    assert (await room.hub.verify()).status == 404
    await agreed.ask_hubs()
    async with reading(room.engine) as conn:
        assert await store.subscription_of(conn, room.feed_id) is None


async def test_pushes_of_a_hub_the_feed_has_left_are_taken_until_the_lease_ends(
    room: Newsroom, agreed: WebSub
) -> None:
    async with writing(room.engine) as conn:
        await store.after_poll(conn, room.feed_id, room.clock(), document=True, offer=None, found_new=False)

    assert (await room.hub.push(room.document("Một"))).status == 202
    await room.settled()
    room.clock.now += timedelta(days=10)
    await agreed.ask_hubs()
    assert (await room.hub.push(room.document("Hai"))).status == 410
    assert len(room.hub.requests) == 1


async def test_a_push_beyond_the_cap_is_refused(room: Newsroom, agreed: WebSub) -> None:
    """J8."""
    with capture_logs() as lines:
        answer = await room.hub.push(b" " * (MAX_BODY_BYTES + 1))

    assert answer.status == 413
    assert await room.waiting() == 0
    assert lines == []


async def test_the_hub_is_answered_before_the_document_is_read(room: Newsroom, agreed: WebSub) -> None:
    """J13."""
    room.gate.clear()

    answer = await room.hub.push(room.document("Một"))

    assert answer.status == 202
    assert await room.titles() == set()
    room.gate.set()
    await room.settled()
    assert await room.titles() == {"Một"}


async def test_a_push_survives_the_process_that_took_it(room: Newsroom, websub: WebSub, asking: Ask) -> None:
    await room.poll()
    await websub.ask_hubs()
    await room.hub.verify()
    room.gate.clear()
    await room.hub.push(room.document("Một"))
    await room.tried(1)
    # Given the process ends while it reads; when another one comes and the lease is over
    room.clock.now += timedelta(minutes=10)
    room.gate = asyncio.Event()
    room.gate.set()
    another = asyncio.create_task(WebSub(room.engine, room.clock, OUTSIDE, asking, room.accept).run())
    await room.settled()
    another.cancel()
    await asyncio.gather(another, return_exceptions=True)
    # Then the push was read
    assert await room.titles() == {"Một"}


async def test_what_is_no_feed_is_dropped_and_proves_nothing(room: Newsroom, agreed: WebSub) -> None:
    with capture_logs() as lines:
        await room.hub.push(b"<html>sold</html>", content_type="text/html")
        await room.settled()

    assert [(line["event"], line["error"]) for line in lines] == [("websub.push_not_read", NotAFeed.key)]
    assert (await room.subscription()).verified_push_at is None


async def test_a_push_that_fails_for_a_reason_of_ours_is_tried_three_times(
    room: Newsroom, agreed: WebSub
) -> None:
    room.failure = RuntimeError("the database is away")
    with capture_logs() as lines:
        for attempt in range(1, 4):
            await room.hub.push(room.document(str(attempt)))  # rings for those that wait, too
            await room.tried(attempt)
            room.clock.now += timedelta(minutes=10)
        room.failure = None
        await agreed.ask_hubs()
        await room.hub.push(room.document("4"))
        await room.settled()

    assert [body for _, body, _ in room.accepted[:3]] == [room.document("1")] * 3
    events = [line["event"] for line in lines]
    assert events[:4] == [*["websub.push_broke"] * 3, "websub.pushes_given_up"]
    assert await room.titles() == {"2", "3", "4"}, "those behind it were read"


async def test_too_much_at_once_is_put_off(room: Newsroom, agreed: WebSub) -> None:
    room.gate.clear()
    answers = [await room.hub.push(room.document(str(n))) for n in range(store.MAX_PUSHES_OF_A_FEED + 1)]

    assert [answer.status for answer in answers] == [202] * store.MAX_PUSHES_OF_A_FEED + [503]
    assert answers[-1].headers["Retry-After"] == "60"
    room.gate.set()
    await room.settled()
    assert len(room.accepted) == store.MAX_PUSHES_OF_A_FEED
    assert (await room.hub.push(room.document("last"))).status == 202


async def test_pushes_of_one_feed_are_read_in_order(room: Newsroom, agreed: WebSub) -> None:
    room.gate.clear()
    documents = [room.document(str(number)) for number in range(6)]
    for document in documents:
        await room.hub.push(document)

    room.gate.set()
    await room.settled()

    assert [body for _, body, _ in room.accepted] == documents


# Relying on it


async def test_polls_are_fewer_after_a_push_came_first_and_as_before_when_one_did_not(
    room: Newsroom, agreed: WebSub
) -> None:
    """J10, J11: what a push leaves out is still there, and polling never ends."""
    assert not await room.poll("Một", found_new=False)
    await room.hub.push(room.document("Một"))
    await room.settled()
    assert await room.poll("Một", found_new=False)
    await room.hub.push(room.document("Hai"))
    await room.settled()
    assert await room.titles() == {"Một", "Hai"}

    room.clock.now += timedelta(hours=1)
    assert not await room.poll("Ba", "Hai", "Một", found_new=True)

    room.clock.now += timedelta(hours=1)
    await room.hub.push(room.document("Bốn"))
    await room.settled()
    assert not await room.poll("Bốn", "Ba"), "after a miss one push is not enough"
    await room.hub.push(room.document("Năm"))
    await room.settled()
    assert await room.poll("Năm", "Bốn")


async def test_no_log_line_shows_token_or_secret(room: Newsroom, websub: WebSub) -> None:
    with capture_logs() as lines:
        await room.poll()
        subscription = await room.subscription()
        room.hub.answer = (422, {}, f"{OUTSIDE}/websub/{subscription.token} {subscription.secret}")
        await websub.ask_hubs()
        await room.hub.verify()
        await room.hub.push(room.document("Một"))
        await room.hub.push(room.document("Một"), secret="wrong")
        await room.settled()
        await room.hub.deny(f"because {OUTSIDE}")

    assert {line["event"] for line in lines} >= {"websub.not_asked", "websub.agreed", "websub.denied"}
    assert subscription.token not in str(lines)
    assert subscription.secret not in str(lines)


async def test_what_cannot_be_kept_is_not_thanked_for(room: Newsroom, agreed: WebSub) -> None:
    """The hub has to come again: an acknowledged push is in the database."""
    async with writing(room.engine) as conn:
        await conn.run_sync(websub_pushes.drop)
    try:
        with capture_logs() as lines:
            answer = await room.hub.push(room.document("Một"))
    finally:
        async with writing(room.engine) as conn:
            await conn.run_sync(websub_pushes.create)

    assert answer.status == 500
    assert "web.request_failed" in [line["event"] for line in lines]
