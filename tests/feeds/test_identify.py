"""Which entries are new: polls of one feed, one after the other, with a dictionary as memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.identify import Sorted, candidate_keys, content_hash, entry_keys, sort_entries
from feeds.types import Entry

FEED = 7
MORNING = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)


def entry(name: str, **values: object) -> Entry:
    address = f"https://bao.example/tin-tuc/{name}.html"
    fields: dict[str, object] = {"guid": address, "url": address, "title": f"Bài {name}", **values}
    return Entry(**fields)  # type: ignore[arg-type]


class Memory:
    """What a store would remember of one feed."""

    def __init__(self) -> None:
        self.known: dict[bytes, bytes | None] = {}

    def poll(self, *entries: Entry) -> Sorted:
        keys = candidate_keys(FEED, entries)
        found = sort_entries(FEED, entries, {key: self.known[key] for key in keys if key in self.known})
        for one in (*found.new, *found.changed):
            self.known.update(dict.fromkeys(one.keys, one.content_hash))
        return found


def titles(found: Sorted) -> list[str]:
    return [one.entry.title for one in found.new]


def test_second_poll_of_the_same_document_brings_nothing() -> None:
    memory = Memory()
    first = memory.poll(entry("b"), entry("a"))
    second = memory.poll(entry("b"), entry("a"))
    assert titles(first) == ["Bài a", "Bài b"]
    assert (second.new, second.changed) == ((), ())
    assert {one.keys[0] for one in first.new} <= set(second.seen)


def test_keys_have_16_bytes_and_belong_to_their_feed() -> None:
    """I1"""
    keys = entry_keys(1, entry("mot-bai-viet"))
    assert {len(key) for key in keys} == {16}
    assert not set(keys) & set(entry_keys(2, entry("mot-bai-viet")))


def test_own_key_is_the_guid_then_the_link_then_title_and_date() -> None:
    """I1"""
    by_guid = entry_keys(FEED, entry("a", guid="g-1"))[0]
    assert entry_keys(FEED, entry("khac", guid="g-1", title="khác"))[0] == by_guid
    by_link = entry_keys(FEED, entry("a", guid=None))[0]
    assert entry_keys(FEED, entry("a", guid=None, title="khác"))[0] == by_link
    by_title = entry_keys(FEED, entry("a", guid=None, url=None, published_raw="05/10/2026"))
    assert by_title == entry_keys(
        FEED, entry("a", guid=None, url=None, published_raw="05/10/2026", summary_html="x")
    )
    assert by_title != entry_keys(FEED, entry("a", guid=None, url=None, published_raw="06/10/2026"))


def test_relative_date_does_not_make_an_entry_new_again() -> None:
    memory = Memory()
    memory.poll(entry("a", guid=None, url=None, published_raw="3 giờ trước"))
    assert not memory.poll(entry("a", guid=None, url=None, published_raw="4 giờ trước")).new


@pytest.mark.parametrize(
    "guid",
    [
        "http://bao.example/tin-tuc/a.html",
        "https://www.bao.example/tin-tuc/a.html",
        "https://thoisu.bao.example/tin-tuc/a.html",
        "https://bao-moi.example/tin-tuc/a.html",
    ],
)
def test_guid_that_changes_scheme_or_host_sends_nothing(guid: str) -> None:
    """I3"""
    memory = Memory()
    memory.poll(entry("a"), entry("b"))
    assert not memory.poll(entry("a", guid=guid, url=guid)).new


def test_new_kind_of_guid_is_recognised_by_the_link() -> None:
    """I4"""
    memory = Memory()
    memory.poll(entry("a", guid="post-1"))
    found = memory.poll(
        entry("a", guid="urn:uuid:9", url="http://m.bao.example/tin-tuc/a.html?utm_source=rss#top")
    )
    assert not found.new


def test_guid_that_appears_or_disappears_sends_nothing() -> None:
    memory = Memory()
    memory.poll(entry("a", guid=None), entry("b"))
    assert not memory.poll(entry("a"), entry("b", guid=None)).new


@pytest.mark.parametrize("paths", [("", ""), ("?p=1", "?p=1"), ("tin", "tin")])
def test_short_paths_are_no_aliases(paths: tuple[str, str]) -> None:
    """I3: `/?p=1` of one site is not `/?p=1` of another."""
    memory = Memory()
    memory.poll(entry("a", guid=f"https://mot.example/{paths[0]}", url=None))
    assert len(memory.poll(entry("b", guid=f"https://hai.example/{paths[1]}", url=None)).new) == 1


def test_same_path_on_several_sites_of_a_collection_is_two_entries() -> None:
    memory = Memory()
    one = entry(
        "1", guid="https://mot.example/2026/10/xin-chao/", url="https://mot.example/2026/10/xin-chao/"
    )
    two = entry(
        "2", guid="https://hai.example/2026/10/xin-chao/", url="https://hai.example/2026/10/xin-chao/"
    )
    other = entry(
        "3", guid="https://ba.example/2026/10/gioi-thieu/", url="https://ba.example/2026/10/gioi-thieu/"
    )
    assert len(memory.poll(one, other).new) == 2
    assert titles(memory.poll(two, one, other)) == ["Bài 2"]


def test_entries_that_share_a_guid_are_told_apart_by_their_links() -> None:
    """I2"""
    memory = Memory()
    assert len(memory.poll(entry("a", guid="g"), entry("b", guid="g")).new) == 2
    # when a third comes on top, only it is new, whoever stands first
    assert titles(memory.poll(entry("c", guid="g"), entry("a", guid="g"), entry("b", guid="g"))) == ["Bài c"]
    assert not memory.poll(entry("b", guid="g"), entry("c", guid="g"), entry("a", guid="g")).new


def test_guid_that_becomes_shared_keeps_its_first_owner() -> None:
    """I2"""
    memory = Memory()
    memory.poll(entry("a", guid="g"))
    assert titles(memory.poll(entry("b", guid="g"), entry("a", guid="g"))) == ["Bài b"]
    assert not memory.poll(entry("b", guid="g")).new


def test_shared_link_is_no_alias() -> None:
    memory = Memory()
    page = "https://bao.example/truc-tiep.html"
    assert len(memory.poll(entry("a", guid="1", url=page), entry("b", guid="2", url=page)).new) == 2
    assert titles(memory.poll(entry("c", guid="3", url=page), entry("b", guid="2", url=page))) == ["Bài c"]


def test_front_page_as_link_identifies_nothing() -> None:
    memory = Memory()
    memory.poll(entry("a", guid="1", url="https://bao.example/"))
    assert len(memory.poll(entry("b", guid="2", url="https://bao.example/")).new) == 1
    assert len(memory.poll(entry("c", guid=None, url="https://bao.example/")).new) == 1


def test_constant_guid_and_link_leave_title_and_date() -> None:
    memory = Memory()
    same = {"guid": "https://bao.example/", "url": "https://bao.example/"}
    documents = [entry(name, **same) for name in "abcd"]
    assert len(memory.poll(*documents[:3]).new) == 3
    assert titles(memory.poll(*reversed(documents))) == ["Bài d"]


def test_entry_listed_twice_is_one() -> None:
    memory = Memory()
    memory.poll(entry("a"), entry("b"))
    assert not memory.poll(entry("a"), entry("a"), entry("b")).new
    # Atom may list versions of one entry: the first is the latest
    found = memory.poll(entry("c", title="Bài c, đã sửa"), entry("c"))
    assert titles(found) == ["Bài c, đã sửa"]


def test_edited_text_is_a_change_and_not_new() -> None:
    """I12"""
    memory = Memory()
    memory.poll(entry("a", summary_html="<p>Một người bị thương.</p>"))
    found = memory.poll(entry("a", summary_html="<p>Hai người bị thương.</p>"))
    assert not found.new
    assert [one.entry.summary_html for one in found.changed] == ["<p>Hai người bị thương.</p>"]
    assert found.changed[0].known_key in memory.known
    assert not memory.poll(entry("a", summary_html="<p>Hai người bị thương.</p>")).changed


@pytest.mark.parametrize(
    "summary",
    ["<div>Một người\n bị  thương.</div>", "<p>Một người <b>bị</b> thương.</p>", "Một người bị thương."],
)
def test_markup_and_spacing_are_no_edit(summary: str) -> None:
    """I12"""
    assert content_hash(entry("a", summary_html=summary)) == content_hash(
        entry("a", summary_html="<p>Một người bị thương.</p>")
    )


@pytest.mark.parametrize(
    "template", ["Lượt xem: {}", "{} lượt xem", "<b>{}</b> bình luận", "Views {}", "{} comments"]
)
def test_counters_are_no_edit(template: str) -> None:
    """I12"""
    before, after = (entry("a", summary_html=f"Tin. {template.format(count)}") for count in ("4.234", "17"))
    assert content_hash(before) == content_hash(after)


def test_numbers_of_the_news_are_an_edit() -> None:
    assert content_hash(entry("a", title="12 người bị thương")) != content_hash(
        entry("a", title="13 người bị thương")
    )


def test_new_date_or_picture_alone_is_no_edit() -> None:
    """I14"""
    memory = Memory()
    memory.poll(entry("a"))
    found = memory.poll(
        entry("a", published_at=MORNING, published_raw="x", image_url="https://x.example/i.jpg")
    )
    assert (found.new, found.changed) == ((), ())


def test_unknown_hash_is_no_edit() -> None:
    keys = entry_keys(FEED, entry("a"))
    assert not sort_entries(FEED, [entry("a")], dict.fromkeys(keys, None)).changed


def test_new_entries_come_oldest_first() -> None:
    """I9"""
    newest_first = [
        entry(name, published_at=MORNING - timedelta(hours=age)) for age, name in enumerate("abc")
    ]
    assert titles(Memory().poll(*newest_first)) == ["Bài c", "Bài b", "Bài a"]
    assert titles(Memory().poll(*reversed(newest_first))) == ["Bài c", "Bài b", "Bài a"]


def test_without_dates_the_document_is_read_from_its_end() -> None:
    """I9, I10"""
    undated = [entry("a", published_at=MORNING), entry("b"), entry("c")]
    assert titles(Memory().poll(*undated)) == ["Bài c", "Bài b", "Bài a"]


def test_empty_document() -> None:
    assert Memory().poll() == Sorted((), (), ())
    assert candidate_keys(FEED, []) == set()


ENTRIES = st.lists(
    st.builds(
        lambda guid, page, title, scheme: Entry(
            guid=guid and f"{scheme}://bao.example/tin-tuc/{guid}.html",
            url=page and f"https://bao.example/trang/{page}.html",
            title=title,
        ),
        st.sampled_from(["", "g1", "g2", "g3"]),
        st.sampled_from(["", "p1", "p2"]),
        st.sampled_from(["A", "B", "C"]),
        st.just("https"),
    ),
    max_size=6,
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_reordering_sends_nothing(entries: list[Entry], random: Random) -> None:
    """I10"""
    memory = Memory()
    memory.poll(*entries)
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert not memory.poll(*shuffled).new


@given(ENTRIES)
def test_own_keys_are_distinct_and_every_key_is_a_candidate(entries: list[Entry]) -> None:
    found = sort_entries(FEED, entries, {})
    own = [one.keys[0] for one in found.new]
    assert len(set(own)) == len(own)
    assert {key for one in found.new for key in one.keys} == candidate_keys(FEED, entries)
    owners: dict[bytes, Entry] = {}
    for one in found.new:
        for key in one.keys:
            assert owners.setdefault(key, one.entry) == one.entry


@given(st.lists(st.sampled_from(["mot-bai", "hai-bai", "ba-bai", "bon-bai"]), min_size=1, unique=True))
def test_http_to_https_sends_nothing(names: list[str]) -> None:
    """I3"""
    memory = Memory()
    before = [entry(name) for name in names]
    memory.poll(*(replace(e, guid=(e.guid or "").replace("https", "http"), url=None) for e in before))
    assert not memory.poll(*(replace(e, url=None) for e in before)).new
