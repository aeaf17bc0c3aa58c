"""Small feed documents for the tests, and the one door through which they are read."""

from datetime import UTC, datetime
from pathlib import Path

from feeds.parse import parse_document
from feeds.types import ParsedFeed

FIXTURES = Path(__file__).parents[1] / "data" / "feeds"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
URL = "https://bao.example/rss/home.rss"
ITEM = "<title>Bài</title><link>https://bao.example/bai-1.html</link>"


def parse(body: bytes | str, *, content_type: str | None = None, now: datetime = NOW) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse_document(raw, url=URL, content_type=content_type, time_zone="Asia/Ho_Chi_Minh", now=now)


def parse_fixture(name: str, now: datetime = NOW) -> ParsedFeed:
    return parse((FIXTURES / name).read_bytes(), now=now)


def rss(*items: str, channel: str = "<title>Báo</title>") -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}{body}</channel></rss>'
    )
