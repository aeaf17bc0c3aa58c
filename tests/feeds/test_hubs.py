"""Finding the hub of a feed: POLLING J1 and J2."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.hubs import MAX_HUBS, HubOffer, find_hub
from tests.project import ROOT

URL = "https://bao.example/rss/home.rss"
HUB = "https://hub.example/"
FEEDS = ROOT.parent / "shared" / "data" / "feeds"

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>Báo Điện Biên</title>
  {links}
  <entry><id>1</id><link rel="self" href="https://bao.example/1.atom"/><link rel="hub" href="https://evil.example/"/></entry>
</feed>"""

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Báo</title>
  <link>https://bao.example/</link>
  {links}
  <item><guid>1</guid><atom:link rel="hub" href="https://evil.example/"/></item>
</channel></rss>"""

BOTH = (
    '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://bao.example/rss"/>'
)


def offered(
    *headers: str, document: str = "", content_type: str | None = "application/rss+xml"
) -> HubOffer | None:
    return find_hub(headers, document.encode(), url=URL, content_type=content_type)


@pytest.mark.parametrize(
    "headers",
    [
        ['<https://hub.example/>; rel="hub"', '<https://bao.example/rss>; rel="self"'],
        ['<https://hub.example/>; rel="hub", <https://bao.example/rss>; rel="self"'],
        ["<https://hub.example/>;rel=hub,<https://bao.example/rss>;rel=self"],
        ['<https://hub.example/>; title="a, b <c>"; rel="hub", </rss>; REL="Self"'],
        ['<https://hub.example/>; rel="hub"; type=x', '<https://bao.example/rss>; rel="alternate self"'],
        [
            '<https://bao.example/x>; rel="next"',
            "<https://hub.example/>; rel=hub",
            "<https://bao.example/rss>; rel=self",
        ],
    ],
)
def test_link_headers_name_hub_and_topic(headers: list[str]) -> None:
    """J1: RFC 8288 in its spellings."""
    assert offered(*headers) == HubOffer((HUB,), "https://bao.example/rss")


@pytest.mark.parametrize("template", [ATOM, RSS])
@pytest.mark.parametrize(
    "links",
    [
        BOTH,
        "<atom10:link xmlns:atom10='http://www.w3.org/2005/Atom' rel='hub' href='https://hub.example/'/>"
        "<link type='application/atom+xml'\n rel='self'\n href='https://bao.example/rss'/>",
        f"<!-- <link rel='hub' href='https://old.example/'/> -->{BOTH}",
        f"<description><![CDATA[<link rel='hub' href='https://old.example/'>]]></description>{BOTH}",
    ],
)
def test_links_of_the_feed_are_found_above_its_entries(template: str, links: str) -> None:
    """J1: what an entry, a comment or a text says does not count."""
    assert offered(document=template.format(links=links)) == HubOffer((HUB,), "https://bao.example/rss")


def test_headers_go_before_the_document() -> None:
    """J1: the first match ends the search."""
    found = offered(
        "<https://other.example/>; rel=hub",
        "<https://bao.example/new>; rel=self",
        document=RSS.format(links=BOTH),
    )

    assert found == HubOffer(("https://other.example/",), "https://bao.example/new")


def test_the_document_completes_what_headers_lack() -> None:
    found = offered("<https://other.example/>; rel=hub", document=RSS.format(links=BOTH))

    assert found == HubOffer(("https://other.example/",), "https://bao.example/rss")


@pytest.mark.parametrize(
    "links",
    [
        "",
        '<atom:link rel="hub" href="https://hub.example/"/>',
        '<atom:link rel="self" href="https://bao.example/rss"/>',
        '<atom:link rel="hub"/><atom:link rel="self" href="https://bao.example/rss"/>',
        '<atom:link rel="hub" href="ftp://hub.example/"/><atom:link rel="self" href="https://bao.example/rss"/>',
        '<atom:link rel="hub" href="https://u:p@hub.example/"/><atom:link rel="self" href="https://a.example/"/>',
        '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="javascript:x"/>',
    ],
)
def test_both_hub_and_self_are_needed(links: str) -> None:
    """J2: without its own name a feed cannot be subscribed to; addresses we do not follow are none."""
    assert offered(document=RSS.format(links=links)) is None


@pytest.mark.parametrize(
    ("href", "topic"),
    [
        ("https://BAO.example/rss?a=b&amp;c=%7e", "https://BAO.example/rss?a=b&c=%7e"),
        ("http://bao.example", "http://bao.example"),
        ("/rss", "https://bao.example/rss"),
        ("home.rss?x=1", "https://bao.example/rss/home.rss?x=1"),
        (" https://bao.example/tin mới ", "https://bao.example/tin%20m%E1%BB%9Bi"),
        ("feed://bao.example/rss", "https://bao.example/rss"),
    ],
)
def test_topic_is_kept_as_published(href: str, topic: str) -> None:
    """J2: hubs compare it letter by letter, so a whole address is not tidied up."""
    links = f'<atom:link rel="hub" href="{HUB}"/><atom:link rel="self" href="{href}"/>'

    found = offered(document=RSS.format(links=links))

    assert found is not None
    assert found.topic == topic


def test_hubs_with_tls_come_first_and_few_are_kept() -> None:
    plain = "".join(f'<atom:link rel="hub" href="http://h{n}.example/"/>' for n in range(3))
    secure = "".join(f'<atom:link rel="hub" href="https://s{n}.example/"/>' for n in range(9))

    found = offered(document=RSS.format(links=plain + secure + BOTH))

    assert found is not None
    assert len(found.hubs) == MAX_HUBS
    assert found.hubs[:2] == ("https://s0.example/", "https://s1.example/")
    assert found.hubs[2:] == ("http://h0.example/", "http://h1.example/", "http://h2.example/")


def test_json_feed_names_its_hubs() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "hubs": [{"type": "WebSub", "url": "https://evil.example/"}]}],
        "feed_url": "https://bao.example/feed.json",
        "hubs": [
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": HUB},
            {"type": "WebSub"},
            "x",
        ],
    }

    found = offered(document=json.dumps(feed), content_type="application/feed+json")

    assert found == HubOffer((HUB,), "https://bao.example/feed.json")


@pytest.mark.parametrize("document", ["{", '{"hubs": 7}', '{"hubs": {"url": "x"}}', "[1]", '{"a":' * 100_000])
def test_broken_json_offers_nothing(document: str) -> None:
    assert offered(document=document) is None


def test_utf_16_is_read() -> None:
    found = find_hub([], RSS.format(links=BOTH).encode("utf-16"), url=URL, content_type=None)

    assert found == HubOffer((HUB,), "https://bao.example/rss")


@given(st.lists(st.text(), max_size=3), st.binary())
def test_nothing_in_headers_or_bytes_raises(headers: list[str], body: bytes) -> None:
    find_hub(headers, body, url=URL, content_type=None)


@given(
    st.lists(
        st.sampled_from(["<", "<link ", "rel=", '"', "'", "hub", "<![CDATA[", "<!--", ">", "\\", "{"]),
        max_size=60,
    )
)
def test_no_markup_raises(pieces: list[str]) -> None:
    offered("".join(pieces), document="".join(pieces))


def test_real_feeds_with_a_hub_all_offer_it() -> None:
    """J1, J2 on what publishers really write."""
    if not FEEDS.is_dir():
        pytest.skip(f"no feeds to look at in {FEEDS.name}: the shared data is not here")
    named = [path for path in FEEDS.rglob("*") if path.is_file() and _names_a_hub(path)]

    offers = [find_hub([], path.read_bytes(), url=URL, content_type=None) for path in named]

    assert len(named) >= 15
    assert None not in offers


def _names_a_hub(path: Path) -> bool:
    body = path.read_bytes()
    return b'rel="hub"' in body or b"rel='hub'" in body
