"""Which hub pushes a feed: what its answer says about WebSub (W3C WebSub §4 Discovery, POLLING J1, J2).

    Link headers ─┬─ hub and self ─────────────────────────────▶ HubOffer
                  └─ one is missing ─▶ the document's own links ─▶ HubOffer, or None

The document is a stranger's: run `find_hub` where it is parsed, in the sandbox.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from feeds.encoding import decode_body
from feeds.errors import BadAddress
from feeds.urls import checked_url

HEAD_BYTES: Final = 256 * 1024
"""Of an XML document: a feed's own links stand above its first entry. In 15 real feeds they are within 38 KB,
which is a blog that lists all its categories first."""

MAX_HUBS: Final = 5
"""Two are common (one of the platform, one of Google); a long list is a mistake."""

_LINK_HEADER: Final = re.compile(r"<([^<>]*)>((?:[^<>,\"]|\"(?:[^\"\\]|\\.)*\")*)")
"""One link of a Link header (RFC 8288 §3): its target and its parameters."""

_REL_PARAMETER: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)

_LINK_ELEMENT: Final = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|<(?:[A-Za-z_][\w.-]{0,30}:)?(?:(link)\s([^<>]*)|(item|entry)[\s>/])",
    re.DOTALL,
)
"""A link with its attributes, or the first entry, where the search ends; sections are stepped over."""

_ATTRIBUTE: Final = re.compile(r"\b(rel|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)

_WHOLE_ADDRESS: Final = re.compile(r"https?://[^\x00-\x20\x7f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HubOffer:
    """A feed that can be had by push."""

    hubs: tuple[str, ...]
    """Addresses that were checked, at most five, those with TLS first: the request carries a secret."""
    topic: str
    """The feed's own name for itself (`rel=self`), as published: hubs compare it letter by letter."""


def find_hub(
    link_headers: Sequence[str], body: bytes, *, url: str, content_type: str | None
) -> HubOffer | None:
    """Return what an answer offers, or None unless it names both a hub and itself.

    `link_headers` are the values of its Link headers, `url` its final address. Never raises for what
    stands in them.
    """
    hubs, topic = _read(chain.from_iterable(map(_links_of_header, link_headers)), url)
    if not (hubs and topic):
        embedded_hubs, embedded_topic = _read(_links_of_document(body, content_type), url)
        hubs, topic = hubs or embedded_hubs, topic or embedded_topic
    return HubOffer(hubs, topic) if hubs and topic else None


def _read(links: Iterable[tuple[str, str]], url: str) -> tuple[tuple[str, ...], str | None]:
    """The hubs and the first self link among pairs of relation and target."""
    hubs: list[str] = []
    topic: str | None = None
    for rel, target in links:
        relations = rel.lower().split()
        if "hub" in relations and len(hubs) < MAX_HUBS:
            hub = _checked(target, url)
            hubs += [hub] if hub and hub not in hubs else []
        if "self" in relations and topic is None:
            topic = _topic(target, url)
    return tuple(sorted(hubs, key=lambda hub: not hub.startswith("https:"))), topic


def _links_of_header(header: str) -> Iterator[tuple[str, str]]:
    for target, parameters in _LINK_HEADER.findall(header):
        rel = _REL_PARAMETER.search(parameters)
        if rel is not None:
            yield rel[1] or rel[2] or "", target


def _links_of_document(body: bytes, content_type: str | None) -> Iterator[tuple[str, str]]:
    start = body[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        yield from _links_of_json(body, content_type)
        return
    text, _ = decode_body(body[:HEAD_BYTES], content_type)
    for found in _LINK_ELEMENT.finditer(text):
        if found[3] is not None:
            return
        if found[1] is not None:
            attributes = {
                name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(found[2])
            }
            yield attributes.get("rel", ""), html.unescape(attributes.get("href", ""))


def _links_of_json(body: bytes, content_type: str | None) -> Iterator[tuple[str, str]]:
    """`hubs` and `feed_url` of a JSON Feed (jsonfeed.org/version/1.1); other kinds of hub are left out."""
    try:
        feed = json.loads(decode_body(body, content_type)[0])
    except (ValueError, RecursionError):
        return
    if not isinstance(feed, dict):
        return
    hubs = feed.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if (
            isinstance(hub, dict)
            and str(hub.get("type")).lower() == "websub"
            and isinstance(hub.get("url"), str)
        ):
            yield "hub", hub["url"]
    if isinstance(feed.get("feed_url"), str):
        yield "self", feed["feed_url"]


def _checked(target: str, url: str) -> str | None:
    try:
        return checked_url(target, base=url) if target.strip() else None  # nothing would mean `url` itself
    except BadAddress:
        return None


def _topic(target: str, url: str) -> str | None:
    """The self link as published when it is a whole web address, else resolved; None for any other."""
    checked = _checked(target, url)
    published = target.strip()
    return published if checked and _WHOLE_ADDRESS.fullmatch(published) else checked
