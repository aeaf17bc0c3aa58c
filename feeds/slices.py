"""An XML feed cut into its entries: text, without parsing it.

    <rss …><channel> title … ┃ <item>…</item> ┃ <item>…</item> ┃ </channel></rss>
    └──── frame ───┘           └── slice ───┘   └── slice ───┘
    └──────── head ──────────┘                                  └─── head ────┘

Each slice within the frame is a small document of its own, and means what it means in the whole one: XML
hands down namespaces, `xml:base` and `xml:lang` through the open elements alone. A document in which anything
is odd (entries within entries, tags that do not match, entries in different places) is not cut.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

FRAME_MAX_CHARACTERS: Final = 8_192
"""It is parsed once for each new entry; twenty namespace declarations are 1,500."""

FRAME_MAX_ELEMENTS: Final = 3

SEAM: Final = "<!---->"
"""Stands in the head where entries were: where no comment may be, there may be no entry, and the parser says
so."""

_ENDS: Final = MappingProxyType({"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"})
"""Sections in which a tag is only text, and how they end."""

_SECTION: Final = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)

_ENTRY_OR_SECTION: Final = re.compile(
    r"<!\[CDATA\[|<!--|<\?|<(/?)((?:[A-Za-z_][\w.-]{0,30}:)?(?:[Ii][Tt][Ee][Mm]|[Ee][Nn][Tt][Rr][Yy]))(?=[\s/>])"
)
_TAG: Final = re.compile(r"<(/?)([^\s<>/!?]+)[^<>]*?(/?)>")

_ATTRIBUTES: Final = r"(?:\s+[\w:.-]+=(?:\"[^\"<>&]*\"|'[^'<>&]*'))*\s*"
_LISTED: Final = re.compile(
    rf"{_SECTION.pattern}|(<(category|rdf:li){_ATTRIBUTES}(?:/>|>[^<>&]*</\2>)\s*)", re.DOTALL
)
"""All labels of a blog (Blogger writes 1,200 of them), the contents of an RDF channel: what takes longest to
parse in a head, and nothing is read of it."""

_COUNTERS: Final = (
    ("slash:comments", re.compile(r"slash:comments>[\s\d]*<")),
    ("thr:", re.compile(r"thr:total>[\s\d]*<|thr:(?:count|updated)=(?:\"[^\"<>]*\"|'[^'<>]*')")),
    ("media:sta", re.compile(r"media:sta(?:tistics|rRating)\b[^<>]{0,500}>")),
)
"""How often an entry was commented on, viewed, rated (WordPress, Blogger, YouTube): changes at every poll and
is no part of what we read. Each with a text without which it need not be searched for."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A document in pieces."""

    head: str
    """All but the entries, and but the lists of labels and of entries."""
    frame: tuple[str, ...]
    """The tags that are open around every entry, outermost first, as written."""
    slices: tuple[str, ...]
    """One text for each entry, in document order."""

    def alone(self, index: int) -> str:
        """Return one entry as a document of its own."""
        return f"{''.join(self.frame)}{self.slices[index]}{_closing(self.frame)}"

    def steady(self, index: int) -> str:
        """Return one entry's text without its counters of comments and views."""
        text = self.slices[index]
        for name, pattern in _COUNTERS:
            if name in text:
                text = pattern.sub("", text)
        return text


def cut_xml(text: str) -> Cut | None:
    """Cut the root element of a feed; None when anything about it is odd."""
    spans = _spans(text)
    if spans is None:
        return None
    borders = [0, *(border for span in spans for border in span), len(text)]
    gaps = [_without_lists(text[begin:end]) for begin, end in zip(borders[::2], borders[1::2], strict=True)]
    frame = _frame(gaps)
    if frame is None or (spans and not frame):
        return None
    head = SEAM.join([gaps[0], *filter(str.strip, gaps[1:-1]), *gaps[1:][-1:]])
    return Cut(head, frame, tuple(text[begin:end] for begin, end in spans))


def _spans(text: str) -> list[tuple[int, int]] | None:
    """Where the entries begin and end, in one pass; None if one stands in another or never ends."""
    spans: list[tuple[int, int]] = []
    begin: int | None = None
    name, position = "", 0
    while found := _ENTRY_OR_SECTION.search(text, position):
        mark = _ENDS.get(found[0], ">")
        position = text.find(mark, found.end()) + len(mark)
        if position < found.end() + len(mark):
            return None
        if found[2] is None:
            continue
        closing, whole = bool(found[1]), text[position - 2] == "/"
        if closing != (begin is not None) or (closing and found[2] != name):
            return None
        if closing or whole:
            spans.append((found.start() if begin is None else begin, position))
            begin = None
        else:
            begin, name = found.start(), found[2]
    return spans if begin is None else None


def _without_lists(gap: str) -> str:
    return _LISTED.sub(lambda found: "" if found[1] else found[0], gap) if "<" in gap else gap


def _frame(gaps: Sequence[str]) -> tuple[str, ...] | None:
    """The tags open between the gaps: the same everywhere, or there is none."""
    opened: list[tuple[str, str]] = []
    frames: set[tuple[str, ...]] = set()
    for gap in gaps[:-1]:
        if not _walk(gap, opened) or len(opened) > FRAME_MAX_ELEMENTS:
            return None
        frames.add(tuple(tag for _, tag in opened))
    if not _walk(gaps[-1], opened) or opened or len(frames) > 1:
        return None
    frame = next(iter(frames), ())
    return frame if sum(map(len, frame)) <= FRAME_MAX_CHARACTERS else None


def _walk(gap: str, opened: list[tuple[str, str]]) -> bool:
    """Open and close what a piece of the head opens and closes; False when a tag does not match."""
    for closing, name, whole, tag in _tags(gap) if "<" in gap else ():
        if not closing and not whole:
            opened.append((name, tag))
        elif closing and (not opened or opened.pop()[0] != name):
            return False
    return True


def _tags(gap: str) -> Iterator[tuple[bool, str, bool, str]]:
    for found in _TAG.finditer(_SECTION.sub("", gap) if "<!" in gap or "<?" in gap else gap):
        yield bool(found[1]), found[2], bool(found[3]), found[0]


def _closing(frame: Sequence[str]) -> str:
    names = (found[2] for tag in reversed(frame) if (found := _TAG.match(tag)))
    return "".join(f"</{name}>" for name in names)
