"""Documents made to hurt the reader (POLLING E5, E6, E7, E9)."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from feeds.errors import NotAFeed, ParseError
from feeds.types import ParsedFeed
from tests.feeds.documents import ITEM, parse, rss


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
            f'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "{site}/rss.dtd" ['
            f'<!ENTITY file SYSTEM "{secret.as_uri()}">'
            f'<!ENTITY web SYSTEM "{site}/entity"><!ENTITY % more SYSTEM "{site}/parameter"> %more;]>'
            f'<?xml-stylesheet href="{site}/style.xsl"?>'
            f'<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><title>&file;</title>'
            f"<item><title>a &web;</title><guid>g</guid>"
            f'<description>&file;<xi:include href="{secret.as_uri()}"/>'
            f'&lt;img src="{site}/i.png"&gt;</description>'
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
