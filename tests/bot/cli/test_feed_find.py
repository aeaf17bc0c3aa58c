"""`loa feed find`: over HTTP, from a local news site."""

import asyncio
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa, Outcome
from tests.newssite import NewsSite

LOCAL = {"LOA_POLLING__ALLOW_NETWORKS": "127.0.0.0/8"}
RSS = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>{title}</title><link>https://bao.example/</link>
<item><title>Dân vận khéo</title><link>https://bao.example/{name}</link><guid>1</guid>
<pubDate>Thu, 09 Jan 2020 14:15:00 +0700</pubDate></item>
</channel></rss>
"""
FRONT = """<!doctype html><title>Báo</title>
<link rel="alternate" type="application/rss+xml" href="/rss/home.rss">
<link rel="alternate" type="application/rss+xml" href="/rss/empty.rss">
<p>Tin</p>"""


async def find(loa: Loa, *arguments: str, env: dict[str, str] | None = None) -> Outcome:
    return await asyncio.to_thread(loa, "feed", "find", *arguments, env=LOCAL if env is None else env)


def publish(site: NewsSite) -> None:
    site.page("/", FRONT)
    site.page("/bai-1.html", FRONT)
    site.feed("/rss/home.rss", RSS.format(title="Trang chủ", name="a"))
    site.feed("/rss/empty.rss", "<rss version='2.0'><channel><title>Trống</title></channel></rss>")


async def test_feeds_in_a_table_the_best_first(loa: Loa, home: Path) -> None:
    async with NewsSite() as site:
        publish(site)
        site.feed("/rss", RSS.format(title="Mọi tin", name="b"))
        done = await find(loa, site.url("/"))

        rows = [" ".join(row.split()) for row in done.out.splitlines() if row.strip()]
        assert done.code == 0, done.err
        assert rows[0] == "Title Format Entries Newest Address How found"
        assert rows[2:] == [
            f"Trang chủ rss20 1 14:15, 9 Jan 2020 {site.url('/rss/home.rss')} named by the page",
            f"Trống rss20 0 – {site.url('/rss/empty.rss')} named by the page",
            f"Mọi tin rss20 1 14:15, 9 Jan 2020 {site.url('/rss')} in a usual place",
            "3 feeds",
        ]
    assert list(home.iterdir()) == [], "nothing is stored"


async def test_json_gives_a_feed_a_line(loa: Loa) -> None:
    async with NewsSite() as site:
        site.feed("/rss/home.rss", RSS.format(title="Trang chủ", name="a"))
        done = await find(loa, f"127.0.0.1:{site.port}/rss/home.rss", "--json")

        assert done.records == [
            {
                "url": site.url("/rss/home.rss"),
                "title": "Trang chủ",
                "format": "rss20",
                "entries": 1,
                "newest": "2020-01-09T07:15:00+00:00",
                "how": "address",
            }
        ]


async def test_nothing_found_says_what_to_do(loa: Loa) -> None:
    async with NewsSite() as site:
        site.page("/", "<!doctype html><title>Báo</title><p>Tin</p>")
        done = await find(loa, site.url("/"))

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("No feed was found")
    assert "“page” in config.example.yaml" in done.err
    assert len(done.err.splitlines()) == 1


async def test_what_cannot_be_read_is_a_sentence(loa: Loa) -> None:
    async with NewsSite() as site:
        done = await find(loa, site.url("/"))

    assert (done.code, done.out) == (1, "")
    assert "answered with an error" in done.err
    assert "HTTP 404" in done.err


async def test_the_guard_holds_here_too(loa: Loa) -> None:
    async with NewsSite() as site:
        publish(site)
        done = await find(loa, site.url("/"), env={})

        assert site.requests == []
    assert done.code == 1
    assert "private network" in done.err


@pytest.mark.parametrize("address", ["ftp://bao.example/", "not an address"])
async def test_what_is_no_address(loa: Loa, address: str) -> None:
    done = await find(loa, address)

    assert done.code == 1
    assert "not an address I can follow" in done.err


async def test_it_speaks_vietnamese(loa: Loa) -> None:
    async with NewsSite() as site:
        site.feed("/rss", RSS.format(title="Trang chủ", name="a"))
        done = await find(loa, site.url("/rss"), env={**LOCAL, "LC_ALL": "vi_VN.UTF-8"})

    assert "chính địa chỉ này" in done.out
    assert "1 nguồn tin" in done.out
