"""Article pages of many shapes; the expected values were read off the pages by hand."""

import html
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.extract import extract_page
from feeds.types import PageText

PAGES = Path(__file__).parent.parent / "data" / "pages"
SEED = Path(__file__).parents[3] / "shared" / "data" / "seed" / "nam-dan-van-kheo.txt"

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""The day the clocks in the pages' headers show."""

LEFT_OUT = (
    "Lượt xem",
    "In bài viết",
    "Bình luận",
    "Tin khác",
    "Back To Top",
    "Từ khóa",
    "Hiện chưa có",
    "2026",
)


def read(
    body: bytes, *, url: str = "https://vungcao.example/tin/1", content_type: str = "text/html"
) -> PageText:
    return extract_page(body, url=url, content_type=content_type, time_zone="Asia/Ho_Chi_Minh", now=NOW)


def page(name: str) -> PageText:
    return read((PAGES / f"{name}.html").read_bytes())


def paragraphs(text: PageText) -> list[str]:
    return text.body.split("\n\n")


def beginnings(text: PageText) -> list[str]:
    return [" ".join(each.split()[:4]) for each in paragraphs(text)]


def hanoi(*parts: int) -> datetime:
    """A moment as a clock in Vietnam shows it; seven hours ahead all year."""
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=timezone(timedelta(hours=7)))


def test_a_provincial_newspapers_page_gives_the_article_alone() -> None:
    text = page("provincial")
    assert text.title == "Năm 2020 nhân rộng mô hình dân vận khéo ở vùng cao"
    assert text.lead == (
        "Ngày 9/1, Ban Dân vận Tỉnh ủy họp trực tuyến với 10 huyện, thị xã để nhìn lại một năm “Dân vận "
        "chính quyền” và bàn việc của năm 2020."
    )
    assert beginnings(text) == [
        "Dự họp tại điểm",
        "Một năm qua, cán",
        "“Muốn dân nghe thì",
        "Chia sẻ với đại",
        "Năm 2020, với chủ",
        "Kết luận hội nghị,",
    ]
    assert text.body.endswith("báo cáo bằng kết quả cụ thể ở từng bản…")
    assert text.author == "Sầm Phúc"
    assert text.published_at == hanoi(2020, 1, 9, 14, 15)
    assert text.language == "vi"
    assert text.image_url == "https://vungcao.example/dataimages/202001/original/images1234_hoi-nghi.jpg"
    shown = f"{text.lead}\n{text.body}"
    assert [words for words in LEFT_OUT if words in shown] == []


def _page_of_seed(text: str) -> str:
    """The markup such a newspaper puts around an article, filled from its plain text."""
    lines = [html.escape(line, quote=False) for line in text.splitlines() if line.strip()]
    title, info, lead, *rest = lines
    end = next(index for index, line in enumerate(rest) if line.startswith("Tin, ảnh"))
    moment, _, views = info.partition(" Lượt xem")
    body = "".join(f"<p>{line}</p>" for line in rest[:end])
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8">
        <title>{title} - Báo Điện Biên Phủ</title></head><body>
        <div id="header"><span class="clock">Chủ nhật, 22/11/2026 08:30</span>
        <h1><a href="/">Báo Điện Biên Phủ</a></h1></div>
        <ul class="menu"><li><a href="/">Trang chủ</a></li><li><a href="/chinh-tri">Chính trị</a></li></ul>
        <div class="detail"><h1>{title}</h1>
        <div><span>{moment}</span> <span>Lượt xem{views.removesuffix("In bài viết")}</span>
        <a href="/in">In bài viết</a></div>
        <div class="sapo"><strong>{lead}</strong></div>
        <div class="content">{body}<p align="right"><b>{rest[end]}</b></p></div>
        <div>Bình luận</div><p>Hiện chưa có bình luận nào, hãy là người đầu tiên bình luận.</p>
        <div><b>Tin khác</b><ul><li><a href="/1">Khai mạc lễ hội hoa ban</a></li>
        <li><a href="/2">Gặp mặt đầu xuân</a></li></ul></div>
        </div><a href="#">Back To Top</a></body></html>"""


@pytest.mark.skipif(
    not SEED.exists(), reason="the newspaper page that started the project is not here (shared data)"
)
def test_the_page_that_started_the_project() -> None:
    source = SEED.read_text()
    text = read(_page_of_seed(source).encode())
    wanted = [" ".join(line.split()) for line in source.splitlines() if line.strip()]
    assert text.title == wanted[0] == "Năm 2020 đẩy mạnh công tác dân vận khéo"
    assert text.lead == wanted[2].removeprefix("ĐBP - ")
    assert paragraphs(text) == wanted[3:8]
    assert len([text.lead, *paragraphs(text)]) == 6
    assert text.author == "Sầm Phúc"
    assert text.published_at == hanoi(2020, 1, 9, 14, 15)
    assert [words for words in LEFT_OUT if words in f"{text.lead}\n{text.body}"] == []


def test_an_english_page() -> None:
    text = page("english")
    assert text.title == "Village ferry returns after three winters"
    assert text.lead == (
        "A ferry that carried schoolchildren across the Wend for eighty years sails again on Monday, paid "
        "for by the villages on both banks."
    )
    assert beginnings(text) == [
        "The ferry at Low",
        "“People said it could",
        "Share the load",
        "Share certificates were sold",
        "The first boat leaves",
    ]
    assert text.author == "Nora Whitfield"
    assert text.published_at == datetime(2024, 3, 4, 6, 30, tzinfo=UTC)
    assert text.image_url == "https://cdn.valleypost.example/ferry.jpg"
    assert text.language == "en"


def test_a_short_piece_of_news() -> None:
    assert page("short") == PageText(
        title="Cấm đường đèo Pha Lùng để xử lý sạt lở",
        lead=None,
        body="Từ 7 giờ sáng nay, đèo Pha Lùng tạm cấm xe để dọn khối đất đá sạt xuống trong đêm.\n\n"
        "Xe cứu thương và xe chở học sinh được dẫn qua theo giờ.",
        author="PV",
        published_at=hanoi(2021, 8, 3, 6, 5),
        image_url="https://vungcao.example/images/2021/deo.jpg",
        language="vi",
    )


def test_a_photo_story_gives_its_captions() -> None:
    text = page("photos")
    assert text.lead == (
        "Bốn giờ sáng, những bó đuốc đầu tiên đã xuống núi. Phiên chợ cuối năm họp đúng một buổi, "
        "ai cũng vội."
    )
    assert beginnings(text) == ["Người Mông từ các", "Hàng vải lanh đông", "Bát thắng cố nóng"]
    assert text.author == "Giàng Mí Sính"
    assert text.published_at == hanoi(2023, 1, 15, 8, 20)
    assert text.image_url == "https://cdn.vungcao.example/2023/cho-phien-1.jpg"


def test_a_page_of_tables_and_line_breaks_without_any_class() -> None:
    text = page("noclass")
    assert text.title == "Huyện Nậm Pàn gieo xong lúa nước vụ chiêm xuân"
    assert text.lead == (
        "Đến ngày 11/2, bà con 14 xã trong huyện đã gieo cấy xong hơn 1.280 ha lúa nước, sớm hơn cùng kỳ "
        "năm trước một tuần."
    )
    assert beginnings(text) == ["Năm nay trời ấm,", "Phòng Nông nghiệp cử", "Sau gieo cấy, bà"]
    assert text.author == "Vừ A Dơ"
    assert text.published_at == hanoi(2015, 2, 12, 7, 45)


def test_an_amp_page() -> None:
    text = page("amp")
    assert text.title == "Giá ngô tăng, thương lái vào tận nương"
    assert text.lead == (
        "Giá ngô hạt tại nương lên 7.200 đồng mỗi kg, cao nhất năm năm, vì các nhà máy thức ăn chăn nuôi "
        "thiếu hàng."
    )
    assert beginnings(text) == ["Chị Mùa Thị Chu", "Thương lái thuê xe", "Theo Sở Công Thương,"]
    assert text.author == "Thào A Páo"
    assert text.published_at == hanoi(2022, 10, 2, 16, 40)
    assert text.image_url == "https://cdn.vungcao.example/ngo.jpg"


def test_a_table_is_read_row_by_row_and_a_description_cut_off_is_completed() -> None:
    text = page("table")
    assert text.title == "Điểm chuẩn lớp 10 các trường huyện Pú Đao"
    assert text.lead is not None
    assert text.lead.endswith("thí sinh nộp hồ sơ nhập học trước ngày 15/7.")
    assert paragraphs(text) == [
        "Năm nay toàn huyện có 640 em dự thi, nhiều hơn năm ngoái 52 em.",
        "Trường | Chỉ tiêu | Điểm chuẩn",
        "THPT Pú Đao | 280 | 21,5",
        "THPT Nậm Hàng | 160 | 17,25",
        "PTDT Nội trú | 70 | 24",
        "Thí sinh xem điểm tại trường đã đăng ký hoặc hỏi qua tổng đài của Sở. "
        "Đơn phúc khảo nhận đến hết ngày 8/7.",
    ]
    assert text.author == "Khánh Ly"
    assert text.published_at == hanoi(2019, 7, 3, 15, 30)


def test_an_old_vietnamese_encoding_declared_as_another() -> None:
    text = page("windows-1258")
    assert text.title == "Hội thi tiếng hát thôn bản lần thứ ba"
    assert text.lead == (
        "Tối 5/3, hơn hai mươi đội văn nghệ của các xã biên giới đã về huyện lỵ dự hội thi tiếng hát thôn "
        "bản lần thứ ba."
    )
    assert beginnings(text) == ["Mỗi đội có mười", "Giải nhất thuộc về"]
    assert text.author == "Cà Văn Chung"
    assert text.published_at == hanoi(2010, 3, 5, 21, 10)


def test_a_place_stamped_before_the_lead_is_not_glued_to_it() -> None:
    text = page("stamp")
    assert text.title == "Cầu treo mới nối hai bờ Nậm Mức"
    assert text.lead == (
        "Cây cầu dài 86 m khánh thành sáng 19/5, chấm dứt cảnh 300 học sinh đi bè qua sông mỗi mùa lũ."
    )
    assert beginnings(text) == ["Cầu rộng 2 m,", '"Từ nay mưa to', "Huyện còn 7 điểm"]
    assert text.author == "Hà An - Minh Tú"
    assert text.published_at == hanoi(2018, 5, 19, 10, 2)


def test_a_lead_repeated_in_the_text_is_shown_once() -> None:
    text = page("singular")
    assert text.lead == (
        "Bảy giờ tối, khi bếp lửa đã tàn, 32 học viên tuổi từ 19 đến 61 ở bản Sín Chải đốt đuốc đến lớp tập "
        "viết tên mình."
    )
    assert beginnings(text) == [
        "Lớp mở từ tháng",
        "Chữ đầu tiên là",
        "Chị Sùng Thị Mỷ",
        '"Để mẹ còn đọc',
        "– Cả xã còn",
        "– Mục tiêu đến",
        "Không ai quá già",
    ]
    assert text.author == "Hoàng Yến"
    assert text.published_at == hanoi(2023, 4, 26, 6, 48)
    assert text.image_url == "https://cdn.danban.example/zoom/1200/lop-hoc.jpg"


def test_a_paged_article_is_read_without_its_pager() -> None:
    text = page("paged")
    assert text.title == "The long road to the salt pans"
    assert text.lead is None
    assert beginnings(text) == ["PORT ELLERY (Coast Wire)", "Dr. Amina Said has", "The ledger lists wages"]
    assert text.body.endswith("in one column, “idleness”.")
    assert text.published_at == hanoi(2020, 1, 9, 14, 15)


def test_a_front_page_is_no_article() -> None:
    text = page("front")
    assert (text.body, text.lead, text.author, text.published_at) == ("", None, None, None)


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\x00\xff\xfe", b"%PDF-1.7 ...", b"<html></html>", b"<!-- x -->"]
)
def test_what_is_no_page_has_no_text(body: bytes) -> None:
    assert read(body).body == ""


ARTICLE = """<html lang="vi"><head><meta charset="utf-8"><title>Tiêu đề của bài báo này</title>{head}</head>
<body>
<div class="header">Chủ nhật, 22/11/2026 08:30</div><h1>Tiêu đề của bài báo này</h1>{info}
<p>Đoạn thứ nhất nói về một việc đã xảy ra trong bản từ mùa lúa năm ngoái, ai cũng còn nhớ rõ.</p>
<p>Đoạn thứ hai nói tiếp việc ấy và thêm vài điều mà người đọc cần biết trước khi ra chợ.</p></body></html>"""


def article(head: str = "", info: str = "") -> PageText:
    return read(ARTICLE.format(head=head, info=info).encode())


@pytest.mark.parametrize(
    ("head", "info", "expected"),
    [
        ("", "<p>14:15 - Thứ Năm, 09/01/2020</p>", (2020, 1, 9, 14, 15)),
        ("", "<p><span>14:15</span> - <i>Thứ Năm</i>, <b>09/01/2020</b></p>", (2020, 1, 9, 14, 15)),
        ("", "Thứ năm, 9/1/2020, 14:15 (GMT+7)", (2020, 1, 9, 14, 15)),
        ("", "<div>Ngày 9 tháng 1 năm 2020</div>", (2020, 1, 9, 0, 0)),
        ("", '<time datetime="2020-01-09T07:15:00Z">hôm nọ</time>', (2020, 1, 9, 14, 15)),
        (
            '<meta property="article:published_time" content="2020-01-08T10:00:00+07:00">',
            "<p>09/01/2020 14:15</p>",
            (2020, 1, 8, 10, 0),
        ),
        (
            '<meta name="pubdate" content="hôm kia, không rõ">',
            "<p>09/01/2020 14:15</p>",
            (2020, 1, 9, 14, 15),
        ),
    ],
)
def test_a_date_is_read_from_the_head_and_then_beside_the_heading(
    head: str, info: str, expected: tuple[int, ...]
) -> None:
    assert article(head, info).published_at == hanoi(*expected)


def test_the_clock_in_the_header_is_never_the_date() -> None:
    assert article().published_at is None


def test_broken_and_hostile_head_data_is_passed_over() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script>'
        f'<script type="application/ld+json">{"[" * 100_000}</script>'
        '<script type="application/ld+json">{"@type":"NewsArticle","author":[[{}]],"image":{"url":["x"]},'
        '"datePublished":20200109}</script>'
        '<meta property="og:image" content="javascript:alert(1)"><meta property="og:image" content="http://[">'
    )
    text = article(head)
    assert text.title == "Tiêu đề của bài báo này"
    assert (text.image_url, text.author) == (None, None)
    assert len(paragraphs(text)) == 2


def test_a_slogan_is_no_lead() -> None:
    slogan = "Trang tin tức cập nhật kinh tế, xã hội, thể thao, giải trí nhanh nhất trong ngày"
    assert article(f'<meta name="description" content="{slogan}">').lead is None


def test_a_picture_that_is_a_logo_is_passed_over() -> None:
    head = '<meta property="og:image" content="/i/logo.png">'
    assert article(head, '<img src="/i/ban.jpg">').image_url == "https://vungcao.example/i/ban.jpg"


def test_deep_nesting_ends_in_time_and_with_a_result() -> None:
    assert isinstance(read(b"<html><body>" + b"<div>" * 50_000 + b"x"), PageText)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet="<>/=\"'abph1 .!–ốđ\n", max_size=300).map(str.encode))
@example(b"<h1>a<h1>b</h1><p class=sapo>")
@example(b"<title>a | </title><meta name=description content='...'><time>")
def test_no_bytes_break_the_reader(body: bytes) -> None:
    assert isinstance(read(body), PageText)
