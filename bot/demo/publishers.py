"""The four newsrooms."""

from dataclasses import dataclass
from enum import StrEnum


class FeedFormat(StrEnum):
    """How a newsroom writes its feed."""

    RSS20 = "rss20"
    RDF = "rdf"
    ATOM = "atom"
    JSON = "json"


FEED_FILES = {
    FeedFormat.RSS20: ("rss.xml", "application/rss+xml"),
    FeedFormat.RDF: ("tin.rdf", "application/rdf+xml"),
    FeedFormat.ATOM: ("atom.xml", "application/atom+xml"),
    FeedFormat.JSON: ("feed.json", "application/feed+json"),
}
"""The last part of a feed's address, and its media type."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """A newsroom with a site and a feed of its own."""

    id: str
    """First part of its addresses."""
    title: str
    motto: str
    language: str
    format: FeedFormat
    topics: tuple[str, ...] = ()
    """Topics that all of its articles belong to."""
    dateline: str = ""
    """What its pages put before the lead, as an agency does: `BMT - `."""

    @property
    def feed_path(self) -> str:
        """Address of the feed on the site."""
        return f"/{self.id}/{FEED_FILES[self.format][0]}"


PUBLISHERS = (
    Publisher(
        "bao-muong-thanh",
        "Báo Mường Thanh",
        "Tiếng nói của nhân dân các dân tộc tỉnh Mường Thanh",
        "vi",
        FeedFormat.RSS20,
        dateline="BMT - ",
    ),
    Publisher(
        "ban-tin-nong-nghiep",
        "Bản tin Nông nghiệp Mường Thanh",
        "Sở Nông nghiệp và Môi trường tỉnh Mường Thanh",
        "vi",
        FeedFormat.RDF,
        topics=("nong-nghiep",),
    ),
    Publisher(
        "highland-post",
        "Highland Post",
        "News from the hills, in English",
        "en",
        FeedFormat.ATOM,
    ),
    Publisher(
        "clb-thanh-nien",
        "CLB Thanh niên Nậm Sen",
        "Trang tin của các bạn trẻ xã Nậm Sen",
        "vi",
        FeedFormat.JSON,
    ),
)
"""One for each feed format; the first two give only teasers, so that their article pages must be read."""
