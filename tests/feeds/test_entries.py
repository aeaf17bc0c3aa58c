"""The fields of an entry: plain, absolute, capped."""

import html

import pytest

from tests.feeds.documents import ITEM, parse, rss


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("AT&amp;amp;T &amp;quot;5G&amp;quot;", 'AT&T "5G"'),
        ("<![CDATA[<b>Đậm</b> &amp;amp; <i>nghiêng</i>]]>", "Đậm & nghiêng"),
        ("<![CDATA[a < b và c > d]]>", "a < b và c > d"),
        ("&lt;strong&gt;Nóng:&lt;/strong&gt; giá xăng", "Nóng: giá xăng"),
        ("  nhiều \n\t dòng\u00a0 trắng ", "nhiều dòng trắng"),
        ("Điê\u0323n Biên", "Điện Biên"),
        ("ẩn\u200b\ufeffchữ", "ẩnchữ"),
        ("x" * 1_200, "x" * 1_000),
    ],
)
def test_titles_are_one_plain_line(title: str, expected: str) -> None:
    """G6, G7, E9"""
    assert parse(rss(f"<title>{title}</title>")).entries[0].title == expected


def test_entry_without_a_title_is_named_after_its_text() -> None:
    [entry] = parse(
        rss("<description>&lt;p&gt;Mưa to ở Mường Nhé.&lt;/p&gt;</description><guid>g</guid>")
    ).entries
    assert entry.title == "Mưa to ở Mường Nhé."


def test_entry_of_text_alone_is_kept_and_an_empty_one_is_not() -> None:
    """G9"""
    feed = parse(
        rss(
            "<description>Nhật ký hôm nay</description>",
            "<description>No Description</description>",
            "<author>a</author>",
        )
    )
    assert [e.title for e in feed.entries] == ["Nhật ký hôm nay"]


@pytest.mark.parametrize("item", ["<guid>12</guid>", "<title>\u200b</title>", "<link>javascript:x</link>"])
def test_entry_with_nothing_to_show_is_left_out(item: str) -> None:
    """G9"""
    assert [e.title for e in parse(rss(item, ITEM)).entries] == ["Bài"]


def test_entry_of_an_address_alone_is_shown_by_it() -> None:
    [entry] = parse(rss("<link>https://bao.example/chi-lien-ket.html</link>")).entries
    assert entry.title == "https://bao.example/chi-lien-ket.html"


def test_relative_picture_of_a_text_lies_beside_its_article() -> None:
    """G8"""
    item = "<title>a</title><link>/2026/bai/</link><description>&lt;img src='anh.jpg'&gt;</description>"
    assert parse(rss(item)).entries[0].image_url == "https://bao.example/2026/bai/anh.jpg"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://x.example/a", "http://", "//"],
)
def test_links_that_are_no_web_addresses_are_rejected(link: str) -> None:
    """G13"""
    [entry] = parse(rss(f'<title>a</title><link>{link}</link><guid isPermaLink="false">g</guid>')).entries
    assert entry.url is None


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<link>/tin/a.html</link>", "https://bao.example/tin/a.html"),
        ("<link>\n https://bao.example/a?x=1&amp;y=2 \n</link>", "https://bao.example/a?x=1&y=2"),
        ("<link><![CDATA[https://bao.example/a?x=1&amp;y=2]]></link>", "https://bao.example/a?x=1&y=2"),
        ("<link>https://báo.example/đường</link>", "https://xn--bo-mia.example/%C4%91%C6%B0%E1%BB%9Dng"),
        ("<guid>https://bao.example/g</guid>", "https://bao.example/g"),
        ('<guid isPermaLink="false">https://bao.example/g</guid>', "https://bao.example/g"),
        ("<guid>12345</guid>", None),
        ('<enclosure url="https://bao.example/a.mp3" type="audio/mpeg"/>', "https://bao.example/a.mp3"),
        (f"<link>https://bao.example/{'a' * 4_100}</link>", None),
        (
            '<link/><atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="https://bao.example/b"/>',
            "https://bao.example/b",
        ),
    ],
)
def test_address_of_an_entry(item: str, expected: str | None) -> None:
    """G8, E9"""
    assert parse(rss(f"<title>a</title>{item}")).entries[0].url == expected


def test_relative_links_refer_to_the_feed_link() -> None:
    """G8"""
    feed = parse(
        rss("<title>a</title><link>bai.html</link>", channel="<link>https://www.toasoan.example/tin/</link>")
    )
    assert feed.entries[0].url == "https://www.toasoan.example/tin/bai.html"


def test_guid_is_trimmed_and_its_ampersands_are_one() -> None:
    """G10"""
    guids = [
        "\n https://x.example/?a=1&amp;b=2\n",
        "https://x.example/?a=1&amp;#038;b=2",
        "<![CDATA[https://x.example/?a=1&amp;b=2]]>",
    ]
    feed = parse(rss(*(f"<title>{i}</title><guid>{guid}</guid>" for i, guid in enumerate(guids))))
    assert {e.guid for e in feed.entries} == {"https://x.example/?a=1&b=2"}


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
ITUNES = 'xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd"'


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            f'<media:content {MEDIA} url="/s.jpg" medium="image" width="90"/>'
            f'<media:content {MEDIA} url="/m.jpg" medium="image" width="900"/>',
            "/m.jpg",
        ),
        (
            f'<media:content {MEDIA} url="/v.mp4" type="video/mp4"/><media:thumbnail {MEDIA} url="/t.jpg"/>',
            "/t.jpg",
        ),
        (
            f'<media:content {MEDIA} url="https://1.gravatar.com/avatar/x" medium="image"/>'
            '<enclosure url="/e.png" type="image/png"/>',
            "/e.png",
        ),
        (
            f'<enclosure url="/a.mp3" type="audio/mpeg"/><itunes:image {ITUNES} href="/i.jpg"/>',
            "/i.jpg",
        ),
        (
            "<description>&lt;img src='/p.gif' width=1 height=1&gt;&lt;img src='/d.jpg'&gt;</description>",
            "/d.jpg",
        ),
        ("<description>không ảnh</description>", None),
        ('<enclosure url="javascript:alert(1)" type="image/png"/>', None),
    ],
)
def test_picture_of_an_entry(item: str, expected: str | None) -> None:
    """G11"""
    [entry] = parse(rss(f"{ITEM}{item}")).entries
    assert entry.image_url == (expected and f"https://bao.example{expected}")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<author>toasoan@bao.example (Sầm Phúc)</author>", "Sầm Phúc"),
        ("<author>toasoan@bao.example</author>", None),
        (
            '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/"><![CDATA[Mùa A Chu]]></dc:creator>',
            "Mùa A Chu",
        ),
    ],
)
def test_author_is_a_name(item: str, expected: str | None) -> None:
    assert parse(rss(f"{ITEM}{item}")).entries[0].author == expected


CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'


def test_summary_and_content_are_told_apart() -> None:
    short, summary = "<description>Ngắn.</description>", "<description>Tóm tắt của bài viết.</description>"
    both = f"{short}<content:encoded {CONTENT}>&lt;p&gt;Dài hơn nhiều.&lt;/p&gt;</content:encoded>"
    only = f"<content:encoded {CONTENT}>&lt;p&gt;Chỉ một.&lt;/p&gt;</content:encoded>"
    caption = f"{summary}<media:description {MEDIA}>Chú thích.</media:description>"
    entries = parse(
        rss(*(f"{ITEM}<guid>{i}</guid>{item}" for i, item in enumerate((both, only, caption))))
    ).entries
    assert [(e.summary_html, e.content_html) for e in entries] == [
        ("Ngắn.", "<p>Dài hơn nhiều.</p>"),
        ("", "<p>Chỉ một.</p>"),
        ("Tóm tắt của bài viết.", ""),
    ]


def test_long_content_is_cut_before_a_tag() -> None:
    """E9"""
    text = "a" * (512 * 1024 - 5)
    [entry] = parse(rss(f"{ITEM}<description>{html.escape(f'<p>{text}</p><p>b</p>')}</description>")).entries
    assert len(entry.summary_html) <= 512 * 1024
    assert entry.summary_html == f"<p>{text}"


def test_newest_300_entries_are_kept_in_either_order() -> None:
    """E8"""
    items = [
        f"<title>{i}</title><guid>{i}</guid><pubDate>2020-01-01T00:00:{i % 60:02}Z</pubDate>".replace(
            "00:00", f"{i // 60:02}:00"
        )
        for i in range(400)
    ]
    oldest_first = parse(rss(*items))
    assert [oldest_first.entries[0].guid, oldest_first.entries[-1].guid] == ["100", "399"]
    newest_first = parse(rss(*reversed(items)))
    assert [newest_first.entries[0].guid, newest_first.entries[-1].guid] == ["399", "100"]
    assert "300 of 400 items read" in newest_first.warnings
