import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.html import first_image, sanitise, strip_source_prefix, to_paragraphs, to_text

PAGE = "https://bao.example/tin/bai-1.html"


def test_block_elements_end_paragraphs() -> None:
    markup = "<h2>Tựa</h2><p>Một <b>đ</b>oạn.</p><div>Hai</div>ba<blockquote>bốn</blockquote>"
    assert to_paragraphs(markup) == "Tựa\n\nMột đoạn.\n\nHai\n\nba\n\nbốn"


def test_single_break_is_a_space_and_double_break_a_paragraph() -> None:
    assert to_paragraphs("một<br>hai<br/> <br />ba") == "một hai\n\nba"


def test_line_ends_of_the_source_mean_nothing() -> None:
    assert to_paragraphs("<p>một\n\nhai</p>") == "một hai"


def test_list_items_begin_with_a_dash() -> None:
    markup = "<ul><li>một</li><li><p>hai</p></li><li></li></ul><p>sau</p>"
    assert to_paragraphs(markup) == "– một\n\n– hai\n\nsau"


def test_table_rows_are_paragraphs_and_cells_words() -> None:
    assert to_paragraphs("<table><tr><td>Xã</td><td>Hộ</td></tr><tr><td>Mường Phăng</td></tr></table>") == (
        "Xã Hộ\n\nMường Phăng"
    )


def test_scripts_styles_captions_and_comments_are_left_out() -> None:
    markup = (
        "<p>Trước</p><script>if (a < b) alert('x')</script><style>p{}</style><!-- <p>ẩn</p> -->"
        "<figure><img src=a.jpg><figcaption>Ảnh: Sầm Phúc</figcaption></figure>"
        "<noscript><img src=b.gif></noscript><iframe src=x>khung</iframe><p>Sau</p>"
    )
    assert to_paragraphs(markup) == "Trước\n\nSau"


def test_unclosed_script_takes_the_rest_and_unclosed_caption_nothing() -> None:
    assert to_paragraphs("<p>a</p><script>b<p>c</p>") == "a"
    assert to_paragraphs("<p>a</p><figcaption>b<p>c</p>") == "a\n\nb\n\nc"


def test_entities_are_decoded_and_text_is_composed() -> None:
    assert to_text("<p>&Aacute;&nbsp;&amp;&nbsp;&#7870; &lt;b&gt; Điê\u0323n</p>") == "Á & Ế <b> Điện"


def test_less_than_that_is_no_tag_stays() -> None:
    assert to_text("3 < 4 và 5 > 2, a<1") == "3 < 4 và 5 > 2, a<1"


def test_greater_than_inside_an_attribute_ends_no_tag() -> None:
    assert to_text('<a title="x > y" href=z>chữ</a>') == "chữ"


def test_quote_that_never_closes_costs_only_its_tag() -> None:
    assert to_text('<a href="x>chữ</a> sau') == "chữ sau"


def test_control_characters_are_removed() -> None:
    assert to_text("a\x00b\x0bc\x01d") == "abcd"


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("ĐBP - Ngày 9/1, hội nghị", "Ngày 9/1, hội nghị"),
        ("VOV.VN - Sáng nay", "Sáng nay"),
        ("(Dân trí) - Sáng nay", "Sáng nay"),
        ("(Dân trí)- Sáng nay", "Sáng nay"),
        ("TTO - Sáng nay", "Sáng nay"),
        ("(VTC News) - Sáng nay", "Sáng nay"),
        ("(NLĐO) – Sáng nay", "Sáng nay"),
        ("EU - Việt Nam ký hiệp định", "EU - Việt Nam ký hiệp định"),
        ("Hà Nội - Hải Phòng thông xe", "Hà Nội - Hải Phòng thông xe"),
        ("(15/9) - Khai giảng", "(15/9) - Khai giảng"),
        ("TTO -", "TTO -"),
        ("", ""),
    ],
)
def test_newspaper_name_before_the_lead_is_removed(lead: str, expected: str) -> None:
    assert strip_source_prefix(lead) == expected


def test_first_image_is_absolute() -> None:
    """G8, G11"""
    assert (
        first_image('<p><img src="/anh/a b.jpg?x=1&amp;y=2">', PAGE)
        == "https://bao.example/anh/a%20b.jpg?x=1&y=2"
    )
    assert first_image("<IMG WIDTH=130 SRC=../c.jpg >", PAGE) == "https://bao.example/c.jpg"


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="/p.gif" width="1" height="1">',
        '<img src="/p.gif" width=1px>',
        '<img src="data:image/gif;base64,R0lGOD">',
        '<img src="javascript:alert(1)">',
        '<img src="https://secure.gravatar.com/avatar/1?s=96">',
        '<img src="https://s.example/core/emoji/1f600.png">',
        '<img src="https://feeds.example/~r/bao/~4/x">',
        "<img>",
        "<p>không ảnh</p>",
    ],
)
def test_pixels_faces_and_inlined_pictures_are_passed_over(markup: str) -> None:
    """G11"""
    assert first_image(markup, PAGE) is None
    assert first_image(f'{markup}<img src="/that.jpg">', PAGE) == "https://bao.example/that.jpg"


def test_lazy_picture_is_found_behind_its_placeholder() -> None:
    markup = '<img src="data:image/gif;base64,R0" data-src="https://cdn.example/that.jpg">'
    assert first_image(markup, PAGE) == "https://cdn.example/that.jpg"


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="java&#x0A;script:alert(1)">x</a>',
        '<math xlink:href="javascript:alert(1)">x</math>',
        "<img src=x onerror=alert(1)>x",
        "<svg><script>alert(1)</script></svg>x",
        "<p style='background:url(javascript:alert(1))' onclick=alert(1)>x</p>",
    ],
)
def test_sanitised_html_runs_nothing(markup: str) -> None:
    """G12: what feedparser 6.0.14 lets through."""
    cleaned = sanitise(markup)
    assert "alert" not in cleaned
    assert "x" in cleaned


def test_sanitised_html_keeps_harmless_markup() -> None:
    assert sanitise('<p>Một <b>đậm</b> <a href="https://a.example/">liên kết</a></p>') == (
        '<p>Một <b>đậm</b> <a href="https://a.example/" rel="noopener noreferrer nofollow">liên kết</a></p>'
    )


def test_deep_nesting_is_reduced_to_paragraphs() -> None:
    # A tree of this takes most of a minute; the tag stream a fraction of a second.
    assert sanitise("<ul><li>" * 60_000 + "x & y") == "<p>– x &amp; y</p>"


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<b><p>",
        "<",
        "<!--",
        "<script>",
        "<figcaption>",
        '<a "',
        "<a x='\"",
        "&#",
        "</p>",
        "<img src=",
    ],
)
def test_hostile_markup_is_read_in_one_pass(piece: str) -> None:
    """Half a megabyte of each; quadratic reading would take minutes and the run would be noticed."""
    markup = piece * (512 * 1024 // len(piece))
    assert isinstance(to_text(markup), str)
    assert first_image(markup, PAGE) in (None, "https://bao.example/tin/%3Cimg")


@given(st.text())
def test_any_text_becomes_paragraphs_without_blank_ones(text: str) -> None:
    paragraphs = to_paragraphs(text)
    assert "\n\n\n" not in paragraphs
    assert paragraphs == paragraphs.strip()
    assert "\x00" not in paragraphs


@given(st.lists(st.text(alphabet="abcđêợ ,.1", min_size=1).map(str.strip).filter(bool), min_size=1))
def test_paragraphs_survive_markup(blocks: list[str]) -> None:
    markup = "".join(f"<p>{block}</p>" for block in blocks)
    assert to_paragraphs(markup) == "\n\n".join(" ".join(block.split()) for block in blocks)
