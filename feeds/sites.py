"""Whose server an address lies on, and how gently that server is treated.

A site is what one publisher runs: the registrable domain of the Public Suffix List (`rss.bao.com.vn` and
`www.bao.com.vn` are one). What has no such domain, an IP address or a name of an own network, is a site by
itself for each port (POLLING B6, B7, B14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from yarl import URL

from feeds.net import Network

if TYPE_CHECKING:
    from tldextract import TLDExtract

SITE_GAP: Final = timedelta(seconds=1)
"""Between two requests to one site, whatever the number of its feeds (POLLING B14)."""

NO_GAP: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Site:
    """One publisher's servers."""

    key: str
    """`bao.com.vn`, `10.1.2.3:8080`, `rsshub:1200`; at most 260 characters."""
    public: bool
    """Whether it is a registered domain: its feeds then have one owner, and one says no for all of them."""


def site_of(url: str) -> Site:
    """Return the site of an address that `feeds.urls.checked_url` returned; any text gives some site."""
    try:
        parsed = URL(url, encoded=True)
        host, port = (parsed.raw_host or "").removesuffix("."), parsed.port
    except ValueError:
        host, port = "", None
    domain = "" if _is_address(host) else _suffixes()(host).top_domain_under_public_suffix
    if domain:
        return Site(domain.lower(), public=True)
    return Site(f"{f'[{host}]' if ':' in host else host}:{port or 0}", public=False)


def gap_of(url: str, allow_networks: Sequence[Network], gap: timedelta = SITE_GAP) -> timedelta:
    """Return the pause between requests to the site of `url`: none inside the operator's own networks."""
    return NO_GAP if in_networks(url, allow_networks) else gap


def in_networks(url: str, networks: Sequence[Network]) -> bool:
    """Whether an address names a host in one of these networks, as an IP address or as `localhost`."""
    host = URL(url, encoded=True).raw_host or ""
    if host == "localhost":
        host = "127.0.0.1"
    return _is_address(host) and any(ip_address(host) in network for network in networks)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _suffixes() -> "TLDExtract":
    """The suffix list that came with the library: it is never fetched, and nothing is written to a disk."""
    from tldextract import TLDExtract  # brings `requests`: 12 MB and 0.2 s

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
