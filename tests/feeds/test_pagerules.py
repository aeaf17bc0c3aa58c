"""Lists of articles read by CSS selectors, and when what they find is not to be believed (POLLING K5, K6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import EmptyBody, RuleBroken
from feeds.identify import sort_entries
from feeds.pagerules import Drift, drifted, is_selector, parse_page_with_rule
from feeds.types import PageRule, ParsedFeed

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
URL = "https://bao.example/thoi-su/trang-1.html"
HANOI_NOON = datetime(2026, 10, 5, 5, 0, tzinfo=UTC)

PORTAL = """<!doctype html><html lang="vi"><head><title>Tin tức | Xã Mường Phăng</title>
<base href="/vi/"></head><body><ul class="menu"><li><a href="/">Trang chủ</a></li></ul>
<div class="list">
 <article><a href="news/dan-van-kheo-101.html"><img src="blank.gif" data-src="/anh/101.jpg"></a>
  <h3><a href="news/dan-van-kheo-101.html?utm_source=home">“Dân vận <b>khéo</b>” ở&nbsp;Huổi May</a></h3>
  <span class="time">18:20 ngày 03/10/2026</span>
  <p class="sapo">Bản <em>Huổi May</em> làm đường &lt;3 km.</p></article>
 <article><h3><a href="//bao.example/vi/news/gia-ca-phe-102.html">Giá cà phê tăng</a></h3>
  <span class="time" title="05/10/2026 12:00">7 giờ trước</span></article>
 <article><h3><a href="news/le-hoi-103.html">  Lễ hội
   cơm mới </a></h3><span class="time">15 giờ trước</span></article>
 <article><h3><a href="javascript:void(0)">Xem thêm</a></h3></article>
 <article><h3><a href="news/khong-ten-104.html"></a></h3></article>
</div><script>var html = "<article><h3><a href='/x'>X</a></h3></article>";</script></body></html>"""

RULE = PageRule(item=".list > article", link="h3 a", title="h3 a", date=".time", image="img", lead="p.sapo")


def read(page: str | bytes, rule: PageRule = RULE, url: str = URL) -> ParsedFeed:
    body = page.encode() if isinstance(page, str) else page
    return parse_page_with_rule(
        body, url=url, rule=rule, time_zone="Asia/Ho_Chi_Minh", now=NOW, content_type="text/html"
    )


def items(*inside: str) -> str:
    return "<div class=list>" + "".join(f"<article>{each}</article>" for each in inside) + "</div>"


# What is read


def test_a_portals_list_becomes_a_feed() -> None:
    """K5"""
    feed = read(PORTAL)

    assert (feed.format, feed.title, feed.language) == ("page", "Tin tức | Xã Mường Phăng", "vi")
    assert [entry.title for entry in feed.entries] == [
        "“Dân vận khéo” ở Huổi May",
        "Giá cà phê tăng",
        "Lễ hội cơm mới",
    ]
    assert [entry.url for entry in feed.entries] == [
        "https://bao.example/vi/news/dan-van-kheo-101.html?utm_source=home",
        "https://bao.example/vi/news/gia-ca-phe-102.html",
        "https://bao.example/vi/news/le-hoi-103.html",
    ]
    first = feed.entries[0]
    assert first.image_url == "https://bao.example/anh/101.jpg"
    assert first.summary_html == "Bản Huổi May làm đường &lt;3 km."
    assert feed.entries[1].image_url is None


def test_dates_are_read_as_vietnamese_pages_write_them() -> None:
    """POLLING section 3; the exact moment beside `7 giờ trước` goes before it."""
    dates = [entry.published_at for entry in read(PORTAL).entries]

    assert dates == [datetime(2026, 10, 3, 11, 20, tzinfo=UTC), HANOI_NOON, NOW - timedelta(hours=15)]


def test_the_order_of_day_and_month_is_learned_from_the_page() -> None:
    """H3, NukeViet's form: by hand, 13 cannot be a month."""
    rule = PageRule(item=".list article", link="a", title="a", date="i")
    page = items(
        "<a href=/1>Một</a><i>10/04/2026 04:07:00 PM</i>", "<a href=/2>Hai</a><i>09/13/2026 08:00:00 AM</i>"
    )

    dates = [entry.published_at for entry in read(page, rule).entries]

    assert dates == [datetime(2026, 10, 4, 9, 7, tzinfo=UTC), datetime(2026, 9, 13, 1, 0, tzinfo=UTC)]


def test_an_attribute_can_be_named() -> None:
    rule = PageRule(
        item="[data-news]",
        link="div@data-url",
        title="div@data-title",
        date="b@data-t",
        image="div@data-anh",
        lead="div@data-lead",
    )
    page = (
        "<div data-news data-url='/a.html' data-title='A  &amp; B' data-anh='a.jpg' "
        "data-lead='Lời &lt;dẫn&gt;'>"
        "<b data-t='2026-10-05T12:00:00+07:00'>trưa nay</b></div>"
    )

    (entry,) = read(page, rule).entries

    assert (entry.url, entry.title) == ("https://bao.example/a.html", "A & B")
    assert (entry.image_url, entry.summary_html) == ("https://bao.example/thoi-su/a.jpg", "Lời &lt;dẫn&gt;")
    assert entry.published_at == HANOI_NOON


def test_an_at_sign_inside_brackets_is_no_attribute() -> None:
    rule = PageRule(item=".list article", link="a[href*='@bao']", title="a")

    (entry,) = read(items("<a href='/@bao/1'>Một</a>"), rule).entries

    assert entry.url == "https://bao.example/@bao/1"


def test_an_item_may_be_the_link_itself() -> None:
    (entry,) = read("<a class=n href=/1 title='Một'><img src=1.jpg></a>", PageRule("a.n", "a", "a")).entries

    assert (entry.url, entry.title) == ("https://bao.example/1", "Một")


def test_one_address_is_one_article_with_the_first_title() -> None:
    page = items(
        "<a href=/1><img></a>", "<a href='/1?utm_source=x'>Một</a>", "<a href=http://bao.example/1>Nữa</a>"
    )

    assert [entry.title for entry in read(page, PageRule("article", "a", "a")).entries] == ["Một"]


def test_three_hundred_are_enough() -> None:
    """E8"""
    page = items(*(f"<a href=/{n}>Bài {n}</a>" for n in range(400)))

    entries = read(page, PageRule("article", "a", "a")).entries

    assert (len(entries), entries[-1].title) == (300, "Bài 299")


def test_scripts_hold_no_articles() -> None:
    page = (
        "<template><article><a href=/1>Một</a></article></template>"
        "<article><a href=/2>Hai<script>x()</script></a>"
    )

    assert [entry.title for entry in read(page, PageRule("article", "a", "a")).entries] == ["Hai"]


def test_an_old_page_in_windows_1258_is_read() -> None:
    title = "Người dân thôn bản được vay vốn để phát triển sản xuất"

    (entry,) = read(_windows_1258(items(f"<a href=/1>{title}</a>")), PageRule("article", "a", "a")).entries

    assert entry.title == title


def _windows_1258(text: str) -> bytes:
    """Vietnamese in the old code page: vowels whole, tones as marks of their own."""
    import unicodedata

    tones = "\u0300\u0301\u0303\u0309\u0323"
    pieces = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in tones)
        pieces.append(
            unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones)) + tone
        )
    return "".join(pieces).encode("cp1258")


def test_the_same_page_twice_brings_nothing_new() -> None:
    """C4 of identity: `15 giờ trước` changes with every poll, the articles do not."""
    first = sort_entries(1, read(PORTAL).entries, {})
    known = {key: one.content_hash for one in first.new for key in one.keys}
    later = PORTAL.replace("15 giờ trước", "16 giờ trước").replace("utm_source=home", "utm_source=menu")

    again = sort_entries(1, read(later).entries, known)

    assert (len(first.new), again.new, again.changed) == (3, (), ())


# What is broken


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (PageRule("div.tin", "a", "a"), "item 'div.tin' is not on the page"),
        (PageRule("article", "a.tieu-de", "h3"), "link 'a.tieu-de' is in none of 5 items"),
        (PageRule("article", "a", "h2"), "title 'h2' is in none of 5 items with a link"),
    ],
)
def test_a_rule_that_finds_nothing_says_what_is_missing(rule: PageRule, said: str) -> None:
    """K6"""
    with pytest.raises(RuleBroken) as broken:
        read(PORTAL, rule)

    assert broken.value.detail == said
    assert broken.value.key == "rule_broken"


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_nothing_at_all_is_no_page(body: bytes) -> None:
    with pytest.raises(EmptyBody):
        read(body)


@given(st.text(alphabet="<>/ \"'=adivrticleh3 #", max_size=300))
def test_any_page_is_read_or_refused(page: str) -> None:
    try:
        feed = read(page + "x", PageRule("article", "a", "a", "i", "img", "p"))
    except RuleBroken:
        return
    assert all(entry.url and entry.title for entry in feed.entries)


@pytest.mark.parametrize(
    "text",
    [
        "article",
        "div.news-list > article",
        "h3 a@data-url",
        "a[href*='@x']",
        "article:has(h3)",
        "li:not(.ad)",
    ],
)
def test_selectors_that_can_be_used(text: str) -> None:
    assert is_selector(text)


@pytest.mark.parametrize(
    "text", ["", " ", "div[", "..", "a::attr(href)", "> a", "//div/a", "a:foo", "@href", "a@", "a" * 501]
)
def test_selectors_that_cannot_be_used(text: str) -> None:
    assert not is_selector(text)


def test_an_item_has_no_attribute() -> None:
    assert not is_selector("article@id", attribute=False)


# Drift


@pytest.mark.parametrize(
    ("known_share", "before", "now", "said"),
    [
        (1.0, 30, 30, None),
        (0.9, 30, 30, None),  # three new articles
        (0.2, 30, 30, None),  # 80 % unknown: still believed
        (0.19, 30, 30, Drift.UNKNOWN_LINKS),
        (0.0, 30, 30, Drift.UNKNOWN_LINKS),
        (0.0, 0, 30, None),  # the first look at a page
        (0.0, 3, 3, None),  # too few to judge
        (0.0, 30, 4, None),
        (0.0, 30, 5, Drift.UNKNOWN_LINKS),
        (0.0, 30, 0, Drift.NO_ITEMS),
        (1.0, 0, 0, Drift.NO_ITEMS),
    ],
)
def test_drift_is_told_from_news(known_share: float, before: int, now: int, said: Drift | None) -> None:
    """K6"""
    assert drifted(known_share, before, now) is said
