"""News sitemaps as newspapers publish them, and what else is called a sitemap (POLLING K4)."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import NotAFeed, ParseError
from feeds.parse import parse_document
from feeds.sitemap import MAX_BYTES, SitemapLink, parse_sitemap, read_sitemap_index
from feeds.types import ParsedFeed

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
URL = "https://bao.example/sitemap-news.xml"
ZONE = "Asia/Ho_Chi_Minh"

NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/sitemap.xsl"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc>https://bao.example/thoi-su/dan-van-kheo-101.html</loc>
    <lastmod>2026-10-05T18:00:00+07:00</lastmod>
    <news:news>
      <news:publication>
        <news:name>Báo Mường Phăng</news:name><news:language>vi</news:language>
      </news:publication>
      <news:publication_date>2026-10-05T08:15:00+07:00</news:publication_date>
      <news:title><![CDATA[“Dân vận khéo” ở Huổi May]]></news:title>
      <news:keywords>dân vận, Huổi May</news:keywords>
    </news:news>
    <image:image><image:loc>https://bao.example/anh/101.jpg</image:loc></image:image>
  </url>
  <url>
    <loc>
      https://bao.example/kinh-te/gia-ca-phe-102.html
    </loc>
    <news:news>
      <news:publication>
        <news:name>Báo Mường Phăng</news:name><news:language>vi</news:language>
      </news:publication>
      <news:publication_date>2026-10-05T17:30:00+07:00</news:publication_date>
      <news:title>Giá cà phê &amp;quot;lập đỉnh&amp;quot; &amp; chè giảm</news:title>
    </news:news>
  </url>
  <url>
    <loc>https://bao.example/cu/bai-cu-7.html</loc>
    <news:news>
      <news:publication>
        <news:name>Báo Mường Phăng</news:name><news:language>vi</news:language>
      </news:publication>
      <news:publication_date>2026-10-03T18:59:59+07:00</news:publication_date>
      <news:title>Bài cũ hai ngày và một giây</news:title>
    </news:news>
  </url>
</urlset>
"""


def read(document: str | bytes, url: str = URL) -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    return parse_sitemap(body, url=url, time_zone=ZONE, now=NOW)


def news(number: int, at: datetime | str, title: str = "") -> str:
    when = at if isinstance(at, str) else at.isoformat()
    return (
        f"<url><loc>https://bao.example/{number}</loc><news:news><news:publication_date>{when}"
        f"</news:publication_date><news:title>{title or f'Bài {number}'}</news:title></news:news></url>"
    )


def sitemap(*urls: str) -> str:
    namespace = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"<urlset {namespace}>{''.join(urls)}</urlset>"


# A newspaper's


def test_articles_come_with_what_google_is_told() -> None:
    feed = read(NEWS)

    newest, older = feed.entries
    assert (feed.format, feed.title, feed.language) == ("news_sitemap", "Báo Mường Phăng", "vi")
    assert feed.site_url == "https://bao.example/"
    assert newest.title == 'Giá cà phê "lập đỉnh" & chè giảm'
    assert newest.url == "https://bao.example/kinh-te/gia-ca-phe-102.html"
    assert newest.published_at == datetime(2026, 10, 5, 10, 30, tzinfo=UTC)
    assert older.title == "“Dân vận khéo” ở Huổi May"
    assert older.published_at == datetime(2026, 10, 5, 1, 15, tzinfo=UTC)
    assert older.image_url == "https://bao.example/anh/101.jpg"
    assert older.categories == ("dân vận", "Huổi May")
    assert not feed.truncated


def test_only_the_last_two_days_are_news() -> None:
    """K4: exactly two days still are."""
    feed = read(
        sitemap(
            news(1, NOW - timedelta(days=2)),
            news(2, NOW - timedelta(days=2, seconds=1)),
            news(3, NOW - timedelta(days=400)),
            news(4, NOW + timedelta(minutes=30)),
        )
    )

    assert [entry.title for entry in feed.entries] == ["Bài 4", "Bài 1"]


def test_what_has_no_date_is_left_out_and_remarked() -> None:
    feed = read(sitemap(news(1, ""), news(2, "hôm nào đó"), news(3, NOW)))

    assert [entry.title for entry in feed.entries] == ["Bài 3"]
    assert "addresses without a date left out: 2" in feed.warnings


def test_the_newest_are_kept_wherever_they_stand() -> None:
    """E8 and K4: 1,400 addresses, the newest at the end."""
    feed = read(sitemap(*(news(n, NOW - timedelta(minutes=1400 - n)) for n in range(1400))))

    assert len(feed.entries) == 300
    assert feed.entries[0].title == "Bài 1399"
    assert feed.entries[-1].title == "Bài 1100"


def test_a_date_without_a_zone_is_read_in_the_feeds_zone() -> None:
    (entry,) = read(sitemap(news(1, "2026-10-05 18:20:00"))).entries

    assert entry.published_at == datetime(2026, 10, 5, 11, 20, tzinfo=UTC)


def test_the_day_of_the_last_change_stands_in_for_a_missing_date() -> None:
    url = "<url><loc>https://bao.example/1</loc><lastmod>2026-10-05</lastmod><news:news><news:title>A</news:title>"

    (entry,) = read(sitemap(url + "</news:news></url>")).entries

    assert entry.published_at == datetime(2026, 10, 4, 17, 0, tzinfo=UTC)


def test_a_quiet_weekend_is_an_empty_feed() -> None:
    assert read(sitemap()).entries == ()


def test_prefixes_and_namespaces_are_not_what_counts() -> None:
    document = (
        '<ns0:urlset xmlns:ns0="https://www.sitemaps.org/schemas/sitemap/0.9"><ns0:url>'
        "<ns0:loc>/bai-1</ns0:loc><n:news xmlns:n='x'><n:title>Một</n:title>"
        "<n:publication_date>2026-10-05T00:00:00Z</n:publication_date></n:news></ns0:url></ns0:urlset>"
    )

    (entry,) = read(document).entries

    assert (entry.title, entry.url) == ("Một", "https://bao.example/bai-1")


def test_prefixes_nobody_declared_are_understood() -> None:
    document = sitemap(news(1, NOW, "Một")).replace(
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', ""
    )

    assert [entry.title for entry in read(document).entries] == ["Một"]


def test_html_names_of_characters_are_read() -> None:
    (entry,) = read(sitemap(news(1, NOW, "Lúa&nbsp;m&ugrave;a &hellip;"))).entries

    assert entry.title == "Lúa mùa …"


# Packed, broken, hostile


def test_a_packed_sitemap_is_unpacked() -> None:
    assert read(gzip.compress(NEWS.encode())) == read(NEWS)


def test_of_a_packed_giant_only_the_beginning_is_read() -> None:
    """E1: 64 MiB once unpacked."""
    giant = sitemap(news(1, NOW)).removesuffix("</urlset>") + " " * (64 * 1024 * 1024)

    feed = read(gzip.compress(giant.encode()))

    assert [entry.title for entry in feed.entries] == ["Bài 1"]
    assert feed.truncated


def test_a_sitemap_that_breaks_off_keeps_its_whole_articles() -> None:
    """E4"""
    feed = read(NEWS[: NEWS.index("<news:title>Giá")])

    assert [entry.title for entry in feed.entries] == ["“Dân vận khéo” ở Huổi May"]
    assert feed.truncated
    assert "the document breaks off" in feed.warnings


def test_entities_of_a_document_are_neither_read_nor_expanded() -> None:
    """E5, E6"""
    doctype = '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'

    (entry,) = read(doctype + sitemap(news(1, NOW, "x &f; y &b; z"))).entries

    assert "root:" not in entry.title
    assert "haha" not in entry.title


def test_deep_nesting_is_no_article() -> None:
    deep = "<x>" * 100_000

    assert [entry.title for entry in read(sitemap(news(1, NOW), f"<url>{deep}</url>")).entries] == ["Bài 1"]


def test_an_article_without_an_address_is_none() -> None:
    url = news(1, NOW).replace("https://bao.example/1", "javascript:alert(1)")

    assert [entry.title for entry in read(sitemap(url, news(2, NOW))).entries] == ["Bài 2"]


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("<urlset><url><loc>https://bao.example/1</loc></url></urlset>", "a sitemap without news"),
        ("<sitemapindex><sitemap><loc>https://bao.example/1</loc></sitemap></sitemapindex>", "an index"),
        ("<rss><channel/></rss>", "no sitemap"),
        ("<p>Không có</p>", "no sitemap"),
        ("", "no sitemap"),
        (gzip.compress(b"<rss><channel/></rss>"), "compressed twice"),
        (b"\x1f\x8b garbage", "compressed twice"),
    ],
)
def test_what_is_no_news_sitemap_says_what_it_is(document: str | bytes, what: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(document)

    assert refused.value.detail.startswith(what)


@given(st.data())
def test_any_damage_is_survived(data: st.DataObject) -> None:
    body = bytearray(NEWS.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=10))

    for document in (bytes(body), gzip.compress(bytes(body))[: data.draw(st.integers(0, 900))]):
        try:
            feed = read(document)
        except ParseError:
            continue
        assert len(feed.entries) <= 4
        assert all(entry.published_at for entry in feed.entries)


# As one more format of feeds


@pytest.mark.parametrize("body", [NEWS.encode(), gzip.compress(NEWS.encode())], ids=["plain", "packed"])
def test_the_parser_of_feeds_reads_it_too(body: bytes) -> None:
    parsed = parse_document(body, url=URL, content_type="application/xml", time_zone=ZONE, now=NOW)

    assert parsed == read(NEWS)


def test_a_feed_that_speaks_of_sitemaps_stays_a_feed() -> None:
    rss = "<rss version='2.0'><channel><item><title>A</title><description><![CDATA[<urlset>]]></description>"

    parsed = parse_document(
        f"<!-- <urlset> -->{rss}</item></channel></rss>".encode(),
        url=URL,
        content_type=None,
        time_zone=ZONE,
        now=NOW,
    )

    assert parsed.format == "rss20"


def test_the_parser_of_feeds_says_what_an_ordinary_sitemap_is() -> None:
    with pytest.raises(NotAFeed, match="a sitemap without news"):
        parse_document(
            b"<urlset><url><loc>/1</loc></url></urlset>", url=URL, content_type=None, time_zone=ZONE, now=NOW
        )


# Indexes

INDEX = """<?xml version="1.0"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://bao.example/sitemap-2025.xml</loc><lastmod>2025-12-31</lastmod></sitemap>
<sitemap><loc>/sitemap-news.xml.gz</loc><lastmod>2026-10-05T18:00:00+07:00</lastmod></sitemap>
<sitemap><loc>https://bao.example/chuyen-muc.xml</loc><lastmod>hôm qua</lastmod></sitemap>
<sitemap><loc>ftp://bao.example/x.xml</loc></sitemap>
</sitemapindex>"""


def test_an_index_gives_its_sitemaps_in_order() -> None:
    assert read_sitemap_index(INDEX.encode(), url="https://bao.example/sitemap.xml") == (
        SitemapLink("https://bao.example/sitemap-2025.xml", datetime(2025, 12, 31, tzinfo=UTC)),
        SitemapLink("https://bao.example/sitemap-news.xml.gz", datetime(2026, 10, 5, 11, 0, tzinfo=UTC)),
        SitemapLink("https://bao.example/chuyen-muc.xml", None),
    )


def test_an_index_has_an_end() -> None:
    body = "".join(_index_lines(5000)).encode()

    assert len(body) < MAX_BYTES
    assert len(read_sitemap_index(body, url=URL)) == 1000


def _index_lines(count: int) -> Iterator[str]:
    yield "<sitemapindex>"
    yield from (f"<sitemap><loc>https://bao.example/{n}.xml</loc></sitemap>" for n in range(count))
    yield "</sitemapindex>"


def test_a_sitemap_is_no_index() -> None:
    with pytest.raises(NotAFeed, match="no index of sitemaps"):
        read_sitemap_index(NEWS.encode(), url=URL)
