"""The values that travel through the pipeline: feed → entry → article.

Every datetime is aware and in UTC; every text is NFC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from feeds.hubs import HubOffer
from feeds.life import Life


class FullText(StrEnum):
    """How much of a feed's articles may be shown in the chat."""

    FULL = "full"
    EXCERPT = "excerpt"
    LINK = "link"


class TextState(StrEnum):
    """Where an article's body came from, or why it is missing."""

    FEED = "feed"
    """The feed itself carried the text."""
    PAGE = "page"
    """Read from the article's page."""
    WANTED = "wanted"
    """The feed gave only a teaser and the page has not been read yet."""
    FAILED = "failed"
    """The page could not be read, or held no text beyond the teaser."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?", byte for byte (RFC 9110 §13.1)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Asks:
    """How often a document wants to be read (RSS 2.0 `ttl`, `skipHours`, `skipDays`; RSS 1.0 `sy:`)."""

    floor_seconds: float = 0.0
    """The least time between two polls."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day, UTC, 0 to 23."""
    skip_days: tuple[int, ...] = ()
    """Days of the week, UTC, Monday is 0."""


@dataclass(frozen=True, slots=True)
class PageRule:
    """How to read the list of articles on a page: CSS selectors, all but `item` within an item.

    `a.title@data-url` takes an attribute in place of what is usual: the address of a link or picture, the
    text of anything else. Any of them may match the item itself.
    """

    item: str
    link: str
    title: str
    date: str | None = None
    image: str | None = None
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A source as the poller sees it."""

    id: int
    url: str
    title: str
    time_zone: str
    """IANA name; dates without a zone are read in it."""
    topics: tuple[str, ...] = ()
    """Topics every article of this feed belongs to."""
    full_text: FullText = FullText.FULL
    rule: PageRule | None = None
    """How to read it, when it is a page and no feed."""
    items: int = 0
    """Entries in its last document."""
    validators: Validators = Validators()
    body_hash: str | None = None
    """SHA-256 (hex) of the last body that was parsed."""
    primed: bool = False
    """Whether a first fetch has succeeded; until then nothing is announced."""
    failures: int = 0
    """Polls failed in a row."""
    site: str = ""
    """Whose server it lies on (see `feeds.sites`)."""
    subscribers: int = 1
    """Chats that get something from it; told to the server, and the measure of how urgent it is."""
    last_ok_at: datetime | None = None
    """The last poll that succeeded."""
    rhythm: bytes = b""
    """What its polls have taught (see `feeds.rhythm`)."""
    same_bodies: int = 0
    """Times in a row the server sent a whole document that was the same."""
    asks: Asks = Asks()
    """What its document asks for."""
    life: Life = Life()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as a feed gave it: markup still in it, dates already read."""

    guid: str | None
    url: str | None
    """Absolute http(s) address, or none."""
    title: str
    """Plain text, entities decoded, at most 1,000 characters."""
    summary_html: str = ""
    content_html: str = ""
    author: str | None = None
    published_at: datetime | None = None
    published_raw: str | None = None
    image_url: str | None = None
    categories: tuple[str, ...] = ()


class EntryNames(NamedTuple):
    """What an entry could be recognised by, each as 5 bytes of a hash, empty where it has none of the kind.

    Enough to tell which names two entries of one document share (see `feeds.names`). A tuple: hundreds come
    from the child process with each poll, three times as fast as objects.
    """

    guid: bytes
    url: bytes
    title: bytes
    link: bytes
    """Its address without scheme and campaign parameters."""
    path: bytes
    """Of a guid that is an address."""
    site: bytes
    """Of such a guid."""
    title_and_date: bytes


class Unchanged(NamedTuple):
    """An entry that stood in the document, byte for byte, at the last poll (see `feeds.incremental`)."""

    position: int
    """Among all entries of the document, from 0."""
    fingerprint: bytes
    """12 bytes; the same text in the same surroundings has the same."""
    names: EntryNames


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A whole feed document."""

    format: str
    """`rss20`, `rss10`, `atom10`, `json11`, `news_sitemap`, `page` …"""
    title: str
    entries: tuple[Entry, ...]
    """In document order, at most 300."""
    site_url: str | None = None
    language: str | None = None
    truncated: bool = False
    """The document broke off; its validators must not be kept (POLLING A12, E4)."""
    warnings: tuple[str, ...] = ()
    unchanged: tuple[Unchanged, ...] = ()
    """Entries of the document that were read at an earlier poll, and are not in `entries`."""
    asks: Asks = Asks()
    """How often it wants to be read."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What an article's page says (see `feeds.extract`)."""

    title: str | None = None
    lead: str | None = None
    body: str = ""
    """Paragraphs separated by a blank line; the lead is not repeated in it."""
    author: str | None = None
    published_at: datetime | None = None
    image_url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be stored."""

    keys: tuple[bytes, ...]
    """16-byte identity keys, the first one is the entry's own (see `feeds.identify`)."""
    content_hash: bytes
    """16 bytes over title, lead and body as the feed gave them; tells an edit."""
    url: str | None
    title: str
    lead: str
    """The publisher's own introduction, plain text; may be empty."""
    summary: str
    """What a push shows, at most 300 characters; may be empty."""
    body: str
    """Paragraphs separated by a blank line; may be empty."""
    text_state: TextState
    author: str | None = None
    image_url: str | None = None
    published_at: datetime | None = None
    """None when the feed gave no date that can be believed."""
    language: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A topic's name and the query that recognises its articles."""

    id: str
    query: str


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll of a feed brought, ready to be stored in one transaction."""

    polled_at: datetime
    status: int | None = None
    """HTTP status, if the server answered."""
    validators: Validators | None = None
    """What to send next time; None leaves the stored ones as they are."""
    body_hash: str | None = None
    """None leaves the stored one as it is."""
    parsed: ParsedFeed | None = None
    """The document, when there was a new one."""
    new: tuple[NewArticle, ...] = ()
    """Oldest first."""
    changed: tuple[NewArticle, ...] = ()
    """Articles met before whose title, lead or body the feed now gives differently."""
    seen: tuple[bytes, ...] = ()
    """Keys of entries met before and still in the feed."""
    retry_after_seconds: float | None = None
    """How long the server asked us to stay away."""
    server_floor_seconds: float = 0.0
    """How long the server says its answer stays fresh."""
    memory: bytes | None = None
    """What to remember of `parsed`, so that its entries are not parsed again (see `feeds.memory`)."""
    offer: HubOffer | None = None
    """The hub that pushes this feed, when hubs were looked for and the document names one."""
    moved_to: str | None = None
    """The address the server says the feed has moved to for good."""
    error_key: str | None = None
    """A `feeds.errors` key when the poll failed."""
    error_detail: str = ""
    notes: tuple[str, ...] = field(default=())
    """Remarks for the log: repaired XML, undated entries, duplicates in the document."""

    @property
    def ok(self) -> bool:
        """Whether the feed could be read (a 304 counts)."""
        return self.error_key is None
