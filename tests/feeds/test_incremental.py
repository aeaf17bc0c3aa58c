"""Polls of one feed, one after the other: what is parsed again, and that it reads as in a full parse."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.entries import MAX_ENTRIES
from feeds.errors import EmptyBody, NotAFeed, ParseError
from feeds.identify import Sorted, candidate_keys, sort_entries
from feeds.incremental import Reading, read_feed
from feeds.memory import FeedMemory
from feeds.parse import open_document, parse_document
from feeds.repair import root_element
from feeds.slices import cut_xml
from feeds.types import Entry, ParsedFeed
from tests.feeds.documents import FIXTURES, NOW, URL, rss

ZONE = "Asia/Ho_Chi_Minh"
LATER = NOW + timedelta(hours=1)


def read(
    body: bytes | str,
    memory: bytes | None = None,
    *,
    now: datetime = NOW,
    url: str = URL,
    time_zone: str = ZONE,
) -> Reading:
    raw = body.encode() if isinstance(body, str) else body
    return read_feed(raw, url=url, content_type=None, time_zone=time_zone, now=now, memory=memory)


def parse(body: bytes | str, now: datetime = NOW) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_document(raw, url=URL, content_type=None, time_zone=ZONE, now=now)


def item(name: str, title: str = "", date: str = "Mon, 05 Oct 2026 11:07:00 +0700", more: str = "") -> str:
    address = f"https://bao.example/tin-tuc/{name}.html"
    return (
        f"<title>{title or f'Bài {name}'}</title><link>{address}</link><guid>{address}</guid>"
        f"<pubDate>{date}</pubDate><description><![CDATA[<p>Lời dẫn {name}</p>]]></description>{more}"
    )


def titles(reading: Reading) -> list[str]:
    return [entry.title for entry in reading.parsed.entries]


def places(reading: Reading) -> list[int]:
    return [one.position for one in reading.parsed.unchanged]


def others(full: ParsedFeed, reading: Reading) -> tuple[Entry, ...]:
    """The entries of a full parse that the reading does not call unchanged."""
    return tuple(entry for at, entry in enumerate(full.entries) if at not in places(reading))


# One poll after another


def test_without_memory_everything_is_read() -> None:
    body = rss(item("b"), item("a"))
    first = read(body)
    assert first.parsed == parse(body)
    assert first.memory is not None


def test_same_entries_are_not_read_again() -> None:
    body = rss(item("b"), item("a"))
    second = read(body, read(body).memory, now=LATER)
    assert (titles(second), places(second)) == ([], [0, 1])
    assert replace(second.parsed, unchanged=()) == replace(parse(body), entries=())


def test_only_the_new_entry_is_read() -> None:
    memory = read(rss(item("b"), item("a"))).memory
    second = read(rss(item("c"), item("b"), item("a")), memory)
    assert (titles(second), places(second)) == (["Bài c"], [1, 2])
    # and it is remembered from now on
    assert titles(read(rss(item("c"), item("b"), item("a")), second.memory)) == []


def test_edited_entry_is_read_again_in_its_place() -> None:
    memory = read(rss(item("c"), item("b"), item("a"))).memory
    second = read(rss(item("c"), item("b", title="Bài b (cập nhật)"), item("a")), memory)
    assert (titles(second), places(second)) == (["Bài b (cập nhật)"], [0, 2])


def test_edit_that_is_taken_back_is_read() -> None:
    first = read(rss(item("a")))
    second = read(rss(item("a", title="Nhầm")), first.memory)
    third = read(rss(item("a")), second.memory)
    assert (titles(second), titles(third)) == (["Nhầm"], ["Bài a"])


def test_entry_that_left_and_came_back_is_read() -> None:
    second = read(rss(item("b")), read(rss(item("b"), item("a"))).memory)
    third = read(rss(item("b"), item("a")), second.memory)
    assert titles(third) == ["Bài a"]


def test_other_order_is_no_reason_to_read() -> None:
    memory = read(rss(item("c"), item("b"), item("a"))).memory
    second = read(rss(item("a"), item("c"), item("b")), memory)
    assert (titles(second), places(second)) == ([], [0, 1, 2])


def test_changing_head_is_no_reason_to_read_and_is_read_itself() -> None:
    def poll(title: str, built: str) -> str:
        head = f"<title>{title}</title><lastBuildDate>{built}</lastBuildDate><ttl>5</ttl>"
        return rss(item("a"), channel=head)

    memory = read(poll("Báo", "Mon, 05 Oct 2026 11:00:00 +0700")).memory
    second = read(poll("Báo mới", "Mon, 05 Oct 2026 12:00:00 +0700"), memory)
    assert (titles(second), second.parsed.title) == ([], "Báo mới")


def test_counters_are_no_reason_to_read() -> None:
    def poll(comments: int) -> str:
        namespace = ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
        counted = item("a", more=f"<slash:comments>{comments}</slash:comments>")
        return rss(counted).replace(' version="2.0"', f' version="2.0"{namespace}', 1)

    assert titles(read(poll(17), read(poll(4)).memory)) == []


def test_all_is_read_again_after_a_day() -> None:
    body = rss(item("b"), item("a"))
    first = read(body)
    hours = [first, *(read(body, first.memory, now=NOW + timedelta(hours=n)) for n in (1, 23, 24))]
    assert [len(each.parsed.entries) for each in hours] == [2, 0, 0, 2]
    # and what is read in between does not put it off
    second = read(rss(item("c"), item("b"), item("a")), first.memory, now=NOW + timedelta(hours=23))
    assert len(read(body, second.memory, now=NOW + timedelta(hours=24)).parsed.entries) == 2


def test_repeated_entry_is_unchanged_wherever_it_stands() -> None:
    memory = read(rss(item("a"))).memory
    assert places(read(rss(item("a"), item("b"), item("a")), memory)) == [0, 2]


def test_older_version_below_the_newer_one_counts_once_it_stands_alone() -> None:
    # given a feed that lists an edited article twice, the latest version first
    old, new = item("a"), item("a", title="Bài a (cập nhật)")
    memory = read(rss(old)).memory
    second = read(rss(new, old), memory)
    third = read(rss(old), second.memory)
    # then going back to the old version is an edit too
    assert (titles(second), titles(third)) == (["Bài a (cập nhật)"], ["Bài a"])


def test_ghost_is_neither_new_nor_unchanged() -> None:
    ghost = "<title/><description>No Description</description>"
    body = rss(item("b"), ghost, item("a"))
    first = read(body)
    second = read(rss(item("c"), item("b"), ghost, item("a")), first.memory)
    assert first.parsed.warnings == ("empty items left out: 1",)
    assert (titles(second), places(second), second.parsed.warnings) == (["Bài c"], [1, 2], ())


@pytest.mark.parametrize(
    "change",
    [
        {"time_zone": "UTC"},
        {"url": "https://khac.example/rss"},
    ],
)
def test_entries_are_read_again_when_they_would_mean_something_else(change: dict[str, str]) -> None:
    body = rss(item("a"))
    assert titles(read(body, read(body).memory, **change)) == ["Bài a"]  # type: ignore[arg-type]


def test_entries_are_read_again_when_the_feed_declares_something_else() -> None:
    def atom(base: str) -> str:
        entry = '<entry><id>1</id><title>a</title><link href="/a"/></entry>'
        return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}"><title>t</title>{entry}</feed>'

    second = read(atom("https://b.example/"), read(atom("https://a.example/")).memory)
    assert [entry.url for entry in second.parsed.entries] == ["https://b.example/a"]


@given(st.binary(max_size=300))
def test_any_stored_bytes_are_harmless(stored: bytes) -> None:
    body = rss(item("b"), item("a"))
    assert read(body, stored) == read(body)


# What depends on the other entries


def test_order_of_day_and_month_is_found_from_remembered_dates() -> None:
    """H3: of the new entry alone nobody could tell."""
    earlier = [item("b", date="9/30/2026 9:25:00 AM"), item("a", date="9/29/2026 9:25:00 AM")]
    new = item("c", date="10/2/2026 9:25:00 AM")
    second = read(rss(new, *earlier), read(rss(*earlier)).memory)
    [entry] = second.parsed.entries
    assert entry.published_at == datetime(2026, 10, 2, 2, 25, tzinfo=UTC)
    assert second.parsed.warnings == ("dates read with the month before the day",)


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_long_documents_the_newest_entries_are_looked_at(newest_first: bool) -> None:
    """E8"""
    items = [
        item(str(n), date=f"{datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}")
        for n in range(MAX_ENTRIES + 20)
    ]
    order = -1 if newest_first else 1
    memory = read(rss(*items[:-1][::order])).memory
    second = read(rss(*items[::order]), memory)
    assert titles(second) == [f"Bài {MAX_ENTRIES + 19}"]
    assert len(second.parsed.unchanged) == MAX_ENTRIES - 1
    assert second.parsed.warnings == ("300 of 320 items read",)


# Formats


def json_feed(*numbers: int, views: int = 0) -> str:
    items = ",".join(
        f'{{"id": "{n}", "url": "https://j.example/{n}", "title": "Bài {n}", "_views": {views}}}'
        for n in numbers
    )
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{items}, {{}}]}}'


def test_json_items_are_made_once() -> None:
    first = read(json_feed(2, 1))
    second = read(json_feed(3, 2, 1, views=7), first.memory)
    assert first.parsed == parse(json_feed(2, 1))
    assert (titles(second), places(second)) == (["Bài 3"], [1, 2])
    assert second.parsed.warnings == (
        "items without an id left out: 1",
        "entries without a date that can be true: 1",
    )


@pytest.mark.parametrize("path", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_fixture_reads_as_in_one_piece(path: Path) -> None:
    body = path.read_bytes()
    first = read(body)
    assert first.parsed == parse(body)
    second = read(body, first.memory, now=LATER)
    assert (titles(second), places(second)) == ([], list(range(len(first.parsed.entries))))


def test_feed_without_entries_is_remembered_as_such() -> None:
    first = read(rss())
    assert (first.parsed.entries, first.parsed.unchanged) == ((), ())
    assert titles(read(rss(item("a")), first.memory)) == ["Bài a"]


# Odd documents are parsed in one piece


@pytest.mark.parametrize(
    "body",
    [
        rss(item("a"), f"{item('b')}<item/>"),
        rss(item("a"), f"{item('b')}<description>a & b</description>"),
        rss(item("a"), item("b")).replace("<channel>", "<channel><p>", 1),
        rss(item("a")) + f"<item>{item('b')}</item>",
        rss(item("a"), item("b"))[:-40],
        f"<entry xmlns='http://www.w3.org/2005/Atom'>{item('a')}</entry>",
        rss(item("a"), channel="<title>a & b</title>"),
        '<rss version="2.0" xmlns:x="urn:x"><channel><title>t</title><x:item>1</x:item></channel></rss>',
    ],
)
def test_odd_document_reads_as_ever_and_is_not_remembered(body: str) -> None:
    reading = read(body, read(rss(item("a"))).memory)
    assert reading == Reading(parse(body), None)


def test_sitemap_is_read_whole() -> None:
    body = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        "<loc>https://bao.example/a.html</loc><news:news><news:title>Bài a</news:title>"
        "<news:publication_date>2026-10-05</news:publication_date></news:news></url></urlset>"
    )
    assert read(body) == Reading(parse(body), None)


@pytest.mark.parametrize(
    ("body", "error"), [(b"", EmptyBody), (b"<html></html>", NotAFeed), (b'{"items": []}', NotAFeed)]
)
def test_errors_are_those_of_a_full_parse(body: bytes, error: type[ParseError]) -> None:
    with pytest.raises(error) as raised:
        read(body)
    with pytest.raises(error) as expected:
        parse(body)
    assert raised.value.detail == expected.value.detail


def test_entry_means_the_same_wherever_it_stands() -> None:
    # given a channel described twice, after which feedparser takes the first entry for described, too
    head = "<title>t</title><itunes:summary>một</itunes:summary><description>hai</description>"
    body = rss(
        *(f"{item(n)}<itunes:summary>Một câu dài hơn lời dẫn</itunes:summary>" for n in "ba"), channel=head
    ).replace("<rss", '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"', 1)
    in_one_piece = parse(body).entries
    assert [bool(entry.content_html) for entry in in_one_piece] == [False, True]
    # then read on its own it is what it will be when it no longer stands first
    assert [bool(entry.content_html) for entry in read(body).parsed.entries] == [True, True]


def test_heavy_libraries_are_loaded_only_where_a_document_is_read() -> None:
    heavy = ("feedparser", "dateparser", "nh3", "lxml")
    code = f"import sys, feeds.incremental; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


# Any sequence of polls


@dataclass
class Store:
    """What a store would know of one feed's entries."""

    known: dict[bytes, bytes | None]

    def sort(self, reading: ParsedFeed) -> Sorted:
        keys = candidate_keys(1, reading.entries, reading.unchanged)
        known = {key: self.known[key] for key in keys if key in self.known}
        return sort_entries(1, reading.entries, known, reading.unchanged)

    def keep(self, found: Sorted) -> None:
        for one in (*found.new, *found.changed):
            self.known.update(dict.fromkeys(one.keys, one.content_hash))


SHARED = "https://bao.example/tin-tuc/chung.html"
ITEMS = (
    *(item(str(n)) for n in range(6)),
    item("0", title="Bài 0 (cập nhật)"),
    item("1", date="9/10/2026 9:25:00 AM"),
    item("2", date="10/2/2026 9:25:00 AM"),
    item("3", date="3 giờ trước"),
    f"<title>không guid</title><link>{SHARED}</link>",
    f"<title>cùng địa chỉ</title><link>{SHARED}?utm_source=rss</link><guid isPermaLink='false'>g-1</guid>",
    "<title>cùng guid</title><link>https://bao.example/x</link><guid isPermaLink='false'>g-1</guid>",
    "<title>chỉ có nhan đề</title><pubDate>5/10/2026</pubDate>",
    "<title>chỉ có nhan đề</title><pubDate>5/10/2026</pubDate><description>khác</description>",
    "<title/><description>No Description</description>",
    item("5").replace("https://", "http://"),
)
POLLS = st.lists(st.lists(st.sampled_from(ITEMS), max_size=8), min_size=2, max_size=5)


def head_of(feed: ParsedFeed) -> ParsedFeed:
    return replace(feed, entries=(), unchanged=(), warnings=())


def check_polls(bodies: Sequence[bytes | str]) -> None:
    """Each poll finds what a full parse finds, and what is new or changed in it is told apart alike."""
    memory: bytes | None = None
    store = Store({})
    for hours, body in enumerate(bodies):
        now = NOW + timedelta(hours=hours)
        full, reading = parse(body, now), read(body, memory, now=now)
        assert reading.parsed.entries == others(full, reading)
        assert head_of(reading.parsed) == head_of(full)
        whole, found = store.sort(full), store.sort(reading.parsed)
        read_now = set(map(id, reading.parsed.entries))
        assert all(id(one.entry) in read_now for one in (*found.new, *found.changed))
        assert set(found.new) == {one for one in whole.new if one.entry in reading.parsed.entries}
        assert set(found.changed) == {one for one in whole.changed if one.entry in reading.parsed.entries}
        store.keep(whole)
        memory = reading.memory


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POLLS)
def test_sequence_of_polls_finds_what_full_parses_find(polls: list[list[str]]) -> None:
    check_polls([rss(*items) for items in polls])


# Feeds of the real world

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "feeds"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the gathered feeds (../shared/data/feeds) are not here")
NO_FEEDS = (".serde.json", "SOURCE.txt", ".LICENSE", "xml_sample_1.xml", "xml_sample_2.xml")
REAL_FEEDS = (
    sorted(path for path in DATA.rglob("*") if path.is_file() and not path.name.endswith(NO_FEEDS))
    if DATA.is_dir()
    else []
)

FIRST_ENTRY_DIFFERS = {"rss_2.0_ch9.xml"}
"""In one piece feedparser carries the state of the channel's summaries into the first entry, whose text is
another once it has moved down; see `test_entry_means_the_same_wherever_it_stands`."""

CAPTURES = ("javascript1102b3", "javascript0704b6", "string1407", "string1808", "vnexpress2810")
"""One feed of VnExpress in the order of its own dates."""


@real
@pytest.mark.parametrize("path", REAL_FEEDS, ids=lambda path: path.name)
def test_real_feed_reads_as_in_one_piece_all_at_once_and_entry_by_entry(path: Path) -> None:
    body = path.read_bytes()
    full, first = parse(body), read(body)
    skipped = 1 if path.name in FIRST_ENTRY_DIFFERS else 0
    assert first.parsed.entries[skipped:] == full.entries[skipped:]
    assert replace(first.parsed, entries=()) == replace(full, entries=())
    memory = FeedMemory.decode(first.memory)
    if memory is None:
        assert first.parsed.truncated or len(full.entries) == 1 or full.format == "xml"
        return
    # given a poll before which one of the entries was not there
    for missing in list(memory.entries)[:: max(1, len(memory.entries) // 5)]:
        rest = {mark: one for mark, one in memory.entries.items() if mark != missing}
        second = read(body, replace(memory, entries=rest).encode(), now=LATER)
        # then it is read, as in the full parse, and all is remembered as before
        assert second.parsed.entries == others(first.parsed, second)
        assert memory.entries[missing].names is None or second.parsed.entries
        assert set((FeedMemory.decode(second.memory) or memory).entries) == set(memory.entries)
    assert read(body, first.memory, now=LATER).parsed.entries == ()


@real
def test_captures_in_order_bring_what_full_parses_bring() -> None:
    check_polls([(DATA / "vnexpress" / f"{name}.rss").read_bytes() for name in CAPTURES])


def real_slices(name: str) -> tuple[str, str, list[str]]:
    """What stands before, and after, and the entries of a real document."""
    opened = open_document((DATA / name).read_bytes(), url=URL, content_type=None)
    root = root_element(opened[0]) if opened else None
    pieces = cut_xml(root.text) if root else None
    assert root and pieces
    before, _, _ = root.text.partition(pieces.slices[0])
    _, _, after = root.text.rpartition(pieces.slices[-1])
    return before, after, list(pieces.slices)[:12]


SEVERAL_KINDS = (
    "vnexpress/string1808.rss",
    "benchmark/14dda539770f94e3",
    "benchmark/2b665d9e4b6bb33a",
    "benchmark/0c1cef22da7ddc10",
    "feed-rs/feed-rs/fixture/atom/atom_example_reddit.xml",
    "feed-rs/feed-rs/fixture/rss1/rss_1.0_biorxiv.xml",
    "feed-rs/feed-rs/fixture/rss2/rss_2.0_ilmessaggero.xml",
)


@real
@pytest.mark.parametrize("name", SEVERAL_KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_polls_of_real_entries_find_what_full_parses_find(name: str, data: st.DataObject) -> None:
    before, after, slices = real_slices(name)
    edited = [
        text.replace("a", "á", 40).replace("á", "a", 30) if "<a" not in text else text for text in slices
    ]
    texts = st.sampled_from([*slices, *edited])
    polls = data.draw(st.lists(st.lists(texts, max_size=8), min_size=2, max_size=4))
    check_polls([f"{before}{''.join(poll)}{after}" for poll in polls])
