"""One GET of a stranger's address: conditional, bounded, and never surprised.

    checked address ─▶ ask ─▶ redirect? ─▶ ask again (≤ 5 hops, each checked)
                        └▶ 304 ─▶ NotModified     200 ─▶ body within the cap ─▶ Fetched

It fetches feeds and pages alike. It does not parse, retry, wait or remember anything; whatever goes
wrong leaves as one of `feeds.errors`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import aiohttp
from yarl import URL

from feeds.errors import BadStatus, FetchError, TimedOut, TooLarge, TooManyRedirects, Unreachable
from feeds.freshness import Freshness, read_freshness
from feeds.net import Refused
from feeds.types import Validators
from feeds.urls import checked_url, without_credentials

FEED_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.9, application/json;q=0.9, text/xml;q=0.9, */*;q=0.1"
)
PAGE_ACCEPT: Final = "text/html, application/xhtml+xml, */*;q=0.1"

MAX_VALIDATOR_CHARACTERS: Final = 1024
"""A longer ETag is a mistake or a tracker; without it we merely fetch the whole document."""

MAX_DETAIL_CHARACTERS: Final = 200

_CHUNK_BYTES: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ANSWERS: Final = frozenset({200, 203, 226})
"""203 is a 200 changed by a proxy; 226 (RFC 3229) is a feed shortened to what is new."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost (POLLING E1, E2, D4)."""

    connect_seconds: float = 5.0
    """DNS, TCP and TLS of each hop."""
    first_byte_seconds: float = 15.0
    """Until each hop's headers are there."""
    total_seconds: float = 30.0
    """All hops and the whole body; the only limit a slow drip cannot stretch."""
    body_bytes: int = 10 * 1024 * 1024
    """Counted after decompression."""
    redirects: int = 5


PAGE_LIMITS: Final = Limits(total_seconds=20.0, body_bytes=5 * 1024 * 1024)
"""An article's page is read while a poll waits for it; the largest seen of a newspaper is 2 MB."""


class Redirect(NamedTuple):
    """One hop: the status that sent us on, and the absolute address it sent us to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What every good answer has."""

    url: str
    """The address that answered, after redirects."""
    status: int
    validators: Validators
    """What to send next time. `Fetched`: those of this answer, and no others (POLLING A8);
    `NotModified`: those we sent, with what the answer renewed in their place (A7)."""
    freshness: Freshness
    redirects: tuple[Redirect, ...] = ()

    @property
    def fresh_seconds(self) -> float:
        """How long the server would like us to wait before asking again, in seconds; 0 if it does not say."""
        return self.freshness.floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Answer):
    """A new document."""

    body: bytes
    """Decompressed, at most `Limits.body_bytes`."""
    content_type: str | None
    """The header as sent, charset and all."""
    links: tuple[str, ...] = ()
    """The values of its Link headers (see `feeds.hubs`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified(Answer):
    """Nothing has changed since the validators were given out."""


async def fetch(
    session: aiohttp.ClientSession,
    url: str,
    *,
    validators: Validators = Validators(),  # noqa: B008 - a frozen value
    limits: Limits = Limits(),
    accept: str = FEED_ACCEPT,
    now: datetime | None = None,
    agent: str | None = None,
) -> Fetched | NotModified:
    """Get what is at `url`, or learn that it has not changed.

    `session` comes from `feeds.net.open_session`. `validators` are sent byte for byte and none are
    invented (RFC 9110 §13.1, POLLING A1-A4); they belong to the address they came from, so a
    caller that changes a feed's address forgets them (A9). `now` only helps to read Retry-After
    and Expires of servers that send no Date; `agent` is a User-Agent other than the session's. Raises a
    subclass of `feeds.errors.FetchError`.
    """
    asked = {"Accept": accept, **_conditions(validators)}
    if agent is not None:
        asked["User-Agent"] = agent
    try:
        async with asyncio.timeout(limits.total_seconds):
            start = _without_fragment(checked_url(url))
            return await _follow(session, start, asked, validators, limits, now)
    except TimeoutError as error:
        detail = f"not finished within {limits.total_seconds:g} s"
        raise TimedOut(without_credentials(url), detail) from error


async def _follow(
    session: aiohttp.ClientSession,
    start: str,
    headers: dict[str, str],
    validators: Validators,
    limits: Limits,
    now: datetime | None,
) -> Fetched | NotModified:
    """Ask, and follow redirects ourselves: the library would not check or remember the hops."""
    hops: list[Redirect] = []
    while True:
        address = hops[-1].url if hops else start
        async with _answer_of(session, address, headers, limits) as response:
            target = _redirect_target(response, address)
            if target is None:
                return await _read(response, address, validators, limits, now, tuple(hops))
        if target in (start, *(hop.url for hop in hops)):
            raise TooManyRedirects(address, f"redirects in a circle to {target}")
        if len(hops) == limits.redirects:
            raise TooManyRedirects(address, f"more than {limits.redirects} redirects")
        hops.append(Redirect(response.status, target))


@asynccontextmanager
async def _answer_of(
    session: aiohttp.ClientSession, address: str, headers: dict[str, str], limits: Limits
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send one request and give its answer, headers read, body not."""
    deadlines = aiohttp.ClientTimeout(total=None, connect=limits.connect_seconds)
    with own_errors(address, limits):
        async with asyncio.timeout(limits.first_byte_seconds):
            response = await session.get(
                URL(address, encoded=True), headers=headers, allow_redirects=False, timeout=deadlines
            )
        async with response:
            yield response


def _redirect_target(response: aiohttp.ClientResponse, address: str) -> str | None:
    """Return where the answer sends us, or None when it is not a redirect; raises `BadAddress`."""
    if response.status not in _REDIRECTS or "Location" not in response.headers:
        return None
    return _without_fragment(checked_url(response.headers["Location"], base=address))


def _without_fragment(address: str) -> str:
    return address.partition("#")[0]


async def _read(
    response: aiohttp.ClientResponse,
    address: str,
    validators: Validators,
    limits: Limits,
    now: datetime | None,
    hops: tuple[Redirect, ...],
) -> Fetched | NotModified:
    freshness = read_freshness(response.headers, now)
    given = Validators(_validator(response, "ETag"), _validator(response, "Last-Modified"))
    if validators != Validators() and _says_unchanged(response):
        return NotModified(
            url=address,
            status=response.status,
            validators=_renewed(validators, given),
            freshness=freshness,
            redirects=hops,
        )
    if response.status not in _ANSWERS:
        raise BadStatus(address, status=response.status, retry_after=freshness.retry_after)
    return Fetched(
        url=address,
        status=response.status,
        validators=given,
        freshness=freshness,
        redirects=hops,
        body=await _body(response, address, limits),
        content_type=response.headers.get("Content-Type"),
        links=tuple(response.headers.getall("Link", ())),
    )


def _renewed(sent: Validators, given: Validators) -> Validators:
    return Validators(given.etag or sent.etag, given.last_modified or sent.last_modified)


def _says_unchanged(response: aiohttp.ClientResponse) -> bool:
    # Some servers answer a conditional request with an empty 200 (POLLING A10).
    empty = response.status == 200 and response.headers.get("Content-Length") == "0"
    return response.status == 304 or empty


async def _body(response: aiohttp.ClientResponse, address: str, limits: Limits) -> bytes:
    body = bytearray()
    if (response.content_length or 0) <= limits.body_bytes:
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > limits.body_bytes:
                break
        else:
            return bytes(body)
    raise TooLarge(address, f"more than {limits.body_bytes / 1024 / 1024:g} MiB")


def _conditions(validators: Validators) -> dict[str, str]:
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if value is not None}


def _validator(response: aiohttp.ClientResponse, name: str) -> str | None:
    """Return a validator that can be stored and sent back unchanged, else None."""
    value = response.headers.get(name)
    if not value or len(value) > MAX_VALIDATOR_CHARACTERS or not _is_text(value):
        return None
    return value


def _is_text(value: str) -> bool:
    # aiohttp decodes headers as UTF-8 with surrogates for stray bytes; those neither a database
    # nor a request can carry.
    return not any("\ud800" <= character <= "\udfff" for character in value)


@contextmanager
def own_errors(address: str, limits: Limits) -> Iterator[None]:
    """Translate what aiohttp and the system raise into `feeds.errors`."""
    try:
        yield
    except FetchError:
        raise
    except aiohttp.ConnectionTimeoutError as error:
        raise TimedOut(address, f"no connection within {limits.connect_seconds:g} s") from error
    except TimeoutError as error:
        raise TimedOut(address, f"no answer within {limits.first_byte_seconds:g} s") from error
    except (aiohttp.ClientError, OSError, UnicodeError) as error:
        refused = getattr(error, "os_error", None)
        if isinstance(refused, Refused):
            raise refused.kind(address, refused.detail) from error
        raise Unreachable(address, _reason(error)[:MAX_DETAIL_CHARACTERS]) from error


def _reason(error: Exception) -> str:
    """Say in a few words what broke; the library's own texts repeat the address and run long."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} does not resolve"
        case aiohttp.ClientConnectorCertificateError():
            cause = error.certificate_error
            return f"certificate not valid: {getattr(cause, 'verify_message', '') or cause}"
        case aiohttp.ClientConnectorSSLError():
            return f"no TLS connection: {getattr(error.os_error, 'reason', None) or error.os_error}"
        case aiohttp.ServerDisconnectedError():
            return "the server closed the connection without an answer"
        case aiohttp.ClientPayloadError() if "content-encoding" in str(error):
            return "the body is not compressed the way its header says"
        case aiohttp.ClientPayloadError():
            return f"the answer broke off: {_one_line(error)}"
        case aiohttp.ClientResponseError():
            return f"not a valid HTTP answer: {error.message.partition(':')[0]}"
        case OSError(errno=int(number)):
            return os.strerror(number)
        case _:
            return _one_line(error)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
