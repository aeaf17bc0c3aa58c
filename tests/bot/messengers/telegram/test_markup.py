"""Messages as Telegram shows them, read back by the strict server's own parser."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages import Button, Line, Message, Span, bold, italic, line, link, message
from bot.messengers.telegram.markup import clean, keyboard, opens, render
from bot.messengers.telegram.split import MAX_ENTITIES, MAX_RAW_BYTES, MAX_UNITS
from tests.botapi.html import parse_html, utf16


def shown(html: str) -> str:
    return parse_html(html)[0]


def test_text_is_escaped() -> None:
    [part] = render(message('AT&T <3 “ngoặc” "kép" it\'s'))
    assert part.html == 'AT&amp;T &lt;3 “ngoặc” "kép" it\'s'
    assert shown(part.html) == 'AT&T <3 “ngoặc” "kép" it\'s'


def test_styles_become_tags() -> None:
    [part] = render(
        message(line(bold("Tựa"), " và ", italic("nghiêng"), " và ", link("bài", "https://a.vn/?x=1&y=2")))
    )
    assert part.html == '<b>Tựa</b> và <i>nghiêng</i> và <a href="https://a.vn/?x=1&amp;y=2">bài</a>'


def test_matched_word_is_seen_in_plain_and_in_bold_text() -> None:
    [part] = render(
        message(line(Span("dân vận", mark=True), bold(" hội nghị "), Span("khéo", bold=True, mark=True)))
    )
    assert part.html == "<b>dân vận</b><b> hội nghị </b><b><u>khéo</u></b>"


def test_decomposed_letters_are_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Thời tiết Điện Biên")
    [part] = render(message(decomposed))
    assert part.html == "Thời tiết Điện Biên"
    assert len(part.html) == 19


def test_what_telegram_refuses_is_left_out() -> None:
    assert clean("a\x00b\r\nc\rd\ud800e\tf") == "a b\nc\nd e f"


def test_link_that_telegram_would_not_open_is_only_text() -> None:
    for url in (
        "javascript:alert(1)",
        "ftp://a.vn/x",
        "http://localhost/x",
        "//a.vn",
        "https://a.vn/a b",
        "x" * 3000,
    ):
        [part] = render(message(line(link("chữ", url))))
        assert part.html == "chữ"


def test_addresses_that_open() -> None:
    assert opens("https://baodienbienphu.vn/tin?id=1")
    assert opens("http://127.0.0.1:8080/x")
    assert opens("tg://resolve?domain=loa")
    assert not opens("tg:")
    assert not opens("http://[::1")
    assert not opens("")


def test_nothing_to_see_is_no_message() -> None:
    assert render(message()) == ()
    assert render(message("", "  \n ", "\u200b\u2060", "\u2800")) == ()


def test_preview_card_is_shown_large_below_the_text() -> None:
    [part] = render(Message((line("x"),), preview_url="https://a.vn/1"))
    assert part.preview == {"url": "https://a.vn/1", "prefer_large_media": True, "show_above_text": False}


def test_without_preview_address_there_is_no_card() -> None:
    [part] = render(message("https://a.vn/1"))
    assert part.preview == {"is_disabled": True}


def test_buttons_become_a_keyboard() -> None:
    rows = [[Button("📖 Toàn văn", action="full 12"), Button("🔗 Bài gốc", url="https://a.vn/12")]]
    assert keyboard(rows) == {
        "inline_keyboard": [
            [
                {"text": "📖 Toàn văn", "callback_data": "full 12"},
                {"text": "🔗 Bài gốc", "url": "https://a.vn/12"},
            ]
        ]
    }


def test_buttons_that_cannot_work_are_left_out() -> None:
    rows = [[Button("Gốc", url="file:///etc/passwd")], [Button("  ", action="x"), Button("Được", action="y")]]
    assert keyboard(rows) == {"inline_keyboard": [[{"text": "Được", "callback_data": "y"}]]}
    assert keyboard([[Button("Gốc", url="javascript:1")]]) is None


def test_long_rows_are_broken_and_too_many_buttons_dropped() -> None:
    rows = [[Button(f"{n}", action=f"latest {n}") for n in range(20)] for _ in range(8)]
    made = keyboard(rows)
    assert made is not None
    lengths = [len(row) for row in made["inline_keyboard"]]
    assert lengths == [8, 8, 4] * 5
    assert sum(lengths) == 100


def test_long_label_is_shortened() -> None:
    made = keyboard([[Button("chữ " * 40, action="x")]])
    assert made is not None
    [[button]] = made["inline_keyboard"]
    assert len(button["text"]) <= 64
    assert button["text"].endswith("…")


def test_long_message_is_cut_at_lines_with_buttons_last_and_preview_first() -> None:
    paragraphs = [f"Đoạn {n}. " + "chữ " * 300 for n in range(1, 8)]
    parts = render(
        Message(tuple(line(p) for p in paragraphs), ((Button("Hết", action="x"),),), "https://a.vn/1")
    )
    assert [part.text for part in parts] == [
        "\n".join(paragraphs[:3]).strip(),
        "\n".join(paragraphs[3:6]).strip(),
        paragraphs[6].strip(),
    ]
    assert [part.keyboard is not None for part in parts] == [False, False, True]
    assert [part.preview.get("url") for part in parts] == ["https://a.vn/1", None, None]


def test_long_paragraph_is_cut_at_a_sentence() -> None:
    sentence = "Ngày 9/1, TP. Hồ Chí Minh tổ chức hội nghị. "
    first, second = render(message(sentence * 120))
    assert first.text.endswith("tổ chức hội nghị.")
    assert second.text.startswith("Ngày 9/1,")
    assert len(first.text) == 44 * 93 - 1  # 93 whole sentences of 44 characters fit into 4,096


def test_paragraph_without_sentences_is_cut_at_a_word() -> None:
    first, second = render(message("chữ " * 1500))
    assert (len(first.text), len(second.text)) == (4095, 6000 - 1 - 4096)
    assert set(first.text.split()) == {"chữ"}


def test_word_longer_than_a_message_is_cut_itself() -> None:
    parts = render(message("x" * 9000))
    assert [len(part.text) for part in parts] == [4096, 4096, 808]


def test_emoji_count_double_and_stay_whole() -> None:
    parts = render(message("👍" * 3000))
    assert [len(part.text) for part in parts] == [2048, 952]
    family = "👨\u200d👩\u200d👧"
    for part in render(message(family * 1000)):
        assert not part.text.startswith("\u200d")
        assert not part.text.endswith("\u200d")


def test_style_goes_on_over_a_cut() -> None:
    first, second = render(message(line(bold("chữ " * 1500))))
    assert first.html.startswith("<b>") and first.html.endswith("</b>")
    assert second.html.startswith("<b>") and second.html.endswith("</b>")


def test_entities_beyond_a_hundred_go_into_the_next_message() -> None:
    spans = tuple(bold(f"t{n} ") for n in range(150))
    parts = render(Message((Line(spans),)))
    assert [len(parse_html(part.html)[1]) for part in parts] == [100, 50]


def test_short_first_line_does_not_become_a_message_of_its_own() -> None:
    first, _ = render(message("Tựa", "chữ " * 1300))
    assert len(first.text) > 3000


_WORDS = st.text(
    st.one_of(
        st.sampled_from("ab<>&\"' .!?\n\t\r\x00đờệ́\u200d\u0301👍🏽\u00a0\u2028“”/=;#x1"),
        st.characters(),
    ),
    max_size=40,
)
_LONG = st.builds(lambda word, n: word * n, _WORDS, st.integers(1, 700))
_SPANS = st.builds(
    Span,
    st.one_of(_WORDS, _LONG),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.sampled_from(["https://a.vn/?a=1&b=\"'<", "http://x", "tg://user?id=1"]), _WORDS),
)
_MESSAGES = st.builds(
    Message,
    st.lists(st.builds(Line, st.lists(_SPANS, max_size=12).map(tuple)), max_size=8).map(tuple),
    st.just(((Button("Hết", action="x"),),)),
)


def letters(text: str) -> str:
    """What is left of a text when white space and what shows nothing is taken away."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c)[0] not in "ZC")


@settings(max_examples=150, deadline=None)
@given(_MESSAGES)
def test_every_part_is_valid_and_no_word_is_lost(content: Message) -> None:
    parts = render(content)
    read = [parse_html(part.html) for part in parts]
    for part, (text, entities) in zip(parts, read, strict=True):
        assert letters(text)
        assert utf16(text) <= MAX_UNITS
        assert len(part.html.encode()) <= MAX_RAW_BYTES
        assert len(entities) <= MAX_ENTITIES
        assert text == part.text
    words = "".join(clean(span.text) for each in content.lines for span in each.spans)
    assert letters("".join(text for text, _ in read)) == letters(words)
    assert [part.keyboard is not None for part in parts] == [False] * (len(parts) - 1) + [True] * bool(parts)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["chữ", "TP.", "9/1,", "hội", "nghị.", "“Đi", "đâu?”", "A.", "x" * 60]), max_size=3000
    )
)
def test_words_stay_whole(words: list[str]) -> None:
    parts = render(message(" ".join(words)))
    assert [word for part in parts for word in part.text.split()] == words
