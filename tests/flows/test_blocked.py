"""A chat that cannot be reached costs the others nothing and comes back by itself."""

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import Config
from storage.chats import find_chat
from storage.engine import reading
from storage.types import Chat, ChatState
from tests.botapi import BotApiServer, Person
from tests.botapi.faults import too_many
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

SECONDS = 20.0


async def chat_of(engine: AsyncEngine, address: str) -> Chat:
    async with reading(engine) as conn:
        chat = await find_chat(conn, address)
    assert chat is not None
    return chat


async def let_in(api: BotApiServer, site: NewsSite, *people: Person) -> None:
    """Let them follow everything, and wait until the feed has been read."""
    for person in people:
        api.world.start(person, "all")
    await api.world.wait_for(lambda: all(api.world.messages(person) for person in people), SECONDS)
    await api.world.wait_for(lambda: len(site.requests_to("/rss")) > 1, SECONDS)


async def test_blocked_chat_is_gone_until_it_starts_again(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    hoa, mai = api.world.person(1001, "Hoa"), api.world.person(1002, "Mai")
    async with loa(config) as engine:
        await let_in(api, site, hoa, mai)
        # When one of two readers blocks the bot without our hearing of it
        hoa.blocked = True
        print_edition(site, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(KHEO.title in t for t in api.world.ledger.texts(1002)), SECONDS)
        await api.world.wait_for(lambda: api.world.ledger.failures(), SECONDS)
        # Then the other gets the news, and this chat is gone, not deleted
        sends = len(api.world.ledger.calls_of("sendMessage"))
        print_edition(site, RICE, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(RICE.title in t for t in api.world.ledger.texts(1002)), SECONDS)
        assert (await chat_of(engine, "telegram:1001")).state is ChatState.GONE
        to_hoa = api.world.ledger.calls_of("sendMessage")[sends:]
        assert all(str(call.parameters["chat_id"]) != "1001" for call in to_hoa)
        # And /start brings it back
        api.world.start(hoa, "all")
        await api.world.wait_for(lambda: len(api.world.messages(hoa)) > 1, SECONDS)
        assert (await chat_of(engine, "telegram:1001")).state is ChatState.ACTIVE


async def test_flood_wait_holds_only_the_chat_it_names(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    hoa, mai = api.world.person(1001, "Hoa"), api.world.person(1002, "Mai")
    async with loa(config):
        await let_in(api, site, hoa, mai)
        # When the platform wants three seconds of silence for one chat
        api.faults.add(too_many(3, chat=1001))
        print_edition(site, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(KHEO.title in t for t in api.world.ledger.texts(1001)), SECONDS)
    refused = next(call for call in api.world.ledger.failures() if call.status == 429)
    arrived = {
        chat: next(m.at for m in api.world.messages(chat) if KHEO.title in m.text) for chat in (1001, 1002)
    }
    # Then that chat got its article after the window, and the other did not wait for it
    assert arrived[1001] >= refused.at + 3
    assert arrived[1002] < refused.at + 3
    assert api.world.ledger.duplicates(1001) == []


async def test_stop_is_one_step_and_certain(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, BRIDGE)
    hoa, mai = api.world.person(1001, "Hoa"), api.world.person(1002, "Mai")
    async with loa(config):
        await let_in(api, site, hoa, mai)
        said = len(api.world.messages(hoa))
        api.world.say(hoa, "/stop")
        await api.world.wait_for(lambda: len(api.world.messages(hoa)) > said, SECONDS)
        print_edition(site, KHEO, BRIDGE)
        await api.world.wait_for(lambda: any(KHEO.title in t for t in api.world.ledger.texts(1002)), SECONDS)
    assert not any(KHEO.title in text for text in api.world.ledger.texts(1001))
