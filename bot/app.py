"""The only place that builds things: it joins feeds, storage and messengers and keeps them running.

every tick          poll what is due
when news came      publish: who is owed it
when something owed deliver, one loop for each messenger
when someone speaks answer
every few seconds   call due digests, tidy up, read missing article texts
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from importlib.metadata import version

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.answer import Answerer
from bot.backfill import read_missing_text
from bot.backfill import read_text as read_article_text
from bot.clock import Clock, Ticks, wall_clock
from bot.commands.base import CommandContext, FeedFinder, FeedReader
from bot.config import Config
from bot.deliver import Deliverer
from bot.housekeeping import call_due_digests, recover, tidy
from bot.menus import offer_menus
from bot.messengers.base import Messenger
from bot.pacing import Pacer
from bot.poller import Poller
from bot.publish import publish_pending
from bot.pushes import receiving_pushes
from bot.setup import store_configuration, topic_rules
from bot.stories import place_new_articles, restore_stories
from bot.turnstile import Turnstile
from bot.updates import KeptUpdates
from bot.wake import Wake
from feeds.agent import Agent
from feeds.discover import Found, discover
from feeds.fetch import Limits
from feeds.net import AddressGuard, open_session
from feeds.pace import Pace
from feeds.reader import Reader
from feeds.robots import RobotsKeeper
from feeds.sandbox import Sandbox
from feeds.topics import Topics
from feeds.types import ParsedFeed, Validators
from storage.engine import claim_database, open_engine
from storage.migrate import migrate

log = structlog.get_logger(__name__)

DIGEST_TICK = timedelta(seconds=5)
TIDY_TICK = timedelta(seconds=30)
PAGE_TICK = timedelta(seconds=1)
"""One missing article text a second: gentle on the sites, a feed's first 25 in half a minute."""
PUBLISH_IDLE_SECONDS = 5.0
"""How long an article that nobody rang for (a restart, another process) may wait to be published."""
IN_FLIGHT_SECONDS = 1.0
"""How much of the rate is claimed ahead. What is claimed and not yet sent when a process dies is sent
again silently, so little is; a slow platform needs some."""
MIN_IN_FLIGHT = 8
START_RETRY_SECONDS = 10.0


async def run(config: Config, *, console: bool = False, clock: Clock = wall_clock) -> int:
    """Run until SIGTERM or Ctrl-C. Returns the exit code."""
    stop = asyncio.Event()
    with stopping_signals(stop):
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(database(config))
            messengers = build_messengers(config, engine, clock, stop if console else None)
            await stack.enter_async_context(running(config, engine, messengers, clock))
            await stop.wait()
            log.info("loa.stopping")
    return 0


@asynccontextmanager
async def database(config: Config) -> AsyncIterator[AsyncEngine]:
    """The database, ours alone if it is a file, with its schema up to date."""
    with claim_database(config.database):
        engine = open_engine(config.database)
        try:
            applied = await migrate(engine)
            if applied:
                log.info("database.migrated", revisions=applied)
            yield engine
        finally:
            await engine.dispose()


def build_messengers(
    config: Config, engine: AsyncEngine, clock: Clock, console_stop: asyncio.Event | None
) -> list[Messenger]:
    """The messengers that are configured; the console when asked for, ending the program when it is left."""
    messengers: list[Messenger] = []
    if config.telegram.configured:
        from bot.messengers.telegram import TelegramMessenger

        messengers.append(
            TelegramMessenger(
                token=config.telegram.token.get_secret_value(),
                api_url=config.telegram.api_url,
                proxy=config.telegram.proxy,
                updates=KeptUpdates(engine, "telegram", clock),
            )
        )
    if console_stop is not None:
        from bot.messengers.console import ConsoleMessenger

        messengers.append(
            ConsoleMessenger(
                console_stop.set, clock=clock, language=config.language, time_zone=config.time_zone
            )
        )
    return messengers


@asynccontextmanager
async def running(
    config: Config, engine: AsyncEngine, messengers: Sequence[Messenger], clock: Clock
) -> AsyncIterator[None]:
    """Everything at work; on leaving, all of it stops in order and nothing is lost."""
    alone = config.database.startswith("sqlite")
    await store_configuration(engine, config, clock())
    await recover(engine, clock, alone=alone)
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(outside(config))
        news, topics = Wake(), Topics.of(topic_rules(config))
        pace = Pace(config.polling.min_interval, config.polling.allow_networks)
        poller = Poller(engine, reader, topics, clock, pace, news)
        deliverers = [deliverer_of(config, engine, each, clock) for each in messengers]
        context = command_context(config, engine, reader, clock)
        ticks = Ticks()
        loops: list[asyncio.Task[None]] = []
        try:
            loops.append(asyncio.create_task(publish_loop(engine, clock, news, deliverers), name="publish"))
            for messenger, deliverer in zip(messengers, deliverers, strict=True):
                answerer = Answerer(context, messenger, deliverer.turnstile, clock, deliverer.wake)
                loops.append(asyncio.create_task(serve(messenger, answerer, deliverer, context)))
            start_ticks(ticks, config, engine, reader, poller, deliverers, clock)
            await stack.enter_async_context(
                receiving_pushes(config.web, engine, reader, topics, clock, news, alone=alone)
            )
            log.info("loa.started", messengers=[each.name for each in messengers], feeds=len(config.feeds))
            yield
        finally:
            await asyncio.gather(ticks.stop(), poller.stop(), *(each.stop() for each in deliverers))
            await asyncio.gather(*(each.stop() for each in messengers), return_exceptions=True)
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)


@asynccontextmanager
async def outside(config: Config) -> AsyncIterator[Reader]:
    """What reads the web: a guarded session and a sandbox for what comes back."""
    guard = AddressGuard(config.polling.allow_networks)
    sandbox = Sandbox()
    try:
        agent = Agent(version("loa"), config.polling.contact_url)
        async with open_session(guard, user_agent=agent.header()) as session:
            limits = Limits(total_seconds=config.polling.timeout.total_seconds())
            yield Reader(
                session,
                sandbox,
                limits,
                agent,
                hubs=config.web.public_url is not None,
                robots=RobotsKeeper(session, sandbox),
            )
    finally:
        await sandbox.close()


def deliverer_of(config: Config, engine: AsyncEngine, messenger: Messenger, clock: Clock) -> Deliverer:
    """The delivery loop of one messenger, with its own pace."""
    rate = config.delivery.rate_per_second
    turnstile = Turnstile(Pacer(rate), asyncio.get_running_loop().time)
    return Deliverer(engine, messenger, turnstile, clock, max(MIN_IN_FLIGHT, int(rate * IN_FLIGHT_SECONDS)))


def command_context(config: Config, engine: AsyncEngine, reader: Reader, clock: Clock) -> CommandContext:
    """What commands may use."""
    return CommandContext(
        engine=engine,
        read_feed=feed_reader(reader, clock),
        find_feeds=feed_finder(config, reader, clock),
        read_text=partial(read_article_text, engine, reader, time_zone=config.time_zone, clock=clock),
        topic_rules=topic_rules(config),
        owners=frozenset(config.owners),
        language=config.language,
        time_zone=config.time_zone,
    )


def feed_reader(reader: Reader, clock: Clock) -> FeedReader:
    """Read a feed that is not stored yet."""

    async def read(url: str, time_zone: str) -> ParsedFeed:
        answer = await reader.read_feed(url, time_zone, Validators(), None, clock())
        assert answer.parsed is not None, "an unconditional request brings a document or raises"  # noqa: S101
        return answer.parsed

    return read


def feed_finder(config: Config, reader: Reader, clock: Clock) -> FeedFinder:
    """Find the feeds of a site."""

    async def find(address: str) -> Sequence[Found]:
        return await discover(
            reader.session, reader.sandbox, address, time_zone=config.time_zone, now=clock()
        )

    return find


async def serve(
    messenger: Messenger, answerer: Answerer, deliverer: Deliverer, context: CommandContext
) -> None:
    """Hear and deliver over one messenger, for ever; one that cannot be started is tried again."""
    while not await started(messenger, answerer):  # noqa: ASYNC110 - a pause between tries
        await asyncio.sleep(START_RETRY_SECONDS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deliverer.run(), name=f"deliver over {messenger.name}")
        tasks.create_task(offer_menus(messenger, context.engine, context.owners, context.language))


async def started(messenger: Messenger, answerer: Answerer) -> bool:
    """Begin to hear. A platform that is away must not stop the others."""
    try:
        await messenger.start(answerer)
    except Exception:
        log.exception("messenger.not_started", messenger=messenger.name)
        return False
    return True


async def publish_loop(
    engine: AsyncEngine, clock: Clock, news: Wake, deliverers: Sequence[Deliverer]
) -> None:
    """Find the story of what is new and publish it, whenever there is news."""
    stories = await restore_stories(engine, clock)
    while True:
        try:
            await place_new_articles(engine, stories, clock)
            if await publish_pending(engine, clock):
                for deliverer in deliverers:
                    deliverer.wake()
        except Exception:
            log.exception("publish.failed")
        await news.wait(PUBLISH_IDLE_SECONDS)


def start_ticks(
    ticks: Ticks,
    config: Config,
    engine: AsyncEngine,
    reader: Reader,
    poller: Poller,
    deliverers: Sequence[Deliverer],
    clock: Clock,
) -> None:
    """Set the clock going."""

    async def digests() -> None:
        if await call_due_digests(engine, clock):
            for deliverer in deliverers:
                deliverer.wake()

    async def pages() -> None:
        await read_missing_text(engine, reader, config.time_zone, clock)

    async def tidying() -> None:
        await tidy(engine, clock, config.delivery.expire_after)

    ticks.every(config.polling.tick, poller.tick)
    ticks.every(DIGEST_TICK, digests)
    ticks.every(PAGE_TICK, pages)
    ticks.every(TIDY_TICK, tidying)
    ticks.start()


@contextmanager
def stopping_signals(stop: asyncio.Event) -> Iterator[None]:
    """Turn SIGTERM and Ctrl-C into `stop`, while inside."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
