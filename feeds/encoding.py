"""Bytes of a document → its text.

The order of belief (POLLING G4): a byte order mark, then the bytes themselves when they are valid UTF-8, then
what the server or the document declares. Declarations are wrong more often than valid UTF-8 is an accident.
"""

import codecs
import re
from types import MappingProxyType
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 first: its little-endian mark begins with UTF-16's."""

_UNMARKED: Final = ((rb"[<{\s]\0", "utf-16-le"), (rb"\0[<{\s]", "utf-16-be"))
"""UTF-16 without a mark: every second byte of the first characters is zero (XML 1.0 appendix F)."""

_XML_DECLARATION: Final = re.compile(
    rb"""\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']"""
)
_CHARSET: Final = re.compile(r"""\bcharset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)

_TRUSTED: Final = re.compile(
    r"(?:utf-?(?:8|16|32)|(?:us-)?ascii|iso-?8859|latin|windows-?\d|cp-?\d|koi8|mac|gb|hz|big5|euc|ks_c|shift|"
    r"sjis|iso-2022|tis)",
    re.IGNORECASE,
)
"""Character sets of documents. Python has codecs that are none (`idna`, `unicode_escape`, `utf-7`): some take
quadratic time, others turn harmless bytes into markup."""

_WIDER: Final = MappingProxyType(
    {"iso8859-1": "windows-1252", "ascii": "windows-1252", "gb2312": "gb18030", "gbk": "gb18030"}
)
"""What a label means in practice (WHATWG Encoding Standard): the superset that real documents use."""

_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Control characters, halves of surrogate pairs and non-characters: no text holds them, and a parser or a
database stops at them (XML 1.0 §2.2)."""


def decode_body(body: bytes, content_type: str | None = None) -> tuple[str, str | None]:
    """Return a document's text without control characters, and a remark when its declaration was wrong."""
    text, remark = _decoded(body, content_type)
    return remove_controls(text), remark


def remove_controls(text: str) -> str:
    """Return the text without the characters no text may hold (POLLING G5); tabs and line ends stay."""
    return _ILLEGAL.sub("", text)


def _decoded(body: bytes, content_type: str | None) -> tuple[str, str | None]:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), None
    for pattern, encoding in _UNMARKED:
        if re.match(pattern, body):
            return body.decode(encoding, "replace"), None
    declared = _declared(body, content_type)
    if declared == "utf-8" or declared is None or not _in_seven_bits(declared, body):
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            wrong = declared not in (None, "utf-8") and not body.isascii()
            return text, f"declared as {declared}, read as utf-8" if wrong else None
    if declared in (None, "utf-8") or declared.startswith(("utf-16", "utf-32")):
        return _damaged(body)
    return body.decode(declared, "replace"), None


def _declared(body: bytes, content_type: str | None) -> str | None:
    """The character set the server or the document names, if it is one we trust; the server goes first."""
    header = _CHARSET.search(content_type or "")
    document = _XML_DECLARATION.match(body)
    labels = (header[1] if header else None, document[1].decode("ascii") if document else None)
    for label in labels:
        if label is None or not _TRUSTED.match(label):
            continue
        try:
            name = codecs.lookup(label).name
        except LookupError:
            continue
        return _WIDER.get(name, name)
    return None


def _in_seven_bits(encoding: str, body: bytes) -> bool:
    """Whether this is one of the old mail encodings, whose bytes are valid UTF-8 and mean something else."""
    return encoding.startswith(("iso2022", "hz")) and (b"\x1b" in body or b"~{" in body)


def _damaged(body: bytes) -> tuple[str, str]:
    """Text that claims to be UTF-8 and is not: a few broken characters, or another encoding altogether."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(character > "\x7f" for character in text) - broken
    if sound > broken:
        return text, f"{broken} broken UTF-8 characters"
    return body.decode("windows-1252", "replace"), "not valid UTF-8, read as windows-1252"
