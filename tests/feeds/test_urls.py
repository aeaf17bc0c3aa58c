"""Addresses: what is followed, how it is stored, and when two of them are one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import BadAddress
from feeds.urls import MAX_URL_CHARACTERS, canonical_url, checked_url, url_key, without_credentials


@pytest.mark.parametrize(
    ("given_url", "stored"),
    [
        ("https://vnexpress.net/rss/thoi-su.rss", "https://vnexpress.net/rss/thoi-su.rss"),
        ("  \n https://vnexpress.net/rss \n", "https://vnexpress.net/rss"),
        ("HTTPS://VNExpress.NET/Rss", "https://vnexpress.net/Rss"),
        ("https://vnexpress.net./rss", "https://vnexpress.net/rss"),
        ("https://vnexpress.net:443/rss", "https://vnexpress.net/rss"),
        ("http://vnexpress.net:8080/rss", "http://vnexpress.net:8080/rss"),
        ("https://báo.vn/Tin nóng.rss", "https://xn--bo-mia.vn/Tin%20n%C3%B3ng.rss"),
        ("https://xn--bo-mia.vn/", "https://xn--bo-mia.vn/"),
        ("feed://vnexpress.net/rss", "https://vnexpress.net/rss"),
        ("feed:https://vnexpress.net/rss", "https://vnexpress.net/rss"),
        ("feed:http://vnexpress.net/rss", "http://vnexpress.net/rss"),
        ("feed://http://vnexpress.net/rss", "http://vnexpress.net/rss"),
        ("http://[2001:DB8::1]:8080/rss", "http://[2001:db8::1]:8080/rss"),
        ("https://x.vn/tim?q=d%C3%A2n+v%E1%BA%ADn", "https://x.vn/tim?q=d%C3%A2n+v%E1%BA%ADn"),
    ],
)
def test_address_is_stored_in_one_form(given_url: str, stored: str) -> None:
    """F3, F6: `feed:` means https; IDNA, lower-case host, no trailing dot."""
    assert checked_url(given_url) == stored


@pytest.mark.parametrize(
    "url",
    [
        "",
        "vnexpress.net/rss",
        "//vnexpress.net/rss",
        "/rss/home.rss",
        "feed:",
        "ftp://vnexpress.net/rss",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "gopher://vnexpress.net:70/",
        "http://",
        "http:///rss",
        "http://:80/",
        "http://x..vn/",
        "http://bao moi.vn/",
        "http://x.vn:0/",
        "http://x.vn:65536/",
        "http://x.vn:ssh/",
        "http://[::1/",
        "http://good.vn\\@evil.vn/",
        "http://" + "a" * 64 + ".vn/",
        "http://" + "a." * 130 + "vn/",
        "http://x.vn/a\nSet-Cookie: b",
        "http://x.vn/a\tb",
        "http://x.vn/\x00",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        checked_url(url)


def test_length_counts_before_and_after_encoding() -> None:
    """E9: at most 4,096 characters, also once Vietnamese letters have become percent signs."""
    longest = "https://x.vn/".ljust(MAX_URL_CHARACTERS, "a")

    assert checked_url(longest) == longest
    for too_long in (longest + "a", "https://x.vn/" + "ế" * 500):
        with pytest.raises(BadAddress, match="longer than 4096"):
            checked_url(too_long)


@pytest.mark.parametrize(
    "url", ["https://editor:s3cret@x.vn/rss", "https://s3cret@x.vn/rss", "https://editor:s3cret@@x.vn:99999/"]
)
def test_credentials_are_refused_and_not_repeated(url: str) -> None:
    """D6."""
    with pytest.raises(BadAddress) as caught:
        checked_url(url)

    error = caught.value
    assert "s3cret" not in f"{error} {error.url} {error.detail}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://editor:s3cret@x.vn/rss?a=b@c", "https://x.vn/rss?a=b@c"),
        ("https://x.vn/tac-gia/@lan", "https://x.vn/tac-gia/@lan"),
        ("https://x.vn?mail=a@b.vn", "https://x.vn?mail=a@b.vn"),
        ("https://a:b@c:d@x.vn", "https://x.vn"),
        ("not an address", "not an address"),
    ],
)
def test_logs_see_addresses_without_credentials(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/rss/home.rss", "https://x.vn/rss/home.rss"),
        ("home.rss", "https://x.vn/tin/home.rss"),
        ("../home.rss?a=1", "https://x.vn/home.rss?a=1"),
        ("//cdn.x.vn/rss", "https://cdn.x.vn/rss"),
        ("http://y.vn/", "http://y.vn/"),
        ("?page=2", "https://x.vn/tin/rss?page=2"),
    ],
)
def test_relative_reference_is_resolved_against_its_base(location: str, target: str) -> None:
    assert checked_url(location, base="https://x.vn/tin/rss") == target


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("http://vnexpress.net/a-3670446.html", "https://vnexpress.net/a-3670446.html"),
        ("https://www.vnexpress.net/a.html", "https://vnexpress.net/a.html"),
        ("https://m.vnexpress.net/a.html", "https://vnexpress.net/a.html"),
        ("https://vnexpress.net", "https://vnexpress.net/"),
        ("https://vnexpress.net:443/a", "https://vnexpress.net/a"),
        ("http://vnexpress.net:80/a", "https://vnexpress.net/a"),
        ("https://x.vn/a?utm_source=rss&utm_medium=feed", "https://x.vn/a"),
        ("https://x.vn/a?id=7&fbclid=IwAR0", "https://x.vn/a?id=7"),
        ("https://x.vn/a?UTM_Source=zalo&zarsrc=30", "https://x.vn/a"),
        ("https://x.vn/a#vn_source=rss", "https://x.vn/a"),
        ("https://x.vn/a?b=2&a=1", "https://x.vn/a?a=1&b=2"),
        ("https://x.vn/d%c3%a2n", "https://x.vn/dân"),
        ("https://x.vn/%7Elan", "https://x.vn/~lan"),
    ],
)
def test_two_links_to_one_page_have_one_key(left: str, right: str) -> None:
    """I3, I4."""
    assert url_key(checked_url(left)) == url_key(checked_url(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("https://x.vn/a?id=7", "https://x.vn/a?id=8"),
        ("https://x.vn/a", "https://x.vn/A"),
        ("https://x.vn/a", "https://x.vn/a/b"),
        ("https://x.vn:8080/a", "https://x.vn/a"),
        ("https://thethao.vnexpress.net/a", "https://dulich.vnexpress.net/a"),
        ("https://m.vn/a", "https://vn/a"),
        ("https://x.vn/a?source=1", "https://x.vn/a"),
        ("https://x.vn/a?q=utm_source", "https://x.vn/a"),
    ],
)
def test_different_pages_have_different_keys(left: str, right: str) -> None:
    assert url_key(checked_url(left)) != url_key(checked_url(right))


def test_canonical_form_can_be_read() -> None:
    url = "https://www.báo.vn:443/Tin/../a.html?utm_campaign=x&b=2&a=1#top"

    assert canonical_url(checked_url(url)) == "https://xn--bo-mia.vn/a.html?a=1&b=2"
    assert len(url_key(checked_url(url))) == 16


rest_of_address = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80)


@given(rest_of_address)
def test_checked_address_stays_as_it_is(rest: str) -> None:
    try:
        once = checked_url("https://x.vn/" + rest)
    except BadAddress:
        return

    assert checked_url(once) == once
    assert once.isascii()


@given(rest_of_address)
def test_canonical_form_is_its_own_canonical_form(rest: str) -> None:
    try:
        canonical = canonical_url(checked_url("https://x.vn/" + rest))
    except BadAddress:
        return

    assert canonical_url(canonical) == canonical
    assert url_key(canonical) == url_key("http" + canonical.removeprefix("https"))


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "feed:", "HTTP://a@"]))
def test_every_text_is_either_an_address_or_refused(text: str, scheme: str) -> None:
    try:
        checked = checked_url(scheme + text)
    except BadAddress:
        return

    assert checked.startswith(("http://", "https://"))
    assert len(url_key(checked)) == 16
