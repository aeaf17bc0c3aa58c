"""What a push shows."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.summary import summarise

TITLE = "Năm 2020 đẩy mạnh công tác dân vận khéo"
LEAD = "Ngày 9/1, Ban Dân vận họp trực tuyến toàn quốc để nhìn lại một năm và bàn việc của năm tới."
BODY = "Trời rét đậm. Đại biểu đến đủ.\n\nHội nghị bế mạc buổi chiều."


def test_the_publishers_lead_is_the_summary() -> None:
    assert summarise(TITLE, LEAD, BODY) == LEAD


def test_the_newspapers_name_is_not_part_of_it() -> None:
    assert summarise(TITLE, f"ĐBP - {LEAD}", BODY) == LEAD
    assert summarise(TITLE, f"(Dân trí) - {LEAD}", BODY) == LEAD


def test_a_long_lead_is_cut_after_a_sentence() -> None:
    longer = f"{LEAD} " + "Câu thứ hai rất dài " * 12 + "hết."
    assert summarise(TITLE, longer, "") == LEAD


def test_a_short_lead_is_followed_by_the_first_sentences() -> None:
    assert summarise(TITLE, "Hội nghị hôm nay.", BODY) == (
        "Hội nghị hôm nay. Trời rét đậm. Đại biểu đến đủ. Hội nghị bế mạc buổi chiều."
    )


def test_without_a_lead_the_first_sentences_are_taken_while_they_fit() -> None:
    assert summarise(TITLE, "", BODY, limit=35) == "Trời rét đậm. Đại biểu đến đủ."


def test_a_first_sentence_too_long_is_cut_at_a_word() -> None:
    assert summarise(TITLE, "", "Đại biểu các xã vùng cao về dự rất đông, rất vui.", limit=30) == (
        "Đại biểu các xã vùng cao về…"
    )


def test_the_title_is_not_repeated() -> None:
    assert summarise(TITLE, TITLE, f"{TITLE}\n\n{BODY}", limit=35) == "Trời rét đậm. Đại biểu đến đủ."
    assert summarise(TITLE, f"{TITLE}. {LEAD}", BODY) == LEAD
    assert summarise(TITLE, TITLE, "") == ""


def test_bylines_dates_and_headings_are_passed_over() -> None:
    body = f"14:15 - Thứ Năm, 09/01/2020\n\nTin, ảnh: Sầm Phúc\n\nKhai mạc\n\nLượt xem: 12\n\n{BODY}"
    assert summarise(TITLE, "", body, limit=35) == "Trời rét đậm. Đại biểu đến đủ."


def test_a_lead_repeated_in_the_text_is_said_once() -> None:
    assert summarise(TITLE, "Hội nghị hôm nay.", "Hội nghị hôm nay.\n\nTrời rét đậm.") == (
        "Hội nghị hôm nay. Trời rét đậm."
    )


def test_what_feeds_put_for_nothing_is_nothing() -> None:
    assert summarise("Ghost item", "No Description", "") == ""
    assert summarise(TITLE, "", "") == ""


def test_an_english_lead_is_kept_whole() -> None:
    lead = (
        "A ferry that carried Dr. Arkle and forty pupils across the Wend sails again on Monday at 7.40 a.m."
    )
    assert summarise("Village ferry returns", lead, "The first boat leaves early.") == lead


@given(
    st.text(max_size=60),
    st.text(max_size=400),
    st.text(max_size=400),
    st.integers(min_value=1, max_value=300),
)
def test_a_summary_never_exceeds_its_limit(title: str, lead: str, body: str, limit: int) -> None:
    assert len(summarise(title, lead, body, limit)) <= limit
