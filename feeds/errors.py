"""What can go wrong with a feed or a page.

    FeedError
    ├── FetchError          nothing usable came back
    │   ├── BadAddress      not an http(s) address we follow
    │   ├── PrivateAddress  it leads into a private network
    │   ├── Unreachable     DNS, connection or TLS failed, or the answer broke off
    │   ├── TimedOut        it did not finish within the deadline
    │   ├── TooLarge        more bytes than we read
    │   ├── TooManyRedirects
    │   ├── Disallowed      the site's robots.txt forbids reading this page
    │   └── BadStatus       an HTTP status that is not an answer
    └── ParseError          something came back and it could not be read
        ├── NotAFeed        an HTML page, an image, garbage
        ├── EmptyBody
        ├── RuleBroken      a page's rule no longer fits the page
        ├── ParserTimedOut
        └── ParserCrashed   the child process ran out of memory or died

Each carries a `key`; `bot` turns the key into a sentence in the reader's language, and `detail`
goes to the log and to the editors' `/feeds`.
"""


class FeedError(Exception):
    """A feed or page could not be read."""

    key = "feed_error"

    def __init__(self, url: str, detail: str = "") -> None:
        super().__init__(f"{self.key}: {detail or url}")
        self.url = url
        self.detail = detail

    def __reduce__(self) -> tuple[type["FeedError"], tuple[str, str]]:
        return type(self), (self.url, self.detail)


class FetchError(FeedError):
    """Nothing usable came back."""

    key = "fetch_error"


class BadAddress(FetchError):
    """The address is not one we follow: scheme, port, length, credentials."""

    key = "bad_address"


class PrivateAddress(FetchError):
    """The address, or one it redirects or resolves to, lies in a private network."""

    key = "private_address"


class Unreachable(FetchError):
    """The name does not resolve, the connection failed, or the answer broke off."""

    key = "unreachable"


class TimedOut(FetchError):
    """The server did not finish within the deadline."""

    key = "timed_out"


class TooLarge(FetchError):
    """The body is larger than the cap, counted after decompression."""

    key = "too_large"


class TooManyRedirects(FetchError):
    """More than five redirects, or a loop."""

    key = "too_many_redirects"


class Disallowed(FetchError):
    """The site's robots.txt forbids reading this page, or could not be asked (RFC 9309)."""

    key = "disallowed"


class BadStatus(FetchError):
    """An HTTP status that is no answer; `retry_after` seconds when the server named them."""

    key = "bad_status"

    def __init__(self, url: str, detail: str = "", status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(url, detail or f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type["BadStatus"], tuple[str, str, int, float | None]]:  # type: ignore[override]
        return type(self), (self.url, self.detail, self.status, self.retry_after)


class ParseError(FeedError):
    """Something came back and could not be read."""

    key = "parse_error"


class NotAFeed(ParseError):
    """The document is not a feed: a web page, an image, garbage."""

    key = "not_a_feed"


class EmptyBody(ParseError):
    """The server answered with nothing at all."""

    key = "empty_body"


class RuleBroken(ParseError):
    """The rule by which a page is read finds nothing on it, or not what it used to find."""

    key = "rule_broken"


class ParserTimedOut(ParseError):
    """Reading the document took longer than allowed."""

    key = "parser_timed_out"


class ParserCrashed(ParseError):
    """The reading process ran out of memory or died."""

    key = "parser_crashed"
