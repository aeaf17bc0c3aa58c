"""HTTP below python-telegram-bot, on aiohttp, and what it knows about a failed call.

    TelegramError
    ├── FloodControl            429: nothing was done, with the seconds to wait
    └── NetworkError            the request left; whether it was carried out is not known
        ├── TimedOut            … and no answer came in time
        └── NotSent             surely not carried out: refused, no connection in time, unknown host, proxy

Every raised error has the transport's error as its cause, except where that one's text holds the address:
the address contains the token. Why aiohttp: docs/decisions/001-http-below-ptb.md.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

CONNECT_TIMEOUT_SECONDS = 5.0
"""For a place in the pool and a connection together; longer means the network is down."""

READ_TIMEOUT_SECONDS = 30.0
"""A throttling Telegram holds calls back for seconds before it answers 429 (tdlib/td NetQueryDelayer)."""

WRITE_TIMEOUT_SECONDS = 20.0
"""On top of the other two for the whole call: an upload that stalls, or an answer that dribbles."""

POOL_SIZE = 512
"""Connections at most: in flight ≈ rate × latency × 2, and 512 carries 1,500 sends a second at 150 ms."""

KEEP_ALIVE_SECONDS = 30.0
"""An idle connection is let go before the other side drops it, which would leave a send uncertain."""

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""100 updates of the largest kind are a few megabytes."""

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

_NOT_THE_BOT_API = frozenset({301, 302, 303, 307, 308, 407})
"""The Bot API never answers so: a captive portal, a blocking page or a proxy did, and took the call."""

_RETRY_AFTER = re.compile(r"retry after (\d+)")

_SURELY_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
    aiohttp.ClientSSLError,
)


class NotSent(NetworkError):
    """The call surely never reached the Bot API."""

    __slots__ = ()


class FloodControl(TelegramError):
    """Telegram wants to be left alone. The library's own `RetryAfter` warns whenever it is made."""

    __slots__ = ("after",)

    def __init__(self, message: str, after: float | None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds, when they were named."""


class AiohttpRequest(BaseRequest):
    """Carries the Bot API calls of one bot over kept-alive connections."""

    __slots__ = ("_connect_timeout", "_pool_size", "_proxy", "_read_timeout", "_session", "_timeout")

    def __init__(
        self,
        *,
        proxy: str | None = None,
        pool_size: int = POOL_SIZE,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        read_timeout: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        """Take a proxy's address (`http` or `https`). Raises ValueError for another kind."""
        if proxy is not None and urlsplit(proxy).scheme not in ("http", "https"):
            raise ValueError("the proxy's address must begin with http:// or https://")
        self._proxy = proxy
        self._pool_size = pool_size
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._timeout = _timeout(connect_timeout, read_timeout)
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer when the call names none."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool; harmless when it is open."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._pool_size, keepalive_timeout=KEEP_ALIVE_SECONDS)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT, "Accept-Encoding": "identity"},
                auto_decompress=False,
            )

    async def shutdown(self) -> None:
        """Close every connection; harmless when they are closed."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer; unlike the library's own way nothing of it is logged. Raises TelegramError."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("the answer is no Bot API answer")
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one call and give status and body. Raises NotSent, TimedOut or NetworkError.

        Of the timeouts (seconds) only `read_timeout` is taken from the call; the others are the pool's.
        """
        if self._session is None:
            raise NotSent("the connection pool is closed")
        timeout = self._timeout
        if isinstance(read_timeout, int | float) and read_timeout != self._read_timeout:
            timeout = _timeout(self._connect_timeout, read_timeout)
        body, headers = _encoded(request_data)
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=timeout,
                proxy=self._proxy,
                allow_redirects=False,
            ) as response:
                if response.status in _NOT_THE_BOT_API:
                    raise NotSent(f"something in between answered {response.status}")
                answer = await _read(response)
                if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                    raise _flood_control(answer, response.headers.get("Retry-After", ""))
                return response.status, answer
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The address may be quoted in a changed form; its path always is.
            cause = None if "/bot" in f"{error} {error!r}" else error
            raise _translated(error) from cause


def _timeout(connect: float, read: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=connect + WRITE_TIMEOUT_SECONDS + read, connect=connect, sock_read=read
    )


def form_body(parameters: Mapping[str, str]) -> bytes:
    """An `application/x-www-form-urlencoded` body.

    Vietnamese is mostly escapes here; urllib makes them in Python (a tenth of a send's time), yarl in C.
    """
    return URL.build(query=parameters).raw_query_string.encode("ascii")


def _encoded(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, Mapping[str, str] | None]:
    """Body and headers: a form, or multipart when there are files."""
    if data is None:
        return None, None
    if not data.contains_files:
        return form_body(data.json_parameters), _FORM
    form = aiohttp.FormData(data.json_parameters, quote_fields=False)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form, None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body. Raises ValueError when it is too large."""
    if response.content_length is not None and response.content_length <= MAX_ANSWER_BYTES:
        body = await response.read()
    else:
        body = await _read_chunks(response)
    if response.status >= HTTPStatus.BAD_REQUEST and not body.lstrip().startswith(b"{"):
        return b""  # a proxy's page: it may quote the address, and the library would put it into its error
    return body


async def _read_chunks(response: aiohttp.ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise ValueError("answer too large")
    return b"".join(chunks)


def _flood_control(answer: bytes, header: str) -> FloodControl:
    """The wait as the parameters, the text or the header name it."""
    try:
        body = AiohttpRequest.parse_json_payload(answer)
    except TelegramError:
        body = {}
    text = str(body.get("description") or "Too Many Requests")
    parameters = body.get("parameters")
    named = parameters.get("retry_after") if isinstance(parameters, dict) else None
    in_text = _RETRY_AFTER.search(text.lower())
    for value in (named, in_text and in_text[1], header):
        if value is not None and re.fullmatch(r"\d{1,9}", str(value), re.ASCII):
            return FloodControl(text, float(value))
    return FloodControl(text, None)


def _translated(error: Exception) -> NetworkError:
    name = type(error).__name__
    if isinstance(error, _SURELY_NOT_SENT):
        return NotSent(name)
    return TimedOut(name) if isinstance(error, TimeoutError) else NetworkError(name)
