"""Search: the same articles in the same order on both databases, whatever is typed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feeds.query import Document, QueryError, parse_query
from storage.articles import ArchivedArticle, import_articles
from storage.engine import reading, writing
from storage.search import keep_query, query_text, search_articles
from tests.make import make_article, make_feed

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def found(conn: AsyncConnection, text: str, now: datetime, limit: int = 50) -> list[str]:
    page = await search_articles(conn, parse_query(text), now, limit=limit)
    return [article.title for article in page.items]


async def archive(conn: AsyncConnection, now: datetime, parts: Sequence[tuple[str, str, str]]) -> None:
    """Articles by title, lead and body; each a minute newer than the one before."""
    rows = [
        ArchivedArticle(None, title, lead, body, now + minute * MINUTE, "Báo")
        for minute, (title, lead, body) in enumerate(parts)
    ]
    await import_articles(conn, rows, now)


async def test_accents_are_optional_and_preferred_when_typed(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(conn, now, [("Đảng bộ tỉnh Điện Biên", "", ""), ("Đang bỏ tính diện biến", "", "")])
        assert await found(conn, "dang bo tinh dien bien", now) == [
            "Đang bỏ tính diện biến",
            "Đảng bộ tỉnh Điện Biên",
        ]
        assert await found(conn, "đảng bộ tỉnh điện biên", now) == [
            "Đảng bộ tỉnh Điện Biên",
            "Đang bỏ tính diện biến",
        ]
        assert await found(conn, "ĐẢNG BỘ", now) == ["Đảng bộ tỉnh Điện Biên", "Đang bỏ tính diện biến"]


async def test_better_places_come_first(engine: AsyncEngine, now: datetime) -> None:
    # given one article for each step, the best the oldest
    steps = [
        ("Dân vận khéo là đây", "", ""),
        ("Khéo là dân vận", "", ""),
        ("b", "Về dân vận khéo", ""),
        ("c", "", "Có dân vận khéo trong bài"),
        ("d dân", "khéo thì vận", ""),
        ("e dân", "", "vận thì khéo"),
        ("f chỉ có dân", "", ""),
    ]
    async with writing(engine) as conn:
        await archive(conn, now, steps)
        # when
        order = await found(conn, "dan van kheo", now)
    # then
    assert order == [title for title, _, _ in steps]


async def test_inside_a_step_the_newer_comes_first(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(conn, now, [("Lũ quét 1", "", ""), ("Lũ quét 2", "", ""), ("Lũ quét 3", "", "")])
        assert await found(conn, "lũ quét", now) == ["Lũ quét 3", "Lũ quét 2", "Lũ quét 1"]


async def test_query_language(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(
            conn,
            now,
            [
                ("Vận động quần chúng", "", "Mùa xuân"),
                ("Quần chúng vận động viên", "", "Mùa hạ"),
                ("Bóng đá mùa xuân", "", "Trận đấu"),
            ],
        )
        assert await found(conn, '"vận động quần chúng"', now) == ["Vận động quần chúng"]
        assert await found(conn, "quần chúng -hạ", now) == ["Vận động quần chúng"]
        assert await found(conn, 'mùa -"vận động"', now) == ["Bóng đá mùa xuân"]
        assert set(await found(conn, "hạ OR đấu", now)) == {"Quần chúng vận động viên", "Bóng đá mùa xuân"}
        assert await found(conn, "(bóng OR vận) đấu", now) == [
            "Bóng đá mùa xuân",  # all of it
            "Quần chúng vận động viên",  # some of its words, newer first
            "Vận động quần chúng",
        ]
        assert await found(conn, "trậ*", now) == ["Bóng đá mùa xuân"]
        assert await found(conn, "xyz", now) == []


async def test_excluded_word_typed_with_accents_spares_other_accents(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        await archive(
            conn,
            now,
            [("Tin về đảo xa", "", ""), ("Tin về đạo đức", "", ""), ("Tin khác", "", "Có đảo, có dao.")],
        )
        assert await found(conn, "tin -đảo", now) == ["Tin về đạo đức"]
        assert await found(conn, "tin -dao", now) == []
        assert await found(conn, "tin (về OR (khác -đảo))", now) == [
            "Tin về đạo đức",
            "Tin về đảo xa",
            "Tin khác",  # holds only some of the words
        ]


async def test_phrase_does_not_run_from_title_into_lead(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(conn, now, [("Họp dân", "Vận tải tăng", "")])
        assert await found(conn, '"dân vận"', now) == []


async def test_filters(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        bao = await make_feed(conn, now)
        vne = await make_feed(conn, now, url="https://vne.example/rss", title="VnExpress")
        await make_article(conn, bao, now, "Họp 1", topics=("dan-van",), published_at=now - 10 * DAY)
        await make_article(conn, vne, now + MINUTE, "Họp 2", topics=("kinh-te",), published_at=now - DAY)
        old = ArchivedArticle(None, "Họp 3", "", "", now - 3_000 * DAY, "Báo Cũ")
        await import_articles(conn, [old], now)

        assert await found(conn, "hop source:vnexpress", now) == ["Họp 2"]
        assert await found(conn, 'hop source:"dien bien"', now) == ["Họp 1"]
        assert await found(conn, "hop source:bao", now) == ["Họp 1", "Họp 3"]
        assert await found(conn, "hop -source:bao", now) == ["Họp 2"]
        assert await found(conn, "hop source:khong", now) == []
        assert await found(conn, "hop topic:dan-van", now) == ["Họp 1"]
        assert await found(conn, "hop -topic:dan-van", now) == ["Họp 2", "Họp 3"]
        assert await found(conn, "hop since:7d", now) == ["Họp 2"]
        assert await found(conn, "hop before:01/01/2020", now) == ["Họp 3"]
        assert await found(conn, "since:20d", now) == ["Họp 2", "Họp 1"]
        assert await found(conn, "topic:kinh-te", now) == ["Họp 2"]


async def test_pages_are_cut_from_one_order(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(conn, now, [(f"Họp báo {n}", "", "") for n in range(12)])
        query = parse_query("hop bao")
        whole = await search_articles(conn, query, now, limit=12)
        pages = [await search_articles(conn, query, now, offset=offset, limit=5) for offset in (0, 5, 10, 15)]
    assert [page.total for page in pages] == [12, 12, 12, 12]
    assert [item.id for page in pages for item in page.items] == [item.id for item in whole.items]
    assert pages[3].items == []


async def test_total_stops_at_a_hundred(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(conn, now, [(f"Họp {n}", "", "") for n in range(150)])
        page = await search_articles(conn, parse_query("hop"), now, offset=95, limit=10)
    assert (page.total, len(page.items)) == (100, 5)


async def test_some_of_the_words_fill_up_to_twenty(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        await archive(conn, now, [("Lũ quét", "", ""), *((f"Lũ {n}", "", "") for n in range(40))])
        titles = await found(conn, "lu quet", now)
    assert titles[0] == "Lũ quét"
    assert titles[1:] == [f"Lũ {n}" for n in range(39, 20, -1)]


async def test_saved_query_is_kept_once(engine: AsyncEngine, now: datetime) -> None:
    long_query = " ".join(f"từ{n}" for n in range(600))
    async with writing(engine) as conn:
        one = await keep_query(conn, "dân vận", now)
        assert await keep_query(conn, "dân vận", now + DAY) == one
        two = await keep_query(conn, long_query, now)
        assert two != one
        assert await query_text(conn, one) == "dân vận"
        assert await query_text(conn, two) == long_query
        assert await query_text(conn, 99) is None


WORDS = ["dân", "dan", "vận", "van", "khéo", "Điện", "dien", "biên", "9", "a1b", "覧", "กขค", "é", "ﬁ", "İ"]
sentence = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
articles = st.lists(st.tuples(sentence, sentence, sentence), min_size=1, max_size=6)
operators = [
    "OR",
    "-",
    "(",
    ")",
    '"',
    "-(",
    "*",
    "AND",
    "NOT",
    "NEAR",
    ":",
    "{",
    "^",
    "'",
    "\\",
    "&",
    "|",
    "!",
    "<->",
]
typed = st.lists(st.sampled_from(WORDS + operators), min_size=1, max_size=10).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=articles, text=typed)
async def test_finds_what_the_query_matches_in_memory(
    engine: AsyncEngine, now: datetime, parts: list[tuple[str, str, str]], text: str
) -> None:
    """What is typed with accents finds other accents too, but no match is missed."""
    try:
        query = parse_query(text)
    except QueryError:
        return
    async with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            await conn.execution_options(loa_writes=True)
        transaction = await conn.begin()
        await archive(conn, now, parts)
        page = await search_articles(conn, query, now, limit=50)
        await transaction.rollback()
    matching = {
        now + minute * MINUTE
        for minute, part in enumerate(parts)
        if query.matches(Document.of(*part, source="Báo", at=now + minute * MINUTE), now)
    }
    assert matching <= {article.published_at for article in page.items}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=80), typed))
async def test_query_of_any_content_never_raises(engine: AsyncEngine, now: datetime, text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        return
    async with reading(engine) as conn:
        assert (await search_articles(conn, query, now)).total == 0


async def test_longest_query_is_answered(engine: AsyncEngine, now: datetime) -> None:
    text = " ".join(f"tu{n}" for n in range(50)) + " " + "(" * 6 + "a OR b -(c d)" + ")" * 6 + " -e " * 5
    async with writing(engine) as conn:
        await archive(conn, now, [(" ".join(f"từ{n}" for n in range(50)), "a", "")])
        page = await search_articles(conn, parse_query(text), now)
    assert page.total == 1
