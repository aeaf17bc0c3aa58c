"""Editors manage feeds by command, and learn in plain words what is wrong with one."""

from bot.config import Config
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.flows.test_commands import ask
from tests.newssite import Fault, NewsSite

SECONDS = 25.0


async def test_admin_adds_a_feed_by_its_address_and_its_news_are_pushed(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    print_edition(site, KHEO, path="/second")
    owner = api.world.person(1, "Chủ")
    async with loa(config):
        api.world.start(owner, "all")
        await api.world.wait_for(lambda: api.world.messages(owner), SECONDS)
        added = await ask(api, owner, f"/addfeed {site.url('/second')} Báo Hai")
        assert "Báo Hai" in added.text
        again = await ask(api, owner, f"/addfeed {site.url('/second')}")
        assert "Báo Hai" in again.text
        seen = len(site.requests_to("/second"))
        await api.world.wait_for(lambda: len(site.requests_to("/second")) > seen + 1, SECONDS)
        print_edition(site, RICE, KHEO, path="/second")
        push = await api.world.wait_for(
            lambda: next((m for m in api.world.messages(owner) if RICE.title in m.styled("bold")), None),
            SECONDS,
        )
        assert "Báo Hai" in push.text
        listed = await ask(api, owner, "/feeds")
        assert "Báo Hai" in listed.text


async def test_broken_feeds_are_named_with_a_reason_and_cost_the_others_nothing(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    # Given a good feed among feeds with every fault the site knows
    print_edition(site, BRIDGE)
    owner = api.world.person(1, "Chủ")
    good = config.feeds[0]
    faulty = {f"/{kind}": kind for kind in Fault}
    for path, kind in faulty.items():
        site.fault(path, kind)
    site.page("/not-a-feed", "<html><body>Xin chào</body></html>")
    site.status("/gone", 404)
    paths = [*faulty, "/not-a-feed", "/gone"]
    feeds = (good, *(good.model_copy(update={"url": site.url(path), "title": path}) for path in paths))
    async with loa(config.model_copy(update={"feeds": feeds})):
        api.world.start(owner, "all")
        await api.world.wait_for(lambda: api.world.messages(owner), SECONDS)
        await api.world.wait_for(lambda: all(site.requests_to(path) for path in paths), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        # When the good one has news
        print_edition(site, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(KHEO.title in t for t in api.world.ledger.texts(1)), SECONDS)
        # Then it arrived, and /feeds says of a bad one what is wrong
        listed = await ask(api, owner, "/feeds")
    assert "404" in listed.text or "trang web" in listed.text.lower() or "không" in listed.text.lower()


async def test_site_address_finds_its_feed(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    # Given a site whose front page names a feed
    print_edition(site, BRIDGE)
    print_edition(site, KHEO, path="/tin-moi.rss")
    site.page(
        "/",
        "<html><head><title>Báo Ba</title><link rel='alternate' type='application/rss+xml' "
        "href='/tin-moi.rss' title='Tin mới'></head><body><h1>Báo Ba</h1></body></html>",
    )
    owner = api.world.person(1, "Chủ", started=True)
    async with loa(config):
        # When an editor gives the site's address
        offered = await ask(api, owner, f"/addfeed {site.url('/')}")
        assert site.url("/tin-moi.rss") in offered.text
        said = len(api.world.messages(owner))
        api.world.press(owner, offered, f"addfeed {site.url('/tin-moi.rss')}")
        await api.world.wait_for(lambda: len(api.world.messages(owner)) > said, SECONDS)
        added = api.world.messages(owner)[said]
        # Then the button adds the feed
        assert "✓" in added.text or "Đã thêm" in added.text
        await api.world.wait_for(lambda: len(site.requests_to("/tin-moi.rss")) > 2, SECONDS)
