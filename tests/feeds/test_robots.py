"""What robots.txt allows, what its absence allows, and how seldom it is asked for (POLLING C4)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import Disallowed
from feeds.net import AddressGuard, open_session
from feeds.robots import (
    CLOSED_FOR,
    KEPT_FOR,
    MAX_RULES_BYTES,
    MAX_SITEMAPS,
    RobotsKeeper,
    fetch_robots,
    read_robots,
    robots_address,
)
from feeds.sandbox import Sandbox
from tests.newssite import Fault, NewsSite

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
SITE = "https://bao.example"


@pytest_asyncio.fixture
async def site() -> AsyncIterator[NewsSite]:
    async with NewsSite() as site:
        yield site


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with open_session(guard, user_agent="Loa/1 (+https://loa.example)") as session:
        yield session


@pytest_asyncio.fixture
async def keeper(session: aiohttp.ClientSession) -> AsyncIterator[RobotsKeeper]:
    async with Sandbox() as sandbox:
        yield RobotsKeeper(session, sandbox)


def allowed(rules: str, *paths: str) -> tuple[bool, ...]:
    addresses = tuple(SITE + path for path in paths)
    return read_robots(rules.encode(), url=f"{SITE}/robots.txt", addresses=addresses).allowed


# What rules mean


def test_the_longest_rule_that_fits_wins() -> None:
    """C4; RFC 9309 §2.2.2"""
    rules = "User-agent: *\nDisallow: /tin\nAllow: /tin/thoi-su\nDisallow: /tin/thoi-su/nhap"

    assert allowed(rules, "/", "/tin/a", "/tin/thoi-su/a", "/tin/thoi-su/nhap/a") == (
        True,
        False,
        True,
        False,
    )


def test_wildcards_and_ends_count() -> None:
    """C4; RFC 9309 §2.2.3, where the standard library's reader gives up"""
    rules = "User-agent: *\nDisallow: /*?page=\nDisallow: /*.pdf$\nDisallow: /*/in/"

    paths = ("/tin?page=2", "/tin", "/a.pdf", "/a.pdf.html", "/x/in/1")
    assert allowed(rules, *paths) == (False, True, False, True, False)


def test_our_own_group_goes_before_the_one_for_all() -> None:
    """C4; RFC 9309 §2.2.1"""
    rules = "User-agent: loa\nDisallow: /rieng\n\nUser-agent: *\nDisallow: /"

    assert allowed(rules, "/tin", "/rieng/1") == (True, False)


def test_rules_for_others_are_not_ours() -> None:
    rules = "User-agent: Loader\nDisallow: /\n\nUser-agent: Googlebot\nDisallow: /"

    assert allowed(rules, "/tin") == (True,)


def test_vietnamese_paths_are_compared_decoded() -> None:
    rules = "User-agent: *\nDisallow: /thời-sự"

    assert allowed(rules, "/th%E1%BB%9Di-s%E1%BB%B1/1", "/kinh-te") == (False, True)


@pytest.mark.parametrize("rules", ["", "User-agent: *\nDisallow:", "<!doctype html><h1>Không tìm thấy</h1>"])
def test_no_rules_allow_everything(rules: str) -> None:
    assert allowed(rules, "/", "/tin") == (True, True)


def test_sitemaps_are_given_in_order_once_and_not_without_end() -> None:
    """K4"""
    many = "".join(f"Sitemap: {SITE}/{number}.xml\n" for number in range(MAX_SITEMAPS + 10))
    rules = (
        f"\ufeffSitemap: {SITE}/b.xml\nUser-agent: *\nDisallow: /x\n"
        f"Sitemap: {SITE}/a.xml\nSitemap: {SITE}/b.xml\n"
    )

    assert read_robots(rules.encode(), url=SITE).sitemaps == (f"{SITE}/b.xml", f"{SITE}/a.xml")
    assert len(read_robots(many.encode(), url=SITE).sitemaps) == MAX_SITEMAPS


@given(st.binary(max_size=500))
def test_any_bytes_can_be_read(rules: bytes) -> None:
    assert len(read_robots(rules, url=SITE, addresses=(f"{SITE}/a", f"{SITE}/b")).allowed) == 2


@pytest.mark.parametrize(
    ("page", "robots"),
    [
        ("https://bao.example/tin/1.html?x=1#y", "https://bao.example/robots.txt"),
        ("http://bao.example:8080/tin", "http://bao.example:8080/robots.txt"),
    ],
)
def test_each_scheme_host_and_port_has_rules_of_its_own(page: str, robots: str) -> None:
    assert robots_address(page) == robots


# What its absence means


async def test_rules_are_fetched_with_our_name(site: NewsSite, session: aiohttp.ClientSession) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")

    assert await fetch_robots(session, site.url("/tin/1.html")) == b"User-agent: *\nDisallow: /"
    assert site.requests[0].headers["User-Agent"] == "Loa/1 (+https://loa.example)"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_no_such_file_means_no_rules(
    site: NewsSite, session: aiohttp.ClientSession, status: int
) -> None:
    """RFC 9309 §2.3.1.3"""
    site.status("/robots.txt", status)

    assert await fetch_robots(session, site.url("/tin")) == b""


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_server_is_closed(
    site: NewsSite, session: aiohttp.ClientSession, status: int
) -> None:
    """RFC 9309 §2.3.1.4"""
    site.status("/robots.txt", status)

    assert await fetch_robots(session, site.url("/tin")) is None


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.ENDLESS, Fault.GZIP_BOMB, Fault.REDIRECT_LOOP])
async def test_a_server_that_misbehaves_is_closed(
    site: NewsSite, session: aiohttp.ClientSession, fault: Fault
) -> None:
    site.fault("/robots.txt", fault)

    assert await fetch_robots(session, site.url("/tin")) is None


async def test_only_the_beginning_of_a_long_file_is_read(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    """RFC 9309 §2.5"""
    site.page("/robots.txt", b"#" * (MAX_RULES_BYTES + 1000), content_type="text/plain")

    assert await fetch_robots(session, site.url("/tin")) == b"#" * MAX_RULES_BYTES


# Keeping


async def test_a_forbidden_page_is_refused_and_an_allowed_one_is_not(
    site: NewsSite, keeper: RobotsKeeper
) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /noi-bo", content_type="text/plain")

    await keeper.check(site.url("/tin-tuc"), NOW)
    with pytest.raises(Disallowed) as refused:
        await keeper.check(site.url("/noi-bo/1"), NOW)

    assert refused.value.detail == "robots.txt forbids it"
    assert refused.value.url == site.url("/noi-bo/1")


async def test_rules_are_asked_for_once_a_day(site: NewsSite, keeper: RobotsKeeper) -> None:
    """RFC 9309 §2.4"""
    for hours in (0, 1, 23):
        await keeper.check(site.url("/tin"), NOW + timedelta(hours=hours))
    assert len(site.requests_to("/robots.txt")) == 1

    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    with pytest.raises(Disallowed):
        await keeper.check(site.url("/tin"), NOW + KEPT_FOR)


async def test_a_closed_site_is_asked_again_after_an_hour(site: NewsSite, keeper: RobotsKeeper) -> None:
    site.status("/robots.txt", 503)
    for _ in range(2):
        with pytest.raises(Disallowed, match="could not be read"):
            await keeper.check(site.url("/tin"), NOW)
    assert len(site.requests_to("/robots.txt")) == 1

    site.status("/robots.txt", 404)
    await keeper.check(site.url("/tin"), NOW + CLOSED_FOR)


async def test_two_sites_do_not_share_rules(site: NewsSite, keeper: RobotsKeeper) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    async with NewsSite("127.0.0.2") as other:
        await keeper.check(other.url("/tin"), NOW)
    with pytest.raises(Disallowed):
        await keeper.check(site.url("/tin"), NOW)


async def test_memory_for_rules_is_bounded(
    site: NewsSite, session: aiohttp.ClientSession, keeper: RobotsKeeper
) -> None:
    """The first site's rules make room for those of many others, and are simply asked for again."""
    big = b"#" * MAX_RULES_BYTES
    site.page("/robots.txt", big, content_type="text/plain")
    await keeper.check(site.url("/tin"), NOW)

    for number in range(2, 20):  # 18 × 500 KiB is more than 8 MiB
        async with NewsSite(f"127.0.0.{number}") as other:
            other.page("/robots.txt", big, content_type="text/plain")
            await keeper.check(other.url("/tin"), NOW)
    await keeper.check(site.url("/tin"), NOW)

    assert len(site.requests_to("/robots.txt")) == 2
