"""The local server's reading of HTML: the texts and the errors of the real one (tdlib, MessageEntity)."""

from typing import Any

import pytest

from tests.botapi.html import ParseError, is_blank, parse_html, wrong_url


@pytest.mark.parametrize(
    ("raw", "text", "entities"),
    [
        ("chữ", "chữ", []),
        ("&lt;3 &amp; &quot;x&quot; &#39;y&#x27;", "<3 & \"x\" 'y'", []),
        ("&nbsp; &unknown; & &#0;", "&nbsp; &unknown; & &#0;", []),
        ("&lt3", "<3", []),
        ("<b>Tin</b> mới", "Tin mới", [("bold", 0, 3)]),
        ("<STRONG>a</strong><em>b</em>", "ab", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("👍<u>x</u>", "👍x", [("underline", 2, 1)]),
        ("<b></b>x", "x", []),
        ("<b>x</>", "x", [("bold", 0, 1)]),
        ("<b>x</b >", "x", [("bold", 0, 1)]),
        ("  \n<b> x </b>\n", "x", [("bold", 0, 1)]),
        ("<span class='tg-spoiler'>x</span>", "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<pre>x</pre><code>y</code>", "xy", [("pre", 0, 1), ("code", 1, 1)]),
        ("<a href=javascript:1>x</a>", None, []),
        ('<a href="javascript:1">x</a>', "x", []),
        ("a\rb\x01c", "ab c", []),
    ],
)
def test_text_and_entities(raw: str, text: str | None, entities: list[tuple[str, int, int]]) -> None:
    if text is None:
        with pytest.raises(ParseError, match="Unexpected end of name token at byte offset 8"):
            parse_html(raw)
        return
    found, kinds = parse_html(raw)
    assert found == text
    assert [(each["type"], each["offset"], each["length"]) for each in kinds] == entities


def test_link_keeps_its_address() -> None:
    expected: list[dict[str, Any]] = [
        {"type": "text_link", "url": "https://a.vn/?x=1&y=2", "offset": 0, "length": 3}
    ]
    assert parse_html('<a href="https://a.vn/?x=1&amp;y=2">bài</a>') == ("bài", expected)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("đ<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("I <3 you", 'Unsupported start tag "3" at byte offset 2'),
        ("I <3", "Unclosed start tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a ="x">', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b>x</b x>", "Unclosed end tag at byte offset 4"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_errors(raw: str, error: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_html(raw)
    assert str(caught.value) == error


def test_what_shows_nothing_is_blank() -> None:
    assert is_blank("")
    assert is_blank(" \u200b\u2060\u00a0\u2800\u3164")
    assert not is_blank(".")


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://a.vn/x", False),
        ("a.vn", False),
        ("tg://user?id=1", False),
        ("http://127.0.0.1:8080", False),
        ("http://localhost", True),
        ("file:///etc/passwd", True),
        ("https://a.vn/a b", True),
        ("http://[::1", True),
    ],
)
def test_addresses(url: str, wrong: bool) -> None:
    assert wrong_url(url) is wrong
