"""Lists of feeds as other readers exchange them: OPML (opml.org/spec2.opml).

Of a document that is no XML every outline is read that can be recognised, and of each that cannot be used the
place and the reason are given. `feeds.opmlwriting` writes such lists.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from feeds.encoding import decode_body, remove_controls
from feeds.errors import BadAddress
from feeds.outlines import MAX_OUTLINES, CloseTag, OpenTag, outline_tags
from feeds.text import one_line
from feeds.urls import checked_url, without_credentials

MAX_BYTES: Final = 10 * 1024 * 1024
"""As for feeds; 100 bytes a feed make 100,000 of them."""
MAX_TITLE_CHARACTERS: Final = 200
"""As for titles in the configuration."""
MAX_CATEGORY_CHARACTERS: Final = 100
MAX_DEPTH: Final = 16
"""Levels of groups that are kept; what stands deeper belongs to the group at this level."""
MAX_CATEGORIES: Final = 32
"""Of one feed; readers show them as folders, and nobody keeps one feed in more."""
MAX_SHOWN_CHARACTERS: Final = 200
"""Of an address that cannot be used."""

Category = tuple[str, ...]
"""A path of names, the outermost first: `("Asia", "Việt Nam")`."""

_SIGNS_OF_OPML: Final = re.compile(r"<(?:[\w.-]{1,30}:)?(?:opml|outline)(?=[\s/>])", re.IGNORECASE)
_LINE_BREAKS: Final = re.compile(r"[\t\r\n]")
_LANGUAGE: Final = re.compile(r"(?!unknown)[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}", re.IGNORECASE)
"""RFC 5646 in outline; some readers write `unknown`."""
_FEED_TYPES: Final = frozenset(("rss", "atom", "rdf", "json"))
_NO_FEED_TYPES: Final = frozenset(("link", "include"))
"""OPML 2.0: the address is a page, or another list."""


class OpmlError(Exception):
    """A document that is no list of feeds at all."""


class OpmlTooLarge(OpmlError):
    """It has more than `MAX_BYTES`."""


class NotOpml(OpmlError):
    """There is neither an `<opml>` nor an `<outline>` in it."""


class Reason(StrEnum):
    """Why an outline of a list was left out."""

    REPEATED = "repeated"
    """The same address came before; its categories were added to that feed's."""
    LINK = "link"
    """A link to a page or to another list; it is not followed."""
    NO_ADDRESS = "no_address"
    """It says that it is a feed and names no address."""
    BAD_ADDRESS = "bad_address"
    """The address is not one we follow."""
    BROKEN_OFF = "broken_off"
    """The document ends in the middle of it."""
    TOO_MANY = "too_many"
    """More outlines follow than `MAX_OUTLINES`; none of them was looked at."""


@dataclass(frozen=True, slots=True)
class OpmlFeed:
    """One feed of a list."""

    url: str
    """As `feeds.urls.checked_url` gives it."""
    title: str = ""
    """One line, at most 200 characters; empty when there is none besides the address."""
    html_url: str | None = None
    """The site's page, a checked address."""
    categories: tuple[Category, ...] = ()
    """The group it stands in goes first."""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An outline that became no feed."""

    reason: Reason
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    title: str = ""
    url: str = ""
    """As written, without credentials and cut at 200 characters."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a list of feeds held."""

    feeds: tuple[OpmlFeed, ...]
    """In document order, each address once."""
    left_out: tuple[LeftOut, ...] = ()
    """In document order; a repeated address once, however often it is repeated."""


def read_opml(data: bytes) -> Outline:
    """Read a list of feeds as far as it can be read. Raises OpmlTooLarge and NotOpml."""
    if len(data) > MAX_BYTES:
        raise OpmlTooLarge(f"{len(data)} bytes")
    text, _ = decode_body(data)
    if not _SIGNS_OF_OPML.search(text):
        raise NotOpml("no <opml> and no <outline> in it")
    feeds: dict[str, OpmlFeed] = {}
    left_out: list[LeftOut] = []
    repeated: set[str] = set()
    for number, (tag, group) in enumerate(_with_groups(tuple(outline_tags(text)))):
        read = _feed_of(tag, group) if number < MAX_OUTLINES else _left_out(Reason.TOO_MANY, tag)
        if isinstance(read, LeftOut):
            left_out.append(read)
        elif read and read.url not in feeds:
            feeds[read.url] = read
        elif read:
            feeds[read.url] = _merged(feeds[read.url], read)
            if read.url not in repeated:
                left_out.append(_left_out(Reason.REPEATED, tag, read.url))
            repeated.add(read.url)
    return Outline(tuple(feeds.values()), tuple(left_out))


def clean_path(names: Iterable[str]) -> Category:
    """The names as one category: on one line each, cut, the empty ones and those too deep left out."""
    cleaned = (clean_name(name, MAX_CATEGORY_CHARACTERS) for name in names)
    return tuple(filter(None, cleaned))[:MAX_DEPTH]


def clean_name(text: str, limit: int) -> str:
    """The text on one line, without what no document may hold, cut at `limit` characters."""
    return one_line(remove_controls(text))[:limit].rstrip()


def _with_groups(tags: Sequence[OpenTag | CloseTag]) -> Iterator[tuple[OpenTag, Category]]:
    """Each opening tag with the path of the groups it stands in."""
    open_tags = [tag for tag in tags if isinstance(tag, OpenTag) and not tag.alone]
    missing = len(open_tags) - sum(isinstance(tag, CloseTag) for tag in tags)
    # It is feeds rather than groups that are left open: all of them, if the closing tags are just enough
    # for the groups; otherwise some, and then a feed ends at the latest where the next outline begins.
    all_left_open = missing >= sum(bool(_address(tag)) for tag in open_tags)
    around: list[_Around] = [_Around((), is_feed=False)]
    for tag in tags:
        if isinstance(tag, CloseTag):
            if len(around) > 1:
                around.pop()
            continue
        if around[-1].is_feed and missing > 0:
            around.pop()
        group, is_feed = around[-1].group, bool(_address(tag))
        yield tag, group
        if not tag.alone and not (is_feed and all_left_open):
            around.append(_Around(group if is_feed else _inside(group, tag), is_feed))


def _inside(group: Category, tag: OpenTag) -> Category:
    name = clean_name(_title(tag), MAX_CATEGORY_CHARACTERS)
    return (*group, name)[:MAX_DEPTH] if name else group


@dataclass(frozen=True, slots=True)
class _Around:
    """An outline that is open while those in it are read."""

    group: Category
    is_feed: bool


def _feed_of(tag: OpenTag, group: Category) -> OpmlFeed | LeftOut | None:
    """The feed a tag names, why it names none, or None when it does not mean to."""
    written, kind = _address(tag), tag.attributes.get("type", "").strip().lower()
    if not written:
        if tag.broken_off:
            return _left_out(Reason.BROKEN_OFF, tag)
        means_a_feed = "xmlurl" in tag.attributes or kind in _FEED_TYPES
        return _left_out(Reason.NO_ADDRESS, tag) if means_a_feed else None
    if kind in _NO_FEED_TYPES and not tag.attributes.get("xmlurl"):
        return _left_out(Reason.LINK, tag, written)
    try:
        url = checked_url(written)
    except BadAddress as error:
        return _left_out(Reason.BAD_ADDRESS, tag, written, error.detail)
    title = _title(tag)
    language = tag.attributes.get("language", "").strip()
    return OpmlFeed(
        url=url,
        title="" if title in (url[:MAX_TITLE_CHARACTERS], written[:MAX_TITLE_CHARACTERS]) else title,
        html_url=_page(tag.attributes.get("htmlurl", "")),
        categories=_union([group], _named_categories(tag.attributes.get("category", ""))),
        language=language if _LANGUAGE.fullmatch(language) else None,
    )


def _left_out(reason: Reason, tag: OpenTag, url: str = "", detail: str = "") -> LeftOut:
    shown = without_credentials(url)[:MAX_SHOWN_CHARACTERS]
    return LeftOut(reason, tag.line, tag.column, _title(tag), shown, detail)


def _merged(feed: OpmlFeed, again: OpmlFeed) -> OpmlFeed:
    return OpmlFeed(
        url=feed.url,
        title=feed.title or again.title,
        html_url=feed.html_url or again.html_url,
        categories=_union(feed.categories, again.categories),
        language=feed.language or again.language,
    )


def _address(tag: OpenTag) -> str:
    """The feed's address as written, line breaks taken out as browsers do (URL Standard §4.4)."""
    return _LINE_BREAKS.sub("", tag.attributes.get("xmlurl") or tag.attributes.get("url", "")).strip()


def _page(written: str) -> str | None:
    try:
        return checked_url(_LINE_BREAKS.sub("", written))
    except BadAddress:
        return None


def _title(tag: OpenTag) -> str:
    """What a reader shows: `text`, which people change, before `title`, the feed's own."""
    name = tag.attributes.get("text", "").strip() or tag.attributes.get("title", "")
    return clean_name(name, MAX_TITLE_CHARACTERS)


def _named_categories(attribute: str) -> Iterator[Category]:
    """`/Asia/Việt Nam,/News` as OPML 2.0 writes categories."""
    return (clean_path(item.split("/", MAX_DEPTH + 1)) for item in attribute.split(",", MAX_CATEGORIES))


def _union(*lists: Iterable[Category]) -> tuple[Category, ...]:
    return tuple(dict.fromkeys(path for each in lists for path in each if path))[:MAX_CATEGORIES]
