"""The dates feeds and pages write, read by hand in Vietnam time (UTC+7) unless they say otherwise."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.dates import guess_day_first, read_date

HANOI = "Asia/Ho_Chi_Minh"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RFC 822 and what is made of it (H4)
        ("Tue, 14 Nov 2017 17:42:01 +0700", utc(2017, 11, 14, 10, 42, 1)),
        ("Tue, 14 Nov 17 17:42:01 +07", utc(2017, 11, 14, 10, 42, 1)),
        ("Mon, 05 Oct 2026 11:07:00 +07", utc(2026, 10, 5, 4, 7)),
        ("Mon, 05 Oct 26 14:10:00 +0700", utc(2026, 10, 5, 7, 10)),
        ("Mon, 05 Oct 2026 11:07:00 GMT+7", utc(2026, 10, 5, 4, 7)),
        ("Mon, 05 Oct 2026 11:07:00 UTC+07:00", utc(2026, 10, 5, 4, 7)),
        ("Mon, 05 Oct 2026 11:07:00 ICT", utc(2026, 10, 5, 4, 7)),
        ("Mon, 05 Oct 2026 11:07:00", utc(2026, 10, 5, 4, 7)),
        ("05 Oct 2026 11:07 GMT", utc(2026, 10, 5, 11, 7)),
        ("Sat, 07 Sep 2002 00:00:01 PST", utc(2002, 9, 7, 8, 0, 1)),
        ("Wed, 02 Oct 2002 24:00:00 GMT", utc(2002, 10, 3)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", utc(2016, 12, 31, 23, 59, 59)),
        ("Thu Jan  9 14:15:00 2020", utc(2020, 1, 9, 7, 15)),
        ("January 9, 2020 2:15 PM", utc(2020, 1, 9, 7, 15)),
        # ISO 8601
        ("2020-01-09T14:15:00Z", utc(2020, 1, 9, 14, 15)),
        ("2020-01-09T14:15:00.123+07:00", utc(2020, 1, 9, 7, 15)),
        ("2020-01-09 14:15:00", utc(2020, 1, 9, 7, 15)),
        ("2020-01-09", utc(2020, 1, 8, 17, 0)),
        ("2020/01/09 14:15", utc(2020, 1, 9, 7, 15)),
        # Vietnamese pages
        ("14:15 - Thứ Năm, 09/01/2020", utc(2020, 1, 9, 7, 15)),
        ("Thứ sáu, 05/01/2024, 14:30 (GMT+7)", utc(2024, 1, 5, 7, 30)),
        ("Thứ 6, ngày 05/01/2024 | 14:30", utc(2024, 1, 5, 7, 30)),
        ("Chủ nhật, 22/03/2026", utc(2026, 3, 21, 17, 0)),
        ("09/01/2020 14:15", utc(2020, 1, 9, 7, 15)),
        ("09-01-2020 14:15:00", utc(2020, 1, 9, 7, 15)),
        ("14h15, 09.01.2020", utc(2020, 1, 9, 7, 15)),
        ("9 giờ 30 phút ngày 9/1/2020", utc(2020, 1, 9, 2, 30)),
        ("18:20 ngày 03/10/2026", utc(2026, 10, 3, 11, 20)),
        ("Ngày 09 tháng 01 năm 2020, 14:15", utc(2020, 1, 9, 7, 15)),
        ("04/08/2017 04:07:00 PM", utc(2017, 8, 4, 9, 7)),
        ("9/1/2020 2:15:00 PM", utc(2020, 1, 9, 7, 15)),
        ("9/1/2020 2:15 CH", utc(2020, 1, 9, 7, 15)),
        ("9/1/2020 12:05 SA", utc(2020, 1, 8, 17, 5)),
        ("9/1/2020 12:05 CH", utc(2020, 1, 9, 5, 5)),
        ("Cập nhật lúc 14:15, 09/01/2020", utc(2020, 1, 9, 7, 15)),
        ("15 giờ trước", utc(2026, 10, 4, 21, 0)),
        ("3 phút trước", utc(2026, 10, 5, 11, 57)),
        ("2 days ago", utc(2026, 10, 3, 12, 0)),
        ("Vừa xong", NOW),
        # only the slow reader knows these
        ("hôm qua lúc 14:15", utc(2026, 10, 4, 7, 15)),
        ("1578554100", utc(2020, 1, 9, 7, 15)),
    ],
)
def test_date_is_read_in_the_zone_of_the_feed(text: str, expected: datetime) -> None:
    """H1, H2, H4"""
    assert read_date(text, HANOI, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "không rõ",
        "Thứ Năm",
        "2020",
        "31/02/2020",
        "25:61 09/01/2020",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0007-11-14T17:42:01Z",
        "Fri, 31 Dec 9999 23:59:59 -0800",
        "9999-12-31T24:00:00Z",
        "Thu, 08 Oct 2026 12:00:01 GMT",
        "Số 12/5/2020 của tạp chí",
        "1" * 5_000,
        "09/01/2020 " * 30,
    ],
)
def test_what_cannot_be_a_date_of_news_is_none(text: str | None) -> None:
    """H5"""
    assert read_date(text, HANOI, NOW) is None


def test_two_days_ahead_is_still_believed() -> None:
    assert read_date("Wed, 07 Oct 2026 12:00:00 GMT", HANOI, NOW) == NOW + timedelta(days=2)


def test_swapped_reading_is_taken_when_only_it_is_a_day() -> None:
    assert read_date("12/25/2020", HANOI, NOW) == utc(2020, 12, 24, 17)


def test_swapped_reading_is_taken_when_the_first_lies_in_the_future() -> None:
    # 9 November 2026 has not come; 11 September has.
    assert read_date("09/11/2026 08:00", HANOI, NOW) == utc(2026, 9, 11, 1)


def test_weekday_decides_between_two_readings() -> None:
    # 2 October 2026 was a Friday, 10 February a Tuesday.
    assert read_date("Thứ Sáu, 10/02/2026", HANOI, NOW) == utc(2026, 10, 1, 17)
    assert read_date("Thứ Ba, 10/02/2026", HANOI, NOW) == utc(2026, 2, 9, 17)


def test_wrong_weekday_does_not_spoil_a_date() -> None:
    assert read_date("Mon, 09 Jan 2020 14:15:00 +0700", HANOI, NOW) == utc(2020, 1, 9, 7, 15)


def test_month_first_when_the_feed_writes_so() -> None:
    """H3"""
    assert read_date("10/2/2026 9:25:00 AM", HANOI, NOW, day_first=False) == utc(2026, 10, 2, 2, 25)
    assert read_date("10/2/2026 9:25:00 AM", HANOI, NOW) == utc(2026, 2, 10, 2, 25)


def test_zone_of_the_feed_follows_summer_time() -> None:
    assert read_date("2026-07-01 12:00", "Europe/Paris", NOW) == utc(2026, 7, 1, 10)
    assert read_date("2026-01-01 12:00", "Europe/Paris", NOW) == utc(2026, 1, 1, 11)


def test_order_of_a_document_that_writes_the_month_first() -> None:
    # given the three dates of a paper that writes month/day: read as day/month they lie months apart
    texts = ["10/2/2026 9:25:00 AM", "10/1/2026 12:02:00 PM", "9/30/2026 8:00:00 PM"]
    assert guess_day_first(texts, HANOI, NOW) is False


def test_order_of_a_document_that_writes_the_day_first() -> None:
    texts = ["9/1/2020 2:15:00 PM", "8/1/2020 9:05:00 AM", "7/1/2020 12:30:00 AM"]
    assert guess_day_first(texts, HANOI, utc(2020, 1, 9, 12)) is True
    # the same feed, read years later
    assert guess_day_first(texts, HANOI, NOW) is True


def test_order_defaults_to_the_day_when_nothing_tells() -> None:
    assert guess_day_first([], HANOI, NOW) is True
    assert guess_day_first(["Mon, 05 Oct 2026 11:07:00 +07", "2020-01-09"], HANOI, NOW) is True
    assert guess_day_first(["05/05/2026"], HANOI, NOW) is True


MOMENTS = st.datetimes(min_value=datetime(1995, 1, 2), max_value=datetime(2026, 10, 5)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS, st.integers(-12, 14))
def test_what_rfc_822_and_iso_write_is_read_back(moment: datetime, hours: int) -> None:
    expected = (moment - timedelta(hours=hours)).replace(tzinfo=UTC)
    sign = f"{'-' if hours < 0 else '+'}{abs(hours):02}"
    if expected < NOW:
        assert read_date(f"{moment:%a, %d %b %Y %H:%M:%S} {sign}00", HANOI, NOW) == expected
        assert read_date(f"{moment:%Y-%m-%dT%H:%M:%S}{sign}:00", HANOI, NOW) == expected


@given(MOMENTS)
def test_what_vietnamese_pages_write_is_read_back(moment: datetime) -> None:
    weekday = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy")[moment.weekday()] if moment.weekday() < 6 else ""
    name = f"Thứ {weekday}" if weekday else "Chủ nhật"
    expected = moment.replace(second=0, tzinfo=UTC) - timedelta(hours=7)
    assert read_date(f"{moment:%H:%M} - {name}, {moment:%d/%m/%Y}", HANOI, NOW) == expected


@given(st.text(alphabet="0123456789/:-+. TZgiờtrướcthứngàyGMT", max_size=40))
def test_any_text_is_a_believable_date_or_none(text: str) -> None:
    found = read_date(text, HANOI, NOW)
    assert found is None or utc(1994, 12, 31) < found <= NOW + timedelta(days=2)
