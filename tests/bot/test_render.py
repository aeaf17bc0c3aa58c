"""What is shown: pushes, whole articles, lists, marks, digests."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FEED_SENTENCES, feed_sentence
from bot.i18n import translator
from bot.messages import BLANK, Message, bold, italic, line
from bot.render.article import MAX_TEXT_CHARACTERS, render_full, render_push
from bot.render.digest import render_digest
from bot.render.lists import render_articles
from bot.render.marks import MAX_SNIPPET_CHARACTERS, marked, snippet
from bot.render.parts import page_buttons, page_count, short_line
from bot.render.times import ago, ahead
from feeds import errors
from feeds.types import FullText, TextState
from storage.types import ChatKind, Page, Topic
from tests.bot.talk import button, labels_of
from tests.bot.values import NOW, a_chat, an_article

VI, EN = translator("vi"), translator("en")


def test_a_push_looks_as_the_product_says() -> None:
    message = render_push(an_article(body="Toàn văn."), a_chat(), VI)
    assert message.lines == (
        line(bold("Năm 2020 đẩy mạnh công tác dân vận khéo")),
        line("Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến toàn quốc."),
        line(italic("Báo Điện Biên Phủ · 14:15, 09/01/2020")),
    )
    assert labels_of(message) == ["📖 Toàn văn", "🔗 Bài gốc"]
    assert button(message, "📖").action == "full 12"
    assert button(message, "🔗").url == "https://bao.example/12.html"


def test_the_time_is_that_of_the_chat() -> None:
    chat = a_chat(time_zone="America/New_York")
    assert render_push(an_article(), chat, EN).lines[-1].text == "Báo Điện Biên Phủ · 02:15, 9 Jan 2020"


@pytest.mark.parametrize(
    ("image", "pictures", "url", "shown"),
    [
        ("https://bao.example/a.jpg", True, "https://bao.example/1", "https://bao.example/1"),
        ("https://bao.example/a.jpg", False, "https://bao.example/1", None),
        (None, True, "https://bao.example/1", None),
        ("https://bao.example/a.jpg", True, None, None),
    ],
)
def test_the_picture_card_is_shown_when_there_is_one_and_it_is_wanted(
    image: str | None, pictures: bool, url: str | None, shown: str | None
) -> None:
    message = render_push(an_article(image_url=image, url=url), a_chat(pictures=pictures), VI)
    assert message.preview_url == shown


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ({"body": "Chữ."}, ["📖 Toàn văn", "🔗 Bài gốc"]),
        ({"body": ""}, ["🔗 Bài gốc"]),
        ({"body": "", "text_state": TextState.WANTED}, ["📖 Toàn văn", "🔗 Bài gốc"]),
        ({"body": "Chữ.", "full_text": FullText.LINK}, ["🔗 Bài gốc"]),
        ({"body": "Chữ.", "url": None}, ["📖 Toàn văn"]),
        ({"body": "", "url": None}, []),
        ({"body": "", "url": "javascript:alert(1)"}, []),
        ({"body": "", "url": "https://x.example/" + "a" * 3000}, []),
    ],
)
def test_buttons_that_cannot_work_are_not_shown(values: dict[str, object], labels: list[str]) -> None:
    assert labels_of(render_push(an_article(**values), a_chat(), VI)) == labels


def test_a_summary_that_repeats_the_title_is_left_out() -> None:
    message = render_push(an_article(summary="NĂM 2020 đẩy mạnh công tác dân vận khéo"), a_chat(), VI)
    assert len(message.lines) == 2


def test_a_title_cannot_break_out_of_its_line_or_fill_the_chat() -> None:
    message = render_push(an_article(title="Dòng một\n\nDòng hai " + "rất dài " * 200), a_chat(), VI)
    title = message.lines[0].text
    assert title.startswith("Dòng một Dòng hai")
    assert len(title) <= 300
    assert title.endswith("…")


def test_the_lead_is_not_shown_twice() -> None:
    article = an_article(lead="Mở đầu bài.", body="Mở đầu bài.\n\nĐoạn hai.")
    assert render_full(article, "UTC", VI).text.count("Mở đầu bài.") == 1


def test_paragraphs_are_parted_by_blank_lines() -> None:
    lines = render_full(an_article(body="Một.\n\nHai.\nBa."), "UTC", VI).lines
    assert lines[1:7] == (BLANK, line("Một."), BLANK, line("Hai."), BLANK, line("Ba."))


def test_a_very_long_article_is_cut_at_a_paragraph_and_says_so() -> None:
    text = render_full(an_article(body="\n\n".join(["Câu. " * 100] * 100)), "UTC", VI).text
    assert len(text) < MAX_TEXT_CHARACTERS + 1000
    assert "Bài rất dài" in text


@pytest.mark.parametrize(
    ("state", "url", "sentence"),
    [
        (TextState.WANTED, "https://bao.example/1", "Loa chưa kịp lấy toàn văn"),
        (TextState.FAILED, "https://bao.example/1", "Mời bạn mở bài gốc"),
        (TextState.FAILED, None, "Nguồn chỉ đăng đến đây"),
    ],
)
def test_a_missing_text_is_explained(state: TextState, url: str | None, sentence: str) -> None:
    text = render_full(an_article(text_state=state, url=url), "UTC", VI).text
    assert "Ban Dân vận Trung ương" in text
    assert sentence in text


def test_an_excerpt_ends_with_a_sentence() -> None:
    article = an_article(full_text=FullText.EXCERPT, body="Đây là một câu vừa phải. " * 100)
    shown = render_full(article, "UTC", VI).lines[2].text
    assert 400 < len(shown) <= 600
    assert shown.endswith("phải.")


def test_only_the_runs_of_a_search_are_marked_where_there_are_any() -> None:
    spans = marked("Nhân dân làm công tác dân vận", {"dan", "van"})
    assert [(span.text, span.mark) for span in spans] == [
        ("Nhân dân làm công tác ", False),
        ("dân vận", True),
    ]
    assert [span.text for span in marked("Nhân dân", {"dan", "van"}) if span.mark] == ["dân"]


@given(st.text(), st.sets(st.text(alphabet="abcđéệ", min_size=1, max_size=3)))
def test_marking_changes_no_letter(text: str, words: set[str]) -> None:
    assert "".join(span.text for span in marked(text, words)) == text


def test_the_snippet_is_the_sentence_with_the_words() -> None:
    article = an_article(lead="Mở đầu.", body="Câu thứ nhất. Bà con ở Mường Thanh gặt lúa. Câu thứ ba.")
    assert snippet(article, {"muong", "thanh"}) == "Bà con ở Mường Thanh gặt lúa."
    assert snippet(article, {"voi"}) == article.summary


def test_a_long_snippet_is_cut_around_the_word() -> None:
    article = an_article(body="từ " * 200 + "Mường Thanh " + "chữ " * 200)
    found = snippet(article, {"muong", "thanh"})
    assert "Mường Thanh" in found
    assert len(found) <= MAX_SNIPPET_CHARACTERS + 2


def test_a_list_shows_a_button_for_what_can_be_opened_and_turns_that_lead_somewhere() -> None:
    articles = [an_article(id=1, body="x"), an_article(id=2, url=None), an_article(id=3)]
    message = render_articles("Tin", Page(articles, 9, 3, 3), "UTC", VI, "latest @{}".format)
    assert [[each.label for each in row] for row in message.buttons] == [["📖 4", "🔗 6"], ["◀", "▶"]]
    assert [each.action for each in message.buttons[1]] == ["latest @1", "latest @3"]
    assert message.lines[-1].text == "Trang 2/3"


@pytest.mark.parametrize(
    ("total", "offset", "labels"),
    [(0, 0, []), (5, 0, []), (6, 0, ["▶"]), (6, 5, ["◀"]), (11, 5, ["◀", "▶"])],
)
def test_page_buttons_lead_somewhere(total: int, offset: int, labels: list[str]) -> None:
    page: Page[int] = Page([], total, offset, 5)
    assert [each.label for each in page_buttons(page, "x {}".format)] == labels
    assert page_count(page) == max(1, (total + 4) // 5)


def test_a_page_button_that_would_be_too_long_is_left_out() -> None:
    assert page_buttons(Page([], 99, 0, 5), lambda to: f"search @{to} " + "á" * 40) == ()


def digest(*articles: object, **chat: object) -> Message:
    topics = [Topic("dan-van", {"vi": "Dân vận", "en": "Mass mobilisation"}, "x")]
    since, until = NOW - timedelta(hours=24), NOW
    return render_digest(list(articles), topics, a_chat(**chat), since, until, VI)  # type: ignore[arg-type]


def test_a_digest_has_header_sections_and_footer() -> None:
    at = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    message = digest(
        an_article(id=1, topics=("dan-van",), published_at=at),
        an_article(id=2, title="Tin lẻ", source="VnExpress", summary="Một câu. Hai câu.", published_at=at),
    )
    assert [each.text for each in message.lines] == [
        "🗞 Điểm báo ngày 23/11/2026",
        "2 bài · 2 nguồn · từ 14:00, 22/11/2026 đến 14:00, 23/11/2026",
        "",
        "DÂN VẬN",
        "• Năm 2020 đẩy mạnh công tác dân vận khéo",
        "Ngày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến toàn quốc.",
        "Báo Điện Biên Phủ · 08:30 23/11",
        "",
        "TIN KHÁC",
        "• Tin lẻ",
        "Một câu.",
        "VnExpress · 08:30 23/11",
        "",
        "Tóm tắt tự động; chạm vào tiêu đề để đọc nguyên văn.",
    ]
    assert message.lines[4].spans[1].url == "https://bao.example/12.html"


def test_an_empty_digest_says_so() -> None:
    assert digest().lines[-1].text == "Không có tin về những gì bạn theo dõi."


def test_a_groups_digest_names_the_place() -> None:
    message = digest(kind=ChatKind.GROUP, title="Xã Thanh Nưa")
    assert message.lines[0].text == "🗞 Điểm báo Xã Thanh Nưa, ngày 23/11/2026"


def test_a_digest_that_ends_at_midnight_bears_the_day_before() -> None:
    until = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    message = render_digest([], [], a_chat(), until - timedelta(days=1), until, VI)
    assert message.lines[0].text == "🗞 Điểm báo ngày 22/11/2026"


def test_a_digests_sentence_has_45_syllables_at_most() -> None:
    message = digest(an_article(summary="tiếng " * 60))
    assert len(message.lines[5].text.split()) == 45
    assert message.lines[5].text.endswith("tiếng…")


def test_what_does_not_fit_is_counted() -> None:
    message = digest(*(an_article(id=n, topics=("dan-van",)) for n in range(12)))
    assert "… và 5 bài khác" in message.text


@pytest.mark.parametrize(
    ("seconds", "past", "future"),
    [
        (0, "just now", "now"),
        (59, "just now", "in 1 minute"),
        (61, "1 minute ago", "in 2 minutes"),
        (3600, "1 hour ago", "in 1 hour"),
        (86400, "1 day ago", "in 1 day"),
        (12 * 86400, "12 days ago", "in 12 days"),
    ],
)
def test_spans_of_time_in_words(seconds: int, past: str, future: str) -> None:
    span = timedelta(seconds=seconds)
    assert ago(NOW - span, NOW, EN) == past
    assert ahead(NOW + span, NOW, EN) == future


def test_every_feed_error_has_a_sentence() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    keys = {kind.key for kind in kinds if issubclass(kind, errors.FeedError)}
    assert keys == set(FEED_SENTENCES)


def test_a_short_detail_stands_in_brackets_and_a_long_one_is_left_out() -> None:
    assert feed_sentence("bad_status", EN, "HTTP 404").endswith("(HTTP 404)")
    assert "(" not in feed_sentence("bad_status", EN, "x" * 500)
    assert feed_sentence("unheard_of", EN) == "This feed could not be read."


@given(st.text(max_size=600), st.integers(1, 300))
def test_a_short_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    found = short_line(text, limit)
    assert len(found) <= limit
    assert len(found.splitlines()) <= 1
