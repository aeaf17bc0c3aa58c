"""One GET over real HTTP: conditional requests, redirects, and every way a server can fail."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from feeds.errors import (
    BadAddress,
    BadStatus,
    FetchError,
    PrivateAddress,
    TimedOut,
    TooLarge,
    TooManyRedirects,
    Unreachable,
)
from feeds.fetch import FEED_ACCEPT, PAGE_ACCEPT, Fetched, Limits, NotModified, Redirect, fetch
from feeds.net import AddressGuard, open_session
from feeds.types import Validators
from tests.newssite import Fault, NewsSite

RSS = "<rss version='2.0'><channel><title>Điện Biên</title></channel></rss>"
DATE = "Thu, 09 Jan 2020 07:15:00 GMT"
ODD_DATE = "Thu,  9 Jan 2020 14:15:00 +0700"
NONE = Validators()
HASTY = Limits(connect_seconds=1, first_byte_seconds=1, total_seconds=2)


@pytest_asyncio.fixture
async def site() -> AsyncIterator[NewsSite]:
    async with NewsSite() as site:
        yield site


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with open_session(guard, user_agent="Loa/1 (+https://loa.example)") as session:
        yield session


async def fetched(session: aiohttp.ClientSession, url: str, validators: Validators = NONE) -> Fetched:
    answer = await fetch(session, url, validators=validators)
    assert isinstance(answer, Fetched)
    return answer


async def unchanged(session: aiohttp.ClientSession, url: str, validators: Validators) -> NotModified:
    answer = await fetch(session, url, validators=validators)
    assert isinstance(answer, NotModified)
    return answer


# A document


async def test_document_comes_with_all_that_is_known_of_it(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    site.feed(
        "/rss",
        RSS,
        content_type="application/rss+xml; charset=utf-8",
        etag='"v1"',
        last_modified=DATE,
        headers={"Cache-Control": "max-age=600", "Age": "60"},
    )

    answer = await fetched(session, site.url("/rss"))

    assert answer.url == site.url("/rss")
    assert answer.status == 200
    assert answer.body == RSS.encode()
    assert answer.content_type == "application/rss+xml; charset=utf-8"
    assert answer.validators == Validators('"v1"', DATE)
    assert answer.fresh_seconds == 540
    assert answer.redirects == ()


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_compressed_document_is_inflated(
    site: NewsSite, session: aiohttp.ClientSession, encoding: str
) -> None:
    """C3."""
    site.feed("/rss", RSS, encoding="br" if encoding == "br" else "gzip")

    assert (await fetched(session, site.url("/rss"))).body == RSS.encode()


@pytest.mark.parametrize("accept", [FEED_ACCEPT, PAGE_ACCEPT])
async def test_request_says_what_it_wants(
    site: NewsSite, session: aiohttp.ClientSession, accept: str
) -> None:
    site.page("/", "tin")

    await fetch(session, site.url("/"), accept=accept)

    assert site.requests[-1].headers["Accept"] == accept


async def test_partial_feed_is_a_document(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """A14: 226 IM Used."""
    site.status("/rss", 226, body=RSS)

    answer = await fetched(session, site.url("/rss"), Validators('"v1"'))

    assert (answer.status, answer.body) == (226, RSS.encode())


async def test_missing_content_type_is_none(site: NewsSite, session: aiohttp.ClientSession) -> None:
    site.raw("/rss", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>")

    answer = await fetched(session, site.url("/rss"))

    assert (answer.content_type, answer.body) == (None, b"<rss/>")


# Conditional requests


async def test_first_request_is_unconditional(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """A3, A13: nothing is invented."""
    site.feed("/rss", RSS)

    answer = await fetched(session, site.url("/rss"))

    assert answer.validators == Validators(None, None)
    assert len(site.requests) == 1
    assert not {"If-None-Match", "If-Modified-Since"} & set(site.requests[0].headers)


@pytest.mark.parametrize("etag", ['"x"', 'W/"x"', "unquoted", '"a, b"', '"đ"', '""', '"a\\"b"'])
async def test_etag_returns_byte_for_byte(site: NewsSite, session: aiohttp.ClientSession, etag: str) -> None:
    """A1."""
    site.feed("/rss", RSS, etag=etag)

    validators = (await fetched(session, site.url("/rss"))).validators
    await fetch(session, site.url("/rss"), validators=validators)

    assert validators == Validators(etag=etag)
    assert site.requests[-1].headers["If-None-Match"] == etag
    assert "If-Modified-Since" not in site.requests[-1].headers


@pytest.mark.parametrize("last_modified", [DATE, ODD_DATE, "yesterday"])
async def test_last_modified_is_never_reformatted(
    site: NewsSite, session: aiohttp.ClientSession, last_modified: str
) -> None:
    """A2."""
    site.feed("/rss", RSS, last_modified=last_modified)

    validators = (await fetched(session, site.url("/rss"))).validators
    answer = await unchanged(session, site.url("/rss"), validators)

    assert site.requests[-1].headers["If-Modified-Since"] == last_modified
    assert answer.status == 304


async def test_both_validators_are_sent(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """A4."""
    site.feed("/rss", RSS, etag='"v1"', last_modified=DATE)

    await unchanged(session, site.url("/rss"), Validators('"v1"', DATE))

    sent = site.requests[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"v1"', DATE)


async def test_same_body_brings_its_new_validators(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """A5, A6: whether the body is parsed again is not decided here."""
    site.feed("/rss", RSS, etag='"v2"', last_modified=DATE)

    answer = await fetched(session, site.url("/rss"), Validators('"v1"', DATE))

    assert answer.validators == Validators('"v2"', DATE)


async def test_200_without_validators_clears_them(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """A8."""
    site.feed("/rss", RSS, last_modified=DATE)

    answer = await fetched(session, site.url("/rss"), Validators('"v1"', ODD_DATE))

    assert answer.validators == Validators(None, DATE)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, Validators('"v1"', DATE)),
        ({"ETag": '"v2"'}, Validators('"v2"', DATE)),
        ({"Last-Modified": ODD_DATE}, Validators('"v1"', ODD_DATE)),
        ({"ETag": '"v2"', "Last-Modified": ODD_DATE}, Validators('"v2"', ODD_DATE)),
    ],
)
async def test_304_renews_what_it_carries_and_keeps_the_rest(
    site: NewsSite, session: aiohttp.ClientSession, headers: dict[str, str], kept: Validators
) -> None:
    """A7."""
    site.status("/rss", 304, headers)

    answer = await unchanged(session, site.url("/rss"), Validators('"v1"', DATE))

    assert answer.validators == kept


async def test_304_keeps_the_pacing_of_the_server(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """B1."""
    site.feed("/rss", RSS, etag='"v1"', headers={"Cache-Control": "max-age=43200"})

    answer = await unchanged(session, site.url("/rss"), Validators('"v1"'))

    assert answer.fresh_seconds == 43_200


async def test_empty_200_after_a_conditional_request_is_unchanged(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    """A10."""
    site.fault("/rss", Fault.EMPTY)

    answer = await unchanged(session, site.url("/rss"), Validators('"v1"'))

    assert (answer.status, answer.validators) == (200, Validators('"v1"'))


async def test_empty_200_without_condition_is_an_empty_document(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    site.fault("/rss", Fault.EMPTY)

    assert (await fetched(session, site.url("/rss"))).body == b""


async def test_expired_answer_keeps_its_validators(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """A11: `Expires: 0` is about freshness, not about bytes."""
    site.feed("/rss", RSS, etag='"v1"', headers={"Expires": "0", "Cache-Control": "no-cache"})

    answer = await fetched(session, site.url("/rss"))

    assert (answer.validators.etag, answer.fresh_seconds) == ('"v1"', 0)


async def test_304_nobody_asked_for_is_an_error(site: NewsSite, session: aiohttp.ClientSession) -> None:
    site.status("/rss", 304)

    with pytest.raises(BadStatus) as caught:
        await fetch(session, site.url("/rss"))

    assert caught.value.status == 304


@pytest.mark.parametrize("etag", [b"x" * 2000, b'"\xe9"', b""])
async def test_etag_that_cannot_be_kept_is_not_kept(
    site: NewsSite, session: aiohttp.ClientSession, etag: bytes
) -> None:
    site.raw("/rss", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nETag: " + etag + b"\r\n\r\n<rss/>")

    assert (await fetched(session, site.url("/rss"))).validators == Validators()


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_followed_and_remembered(
    site: NewsSite, session: aiohttp.ClientSession, status: int
) -> None:
    """D1, D3."""
    site.redirect("/old", "/new?a=1", status)
    site.feed("/new", RSS, etag='"v1"')

    answer = await fetched(session, site.url("/old"))

    assert answer.url == site.url("/new?a=1")
    assert answer.redirects == (Redirect(status, site.url("/new?a=1")),)
    assert answer.validators == Validators('"v1"')


async def test_redirect_to_raw_letters_is_followed(site: NewsSite, session: aiohttp.ClientSession) -> None:
    site.redirect("/old", "/tin nóng.rss#top", 301)
    site.feed("/tin nóng.rss", RSS)

    answer = await fetched(session, site.url("/old"))

    assert answer.url == site.url("/tin%20n%C3%B3ng.rss")


async def test_every_hop_is_remembered_in_order(site: NewsSite, session: aiohttp.ClientSession) -> None:
    async with NewsSite("127.0.0.2") as other:
        site.redirect("/a", other.url("/b"), 301)
        other.redirect("/b", site.url("/c"), 302)
        site.feed("/c", RSS, etag='"v1"')

        answer = await unchanged(session, site.url("/a"), Validators('"v1"'))

    assert answer.url == site.url("/c")
    assert answer.redirects == (Redirect(301, other.url("/b")), Redirect(302, site.url("/c")))


async def test_five_redirects_are_followed_and_six_are_not(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    """D4."""
    for hop in range(6):
        site.redirect(f"/{hop}", f"/{hop + 1}")
    site.feed("/6", RSS)

    assert (await fetched(session, site.url("/1"))).url == site.url("/6")
    with pytest.raises(TooManyRedirects, match="more than 5"):
        await fetch(session, site.url("/0"))


async def test_circle_is_noticed_at_once(site: NewsSite, session: aiohttp.ClientSession) -> None:
    """D4."""
    site.redirect("/a", "/b")
    site.redirect("/b", "/a#again")
    site.fault("/self", Fault.REDIRECT_LOOP)

    with pytest.raises(TooManyRedirects, match="circle"):
        await fetch(session, site.url("/a"))
    with pytest.raises(TooManyRedirects, match="circle"):
        await fetch(session, site.url("/self"))

    assert [seen.path for seen in site.requests] == ["/a", "/b", "/self"]


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://169.254.169.254/latest/meta-data/", PrivateAddress),
        ("http://[::ffff:10.0.0.1]/", PrivateAddress),
        ("http://8.8.8.8:25/", BadAddress),
        ("file:///etc/passwd", BadAddress),
        ("ftp://x.vn/rss", BadAddress),
        ("http://lan:s3cret@127.0.0.1/", BadAddress),
        ("http://" + "a" * 5000, BadAddress),
    ],
)
async def test_redirect_is_checked_like_the_first_address(
    site: NewsSite, session: aiohttp.ClientSession, location: str, kind: type[FetchError]
) -> None:
    """F2, F3."""
    site.redirect("/rss", location)

    with pytest.raises(kind) as caught:
        await fetch(session, site.url("/rss"))

    assert "s3cret" not in f"{caught.value} {caught.value.url}"


async def test_authorization_never_follows(site: NewsSite) -> None:
    """D6: nothing of the session's own is sent anywhere but its few plain headers."""
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with NewsSite("127.0.0.2") as other, open_session(guard, user_agent="Loa/1") as session:
        marks = {"Location": other.url("/rss"), "Set-Cookie": "visitor=7", "WWW-Authenticate": "Basic"}
        site.status("/rss", 302, marks)
        other.feed("/rss", RSS)

        await fetched(session, site.url("/rss"))

        assert set(other.requests[0].headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


async def test_redirect_without_a_target_is_a_bad_status(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    site.status("/rss", 302)

    with pytest.raises(BadStatus, match="HTTP 302"):
        await fetch(session, site.url("/rss"))


# Statuses


@pytest.mark.parametrize("status", [204, 206, 300, 400, 401, 403, 404, 410, 418, 429, 500, 503, 599])
async def test_other_statuses_are_named(site: NewsSite, session: aiohttp.ClientSession, status: int) -> None:
    site.status("/rss", status)

    with pytest.raises(BadStatus) as caught:
        await fetch(session, site.url("/rss"))

    assert (caught.value.status, caught.value.retry_after) == (status, None)
    assert caught.value.detail == f"HTTP {status}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "Thu, 09 Jan 2020 08:15:00 GMT", "Date": DATE}, 3600),
        ({"Retry-After": "soon"}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_read_in_both_forms(
    site: NewsSite,
    session: aiohttp.ClientSession,
    status: int,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    """B5."""
    site.status("/rss", status, headers)

    with pytest.raises(BadStatus) as caught:
        await fetch(session, site.url("/rss"))

    assert caught.value.retry_after == seconds


async def test_retry_date_is_read_on_our_clock_where_the_server_has_none(
    site: NewsSite, session: aiohttp.ClientSession
) -> None:
    late = b"Retry-After: Thu, 09 Jan 2020 07:16:00 GMT"
    site.raw("/rss", b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n" + late + b"\r\n\r\n")

    with pytest.raises(BadStatus) as caught:
        await fetch(session, site.url("/rss"), now=datetime(2020, 1, 9, 7, 15, tzinfo=UTC))

    assert caught.value.retry_after == 60


# Limits


@pytest.mark.parametrize("fault", [Fault.ENDLESS, Fault.GZIP_BOMB])
async def test_body_is_cut_off_at_the_cap(
    site: NewsSite, session: aiohttp.ClientSession, fault: Fault
) -> None:
    """E1: counted after inflating."""
    site.fault("/rss", fault)

    with pytest.raises(TooLarge) as caught:
        await fetch(session, site.url("/rss"))

    assert caught.value.detail == "more than 10 MiB"


async def test_body_of_exactly_the_cap_is_taken(site: NewsSite, session: aiohttp.ClientSession) -> None:
    site.page("/full", bytes(1000))
    site.page("/over", bytes(1001))
    small = Limits(body_bytes=1000)

    answer = await fetch(session, site.url("/full"), limits=small)
    with pytest.raises(TooLarge):
        await fetch(session, site.url("/over"), limits=small)

    assert isinstance(answer, Fetched)
    assert len(answer.body) == 1000


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (Fault.HANG, "no answer within 1 s"),
        (Fault.HANG_MIDWAY, "not finished within 2 s"),
        (Fault.SLOW_DRIP, "not finished within 2 s"),
    ],
)
async def test_slow_server_meets_a_deadline(
    site: NewsSite, session: aiohttp.ClientSession, fault: Fault, detail: str
) -> None:
    """E2: a drip never trips a timeout between two reads, only the total."""
    site.fault("/rss", fault)

    with pytest.raises(TimedOut) as caught:
        await fetch(session, site.url("/rss"), limits=HASTY)

    assert (caught.value.detail, caught.value.url) == (detail, site.url("/rss"))


async def test_deadline_covers_all_hops_together(site: NewsSite, session: aiohttp.ClientSession) -> None:
    for hop in range(5):
        site.redirect(f"/{hop}", f"/{hop + 1}")
    site.fault("/5", Fault.SLOW_DRIP)

    with pytest.raises(TimedOut, match="not finished"):
        await fetch(session, site.url("/0"), limits=HASTY)


async def test_connection_that_nobody_accepts_meets_its_deadline(session: aiohttp.ClientSession) -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        # A backlog of one that is full: further SYNs stay without an answer.
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())

        with pytest.raises(TimedOut) as caught:
            await fetch(
                session, f"http://127.0.0.1:{deaf.getsockname()[1]}/", limits=Limits(connect_seconds=1)
            )

    assert caught.value.detail == "no connection within 1 s"


# Failures


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (Fault.CLOSE, "the server closed the connection without an answer"),
        (Fault.RESET, "Connection reset by peer"),
        (Fault.RESET_MIDWAY, "the answer broke off: "),
        (Fault.TRUNCATED, "the answer broke off: "),
        (Fault.BAD_GZIP, "the body is not compressed the way its header says"),
        (Fault.NOT_HTTP, "not a valid HTTP answer"),
        (Fault.HUGE_HEADERS, "not a valid HTTP answer"),
    ],
)
async def test_broken_answer_is_unreachable_with_a_reason(
    site: NewsSite, session: aiohttp.ClientSession, fault: Fault, detail: str
) -> None:
    """E3 and its relatives."""
    site.fault("/rss", fault)

    with pytest.raises(Unreachable) as caught:
        await fetch(session, site.url("/rss"))

    assert caught.value.detail.startswith(detail)
    assert "\n" not in caught.value.detail
    assert len(caught.value.detail) <= 200


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.WRONG_CHARSET])
async def test_what_the_bytes_mean_is_not_decided_here(
    site: NewsSite, session: aiohttp.ClientSession, fault: Fault
) -> None:
    site.fault("/rss", fault)

    assert (await fetched(session, site.url("/rss"))).status == 200


async def test_closed_port_is_unreachable(session: aiohttp.ClientSession) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        with pytest.raises(Unreachable) as caught:
            await fetch(session, f"http://127.0.0.1:{closed.getsockname()[1]}/")

    assert caught.value.detail == "Connection refused"


async def test_unknown_name_is_unreachable(session: aiohttp.ClientSession) -> None:
    with pytest.raises(Unreachable) as caught:
        await fetch(session, "http://khong-co.invalid/rss")

    assert caught.value.detail == "the name khong-co.invalid does not resolve"


async def test_tls_to_a_plain_server_is_unreachable(site: NewsSite, session: aiohttp.ClientSession) -> None:
    with pytest.raises(Unreachable) as caught:
        await fetch(session, site.url("/rss").replace("http://", "https://"))

    assert caught.value.detail.startswith("no TLS connection")


async def test_certificate_nobody_vouches_for_is_refused(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """D11."""
    async with NewsSite(tls=_self_signed(tmp_path)) as site:
        site.feed("/rss", RSS)

        with pytest.raises(Unreachable) as caught:
            await fetch(session, site.url("/rss"))

        assert caught.value.detail == "certificate not valid: self-signed certificate"
        assert site.requests == []


def _self_signed(folder: Path) -> ssl.SSLContext:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key)]
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command = [openssl, "req", "-x509", *new_key, *subject, "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.parametrize("url", ["ftp://x.vn/rss", "x.vn/rss", "https://lan:s3cret@x.vn/rss"])
async def test_bad_address_never_leaves_the_house(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(BadAddress) as caught:
        await fetch(session, url)

    assert "s3cret" not in f"{caught.value} {caught.value.url}"


async def test_private_address_is_named(site: NewsSite) -> None:
    """F1, F2: the guard's refusal arrives as our own error."""
    async with open_session(AddressGuard(), user_agent="Loa/1") as session:
        with pytest.raises(PrivateAddress) as caught:
            await fetch(session, site.url("/rss"))

    assert caught.value.detail == "127.0.0.1 is not a public address"
    assert caught.value.url == site.url("/rss")
    assert site.requests == []


async def test_failures_leave_no_request_open(site: NewsSite, session: aiohttp.ClientSession) -> None:
    for fault in (Fault.ENDLESS, Fault.HANG, Fault.SLOW_DRIP):
        site.fault(f"/{fault}", fault)
        with pytest.raises(FetchError):
            await fetch(session, site.url(f"/{fault}"), limits=HASTY)

    async with asyncio.timeout(10):
        while site.in_flight:  # noqa: ASYNC110 - the site learns of it when the network tells it
            await asyncio.sleep(0.01)
