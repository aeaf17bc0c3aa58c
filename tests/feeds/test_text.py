"""The normal form of text, its words and its sentences."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import accented_tokens, clip, fold, nfc, one_line, sentences, tokens

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵdđ"
BARE = "a" * 18 + "e" * 12 + "i" * 6 + "o" * 18 + "u" * 12 + "y" * 6 + "dd"

# Given text; then its sentences, split by hand.
SENTENCES = [
    ("Lễ hội tổ chức tại TP.HCM. Ông Nam dự.", ["Lễ hội tổ chức tại TP.HCM.", "Ông Nam dự."]),
    ("Mưa lớn ở TP. Hồ Chí Minh. Đường ngập.", ["Mưa lớn ở TP. Hồ Chí Minh.", "Đường ngập."]),
    ("ThS. Lò Văn An phát biểu. Mọi người nghe.", ["ThS. Lò Văn An phát biểu.", "Mọi người nghe."]),
    ("Theo PGS.TS. Trần Bình, lúa tốt. Giá tăng.", ["Theo PGS.TS. Trần Bình, lúa tốt.", "Giá tăng."]),
    ("Chị N.T.H. (25 tuổi) kể lại. Mẹ chị khóc.", ["Chị N.T.H. (25 tuổi) kể lại.", "Mẹ chị khóc."]),
    ("Chị N.T.H. cho biết đã báo công an.", ["Chị N.T.H. cho biết đã báo công an."]),
    ("Họ gặp anh N.V.A. Công an vào cuộc.", ["Họ gặp anh N.V.A.", "Công an vào cuộc."]),
    ("Ngày 9/1, hội nghị bế mạc. Trời rét.", ["Ngày 9/1, hội nghị bế mạc.", "Trời rét."]),
    ("Cả xã có 1.500 hộ. Đã thoát nghèo 900 hộ.", ["Cả xã có 1.500 hộ.", "Đã thoát nghèo 900 hộ."]),
    ("Sản lượng tăng 12,5%. Giá giảm 3.5%.", ["Sản lượng tăng 12,5%.", "Giá giảm 3.5%."]),
    ("“Đi đâu?” anh hỏi. Chị im lặng.", ["“Đi đâu?” anh hỏi.", "Chị im lặng."]),
    ("“Mai tôi về. Anh đợi nhé.” Chị nói vậy.", ["“Mai tôi về. Anh đợi nhé.”", "Chị nói vậy."]),
    ("Bà nói: “Được mùa rồi!”. Cả bản vui.", ["Bà nói: “Được mùa rồi!”.", "Cả bản vui."]),
    (
        "Xem tại https://example.vn/a.html?b=1.2. Hết hạn ngày mai.",
        ["Xem tại https://example.vn/a.html?b=1.2.", "Hết hạn ngày mai."],
    ),
    ("Có rau, củ, quả… Giá đều rẻ.", ["Có rau, củ, quả…", "Giá đều rẻ."]),
    ("Anh bảo… chưa biết. Rồi đi... Không ai hỏi.", ["Anh bảo… chưa biết.", "Rồi đi...", "Không ai hỏi."]),
    ("Bán ngô, khoai, v.v. Chợ đông.", ["Bán ngô, khoai, v.v.", "Chợ đông."]),
    ("1. Mở đầu. 2. Kết luận.", ["1. Mở đầu.", "2. Kết luận."]),
    ("Đến hết năm 2019. Sang năm 2020 thì khác.", ["Đến hết năm 2019.", "Sang năm 2020 thì khác."]),
    ("Bé bị viêm gan B. Gia đình lo lắng.", ["Bé bị viêm gan B.", "Gia đình lo lắng."]),
    ("Thật sao?! Đúng thế!", ["Thật sao?!", "Đúng thế!"]),
    ("Mr. Smith met J. K. Rowling. They spoke.", ["Mr. Smith met J. K. Rowling.", "They spoke."]),
    ("He left the U.S. The trip cost $3.50.", ["He left the U.S.", "The trip cost $3.50."]),
    (
        "Some fruits, e.g. Apples, rot. See No. 5 below.",
        ["Some fruits, e.g. Apples, rot.", "See No. 5 below."],
    ),
    ("We met at 5 p.m. Nobody came.", ["We met at 5 p.m.", "Nobody came."]),
    ("他来了。我走了！好吗？", ["他来了。", "我走了！", "好吗？"]),
    ("وصل الوفد. هل غادر؟ نعم.", ["وصل الوفد.", "هل غادر؟", "نعم."]),
    ("Dòng một\nDòng hai. Câu nữa", ["Dòng một", "Dòng hai.", "Câu nữa"]),
    ("", []),
    ("  \n ", []),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text[:24] for text, _ in SENTENCES])
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text())
def test_sentences_lose_no_character_but_spaces(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_every_vietnamese_letter_folds_to_its_bare_one() -> None:
    assert fold(VIETNAMESE) == BARE
    assert fold(VIETNAMESE.upper()) == BARE


def test_decomposed_text_folds_like_composed() -> None:
    assert fold(unicodedata.normalize("NFD", "Điện Biên Phủ")) == "dien bien phu"


def test_other_latin_letters_fold_too() -> None:
    assert fold("Łódź Ærø Straße ÇA Çà naïve") == "lodz aero strasse ca ca naive"


def test_letters_of_other_scripts_stay_themselves() -> None:
    assert fold("Москва й 北京 कि") == "москва й 北京 कि"


def test_hard_spaces_become_spaces_and_invisible_characters_go() -> None:
    assert fold("Dân\u00a0vận\u202fkhéo") == "dan van kheo"
    assert fold("dân\u200bvận \ufeffkhé\u00ado") == "danvan kheo"


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_tokens_are_letters_and_digits_folded() -> None:
    assert tokens("Ngày 9/1, “Dân vận” tăng 12,5% (COVID-19) a_b") == (
        ["ngay", "9", "1", "dan", "van", "tang", "12", "5", "covid", "19", "a", "b"]
    )


def test_accented_tokens_keep_accents_in_one_tone_style() -> None:
    assert accented_tokens("HÒA hoà Thủy thuỷ Khỏe khoẻ Quý quỳnh hoàn") == (
        ["hoà", "hoà", "thuỷ", "thuỷ", "khoẻ", "khoẻ", "quý", "quỳnh", "hoàn"]
    )


@given(st.text())
def test_folded_and_accented_words_line_up(text: str) -> None:
    accented = accented_tokens(text)
    assert [fold(word) for word in accented] == tokens(text)
    assert [accented_tokens(word) for word in accented] == [[word] for word in accented]


def test_nfc_composes_vietnamese_vowels() -> None:
    assert nfc("Tie\u0302\u0301ng") == "Tiếng"


def test_one_line_joins_lines_and_keeps_emoji_whole() -> None:
    assert one_line("  Tin\n\t mới\u00a0nhất\u200b 👨\u200d🌾 ") == "Tin mới nhất 👨\u200d🌾"


def test_clip_returns_a_short_text_whole() -> None:
    assert clip("  Một  câu. ", 20) == "Một câu."


def test_clip_cuts_after_the_last_sentence_that_fits() -> None:
    assert clip("Câu một. Câu hai. Câu ba dài hơn nhiều.", 20) == "Câu một. Câu hai."


def test_clip_cuts_at_a_word_when_no_sentence_fits() -> None:
    assert clip("Câu này rất dài, không có điểm dừng nào.", 17) == "Câu này rất dài…"


def test_clip_cuts_a_word_longer_than_the_limit() -> None:
    assert clip("x" * 50, 10) == "x" * 9 + "…"


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_clip_never_exceeds_its_limit(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert bool(clipped) == bool(text.split())


def test_a_line_of_nothing_but_stops_is_read_in_one_pass() -> None:
    # Backtracking over this would take hours, not the blink it does.
    assert sentences("." * 200_000 + "x") == ["." * 200_000 + "x"]
    assert sentences("a." + ")" * 200_000 + "b") == ["a." + ")" * 200_000 + "b"]
