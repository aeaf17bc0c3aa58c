"""Bytes of feeds in any encoding, however they are declared (POLLING G4, G7)."""

import pytest

from tests.feeds.documents import parse, rss

TITLE = "Đẩy mạnh công tác dân vận"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "iso-8859-1", None),
        ("utf-8", "utf-16", None),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8-sig", "windows-1252", None),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "utf-16", None),
        ("utf-16-be", "utf-8", None),
        ("utf-32", "utf-32", None),
        ("gb18030", "gb2312", None),
        ("gb18030", "utf-8", 'application/rss+xml; charset="gb18030"'),
    ],
)
def test_text_is_decoded_whatever_is_declared(encoding: str, declared: str, content_type: str | None) -> None:
    document = rss(f"<title>{TITLE}</title>").replace('encoding="utf-8"', f'encoding="{declared}"')
    feed = parse(document.encode(encoding), content_type=content_type)
    assert feed.entries[0].title == TITLE


def test_windows_1258_becomes_composed_letters() -> None:
    # windows-1258 writes ế as ê and a combining accent
    document = rss("<title>thê\u0301 giơ\u0301i</title>").replace("utf-8", "windows-1258").replace("Báo", "B")
    assert parse(document.encode("windows-1258")).entries[0].title == "thế giới"


def test_latin_1_without_any_declaration() -> None:
    document = '<rss version="2.0"><channel><item><title>Café</title></item></channel></rss>'
    feed = parse(document.encode("latin-1"))
    assert feed.entries[0].title == "Café"
    assert feed.warnings[0] == "not valid UTF-8, read as windows-1252"


def test_few_broken_bytes_do_not_turn_the_rest_into_another_encoding() -> None:
    body = rss(f"<title>{TITLE}</title>", "<title>XX</title>").encode().replace(b"XX", b"\xe1\xba")
    assert parse(body).entries[0].title == TITLE


@pytest.mark.parametrize("codec", ["utf-7", "unicode_escape", "idna", "zlib", "rot13", "no-such-codec"])
def test_codecs_that_are_no_encodings_are_not_used(codec: str) -> None:
    document = rss("<title>+ADw-b \\x41</title>").replace('encoding="utf-8"', f'encoding="{codec}"')
    assert parse(document).entries[0].title == "+ADw-b \\x41"
