"""/latest, /search, /full: reading the news in the chat."""

import pytest

from bot.messages import Span
from storage.engine import reading
from storage.search import query_text
from tests.bot.commands.conftest import BODY, LEAD, News
from tests.bot.talk import Talk, button, buttons_of, labels_of, text_of


async def test_latest_shows_the_newest_first_with_source_time_and_number(talk: Talk, news: News) -> None:
    reply = await talk.say("/latest")
    lines = [line.text for line in reply.messages[0].lines]
    assert lines[:6] == [
        "🗞 Tin mới nhất",
        "",
        "1. Lễ hội Hoa Ban khai mạc",
        f"VnExpress · 13:00, 23/11/2026 · #{news.festival}",
        "",
        "2. Năm 2020 đẩy mạnh công tác dân vận khéo",
    ]


async def test_latest_is_turned_in_place_and_keeps_counting(talk: Talk, news: News) -> None:
    first = await talk.say("/moinhat")
    assert [label for label in labels_of(first) if label in "◀▶"] == ["▶"]
    second = await talk.press(button(first, "▶"))
    assert second.replace
    assert "6. Lúa Mường Thanh được mùa, vụ thứ 4" in text_of(second)
    assert "Trang 2/2" in text_of(second)
    assert [label for label in labels_of(second) if label in "◀▶"] == ["◀"]
    again = await talk.press(button(second, "◀"))
    assert again.messages[0].lines == first.messages[0].lines


async def test_latest_of_a_topic_named_without_accents_and_a_number(talk: Talk, news: News) -> None:
    reply = await talk.say("/latest nong nghiep 2")
    assert text_of(reply).startswith("🗞 Mới nhất: Nông nghiệp")
    assert [label for label in labels_of(reply) if label.startswith("📖")] == ["📖 1", "📖 2"]
    turned = await talk.press(button(reply, "▶"))
    assert "3. Lúa Mường Thanh được mùa, vụ thứ 3" in text_of(turned)
    assert "4. Lúa" in text_of(turned)
    assert "5. Lúa" not in text_of(turned)


async def test_latest_of_a_source(talk: Talk, news: News) -> None:
    reply = await talk.say("/latest vnexpress")
    assert "Lễ hội Hoa Ban khai mạc" in text_of(reply)
    assert "Lúa" not in text_of(reply)


async def test_latest_shows_ten_articles_at_most_however_many_are_asked_for(talk: Talk, news: News) -> None:
    reply = await talk.say("/latest 999")
    assert "10. Tản mạn xòe Thái" in text_of(reply)
    assert text_of(await talk.say("/latest 1")).count("#") == 1


async def test_latest_of_an_unknown_name_says_where_names_are_found(talk: Talk, news: News) -> None:
    assert "“bóng chày”. Xem danh sách: /chude và /nguon" in text_of(await talk.say("/latest bóng chày"))


async def test_latest_before_there_is_any_news(talk: Talk) -> None:
    assert "chưa có bài nào" in text_of(await talk.say("/latest"))


async def test_a_page_that_is_no_longer_there_shows_the_last_one(talk: Talk, news: News) -> None:
    assert "Trang 2/2" in text_of(await talk.press("latest @99"))


async def test_an_article_without_a_text_to_show_is_opened_on_its_page(talk: Talk, news: News) -> None:
    reply = await talk.say("/latest 2")
    assert button(reply, "🔗 1").url.startswith("https://bao.example/")
    assert button(reply, "📖 2").action == f"full {news.campaign}"


async def test_search_marks_the_words_found_without_their_accents(talk: Talk, news: News) -> None:
    reply = await talk.say("/search dan van")
    title = reply.messages[0].lines[2]
    assert [span.text for span in title.spans if span.mark] == ["dân vận"]
    assert "Hội nghị trực tuyến" in reply.messages[0].lines[3].text


async def test_words_in_a_private_chat_are_a_search(talk: Talk, news: News) -> None:
    assert text_of(await talk.say("hoa ban")) == text_of(await talk.say("/search hoa ban"))


async def test_search_turns_pages(talk: Talk, news: News) -> None:
    first = await talk.say("/tim “mường thanh”")
    assert '🔎 "mường thanh": 7 bài' in text_of(first)
    second = await talk.press(button(first, "▶"))
    assert "Trang 2/2" in text_of(second)
    assert second.replace


async def test_a_long_search_is_kept_under_a_number_for_its_buttons(talk: Talk, news: News) -> None:
    words = "lúa OR mường OR thanh OR được OR mùa OR vụ OR thứ OR hội OR nghị"
    first = await talk.say(f"/search {words}")
    action = button(first, "▶").action
    assert action.startswith("search @2 #")
    async with reading(talk.engine) as conn:
        assert await query_text(conn, int(action.rpartition("#")[2])) == words
    assert "Trang 2/" in text_of(await talk.press(action))


async def test_a_search_that_is_no_longer_kept_asks_to_type_it_again(talk: Talk, news: News) -> None:
    reply = await talk.press("search @2 #4711")
    assert reply.note.startswith("Loa không còn giữ nội dung tìm đó")
    assert not reply.messages


async def test_nothing_found_says_what_to_try(talk: Talk, news: News) -> None:
    assert "Không tìm thấy bài nào cho “voi”" in text_of(await talk.say("/search voi"))


async def test_filters_narrow_a_search(talk: Talk, news: News) -> None:
    assert "VnExpress" not in text_of(await talk.say('/search khai mạc OR lúa source:"điện biên"'))
    assert "Không tìm thấy" in text_of(await talk.say("/search xòe since:7d"))
    assert "Tản mạn" in text_of(await talk.say("/search xòe since:30d"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/search", "Bạn cần tìm gì?"),
        ("/search -bóng", "ít nhất một từ cần tìm"),
        ("/search ???", "ít nhất một từ cần tìm"),
        ("/search lúa since:30/02/2020", "Loa không hiểu thời gian “30/02/2020”"),
        ("/search " + "lúa " * 2500, "Chỉ cần vài từ là đủ"),
        ("từ " * 3334, "Chỉ cần vài từ là đủ"),
        ("/search " + "(" * 40 + "a b) OR c " * 40, ""),
    ],
)
async def test_a_search_that_cannot_be_run_is_answered_by_a_sentence(
    talk: Talk, news: News, said: str, answer: str
) -> None:
    reply = text_of(await talk.say(said))
    assert answer in reply
    assert "mã lỗi" not in reply


async def test_full_gives_title_lead_paragraphs_author_source_time_and_link(talk: Talk, news: News) -> None:
    [message] = (await talk.say(f"/full {news.campaign}")).messages
    first, second = BODY.split("\n\n")
    assert [line.text for line in message.lines] == [
        "Năm 2020 đẩy mạnh công tác dân vận khéo",
        "",
        LEAD,
        "",
        first,
        "",
        second,
        "",
        "Tin, ảnh: Sầm Phúc",
        "Báo Điện Biên Phủ · 12:00, 23/11/2026",
        "Đọc trên trang gốc",
    ]
    assert message.lines[-1].spans[0].url == button(message, "🔗 Bài gốc").url
    assert len(buttons_of(message)) == 1


async def test_full_of_a_source_that_wants_to_be_read_on_its_page(talk: Talk, news: News) -> None:
    text = text_of(await talk.say(f"/full {news.festival}"))
    assert "chỉ cho đọc toàn văn trên trang của mình" in text
    assert "Toàn văn không được hiện" not in text


async def test_full_of_a_source_that_allows_an_excerpt(talk: Talk, news: News) -> None:
    text = text_of(await talk.say(f"/full {news.essay}"))
    assert "Điệu xòe đã thành di sản." in text
    assert "Đây là phần trích" in text
    assert len(text) < 900


@pytest.mark.parametrize("number", ["", "abc", "-1", "1.5", "９", "99999999999999999999", "4711", "#4711"])
async def test_full_of_no_article_helps(talk: Talk, news: News, number: str) -> None:
    assert "/moinhat" in text_of(await talk.say(f"/full {number}"))


async def test_numbers_are_taken_with_their_sign(talk: Talk, news: News) -> None:
    assert text_of(await talk.say(f"/full #{news.campaign}")).startswith("Năm 2020")


async def test_titles_open_the_page(talk: Talk, news: News) -> None:
    [message] = (await talk.say("/latest 1")).messages
    title: Span = message.lines[2].spans[1]
    assert title.bold
    assert title.url and title.url.startswith("https://bao.example/")
