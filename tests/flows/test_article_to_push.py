"""An article appears in a feed and reaches the people who asked for it, once."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import Config, load_config
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa, write_config
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

SECONDS = 20.0


async def test_first_fetch_pushes_nothing_and_the_next_article_is_pushed_once(
    engine: AsyncEngine,  # empties the database the product then opens
    database_url: str,
    tmp_path: Path,
    api: BotApiServer,
    site: NewsSite,
    loa: Loa,
) -> None:
    # Given a paper with one article, and a reader of everything
    print_edition(site, BRIDGE)
    config = load_config(write_config(tmp_path / "config.yaml", api, site, database_url), {})
    hoa = api.world.person(1001, "Hoa")
    async with loa(config):
        api.world.start(hoa, "all")
        await api.world.wait_for(lambda: api.world.messages(hoa), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        before = len(api.world.messages(hoa))
        # When a second article appears
        print_edition(site, KHEO, BRIDGE)
        await api.world.wait_for(lambda: len(api.world.messages(hoa)) > before, SECONDS)
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
    # Then it alone was pushed, and once
    pushed = api.world.messages(hoa)[before:]
    assert [message.styled("bold") for message in pushed] == [[KHEO.title]]
    assert KHEO.lead in pushed[0].text
    assert "Báo Thử · 08:00, 23/11/2026" in pushed[0].styled("italic")[0]
    assert not any(BRIDGE.title in message.text for message in api.world.messages(hoa))
    assert api.world.ledger.no_parse_errors()
    assert api.world.ledger.warnings == []


async def test_full_article_button_shows_the_text_of_the_page(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    hoa = api.world.person(1001, "Hoa")
    async with loa(config):
        api.world.start(hoa, "all")
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        print_edition(site, KHEO, BRIDGE)
        push = await api.world.wait_for(
            lambda: next((m for m in api.world.messages(hoa) if KHEO.title in m.text), None), SECONDS
        )
        # When the button under the push is pressed
        api.world.press(hoa, push, "Toàn văn")
        whole = await api.world.wait_for(
            lambda: next((m for m in api.world.messages(hoa) if KHEO.paragraphs[1] in m.text), None), SECONDS
        )
    # Then the text is there with its lead once, its author, and nothing of the page around it
    assert whole.text.count(KHEO.lead) == 1
    assert all(paragraph in whole.text for paragraph in KHEO.paragraphs)
    assert "Vàng Seo" in whole.text
    for noise in ("Bình luận", "Tin khác", "Trang chủ"):
        assert noise not in whole.text
    original = push.button("Bài gốc")
    assert original["url"] == site.url(KHEO.path)


async def test_topic_follower_gets_only_what_belongs_to_the_topic(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    mai = api.world.person(1002, "Mai")
    async with loa(config):
        api.world.start(mai, "t_dan-van")
        await api.world.wait_for(lambda: api.world.messages(mai), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        print_edition(site, RICE, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(KHEO.title in m.text for m in api.world.messages(mai)), SECONDS)
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
    assert not any(RICE.title in message.text for message in api.world.messages(mai))


async def test_saved_search_brings_what_matches_and_nothing_else(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    an = api.world.person(1005, "An", started=True)
    async with loa(config):
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        # Given a search saved without accents, after its preview
        api.world.say(an, "/follow nong dan")
        preview = await api.world.wait_for(lambda: next(iter(api.world.messages(an)), None), SECONDS)
        press = api.world.press(an, preview, "Lưu")
        await api.world.wait_for(lambda: press.answer is not None, SECONDS)
        # When two articles appear, one of which has the words
        print_edition(site, KHEO, RICE, BRIDGE)
        await api.world.wait_for(lambda: any(RICE.title in m.text for m in api.world.messages(an)), SECONDS)
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
    assert not any(KHEO.title in message.text for message in api.world.messages(an))
