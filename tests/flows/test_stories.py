"""Two papers tell one story: the reader learns it, and can follow it."""

from dataclasses import replace

from bot.config import Config
from tests.botapi import BotApiServer
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

SECONDS = 25.0

AGAIN = replace(
    BRIDGE,
    number=11,
    title="Cầu treo Nậm Chiến thông xe, ba bản hết cảnh đi bè",
    lead="Cây cầu treo dài 120 m nối ba bản của xã Nậm Chiến với trung tâm xã đã thông xe sáng 23/11.",
)
LATER = replace(
    BRIDGE,
    number=12,
    title="Xã Nậm Chiến lập tổ giữ cầu treo mới",
    lead="Ba bản của xã Nậm Chiến cử người trông cây cầu treo dài 120 m vừa khánh thành.",
)


async def test_second_paper_is_counted_and_the_story_can_be_followed(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    # Given two papers, and a reader of the second alone
    print_edition(site, KHEO)
    print_edition(site, RICE, path="/second")
    second = config.feeds[0].model_copy(update={"url": site.url("/second"), "title": "Báo Hai"})
    hoa = api.world.person(1001, "Hoa")
    async with loa(config.model_copy(update={"feeds": (config.feeds[0], second)})):
        api.world.start(hoa, "f_2")
        await api.world.wait_for(lambda: api.world.messages(hoa), SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/second")) > 1, SECONDS)
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)
        # When the first paper tells of the bridge, and then the second
        print_edition(site, BRIDGE, KHEO)
        await api.world.wait_for(lambda: site.requests_to(BRIDGE.path), SECONDS)
        polls = len(site.requests_to("/rss"))
        await api.world.wait_for(lambda: len(site.requests_to("/rss")) > polls + 1, SECONDS)
        print_edition(site, AGAIN, RICE, path="/second")
        push = await api.world.wait_for(
            lambda: next((m for m in api.world.messages(hoa) if AGAIN.title in m.text), None), SECONDS
        )
        # Then the push says that another paper tells it too
        assert "+1 báo khác đưa tin" in push.text
        # And when the story is followed, what the first paper adds comes as well
        press = api.world.press(hoa, push, "Theo dõi tin này")
        await api.world.wait_for(lambda: press.answer is not None, SECONDS)
        print_edition(site, LATER, BRIDGE, KHEO)
        await api.world.wait_for(
            lambda: any(LATER.title in m.styled("bold") for m in api.world.messages(hoa)), SECONDS
        )
    assert not any(KHEO.title in message.text for message in api.world.messages(hoa))
