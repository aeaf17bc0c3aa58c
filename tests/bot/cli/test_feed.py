"""`loa feed test`: over HTTP, from a local news site."""

import asyncio
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa, Outcome
from tests.newssite import NewsSite

LOCAL = {"LOA_POLLING__ALLOW_NETWORKS": "127.0.0.0/8"}
RSS = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Báo Điện Biên Phủ</title><link>https://bao.example/</link>
<item><title>Dân vận khéo</title><link>https://bao.example/1</link><guid>1</guid>
<pubDate>Thu, 09 Jan 2020 14:15:00 +0700</pubDate>
<enclosure url="https://bao.example/1.jpg" type="image/jpeg" length="1"/></item>
<item><title>Không ngày tháng</title><link>https://bao.example/2</link><guid>2</guid></item>
</channel></rss>
"""


async def read(loa: Loa, *arguments: str, env: dict[str, str] | None = None) -> Outcome:
    return await asyncio.to_thread(loa, "feed", "test", *arguments, env=LOCAL if env is None else env)


async def test_a_feed_in_a_table(loa: Loa, home: Path) -> None:
    async with NewsSite() as site:
        site.feed("/rss", RSS)
        done = await read(loa, site.url("/rss"))

    rows = [" ".join(row.split()) for row in done.out.splitlines() if row.strip()]
    assert done.code == 0, done.err
    assert rows[0] == "Báo Điện Biên Phủ · rss20"
    assert rows[1] == "Title Published Link Picture"
    assert rows[3:] == [
        "Dân vận khéo 14:15, 9 Jan 2020 https://bao.example/1 yes",
        "Không ngày tháng – https://bao.example/2 no",
        "2 entries",
    ]
    assert list(home.iterdir()) == [], "nothing is stored"


async def test_json_gives_an_entry_a_line(loa: Loa) -> None:
    async with NewsSite() as site:
        site.feed("/rss", RSS)
        done = await read(loa, site.url("/rss"), "--json")

    assert done.records[0] == {
        "title": "Dân vận khéo",
        "url": "https://bao.example/1",
        "published_at": "2020-01-09T07:15:00+00:00",
        "published_raw": done.records[0]["published_raw"],
        "author": None,
        "image_url": "https://bao.example/1.jpg",
        "guid": "1",
    }
    assert [record["title"] for record in done.records] == ["Dân vận khéo", "Không ngày tháng"]
    assert done.records[1]["published_at"] is None


async def test_a_feed_that_breaks_off_is_shown_with_a_remark(loa: Loa) -> None:
    async with NewsSite() as site:
        site.feed("/rss", RSS.partition("<item><title>Không")[0])
        done = await read(loa, site.url("/rss"))

    assert done.code == 0
    assert "Dân vận khéo" in done.out
    assert "breaks off" in done.err


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/page", "not a news feed"),
        ("/gone", "answered with an error. Open the address in a browser to check it. (HTTP 404)"),
        ("/empty", "empty document"),
    ],
)
async def test_what_cannot_be_read_is_a_sentence(loa: Loa, path: str, sentence: str) -> None:
    async with NewsSite() as site:
        site.page("/page", "<!doctype html><title>News</title><p>Hello</p>")
        site.status("/gone", 404)
        site.page("/empty", "")
        done = await read(loa, site.url(path))

    assert (done.code, done.out) == (1, "")
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


async def test_the_guard_holds_here_too(loa: Loa) -> None:
    async with NewsSite() as site:
        site.feed("/rss", RSS)
        done = await read(loa, site.url("/rss"), env={})

        assert site.requests == []
    assert done.code == 1
    assert "private network" in done.err


@pytest.mark.parametrize("address", ["bao.example/rss", "ftp://bao.example/rss", "http://", "not an address"])
async def test_what_is_no_address(loa: Loa, address: str) -> None:
    done = await read(loa, address)

    assert done.code == 1
    assert "http://" in done.err


async def test_a_wrong_configuration_is_not_passed_over(loa: Loa, home: Path) -> None:
    (home / "config.yaml").write_text("langauge: vi\n")

    done = await read(loa, "https://bao.example/rss")

    assert done.code == 2
    assert "Did you mean language?" in done.err
