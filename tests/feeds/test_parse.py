"""Feed documents of every format, whole and broken, as the child process reads them."""

import pickle
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import EmptyBody, NotAFeed, ParseError
from feeds.types import ParsedFeed
from tests.feeds.documents import FIXTURES, ITEM, parse, parse_fixture, rss

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
            b"<html><title>Login</title><body><pre><rss version='2.0'></rss></pre></body></html>",
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


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<rss version='2.0'><channel><item>", b"<feed>", b'{"version":']),
)
def test_any_bytes_are_a_feed_or_a_parse_error(noise: bytes, start: bytes) -> None:
    with suppress(ParseError):
        assert isinstance(parse(start + noise), ParsedFeed)


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


def test_heavy_libraries_are_loaded_only_where_a_document_is_read() -> None:
    """The parent process imports this module to name its function, and must stay small."""
    heavy = ("feedparser", "dateparser", "nh3", "lxml", "trafilatura")
    code = f"import sys, feeds.parse; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_result_travels_between_processes() -> None:
    feed = parse_fixture("atom.xml")
    assert pickle.loads(pickle.dumps(feed)) == feed  # noqa: S301 - our own bytes
