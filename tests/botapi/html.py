"""Telegram's HTML as the Bot API server reads it: text and entities, or its exact error.

Written from the behaviour of the server's `MessageEntity` parser (tdlib/td): offsets in errors are
bytes of the raw text, offsets in entities are UTF-16 units of the parsed text.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

MAX_ENTITIES = 100
"""Entities beyond these are dropped without a word by the real server."""

_TAGS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACES = " \t\n\r\v\f"
_INVISIBLE = "\u115f\u1160\u2800\u3164\ufffc"
"""Letters by their Unicode category that show nothing."""


class ParseError(Exception):
    """The text cannot be read; the message is the server's, without `can't parse entities: `."""


@dataclass
class _Open:
    tag: str
    value: str
    offset: int
    start: int


@dataclass
class _Reader:
    raw: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    units: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[dict[str, Any]] = field(default_factory=list)

    def byte(self, position: int) -> int:
        return len(self.raw[:position].encode())

    def peek(self) -> str:
        return self.raw[self.at] if self.at < len(self.raw) else ""

    def skip_spaces(self) -> None:
        while self.peek() and self.peek() in _SPACES:
            self.at += 1

    def take_until(self, stops: str) -> str:
        start = self.at
        while self.peek() and self.peek() not in stops:
            self.at += 1
        return self.raw[start : self.at]

    def put(self, text: str) -> None:
        self.out.append(text)
        self.units += utf16(text)


def utf16(text: str) -> int:
    """Length in UTF-16 units, the unit of entity offsets."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(raw: str) -> tuple[str, list[dict[str, Any]]]:
    """Read HTML into `(text, entities)`; the text is trimmed as the server trims it. Raises ParseError."""
    reader = _Reader(raw)
    while reader.at < len(raw):
        character = raw[reader.at]
        if character == "&":
            reader.put(_character_reference(reader))
        elif character != "<":
            reader.put(character)
            reader.at += 1
        elif raw[reader.at + 1 : reader.at + 2] == "/":
            _end_tag(reader)
        else:
            _start_tag(reader)
    if reader.stack:
        raise ParseError(f'Can\'t find end tag corresponding to start tag "{reader.stack[-1].tag}"')
    return _trimmed("".join(reader.out), reader.entities)


def plain(raw: str) -> tuple[str, list[dict[str, Any]]]:
    """Read text without a parse mode."""
    return _trimmed(raw, [])


def is_blank(text: str) -> bool:
    """Whether nothing of it would be seen."""
    return all(unicodedata.category(each)[0] in "ZC" or each in _INVISIBLE for each in text)


def wrong_url(url: str) -> bool:
    """Whether the server would not open this address (`Wrong HTTP URL`)."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        return True
    if any(each in _SPACES for each in url):
        return True
    if parts.scheme in ("tg", "ton", "tonsite"):
        return False
    return parts.scheme not in ("http", "https") or not ("." in host or ":" in host)


def _character_reference(reader: _Reader) -> str:
    raw, begin = reader.raw, reader.at
    reader.at += 1
    if reader.peek() == "#":
        reader.at += 1
        base, digits = (16, "0123456789abcdefABCDEF") if reader.peek() in ("x", "X") else (10, "0123456789")
        reader.at += base == 16
        start = reader.at
        while reader.peek() and reader.peek() in digits:
            reader.at += 1
        code = int(raw[start : reader.at] or "0", base) if reader.at - start < 10 else 0
        found = chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code < 0xE000 else ""
    else:
        while reader.peek().isascii() and reader.peek().isalpha():
            reader.at += 1
        found = _NAMED.get(raw[begin + 1 : reader.at], "")
    if not found:
        reader.at = begin + 1
        return "&"
    reader.at += reader.peek() == ";"
    return found


def _start_tag(reader: _Reader) -> None:
    begin = reader.at
    at = reader.byte(begin)
    reader.at += 1
    tag = reader.take_until(_SPACES + ">").lower()
    if not reader.peek():
        raise ParseError(f"Unclosed start tag at byte offset {at}")
    if tag not in _TAGS:
        raise ParseError(f'Unsupported start tag "{tag}" at byte offset {at}')
    value = ""
    while reader.peek() != ">":
        reader.skip_spaces()
        if reader.peek() == ">":
            break
        name = reader.take_until(_SPACES + "=>").lower()
        if not name and not reader.peek():
            raise ParseError(f"Unclosed start tag at byte offset {at}")
        if not name:
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
        reader.skip_spaces()
        given = _attribute_value(reader, tag, at) if reader.peek() == "=" else ""
        value = _kept_attribute(tag, name, given) or value
    if tag == "span" and value != "tg-spoiler":
        raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    reader.at += 1
    reader.stack.append(_Open(tag, value, reader.units, len(reader.out)))


def _attribute_value(reader: _Reader, tag: str, at: int) -> str:
    reader.at += 1
    reader.skip_spaces()
    quote = reader.peek()
    if not quote:
        raise ParseError(f'Unclosed start tag "{tag}" at byte offset {at}')
    if quote not in "'\"":
        start = reader.at
        while reader.peek() and (reader.peek().isalnum() or reader.peek() in ".-"):
            reader.at += 1
        if reader.peek() not in (*_SPACES, ">"):
            raise ParseError(f"Unexpected end of name token at byte offset {reader.byte(start)}")
        return reader.raw[start : reader.at].lower()
    reader.at += 1
    value: list[str] = []
    while reader.peek() and reader.peek() != quote:
        if reader.peek() == "&":
            value.append(_character_reference(reader))
        else:
            value.append(reader.peek())
            reader.at += 1
    if not reader.peek():
        raise ParseError(f"Unclosed start tag at byte offset {at}")
    reader.at += 1
    return "".join(value)


def _kept_attribute(tag: str, name: str, value: str) -> str:
    wanted = {
        "a": "href",
        "span": "class",
        "code": "class",
        "tg-emoji": "emoji-id",
        "tg-time": "unix",
        "blockquote": "expandable",
    }
    if wanted.get(tag) != name:
        return ""
    return "expandable" if name == "expandable" else value


def _end_tag(reader: _Reader) -> None:
    at = reader.byte(reader.at)
    if not reader.stack:
        raise ParseError(f"Unexpected end tag at byte offset {at}")
    reader.at += 2
    name = reader.take_until(_SPACES + ">").lower()
    reader.skip_spaces()
    if reader.peek() != ">":
        raise ParseError(f"Unclosed end tag at byte offset {at}")
    reader.at += 1
    opened = reader.stack[-1]
    if name and name != opened.tag:
        expected = f'expected "</{opened.tag}>", found "</{name}>"'
        raise ParseError(f"Unmatched end tag at byte offset {at}, {expected}")
    reader.stack.pop()
    if reader.units > opened.offset:
        entity = _entity(opened, "".join(reader.out[opened.start :]))
        if entity is not None:
            entity |= {"offset": opened.offset, "length": reader.units - opened.offset}
            reader.entities.append(entity)


def _entity(opened: _Open, text: str) -> dict[str, Any] | None:
    kind = _TAGS[opened.tag]
    if opened.tag == "a":
        url = opened.value or text
        return None if wrong_url(url) else {"type": kind, "url": url}
    if opened.tag == "blockquote" and opened.value:
        return {"type": "expandable_blockquote"}
    if opened.tag == "code" and opened.value.startswith("language-"):
        return {"type": "pre", "language": opened.value.removeprefix("language-")}
    return {"type": kind}


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    kept = "".join(" " if ord(each) < 32 and each != "\n" else each for each in text if each != "\r")
    left = len(kept) - len(kept.lstrip(" \n"))
    cut = utf16(kept[:left])
    kept = kept.strip(" \n")
    end = utf16(kept)
    shifted = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        stop = min(entity["offset"] + entity["length"] - cut, end)
        if stop > start:
            shifted.append(entity | {"offset": start, "length": stop - start})
    shifted.sort(key=lambda each: (each["offset"], -each["length"]))
    return kept, shifted
