"""Small builders: one call for a feed, an article, a chat, with what a test does not care about filled in."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.types import NewArticle, ParsedFeed, Poll, TextState
from storage.chats import ensure_chat, set_digest, update_chat
from storage.feeds import FeedSetting, add_feed, record_poll
from storage.subscriptions import subscribe
from storage.types import EVERYTHING, Chat, ChatKind, Target

_FILLED_IN: dict[str, Any] = {
    "lead": "",
    "summary": "",
    "body": "",
    "text_state": TextState.FEED,
}


def key_of(text: str) -> bytes:
    """A 16-byte key, the same for the same text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def new_article(title: str = "Tin mới", **values: Any) -> NewArticle:
    """An article as the pipeline makes it; its key and its address follow from the title unless given."""
    values = {
        "keys": (key_of(f"key {title}"),),
        "content_hash": key_of(f"{title} {values.get('lead', '')} {values.get('body', '')}"),
        "url": f"https://bao.example/{key_of(title).hex()}.html",
        **_FILLED_IN,
        **values,
    }
    return NewArticle(title=title, **values)


def poll_of(*new: NewArticle, at: datetime, **values: Any) -> Poll:
    """A successful poll that brought a document with these new articles."""
    document = ParsedFeed(format="rss20", title="Báo Điện Biên Phủ", entries=())
    return Poll(**{"polled_at": at, "status": 200, "parsed": document, "new": new, **values})


async def make_feed(
    conn: AsyncConnection,
    now: datetime,
    *,
    url: str = "https://bao.example/rss/home.rss",
    title: str = "Báo Điện Biên Phủ",
    time_zone: str = "Asia/Ho_Chi_Minh",
    primed: bool = True,
    **values: Any,
) -> int:
    """A feed; `primed` means that its first document was read, an hour before `now`."""
    feed_id = await add_feed(conn, FeedSetting(url, title, time_zone, **values), now)
    if primed:
        an_hour_ago = now - timedelta(hours=1)
        await record_poll(conn, feed_id, poll_of(at=an_hour_ago), next_poll_at=now)
    return feed_id


async def make_article(
    conn: AsyncConnection, feed_id: int, now: datetime, title: str = "Tin mới", **values: Any
) -> int:
    """An article the feed brought at `now`; a primed feed's waits to be announced."""
    values = {"published_at": now, **values}
    [article_id] = await record_poll(
        conn, feed_id, poll_of(new_article(title, **values), at=now), next_poll_at=now
    )
    return article_id


async def make_articles(
    conn: AsyncConnection, feed_id: int, now: datetime, titles: Sequence[str]
) -> list[int]:
    """Articles of one poll, each published a minute after the one before."""
    new = [
        new_article(title, published_at=now + timedelta(minutes=minute))
        for minute, title in enumerate(titles)
    ]
    return await record_poll(conn, feed_id, poll_of(*new, at=now), next_poll_at=now)


async def make_chat(
    conn: AsyncConnection,
    now: datetime,
    *,
    address: str = "telegram:1001",
    targets: Sequence[Target] = (),
    digest_at: str | None = None,
    next_digest_at: datetime | None = None,
    **values: Any,
) -> Chat:
    """A chat with subscriptions; `telegram:1001` is a private one, `telegram:-1001` a group."""
    messenger, _, number = address.partition(":")
    chat, _ = await ensure_chat(
        conn,
        messenger=messenger,
        address=address,
        kind=ChatKind.GROUP if number.startswith("-") else ChatKind.PRIVATE,
        title=values.pop("title", "Bạn đọc"),
        language=values.pop("language", "vi"),
        time_zone=values.pop("time_zone", "Asia/Ho_Chi_Minh"),
        now=now,
    )
    for target in targets:
        await subscribe(conn, chat.id, target, now)
    if digest_at:
        chat = await set_digest(conn, chat.id, at=digest_at, days="1234567", next_at=next_digest_at)
    return await update_chat(conn, chat.id, **values) if values else chat


async def make_followers(conn: AsyncConnection, now: datetime, number: int) -> list[Chat]:
    """Private chats that follow everything."""
    numbers = range(2_001, 2_001 + number)
    return [await make_chat(conn, now, address=f"telegram:{chat}", targets=[EVERYTHING]) for chat in numbers]
