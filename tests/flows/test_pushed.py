"""A hub pushes an article: it reaches readers before any poll could have found it, and once."""

import socket

from bot.config import Config, WebConfig
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition, rss
from tests.localhub import LocalHub
from tests.newssite import NewsSite

SECONDS = 40.0
OUTSIDE = "https://loa.example.org"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_pushed_article_is_sent_once_and_polling_goes_on(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    async with LocalHub() as hub:
        # Given a feed that names a hub, and a Loa that can be reached from outside
        links = {"Link": f'<{hub.url}>; rel="hub", <{site.url("/rss")}>; rel="self"'}
        print_edition(site, BRIDGE)
        site.feed("/rss", rss(BRIDGE, site=site), headers=links)
        web = WebConfig(listen=f"127.0.0.1:{free_port()}", public_url=OUTSIDE)
        hub.outside, hub.inside = OUTSIDE, f"http://{web.listen}"
        hoa = api.world.person(1001, "Hoa")
        async with loa(config.model_copy(update={"web": web})):
            api.world.start(hoa, "all")
            await api.world.wait_for(lambda: api.world.messages(hoa), SECONDS)
            # When it has been asked for and agreed
            await api.world.wait_for(lambda: hub.requests, SECONDS)
            assert (await hub.verify()).status == 200
            # and the hub pushes an article the feed does not show yet
            print_edition(site, KHEO, path="/unused")
            answer = await hub.push(rss(KHEO, site=site).encode(), content_type="application/rss+xml")
            assert answer.status // 100 == 2
            await api.world.wait_for(
                lambda: any(KHEO.title in text for text in api.world.ledger.texts(1001)), SECONDS
            )
            # and a stranger pushes something else
            await hub.push(rss(RICE, site=site).encode(), secret="guessed")
            # and the feed shows the article as well
            polls = len(site.requests_to("/rss"))
            site.feed("/rss", rss(KHEO, BRIDGE, site=site), headers=links)
            await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
        # Then the reader has it once, and nothing of the stranger's
        texts = api.world.ledger.texts(1001)
        assert sum(KHEO.title in text for text in texts) == 1
        assert not any(RICE.title in text for text in texts)
