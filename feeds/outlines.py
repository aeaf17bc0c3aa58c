"""The `<outline>` tags of an OPML text, well-formed or not.

Most OPML met in the wild is no XML: ampersands, quotes and whole links stand unescaped in its attributes. A
recovering XML parser does read on, but on 118 real files it lost 18 of 1,572 feeds and silently changed 12
addresses (`?a=1&b=2` became `?a=1=2`), so the one kind of tag that matters is read here. No declaration
is ever followed: an entity the document defines for itself stays what it is, so nothing can grow, and no file
or address can be read. Every character is looked at a fixed number of times.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.entities import html5
from types import MappingProxyType
from typing import Final

from feeds.encoding import remove_controls

MAX_OUTLINES: Final = 100_000
"""As many feeds as one installation is made for; a document of more is no list that somebody keeps."""

_PREFIX: Final = r"(?:[\w.-]{1,30}:)?"
_ADDRESS: Final = r"""\bxmlurl\s{0,99}=\s{0,99}(?:"([^"'<>]*)"|'([^"'<>]*)')"""
_LONE_ADDRESS: Final = re.compile(_ADDRESS, re.IGNORECASE)
_TOKEN: Final = re.compile(
    rf"(?P<section><!--|<!\[CDATA\[)|<(?P<close>/?){_PREFIX}outline(?=[\s/>])|(?P<lone>{_ADDRESS})",
    re.IGNORECASE,
)
"""An address met on its own stands in no outline tag that can be recognised."""

_SECTION_ENDS: Final = ("-->", "]]>")

_WELL_FORMED: Final = re.compile(
    r"""((?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>"""  # XML 1.0 §3.1, ampersands aside
)
_ATTRIBUTE: Final = re.compile(r"""([^\s=<>"'/]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")

_TAG_LIMIT: Final = re.compile(rf"</?{_PREFIX}outline(?=[\s/>])|</{_PREFIX}(?:body|opml)\b", re.IGNORECASE)
"""A tag that is not well-formed ends here at the latest."""
_NAME: Final = r"([A-Za-z_][\w:.-]{0,63})\s{0,99}=\s{0,99}"
_ATTRIBUTE_BEGIN: Final = re.compile(rf"""(?<![\w:.-]){_NAME}(["']?)""")
_CLOSING_QUOTE: Final = MappingProxyType(
    {quote: re.compile(rf"""{quote}(?=\s*+/?\s*+>|\s*\Z|\s++{_NAME}(["']?))""") for quote in ('"', "'")}
)
"""What may close a value that holds quotes: one followed by the next attribute or by the end of the tag."""
_TAG_END: Final = re.compile(r"\s*+(/?)\s*+>")
_UP_TO: Final = MappingProxyType({quote: re.compile(f"[^{quote}<>]*") for quote in ('"', "'")})
_UNQUOTED: Final = re.compile(r"""[^\s<>"']*""")
_INTRUDER: Final = re.compile(r"""(?<!\s)\s++[\w:.-]{1,64}\s{0,99}=\s{0,99}["']""")
"""The next attribute, inside an address whose closing quote is missing."""

_OPML_NAMES: Final = frozenset(
    {
        *("text", "title", "type", "xmlurl", "htmlurl", "url", "description", "language", "category"),
        *("created", "version", "iscomment", "isbreakpoint"),
    }
)
"""Of the OPML 2.0 specification, in small letters. Other names are met in embedded HTML as well."""
_ADDRESSES: Final = frozenset(("xmlurl", "htmlurl", "url"))

_REFERENCE: Final = re.compile(r"&(?:#(?:(\d{1,7})|[xX]([0-9A-Fa-f]{1,6}))|([A-Za-z][A-Za-z0-9]{1,31}));")
"""Only with its semicolon: `&copy=1` in an address is a parameter."""


@dataclass(frozen=True, slots=True)
class OpenTag:
    """An outline tag that opens or stands alone."""

    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    attributes: Mapping[str, str]
    """Names in small letters; values with character references resolved. The first of a name that is not
    empty counts."""
    alone: bool
    """It closes itself."""
    broken_off: bool = False
    """The document ends inside it."""


@dataclass(frozen=True, slots=True)
class CloseTag:
    """`</outline>`."""


def outline_tags(text: str) -> Iterator[OpenTag | CloseTag]:
    """The outline tags in document order, without those in comments and CDATA.

    An `xmlUrl` outside any tag comes as a tag of its own that closes itself. After one opening tag more than
    `MAX_OUTLINES` there come no more, so that the caller can tell.
    """
    place = _Place(text)
    position, count, endless = 0, 0, set[str]()
    while count <= MAX_OUTLINES and (found := _TOKEN.search(text, position)):
        position = found.end()
        if section := found["section"]:
            position = _after_section(text, position, section, endless)
        elif found["close"]:
            yield CloseTag()
        else:
            count += 1
            line, column = place.of(found.start())
            if lone := found["lone"]:
                yield OpenTag(line, column, {"xmlurl": resolved(_lone_address(lone))}, alone=True)
                continue
            attributes, alone, position, broken_off = _read_tag(text, position)
            values = {name: resolved(value) for name, value in attributes.items()}
            yield OpenTag(line, column, values, alone, broken_off)


def resolved(value: str) -> str:
    """The value with XML's and HTML's character references written out, and nothing else changed."""
    return remove_controls(_REFERENCE.sub(_character, value)) if "&" in value else value


class _Place:
    """Line and column of ever later positions, counted once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._line_begin = 0
        self._line = 1

    def of(self, position: int) -> tuple[int, int]:
        breaks = self._text.count("\n", self._at, position)
        if breaks:
            self._line += breaks
            self._line_begin = self._text.rindex("\n", self._at, position) + 1
        self._at = position
        return self._line, position - self._line_begin + 1


def _after_section(text: str, position: int, section: str, endless: set[str]) -> int:
    """Where a comment or CDATA section ends; one that never does hides nothing and is not searched twice."""
    mark = _SECTION_ENDS[section != "<!--"]
    end = -1 if mark in endless else text.find(mark, position)
    if end < 0:
        endless.add(mark)
        return position
    return end + len(mark)


def _read_tag(text: str, begin: int) -> tuple[dict[str, str], bool, int, bool]:
    """Attributes as written, whether the tag closes itself, where it ends, whether the text ends first."""
    if found := _WELL_FORMED.match(text, begin):
        attributes: dict[str, str] = {}
        for name, double, single in _ATTRIBUTE.findall(found[1]):
            _keep_first(attributes, name, double or single)
        return attributes, bool(found[2]), found.end(), False
    limit = _TAG_LIMIT.search(text, begin)
    end = limit.start() if limit else len(text)
    attributes, position = _read_attributes(text[begin:end])
    if not attributes.get("xmlurl") and (lone := _lone_address(text[begin:end])):
        attributes["xmlurl"] = lone
    closing = _TAG_END.match(text, begin + position, end)
    if closing is None:
        return attributes, False, end, limit is None and ">" not in text[begin + position : end]
    return attributes, bool(closing[1]), closing.end(), False


def _lone_address(text: str) -> str:
    """The first `xmlUrl` in a text, wherever it stands, or nothing."""
    found = _LONE_ADDRESS.search(text)
    return (found[1] or found[2] or "") if found else ""


def _keep_first(attributes: dict[str, str], name: str, value: str) -> None:
    key = name.lower()
    attributes[key] = attributes.get(key) or value


def _read_attributes(soup: str) -> tuple[dict[str, str], int]:
    """The attributes of a tag that is not well-formed, and where the last of them ends."""
    attributes: dict[str, str] = {}
    position = 0
    while found := _ATTRIBUTE_BEGIN.search(soup, position):
        begin, quote = found.end(), found[2]
        if not quote:
            end = position = _unquoted_end(soup, begin)
        elif found[1].lower() in _ADDRESSES:
            end, position = _address_end(soup, begin, quote)
        else:
            end, position = _value_end(soup, begin, quote)
        _keep_first(attributes, found[1], soup[begin:end])
        if _TAG_END.match(soup, position):
            break
    return attributes, position


def _unquoted_end(soup: str, begin: int) -> int:
    found = _UNQUOTED.match(soup, begin)
    end = found.end() if found else begin
    return end - 1 if soup[end - 1 : end + 1] == "/>" else end


def _address_end(soup: str, begin: int, quote: str) -> tuple[int, int]:
    """Where an address ends and where reading goes on: no address holds quotes or angle brackets."""
    found = _UP_TO[quote].match(soup, begin)
    end = found.end() if found else begin
    if intruder := _INTRUDER.search(soup, begin, end + 1):
        return intruder.start(), intruder.start()
    if end < len(soup) and soup[end] == quote:
        return end, end + 1
    # Its quote is missing. Whatever ends the tag is no part of it; where the document ends, nobody knows.
    end = begin + len(soup[begin:end].rstrip("/ \t\r\n")) if end < len(soup) else begin
    return end, max(begin, end)


def _value_end(soup: str, begin: int, quote: str) -> tuple[int, int]:
    """Where a value ends that may hold quotes and tags, and where reading goes on.

    Only the name of an OPML attribute ends the value inside an embedded tag (`<a href="…" rel="…">`), or when
    the next value is not in quotes.
    """
    at, open_brackets, last = begin, 0, None
    for closer in _CLOSING_QUOTE[quote].finditer(soup, begin):
        last = closer.start()
        open_brackets += soup.count("<", at, last) - soup.count(">", at, last)
        at = last
        is_known = bool(closer[1]) and closer[1].lower() in _OPML_NAMES
        if is_known or (open_brackets <= 0 and (closer[2] or not closer[1])):
            break
    return (len(soup), len(soup)) if last is None else (last, last + 1)


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return html5.get(f"{found[3]};", found[0])
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if code <= 0x10FFFF else ""
