"""JSON Feed through the same door as every format."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import NotAFeed, ParseError
from feeds.html import to_paragraphs
from feeds.parse import parse_document
from feeds.types import ParsedFeed

FIXTURE = Path(__file__).parents[1] / "data" / "feeds" / "feed.json"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def parse(body: bytes | dict[str, Any]) -> ParsedFeed:
    raw = json.dumps(body).encode() if isinstance(body, dict) else body
    return parse_document(
        raw, url="https://json.example/feed.json", content_type="application/json", time_zone="UTC", now=NOW
    )


def feed_of(*items: object, version: str = "https://jsonfeed.org/version/1.1") -> dict[str, Any]:
    return {"version": version, "title": "Tin", "items": list(items)}


def test_items_become_entries() -> None:
    """G2"""
    feed = parse(FIXTURE.read_bytes())
    assert (feed.format, feed.title, feed.language) == ("json11", "Tin JSON", "vi")
    assert feed.site_url == "https://json.example/"
    first, second = feed.entries
    assert (first.guid, first.url, first.title) == ("42", "https://json.example/bai-42", "Bài số 42")
    assert to_paragraphs(first.content_html) == "Đoạn một. Cùng đoạn.\n\nĐoạn <hai>."
    assert (first.author, first.categories) == ("Lò Văn An, Mùa A Chu", ("Kinh tế",))
    assert first.image_url == "https://json.example/anh/42.jpg"
    assert first.published_at == datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
    assert (second.guid, second.url) == ("https://json.example/43",) * 2
    assert (second.title, second.author) == ("Không có tiêu đề.", "Cà Thị Hoa")
    assert second.published_at == datetime(2026, 10, 4, tzinfo=UTC)
    assert second.image_url == "https://json.example/b.png"


def test_items_without_an_id_cost_only_themselves() -> None:
    """G3"""
    feed = parse(FIXTURE.read_bytes())
    assert len(feed.entries) == 2
    assert feed.warnings == ("items without an id left out: 3",)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("https://jsonfeed.org/version/1", "json1"),
        ("http://jsonfeed.org/version/1", "json1"),
        ("https://jsonfeed.org/version/1.1", "json11"),
    ],
)
def test_versions(version: str, expected: str) -> None:
    assert parse(feed_of(version=version)).format == expected


def test_title_is_plain_text_and_addresses_are_checked() -> None:
    """G13"""
    [entry] = parse(
        feed_of({"id": 1, "title": "Thẻ <b>", "url": "javascript:alert(1)", "image": "data:x"})
    ).entries
    assert (entry.title, entry.url, entry.image_url) == ("Thẻ <b>", None, None)


def test_control_characters_and_half_characters_are_removed() -> None:
    """G5"""
    body = b'{"version":"https://jsonfeed.org/version/1","title":"a\\u0000b","items":[{"id":"1","title":"x\\ud800y\\u000bz"}]}'
    feed = parse(body)
    assert (feed.title, feed.entries[0].title) == ("ab", "xyz")


def test_byte_order_mark_and_utf_16() -> None:
    document = json.dumps(feed_of({"id": "1", "title": "Điện Biên"}), ensure_ascii=False)
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le"):
        assert parse(document.encode(encoding)).entries[0].title == "Điện Biên"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"', "broken JSON"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "JSON, but no JSON Feed"),
        (b'{"version": 1, "items": []}', "JSON, but no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "JSON, but no JSON Feed"),
        (b"[]", "JSON, but no JSON Feed"),
        (b'{"a":' * 100_000, "JSON nested too deep"),
    ],
)
def test_other_json_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed) as raised:
        parse(body)
    assert raised.value.detail.startswith(reason)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    "id",
    "url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "authors",
    "author",
    "tags",
    "image",
    "attachments",
    "date_published",
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5), max_size=4))
def test_fields_of_any_kind_never_break_the_reader(items: list[dict[str, Any]]) -> None:
    try:
        feed = parse(feed_of(*items))
    except ParseError:
        pytest.fail("a JSON Feed was refused for one of its items")
    assert len(feed.entries) <= len(items)
