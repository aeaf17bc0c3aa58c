"""Feeds of the real world, gathered beside the project; skipped where they are absent."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.errors import NotAFeed, ParseError
from feeds.html import to_text
from feeds.identify import candidate_keys, sort_entries
from feeds.parse import parse_document
from feeds.types import ParsedFeed

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "feeds"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the gathered feeds (../shared/data/feeds) are not here"
)

CAPTURES = ("javascript1102b3", "javascript0704b6", "string1407", "string1808", "vnexpress2810")
"""One feed of VnExpress in the order of its own dates: February, April, July, August, November 2017."""


def files(folder: str, pattern: str = "*") -> list[Path]:
    return sorted(path for path in (DATA / folder).glob(pattern) if path.is_file()) if DATA.is_dir() else []


def parse(body: bytes, now: datetime = NOW, url: str = "https://feed.example/rss/feed.xml") -> ParsedFeed:
    return parse_document(body, url=url, content_type=None, time_zone="Asia/Ho_Chi_Minh", now=now)


def capture(name: str) -> bytes:
    return (DATA / "vnexpress" / f"{name}.rss").read_bytes()


def guids_by_hand(body: bytes) -> list[str]:
    """An independent reading of the guids, with one regular expression."""
    return [guid.strip() for guid in re.findall(r"<guid>(.*?)</guid>", body.decode(), re.DOTALL)]


def test_captures_replayed_in_order_bring_each_article_once() -> None:
    known: dict[bytes, bytes | None] = {}
    met: set[str] = set()
    counts = []
    for name in CAPTURES:
        body = capture(name)
        feed = parse(body)
        keys = candidate_keys(1, feed.entries)
        found = sort_entries(1, feed.entries, {key: known[key] for key in keys if key in known})
        known.update((key, one.content_hash) for one in found.new for key in one.keys)
        counts.append(len(found.new))
        # Nine months lie between the captures: by hand, none of their guids occurs twice.
        by_hand = guids_by_hand(body)
        assert not met & set(by_hand)
        met.update(by_hand)
        assert [entry.guid for entry in feed.entries] == by_hand
    # 25 items each; the last capture has one without title, link, guid and date
    assert counts == [25, 25, 25, 25, 24]


@pytest.mark.parametrize("name", CAPTURES)
def test_same_capture_with_the_other_scheme_sends_nothing(name: str) -> None:
    """I3: this very feed went from http to https between August and November 2017."""
    body = capture(name)
    found = sort_entries(1, parse(body).entries, {})
    known: dict[bytes, bytes | None] = {key: one.content_hash for one in found.new for key in one.keys}
    scheme = b"<guid>\nhttps:" in body
    flipped = re.sub(
        rb"(<(?:guid|link)>\s*)https?:", rb"\1http:" if scheme else rb"\1https:", body.replace(b"\r\n", b"\n")
    )
    assert guids_by_hand(flipped) != guids_by_hand(body)
    again = sort_entries(1, parse(flipped).entries, known)
    assert again.new == ()


def test_capture_has_clean_fields() -> None:
    feed = parse(capture("javascript0704b6"), now=datetime(2017, 4, 19, 13, 0, tzinfo=UTC))
    first = feed.entries[0]
    assert feed.title == "Tin mới nhất - VnExpress RSS"
    assert first.title == "Ủy ban Tài chính: Chi 65 tỷ đồng mua quà tặng thành lập tỉnh là quá lãng phí"
    assert first.published_at == datetime(2017, 4, 19, 12, 45, 55, tzinfo=UTC)
    assert (first.image_url or "").endswith("/Nguyen-Duc-Hai-Tai-chinh-Ngan-9813-5109-1492598144_180x108.jpg")
    assert to_text(first.summary_html).startswith("Quốc hội đánh giá việc các địa phương tổ chức kỷ niệm,")
    assert all(entry.image_url and entry.published_at and entry.url for entry in feed.entries)


def addresses(feed: ParsedFeed) -> Iterator[str]:
    yield from (entry.url for entry in feed.entries if entry.url)
    yield from (entry.image_url for entry in feed.entries if entry.image_url)


@pytest.mark.parametrize("path", files("benchmark"), ids=lambda path: path.name)
def test_benchmark_feed_is_read(path: Path) -> None:
    body = path.read_bytes()
    feed = parse(body)
    # as many entries as the document has, up to the cap, by an independent count outside of CDATA
    markup = re.sub(rb"<!\[CDATA\[.*?\]\]>", b"", body, flags=re.DOTALL)
    written = len(re.findall(rb"<(?:item|entry)[\s>]", markup))
    assert min(written, 300) - 2 <= len(feed.entries) <= min(written, 300)
    assert feed.entries
    assert not feed.truncated
    assert all(re.match(r"https?://[^/\s]+", address) for address in addresses(feed))
    assert all(entry.title and entry.title == " ".join(entry.title.split()) for entry in feed.entries)
    # only the year 1 of a generator that knows no date is refused
    assert all(entry.published_at or " 0001 " in str(entry.published_raw) for entry in feed.entries)
    dates = [entry.published_at for entry in feed.entries if entry.published_at]
    assert all(datetime(1995, 1, 1, tzinfo=UTC) < date <= NOW + timedelta(days=2) for date in dates)
    # read again from the other end, nothing is new
    first = sort_entries(1, feed.entries, {})
    known: dict[bytes, bytes | None] = {key: one.content_hash for one in first.new for key in one.keys}
    again = sort_entries(1, feed.entries[::-1], known)
    assert (again.new, again.changed) == ((), ())


FIXTURES = [
    path
    for folder in ("rss0", "rss1", "rss2", "atom", "jsonfeed")
    for path in files(f"feed-rs/feed-rs/fixture/{folder}")
    if not path.name.endswith(".serde.json")
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_fixture_of_feed_rs_is_read(path: Path) -> None:
    feed = parse(path.read_bytes())
    assert all(re.match(r"https?://[^/\s]+", address) for address in addresses(feed))
    assert all(entry.title for entry in feed.entries)


@pytest.mark.parametrize("path", files("feed-rs/feed-rs/fixture/xml"), ids=lambda path: path.name)
def test_xml_of_other_kinds_is_read_or_refused_with_a_reason(path: Path) -> None:
    try:
        parse(path.read_bytes())
    except ParseError as error:
        assert isinstance(error, NotAFeed)
        assert error.detail == "an XML document that is no feed (catalog)"
