"""The topics of the demonstration, as an operator would write them in the configuration."""

from storage.types import Topic

TOPICS = (
    Topic(
        "dan-van",
        {"vi": "Dân vận", "en": "Mass mobilisation"},
        '"dân vận" OR "vận động quần chúng" OR "hiến đất"',
    ),
    Topic(
        "nong-nghiep",
        {"vi": "Nông nghiệp", "en": "Farming"},
        '"lúa mùa" OR "cà phê" OR "trâu bò" OR "mắc ca" OR "cá lồng" OR coffee OR herders',
    ),
    Topic(
        "giao-duc",
        {"vi": "Giáo dục", "en": "Education"},
        '"nghỉ học" OR "trường mầm non" OR "lớp học" OR "đọc sách" OR "school garden" OR "schools close"',
    ),
    Topic(
        "y-te",
        {"vi": "Y tế", "en": "Health"},
        '"vắc xin" OR "trung tâm y tế" OR "bệnh nhân" OR vaccination OR measles',
    ),
    Topic(
        "van-hoa",
        {"vi": "Văn hóa", "en": "Culture"},
        '"lễ hội" OR "thổ cẩm" OR "múa xòe" OR "văn nghệ" OR festival OR embroidery',
    ),
    Topic(
        "the-thao",
        {"vi": "Thể thao", "en": "Sport"},
        '"bóng đá" OR "chung kết" OR "vô địch" OR "trail race"',
    ),
    Topic(
        "thoi-tiet",
        {"vi": "Thời tiết", "en": "Weather"},
        '"rét đậm" OR "không khí lạnh" OR "sương muối" OR "cold spell"',
    ),
    Topic(
        "chuyen-doi-so",
        {"vi": "Chuyển đổi số", "en": "Going digital"},
        '"chuyển đổi số" OR "mã QR" OR "dịch vụ công" OR "điện thoại thông minh" OR "online forms"',
    ),
    Topic(
        "ha-tang",
        {"vi": "Cầu đường, điện nước", "en": "Roads and power"},
        '"thông xe" OR "điện lưới" OR "lấy nước" OR bridge',
    ),
)
"""Every article belongs to at least one of them."""
