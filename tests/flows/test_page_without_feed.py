"""A site without feeds is read by a rule of the operator's, and never sends its menu when it is rebuilt."""

from bot.config import Config
from bot.config.models import PageConfig
from storage.engine import reading
from storage.feeds import find_feed
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, Piece, print_edition
from tests.newssite import NewsSite

SECONDS = 30.0
OLDER = tuple(Piece(number, f"Tin cũ số {number}", "Một tin đã đăng.") for number in range(20, 26))


def listing(*pieces: Piece) -> str:
    """The page that lists the paper's articles."""
    items = "".join(f"<li><h3><a href='{piece.path}'>{piece.title}</a></h3></li>" for piece in pieces)
    return f"<html lang='vi'><body><ul class='news'>{items}</ul></body></html>"


async def test_new_items_of_a_page_are_pushed_and_a_rebuilt_page_sends_nothing(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    # Given a site whose front page is read by a rule, and whose robots.txt allows it
    for piece in (*OLDER, BRIDGE, KHEO):
        print_edition(site, piece, path=f"/unused{piece.number}")
    site.page("/robots.txt", "User-agent: *\nDisallow: /private\n", content_type="text/plain")
    site.page("/", listing(*OLDER))
    page = PageConfig(item=".news li", link="a", title="h3")
    feed = config.feeds[0].model_copy(update={"url": site.url("/"), "page": page})
    hoa = api.world.person(1001, "Hoa")
    async with loa(config.model_copy(update={"feeds": (feed,)})) as engine:
        api.world.start(hoa, "all")
        await api.world.wait_for(lambda: api.world.messages(hoa), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/")) > 1, SECONDS)
        assert len(site.requests_to("/robots.txt")) == 1
        # When an article is added to the page
        site.page("/", listing(KHEO, *OLDER))
        await api.world.wait_for(lambda: any(KHEO.title in t for t in api.world.ledger.texts(1001)), SECONDS)
        # and then the page is rebuilt, so that the rule finds other things
        menu = [Piece(number, f"Chuyên mục {number}", "") for number in range(40, 47)]
        site.page("/", listing(*menu, BRIDGE, RICE))
        polls = len(site.requests_to("/"))
        await api.world.wait_for(lambda: len(site.requests_to("/")) > polls + 1, SECONDS)
        async with reading(engine) as conn:
            status = await find_feed(conn, "1")
    # Then nothing of it was sent, and the editors can see why
    assert status is not None
    assert status.error_key == "rule_broken"
    assert not any("Chuyên mục" in text or BRIDGE.title in text for text in api.world.ledger.texts(1001))
