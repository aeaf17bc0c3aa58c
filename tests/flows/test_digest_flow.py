"""The press review comes at its hour, once, grouped by topic."""

from datetime import UTC, datetime, timedelta

from bot.clock import wall_clock
from bot.config import Config
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

SECONDS = 25.0


class Shifted:
    """A clock that a test can set forward."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - wall_clock()

    def __call__(self) -> datetime:
        return wall_clock() + self._offset

    def set(self, at: datetime) -> None:
        self._offset = at - wall_clock()


async def test_digest_comes_at_seven_in_the_chats_zone(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    # Given an official who asked, on Monday afternoon, for a digest at seven
    clock = Shifted(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    print_edition(site, BRIDGE)
    lan = api.world.person(1004, "Lan")
    async with loa(config, clock):
        api.world.start(lan, "all")
        await api.world.wait_for(lambda: api.world.messages(lan), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        said = len(api.world.messages(lan))
        api.world.say(lan, "/digest 07:00")
        await api.world.wait_for(lambda: len(api.world.messages(lan)) > said, SECONDS)
        print_edition(site, RICE, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(RICE.title in t for t in api.world.ledger.texts(1004)), SECONDS)
        await api.world.wait_for(lambda: any(KHEO.title in t for t in api.world.ledger.texts(1004)), SECONDS)
        said = len(api.world.messages(lan))
        # When it is a minute before seven in Điện Biên, nothing comes; when it is seven, it does
        clock.set(datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
        assert len(api.world.messages(lan)) == said
        clock.set(datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC))
        await api.world.wait_for(lambda: len(api.world.messages(lan)) > said, SECONDS)
        clock.set(clock() + timedelta(minutes=10))
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
    digest = api.world.messages(lan)[said:]
    # Then one message holds what came since, under its topic, each article once
    assert len(digest) == 1
    text = digest[0].text
    assert text.index("DÂN VẬN") < text.index(KHEO.title)
    assert text.count(KHEO.title) == 1
    assert text.count(RICE.title) == 1
