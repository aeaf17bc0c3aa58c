"""/feeds, /addfeed, /delfeed, /chats, /sub, /unsub, /grant, /revoke, /stats: running the service."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from feeds.errors import BadStatus, FeedError, NotAFeed, TimedOut
from feeds.types import Entry, ParsedFeed
from storage.engine import reading
from storage.feeds import get_feed, record_poll
from storage.tables import audit
from storage.types import FeedState
from tests.bot.commands.conftest import News
from tests.bot.talk import Talk, text_of
from tests.make import make_feed, poll_of

RSS = "https://moi.example/rss"
FOUND = ParsedFeed(
    "rss20", "Báo Mới", tuple(Entry(str(n), None, f"Tin {n}") for n in range(5)), language="vi"
)


async def audited(talk: Talk) -> list[tuple[str, str]]:
    async with reading(talk.engine) as conn:
        rows = await conn.execute(select(audit.c.actor, audit.c.action).order_by(audit.c.id))
        return [(row.actor, row.action) for row in rows]


@pytest.fixture
def editor(talk: Talk) -> Talk:
    """Someone the owner makes an editor in the test."""
    return replace(talk, chat="telegram:50", user="telegram:50", name="Biên tập viên")


async def test_feeds_says_how_each_feed_is(owner: Talk, news: News) -> None:
    async with owner.database() as conn:
        error = {"status": None, "parsed": None, "error_key": "timed_out", "error_detail": "no answer"}
        for minutes in (15, 10, 5):
            failed = poll_of(at=owner.now - timedelta(minutes=minutes), **error)
            await record_poll(conn, news.site, failed, owner.now + timedelta(minutes=90))
    text = text_of(await owner.say("/feeds"))
    assert "3 nguồn tin" in text
    assert f"#{news.site} VnExpress\n⚠️ Lỗi 3 lần đọc liên tiếp" in text
    assert "Máy chủ trả lời quá lâu" in text
    assert "lần đọc tới: 1 giờ nữa" in text
    assert f"#{news.paper} Báo Điện Biên Phủ\n✅ Hoạt động tốt" in text


async def test_a_feed_not_polled_yet_says_so(owner: Talk) -> None:
    async with owner.database() as conn:
        await make_feed(conn, owner.now, primed=False)
    assert "⏳ Chưa đọc lần nào" in text_of(await owner.say("/feeds"))


async def test_feeds_are_paged(owner: Talk) -> None:
    assert "/themnguon" in text_of(await owner.say("/feeds"))
    async with owner.database() as conn:
        for number in range(8):
            await make_feed(conn, owner.now, url=f"https://b.example/{number}", title=f"Báo {number}")
    assert "Trang 1/2" in text_of(await owner.say("/feeds"))
    assert "Báo 7" in text_of(await owner.press("feeds 2"))
    assert "Trang 2/2" in text_of(await owner.press("feeds 99"))


async def test_addfeed_reads_the_address_shows_what_it_found_and_adds_it(owner: Talk) -> None:
    owner.web.feeds[RSS] = FOUND
    text = text_of(await owner.say(f"/addfeed {RSS}"))
    assert text.startswith("Đã thêm: #1 Báo Mới\nrss20 · 5 bài · vi\n• Tin 0\n• Tin 1\n• Tin 2\n")
    async with reading(owner.engine) as conn:
        feed = await get_feed(conn, 1)
    assert feed is not None
    assert (feed.url, feed.title, feed.time_zone) == (RSS, "Báo Mới", "Asia/Ho_Chi_Minh")
    assert await audited(owner) == [("telegram:1", "addfeed")]


async def test_addfeed_takes_a_title_and_an_address_without_its_scheme(owner: Talk) -> None:
    owner.web.feeds[RSS] = FOUND
    assert "#1 Tin của xã" in text_of(await owner.say("/themnguon moi.example/rss Tin của xã"))


async def test_addfeed_of_a_known_feed_says_which_it_is(owner: Talk) -> None:
    owner.web.feeds[RSS] = FOUND
    await owner.say(f"/addfeed {RSS}")
    assert "Nguồn tin này đã có: #1" in text_of(await owner.say(f"/addfeed {RSS}"))
    assert await audited(owner) == [("telegram:1", "addfeed")]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotAFeed(RSS, "text/html"), "không phải nguồn tin"),
        (TimedOut(RSS), "Máy chủ trả lời quá lâu"),
        (BadStatus(RSS, status=404), "Máy chủ báo lỗi"),
        (FeedError(RSS), "Không đọc được"),
    ],
)
async def test_addfeed_of_what_cannot_be_read_says_why(owner: Talk, error: FeedError, sentence: str) -> None:
    owner.web.feeds[RSS] = error
    assert sentence in text_of(await owner.say(f"/addfeed {RSS}"))
    async with reading(owner.engine) as conn:
        assert await get_feed(conn, 1) is None


@pytest.mark.parametrize(
    "said", ["", "ftp://x.example/rss", "javascript:alert(1)", "http://", "https://a b", "x" * 5000]
)
async def test_addfeed_of_no_address_is_a_sentence(owner: Talk, said: str) -> None:
    text = text_of(await owner.say(f"/addfeed {said}"))
    assert text
    assert "mã lỗi" not in text


async def test_delfeed_stops_polling_and_says_how_to_undo(owner: Talk, news: News) -> None:
    text = text_of(await owner.say(f"/delfeed {news.site}"))
    assert "/themnguon https://vne.example/rss" in text
    async with reading(owner.engine) as conn:
        feed = await get_feed(conn, news.site)
    assert feed is not None
    assert feed.state is FeedState.RETIRED
    assert "Không có nguồn tin số" in text_of(await owner.say(f"/xoanguon {news.site}"))
    assert await audited(owner) == [("telegram:1", "delfeed")]


@pytest.mark.parametrize("said", ["", "abc", "999", "-1", "99999999999999999999"])
async def test_delfeed_of_no_feed_points_to_the_list(owner: Talk, news: News, said: str) -> None:
    assert "/nguontin" in text_of(await owner.say(f"/delfeed {said}"))


async def test_chats_lists_number_address_and_state(owner: Talk, talk: Talk, news: News) -> None:
    await talk.say("/stop")
    text = text_of(await owner.say("/chats"))
    assert "2 cuộc trò chuyện" in text
    assert "telegram:1001 · nhắn riêng · đã dừng · vi" in text


@pytest.mark.parametrize(
    ("what", "target"),
    [
        ("all", "all"),
        ("tất cả", "all"),
        ("topic:dan-van", "topic:dan-van"),
        ("nông nghiệp", "topic:nong-nghiep"),
        ("source:2", "feed:2"),
        ("VnExpress", "feed:2"),
        ("bão lũ", "query:1"),
        ("query:dân vận", "query:1"),
    ],
)
async def test_sub_and_unsub_change_any_chat(
    owner: Talk, talk: Talk, news: News, what: str, target: str
) -> None:
    await talk.say("/start")
    number = (await talk.stored()).id
    assert "đang theo dõi" in text_of(await owner.say(f"/sub {number} {what}"))
    assert await talk.follows() == {target}
    assert "đã theo dõi" in text_of(await owner.say(f"/sub telegram:1001 {what}"))
    assert "bỏ theo dõi" in text_of(await owner.say(f"/unsub #{number} {what}"))
    assert await talk.follows() == set()
    assert "không theo dõi" in text_of(await owner.say(f"/unsub {number} {what}"))
    assert await audited(owner) == [("telegram:1", "sub"), ("telegram:1", "unsub")]


async def test_sub_of_a_stopped_chat_warns_that_nothing_is_sent_there(
    owner: Talk, talk: Talk, news: News
) -> None:
    await talk.say("/stop")
    assert "đã dừng" in text_of(await owner.say("/sub telegram:1001 all"))


@pytest.mark.parametrize("said", ["", "1", "999 all", "x all", "telegram:1 topic:mat", "telegram:1 -x"])
async def test_sub_of_something_unknown_is_a_sentence(owner: Talk, news: News, said: str) -> None:
    text = text_of(await owner.say(f"/sub {said}"))
    assert "mã lỗi" not in text
    assert await audited(owner) == []


async def test_a_granted_editor_may_add_feeds_and_no_more(owner: Talk, editor: Talk, news: News) -> None:
    assert "biên tập viên" in text_of(await editor.say("/feeds"))
    assert "Vai trò mới" in text_of(await owner.say("/grant 50 editor"))
    assert "3 nguồn tin" in text_of(await editor.say("/feeds"))
    assert "quản trị viên" in text_of(await editor.say("/chats"))
    assert "trở lại là bạn đọc" in text_of(await owner.say("/revoke telegram:50"))
    assert "Lệnh /nguontin dành cho" in text_of(await editor.say("/feeds"))
    assert "không có vai trò nào" in text_of(await owner.say("/revoke 50"))
    assert await audited(owner) == [
        ("telegram:50", "refused"),
        ("telegram:1", "grant"),
        ("telegram:50", "refused"),
        ("telegram:1", "revoke"),
        ("telegram:50", "refused"),
    ]


async def test_an_owner_can_neither_be_revoked_nor_demoted(owner: Talk, editor: Talk) -> None:
    await owner.say("/grant 50 admin")
    for said in ("/revoke 1", "/grant 1 editor", "/revoke telegram:1"):
        assert "chủ hệ thống" in text_of(await editor.say(said))
    assert "nguồn tin" in text_of(await owner.say("/feeds"))


async def test_an_admin_may_make_admins_and_nobody_makes_owners(owner: Talk, editor: Talk) -> None:
    await owner.say("/grant 50 quản trị")
    assert "Vai trò mới" in text_of(await editor.say("/capquyen 51 quản trị viên"))
    assert "Các vai trò" in text_of(await editor.say("/grant 51 owner"))
    assert "Các vai trò" in text_of(await editor.say("/grant 51 citizen"))


@pytest.mark.parametrize("said", ["", "50", "50 king", "@ai editor", "nobody editor", "telegram: editor"])
async def test_grant_of_something_unknown_is_a_sentence(owner: Talk, said: str) -> None:
    text = text_of(await owner.say(f"/grant {said}"))
    assert "mã lỗi" not in text
    assert await audited(owner) == []


async def test_stats_counts(owner: Talk, talk: Talk, news: News) -> None:
    await talk.say("/start all")
    text = text_of(await owner.say("/stats"))
    assert "2 cuộc trò chuyện (đang nhận tin: 2)" in text
    assert "3 nguồn tin" in text
    assert "10 bài, trong đó có 9 bài trong 24 giờ qua" in text
    assert "⚠️" not in text


@pytest.mark.parametrize(
    "said",
    ["/feeds", "/addfeed x", "/delfeed 1", "/chats", "/sub 1 all", "/unsub 1 all", "/grant 1001 admin"],
)
async def test_a_citizen_is_told_which_role_is_needed_and_it_is_written_down(
    talk: Talk, news: News, said: str
) -> None:
    assert "dành cho vai trò" in text_of(await talk.say(said))
    assert await audited(talk) == [("telegram:1001", "refused")]
