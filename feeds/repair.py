"""What is done to an XML feed's text before the parser sees it.

Only the root element is passed on. Everything before it (blank lines, a server's warning, the declaration,
the DOCTYPE with its entities) and after it (scripts, advertisements) is left out: without a DOCTYPE a
document can neither read a file (XXE) nor grow (billion laughs), and stays well-formed for the strict and
fast parser. See docs/decisions/003-repair-before-feedparser.md.
"""

import html
import re
from dataclasses import dataclass
from html.entities import html5
from typing import Final

AUTHOR_MAX_CHARACTERS: Final = 512
"""Longer authors are cut before parsing: feedparser searches them for an e-mail address in quadratic time
(16 KB take 0.9 s; kurtmckee/feedparser#562)."""

_AUTHOR_MAX_MARKUP_CHARACTERS: Final = 1_024
"""Atom's authors hold a name, an address and an e-mail in elements of their own; no person needs more."""

_NOT_MARKUP: Final = r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|"
"""First in a pattern, it steps over sections in which a tag is only text. An unclosed one takes the rest, so
that no input makes the search begin again and again."""

_PREFIX: Final = r"(?:[A-Za-z_][\w.-]{0,30}:)?"

_ROOT: Final = re.compile(
    rf"{_NOT_MARKUP}<({_PREFIX}(?:rss|feed|rdf|channel|entry))(?=[\s>/])", re.IGNORECASE | re.DOTALL
)
"""RSS 0.9x and 2.0; Atom; RSS 0.90 and 1.0 (RDF); CDF; an Atom entry on its own (RFC 4287 §2)."""

_WEB_PAGE: Final = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)

_ITEM: Final = re.compile(
    rf"{_NOT_MARKUP}<(/?){_PREFIX}(?:item|entry)(?=[\s>])[^<>]*>", re.IGNORECASE | re.DOTALL
)
_AUTHOR: Final = re.compile(
    rf"{_NOT_MARKUP}<(/?){_PREFIX}(?:author|creator|managingeditor|webmaster|publisher|owner)(?=[\s>])[^<>]*(?<!/)>",
    re.IGNORECASE | re.DOTALL,
)
_TAG_OR_SECTION: Final = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]*>")
_NAMED_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
_CHARACTER_REFERENCE: Final = re.compile(r"&#(?:0*(\d{1,7})|[xX]0*([0-9A-Fa-f]{1,6})|\w+);")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The root element of an XML document."""

    text: str
    """From the root's opening tag to its closing one."""
    truncated: bool
    """The document broke off; an entry that was cut in half is no longer in it."""


def prepare_xml(text: str) -> Prepared | None:
    """Return what of a document is the feed, or None when there is none in it."""
    root = root_element(text)
    return None if root is None else Prepared(repaired(root.text), root.truncated)


def root_element(text: str) -> Prepared | None:
    """Return the feed's own element as it is written, or None when there is none in the document."""
    root = next((found for found in _ROOT.finditer(text) if found[1]), None)
    if root is None or _WEB_PAGE.search(text, 0, root.start()):
        return None
    return Prepared(*_whole(text[root.start() :], root[1]))


def repaired(text: str) -> str:
    """Return XML, a feed or a part of one, that no longer holds what stops or slows the parser."""
    return without_undeclared(_with_short_authors(text))


def _whole(text: str, root_name: str) -> tuple[str, bool]:
    """End the document where its root ends; when it never does, behind its last complete entry."""
    closing = text.rfind(f"</{root_name}")
    in_a_section = text.rfind("<![CDATA[", 0, max(closing, 0)) > text.rfind("]]>", 0, max(closing, 0))
    end = text.find(">", closing) + 1 if closing >= 0 and not in_a_section else 0
    if end and not any(found[1] is not None for found in _ITEM.finditer(text, end)):
        return text[:end], False
    kept = text[: _last_complete(text)]
    channel_is_open = "<channel" in kept and "</channel" not in kept
    return f"{kept}{'</channel>' if channel_is_open else ''}</{root_name}>", True


def _last_complete(text: str) -> int:
    """Where the last complete entry ends; without any, where the first one begins or the last tag ends."""
    begin, end = None, 0
    for found in _ITEM.finditer(text):
        if found[1] == "/":
            end = found.end()
        elif found[1] == "" and begin is None:
            begin = found.start()
    return end or (text.rfind(">") + 1 if begin is None else begin)


def _with_short_authors(text: str) -> str:
    """Cut what stands in over-long author elements, in one pass however many there are."""
    pieces: list[str] = []
    done, begin, depth = 0, 0, 0
    for tag in _AUTHOR.finditer(text):
        if tag[1] is None:
            continue
        if tag[1] and depth and tag.start() - begin > _AUTHOR_MAX_MARKUP_CHARACTERS:
            plain = html.unescape(_TAG_OR_SECTION.sub(" ", text[begin : tag.start()])).strip()
            pieces += [text[done:begin], html.escape(plain[:AUTHOR_MAX_CHARACTERS])]
            done = tag.start()
        begin = tag.end()
        depth = max(0, depth - 1) if tag[1] else depth + 1
    return "".join((*pieces, text[done:]))


def without_undeclared(text: str) -> str:
    """Write out HTML's named characters, which XML does not know, and drop references to no character."""
    if "&" not in text:
        return text
    return _CHARACTER_REFERENCE.sub(_possible_reference, _NAMED_ENTITY.sub(_named_character, text))


def _named_character(found: re.Match[str]) -> str:
    character = html5.get(f"{found[1]};")
    return found[0] if character is None else html.escape(character)


def _possible_reference(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2] or "0", 16)
    possible = code in (0x9, 0xA, 0xD) or 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return found[0] if possible and code not in (0xFFFE, 0xFFFF) else ""
