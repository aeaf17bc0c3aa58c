"""/digest, /settings, /pause, /resume, /stop, /help: how and when news comes."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.types import ChatState
from tests.bot.commands.conftest import News
from tests.bot.talk import Talk, button, labels_of, text_of


async def test_digest_is_set_by_a_button(talk: Talk, news: News) -> None:
    shown = await talk.say("/digest")
    assert "Bạn chưa đặt giờ" in text_of(shown)
    set_ = await talk.press(button(shown, "07:00"))
    assert set_.replace
    assert "✓ 07:00" in labels_of(set_)
    chat = await talk.stored()
    assert (chat.digest_at, chat.digest_days) == ("07:00", "1234567")
    # 14:00 in Vietnam: tomorrow at 07:00 there is midnight UTC.
    assert chat.next_digest_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    off = await talk.press(button(set_, "Tắt điểm báo"))
    assert off.note == "Đã tắt điểm báo."
    assert (await talk.stored()).next_digest_at is None


@pytest.mark.parametrize(
    ("said", "at", "days"),
    [
        ("06:30", "06:30", "1234567"),
        ("6:30", "06:30", "1234567"),
        ("7h", "07:00", "1234567"),
        ("17h30", "17:30", "1234567"),
        ("weekdays 17:00", "17:00", "12345"),
        ("ngày thường 17:00", "17:00", "12345"),
        ("00:00", "00:00", "1234567"),
    ],
)
async def test_digest_times_as_people_write_them(
    talk: Talk, news: News, said: str, at: str, days: str
) -> None:
    await talk.say(f"/diembao {said}")
    chat = await talk.stored()
    assert (chat.digest_at, chat.digest_days) == (at, days)


@pytest.mark.parametrize("said", ["25:00", "12:60", "khi nào", "7:5", "99", "07:00:00", "x" * 5000])
async def test_a_time_that_is_none_is_explained(talk: Talk, news: News, said: str) -> None:
    assert "Loa không hiểu giờ này" in text_of(await talk.say(f"/digest {said}"))
    assert (await talk.stored()).digest_at is None


async def test_digest_for_someone_who_follows_nothing_says_so(talk: Talk, news: News) -> None:
    assert "Bạn chưa theo dõi gì" in text_of(await talk.say("/digest now"))
    assert "Bạn chưa theo dõi gì" in text_of(await talk.say("/digest 07:00"))
    assert (await talk.stored()).digest_at == "07:00"


async def test_digest_now_is_one_message_grouped_by_topic(talk: Talk, news: News) -> None:
    await talk.say("/start all")
    [message] = (await talk.say("/digest now")).messages
    text = message.text
    assert text.startswith("🗞 Điểm báo ngày 23/11/2026\n9 bài · 2 nguồn")
    assert text.index("DÂN VẬN") < text.index("NÔNG NGHIỆP") < text.index("TIN KHÁC")
    assert text.count("Năm 2020 đẩy mạnh công tác dân vận khéo") == 1


async def test_digest_holds_what_a_saved_search_finds(talk: Talk, news: News) -> None:
    await talk.press("follow @save hoa ban")
    text = text_of(await talk.say("/digest now"))
    assert "Lễ hội Hoa Ban khai mạc" in text
    assert "Lúa" not in text


async def test_digest_of_yesterday_bears_yesterdays_date(talk: Talk, news: News) -> None:
    await talk.say("/start all")
    text = text_of(await talk.say("/diembao hôm qua"))
    assert text.startswith("🗞 Điểm báo ngày 22/11/2026")
    assert "Không có tin" in text


async def test_switching_the_digest_off_twice(talk: Talk, news: News) -> None:
    await talk.say("/digest 07:00")
    assert text_of(await talk.say("/digest off")) == "Đã tắt điểm báo."
    assert "Bạn chưa đặt giờ" in text_of(await talk.say("/digest tắt"))


async def test_language_is_changed_by_a_button_and_answers_in_the_new_one(talk: Talk, news: News) -> None:
    reply = await talk.press(button(await talk.say("/settings"), "English"))
    assert reply.replace
    assert text_of(reply).startswith("Saved\nSettings")
    assert text_of(await talk.say("/latest")).startswith("🗞 Latest news")
    assert "Cài đặt" in text_of(await talk.say("/settings language tiếng Việt"))


async def test_the_chosen_language_stays_whatever_the_client_says(talk: Talk, news: News) -> None:
    await talk.say("/settings language en")
    assert "Latest news" in text_of(await talk.say("/latest"))


async def test_a_new_time_zone_moves_the_digest(talk: Talk, news: News) -> None:
    await talk.say("/digest 07:00")
    assert "Europe/Paris (bây giờ là 08:00" in text_of(await talk.say("/settings múi giờ paris"))
    chat = await talk.stored()
    assert chat.time_zone == "Europe/Paris"
    assert chat.next_digest_at == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh"),
        ("asia/ho chi minh", "Asia/Ho_Chi_Minh"),
        ("Hà Nội", "Asia/Ho_Chi_Minh"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
    ],
)
async def test_time_zones_as_people_write_them(talk: Talk, said: str, zone: str) -> None:
    await talk.say(f"/settings zone {said}")
    assert (await talk.stored()).time_zone == zone


@pytest.mark.parametrize("said", ["Pariss", "../../etc/passwd", "Mars", "x" * 5000])
async def test_a_time_zone_that_is_none_is_explained(talk: Talk, said: str) -> None:
    assert "Không có múi giờ" in text_of(await talk.say(f"/settings zone {said}"))
    assert (await talk.stored()).time_zone == "Asia/Ho_Chi_Minh"


async def test_a_near_time_zone_is_suggested(talk: Talk) -> None:
    assert "Europe/Paris" in text_of(await talk.say("/settings zone Pariss"))


async def test_pictures_are_switched(talk: Talk) -> None:
    await talk.press(button(await talk.say("/settings"), "Tắt ảnh"))
    assert not (await talk.stored()).pictures
    await talk.say("/caidat ảnh bật")
    assert (await talk.stored()).pictures


async def test_digest_only_sets_up_a_digest_so_that_something_comes(talk: Talk) -> None:
    await talk.press(button(await talk.say("/settings"), "Chỉ điểm báo"))
    chat = await talk.stored()
    assert not chat.instant
    assert chat.digest_at == "07:00"
    assert chat.next_digest_at is not None
    assert "không tự gửi tin nào" in text_of(await talk.say("/digest off"))


@pytest.mark.parametrize("said", ["bogus", "language", "language fr", "pictures maybe", "zone"])
async def test_a_setting_that_is_none_is_explained(talk: Talk, said: str) -> None:
    assert "/caidat" in text_of(await talk.say(f"/settings {said}"))


@pytest.mark.parametrize(
    ("said", "length"),
    [("3d", timedelta(days=3)), ("12 giờ", timedelta(hours=12)), ("2 tuần", timedelta(weeks=2))],
)
async def test_pause_for_a_while(talk: Talk, said: str, length: timedelta) -> None:
    await talk.say(f"/pause {said}")
    chat = await talk.stored()
    assert chat.state is ChatState.PAUSED
    assert chat.paused_until == talk.now + length


async def test_pause_until_resume(talk: Talk, news: News) -> None:
    await talk.say("/start all")
    await talk.say("/tamdung")
    assert (await talk.stored()).paused_until is None
    assert "Đang tạm dừng" in text_of(await talk.say("/mine"))
    await talk.say("/tieptuc")
    assert (await talk.stored()).state is ChatState.ACTIVE
    assert await talk.follows() == {"all"}
    assert "không tạm dừng" in text_of(await talk.say("/resume"))


@pytest.mark.parametrize("said", ["0d", "mai", "-3d", "99999d", "500 ngày", "3"])
async def test_a_pause_that_is_none_is_explained(talk: Talk, said: str) -> None:
    assert "Tạm dừng bao lâu?" in text_of(await talk.say(f"/pause {said}"))
    assert (await talk.stored()).state is ChatState.ACTIVE


async def test_stop_is_one_step_and_says_how_to_come_back(talk: Talk, news: News) -> None:
    await talk.say("/start all")
    await talk.say("/digest 07:00")
    reply = await talk.say("/stop")
    chat = await talk.stored()
    assert chat.state is ChatState.STOPPED
    assert chat.next_digest_at is None
    assert await talk.follows() == set()
    assert "/start" in text_of(reply)
    assert "Lễ hội Hoa Ban" in text_of(await talk.say("/latest"))
    assert "/start" in text_of(await talk.say("/resume"))
    assert "/start" in text_of(await talk.say("/pause"))


async def test_help_shows_what_the_person_may_use(talk: Talk, owner: Talk) -> None:
    citizens = text_of(await talk.say("/help"))
    assert "/tim <từ cần tìm> – Tìm trong mọi bài" in citizens
    assert "/themnguon" not in citizens
    owners = text_of(await owner.say("/trogiup"))
    assert "/themnguon" in owners
    assert "/capquyen" in owners
