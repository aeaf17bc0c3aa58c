"""Feeds that have moved for good: the address is changed, or two feeds that have become one are merged.

Articles, subscriptions and what has been seen stay, so nobody loses or gets anything twice (POLLING A9, D5).
"""

from datetime import datetime

from sqlalchemy import literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.sites import site_of
from storage.sites import know_site
from storage.tables import feeds, seen_entries, subscriptions, text_key
from storage.types import FeedState, Target, TargetKind
from storage.upsert import insert_new


async def adopt_address(conn: AsyncConnection, feed_id: int, url: str, now: datetime) -> bool:
    """Poll a feed at another address from now on; says whether that is so now.

    Validators belong to an address and are forgotten (A9). Where another feed is polled there already, this
    one is retired into it; a retired feed there is left alone, and so is this one.
    """
    other = (await conn.execute(select(feeds).where(feeds.c.url_key == text_key(url)))).one_or_none()
    if other is None:
        site = site_of(url).key
        await know_site(conn, site, now)
        values = {"url": url, "url_key": text_key(url), "site": site, "etag": None, "last_modified": None}
        await conn.execute(update(feeds).where(feeds.c.id == feed_id).values(values))
        return True
    if other.id != feed_id and other.state == FeedState.ACTIVE:
        await _merge(conn, feed_id, other.id)
        return True
    return False


async def _merge(conn: AsyncConnection, feed_id: int, into: int) -> None:
    """Retire a feed into another one, which takes over its subscriptions and what it has seen."""
    followed, following = (Target(TargetKind.FEED, str(each)).key for each in (feed_id, into))
    columns = ("chat_id", "target", "created_at")
    mine = select(subscriptions.c.chat_id, literal(following), subscriptions.c.created_at)
    await conn.execute(
        insert_new(conn, subscriptions).from_select(columns, mine.where(subscriptions.c.target == followed))
    )
    await conn.execute(subscriptions.delete().where(subscriptions.c.target == followed))
    kept = [column for column in seen_entries.c if column.name != "feed_id"]
    seen = select(literal(into), *kept).where(seen_entries.c.feed_id == feed_id)
    names = ("feed_id", *(column.name for column in kept))
    await conn.execute(insert_new(conn, seen_entries).from_select(names, seen))
    await conn.execute(
        update(feeds)
        .where(feeds.c.id == feed_id)
        .values(state=FeedState.RETIRED, lease_until=None, merged_into=into)
    )
