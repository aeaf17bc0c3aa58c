"""Feed documents of every format, broken in every way, as the child process reads them."""

import html
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import EmptyBody, NotAFeed, ParseError
from feeds.parse import parse_document
from feeds.types import ParsedFeed

FIXTURES = Path(__file__).parents[1] / "data" / "feeds"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
URL = "https://bao.example/rss/home.rss"


def parse(
    body: bytes | str, *, content_type: str | None = None, now: datetime = NOW, url: str = URL
) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_document(raw, url=url, content_type=content_type, time_zone="Asia/Ho_Chi_Minh", now=now)


def parse_fixture(name: str, **options: datetime) -> ParsedFeed:
    return parse((FIXTURES / name).read_bytes(), **options)


def rss(*items: str, channel: str = "<title>Báo</title>") -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}{body}</channel></rss>'
    )


ITEM = "<title>Bài</title><link>https://bao.example/bai-1.html</link>"


# The shapes of real publishers


def test_section_feed_of_a_vietnamese_paper() -> None:
    # given line breaks around every field, the picture only in the description, and a ghost item
    feed = parse_fixture("sections.rss")
    # then the ghost is gone and the fields are clean
    assert (feed.format, feed.title) == ("rss20", "Tin mới nhất - Báo Thử")
    assert feed.site_url == "http://baothu.example/rss/tin-moi-nhat.rss"
    assert feed.warnings == ("empty items left out: 1",)
    first, second = feed.entries
    assert first.title == "Hẻm trăm tuổi ở phố cổ nhiều lần lên phim"
    assert first.url == first.guid == "https://dulich.baothu.example/anh/hem-tram-tuoi-3670446.html"
    assert first.published_at == datetime(2017, 11, 14, 10, 42, 1, tzinfo=UTC)
    assert first.published_raw == "Tue, 14 Nov 2017 17:42:01 +0700"
    assert first.image_url == "https://i-dulich.baothu.example/2017/11/14/hem_180x108.jpg"
    assert first.summary_html.endswith("Con hẻm giữ gần nguyên vẹn nếp nhà xưa.")
    assert second.image_url == "http://img.baothu.example/xang.jpg"


def test_order_of_day_and_month_is_found_per_document() -> None:
    """H3"""
    month_first = parse_fixture("month_first.rss").entries
    assert [e.published_at for e in month_first] == [
        datetime(2026, 10, 2, 2, 25, tzinfo=UTC),
        datetime(2026, 10, 1, 5, 2, tzinfo=UTC),
        datetime(2026, 9, 30, 13, 0, tzinfo=UTC),
    ]
    day_first = parse_fixture("day_first.rss", now=datetime(2020, 1, 9, 12, tzinfo=UTC)).entries
    assert [e.published_at for e in day_first] == [
        datetime(2020, 1, 9, 7, 15, tzinfo=UTC),
        datetime(2020, 1, 8, 2, 5, tzinfo=UTC),
        datetime(2020, 1, 6, 17, 30, tzinfo=UTC),
    ]


def test_many_ways_to_write_dates_in_one_feed() -> None:
    """H4, H5"""
    feed = parse_fixture("mixed_dates.rss")
    assert [e.published_at for e in feed.entries] == [
        datetime(2026, 10, 5, 4, 7, tzinfo=UTC),
        datetime(2026, 10, 5, 7, 10, tzinfo=UTC),
        datetime(2026, 10, 5, 3, 0, tzinfo=UTC),
        datetime(2026, 10, 3, 11, 20, tzinfo=UTC),
        datetime(2026, 10, 4, 21, 0, tzinfo=UTC),
        None,
        None,
    ]
    assert feed.warnings == ("entries without a date that can be true: 2",)


# Formats (G2)


def test_rdf() -> None:
    feed = parse_fixture("rdf.xml")
    [entry] = feed.entries
    assert (feed.format, feed.title, feed.site_url) == ("rss10", "Tạp chí", "https://rdf.example/")
    assert (entry.guid, entry.url) == ("https://rdf.example/bai-viet-1",) * 2
    assert (entry.author, entry.categories) == ("Lò Thị Mai", ("Dân vận",))
    assert entry.published_at == datetime(2020, 1, 9, 7, 15, tzinfo=UTC)


def test_atom() -> None:
    """G2, G6, G8"""
    feed = parse_fixture("atom.xml")
    assert (feed.format, feed.title, feed.language) == ("atom10", "Nhật ký & ghi chép", "vi")
    assert feed.site_url == "https://atom.example/blog/"
    first, second = feed.entries
    assert (first.guid, first.title) == ("urn:uuid:1", "Một tiêu đề đậm")
    assert first.url == "https://atom.example/blog/2026/bai-1.html"
    assert first.image_url == "https://atom.example/blog/2026/anh.jpg"
    assert first.published_at == datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
    assert (first.author, first.categories) == ("Sầm Phúc", ("Dân vận",))
    assert first.summary_html == "Tóm tắt 3 &lt; 4"
    assert "<p>Đoạn hai.</p>" in first.content_html
    # the default type of a title is plain text: its signs are meant
    assert second.title == "Dùng thẻ <b> thế nào"
    assert second.url == "https://atom.example/blog/bai-2.html"
    assert second.published_at == datetime(2026, 10, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            '<rss version="0.91"><channel><title>t</title><item><title>a</title></item></channel></rss>',
            "rss091u",
        ),
        (
            '<rss version="0.92"><channel><title>t</title><item><title>a</title></item></channel></rss>',
            "rss092",
        ),
        (
            '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>t</title>'
            '<entry><title>a</title><link rel="alternate" href="http://x.example/a"/></entry></feed>',
            "atom03",
        ),
        ('<entry xmlns="http://www.w3.org/2005/Atom"><title>a</title><id>urn:a</id></entry>', "atom10"),
        (
            '<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"><atom:entry><atom:title>a</atom:title></atom:entry>'
            "</atom:feed>",
            "atom10",
        ),
    ],
)
def test_older_and_rarer_formats(document: str, expected: str) -> None:
    """G2"""
    feed = parse(document)
    assert (feed.format, [e.title for e in feed.entries]) == (expected, ["a"])


def test_feed_without_a_title_is_named_after_its_site() -> None:
    assert parse(rss(ITEM, channel="")).title == "bao.example"
    assert (
        parse(rss(ITEM, channel="<link>https://www.toasoan.example/</link>")).title == "www.toasoan.example"
    )


def test_feed_without_entries_is_a_feed() -> None:
    """D12"""
    assert parse(rss()).entries == ()


# What is no feed (D9)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><html><body><p>hello</p></body></html>", "a web page"),
        (
            b"<html><head><title>Login</title></head><body><pre><rss version='2.0'></rss></pre></body></html>",
            "a web page",
        ),
        (b"\x89PNG\r\n\x1a\n\0\0", "an image"),
        (b"%PDF-1.7", "a PDF file"),
        (b"\x1f\x8b\x08\0", "compressed twice"),
        (b"<opml version='2.0'><body/></opml>", "an XML document that is no feed (opml)"),
        (b"Not found", "no feed in any known format"),
        (b"[1, 2]", "JSON, but no JSON Feed"),
        (b'{"items": []}', "JSON, but no JSON Feed"),
        (b"\xff\xfe\x00\x01\x02garbage", "no feed in any known format"),
    ],
)
def test_other_documents_are_refused_with_what_they_are(body: bytes, kind: str) -> None:
    with pytest.raises(NotAFeed) as raised:
        parse(body)
    assert raised.value.detail == kind


@pytest.mark.parametrize("body", [b"", b"  \r\n\t", b"\xef\xbb\xbf\n"])
def test_nothing_at_all_is_an_empty_body(body: bytes) -> None:
    with pytest.raises(EmptyBody):
        parse(body)


# Repairs (G1, E4)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n\n  ", ""),
        ("<br />\n<b>Warning</b>: mysql_connect() in /x.php on line 3\n", ""),
        ("\ufeff", ""),
        ("", "<script>var ads = 1 < 2;</script>"),
        ("", "\n<!-- cached -->\0\0"),
        ("<!-- <rss> -->", ""),
    ],
)
def test_what_stands_around_the_feed_is_ignored(before: str, after: str) -> None:
    feed = parse(f"{before}{rss(ITEM)}{after}")
    assert [e.url for e in feed.entries] == ["https://bao.example/bai-1.html"]
    assert not feed.truncated


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Tom & Jerry", "Tom & Jerry"),
        ("A&nbsp;&ndash;&nbsp;B", "A – B"),
        ("Tab\x0bvà\x00 rỗng &#11;", "Tabvà rỗng"),
    ],
)
def test_text_that_is_not_well_formed_is_repaired(title: str, expected: str) -> None:
    """G1, G5: a broken character costs nothing but itself."""
    feed = parse(rss(f"<title>{title}</title><link>https://bao.example/a</link>", ITEM))
    assert [e.title for e in feed.entries] == [expected, "Bài"]


def test_repair_is_remarked_upon() -> None:
    feed = parse(rss(f"<description>a & b</description>{ITEM}"))
    assert feed.warnings[0].startswith("XML repaired: ")


@pytest.mark.parametrize(
    "cut", ["<item><ti", "<item><title>Nửa", "<item><title>Ba</title><link>https://bao.ex", "<item>"]
)
def test_entry_cut_in_half_is_dropped_and_the_document_marked(cut: str) -> None:
    """E4"""
    whole = rss(ITEM).removesuffix("</channel></rss>")
    feed = parse(whole + cut)
    assert [e.title for e in feed.entries] == ["Bài"]
    assert feed.truncated
    assert "the document breaks off" in feed.warnings


def test_cut_inside_text_about_feeds_is_found() -> None:
    # given an article whose text shows a whole little feed, cut behind it
    cut = "<item><title>Nửa</title><description><![CDATA[<rss><item></item></rss> và"
    feed = parse(rss(ITEM).removesuffix("</channel></rss>") + cut)
    assert [e.title for e in feed.entries] == ["Bài"]
    assert feed.truncated


def test_article_about_feeds_does_not_end_the_document() -> None:
    about = "<title>RSS</title><link>https://bao.example/rss</link><description><![CDATA[<item></rss>]]></description>"
    feed = parse(rss(about, ITEM))
    assert [e.title for e in feed.entries] == ["RSS", "Bài"]
    assert not feed.truncated


def test_cut_atom_document() -> None:
    body = (FIXTURES / "atom.xml").read_bytes()
    feed = parse(body[: body.index(b"<id>urn:uuid:2")])
    assert [e.guid for e in feed.entries] == ["urn:uuid:1"]
    assert feed.truncated


def test_document_that_only_lacks_its_last_tag_keeps_all_entries() -> None:
    feed = parse(rss(ITEM).removesuffix("</rss>"))
    assert len(feed.entries) == 1
    assert feed.truncated


# Encodings (G4, G7)

TITLE = "Đẩy mạnh công tác dân vận"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "iso-8859-1", None),
        ("utf-8", "utf-16", None),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8-sig", "windows-1252", None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "utf-16", None),
        ("utf-16-be", "utf-8", None),
        ("utf-32", "utf-32", None),
        ("gb18030", "gb2312", None),
        ("gb18030", "utf-8", 'application/rss+xml; charset="gb18030"'),
    ],
)
def test_text_is_decoded_whatever_is_declared(encoding: str, declared: str, content_type: str | None) -> None:
    document = rss(f"<title>{TITLE}</title>").replace('encoding="utf-8"', f'encoding="{declared}"')
    feed = parse(document.encode(encoding), content_type=content_type)
    assert feed.entries[0].title == TITLE


def test_windows_1258_becomes_composed_letters() -> None:
    # windows-1258 writes ế as ê and a combining accent
    document = rss("<title>thê\u0301 giơ\u0301i</title>").replace("utf-8", "windows-1258").replace("Báo", "B")
    assert parse(document.encode("windows-1258")).entries[0].title == "thế giới"


def test_latin_1_without_any_declaration() -> None:
    document = '<rss version="2.0"><channel><item><title>Café</title></item></channel></rss>'
    feed = parse(document.encode("latin-1"))
    assert feed.entries[0].title == "Café"
    assert feed.warnings[0] == "not valid UTF-8, read as windows-1252"


def test_few_broken_bytes_do_not_turn_the_rest_into_another_encoding() -> None:
    body = rss(f"<title>{TITLE}</title>", "<title>XX</title>").encode().replace(b"XX", b"\xe1\xba")
    assert parse(body).entries[0].title == TITLE


@pytest.mark.parametrize("codec", ["utf-7", "unicode_escape", "idna", "zlib", "rot13", "no-such-codec"])
def test_codecs_that_are_no_encodings_are_not_used(codec: str) -> None:
    document = rss("<title>+ADw-b \\x41</title>").replace('encoding="utf-8"', f'encoding="{codec}"')
    assert parse(document).entries[0].title == "+ADw-b \\x41"


# Fields


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


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            f'<media:content {MEDIA} url="/m.jpg" medium="image" width="900"/><media:content {MEDIA} url="/s.jpg" medium="image" width="90"/>',
            "/m.jpg",
        ),
        (
            f'<media:content {MEDIA} url="/v.mp4" type="video/mp4"/><media:thumbnail {MEDIA} url="/t.jpg"/>',
            "/t.jpg",
        ),
        (
            f'<media:content {MEDIA} url="https://1.gravatar.com/avatar/x" medium="image"/><enclosure url="/e.png" type="image/png"/>',
            "/e.png",
        ),
        (
            '<enclosure url="/a.mp3" type="audio/mpeg"/><itunes:image xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" href="/i.jpg"/>',
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
    both = f"<description>Ngắn.</description><content:encoded {CONTENT}>&lt;p&gt;Dài hơn nhiều.&lt;/p&gt;</content:encoded>"
    only = f"<content:encoded {CONTENT}>&lt;p&gt;Chỉ một.&lt;/p&gt;</content:encoded>"
    caption = f"<description>Tóm tắt của bài viết.</description><media:description {MEDIA}>Chú thích.</media:description>"
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
    assert "300 of 400 entries read" in newest_first.warnings


# Hostile documents (E5, E6, E7, E9)


@pytest.mark.parametrize(
    "author",
    [
        "<author>{}</author>",
        "<author><![CDATA[{}]]></author>",
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{}</dc:creator>',
        '<p:publisher xmlns:p="http://purl.org/dc/elements/1.1/">{}</p:publisher>',
        "<AUTHOR>{}</AUTHOR> & ",
    ],
)
def test_endless_author_is_cut_before_it_is_searched(author: str) -> None:
    """E9: feedparser would take minutes over each of these."""
    feed = parse(rss(f"{ITEM}{author.format('a' * 300_000)}"))
    assert feed.entries[0].url == "https://bao.example/bai-1.html"
    assert len(feed.entries[0].author or "") <= 512


def test_author_is_not_cut_where_only_the_text_mentions_the_element() -> None:
    text = "<![CDATA[<author> " + "chữ " * 1_000 + "</author> hết]]>"
    [entry] = parse(rss(f"{ITEM}<author>An</author><description>{text}</description>")).entries
    assert entry.summary_html.endswith("hết")
    assert len(entry.summary_html) > 4_000


def test_entities_do_not_multiply() -> None:
    """E5: billion laughs"""
    entities = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    feed = parse(f"<!DOCTYPE rss [{entities}]>{rss('<title>&l9;</title><guid>g</guid>').partition('?>')[2]}")
    assert len(feed.entries[0].title) < 10


def test_no_file_is_read_and_nothing_is_fetched(tmp_path: Path) -> None:
    """E6: XXE in every place where a document can name an address"""
    asked: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    secret = tmp_path / "secret.txt"
    secret.write_text("mật khẩu")
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    try:
        document = (
            f'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "{site}/rss.dtd" [<!ENTITY file SYSTEM "{secret.as_uri()}">'
            f'<!ENTITY web SYSTEM "{site}/entity"><!ENTITY % more SYSTEM "{site}/parameter"> %more;]>'
            f'<?xml-stylesheet href="{site}/style.xsl"?>'
            f'<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><title>&file;</title>'
            f'<item><title>a &web;</title><guid>g</guid><description>&file;<xi:include href="{secret.as_uri()}"/></description>'
            f'<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/"><![CDATA[<img src="{site}/i.png">]]></content:encoded>'
            f"</item></channel></rss>"
        )
        feed = parse(document)
    finally:
        server.shutdown()
        server.server_close()
    assert "mật khẩu" not in repr(feed)
    assert len(feed.entries) == 1
    assert asked == []


def test_body_that_is_a_file_name_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    path.write_text(rss(ITEM))
    with pytest.raises(NotAFeed):
        parse(str(path))
    with pytest.raises(NotAFeed):
        parse(path.as_uri())


@pytest.mark.parametrize(
    "body",
    [
        "<rss version='2.0'><channel>" + "<a>" * 20_000 + "</a>" * 20_000 + "</channel></rss>",
        "<rss><!--" * 50_000,
        rss(ITEM + "<description>" + "<![CDATA[" * 50_000 + "</description>"),
        rss(ITEM + "<description>" + "&#99999999999;" * 10_000 + "</description>"),
        rss(f"{ITEM}<pubDate>{'1' * 100_000}</pubDate>"),
        "<" * 200_000,
        '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 200_000,
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": ' + "9" * 10_000 + "}]}",
    ],
)
def test_hostile_document_is_read_or_refused(body: str) -> None:
    """E7"""
    try:
        assert isinstance(parse(body), ParsedFeed)
    except ParseError as error:
        assert error.detail


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<rss version='2.0'><channel><item>", b"<feed>", b'{"version":']),
)
def test_any_bytes_are_a_feed_or_a_parse_error(noise: bytes, start: bytes) -> None:
    try:
        assert isinstance(parse(start + noise), ParsedFeed)
    except ParseError:
        pass


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1_400))
def test_document_cut_anywhere_gives_whole_entries_only(length: int) -> None:
    """E4"""
    body = (FIXTURES / "sections.rss").read_bytes()
    whole = parse(body).entries
    try:
        entries = parse(body[:length]).entries
    except ParseError:
        return
    assert entries == whole[: len(entries)]


def test_result_travels_between_processes() -> None:
    import pickle

    feed = parse_fixture("atom.xml")
    assert pickle.loads(pickle.dumps(feed)) == feed  # noqa: S301 - our own bytes
