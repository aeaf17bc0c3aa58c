"""HTML as feeds carry it → plain text, paragraphs, its first picture; and safe HTML.

The markup is read as a stream of tags in one pass, without building a tree: trees of hostile markup take
quadratic time (100,000 nested `<div>`: 23 s in one parser, 25 s in another), and broken nesting, which is
common in feeds, does not matter to a text.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from feeds.encoding import remove_controls
from feeds.errors import BadAddress
from feeds.text import nfc, one_line
from feeds.urls import checked_url

MAX_CHARACTERS: Final = 512 * 1024
"""What is read of one piece of HTML (POLLING E9)."""

MAX_NESTING: Final = 100
"""Deeper markup is reduced to its paragraphs: the time to sanitise grows with the square of the depth."""

_TOKEN: Final = re.compile(
    r"""<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<[!?][^<>]*>"""
    r"""|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]{0,30})"""
    r"""(?P<attributes>(?:\s(?:[^<>"']|"[^"<]*"|'[^'<]*')*+(?=>)|[^<>]*)/?)>""",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(
    r"""([a-z][a-z0-9-]{0,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE
)

_DROPPED: Final = frozenset(
    """
    script style noscript template head title iframe object embed svg math canvas audio video
    figcaption button select textarea
    """.split()  # noqa: SIM905 - words, not forty lines
)
"""Elements whose content is no text of the article."""

_RAW: Final = frozenset(("script", "style", "noscript", "template", "title", "iframe", "textarea"))
"""Of these, the ones that take the rest of the document when they are never closed, as in browsers."""

_BLOCKS: Final = frozenset(
    """
    address article aside blockquote body caption center dd details div dl dt fieldset figure footer form h1
    h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905 - words, not forty lines
)
_CELLS: Final = frozenset(("td", "th"))
_UNCLOSED: Final = frozenset(
    """
    area base br col dd dt embed hr img input li link meta option p param source td th tr track wbr
    """.split()  # noqa: SIM905 - words, not forty lines
)
"""Elements that need no closing tag and so say nothing about depth."""

_PARAGRAPH: Final = "\n\n"
_ITEM, _ITEM_END = "\x01", "\x02"
"""Stand where list items begin and end until their text is found; no text holds these characters."""
_ITEM_BEGIN: Final = re.compile(r"\x01\s*(?=[^\s\x01\x02])")

_REAL_SOURCES: Final = ("data-src", "data-original", "data-lazy-src", "data-srcset", "src", "srcset")
"""Where lazily loaded pages keep the picture's address, before the placeholder in `src`."""
_PIXEL_SIZE: Final = 2
"""Pictures up to this many pixels wide or high count readers; they show nothing."""
_NO_PICTURE: Final = re.compile(
    r"//[^/]*\bgravatar\.com/|/(?:pixel|spacer|blank|transparent)\.(?:gif|png)|/smilies/|/emoji/|feedburner\.com/~|"
    r"//pixel\.|//stats\.|//feeds?\.[^/]*/~r/",
    re.IGNORECASE,
)
"""Faces of writers, smileys, counting pixels."""

_SAFE_TAGS: Final = frozenset(
    """
    a abbr b blockquote br code del em h2 h3 h4 i img ins li ol p pre q s strong sub sup table tbody td th
    thead tr u ul
    """.split()  # noqa: SIM905 - words, not forty lines
)
_SAFE_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}}

_SOURCE_PREFIX: Final = re.compile(
    r"^\s*(?:"
    r"\([^()\d]{2,30}\)\s*[-–—:]+\s*"  # (Dân trí) - , (VTC News) - , (NLĐO)-
    r"|\((?:Dân trí|TTXVN|NLĐO|PLO|TNO|HNM|SGGP|LĐO|TTO)\)\s*"
    r"|[A-ZĐa-z]{2,20}\.(?:VN|vn|com)\s*[-–—]\s*"  # VOV.VN - , Chinhphu.vn -
    r"|(?:ĐBP|TTO|TNO|NLĐO|NLĐ|PLO|TPO|LĐO|VOV|VTV|VTC|VTC News|TTXVN|VNA|SGGPO?|HNMO?|CAND|QĐND|ANTĐ|"
    r"ANTT|GD&TĐ|GDVN|ĐCSVN|VGP|BNEWS|KTĐT|ĐTTC|DNVN|VnExpress|VietNamNet|Dân trí|Thanh Niên|Tuổi Trẻ|"
    r"Zing)\s+[-–—]\s*"
    r")(?=\S)"
)
"""Only names known to be newspapers go without brackets: `EU - Việt Nam` begins a sentence about both."""


def to_text(markup: str) -> str:
    """Return HTML as one line of plain text: no markup, entities decoded, NFC, single spaces."""
    return one_line(to_paragraphs(markup))


def to_paragraphs(markup: str) -> str:
    """Return HTML as plain paragraphs separated by blank lines; list items begin with `– `.

    Block elements and double line breaks end a paragraph, a single `<br>` is a space. Scripts, styles,
    captions, buttons and players are left out, with everything in them.
    """
    whole = nfc("".join(_pieces(remove_controls(markup[:MAX_CHARACTERS]))))
    with_items = _ITEM_BEGIN.sub("– ", whole).replace(_ITEM, "").replace(_ITEM_END, "")
    blocks = (one_line(block) for block in re.split(r"\n\s*\n", with_items))
    return _PARAGRAPH.join(block for block in blocks if block)


def first_image(markup: str, base: str) -> str | None:
    """Return the absolute address of the first picture, or None; `base` is the absolute address of the page.

    Counting pixels, smileys, writers' faces and inlined `data:` pictures are passed over.
    """
    for tag in _TOKEN.finditer(markup[:MAX_CHARACTERS]):
        if (tag["name"] or "").lower() == "img" and not tag["close"]:
            source = _picture(_attributes(tag["attributes"]))
            if source is None:
                continue
            try:
                return checked_url(source, base)
            except BadAddress:
                continue
    return None


def sanitise(markup: str) -> str:
    """Return HTML with only harmless elements and http(s) or mail links in it (nh3, an allow-list)."""
    import nh3  # only where HTML is shown as HTML

    markup = markup[:MAX_CHARACTERS]
    if _nesting(markup) > MAX_NESTING:
        return "".join(f"<p>{html.escape(block)}</p>" for block in to_paragraphs(markup).split(_PARAGRAPH))
    return nh3.clean(
        markup,
        tags=set(_SAFE_TAGS),
        attributes=dict(_SAFE_ATTRIBUTES),
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def strip_source_prefix(text: str) -> str:
    """Return a lead without the newspaper's name in front: `(Dân trí) - `, `ĐBP - `, `VOV.VN - `."""
    return _SOURCE_PREFIX.sub("", text, count=1)


def is_picture_address(url: str) -> bool:
    """Whether an address may be an article's picture, and not a counting pixel, a smiley or a face."""
    return not (url.startswith(("data:", "javascript:")) or _NO_PICTURE.search(url))


def _pieces(markup: str) -> Iterator[str]:
    """The text between the tags, with `\\n\\n` where a paragraph ends and `\\n` where a line does."""
    position = 0
    never_closed: set[str] = set()
    while tag := _TOKEN.search(markup, position):
        yield _plain(markup[position : tag.start()])
        position = tag.end()
        name = (tag["name"] or "").lower()
        if name in _DROPPED - never_closed and not tag["close"] and not tag["attributes"].endswith("/"):
            end = _end_of_element(markup, name, position)
            if end is None and name in _RAW:
                return
            if end is None:
                never_closed.add(name)
            position = end or position
        elif name:
            yield _break(name, bool(tag["close"]))
    yield _plain(markup[position:])


def _plain(text: str) -> str:
    """White space of the source means nothing; a line end must come from a tag."""
    return re.sub(r"\s+", " ", html.unescape(text))


def _break(name: str, closing: bool) -> str:
    if name == "br":
        return "\n"
    if name == "li":
        return _ITEM_END + _PARAGRAPH if closing else _PARAGRAPH + _ITEM
    if name in _BLOCKS:
        return _PARAGRAPH
    return " " if name in _CELLS else ""


def _end_of_element(markup: str, name: str, position: int) -> int | None:
    closing = re.compile(f"</{name}\\b[^<>]*>", re.IGNORECASE).search(markup, position)
    return closing.end() if closing else None


def _attributes(text: str) -> dict[str, str]:
    return {found[1].lower(): found[2] or found[3] or found[4] or "" for found in _ATTRIBUTE.finditer(text)}


def _picture(attributes: dict[str, str]) -> str | None:
    if any(_pixels(attributes.get(side)) <= _PIXEL_SIZE for side in ("width", "height")):
        return None
    for name in _REAL_SOURCES:
        source = html.unescape(attributes.get(name, "")).strip()
        if name.endswith("srcset"):
            source = source.split(",")[0].split(" ")[0]
        if source and is_picture_address(source):
            return source
    return None


def _pixels(value: str | None) -> float:
    """A width or height in pixels; not given, or given in other units, counts as large."""
    digits = re.match(r"\s*(\d{1,6})\s*(?:px)?\s*$", value or "")
    return int(digits[1]) if digits else float("inf")


def _nesting(markup: str) -> int:
    """How deep the elements may be nested, at most: opened and not yet closed ones."""
    open_elements: dict[str, int] = {}
    deepest = depth = 0
    for tag in _TOKEN.finditer(markup):
        name = (tag["name"] or "").lower()
        if not name or name in _UNCLOSED:
            continue
        if not tag["close"]:
            open_elements[name] = open_elements.get(name, 0) + 1
            depth += 1
        elif open_elements.get(name):
            open_elements[name] -= 1
            depth -= 1
        deepest = max(deepest, depth)
    return deepest
