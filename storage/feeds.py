"""Feeds: which ones there are, and storing what a poll of one brought."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from feeds.life import Change, Life, NoticeKind
from feeds.pace import Next
from feeds.sites import site_of
from feeds.text import fold
from feeds.types import Asks, Feed, FullText, PageRule, Poll, Validators
from storage.entries import known_entries, store_entries
from storage.errors import FeedExists
from storage.feedstatus import statuses_of
from storage.memories import keep_memory
from storage.moving import adopt_address
from storage.notices import store_notices
from storage.sites import free_site, know_site
from storage.tables import feeds, text_key
from storage.types import FeedState, FeedStatus, Page

__all__ = [
    "FeedExists",
    "FeedSetting",
    "add_feed",
    "feed_of",
    "find_feed",
    "get_feed",
    "known_entries",
    "list_feeds",
    "record_poll",
    "retire_feed",
    "sync_configured_feeds",
]


_LIFE = tuple(each.name for each in fields(Life))


@dataclass(frozen=True, slots=True)
class FeedSetting:
    """A feed as the configuration or an editor names it."""

    url: str
    title: str
    """Empty or equal to `url` when none was given: the feed's own title then takes its place."""
    time_zone: str
    """IANA name."""
    topics: tuple[str, ...] = ()
    full_text: FullText = FullText.FULL
    rule: PageRule | None = None
    """How to read it, when it is a page and no feed."""


def feed_of(row: Row[Any]) -> Feed:
    """Read a row of `feeds` as the poller needs it."""
    return Feed(
        id=row.id,
        url=row.url,
        title=row.title,
        time_zone=row.time_zone,
        topics=tuple(row.topics),
        full_text=FullText(row.full_text),
        rule=PageRule(**row.rule) if row.rule else None,
        items=row.items,
        validators=Validators(row.etag, row.last_modified),
        body_hash=row.body_hash,
        primed=row.primed_at is not None,
        failures=row.failures,
        site=row.site,
        last_ok_at=row.last_ok_at,
        rhythm=row.rhythm or b"",
        same_bodies=row.same_bodies,
        asks=_asks_of(row.asks),
        life=Life(**{name: getattr(row, name) for name in _LIFE}),
    )


def _asks_of(kept: dict[str, Any] | None) -> Asks:
    if kept is None:
        return Asks()
    return Asks(kept["floor_seconds"], tuple(kept["skip_hours"]), tuple(kept["skip_days"]))


async def sync_configured_feeds(
    conn: AsyncConnection, settings: Sequence[FeedSetting], now: datetime
) -> None:
    """Bring the feeds in line with the configuration file.

    A changed address is another feed. Feeds no longer named are retired, those added by command left alone.
    """
    named = {text_key(setting.url): setting for setting in settings}
    rows = (await conn.execute(select(feeds))).all()
    known = {row.named_key: row for row in rows} | {row.url_key: row for row in rows}
    for key, setting in named.items():
        if key not in known:
            await _insert(conn, setting, now, configured=True)
        elif changes := _differences(known[key], setting):
            await conn.execute(update(feeds).where(feeds.c.id == known[key].id).values(changes))
    for row in rows:
        if row.configured and row.state == FeedState.ACTIVE and not {row.url_key, row.named_key} & set(named):
            await retire_feed(conn, row.id, now)


async def add_feed(
    conn: AsyncConnection, setting: FeedSetting, now: datetime, *, configured: bool = False
) -> int:
    """Poll an address from now on; one that was retired is revived. Raises `FeedExists`."""
    row = await _at_address(conn, setting.url)
    if row is None:
        return await _insert(conn, setting, now, configured=configured)
    if row.state == FeedState.ACTIVE:
        raise FeedExists(row.id)
    if row.merged_into is not None:
        raise FeedExists(row.merged_into)
    values = _values(setting) | {
        "state": FeedState.ACTIVE,
        "configured": configured,
        "next_poll_at": now,
        "failures": 0,
        "error_key": None,
        "error_detail": "",
        # What came while it was not polled is old news: stored, and not pushed.
        "primed_at": None,
        **asdict(Life()),
    }
    await conn.execute(update(feeds).where(feeds.c.id == row.id).values(values))
    await keep_memory(conn, row.id, None)
    return int(row.id)


async def retire_feed(conn: AsyncConnection, feed_id: int, now: datetime) -> bool:
    """Stop polling; articles and subscriptions stay. False when there is no such active feed."""
    result = await conn.execute(
        update(feeds)
        .where(feeds.c.id == feed_id, feeds.c.state == FeedState.ACTIVE)
        .values(state=FeedState.RETIRED, lease_until=None, configured=False)
    )
    return result.rowcount > 0


async def get_feed(conn: AsyncConnection, feed_id: int) -> FeedStatus | None:
    """One feed, retired or not, or None."""
    row = (await conn.execute(select(feeds).where(feeds.c.id == feed_id))).one_or_none()
    return (await statuses_of(conn, [row]))[0] if row else None


async def find_feed(conn: AsyncConnection, text: str) -> FeedStatus | None:
    """The feed meant by an id, an address, its title, or a part only one title has; accents do not matter.

    Active feeds go before retired ones.
    """
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
        return await get_feed(conn, int(wanted))
    by_state = feeds.c.state  # "active" comes before "retired"
    rows = (await conn.execute(select(feeds).order_by(by_state, feeds.c.id))).all()
    same = [row for row in rows if row.url == wanted or fold(row.title) == fold(wanted)]
    if not same and wanted:
        same = [row for row in rows if fold(wanted) in fold(row.title) and row.state == FeedState.ACTIVE]
        same = same if len(same) == 1 else []
    return (await statuses_of(conn, same[:1]))[0] if same else None


async def list_feeds(
    conn: AsyncConnection, *, offset: int = 0, limit: int = 20, state: FeedState | None = FeedState.ACTIVE
) -> Page[FeedStatus]:
    """Feeds by title, with how many articles and subscribers each has; `state` None lists all of them."""
    chosen = [feeds.c.state == state] if state else []
    total = (await conn.execute(select(func.count()).select_from(feeds).where(*chosen))).scalar_one()
    rows = await conn.execute(
        select(feeds).where(*chosen).order_by(feeds.c.title, feeds.c.id).limit(limit).offset(offset)
    )
    return Page(await statuses_of(conn, rows.all()), total, offset, limit)


async def record_poll(
    conn: AsyncConnection,
    feed_id: int,
    poll: Poll,
    next_poll_at: datetime,
    *,
    site_free_at: datetime | None = None,
    following: Next | None = None,
) -> list[int]:
    """Store what a poll brought and when the next one is due; gives the ids of new articles, oldest first.

    `site_free_at` is when the feed's site may be asked again, at once if None; `following` is what else was
    decided because of this poll. Recording the same poll twice changes nothing the second time. A poll that
    ended after a later one was recorded still brings its articles, and nothing else. A feed's first document
    is stored and not pushed.
    """
    found = await conn.execute(select(feeds).where(feeds.c.id == feed_id).with_for_update())
    row = found.one_or_none()
    if row is None:
        return []
    new_ids = await store_entries(conn, row, poll)
    if row.last_polled_at is None or row.last_polled_at < poll.polled_at:
        values = _after_success(row, poll) if poll.ok else _after_failure(row, poll)
        values |= {"next_poll_at": next_poll_at, "last_polled_at": poll.polled_at, "lease_until": None}
        if new_ids:
            values["last_new_at"] = poll.polled_at
        if following is not None:
            values |= _decided(following)
        await conn.execute(update(feeds).where(feeds.c.id == feed_id).values(values))
        if poll.ok and poll.parsed is not None:
            await keep_memory(conn, feed_id, poll.memory)
        if following is not None:
            await _live(conn, feed_id, following.change, poll.polled_at)
    await free_site(conn, row.site, site_free_at)
    return new_ids


async def _live(conn: AsyncConnection, feed_id: int, change: Change, now: datetime) -> None:
    """Adopt the feed's new address, if it has one, and keep what editors should know."""
    told = change.notices
    if change.adopt and not await adopt_address(conn, feed_id, change.adopt, now):
        told = tuple(notice for notice in told if notice.kind is not NoticeKind.MOVED)
    await store_notices(conn, feed_id, told, now)


def _decided(following: Next) -> dict[str, Any]:
    learned = {
        "rhythm": following.rhythm,
        "same_bodies": following.same_bodies,
        "eager_poll_at": following.eager_poll_at,
    }
    return learned | asdict(following.change.life)


def _after_success(row: Row[Any], poll: Poll) -> dict[str, Any]:
    values: dict[str, Any] = {
        "last_ok_at": poll.polled_at,
        "last_status": poll.status,
        "failures": 0,
        "error_key": None,
        "error_detail": "",
    }
    if poll.validators is not None:
        values |= {"etag": poll.validators.etag, "last_modified": poll.validators.last_modified}
    if poll.body_hash is not None:
        values["body_hash"] = poll.body_hash
    if poll.parsed is not None:
        asks = poll.parsed.asks
        values |= {
            "primed_at": row.primed_at or poll.polled_at,
            "site_url": poll.parsed.site_url,
            "items": len(poll.parsed.entries) + len(poll.parsed.unchanged),
            "asks": asdict(asks) if asks != Asks() else None,
        }
        if poll.parsed.title and row.title in ("", row.url):
            values["title"] = poll.parsed.title
    return values


def _after_failure(row: Row[Any], poll: Poll) -> dict[str, Any]:
    return {
        "last_status": poll.status,
        "failures": row.failures + 1,
        "error_key": poll.error_key,
        "error_detail": poll.error_detail,
    }


async def _at_address(conn: AsyncConnection, url: str) -> Row[Any] | None:
    """The feed that is polled at an address, else the one that was added with it and has moved."""
    key = text_key(url)
    found = (
        await conn.execute(select(feeds).where(or_(feeds.c.url_key == key, feeds.c.named_key == key)))
    ).all()
    return min(found, key=lambda row: row.url_key != key, default=None)


async def _insert(conn: AsyncConnection, setting: FeedSetting, now: datetime, *, configured: bool) -> int:
    site = site_of(setting.url).key
    await know_site(conn, site, now)
    values = _values(setting) | {
        "url": setting.url,
        "url_key": text_key(setting.url),
        "named_key": text_key(setting.url),
        "site": site,
        "title": setting.title or setting.url,
        "state": FeedState.ACTIVE,
        "configured": configured,
        "next_poll_at": now,
        "created_at": now,
    }
    return int((await conn.execute(feeds.insert().values(values).returning(feeds.c.id))).scalar_one())


def _values(setting: FeedSetting) -> dict[str, Any]:
    titled = {"title": setting.title} if setting.title not in ("", setting.url) else {}
    return titled | {
        "time_zone": setting.time_zone,
        "topics": list(setting.topics),
        "full_text": setting.full_text,
        "rule": asdict(setting.rule) if setting.rule else None,
    }


def _differences(row: Row[Any], setting: FeedSetting) -> dict[str, Any]:
    state = {} if row.merged_into is not None else {"state": FeedState.ACTIVE}
    wanted = _values(setting) | state | {"configured": True}
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if "rule" in changes:  # the same page means something else now
        changes |= {"etag": None, "last_modified": None, "body_hash": None, "items": 0, "primed_at": None}
    return changes
