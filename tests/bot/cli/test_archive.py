"""`loa export articles` and `loa import articles`, on both databases."""

import asyncio
import contextlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.cli.archive_lines import MAX_LINE_BYTES, BadLine, numbered_lines, read_line, write_line
from bot.i18n import translator
from storage.articles import ArchivedArticle, unannounced
from storage.engine import reading
from tests.bot.cli.conftest import Loa

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"
GOOD = {
    "url": "https://baodienbienphu.example/tin/1",
    "title": "Năm 2020 đẩy mạnh công tác dân vận khéo",
    "lead": "Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến.",
    "body": "Đoạn một.\n\nĐoạn hai.",
    "published_at": "2020-01-09T07:15:00+00:00",
    "source": "Báo Điện Biên Phủ",
}


def line(**changes: Any) -> str:
    """A good line with these changes; a value of `...` leaves the key out."""
    item = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    return json.dumps(item, ensure_ascii=False)


def database(url: str) -> dict[str, str]:
    return {"LOA_DATABASE": url}


class TestThere:
    """Into the database."""

    def test_what_is_exported_is_what_was_imported(
        self, loa: Loa, home: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        second = line(url=None, title="Không có địa chỉ", lead="", body="", source="Lưu trữ")
        (home / "old.jsonl").write_text(f"{line()}\n\n{second}\n", encoding="utf-8")

        came_in = loa("import", "articles", "old.jsonl", env=database(database_url))
        went_out = loa("export", "articles", env=database(database_url))

        assert (came_in.code, came_in.err) == (0, "2 new articles stored.\n")
        assert (went_out.code, went_out.err) == (0, "2 articles written.\n")
        assert went_out.records == [json.loads(line()), json.loads(second)]

    async def test_nothing_is_pushed_for_it(
        self, loa: Loa, home: Path, engine: AsyncEngine, database_url: str
    ) -> None:
        (home / "old.jsonl").write_text(line(), encoding="utf-8")

        await asyncio.to_thread(loa, "import", "articles", "old.jsonl", env=database(database_url))

        async with reading(engine) as conn:
            assert await unannounced(conn, 10) == []

    def test_bad_lines_are_reported_and_the_rest_is_stored(
        self, loa: Loa, engine: AsyncEngine, database_url: str
    ) -> None:
        lines = [
            line(),
            "{",
            line(title=...),
            line(url="https://a.example/2"),
            line(published_at="no date"),
        ]

        done = loa("import", "articles", "-", env=database(database_url), stdin="\n".join(lines).encode())

        assert done.code == 1
        assert done.err.splitlines() == [
            "line 2: the line is not JSON",
            "line 3: “title” is missing",
            "line 5: “published_at” is not a date; write it as 2020-01-09T14:15:00+07:00",
            "2 new articles stored.",
            "3 lines were left out.",
        ]

    def test_importing_again_stores_nothing_again(
        self, loa: Loa, engine: AsyncEngine, database_url: str
    ) -> None:
        both = f"{line()}\n{line(url=None)}\n".encode()
        loa("import", "articles", "-", env=database(database_url), stdin=both)

        again = loa("import", "articles", "-", env=database(database_url), stdin=both)

        assert (again.code, again.err) == (0, "0 new articles stored.\n2 were stored before.\n")

    def test_more_than_one_batch(self, loa: Loa, engine: AsyncEngine, database_url: str) -> None:
        lines = "\n".join(line(url=f"https://a.example/{number}") for number in range(1201))

        done = loa("import", "articles", "-", env=database(database_url), stdin=lines.encode())

        assert done.err == "1201 new articles stored.\n"
        assert len(loa("export", "articles", env=database(database_url)).records) == 1201

    def test_a_file_that_is_not_there(self, loa: Loa) -> None:
        done = loa("import", "articles", "nothing.jsonl", env=database("sqlite:///loa.db"))

        assert (done.code, done.err) == (1, "nothing.jsonl: No such file or directory\n")

    def test_a_database_that_is_not_there(self, loa: Loa, home: Path) -> None:
        done = loa("import", "articles", "-", env=database("sqlite:///var/loa.db"))

        assert done.code == 1
        assert done.err == (
            "There is no database at var/loa.db yet. `loa run` makes it, and so does `loa migrate`.\n"
        )
        assert list(home.iterdir()) == []


class TestBack:
    """Out of the database."""

    @pytest.fixture
    def filled(self, loa: Loa) -> Mapping[str, str]:
        environ = database("sqlite:///loa.db")
        loa("migrate", env=environ)
        loa("import", "articles", "-", env=environ, stdin=line().encode())
        return environ

    def test_into_a_file(self, loa: Loa, home: Path, filled: dict[str, str]) -> None:
        done = loa("export", "articles", "--output", "all.jsonl", env=filled)

        assert (done.code, done.out) == (0, "")
        assert json.loads((home / "all.jsonl").read_text(encoding="utf-8")) == GOOD
        assert not (home / "all.jsonl.part").exists()

    def test_a_failed_export_leaves_the_old_file_alone(self, loa: Loa, home: Path) -> None:
        (home / "all.jsonl").write_text("the old one")

        done = loa("export", "articles", "--output", "all.jsonl", env=database("sqlite:///nothing.db"))

        assert done.code == 1
        assert sorted(path.name for path in home.iterdir()) == ["all.jsonl"]
        assert (home / "all.jsonl").read_text() == "the old one"


class TestLines:
    """One line at a time."""

    def test_every_field_is_read(self) -> None:
        assert read_line(line().encode(), ZONE, NOW) == ArchivedArticle(
            url="https://baodienbienphu.example/tin/1",
            title="Năm 2020 đẩy mạnh công tác dân vận khéo",
            lead="Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến.",
            body="Đoạn một.\n\nĐoạn hai.",
            published_at=datetime(2020, 1, 9, 7, 15, tzinfo=UTC),
            source="Báo Điện Biên Phủ",
        )

    def test_what_may_be_missing(self) -> None:
        article = read_line(line(url=..., lead=None, body=...).encode(), ZONE, NOW)

        assert (article.url, article.lead, article.body) == (None, "", "")

    @pytest.mark.parametrize(
        "written",
        [
            "2020-01-09T14:15:00+07:00",
            "2020-01-09T07:15:00Z",
            "2020-01-09 14:15",
            "14:15 - Thứ Năm, 09/01/2020",
        ],
    )
    def test_dates_without_a_zone_are_read_in_the_configured_one(self, written: str) -> None:
        article = read_line(line(published_at=written).encode(), ZONE, NOW)

        assert article.published_at == datetime(2020, 1, 9, 7, 15, tzinfo=UTC)

    def test_text_is_made_fit_to_store(self) -> None:
        # Decomposed letters, NUL, a line break, half a surrogate pair: as JSON can carry them.
        title, body = "  \u0110ie\u0302\u0323n\0 \n Bie\u0302n ", "a\ud800b"

        article = read_line(json.dumps({**GOOD, "title": title, "body": body}).encode(), ZONE, NOW)

        assert article.title == "\u0110i\u1ec7n Bi\u00ean"
        assert article.body == "a?b"

    @pytest.mark.parametrize(
        ("written", "reason"),
        [
            (b"", "the line is not JSON"),
            (b"[1]", "the line is not a JSON object"),
            (b"\xff\xfe", "the line is not UTF-8"),
            (b"[" * 100_000, "the line is not JSON"),
            (line(title=" ").encode(), "“title” is missing"),
            (line(title=7).encode(), "“title” is not a text"),
            (line(body=["a"]).encode(), "“body” is not a text"),
            (line(source=...).encode(), "“source” is missing"),
            (line(url="javascript:alert(1)").encode(), "“url” is not a web address"),
            (line(published_at=...).encode(), "“published_at” is missing"),
            (line(published_at="0001-01-01T00:00:00+14:00").encode(), "“published_at” is not a date"),
            (line(published_at="2031-01-01").encode(), "“published_at” lies in the future"),
            (None, "the line is longer than 4 MiB"),
        ],
    )
    def test_why_a_line_cannot_be_used(self, written: bytes | None, reason: str) -> None:
        with pytest.raises(BadLine) as caught:
            read_line(written, ZONE, NOW)

        assert caught.value.text(translator("en")).startswith(reason)

    def test_a_line_of_any_length_does_not_fill_the_memory(self) -> None:
        file = io.BytesIO(b"a\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\n\n  \nb")

        assert list(numbered_lines(file)) == [(1, b"a\n"), (2, None), (5, b"b")]

    @given(st.binary(max_size=200))
    def test_no_bytes_raise_anything_but_a_reason(self, written: bytes) -> None:
        with contextlib.suppress(BadLine):
            read_line(written, ZONE, NOW)

    @given(
        st.builds(
            ArchivedArticle,
            url=st.none() | st.just("https://a.example/1"),
            title=st.text("a\u1ea7 “\t").map(lambda text: " ".join(text.split())).filter(bool),
            lead=st.text('a\u1ea7\n"').map(str.strip),
            body=st.text("a\u1ea7\n\\").map(str.strip),
            published_at=st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1000 <= at.year < 2026),
            source=st.just("S"),
        )
    )
    def test_what_is_written_is_read_back(self, article: ArchivedArticle) -> None:
        assert read_line(write_line(article).encode(), "UTC", NOW) == article
