"""Someone says something and gets an answer, whatever it was."""

from bot.config import Config
from tests.botapi import BotApiServer, Person, Sent
from tests.flows.conftest import Loa
from tests.flows.paper import BRIDGE, KHEO, RICE, print_edition
from tests.newssite import NewsSite

SECONDS = 20.0


async def ask(api: BotApiServer, person: Person, text: str) -> Sent:
    """Say something and give the answer."""
    before = len(api.world.messages(person))
    api.world.say(person, text)
    await api.world.wait_for(lambda: len(api.world.messages(person)) > before, SECONDS)
    return api.world.messages(person)[before]


async def test_latest_search_and_full_article(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, RICE, KHEO, BRIDGE)
    hoa = api.world.person(1001, "Hoa", started=True)
    async with loa(config):
        # the texts of a new feed's articles are read one by one after the feed itself
        await api.world.wait_for(lambda: site.requests_to(BRIDGE.path), SECONDS)
        latest = await ask(api, hoa, "/latest")
        assert all(piece.title in latest.text for piece in (RICE, KHEO, BRIDGE))
        found = await ask(api, hoa, "/search dan van kheo")
        assert KHEO.title in found.text
        first = found.text.index(KHEO.title)
        assert all(first < found.text.find(other.title) % 10_000 for other in (RICE, BRIDGE))
        same_in_vietnamese = await ask(api, hoa, "/tim dân vận khéo")
        assert KHEO.title in same_in_vietnamese.text
        press = api.world.press(
            hoa,
            latest,
            next(b["callback_data"] for b in latest.buttons if "full" in b.get("callback_data", "")),
        )
        await api.world.wait_for(lambda: press.answer is not None, SECONDS)


async def test_anything_typed_gets_a_sentence_that_helps(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, KHEO)
    hoa = api.world.person(1001, "Hoa", started=True)
    odd = [
        "/khongco",
        "/full",
        "/full 999999",
        "/full mười hai",
        "/full -1",
        "/full 99999999999999999999999999",
        "/search",
        '/search "',
        "/search -dân",
        "/search " + "x" * 4_000,
        "a" * 4_096,
        "/digest 25:99",
        "/pause mãi mãi",
        "/follow",
        "/unfollow 77",
        "/latest 0",
        "/latest zzz",
        "/start a_999999",
        "/start <script>",
        "/settings xx",
        "/grant",
        "\u202e\u0000/help",
        "😀",
    ]
    async with loa(config):
        for text in odd:
            answer = await ask(api, hoa, text)
            assert answer.text.strip(), text
            assert "Traceback" not in answer.text
    assert api.world.ledger.no_parse_errors()


async def test_button_of_a_month_ago_and_pressed_twice_is_answered(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, KHEO)
    hoa = api.world.person(1001, "Hoa", started=True)
    async with loa(config):
        topics = await ask(api, hoa, "/topics")
        data = next(button["callback_data"] for button in topics.buttons if "callback_data" in button)
        presses = [api.world.press(hoa, topics, data) for _ in range(2)]
        await api.world.wait_for(lambda: all(press.answer is not None for press in presses), SECONDS)
        # a button whose article, page or action is long gone
        old_buttons = [
            [{"text": "cũ", "callback_data": "full 424242"}, {"text": "lạ", "callback_data": "zz 1"}]
        ]
        for label in ("cũ", "lạ"):
            topics.rows = old_buttons
            press = api.world.press(hoa, topics, label)
            await api.world.wait_for(lambda: press.answer is not None, SECONDS)  # noqa: B023


async def test_role_is_needed_and_given_by_the_owner(
    config: Config, api: BotApiServer, site: NewsSite, loa: Loa
) -> None:
    print_edition(site, KHEO)
    owner = api.world.person(1, "Chủ", started=True)
    tu = api.world.person(1003, "Tú", started=True)
    async with loa(config):
        refused = await ask(api, tu, "/stats")
        await ask(api, owner, "/grant telegram:1003 admin")
        allowed = await ask(api, tu, "/stats")
    assert "quản trị" in refused.text.lower()
    assert refused.text != allowed.text
    assert any(character.isdigit() for character in allowed.text)
