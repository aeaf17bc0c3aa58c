"""/start, /topics, /sources, /follow, /unfollow, /mine: choosing what comes."""

from dataclasses import replace

import pytest

from bot.commands.following import MAX_SUBSCRIPTIONS
from bot.messengers.base import IncomingKind
from storage.chats import find_chat
from storage.engine import writing
from storage.subscriptions import subscribe
from storage.topics import sync_topics
from storage.types import ChatState, Target, TargetKind, Topic
from tests.bot.commands.conftest import News
from tests.bot.talk import Talk, button, buttons_of, labels_of, text_of


async def test_start_greets_by_name_and_offers_topics(talk: Talk, news: News) -> None:
    reply = await talk.say("/start")
    assert text_of(reply).startswith("Xin chào Lò Văn Ánh!")
    assert {"Tất cả tin", "Nguồn tin", "Dân vận", "Nông nghiệp"} <= set(labels_of(reply))
    assert await talk.follows() == set()


async def test_start_speaks_the_readers_language(talk: Talk, news: News) -> None:
    reply = await replace(talk, language="en-GB").say("/start")
    assert text_of(reply).startswith("Hello Lò Văn Ánh!")
    assert "Mass mobilisation" in labels_of(reply)


@pytest.mark.parametrize(
    ("payload", "target"), [("all", "all"), ("t_dan-van", "topic:dan-van"), ("f_{paper}", "feed:{paper}")]
)
async def test_start_with_a_payload_subscribes_at_once(
    talk: Talk, news: News, payload: str, target: str
) -> None:
    reply = await talk.say(f"/start {payload.format(paper=news.paper)}")
    assert "✓ Bạn đang theo dõi" in text_of(reply)
    assert await talk.follows() == {target.format(paper=news.paper)}


@pytest.mark.parametrize(
    "payload", ["t_mat", "f_999", "f_x", "xyz", "t_", "f_99999999999999999999", "../../etc"]
)
async def test_start_with_a_stale_payload_offers_something_else(talk: Talk, news: News, payload: str) -> None:
    reply = await talk.say(f"/start {payload}")
    assert "Dân vận" in labels_of(reply)
    assert await talk.follows() == set()


async def test_start_with_an_article_opens_it(talk: Talk, news: News) -> None:
    assert text_of(await talk.say(f"/start a_{news.campaign}")).startswith("Năm 2020")
    assert "/moinhat" in text_of(await talk.say("/start a_999"))


async def test_start_brings_a_stopped_chat_back(talk: Talk, news: News) -> None:
    await talk.say("/start all")
    await talk.say("/stop")
    assert (await talk.stored()).state is ChatState.STOPPED
    await talk.say("/start")
    assert (await talk.stored()).state is ChatState.ACTIVE


async def test_a_topic_is_switched_on_and_off(talk: Talk, news: News) -> None:
    shown = await talk.say("/topics")
    on = await talk.press(button(shown, "Dân vận"))
    assert on.replace
    assert on.note == "✓ Bạn đang theo dõi Dân vận."
    assert "✓ Dân vận" in labels_of(on)
    assert await talk.follows() == {"topic:dan-van"}
    off = await talk.press(button(on, "✓ Dân vận"))
    assert "Dân vận" in labels_of(off)
    assert await talk.follows() == set()


async def test_a_switch_pressed_twice_stays_where_it_was_put(talk: Talk, news: News) -> None:
    shown = await talk.say("/topics")
    for _ in range(2):
        await talk.press(button(shown, "Dân vận"))
    assert await talk.follows() == {"topic:dan-van"}


async def test_a_topic_that_is_gone_is_a_note(talk: Talk, news: News) -> None:
    reply = await talk.press("topics +mat 1")
    assert reply.note == "Chủ đề này không còn nữa."
    assert await talk.follows() == set()


async def test_many_topics_are_paged(talk: Talk, news: News) -> None:
    async with talk.database() as conn:
        await sync_topics(
            conn, [Topic(f"chu-de-{number}", {"vi": f"Chủ đề {number}"}, "x") for number in range(23)]
        )
    first = await talk.say("/chude")
    assert "Trang 1/3" in text_of(first)
    second = await talk.press(button(first, "▶"))
    picked = await talk.press(button(second, "Chủ đề 12"))
    assert "✓ Chủ đề 12" in labels_of(picked)
    assert "Trang 2/3" in text_of(picked)


async def test_without_topics_sources_are_offered(talk: Talk) -> None:
    assert "/nguon" in text_of(await talk.say("/topics"))
    assert "Tất cả tin" in labels_of(await talk.say("/topics"))


async def test_a_source_is_switched_on_and_off(talk: Talk, news: News) -> None:
    shown = await talk.say("/sources")
    on = await talk.press(button(shown, "VnExpress"))
    assert await talk.follows() == {f"feed:{news.site}"}
    await talk.press(button(on, "✓ VnExpress"))
    assert await talk.follows() == set()
    assert (await talk.press("sources +999 1")).note == "Nguồn này không còn nữa."


async def test_follow_shows_this_week_before_it_saves(talk: Talk, news: News) -> None:
    preview = await talk.say("/follow mường thanh")
    assert "Tuần qua có 7 bài phù hợp" in text_of(preview)
    assert await talk.follows() == set()
    saved = await talk.press(button(preview, "✓ Lưu"))
    assert saved.replace
    [target] = await talk.follows()
    assert target.startswith("query:")
    assert "đang theo dõi “mường thanh”" in text_of(saved)


async def test_follow_counts_only_what_it_would_have_brought(talk: Talk, news: News) -> None:
    """Searching also finds articles with only some of the words, and older ones; following does not."""
    assert "Tuần qua không có bài nào phù hợp" in text_of(await talk.say("/follow mường phăng"))
    assert "Tuần qua không có bài nào phù hợp" in text_of(await talk.say("/follow xòe thái"))


async def test_saving_twice_is_a_note(talk: Talk, news: News) -> None:
    preview = await talk.say("/follow mường thanh")
    await talk.press(button(preview, "✓ Lưu"))
    again = await talk.press(button(preview, "✓ Lưu"))
    assert again.note == "Bạn đã theo dõi nội dung này rồi."
    assert not again.messages
    assert "theo dõi nội dung này rồi" in text_of(await talk.say("/follow Mường  Thanh"))


async def test_a_long_follow_is_saved_whole(talk: Talk, news: News) -> None:
    words = '"vận động quần chúng" OR "dân vận khéo" OR "năm dân vận chính quyền"'
    await talk.press(button(await talk.say(f"/follow {words}"), "✓ Lưu"))
    assert words in text_of(await talk.say("/mine"))


async def test_follow_of_a_topics_name_offers_the_topic(talk: Talk, news: News) -> None:
    offered = button(await talk.say("/theodoi nong nghiep"), "Theo dõi chủ đề, nguồn Nông nghiệp")
    await talk.press(offered)
    assert await talk.follows() == {"topic:nong-nghiep"}


async def test_follow_without_words_explains(talk: Talk) -> None:
    assert "/theodoi dân vận" in text_of(await talk.say("/follow"))


async def test_following_starts_a_stopped_chat_again(talk: Talk, news: News) -> None:
    await talk.say("/stop")
    await talk.press("topics +dan-van 1")
    assert (await talk.stored()).state is ChatState.ACTIVE


async def test_there_is_a_limit_to_what_one_chat_follows(talk: Talk, news: News) -> None:
    await talk.say("/start")
    async with writing(talk.engine) as conn:
        chat = await find_chat(conn, talk.chat)
        assert chat
        for number in range(MAX_SUBSCRIPTIONS):
            await subscribe(conn, chat.id, Target(TargetKind.FEED, str(1000 + number)), talk.now)
    reply = await talk.press("topics +dan-van 1")
    assert "200 mục, là mức tối đa" in reply.note
    assert len(await talk.follows()) == MAX_SUBSCRIPTIONS


async def test_mine_lists_everything_with_an_off_switch(talk: Talk, news: News) -> None:
    await talk.say("/start t_dan-van")
    await talk.say(f"/start f_{news.site}")
    await talk.press("follow @save lúa")
    shown = await talk.say("/cuatoi")
    assert labels_of(shown) == ["✕ Dân vận", "✕ VnExpress", "✕ Từ khóa: lúa"]
    off = await talk.press(button(shown, "✕ VnExpress"))
    assert off.note == "Bạn đã bỏ theo dõi VnExpress."
    assert labels_of(off) == ["✕ Dân vận", "✕ Từ khóa: lúa"]
    assert (await talk.press(button(shown, "✕ VnExpress"))).note == "Mục này đã tắt rồi."


async def test_an_off_switch_works_only_in_its_own_chat(talk: Talk, news: News) -> None:
    await talk.say("/start t_dan-van")
    switch = button(await talk.say("/mine"), "✕ Dân vận")
    other = replace(talk, chat="telegram:1002", user="telegram:1002")
    await other.press(switch)
    assert await talk.follows() == {"topic:dan-van"}


async def test_mine_of_a_newcomer_leads_to_the_pickers(talk: Talk) -> None:
    reply = await talk.say("/mine")
    assert "Bạn chưa theo dõi gì" in text_of(reply)
    assert [each.action for each in buttons_of(reply)] == ["topics", "sources"]


@pytest.mark.parametrize("name", ["dan van", "Dân vận", "topic:dan-van"])
async def test_unfollow_by_name(talk: Talk, news: News, name: str) -> None:
    await talk.say("/start t_dan-van")
    assert "bỏ theo dõi Dân vận" in text_of(await talk.say(f"/unfollow {name}"))
    assert await talk.follows() == set()


async def test_unfollow_a_search_by_its_words(talk: Talk, news: News) -> None:
    await talk.press('follow @save "mùa lúa" -bóng')
    await talk.say("/botheodoi “mùa lúa”   -bóng")
    assert await talk.follows() == set()


async def test_unfollow_everything(talk: Talk, news: News) -> None:
    await talk.say("/start t_dan-van")
    await talk.say("/start t_nong-nghiep")
    assert "bỏ theo dõi 2 mục" in text_of(await talk.say("/unfollow tất cả"))
    assert await talk.follows() == set()


async def test_unfollow_what_is_not_followed_points_to_mine(talk: Talk, news: News) -> None:
    assert "/cuatoi" in text_of(await talk.say("/unfollow bóng đá"))


async def test_every_button_of_the_pickers_does_something(talk: Talk, news: News) -> None:
    """Pressing each button of each list gives an answer that is no apology."""
    for said in ("/start", "/topics", "/sources", "/mine", "/latest", "/digest", "/settings", "/search lúa"):
        for each in buttons_of(await talk.say(said)):
            if each.action:
                answered = await talk.happens(IncomingKind.BUTTON, each.action)
                assert answered is not None
                assert "mã lỗi" not in text_of(answered[1])
                assert "không còn dùng được" not in text_of(answered[1])
