"""What stands among an article's paragraphs: furniture, bylines, the lead a second time."""

import pytest

from feeds.bylines import is_bare_name, labelled_byline
from feeds.cleaning import clean, is_date_line, is_furniture, same_text, without_beginning, without_lead
from feeds.language import is_vietnamese, language_of


@pytest.mark.parametrize(
    "line",
    [
        "Lượt xem: 4234",
        "LƯỢT XEM 4.234",
        "In bài viết",
        "» Quay lại",
        "Từ khóa: dân vận, dân vận khéo, hội nghị trực tuyến toàn quốc, vận động quần chúng, mặt trận",
        "Back To Top",
        "Chia sẻ",
        "Chia sẻ: Facebook Zalo",
        "Chia sẻ qua Zalo",
        "Thích 12",
        "Hiện chưa có bình luận nào, bạn hãy là người đầu tiên bình luận cho bài viết này!",
        "Share this article",
        "Share (12)",
        "3 min read",
        "Read more: What salt did to the town",
        "Be the first to comment!",
        "ADVERTISEMENT",
        "1 2 3 »",
        "***",
    ],
)
def test_furniture_is_recognised(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "Chia sẻ với phóng viên, ông An cho biết đường đã thông.",
        "Chia sẻ yêu thương",
        "Theo dõi diễn biến bão, người dân đã chằng chống nhà cửa.",
        "In 2019 the company printed 3,000 books.",
        "Share the load",
        "Thích nghi với biến đổi khí hậu",
        "Đánh giá cao kết quả của xã, đoàn kiểm tra đề nghị nhân rộng.",
        "Comments by the minister angered the unions.",
        "5 người bị thương",
    ],
)
def test_text_that_begins_like_furniture_is_kept(line: str) -> None:
    assert not is_furniture(line)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Tin, ảnh: Sầm Phúc", "Sầm Phúc"),
        ("Bài, ảnh: Vừ A Dơ", "Vừ A Dơ"),
        ("Bài và ảnh: Mai Giáp - Tú Trinh", "Mai Giáp - Tú Trinh"),
        ("Ảnh: Hà An.", "Hà An"),
        ("Theo TTXVN", "TTXVN"),
        ("(Theo TTXVN)", "TTXVN"),
        ("Nguồn: Báo Lào Cai", "Báo Lào Cai"),
        ("By Nora Whitfield", "Nora Whitfield"),
        ("Story and photos by: Ida Moss", "Ida Moss"),
    ],
)
def test_a_labelled_byline_names_its_people(line: str, names: str) -> None:
    assert labelled_byline(line) == names


@pytest.mark.parametrize(
    "line",
    [
        "Tin tưởng: điều quý nhất",
        "Theo ông An, đường đã thông từ hôm qua và xe cộ đi lại bình thường trở lại.",
        "theo đó",
        "By the river",
        "Ảnh hưởng: lớn",
    ],
)
def test_a_sentence_is_no_byline(line: str) -> None:
    assert labelled_byline(line) is None


def test_a_name_alone_is_recognised() -> None:
    assert all(map(is_bare_name, ["Ly Nguyễn", "Hoàng Hiệp – Phương Loan", "ĐÌNH VĂN", "Như Mai (TH)", "PV"]))
    assert not any(map(is_bare_name, ["Kết luận", "Mường Nhé mưa lớn", "Nhanh!", "Điện Biên 2020", "A"]))


def test_what_is_not_the_article_is_cut() -> None:
    cleaned = clean(
        [
            "Cầu mới",
            "14:15 - Thứ Năm, 09/01/2020 Lượt xem: 4234 In bài viết",
            "Cầu đã thông xe.",
            "Tin liên quan",
            "Bản nghèo góp công làm đường",
            "Học sinh đi bè",
            "Bình luận về việc này, bà con rất vui.",
            "Chia sẻ",
            "Tin, ảnh: Sầm Phúc",
            "Bình luận (2)",
            "Cảm ơn các anh rất nhiều.",
        ],
        title="Cầu mới",
    )
    assert cleaned.paragraphs == ["Cầu đã thông xe.", "Bình luận về việc này, bà con rất vui."]
    assert cleaned.byline == "Sầm Phúc"


def test_an_article_that_speaks_of_comments_goes_on() -> None:
    text = ["Bình luận", "Thị trường hôm qua tăng.", "Hôm nay chưa rõ."]
    assert clean(text).paragraphs == ["Thị trường hôm qua tăng.", "Hôm nay chưa rõ."]


def test_bylines_are_taken_off_both_ends() -> None:
    assert clean(["By Nora Whitfield", "It rained.", "It stopped."]) == (
        ["It rained.", "It stopped."],
        "Nora Whitfield",
    )
    assert clean(["Trời mưa.", "Hết mưa.", "Hà An", "(Theo Báo Lào Cai)", "Ảnh: Minh Tú"]) == (
        ["Trời mưa.", "Hết mưa."],
        "Hà An",
    )
    assert clean(["Trời mưa.", "Hà An", "Ảnh: Minh Tú"]) == (["Trời mưa."], "Hà An")


def test_a_text_of_one_line_is_not_taken_for_its_author() -> None:
    assert clean(["Sầm Phúc"]) == (["Sầm Phúc"], None)


def test_the_lead_is_not_repeated() -> None:
    lead = "Ngày 9/1, hội nghị khai mạc tại tỉnh."
    assert without_lead(["ĐBP - Ngày 9/1, hội nghị khai mạc tại tỉnh!", "Hai."], lead) == ["Hai."]
    assert without_lead([f"{lead} Sau đó là văn nghệ.", "Hai."], lead) == ["Sau đó là văn nghệ.", "Hai."]
    assert without_lead(["Khác hẳn.", "Hai."], lead) == ["Khác hẳn.", "Hai."]


def test_a_title_in_front_of_a_paragraph_goes() -> None:
    assert without_beginning("Cầu treo mới thông xe: Sáng nay, xe đã chạy.", "Cầu treo mới thông xe") == (
        "Sáng nay, xe đã chạy."
    )
    assert without_beginning("CẦU TREO MỚI THÔNG XE", "Cầu treo mới thông xe") == ""
    assert without_beginning("Cầu treo cũ", "Cầu treo mới thông xe") == "Cầu treo cũ"


def test_same_text_allows_a_word_or_two() -> None:
    assert same_text(
        "Một hai ba bốn năm sáu bảy tám chín mười.", "(BÁO) Một hai ba bốn năm sáu bảy tám chín mười"
    )
    assert not same_text("Một hai ba", "Bốn năm sáu")
    assert not same_text("", "")


def test_a_line_that_only_says_when_is_a_date_line() -> None:
    assert is_date_line("14:15 - Thứ Năm, 09/01/2020")
    assert is_date_line("Cập nhật: 06:05 ngày 3/8/2021")
    assert not is_date_line("Lúc 14:15, đoàn xe đến nơi.")
    assert not is_date_line("Thứ Năm")


def test_a_language_is_told_by_its_letters_before_its_label() -> None:
    assert language_of("Hội nghị trực tuyến toàn quốc tổng kết", "en") == "vi"
    assert language_of("Le président était très fâché à Orléans", None, "fr-FR") == "fr"
    assert language_of("Hoi nghi truc tuyen", "vi_VN") == "vi"
    assert language_of("The ferry returns", "", None, "javascript:x") is None
    assert not is_vietnamese("Điện")
