"""What a poll stores: new articles once, edits in place, keys for good."""

from datetime import datetime, timedelta

from sqlalchemy import delete, event
from sqlalchemy.ext.asyncio import AsyncEngine

from feeds.query import parse_query
from feeds.types import TextState
from storage.articles import get_article, latest_articles, unannounced
from storage.engine import writing
from storage.feeds import known_entries, record_poll
from storage.outbox import article_targets, owe_article
from storage.search import search_articles
from storage.tables import articles
from storage.types import EVERYTHING, Target, TargetKind
from tests.make import key_of, make_article, make_articles, make_chat, make_feed, new_article, poll_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def test_first_document_is_stored_and_not_announced(engine: AsyncEngine, now: datetime) -> None:
    """POLLING I7."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, primed=False)
        first = await record_poll(conn, feed_id, poll_of(new_article("Cũ"), at=now), now)
        second = await record_poll(conn, feed_id, poll_of(new_article("Mới"), at=now + MINUTE), now)
        assert (await latest_articles(conn)).total == 2
        assert await unannounced(conn, 10) == second
    assert first != second


async def test_failed_first_poll_does_not_count_as_the_first_document(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, primed=False)
        await record_poll(conn, feed_id, poll_of(at=now, parsed=None, error_key="timed_out"), now)
        await record_poll(conn, feed_id, poll_of(new_article("Cũ"), at=now + MINUTE), now)
        assert await unannounced(conn, 10) == []


async def test_article_is_kept_as_it_came(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now, topics=("dien-bien",))
        article_id = await make_article(
            conn,
            feed_id,
            now,
            "Năm 2020 đẩy mạnh công tác dân vận khéo",
            url="https://bao.example/1.html",
            lead="Ngày 9/1 …",
            summary="Tóm tắt.",
            body="Một.\n\nHai.",
            author="Sầm Phúc",
            image_url="https://bao.example/1.jpg",
            language="vi",
            topics=("dan-van",),
            published_at=now - HOUR,
        )
        article = await get_article(conn, article_id)
    assert article is not None
    assert (article.title, article.lead, article.summary) == (
        "Năm 2020 đẩy mạnh công tác dân vận khéo",
        "Ngày 9/1 …",
        "Tóm tắt.",
    )
    assert (article.body, article.author, article.image_url) == (
        "Một.\n\nHai.",
        "Sầm Phúc",
        "https://bao.example/1.jpg",
    )
    assert (article.source, article.topics) == ("Báo Điện Biên Phủ", ("dan-van", "dien-bien"))
    assert (article.published_at, article.created_at) == (now - HOUR, now)
    assert (article.version, article.language, article.feed_id) == (1, "vi", feed_id)


async def test_article_without_a_believable_date_is_as_old_as_our_knowledge(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await make_article(conn, feed_id, now, published_at=None)
        article = await get_article(conn, article_id)
    assert article is not None
    assert article.published_at == now


async def test_same_poll_recorded_twice_changes_nothing(engine: AsyncEngine, now: datetime) -> None:
    """A crash between the commit and the worker's memory."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        poll = poll_of(new_article("Một"), new_article("Hai"), at=now)
        first = await record_poll(conn, feed_id, poll, now)
    async with writing(engine) as conn:
        assert await record_poll(conn, feed_id, poll, now) == []
        assert await unannounced(conn, 10) == first
        found = await search_articles(conn, parse_query("hai"), now)
        assert [article.title for article in found.items] == ["Hai"]


async def test_new_articles_come_back_oldest_first(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        titles = [f"Tin {n}" for n in range(120)]
        ids = await make_articles(conn, feed_id, now, titles)
        stored = [await get_article(conn, article_id) for article_id in ids]
    assert [article.title for article in stored if article] == titles


async def test_number_of_statements_does_not_depend_on_the_number_of_articles(
    engine: AsyncEngine, now: datetime
) -> None:
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        event.listen(engine.sync_engine, "before_cursor_execute", count)
        await make_articles(conn, feed_id, now, ["Một"])
        for_one, statements = statements, 0
        await make_articles(conn, feed_id, now + MINUTE, [f"Tin {n}" for n in range(100)])
        event.remove(engine.sync_engine, "before_cursor_execute", count)
    assert statements == for_one


async def test_entry_known_by_another_key_is_not_new(engine: AsyncEngine, now: datetime) -> None:
    """POLLING I3: the feed's ids changed from http to https."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, keys=(key_of("http guid"), key_of("link")))
        again = new_article("Khác", keys=(key_of("https guid"), key_of("link")), url="https://bao.example/2")
        assert await record_poll(conn, feed_id, poll_of(again, at=now + MINUTE), now) == []


async def test_same_address_with_another_id_is_not_new_and_is_remembered(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        await make_article(conn, feed_id, now, url="https://bao.example/1.html")
        again = new_article(
            "Tin mới", keys=(key_of("b"),), url="http://www.bao.example/1.html?utm_source=rss"
        )
        assert await record_poll(conn, feed_id, poll_of(again, at=now + MINUTE), now) == []
        assert await known_entries(conn, feed_id, [key_of("b"), key_of("c")]) == {
            key_of("b"): again.content_hash
        }
        assert (await latest_articles(conn)).total == 1


async def test_article_listed_twice_in_one_document_is_one(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        one = new_article("Một", keys=(key_of("a"),), url="https://bao.example/1")
        two = new_article("Một", keys=(key_of("b"),), url="https://bao.example/1#x")
        assert len(await record_poll(conn, feed_id, poll_of(one, two, at=now), now)) == 1
        assert len(await known_entries(conn, feed_id, [key_of("a"), key_of("b")])) == 2


async def test_articles_without_an_address_are_told_apart_by_their_keys(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        new = [new_article(title, url=None) for title in ("Một", "Hai")]
        assert len(await record_poll(conn, feed_id, poll_of(*new, at=now), now)) == 2


async def test_key_outlives_its_article(engine: AsyncEngine, now: datetime) -> None:
    """POLLING I8, I11."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        old = new_article("Cũ")
        await record_poll(conn, feed_id, poll_of(old, at=now), now)
        await conn.execute(delete(articles))
        assert await record_poll(conn, feed_id, poll_of(old, at=now + MINUTE), now) == []
        assert (await latest_articles(conn)).total == 0


async def test_second_feed_with_the_article_owes_it_to_its_own_followers_once(
    engine: AsyncEngine, now: datetime
) -> None:
    """POLLING I16: newspapers list an article in every section's feed."""
    async with writing(engine) as conn:
        # given two section feeds, a follower of each, and one of everything
        first = await make_feed(conn, now - HOUR)
        second = await make_feed(conn, now - HOUR, url="https://bao.example/rss/2", title="Thời sự")
        for number, target in enumerate(
            [Target(TargetKind.FEED, str(first)), Target(TargetKind.FEED, str(second)), EVERYTHING]
        ):
            await make_chat(conn, now - HOUR, address=f"telegram:{number}", targets=[target])
        # when the first brings an article
        article_id = await make_article(conn, first, now, "Tin", url="https://bao.example/1", topics=("a",))
        targets = await article_targets(conn, article_id, [])
        assert await owe_article(conn, article_id, targets, now) == 2
        assert await unannounced(conn, 10) == []
        # and the second lists it too
        again = new_article("Tin", keys=(key_of("other"),), url="https://bao.example/1", topics=("b",))
        assert await record_poll(conn, second, poll_of(again, at=now + MINUTE), now) == []
        # then only its own follower is still owed it
        assert await unannounced(conn, 10) == [article_id]
        targets = await article_targets(conn, article_id, [7])
        assert targets == ["all", f"feed:{first}", f"feed:{second}", "topic:a", "topic:b", "query:7"]
        assert await owe_article(conn, article_id, targets, now + MINUTE) == 1
        assert await unannounced(conn, 10) == []


async def test_article_another_feed_lists_days_later_is_not_announced_again(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        first = await make_feed(conn, now)
        second = await make_feed(conn, now, url="https://bao.example/rss/2")
        article_id = await make_article(conn, first, now, "Tin")
        await owe_article(conn, article_id, ["all"], now)
        again = new_article("Tin", keys=(key_of("other"),))
        await record_poll(conn, second, poll_of(again, at=now + timedelta(days=2)), now)
        assert await unannounced(conn, 10) == []


async def test_edit_changes_the_article_in_place(engine: AsyncEngine, now: datetime) -> None:
    """POLLING I12."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await make_article(conn, feed_id, now, "Mưa lớn", body="Hai người bị thương.")
        edited = new_article(
            "Mưa rất lớn", keys=(key_of("key Mưa lớn"),), body="Ba người bị thương.", topics=("thoi-tiet",)
        )
        poll = poll_of(at=now + HOUR, changed=(edited,))
        for _ in range(2):  # recorded twice, revised once
            assert await record_poll(conn, feed_id, poll, now) == []
        article = await get_article(conn, article_id)
        assert article is not None
        assert (article.title, article.body, article.version) == ("Mưa rất lớn", "Ba người bị thương.", 2)
        assert article.topics == ("thoi-tiet",)
        assert article.published_at == now
        known = await known_entries(conn, feed_id, [key_of("key Mưa lớn")])
        assert known == {key_of("key Mưa lớn"): edited.content_hash}
        # and it is found by its new words only
        for words, number in (("ba người", 1), ("hai người", 0), ("rất", 1)):
            assert (await search_articles(conn, parse_query(f'"{words}"'), now)).total == number, words


async def test_changed_time_alone_is_no_edit(engine: AsyncEngine, now: datetime) -> None:
    """POLLING I14."""
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await make_article(conn, feed_id, now, "Tin")
        same = new_article("Tin", published_at=now + HOUR, content_hash=key_of("other"))
        await record_poll(conn, feed_id, poll_of(at=now + HOUR, changed=(same,)), now)
        article = await get_article(conn, article_id)
    assert article is not None
    assert (article.version, article.published_at) == (1, now)


async def test_edited_teaser_keeps_the_page_text_until_it_is_read_again(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await make_article(
            conn, feed_id, now, "Tin", body="Cả trang.", text_state=TextState.PAGE
        )
        edited = new_article("Tin sửa", keys=(key_of("key Tin"),), text_state=TextState.WANTED)
        await record_poll(conn, feed_id, poll_of(at=now + HOUR, changed=(edited,)), now)
        article = await get_article(conn, article_id)
    assert article is not None
    assert (article.title, article.body, article.text_state) == ("Tin sửa", "Cả trang.", "wanted")


async def test_other_wording_of_another_feed_is_no_edit(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        first = await make_feed(conn, now)
        second = await make_feed(conn, now, url="https://bao.example/rss/2")
        article_id = await make_article(conn, first, now, "Tin", url="https://bao.example/1")
        listed = new_article("Tin", keys=(key_of("x"),), url="https://bao.example/1")
        await record_poll(conn, second, poll_of(listed, at=now + MINUTE), now)
        reworded = new_article("Tin khác", keys=(key_of("x"),), url="https://bao.example/1")
        await record_poll(conn, second, poll_of(at=now + HOUR, changed=(reworded,)), now)
        article = await get_article(conn, article_id)
        assert article is not None
        assert article.title == "Tin"
        assert (await known_entries(conn, second, [key_of("x")])) == {key_of("x"): reworded.content_hash}


async def test_article_that_changes_all_the_time_is_left_alone_after_24_edits(
    engine: AsyncEngine, now: datetime
) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        article_id = await make_article(conn, feed_id, now, "Tin")
        for edit in range(1, 40):
            changed = new_article("Tin", body=f"{edit} lượt xem", content_hash=key_of(str(edit)))
            await record_poll(conn, feed_id, poll_of(at=now + edit * MINUTE, changed=(changed,)), now)
        article = await get_article(conn, article_id)
    assert article is not None
    assert (article.version, article.body) == (25, "24 lượt xem")


async def test_hostile_strings_are_stored_not_raised(engine: AsyncEngine, now: datetime) -> None:
    async with writing(engine) as conn:
        feed_id = await make_feed(conn, now)
        hostile = new_article(
            "A\0B\ud800 'quoted' \"double\" %s :x <b>",
            lead="\0",
            body="'; DROP TABLE articles; --\n\n" + "x" * 5_000,
            author="\udfff",
            language="vi-" + "x" * 100,
        )
        [article_id] = await record_poll(conn, feed_id, poll_of(hostile, at=now), now)
        article = await get_article(conn, article_id)
    assert article is not None
    assert article.title == "AB 'quoted' \"double\" %s :x <b>"
    assert article.language is None
