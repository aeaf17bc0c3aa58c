"""From any address to the feeds of its site, over HTTP from a local news site (POLLING K1 to K4)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from feeds.discover import Budget, Found, How, discover
from feeds.errors import (
    BadAddress,
    BadStatus,
    NotAFeed,
    PrivateAddress,
    TimedOut,
    TooManyRedirects,
    Unreachable,
)
from feeds.net import AddressGuard, open_session
from feeds.sandbox import Sandbox
from tests.newssite import Fault, NewsSite

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
QUICK = Budget(pause_seconds=0.0)
LOCAL = AddressGuard((ip_network("127.0.0.0/8"),))
FEED_LINK = '<link rel="alternate" type="application/rss+xml" href="{}">'


def rss(*titles: str, at: datetime = NOW, title: str = "Báo Mường Phăng") -> str:
    items = "".join(
        f"<item><title>{each}</title><link>https://bao.example/{each}</link>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for each in titles
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def page(body: str = "", head: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>Báo</title>{head}</head><body><p>Tin tức</p>{body}</body></html>"
    )


def news_sitemap(site: NewsSite, *names: str) -> str:
    urls = "".join(
        f"<url><loc>{site.url(f'/{name}.html')}</loc><news:news><news:title>{name}</news:title>"
        f"<news:publication_date>{NOW.isoformat()}</news:publication_date></news:news></url>"
        for name in names
    )
    return f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'


@pytest_asyncio.fixture
async def site() -> AsyncIterator[NewsSite]:
    async with NewsSite() as site:
        yield site


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(LOCAL, user_agent="Loa/1 (+https://loa.example)") as session:
        yield session


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


class Finder:
    """`discover` with what every test uses."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._session = session
        self._sandbox = sandbox

    async def __call__(self, address: str, budget: Budget = QUICK) -> tuple[Found, ...]:
        return await discover(
            self._session, self._sandbox, address, time_zone="Asia/Ho_Chi_Minh", now=NOW, budget=budget
        )


@pytest.fixture
def find(session: aiohttp.ClientSession, sandbox: Sandbox) -> Finder:
    return Finder(session, sandbox)


def asked(site: NewsSite) -> list[str]:
    return [seen.path for seen in site.requests]


# The address itself


async def test_a_feed_is_found_with_one_request(site: NewsSite, find: Finder) -> None:
    """K1, A13"""
    site.feed("/tin/rss.xml", rss("a", "b", at=NOW - timedelta(hours=2)))

    (found,) = await find(site.url("/tin/rss.xml"))

    assert asked(site) == ["/tin/rss.xml"]
    assert (found.url, found.title, found.format) == (site.url("/tin/rss.xml"), "Báo Mường Phăng", "rss20")
    assert (found.entries, found.newest, found.how) == (2, NOW - timedelta(hours=2), How.ADDRESS)


@pytest.mark.parametrize(
    ("status", "polled"), [(301, "/moi.rss"), (308, "/moi.rss"), (302, "/cu.rss"), (307, "/cu.rss")]
)
async def test_only_permanent_redirects_change_the_address(
    site: NewsSite, find: Finder, status: int, polled: str
) -> None:
    """D1, D2"""
    site.redirect("/cu.rss", "/moi.rss", status)
    site.feed("/moi.rss", rss("a"))

    (found,) = await find(site.url("/cu.rss"))

    assert found.url == site.url(polled)


async def test_an_address_without_a_scheme_is_tried_over_https_and_then_http(
    site: NewsSite, find: Finder
) -> None:
    site.feed("/rss", rss("a"))

    (found,) = await find(f"  127.0.0.1:{site.port}/rss ")

    assert found.url == site.url("/rss")


async def test_a_news_sitemap_is_an_address_too(site: NewsSite, find: Finder) -> None:
    """K4"""
    site.page("/news.xml", news_sitemap(site, "a"), content_type="text/xml")

    (found,) = await find(site.url("/news.xml"))

    assert (found.format, found.how) == ("news_sitemap", How.ADDRESS)


# What the page says


async def test_declared_feeds_are_read_before_they_are_offered(site: NewsSite, find: Finder) -> None:
    """K1, K2: one of them is a page, one is gone, one is WordPress's interface."""
    links = ("/rss/home.rss", "/rss/page.rss", "/rss/gone.rss", "/rss/the-thao.rss")
    wordpress = '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">'
    site.page("/bai-1.html", page(head="".join(map(FEED_LINK.format, links)) + wordpress))
    site.feed("/rss/home.rss", rss("a", "b"))
    site.page("/rss/page.rss", page())
    site.feed("/rss/the-thao.rss", rss("b"))

    found = await find(site.url("/bai-1.html"))

    assert [(each.url, each.how) for each in found] == [
        (site.url("/rss/home.rss"), How.DECLARED),
        (site.url("/rss/the-thao.rss"), How.DECLARED),
    ]
    assert asked(site) == ["/bai-1.html", *links]


async def test_one_feed_in_two_formats_is_offered_once(site: NewsSite, find: Finder) -> None:
    """K2"""
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo</title><entry><id>1</id><title>a</title>'
        '<link href="https://bao.example/a"/><updated>2026-10-05T12:00:00Z</updated></entry></feed>'
    )
    site.page("/", page(head=FEED_LINK.format("/feed/") + FEED_LINK.format("/feed/atom/")))
    site.feed("/feed/", rss("a"))
    site.feed("/feed/atom/", atom, content_type="application/atom+xml")

    assert [each.url for each in await find(site.url("/"))] == [site.url("/feed/")]


async def test_links_are_followed_when_nothing_is_declared(site: NewsSite, find: Finder) -> None:
    """K1, second tier"""
    site.page("/", page('<a href="/gop-y/feedback">Góp ý</a><a href="/kenh/thoi-su.rss">Thời sự</a>'))
    site.feed("/kenh/thoi-su.rss", rss("a"))

    (found,) = await find(site.url("/"))

    assert (found.url, found.how) == (site.url("/kenh/thoi-su.rss"), How.LINKED)
    assert asked(site) == ["/", "/kenh/thoi-su.rss"]


async def test_a_page_listing_feeds_is_followed(site: NewsSite, find: Finder) -> None:
    """K3: the footer links to /rss.html, which lists the feeds."""
    sections = ("home", "thoi-su", "kinh-te", "the-thao")
    site.page("/", page('<a href="/rss.html">RSS</a>'))
    site.page("/rss.html", page("".join(f'<a href="/rss/{name}.rss">{name}</a>' for name in sections)))
    for name in sections:
        site.feed(f"/rss/{name}.rss", rss(name))

    found = await find(site.url("/"))

    assert [each.url for each in found] == [site.url(f"/rss/{name}.rss") for name in sections]


async def test_enough_is_enough(site: NewsSite, find: Finder) -> None:
    site.page("/rss.html", page("".join(f'<a href="/{n}.rss">{n}</a>' for n in range(60))))
    for number in range(60):
        site.feed(f"/{number}.rss", rss(f"bai-{number}"))

    found = await find(site.url("/rss.html"))

    assert len(found) == QUICK.enough
    assert len(site.requests) == 1 + QUICK.enough


async def test_a_section_page_leads_to_the_sections_feed(site: NewsSite, find: Finder) -> None:
    """K3: /the-thao.htm declares only the feed of everything, /rss/the-thao.rss exists."""
    site.page("/the-thao.htm", page(head=FEED_LINK.format("/rss/home.rss")))
    site.feed("/rss/home.rss", rss("a", "b"))
    site.feed("/rss/the-thao.rss", rss("b"))

    found = await find(site.url("/the-thao.htm"))

    assert [each.url for each in found] == [site.url("/rss/the-thao.rss"), site.url("/rss/home.rss")]


async def test_an_article_without_links_leads_to_the_front_pages_feeds(site: NewsSite, find: Finder) -> None:
    site.page("/the-thao/doi-bong-ban-vo-dich-289789.html", page())
    site.page("/", page(head=FEED_LINK.format("/kenh.rss")))
    site.feed("/kenh.rss", rss("a"))

    (found,) = await find(site.url("/the-thao/doi-bong-ban-vo-dich-289789.html"))

    assert found.url == site.url("/kenh.rss")


async def test_a_dead_feed_is_not_enough(site: NewsSite, find: Finder) -> None:
    """What the page declares died in 2019; the living feed stands in a usual place."""
    site.page("/", page(head=FEED_LINK.format("/cu.rss")))
    site.feed("/cu.rss", rss("cu", at=datetime(2019, 5, 1, tzinfo=UTC)))
    site.feed("/rss/home.rss", rss("a"))

    found = await find(site.url("/"))

    assert [each.url for each in found] == [site.url("/rss/home.rss"), site.url("/cu.rss")]


# Usual places


@pytest.mark.parametrize(
    "path",
    [
        "/rss/home.rss",
        "/rss/tin-moi-nhat.rss",
        "/rss/trang-chu.rss",
        "/rss",
        "/trang-chu.rss",
        "/feed",
        "/feed/",
        "/rss.xml",
        "/atom.xml",
        "/index.xml",
        "/feeds/posts/default",
    ],
)
async def test_feeds_stand_in_usual_places(site: NewsSite, find: Finder, path: str) -> None:
    """K3"""
    site.page("/", page())
    site.feed(path, rss("a"))

    (found,) = await find(site.url("/"))

    assert (found.url, found.how) == (site.url(path), How.GUESSED)


async def test_nothing_is_asked_for_after_the_feed_was_found(site: NewsSite, find: Finder) -> None:
    site.page("/", page())
    site.feed("/rss", rss("a"))
    site.feed("/feed", rss("b"))

    await find(site.url("/"))

    assert asked(site) == ["/", "/rss"]


async def test_an_address_that_is_gone_leads_to_the_sites_living_feed(site: NewsSite, find: Finder) -> None:
    site.page("/", page())
    site.feed("/rss.xml", rss("a"))

    (found,) = await find(site.url("/rss/feed-cu.rss"))

    assert found.url == site.url("/rss.xml")


async def test_a_site_that_answers_everything_with_its_front_page(site: NewsSite, find: Finder) -> None:
    """Soft 404s: 200 and the same page everywhere, here by redirect and by itself."""
    front = page('<a href="/kenh/1">RSS</a>')
    site.page("/", front)
    for path in ("/rss", "/feed", "/rss/home.rss", "/kenh/1"):
        site.page(path, front)
    for path in ("/rss.html", "/rss.xml", "/feed/"):
        site.redirect(path, "/")

    assert await find(site.url("/")) == ()
    assert len(site.requests) <= QUICK.requests


# Sitemaps


async def test_the_news_sitemap_is_found_through_robots(site: NewsSite, find: Finder) -> None:
    """K4: robots.txt names an index, the index a packed news sitemap among others."""
    import gzip

    site.page("/", page())
    site.page("/robots.txt", f"Sitemap: {site.url('/sitemap.xml')}\n", content_type="text/plain")
    index = "".join(
        f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/2025.xml", "/google-news.xml.gz")
    )
    site.page("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", content_type="text/xml")
    packed = gzip.compress(news_sitemap(site, "a", "b").encode())
    site.page("/google-news.xml.gz", packed, content_type="application/gzip")

    (found,) = await find(site.url("/"))

    assert (found.url, found.how) == (site.url("/google-news.xml.gz"), How.SITEMAP)
    assert (found.format, found.entries, found.newest) == ("news_sitemap", 2, NOW)
    assert "/2025.xml" not in asked(site)


async def test_a_sitemap_robots_forbids_is_not_read(site: NewsSite, find: Finder) -> None:
    """C4"""
    site.page("/", page())
    rules = f"User-agent: *\nDisallow: /*.xml$\nSitemap: {site.url('/tin.xml')}\n"
    site.page("/robots.txt", rules, content_type="text/plain")
    site.page("/tin.xml", news_sitemap(site, "a"), content_type="text/xml")

    assert await find(site.url("/")) == ()
    assert "/tin.xml" not in asked(site)
    assert "/sitemap.xml" not in asked(site)


async def test_a_hostile_robots_file_costs_only_the_sitemaps(site: NewsSite, find: Finder) -> None:
    """E7: thousands of agents in one group, thousands of rules for each of them."""
    agents = "".join(f"User-agent: a{number}\n" for number in range(15_000))
    rules = "".join(f"Disallow: /{number}\n" for number in range(15_000))
    site.page("/", page())
    site.page("/robots.txt", agents + rules, content_type="text/plain")

    assert await find(site.url("/")) == ()
    assert site.requests_to("/sitemap.xml") == []


async def test_feeds_are_read_whatever_robots_says(site: NewsSite, find: Finder) -> None:
    """C4: a person asked for them."""
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    site.page("/", page(head=FEED_LINK.format("/kenh.rss")))
    site.feed("/kenh.rss", rss("a"))

    assert [each.url for each in await find(site.url("/"))] == [site.url("/kenh.rss")]


async def test_a_living_feed_makes_sitemaps_needless(site: NewsSite, find: Finder) -> None:
    site.page("/", page(head=FEED_LINK.format("/kenh.rss")))
    site.feed("/kenh.rss", rss("a"))

    await find(site.url("/"))

    assert site.requests_to("/robots.txt") == []


async def test_an_index_that_names_itself_comes_to_an_end(site: NewsSite, find: Finder) -> None:
    site.page("/", page())
    for number in range(5):
        index = (
            f"<sitemapindex><sitemap><loc>{site.url(f'/s{number + 1}.xml')}</loc></sitemap></sitemapindex>"
        )
        site.page(f"/s{number}.xml", index, content_type="text/xml")
    site.page("/robots.txt", f"Sitemap: {site.url('/s0.xml')}", content_type="text/plain")

    assert await find(site.url("/")) == ()
    assert [path for path in asked(site) if path.startswith("/s") and path[2].isdigit()] == [
        "/s0.xml",
        "/s1.xml",
        "/s2.xml",
    ]


# Nothing there, and limits


async def test_a_site_without_anything_gives_nothing(site: NewsSite, find: Finder) -> None:
    site.page("/", page())

    assert await find(site.url("/")) == ()
    assert len(site.requests) <= QUICK.requests
    assert len(set(asked(site))) == len(site.requests), "nothing is asked for twice"


async def test_a_search_asks_one_thing_after_the_other_and_not_without_end(
    site: NewsSite, find: Finder
) -> None:
    links = "".join(f'<a href="/{n}.rss">RSS</a>' for n in range(90))
    site.page("/", page(links, "".join(FEED_LINK.format(f"/d{n}.rss") for n in range(30))))

    assert await find(site.url("/"), Budget(requests=12, pause_seconds=0)) == ()
    assert len(site.requests) == 12
    assert site.peak_in_flight == 1


async def test_redirects_count_as_requests(site: NewsSite, find: Finder) -> None:
    links = "".join(FEED_LINK.format(f"/{n}.rss") for n in range(20))
    site.page("/", page(head=links))
    for number in range(20):
        site.redirect(f"/{number}.rss", f"/x{number}")
        site.redirect(f"/x{number}", f"/y{number}")
        site.page(f"/y{number}", page())

    assert await find(site.url("/"), Budget(requests=10, pause_seconds=0)) == ()
    assert len(site.requests) == 10


@pytest.mark.parametrize("status", [429, 503])
async def test_an_overloaded_site_is_left_alone(site: NewsSite, find: Finder, status: int) -> None:
    """B5"""
    site.page("/", page(head=FEED_LINK.format("/a.rss") + FEED_LINK.format("/b.rss")))
    site.status("/a.rss", status, {"Retry-After": "60"})
    site.feed("/b.rss", rss("b"))

    assert await find(site.url("/")) == ()
    assert asked(site) == ["/", "/a.rss"]


async def test_a_site_that_refuses_is_not_hammered(site: NewsSite, find: Finder) -> None:
    """B8"""

    async def refuse(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=403, text="Forbidden")

    site.page("/", page())
    for path in (
        "/rss",
        "/feed",
        "/rss/home.rss",
        "/rss/tin-moi-nhat.rss",
        "/rss/trang-chu.rss",
        "/rss.html",
    ):
        site.handle(path, refuse)

    assert await find(site.url("/")) == ()
    assert asked(site) == ["/", "/rss", "/feed", "/rss/home.rss"]


async def test_a_candidate_on_a_private_address_is_not_asked(site: NewsSite, sandbox: Sandbox) -> None:
    """F: the page may link anywhere, the guard sits on the socket."""
    site.page("/", page(head=FEED_LINK.format("http://127.0.0.2:8080/rss") + FEED_LINK.format("/a.rss")))
    site.feed("/a.rss", rss("a"))
    guard = AddressGuard((ip_network("127.0.0.1/32"),))

    async with open_session(guard, user_agent="Loa/1") as session:
        found = await Finder(session, sandbox)(site.url("/"))

    assert [each.url for each in found] == [site.url("/a.rss")]


async def test_a_link_that_leads_to_a_private_address_closes_nothing_else(
    site: NewsSite, sandbox: Sandbox
) -> None:
    site.page("/", page(head=FEED_LINK.format("/trap.rss") + FEED_LINK.format("/a.rss")))
    site.redirect("/trap.rss", "http://127.0.0.2:8080/rss")
    site.feed("/a.rss", rss("a"))
    guard = AddressGuard((ip_network("127.0.0.1/32"),))

    async with open_session(guard, user_agent="Loa/1") as session:
        found = await Finder(session, sandbox)(site.url("/"))

    assert [each.url for each in found] == [site.url("/a.rss")]


async def test_hostile_pages_do_not_stop_the_search(site: NewsSite, find: Finder) -> None:
    """E: every declared feed misbehaves in its own way, the last one is good."""
    faults = (Fault.RESET_MIDWAY, Fault.GZIP_BOMB, Fault.GARBAGE, Fault.EMPTY, Fault.NOT_HTTP)
    others = []
    for number, fault in enumerate(faults):
        other = NewsSite(f"127.0.0.{number + 2}")
        others.append(await other.__aenter__())
        other.fault("/x.rss", fault)
    links = [other.url("/x.rss") for other in others]
    site.page("/", page(head="".join(map(FEED_LINK.format, [*links, "/good.rss"]))))
    site.feed("/good.rss", rss("a"))

    try:
        found = await find(site.url("/"))
    finally:
        for other in others:
            await other.__aexit__(None, None, None)

    assert [each.url for each in found] == [site.url("/good.rss")]


async def test_what_was_found_in_time_is_the_answer(site: NewsSite, find: Finder) -> None:
    site.page("/", page(head=FEED_LINK.format("/a.rss") + FEED_LINK.format("/slow.rss")))
    site.feed("/a.rss", rss("a"))
    site.fault("/slow.rss", Fault.HANG)
    await find(site.url("/a.rss"))  # the sandbox is up

    found = await find(site.url("/"), Budget(pause_seconds=0, seconds=2))

    assert [each.url for each in found] == [site.url("/a.rss")]


async def test_nothing_found_in_time_is_said(site: NewsSite, find: Finder) -> None:
    site.fault("/", Fault.HANG)

    with pytest.raises(TimedOut):
        await find(site.url("/"), Budget(pause_seconds=0, seconds=0.5))


# Addresses that cannot be read


@pytest.mark.parametrize(
    "address", ["", "   ", "not an address", "ftp://bao.example/", "mailto:a@bao.example"]
)
async def test_what_is_no_address(find: Finder, address: str) -> None:
    with pytest.raises(BadAddress):
        await find(address)


async def test_a_private_address_is_refused(site: NewsSite, sandbox: Sandbox) -> None:
    """F1"""
    async with open_session(AddressGuard(), user_agent="Loa/1") as session:
        with pytest.raises(PrivateAddress):
            await Finder(session, sandbox)(site.url("/"))

    assert site.requests == []


async def test_a_server_that_is_away(site: NewsSite, find: Finder) -> None:
    site.fault("/", Fault.RESET)

    with pytest.raises(Unreachable):
        await find(site.url("/"))
    assert set(asked(site)) == {"/"}, "nothing else is asked for"


@pytest.mark.parametrize(
    ("path", "error"), [("/gone", BadStatus), ("/loop", TooManyRedirects), ("/anh.jpg", NotAFeed)]
)
async def test_why_the_address_could_not_be_read_is_said_when_nothing_else_was_found(
    site: NewsSite, find: Finder, path: str, error: type[Exception]
) -> None:
    site.fault("/loop", Fault.REDIRECT_LOOP)
    site.page("/anh.jpg", b"\xff\xd8\xff\xe0 picture", content_type="image/jpeg")

    with pytest.raises(error):
        await find(site.url(path))


async def test_an_overloaded_address_is_not_searched_around(site: NewsSite, find: Finder) -> None:
    site.status("/", 503)

    with pytest.raises(BadStatus):
        await find(site.url("/"))
    assert asked(site) == ["/"]


async def test_searches_run_side_by_side(site: NewsSite, find: Finder) -> None:
    site.page("/", page(head=FEED_LINK.format("/a.rss")))
    site.feed("/a.rss", rss("a"))

    one, other = await asyncio.gather(find(site.url("/")), find(site.url("/a.rss")))

    assert [each.url for each in one] == [each.url for each in other] == [site.url("/a.rss")]
