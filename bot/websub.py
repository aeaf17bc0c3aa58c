"""WebSub at work: asks hubs to push, answers what they say to our callback, and has pushes read.

    a poll finds a hub ─▶ storage.websub.after_poll ─┐
                                                     ▼
    tick ─▶ ask_hubs ─────── POST ───────────────▶ the hub
                                                     │ GET   is that so? ─▶ hear  ─▶ agreed, until …
               callback /websub/<token> ◀────────────┤
                                                     │ POST  a document  ─▶ take  ─▶ kept ─┐
    run ─▶ accept(feed, body, content type) ◀──────────────────────────────────────────────┘

What happens to a subscription is decided in `feeds.websub`. A push is kept before it is acknowledged and read
afterwards, so the hub is answered at once (J13) and a crash loses nothing.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.wake import Wake
from bot.web import WebAnswer, WebRequest, WebServer
from feeds.errors import FeedError
from feeds.websub import (
    HubSubscription,
    challenge_of,
    denied,
    refused,
    signature_matches,
    takes_pushes,
    verified,
)
from storage import websub as store
from storage.engine import reading, writing
from storage.websub import Push

log = structlog.get_logger(__name__)

Ask = Callable[[HubSubscription, str], Awaitable[None]]
"""Asks a hub to push to a callback: `feeds.hubrequest.ask` with a guarded session. Raises `FeedError`."""

Accept = Callable[[int, bytes, str | None], Awaitable[int]]
"""Takes a pushed document through the stages of a poll: `(feed id, body, content type)` → how many articles
were new. Raises `FeedError` when it cannot be read as a feed."""

ASKED_AT_ONCE = 5
"""Requests a tick: most feeds share a handful of hubs, and nothing is urgent about them."""
READ_AT_ONCE = 4
"""Pushes read at a time, each of another feed, so that a site with slow pages does not hold up the others."""
PUSH_LEASE = timedelta(minutes=10)
"""Longer than reading a document takes, and the pages of its new articles."""
IDLE_SECONDS = 5.0
"""How long a push that nobody rang for (a restart, another process) may wait to be read."""
BUSY_SECONDS = 60
"""When a hub may come again if too much is waiting."""

_PATH = "/websub/{token}"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class WebSub:
    """The subscriber. `public_url` is where our server is reached from outside."""

    def __init__(self, engine: AsyncEngine, clock: Clock, public_url: str, ask: Ask, accept: Accept) -> None:
        self._engine = engine
        self._clock = clock
        self._public_url = public_url
        self._ask = ask
        self._accept = accept
        self._work = Wake()
        self._reading = 0

    def register(self, server: WebServer) -> None:
        """Answer hubs on this server."""
        server.route("GET", _PATH, self.hear)
        server.route("POST", _PATH, self.take)

    # Asking

    async def ask_hubs(self) -> None:
        """Ask the hubs whose time has come: new ones, those whose lease is half over, those that failed."""
        now = self._clock()
        async with writing(self._engine) as conn:
            await store.forget_ended(conn, now)
            given_up = await store.give_up_pushes(conn, now)
            due = await store.claim_requests(conn, now, ASKED_AT_ONCE)
        if given_up:
            log.error("websub.pushes_given_up", pushes=given_up)
        await asyncio.gather(*(self._ask_one(subscription) for subscription in due))

    async def _ask_one(self, subscription: HubSubscription) -> None:
        feed, hub = subscription.feed_id, subscription.hub_url
        try:
            await self._ask(subscription, self._public_url + _PATH.format(token=subscription.token))
        except FeedError as error:
            log.warning("websub.not_asked", feed=feed, hub=hub, error=error.key, detail=error.detail)
            change = partial(refused, asked_at=subscription.asked_at, error=error, now=self._clock())
            await self._change(subscription, change)
        else:
            log.debug("websub.asked", feed=feed, hub=hub)

    # What the hub says

    async def hear(self, request: WebRequest) -> WebAnswer:
        """Answer a hub that verifies our intent or denies our request (J4, J12); 404 to anything else."""
        subscription = await self._subscription(request)
        if subscription is None:
            return WebAnswer(404)
        now, query = self._clock(), request.query
        if query.get("hub.mode") == "denied":
            after = await self._change(subscription, partial(denied, query=query, now=now))
            if after is not None:
                log.warning("websub.denied", feed=after.feed_id, hub=after.hub_url, detail=after.error)
            return WebAnswer(404 if after is None else 200)
        spread = random.random()  # noqa: S311 - spreads renewals, guards nothing
        after = await self._change(subscription, partial(verified, query=query, now=now, spread=spread))
        if after is None:
            return WebAnswer(404)
        log.info("websub.agreed", feed=after.feed_id, hub=after.hub_url, until=str(after.lease_until))
        return WebAnswer(200, (challenge_of(query) or "").encode())

    async def take(self, request: WebRequest) -> WebAnswer:
        """Keep what a hub pushes and say thank you; a forged document is thanked for and dropped (J6, J9)."""
        subscription = await self._subscription(request)
        now = self._clock()
        if subscription is None or not takes_pushes(subscription, now):
            return WebAnswer(410)
        body = await request.read()
        if not signature_matches(subscription.secret, body, request.headers.get("X-Hub-Signature")):
            log.warning("websub.push_forged", feed=subscription.feed_id, bytes=len(body))
            return WebAnswer(202)
        content_type = request.headers.get("Content-Type")
        async with writing(self._engine) as conn:
            kept = await store.keep_push(conn, subscription, body, content_type, now)
        if not kept:
            return WebAnswer(503, headers={"Retry-After": str(BUSY_SECONDS)})
        self._work()
        return WebAnswer(202)

    async def _subscription(self, request: WebRequest) -> HubSubscription | None:
        token = request.path_values["token"]
        if not _TOKEN.fullmatch(token):
            return None
        async with reading(self._engine) as conn:
            return await store.subscription_by_token(conn, token)

    async def _change(
        self, subscription: HubSubscription, change: Callable[[HubSubscription], HubSubscription | None]
    ) -> HubSubscription | None:
        async with writing(self._engine) as conn:
            return await store.change_subscription(conn, subscription.token, self._clock(), change)

    # What it pushed

    async def run(self) -> None:
        """Read pushes as they come, until cancelled."""
        async with asyncio.TaskGroup() as readers:
            while True:
                try:
                    await self._start_reading(readers)
                except Exception:
                    log.exception("websub.reading_failed")
                await self._work.wait(IDLE_SECONDS)

    async def _start_reading(self, readers: asyncio.TaskGroup) -> None:
        while self._reading < READ_AT_ONCE:
            async with writing(self._engine) as conn:
                push = await store.claim_push(conn, self._clock(), PUSH_LEASE)
            if push is None:
                return
            self._reading += 1
            readers.create_task(self._read(push), name=f"read push {push.id}")

    async def _read(self, push: Push) -> None:
        """Have a push read. If that fails for a reason of ours it is tried again when its lease ends."""
        try:
            new = await self._news_of(push)
            async with writing(self._engine) as conn:
                await store.settle_push(conn, push, new)
        except Exception:
            log.exception("websub.push_broke", feed=push.feed_id)
        finally:
            self._reading -= 1
            self._work()

    async def _news_of(self, push: Push) -> int | None:
        """How many articles it brought, or None when it could not be read."""
        try:
            new = await self._accept(push.feed_id, push.body, push.content_type)
        except FeedError as error:
            log.warning("websub.push_not_read", feed=push.feed_id, error=error.key, detail=error.detail)
            return None
        log.info("websub.pushed", feed=push.feed_id, new=new)
        return new
