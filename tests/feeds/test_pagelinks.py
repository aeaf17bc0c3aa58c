"""Which addresses on a page are taken for feeds (POLLING K1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.pagelinks import MAX_DECLARED, MAX_LINKED, PageLinks, find_links, is_same_site, looks_like_feed

URL = "https://bao.example/thoi-su/bai-1.html"


def links(page: str, url: str = URL) -> PageLinks:
    return find_links(page.encode(), url=url, content_type="text/html; charset=utf-8")


# Declared


@pytest.mark.parametrize(
    "kind",
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/json",
        "Application/RSS+XML; charset=utf-8",
        "text/xml",
    ],
)
def test_a_declared_feed_is_found(kind: str) -> None:
    """K1"""
    page = f"<link rel='Alternate' type='{kind}' href='/rss/home.rss' title='Trang chủ'>"

    assert links(page).declared == ("https://bao.example/rss/home.rss",)


@pytest.mark.parametrize(
    "tag",
    [
        "<link rel=alternate type=application/json href=/wp-json/wp/v2/posts/1>",
        "<link rel=alternate type=application/json+oembed href=/oembed?url=x>",
        "<link rel='alternate stylesheet' type=text/xml href=/rss.xsl>",
        "<link rel=alternate hreflang=en href=/en/>",
        "<link rel=alternate media=handheld href=//m.bao.example/>",
        "<link rel=stylesheet type=application/rss+xml href=/a.css>",
        "<link rel=alternate type=application/rss+xml href=''>",
        "<link rel=alternate type=application/rss+xml href='javascript:void(0)'>",
        "<link rel=alternate type=application/rss+xml>",
        "<!-- <link rel=alternate type=application/rss+xml href=/alt.rss> -->",
    ],
)
def test_other_alternates_are_no_feeds(tag: str) -> None:
    assert links(f"<head>{tag}</head><p>Tin</p>") == PageLinks(URL, (), ())


def test_a_page_keeps_the_order_of_its_feeds_and_each_once() -> None:
    feed = "<link rel=alternate type=application/rss+xml href='{}'>"
    page = "".join(
        map(feed.format, ("/b.rss", "a.rss", "http://bao.example/b.rss#top", "/b.rss?utm_source=x"))
    )

    assert links(page).declared == ("https://bao.example/b.rss", "https://bao.example/thoi-su/a.rss")


def test_the_base_of_a_page_counts() -> None:
    """K1"""
    page = (
        "<base href='https://tin.example/vi/'><link rel=alternate type=application/atom+xml href=atom.xml>"
        "<a href='rss.html'>x</a>"
    )

    assert links(page).declared == ("https://tin.example/vi/atom.xml",)
    assert links(page).linked == ("https://tin.example/vi/rss.html",)


def test_an_old_declaration_without_a_type_is_understood() -> None:
    assert links("<link rel=feed href=/tin.rss>").declared == ("https://bao.example/tin.rss",)
    assert links("<link rel=alternate href=/tin.rss>").declared == ("https://bao.example/tin.rss",)


# Linked


@pytest.mark.parametrize(
    "path",
    [
        "/rss",
        "/rss/",
        "/rss.html",
        "/rss/home.rss",
        "/trang-chu.rss",
        "/feed/",
        "/feeds/posts/default",
        "/atom.xml",
        "/index.xml",
        "/feed.json",
        "/blog/rss2.0",
        "/rss20.xml",
        "/upload/rss/thoi-su.xml",
        "/?feed=rss2",
        "/index.php?option=com_content&format=feed&type=rss",
        "/chuyen-muc-rss-12.html",
    ],
)
def test_an_address_that_looks_like_a_feed(path: str) -> None:
    assert looks_like_feed(f"https://bao.example{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/feedback",
        "/lien-he/feedback.html",
        "/express/1.html",
        "/press-release",
        "/sitemap.xml",
        "/opensearch.xml",
        "/images/rss.png",
        "/css/rss.css",
        "/wp-json/oembed/1.0/embed?url=rss",
        "/anatomy/1",
        "/newsfeeding/1",
    ],
)
def test_an_address_that_does_not(path: str) -> None:
    assert not looks_like_feed(f"https://bao.example{path}")


def test_links_are_found_by_address_by_words_and_by_icon() -> None:
    page = """
    <a href="/thoi-su/">Thời sự</a> <a href="/dich-vu/2.html">Kênh RSS</a>
    <a href="/dich-vu/3.html"><i class="fa fa-rss"></i></a> <a href="/rss/the-thao.rss">Thể thao</a>
    <a href="/dich-vu/4.html"><img src="/i.png" alt="RSS"></a> <a href="/anh/rss.png">RSS</a>
    """

    assert links(page).linked == (
        "https://bao.example/rss/the-thao.rss",
        "https://bao.example/dich-vu/2.html",
        "https://bao.example/dich-vu/3.html",
        "https://bao.example/dich-vu/4.html",
    )


def test_other_sites_come_last_and_reading_services_not_at_all() -> None:
    page = """
    <a href="https://vi.wikipedia.org/wiki/RSS">RSS là gì?</a>
    <a href="https://feedly.com/i/subscription/feed/https://bao.example/rss">RSS</a>
    <a href="https://khac.example/rss.xml">RSS</a> <a href="https://m.bao.example/rss.xml">RSS</a>
    <a href="https://thethao.bao.example/rss.xml">RSS</a>
    """

    assert links(page).linked == (
        "https://m.bao.example/rss.xml",
        "https://thethao.bao.example/rss.xml",
        "https://khac.example/rss.xml",
    )


def test_what_is_declared_is_not_linked_again() -> None:
    declared = "<link rel=alternate type=application/rss+xml href=/a.rss>"
    page = declared + "<a href=/a.rss>RSS</a><a href=/b.rss>RSS</a>"

    assert links(page).linked == ("https://bao.example/b.rss",)


def test_a_million_links_are_not_all_kept() -> None:
    declared = "".join(f"<link rel=alternate type=application/rss+xml href=/d{n}.rss>" for n in range(200))
    linked = "".join(f"<a href=/l{n}.rss>x</a>" for n in range(1000))

    found = links(declared + linked)

    assert (len(found.declared), len(found.linked)) == (MAX_DECLARED, MAX_LINKED)


@given(st.text(alphabet="<>/ahreflinkbs=\"' typ:.\n[]", max_size=400))
def test_any_page_can_be_looked_at(page: str) -> None:
    found = links(page)

    assert all(url.startswith(("http://", "https://")) for url in (*found.declared, *found.linked))


@pytest.mark.parametrize("body", [b"", b"\0", b"\xff\xfe<", b"<![CDATA[", b"plain text"])
def test_what_is_hardly_a_page_has_no_links(body: bytes) -> None:
    assert find_links(body, url=URL, content_type=None) == PageLinks(URL, (), ())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://bao.example/", "http://www.bao.example/rss", True),
        ("https://bao.example/", "https://thethao.bao.example/rss", True),
        ("https://thethao.bao.example/", "https://bao.example/rss", True),
        ("https://bao.example/", "https://ebao.example/rss", False),
        ("https://a.example/", "https://b.example/", False),
    ],
)
def test_a_site_and_what_lies_under_it(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) is same
