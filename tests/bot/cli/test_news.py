"""`loa latest` and `loa search`, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import writing
from storage.topics import sync_topics
from storage.types import Topic
from tests.bot.cli.conftest import Loa, Outcome
from tests.make import make_article, make_feed


@pytest.fixture
async def environ(engine: AsyncEngine, database_url: str, now: datetime) -> dict[str, str]:
    """Three articles of two feeds, the newest last."""
    async with writing(engine) as conn:
        await sync_topics(conn, [Topic("dan-van", {"vi": "Dân vận"}, "")])
        paper = await make_feed(conn, now, url="https://bao.example/rss", title="Báo Điện Biên Phủ")
        other = await make_feed(conn, now, url="https://tin.example/rss", title="Tin Nhanh")
        old, later, newest = (now - timedelta(hours=hours) for hours in (3, 2, 1))
        await make_article(
            conn, paper, now, "Đẩy mạnh công tác dân vận", published_at=old, topics=("dan-van",)
        )
        await make_article(conn, other, now, "Lễ hội hoa ban", published_at=later, body="Mùa hoa ban nở.")
        await make_article(conn, other, now, "Giá [bold]cà phê[/bold] \x1b[31mtăng", published_at=newest)
    return {"LOA_DATABASE": database_url}


def titles(done: Outcome) -> list[str]:
    return [record["title"] for record in done.records]


def test_the_newest_come_first(loa: Loa, environ: dict[str, str]) -> None:
    done = loa("latest", "--json", env=environ)

    assert done.code == 0
    assert titles(done)[1:] == ["Lễ hội hoa ban", "Đẩy mạnh công tác dân vận"]
    assert done.records[2] == {
        "id": 1,
        "title": "Đẩy mạnh công tác dân vận",
        "source": "Báo Điện Biên Phủ",
        "published_at": "2026-11-23T04:00:00+00:00",
        "url": done.records[2]["url"],
        "topics": ["dan-van"],
        "summary": "",
    }


def test_a_table_for_people(loa: Loa, environ: dict[str, str]) -> None:
    done = loa("latest", "--limit", "2", env=environ)

    rows = [" ".join(row.split()) for row in done.out.splitlines() if row.strip()]
    assert rows[0] == "No. Title Source Published Topics"
    assert rows[2:] == [
        "3 Giá [bold]cà phê[/bold] [31mtăng Tin Nhanh 13:00, 23 Nov 2026",
        "2 Lễ hội hoa ban Tin Nhanh 12:00, 23 Nov 2026",
    ]


def test_only_of_a_topic_or_a_source(loa: Loa, environ: dict[str, str]) -> None:
    topic = loa("latest", "--topic", "dan-van", "--json", env=environ)
    source = loa("latest", "--source", "dien bien", "--json", env=environ)

    assert titles(topic) == titles(source) == ["Đẩy mạnh công tác dân vận"]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--topic", "nothing"), "There is no topic “nothing”."),
        (("--source", "nothing"), "There is no feed “nothing”."),
    ],
)
def test_an_unknown_topic_or_source(
    loa: Loa, environ: dict[str, str], option: tuple[str, str], sentence: str
) -> None:
    done = loa("latest", *option, env=environ)

    assert (done.code, done.out) == (1, "")
    assert sentence in done.err


def test_search_finds_without_accents(loa: Loa, environ: dict[str, str]) -> None:
    assert titles(loa("search", "dan van", "--json", env=environ)) == ["Đẩy mạnh công tác dân vận"]
    assert titles(loa("search", "mua hoa", "--json", env=environ)) == ["Lễ hội hoa ban"]


def test_nothing_found_is_no_failure(loa: Loa, environ: dict[str, str]) -> None:
    done = loa("search", "zzz", env=environ)

    assert (done.code, done.out, done.err) == (0, "", "Nothing found.\n")


@pytest.mark.parametrize("query", ["", "-ban", "x" * 5000])
def test_a_search_that_cannot_be_run_is_explained(loa: Loa, environ: dict[str, str], query: str) -> None:
    done = loa("search", "--", query, env=environ)

    assert done.code == 1
    assert "search" in done.err.lower()
    assert "Traceback" not in done.err


def test_an_old_schema_says_what_to_do(loa: Loa, empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        open(empty_database_url.removeprefix("sqlite:///"), "w").close()  # noqa: PTH123

    done = loa("latest", env={"LOA_DATABASE": empty_database_url})

    assert (done.code, done.err) == (
        1,
        "The database is not up to date. Run `loa migrate`, then try again.\n",
    )


def test_a_server_that_does_not_answer_is_a_sentence(loa: Loa) -> None:
    done = loa("latest", env={"LOA_DATABASE": "postgresql://loa:hunter22@127.0.0.1:1/loa"})

    assert done.code == 1
    assert "Traceback" not in done.err
    assert "hunter22" not in done.err
    assert len(done.err.splitlines()) == 1
