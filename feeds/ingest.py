"""The way of one poll, in order:

    fetch → parse → sort what is new → read article pages → summarise → recognise topics → Poll

It asks the store what is known (`EntryStore`) and writes nothing: the caller stores the `Poll`
in a single transaction. Everything that can go wrong with the feed ends up inside the `Poll` as a reason;
nothing is raised for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from feeds.article import article_of, classified, with_page
from feeds.errors import BadStatus, FeedError, RuleBroken
from feeds.identify import candidate_keys, sort_entries
from feeds.life import moved_to
from feeds.pagerules import drifted
from feeds.reader import FeedAnswer, Reader
from feeds.topics import Topics
from feeds.types import Feed, NewArticle, ParsedFeed, Poll, TextState


class EntryStore(Protocol):
    """What is asked of the store."""

    async def known_entries(self, feed_id: int, keys: Collection[bytes]) -> Mapping[bytes, bytes | None]:
        """Which of these keys of a feed have been seen, with the content hash each had."""

    async def memory_of(self, feed_id: int) -> bytes | None:
        """What was remembered of the feed's last document."""


PAGES_PER_POLL = 10
"""Pages read while a poll waits; the rest are read afterwards, one by one."""


async def poll(feed: Feed, reader: Reader, store: EntryStore, topics: Topics, now: datetime) -> Poll:
    """Poll one feed. Never raises for anything the feed does."""
    try:
        read = await _read(feed, reader, store, now)
        result = _poll_of(read, now)
        if read.parsed is None:
            return result
        return await _with_articles(feed, read.parsed, result, reader, store, topics)
    except FeedError as error:
        return _failed(error, now)


async def _read(feed: Feed, reader: Reader, store: EntryStore, now: datetime) -> FeedAnswer:
    if feed.rule is not None:
        return await reader.read_listing(feed, feed.rule, now)
    return await reader.read_feed(
        feed.url,
        feed.time_zone,
        feed.validators,
        feed.body_hash,
        now,
        subscribers=feed.subscribers,
        recall=partial(store.memory_of, feed.id) if feed.primed else None,
    )


async def read_push(
    feed: Feed,
    body: bytes,
    content_type: str | None,
    reader: Reader,
    store: EntryStore,
    topics: Topics,
    now: datetime,
) -> Poll:
    """Take a document that a hub pushed through the same stages. Raises `FeedError` when it is no feed.

    It may hold only what is new, so nothing is concluded from what is missing in it, and nothing remembered.
    """
    parsed = await reader.read_pushed(body, content_type, feed, now)
    return await _with_articles(feed, parsed, Poll(polled_at=now, parsed=parsed), reader, store, topics)


def _poll_of(read: FeedAnswer, now: datetime) -> Poll:
    """The part of the result that does not depend on what stands in the document."""
    truncated = read.parsed is not None and read.parsed.truncated
    return Poll(
        polled_at=now,
        status=read.answer.status,
        # Validators of a broken document would hide its repair behind a 304 for ever (POLLING A12).
        validators=None if truncated else read.answer.validators,
        body_hash=None if truncated else read.body_hash,
        parsed=read.parsed,
        memory=None if truncated else read.memory,
        server_floor_seconds=read.answer.fresh_seconds,
        offer=read.offer,
        moved_to=moved_to(read.answer.redirects),
        notes=read.parsed.warnings if read.parsed else (),
    )


def _failed(error: FeedError, now: datetime) -> Poll:
    status = error.status if isinstance(error, BadStatus) else None
    retry_after = error.retry_after if isinstance(error, BadStatus) else None
    return Poll(
        polled_at=now,
        status=status,
        retry_after_seconds=retry_after,
        error_key=error.key,
        error_detail=error.detail,
    )


async def _with_articles(
    feed: Feed, parsed: ParsedFeed, result: Poll, reader: Reader, store: EntryStore, topics: Topics
) -> Poll:
    """Sort the entries and make articles of those that are new or changed."""
    keys = candidate_keys(feed.id, parsed.entries, parsed.unchanged)
    seen_before = await store.known_entries(feed.id, keys)
    found = sort_entries(feed.id, parsed.entries, seen_before, parsed.unchanged)
    if feed.rule is not None and feed.primed:
        _check_rule(feed, len(parsed.entries), len(found.new))
    new = [article_of(entry, feed, parsed.language) for entry in found.new]
    changed = [article_of(entry, feed, parsed.language) for entry in found.changed]
    if feed.primed:
        new = await _read_pages(new, feed, reader, result.polled_at)
        changed = await _read_pages(changed, feed, reader, result.polled_at)
    return replace(
        result,
        new=tuple(classified(article, feed, topics) for article in new),
        changed=tuple(classified(article, feed, topics) for article in changed),
        seen=tuple(found.seen),
    )


def _check_rule(feed: Feed, items: int, unknown: int) -> None:
    """Raise `RuleBroken` when a page seems to have changed its shape: nothing of it may be sent (K6)."""
    drift = drifted(1 - unknown / max(items, 1), feed.items, items)
    if drift is not None:
        raise RuleBroken(feed.url, drift)


async def _read_pages(
    articles: Sequence[NewArticle], feed: Feed, reader: Reader, now: datetime
) -> list[NewArticle]:
    """Read the pages of the newest teasers, one after the other: they all lie on one site."""
    finished = list(articles)
    wanted = [i for i, article in enumerate(articles) if article.text_state is TextState.WANTED]
    for index in wanted[-PAGES_PER_POLL:]:
        article = finished[index]
        try:
            page = await reader.read_page(article.url or "", feed.time_zone, now)
        except FeedError:
            continue  # stays WANTED: read again later
        finished[index] = with_page(article, page)
    return finished
