"""A newspaper for the flows: articles of our own, as RSS and as pages."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.newssite import NewsSite


@dataclass(frozen=True)
class Piece:
    """One article of the paper."""

    number: int
    title: str
    lead: str
    paragraphs: tuple[str, ...] = ()
    date: str = "Mon, 23 Nov 2026 08:00:00 +0700"

    @property
    def path(self) -> str:
        return f"/tin/{self.number}.html"


BRIDGE = Piece(
    1,
    "Khánh thành cầu treo Nậm Chiến",
    "Sáng 23/11, xã Nậm Chiến đưa vào sử dụng cây cầu treo dài 120 m, nối ba bản với trung tâm xã.",
    (
        "Cây cầu được xây trong mười tháng, thay chiếc bè tre mà học sinh vẫn dùng để qua suối mỗi ngày.",
        "Ông Lò Văn Thính, trưởng bản Huổi Cang, cho biết cả bản đã góp hơn hai trăm ngày công để làm "
        "đường dẫn lên cầu, và mùa mưa năm nay trẻ con sẽ không phải nghỉ học nữa.",
        "Kinh phí xây cầu gồm vốn của tỉnh và tiền quyên góp của một câu lạc bộ thiện nguyện ở Hà Nội.",
    ),
)
KHEO = Piece(
    2,
    "Huyện Mường Lay nhân rộng mô hình dân vận khéo",
    "Sau một năm, huyện có 46 mô hình dân vận khéo được công nhận, tập trung vào hiến đất làm đường.",
    (
        "Các tổ dân vận đến từng nhà, nghe trước rồi mới nói, nên việc khó cũng thành dễ.",
        "Bà Tòng Thị Phanh hiến gần bốn trăm mét vuông đất ruộng để con đường vào bản được thẳng, và "
        "tám hộ khác trong bản làm theo chỉ trong một tuần.",
        "Huyện dự kiến mỗi xã có ít nhất ba mô hình mới trong năm tới.",
    ),
)
RICE = Piece(
    3,
    "Lúa mùa được giá, nông dân Thanh Yên phấn khởi",
    "Giá lúa tại ruộng đạt 9.200 đồng một cân, cao nhất trong năm năm.",
    ("Hợp tác xã đã thu mua hơn sáu trăm tấn trong hai tuần qua.",),
)


def rss(*pieces: Piece, site: NewsSite, title: str = "Báo Thử") -> str:
    """The paper's feed: teasers only, the newest first."""
    items = "".join(
        f"<item><title>{escape(piece.title)}</title><link>{site.url(piece.path)}</link>"
        f"<guid>{site.url(piece.path)}</guid><description>{escape(piece.lead)}</description>"
        f"<pubDate>{piece.date}</pubDate></item>"
        for piece in pieces
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>{site.url('/')}</link>{items}</channel></rss>"
    )


def print_edition(site: NewsSite, *pieces: Piece, path: str = "/rss") -> None:
    """Put these pieces into the feed and their pages on the site."""
    site.feed(path, rss(*pieces, site=site))
    for piece in pieces:
        paragraphs = "".join(f"<p>{escape(text)}</p>" for text in piece.paragraphs)
        site.page(
            piece.path,
            f"<html lang='vi'><head><title>{escape(piece.title)}</title></head><body>"
            f"<div class='header'>Thứ Hai, 23/11/2026 <a href='/'>Trang chủ</a></div>"
            f"<article><h1>{escape(piece.title)}</h1><p class='sapo'>{escape(piece.lead)}</p>"
            f"{paragraphs}<p>Tin, ảnh: Vàng Seo</p></article>"
            "<div>Bình luận</div><div>Tin khác</div></body></html>",
        )
