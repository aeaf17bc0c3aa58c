"""The way of one poll, in order:

    fetch → parse → sort what is new → read article pages → summarise → recognise topics → Poll

It asks one question of the store (which keys are known?) and writes nothing: the caller stores the `Poll`
in a single transaction. Everything that can go wrong with the feed ends up inside the `Poll` as a reason;
nothing is raised for it.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import aiohttp

from feeds.errors import BadStatus, FeedError
from feeds.extract import extract_page
from feeds.fetch import PAGE_ACCEPT, PAGE_LIMITS, Fetched, Limits, NotModified, fetch
from feeds.html import strip_source_prefix, to_paragraphs, to_text
from feeds.identify import Identified, candidate_keys, sort_entries
from feeds.parse import parse_document
from feeds.query import Document
from feeds.sandbox import Sandbox
from feeds.summary import summarise
from feeds.topics import Topics
from feeds.types import Entry, Feed, FullText, NewArticle, PageText, ParsedFeed, Poll, TextState, Validators

KnownEntries = Callable[[int, Collection[bytes]], Awaitable[Mapping[bytes, bytes | None]]]
"""Which of these keys of a feed have been seen, with the content hash each had."""

PARSE_SECONDS = 10.0
EXTRACT_SECONDS = 10.0
WHOLE_TEXT_CHARACTERS = 800
"""A feed that gives at least so much gives the article; less is a teaser and the page is read."""
PAGES_PER_POLL = 10
"""Pages read while a poll waits; the rest are read afterwards, one by one."""
LEAD_CHARACTERS = 1_000
"""A description longer than this is no introduction but the article itself."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading the outside world takes."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    limits: Limits = Limits()

    async def read_feed(
        self, url: str, time_zone: str, validators: Validators, body_hash: str | None, now: datetime
    ) -> "FeedAnswer":
        """Fetch a feed and parse it if it changed. Raises `FeedError`."""
        answer = await fetch(self.session, url, validators=validators, limits=self.limits)
        if isinstance(answer, NotModified):
            return FeedAnswer(answer, None, None)
        digest = hashlib.sha256(answer.body).hexdigest()
        if digest == body_hash:
            return FeedAnswer(answer, digest, None)
        parsed = await self.sandbox.run(
            parse_document,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            time_zone=time_zone,
            now=now,
            seconds=PARSE_SECONDS,
        )
        return FeedAnswer(answer, digest, parsed)

    async def read_page(self, url: str, time_zone: str, now: datetime) -> PageText:
        """Fetch an article's page and read its text. Raises `FeedError`."""
        answer = await fetch(self.session, url, limits=PAGE_LIMITS, accept=PAGE_ACCEPT)
        if isinstance(answer, NotModified):  # cannot be: the request was unconditional
            return PageText()
        return await self.sandbox.run(
            extract_page,
            answer.body,
            url=answer.url,
            content_type=answer.content_type,
            time_zone=time_zone,
            now=now,
            seconds=EXTRACT_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """What a server said: the answer, the hash of its body, and the document when it was a new one."""

    answer: Fetched | NotModified
    body_hash: str | None
    parsed: ParsedFeed | None


async def poll(feed: Feed, reader: Reader, known: KnownEntries, topics: Topics, now: datetime) -> Poll:
    """Poll one feed. Never raises for anything the feed does."""
    try:
        read = await reader.read_feed(feed.url, feed.time_zone, feed.validators, feed.body_hash, now)
        result = _poll_of(read, now)
        if read.parsed is None:
            return result
        return await _with_articles(feed, read.parsed, result, reader, known, topics)
    except FeedError as error:
        return _failed(error, now)


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
        server_floor_seconds=read.answer.freshness.floor,
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
    feed: Feed, parsed: ParsedFeed, result: Poll, reader: Reader, known: KnownEntries, topics: Topics
) -> Poll:
    """Sort the entries and make articles of those that are new or changed."""
    seen_before = await known(feed.id, candidate_keys(feed.id, parsed.entries))
    found = sort_entries(feed.id, parsed.entries, seen_before)
    new = [article_of(entry, feed, parsed.language) for entry in found.new]
    changed = [article_of(entry, feed, parsed.language) for entry in found.changed]
    if feed.primed:
        new = await _read_pages(new, feed, reader, result.polled_at)
    return replace(
        result,
        new=tuple(classified(article, feed, topics) for article in new),
        changed=tuple(classified(article, feed, topics) for article in changed),
        seen=tuple(found.seen),
    )


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


def article_of(identified: Identified, feed: Feed, language: str | None) -> NewArticle:
    """The article an entry makes by itself, without its page."""
    entry = identified.entry
    lead, body = _lead_and_body(entry)
    return NewArticle(
        keys=identified.keys,
        content_hash=identified.content_hash,
        url=entry.url,
        title=entry.title,
        lead=lead,
        summary=summarise(entry.title, lead, body),
        body=body,
        text_state=_text_state(entry, feed, body),
        author=entry.author,
        image_url=entry.image_url,
        published_at=entry.published_at,
        language=language,
    )


def _lead_and_body(entry: Entry) -> tuple[str, str]:
    """Tell the introduction from the text: feeds put either into either field."""
    summary = strip_source_prefix(to_text(entry.summary_html))
    body = to_paragraphs(entry.content_html)
    if len(summary) > LEAD_CHARACTERS and len(body) <= len(summary):
        return "", to_paragraphs(entry.summary_html)
    if summary and body.startswith(summary):
        body = body[len(summary) :].lstrip()
    return summary, body


def _text_state(entry: Entry, feed: Feed, body: str) -> TextState:
    if len(body) >= WHOLE_TEXT_CHARACTERS or feed.full_text is FullText.LINK or entry.url is None:
        return TextState.FEED
    return TextState.WANTED


def with_page(article: NewArticle, page: PageText) -> NewArticle:
    """The article with what its page adds; what the feed said goes before what the page says."""
    if not page.body and not page.lead:
        return replace(article, text_state=TextState.FAILED)
    lead = article.lead or page.lead or ""
    body = page.body if len(page.body) >= len(article.body) else article.body
    return replace(
        article,
        lead=lead,
        body=body,
        summary=summarise(article.title, lead, body),
        text_state=TextState.PAGE,
        author=article.author or page.author,
        image_url=article.image_url or page.image_url,
        published_at=article.published_at or page.published_at,
        language=article.language or page.language,
    )


def classified(article: NewArticle, feed: Feed, topics: Topics) -> NewArticle:
    """The article with the topics of its feed and those its words belong to."""
    document = Document.of(
        article.title, article.lead, article.body, source=feed.title, at=article.published_at
    )
    found = dict.fromkeys((*feed.topics, *topics.of_document(document)))
    return replace(article, topics=tuple(found))
