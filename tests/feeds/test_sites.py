"""Sites: who runs the server an address lies on."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.sites import SITE_GAP, Site, gap_of, site_of

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://baodienbienphu.vn/rss/home.rss", "baodienbienphu.vn"),
        ("https://rss.baodienbienphu.com.vn/a", "baodienbienphu.com.vn"),
        ("http://www.baodienbienphu.com.vn:8080/b?c", "baodienbienphu.com.vn"),
        ("https://a.tumblr.com/rss", "tumblr.com"),
        ("https://sotttt.dienbien.gov.vn/rss", "dienbien.gov.vn"),
        ("https://xn--bo-iia.vn/rss", "xn--bo-iia.vn"),
    ],
)
def test_feeds_of_one_publisher_are_one_public_site(url: str, key: str) -> None:
    """POLLING B6, B14."""
    assert site_of(url) == Site(key, public=True)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://10.1.2.3/rss", "10.1.2.3:80"),
        ("http://127.0.0.1:8123/rss", "127.0.0.1:8123"),
        ("http://[2001:db8::1]:1200/rss", "[2001:db8::1]:1200"),
        ("http://rsshub:1200/thanhnien", "rsshub:1200"),
        ("https://news.internal/rss", "news.internal:443"),
        ("https://com.vn/", "com.vn:443"),
    ],
)
def test_what_has_no_registered_domain_is_a_site_for_each_port(url: str, key: str) -> None:
    """POLLING B7."""
    assert site_of(url) == Site(key, public=False)


@given(st.text(max_size=300))
def test_any_text_has_a_site_that_fits_its_column(text: str) -> None:
    assert len(site_of(text[:250]).key) <= 260


def test_pause_between_requests_is_none_in_the_operators_own_networks() -> None:
    own = [ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16")]
    assert gap_of("http://127.0.0.1:8123/rss", own) == timedelta()
    assert gap_of("http://localhost/rss", own) == timedelta()
    assert gap_of("http://10.1.9.9/rss", own) == timedelta()
    assert gap_of("http://10.2.0.1/rss", own) == SITE_GAP == SECOND
    assert gap_of("https://bao.vn/rss", own) == SECOND
    assert gap_of("http://127.0.0.1/rss", []) == SECOND
