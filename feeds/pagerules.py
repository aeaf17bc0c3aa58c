"""A list of articles on a web page → `ParsedFeed`, by CSS selectors written for that page (POLLING K5).

    bytes ─▶ text ─▶ tree ─▶ every `item` ─▶ its `link`, `title`, `date`, `image`, `lead` ─▶ entries

For sites with neither a feed nor a news sitemap. A page changes its shape without notice; `drifted` tells
when what a rule finds can no longer be believed (K6). The page is read in the sandbox.
"""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from feeds.entries import MAX_ENTRIES, RawEntry, make_entries, plain_title, web_address
from feeds.errors import EmptyBody, RuleBroken
from feeds.html import first_image, to_text
from feeds.pagetree import decode_page
from feeds.types import PageRule, ParsedFeed
from feeds.urls import url_key

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

PAGE_FORMAT: Final = "page"

MAX_SELECTOR_CHARACTERS: Final = 500
"""Nobody writes a longer one by hand."""
MAX_LEAD_CHARACTERS: Final = 2_000

MAX_UNKNOWN_SHARE: Final = 0.8
"""Of links never met before, above which a page has changed rather than its news (POLLING K6)."""
MIN_JUDGED_ITEMS: Final = 5
"""A list of three is renewed in an afternoon."""

_ATTRIBUTE: Final = re.compile(r"(.*)@([A-Za-z_][\w.:-]*)\s*", re.DOTALL)
_DATE_ATTRIBUTES: Final = ("datetime", "content", "title", "data-time", "data-date")
"""Where a page keeps the exact moment beside the words it shows (`3 giờ trước`)."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}")


class Drift(StrEnum):
    """Why what a rule finds on a page can no longer be believed."""

    NO_ITEMS = "no_items"
    UNKNOWN_LINKS = "unknown_links"


def drifted(known_share: float, items_before: int, items_now: int) -> Drift | None:
    """Say whether a page has changed its shape under a rule, or None when it is only the news.

    `known_share` (0 to 1) is how much of what the rule finds was met before, `items_before` how many items it
    found the last time. Then nothing may be sent: it would be the page's menu, or its archive (POLLING K6).
    """
    if not items_now:
        return Drift.NO_ITEMS
    many = min(items_before, items_now) >= MIN_JUDGED_ITEMS
    return Drift.UNKNOWN_LINKS if many and 1 - known_share > MAX_UNKNOWN_SHARE else None


def is_selector(text: str, *, attribute: bool = True) -> bool:
    """Whether a text can stand in a rule: CSS, and, unless `attribute` is false, `@name` behind it."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # only where there are rules

    selector, name = _parts(text)
    if len(text) > MAX_SELECTOR_CHARACTERS or (name and not attribute):
        return False
    try:
        LexborHTMLParser("<p>").css(selector)
    except SelectolaxError:
        return False
    return True


def parse_page_with_rule(
    body: bytes, *, url: str, rule: PageRule, time_zone: str, now: datetime, content_type: str | None
) -> ParsedFeed:
    """Read a page's articles in its order, at most 300, each address once.

    `url` is the page's final address, `time_zone` the IANA name dates without a zone are read in, `now` an
    aware datetime. Items without an address or a title are left out. Raises `EmptyBody`, and `RuleBroken`,
    with the selector to blame, when nothing is found.
    """
    from selectolax.lexbor import LexborHTMLParser  # in the child process only

    if not body.strip():
        raise EmptyBody(url)
    tree = LexborHTMLParser(decode_page(body, content_type))
    tree.strip_tags(["script", "style", "template"])
    base = _base(tree, url)
    items = tree.css(rule.item)
    raw = list(_articles(items, rule, base))
    if not raw:
        raise RuleBroken(url, _fault(items, rule, base))
    entries, notes = make_entries(raw, base=base, time_zone=time_zone, now=now)
    language = _attribute(tree.css_first("html"), "lang")
    return ParsedFeed(
        format=PAGE_FORMAT,
        title=plain_title(_text(tree.css_first("title"))) or urlsplit(url).hostname or url,
        entries=entries,
        site_url=url,
        language=language[:35] or None,
        warnings=notes,
    )


def _articles(items: "list[LexborNode]", rule: PageRule, base: str) -> Iterator[RawEntry]:
    """What can be shown of the items; of several with one address the first that has a title."""
    met: set[bytes] = set()
    for item in items:
        address, title = _address(item, rule.link, base), _first_text(item, rule.title)
        if address is None or not title or url_key(address) in met:
            continue
        met.add(url_key(address))
        lead = _first_text(item, rule.lead)[:MAX_LEAD_CHARACTERS]
        yield RawEntry(
            links=(address,),
            title=title,
            title_is_plain=True,
            summary_html=html.escape(lead, quote=False),
            published=_date(item, rule.date),
            pictures=tuple(filter(None, [_picture(item, rule.image, base)])),
        )
        if len(met) == MAX_ENTRIES:
            return


def _fault(items: "list[LexborNode]", rule: PageRule, base: str) -> str:
    """Which selector finds nothing, for the person who has to mend it."""
    if not items:
        return f"item {rule.item!r} is not on the page"
    if not any(_address(item, rule.link, base) for item in items):
        return f"link {rule.link!r} is in none of {len(items)} items"
    return f"title {rule.title!r} is in none of {len(items)} items with a link"


def _base(tree: "LexborHTMLParser", url: str) -> str:
    return web_address(_attribute(tree.css_first("base[href]"), "href"), url) or url


def _address(item: "LexborNode", written: str, base: str) -> str | None:
    """The first address in an item that leads to a page; `javascript:` and `#` lead nowhere."""
    selector, name = _parts(written)
    found = (_attribute(node, name or "href") for node in item.css(selector))
    return next((address for address in (web_address(text, base) for text in found) if address), None)


def _picture(item: "LexborNode", written: str | None, base: str) -> str | None:
    """The address of an item's picture; of a lazily loaded one, the real picture's."""
    selector, name = _parts(written or "")
    for node in item.css(selector) if selector else ():
        if name is None:
            address = first_image(node.html or "", base)
        else:
            address = web_address(_attribute(node, name), base)
        if address:
            return address
    return None


def _date(item: "LexborNode", written: str | None) -> str:
    """The date as written: the attribute asked for, one that holds an exact moment, or the text."""
    selector, name = _parts(written or "")
    for node in item.css(selector) if selector else ():
        if name is not None:
            text = _attribute(node, name)
        else:
            exact = (_attribute(node, attribute) for attribute in _DATE_ATTRIBUTES)
            text = next((each for each in exact if _MOMENT.search(each)), "") or _text(node)
        if text:
            return text
    return ""


def _first_text(item: "LexborNode", written: str | None) -> str:
    """The first text a selector finds in an item; the name of a headline that is only a picture."""
    selector, name = _parts(written or "")
    for node in item.css(selector) if selector else ():
        text = _attribute(node, name) if name else _text(node) or _attribute(node, "title")
        if text:
            return " ".join(text.split())
    return ""


def _parts(written: str) -> tuple[str, str | None]:
    """Part `a.title@data-url` into the selector and the attribute; an `@` inside brackets is no mark."""
    found = _ATTRIBUTE.fullmatch(written)
    return (found[1].strip(), found[2]) if found else (written.strip(), None)


def _text(node: "LexborNode | None") -> str:
    # Without the element's own tag: `<title>` holds no text of an article, but here it is asked for.
    return to_text((node.inner_html if node else None) or "")


def _attribute(node: "LexborNode | None", name: str) -> str:
    return ((node.attributes.get(name) if node else None) or "").strip()
