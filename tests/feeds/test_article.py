"""What an entry becomes, by itself and with its page."""

from dataclasses import replace

from feeds.article import WHOLE_TEXT_CHARACTERS, article_of, classified, with_page
from feeds.identify import Identified
from feeds.topics import Topics
from feeds.types import Entry, Feed, FullText, PageText, TextState, TopicRule

FEED = Feed(1, "https://bao.example.vn/rss", "Báo Thử", "Asia/Ho_Chi_Minh", topics=("dien-bien",))
LEAD = "Sáng 23/11, xã Nậm Chiến đưa vào sử dụng cây cầu treo dài 120 m, nối ba bản với trung tâm xã."
TEXT = "Cây cầu được xây trong mười tháng, thay chiếc bè tre mà học sinh vẫn dùng. " * 20


def identified(**fields: str) -> Identified:
    entry = replace(Entry(guid="1", url="https://bao.example.vn/1.html", title="Khánh thành cầu"), **fields)  # type: ignore[arg-type]
    return Identified(entry, (b"k" * 16,), b"h" * 16)


def test_teaser_wants_the_page() -> None:
    article = article_of(identified(summary_html=f"<p>ĐBP - {LEAD}</p>"), FEED, "vi")
    assert article.lead == LEAD
    assert article.body == ""
    assert article.text_state is TextState.WANTED


def test_whole_text_in_the_feed_wants_nothing() -> None:
    article = article_of(identified(summary_html=LEAD, content_html=f"<p>{TEXT}</p>"), FEED, "vi")
    assert len(article.body) > WHOLE_TEXT_CHARACTERS
    assert article.text_state is TextState.FEED


def test_lead_that_opens_the_text_is_taken_out_of_it() -> None:
    article = article_of(
        identified(summary_html=LEAD, content_html=f"<p>{LEAD}</p><p>{TEXT}</p>"), FEED, "vi"
    )
    assert LEAD not in article.body


def test_long_description_is_the_article_itself() -> None:
    article = article_of(identified(summary_html=f"<p>{TEXT}</p><p>{TEXT}</p>"), FEED, "vi")
    assert article.lead == ""
    assert len(article.body) > 2 * WHOLE_TEXT_CHARACTERS


def test_page_is_not_read_where_only_the_link_may_be_shown() -> None:
    feed = replace(FEED, full_text=FullText.LINK)
    assert article_of(identified(summary_html=LEAD), feed, "vi").text_state is TextState.FEED


def test_page_completes_a_lead_the_feed_cut_off() -> None:
    article = article_of(identified(summary_html=LEAD[:50] + "..."), FEED, "vi")
    whole = with_page(article, PageText(lead=LEAD, body=TEXT, author="Sầm Phúc"))
    assert whole.lead == LEAD
    assert whole.author == "Sầm Phúc"
    assert whole.text_state is TextState.PAGE


def test_feeds_lead_is_not_repeated_in_the_pages_text() -> None:
    article = article_of(identified(summary_html=LEAD), FEED, "vi")
    whole = with_page(article, PageText(body=f"{LEAD}\n\n{TEXT}"))
    assert whole.lead == LEAD
    assert LEAD not in whole.body


def test_page_without_text_is_a_failure_and_keeps_what_the_feed_gave() -> None:
    article = article_of(identified(summary_html=LEAD), FEED, "vi")
    whole = with_page(article, PageText())
    assert whole.text_state is TextState.FAILED
    assert whole.lead == LEAD


def test_topics_are_those_of_the_feed_and_of_the_words() -> None:
    article = article_of(identified(summary_html=LEAD), FEED, "vi")
    rules = Topics.of([TopicRule("cau-duong", '"cầu treo"'), TopicRule("tinh-nha", "topic:dien-bien")])
    assert classified(article, FEED, rules).topics == ("dien-bien", "cau-duong", "tinh-nha")
