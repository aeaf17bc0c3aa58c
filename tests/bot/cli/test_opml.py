"""`loa import feeds` and `loa export feeds`, on both databases."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.cli.opml_topics import category_names, topic_names, topics_of, unmatched
from feeds.opml import MAX_BYTES, OpmlFeed, read_opml
from feeds.types import ParsedFeed, Poll
from storage.engine import reading, writing
from storage.feeds import FeedSetting, add_feed, list_feeds, record_poll, retire_feed
from storage.types import FeedStatus, Topic
from tests.bot.cli.conftest import Loa

CONFIGURATION = """
topics:
  - id: dan-van
    title: {vi: "Dân vận", en: "Mass mobilisation"}
  - id: the-thao
    title: {vi: "Thể thao", en: "Sports"}
"""

LIST = """<opml version="1.1"><head><title>Mine</title></head><body>
<outline text="Dan Van">
  <outline text="Báo "A" & B" type="rss" xmlUrl="https://a.example/rss?a=1&b=2" category="/sports"/>
</outline>
<outline text="Á"><outline text="Việt Nam">
  <outline text="" xmlUrl="https://b.example/rss"/>
</outline></outline>
<outline text="Báo A" xmlUrl="https://a.example/rss?a=1&amp;b=2"/>
<outline text="Cũ" xmlUrl="ftp://c.example/rss"/>
</body></opml>
"""


def database(url: str) -> dict[str, str]:
    return {"LOA_DATABASE": url}


@pytest.fixture
def configured(home: Path) -> Path:
    (home / "config.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return home


async def stored(engine: AsyncEngine) -> Mapping[str, FeedStatus]:
    async with reading(engine) as conn:
        return {feed.url: feed for feed in (await list_feeds(conn, limit=10_000)).items}


class TestThere:
    """Into the database."""

    async def test_feeds_are_added_with_the_topics_there_are(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        (configured / "mine.opml").write_text(LIST, encoding="utf-8")

        done = await asyncio.to_thread(loa, "import", "feeds", "mine.opml", env=database(database_url))

        feeds = await stored(engine)
        assert {(url, feed.title, feed.topics) for url, feed in feeds.items()} == {
            ("https://a.example/rss?a=1&b=2", 'Báo "A" & B', ("dan-van", "the-thao")),
            ("https://b.example/rss", "https://b.example/rss", ()),
        }
        assert {feed.time_zone for feed in feeds.values()} == {"Asia/Ho_Chi_Minh"}
        assert done.code == 1  # one of them is not there now
        assert done.err.splitlines() == [
            "2 feeds added.",
            "2 entries were left out.",
            "No topic has the name of these categories, so they are not kept: Á / Việt Nam",
        ]

    def test_a_table_says_what_became_of_each(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        done = loa("import", "feeds", "-", env=database(database_url), stdin=LIST.encode())

        rows = [" ".join(line.split()) for line in done.out.splitlines() if line.strip(" ─")]
        assert rows[0] == "Outcome Title Link Topics Why"
        assert rows[1] == 'added Báo "A" & B https://a.example/rss?a=1&b=2 dan-van, the-thao'
        assert rows[2] == "added – https://b.example/rss"
        assert rows[3].startswith(
            "left out Báo A https://a.example/rss?a=1&b=2 line 8, column 1: named before"
        )
        assert rows[4].startswith("left out Cũ ftp://c.example/rss line 9, column 1: not an address I can")

    def test_the_same_as_json_lines(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        done = loa("import", "feeds", "-", "--json", env=database(database_url), stdin=LIST.encode())

        assert [(row["outcome"], row["url"], row["reason"], row["line"]) for row in done.records] == [
            ("added", "https://a.example/rss?a=1&b=2", None, None),
            ("added", "https://b.example/rss", None, None),
            ("left_out", "https://a.example/rss?a=1&b=2", "repeated", 8),
            ("left_out", "ftp://c.example/rss", "bad_address", 9),
        ]
        assert done.records[0]["topics"] == ["dan-van", "the-thao"]
        assert done.records[3]["detail"] == "not an http or https address"

    async def test_feeds_polled_already_stay_as_they_are(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str, now: datetime
    ) -> None:
        one = b'<opml><outline text="New" xmlUrl="https://a.example/rss" category="sports"/></opml>'
        async with writing(engine) as conn:
            setting = FeedSetting("https://a.example/rss", "Old", "UTC", ("dan-van",))
            await add_feed(conn, setting, now)

        done = await asyncio.to_thread(loa, "import", "feeds", "-", env=database(database_url), stdin=one)

        assert (done.code, done.err) == (0, "0 feeds added.\n1 was polled already.\n")
        (feed,) = (await stored(engine)).values()
        assert (feed.title, feed.time_zone, feed.topics) == ("Old", "UTC", ("dan-van",))

    async def test_a_retired_feed_is_polled_again(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str, now: datetime
    ) -> None:
        one = b'<opml><outline text="New" xmlUrl="https://a.example/rss"/></opml>'
        async with writing(engine) as conn:
            feed_id = await add_feed(conn, FeedSetting("https://a.example/rss", "Old", "UTC"), now)
            await retire_feed(conn, feed_id, now)

        done = await asyncio.to_thread(loa, "import", "feeds", "-", env=database(database_url), stdin=one)

        assert (done.code, done.err) == (0, "1 feed added.\n")
        assert list(await stored(engine)) == ["https://a.example/rss"]

    def test_importing_again_adds_nothing(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        many = "".join(f'<outline text="{n}" xmlUrl="https://a.example/{n}"/>' for n in range(1201))
        data = f"<opml>{many}</opml>".encode()

        first = loa("import", "feeds", "-", "--json", env=database(database_url), stdin=data)
        again = loa("import", "feeds", "-", "--json", env=database(database_url), stdin=data)

        assert (first.code, first.err) == (0, "1201 feeds added.\n")
        assert (again.code, again.err) == (0, "0 feeds added.\n1201 were polled already.\n")

    def test_links_and_repetitions_are_no_failure(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        data = (
            b'<opml><outline xmlUrl="https://a.example/"/><outline xmlUrl="https://a.example/"/>'
            b'<outline type="link" url="https://a.example/page"/></opml>'
        )

        done = loa("import", "feeds", "-", env=database(database_url), stdin=data)

        assert (done.code, done.err) == (0, "1 feed added.\n2 entries were left out.\n")

    def test_many_categories_without_a_topic_are_named_in_part(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        many = "".join(
            f'<outline text="g{n}"><outline xmlUrl="https://a.example/{n}"/></outline>' for n in range(21)
        )

        done = loa("import", "feeds", "-", env=database(database_url), stdin=f"<opml>{many}</opml>".encode())

        assert done.err.splitlines()[-1].endswith("g18, g19, …")

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"<rss/>", "There is no list of feeds in this file. Export it from your reader as OPML.\n"),
            (
                b"<opml>" + b" " * MAX_BYTES,
                "The file is larger than 10 MiB. Split it and import the parts.\n",
            ),
        ],
    )
    def test_a_file_that_is_no_list(self, loa: Loa, configured: Path, data: bytes, said: str) -> None:
        done = loa("import", "feeds", "-", env=database("sqlite:///loa.db"), stdin=data)

        assert (done.code, done.out, done.err) == (1, "", said)

    def test_a_file_that_is_not_there(self, loa: Loa, configured: Path) -> None:
        done = loa("import", "feeds", "nothing.opml")

        assert (done.code, done.err) == (1, "nothing.opml: No such file or directory\n")

    def test_in_vietnamese(self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str) -> None:
        environ = {**database(database_url), "LC_ALL": "vi_VN.UTF-8"}

        done = loa("import", "feeds", "-", env=environ, stdin=LIST.encode())

        assert done.err.startswith("Đã thêm 2 nguồn tin.\n")


class TestBack:
    """Out of the database."""

    async def test_what_was_imported_is_exported(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        environ = database(database_url)
        await asyncio.to_thread(loa, "import", "feeds", "-", env=environ, stdin=LIST.encode())

        done = await asyncio.to_thread(loa, "export", "feeds", env=environ)

        assert (done.code, done.err) == (0, "2 feeds written.\n")
        assert set(read_opml(done.out.encode()).feeds) == {
            OpmlFeed("https://b.example/rss"),
            OpmlFeed(
                "https://a.example/rss?a=1&b=2", 'Báo "A" & B', categories=(("Dân vận",), ("Thể thao",))
            ),
        }

    async def test_an_exported_list_brings_back_the_same_feeds(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        environ = database(database_url)
        await asyncio.to_thread(loa, "import", "feeds", "-", env=environ, stdin=LIST.encode())
        await asyncio.to_thread(loa, "export", "feeds", "-o", "all.opml", env=environ)
        elsewhere = database("sqlite:///elsewhere.db")
        await asyncio.to_thread(loa, "migrate", env=elsewhere)

        done = await asyncio.to_thread(loa, "import", "feeds", "all.opml", "--json", env=elsewhere)

        assert (done.code, done.err) == (0, "2 feeds added.\n")
        assert {(row["url"], row["title"], *row["topics"]) for row in done.records} == {
            ("https://a.example/rss?a=1&b=2", 'Báo "A" & B', "dan-van", "the-thao"),
            ("https://b.example/rss", ""),
        }
        assert not (configured / "all.opml.part").exists()

    def test_a_failed_export_leaves_the_old_file_alone(self, loa: Loa, configured: Path) -> None:
        (configured / "all.opml").write_text("the old one")

        done = loa("export", "feeds", "--output", "all.opml", env=database("sqlite:///nothing.db"))

        assert done.code == 1
        assert (configured / "all.opml").read_text() == "the old one"
        assert not (configured / "all.opml.part").exists()

    async def test_retired_feeds_stay_behind_and_sites_come_along(
        self, loa: Loa, configured: Path, engine: AsyncEngine, database_url: str, now: datetime
    ) -> None:
        async with writing(engine) as conn:
            gone = await add_feed(conn, FeedSetting("https://a.example/", "A", "UTC"), now)
            kept = await add_feed(conn, FeedSetting("https://b.example/rss", "B", "UTC"), now)
            await retire_feed(conn, gone, now)
            parsed = ParsedFeed(format="rss20", title="B", entries=(), site_url="https://b.example/")
            await record_poll(conn, kept, Poll(polled_at=now, parsed=parsed), now)

        done = await asyncio.to_thread(loa, "export", "feeds", env=database(database_url))

        assert read_opml(done.out.encode()).feeds == (
            OpmlFeed("https://b.example/rss", "B", "https://b.example/"),
        )


class TestTopics:
    """Which category means which topic."""

    TOPICS = (
        Topic("dan-van", {"vi": "Dân vận", "en": "Mass mobilisation"}, ""),
        Topic("one", {"vi": "Chung", "en": "General"}, ""),
        Topic("two", {"vi": "Chung", "en": "A / B"}, ""),
        Topic("general", {}, ""),
    )

    def test_by_id_and_by_title_in_any_language_without_accents(self) -> None:
        names = topic_names(self.TOPICS)

        feed = OpmlFeed("u", categories=(("Tin", "dan van"), ("MASS MOBILISATION",), ("A / B",)))
        assert topics_of(feed, names) == ("dan-van", "two")

    def test_a_title_of_two_topics_means_neither_and_an_id_goes_first(self) -> None:
        names = topic_names(self.TOPICS)

        assert topics_of(OpmlFeed("u", categories=(("Chung",),)), names) == ()
        assert topics_of(OpmlFeed("u", categories=(("General",),)), names) == ("general",)

    def test_categories_without_a_topic(self) -> None:
        feeds = [
            OpmlFeed("u", categories=(("Á", "Việt Nam"), ("dan-van", "xã"))),
            OpmlFeed("v", categories=(("Á", "Việt Nam"),)),
        ]

        assert unmatched(feeds, topic_names(self.TOPICS)) == ["Á / Việt Nam"]

    def test_a_topic_is_written_so_that_it_is_found_again(self) -> None:
        assert category_names(self.TOPICS, "en") == {"dan-van": "Mass mobilisation"}
        assert category_names(self.TOPICS, "vi") == {"dan-van": "Dân vận"}
