"""The server itself: routes, conditional answers, the ledger of requests."""

import asyncio
import gzip
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

import brotli  # type: ignore[import-untyped]
from aiohttp import web
from multidict import CIMultiDictProxy

from tests.newssite.faults import Fault, answer_with, send_raw

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Encoding = Literal["gzip", "br"]

RSS_TYPE = "application/rss+xml; charset=utf-8"
PAGE_TYPE = "text/html; charset=utf-8"


@dataclass(slots=True)
class SeenRequest:
    """One request as it reached the site."""

    method: str
    path: str
    """With the query string, as sent."""
    host: str
    """The Host header without the port."""
    headers: CIMultiDictProxy[str]
    at: datetime
    in_flight: int
    """Requests of this host being answered when it came, itself included."""
    status: int = 0
    """What was answered; 0 while the answer is under way or when it never finished."""


class NewsSite:
    """A news site that can be told what to answer, and tells what it was asked."""

    def __init__(self, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[SeenRequest] = []
        """Every request so far, oldest first."""
        self._host = host
        self._port = 0
        self._tls = tls
        self._routes: dict[str, Handler] = {}
        self._in_flight: Counter[str] = Counter()
        self._closing = asyncio.Event()
        # handler_cancellation: a client that hangs up must end the handler, as the in-flight counts
        # are asserted on.
        self._runner = web.ServerRunner(
            web.Server(self._answer, handler_cancellation=True, access_log=None), shutdown_timeout=1.0
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0, ssl_context=self._tls).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port the system gave us."""
        return self._port

    def url(self, path: str) -> str:
        """The absolute address of a path on this site."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}{path}"

    # What to answer

    def feed(
        self,
        path: str,
        body: bytes | str,
        *,
        content_type: str = RSS_TYPE,
        etag: str | None = None,
        last_modified: str | None = None,
        headers: Mapping[str, str] | None = None,
        encoding: Encoding | None = None,
    ) -> None:
        """Serve a document that honours conditional requests.

        `etag` is sent as given (with its quotes) and compared weakly; `last_modified` is compared as
        text, as nginx does, so a client that reformats the date never gets a 304. `headers` go with
        the 200 and the 304 alike. `encoding` compresses the body whatever the client accepts.
        """
        data = body.encode() if isinstance(body, str) else body
        extra = dict(headers or {})
        if etag is not None:
            extra["ETag"] = etag
        if last_modified is not None:
            extra["Last-Modified"] = last_modified

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            if _unchanged(request, etag, last_modified):
                return web.Response(status=304, headers=extra)
            return _document(data, content_type, extra, encoding)

        self._routes[path] = handler

    def page(
        self,
        path: str,
        html: bytes | str,
        *,
        content_type: str = PAGE_TYPE,
        headers: Mapping[str, str] | None = None,
        encoding: Encoding | None = None,
    ) -> None:
        """Serve a page (or any file) without validators."""
        self.feed(path, html, content_type=content_type, headers=headers, encoding=encoding)

    def redirect(self, path: str, target: str, status: int = 302) -> None:
        """Redirect to `target`: a path of this site or an absolute address, sent as given."""
        self.status(path, status, {"Location": target})

    def status(
        self, path: str, status: int, headers: Mapping[str, str] | None = None, body: bytes | str = b""
    ) -> None:
        """Answer with a bare status, for instance 429 with a Retry-After."""
        data = body.encode() if isinstance(body, str) else body

        async def handler(_: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=status, headers=headers, body=data)

        self._routes[path] = handler

    def fault(self, path: str, kind: Fault) -> None:
        """Misbehave on this path in the given way (see `Fault`)."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            return await answer_with(kind, request, self._closing)

        self._routes[path] = handler

    def raw(self, path: str, answer: bytes) -> None:
        """Send exactly these bytes, status line and all, and close the connection."""

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            send_raw(request, answer)
            return web.Response()

        self._routes[path] = handler

    def handle(self, path: str, handler: Handler) -> None:
        """Answer with a handler of the test's own."""
        self._routes[path] = handler

    def remove(self, path: str) -> None:
        """Forget a path: it answers 404 from now on."""
        self._routes.pop(path, None)

    # What was asked

    def requests_to(self, path: str) -> list[SeenRequest]:
        """The requests for one path (without its query), oldest first."""
        return [seen for seen in self.requests if seen.path.partition("?")[0] == path]

    @property
    def peak_in_flight(self) -> int:
        """The most requests of one host that were under way at the same time."""
        return max((seen.in_flight for seen in self.requests), default=0)

    @property
    def in_flight(self) -> int:
        """Requests being answered now."""
        return self._in_flight.total()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.rpartition(":")[0] or request.host
        self._in_flight[host] += 1
        seen = SeenRequest(
            request.method, request.raw_path, host, request.headers, datetime.now(UTC), self._in_flight[host]
        )
        self.requests.append(seen)
        try:
            handler = self._routes.get(request.path, _not_found)
            response = await handler(request)
            seen.status = response.status
        finally:
            self._in_flight[host] -= 1
        return response


async def _not_found(_: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=404, text="no such page")


def _document(
    data: bytes, content_type: str, headers: Mapping[str, str], encoding: Encoding | None
) -> web.Response:
    sent = {**headers, "Content-Type": content_type}
    if encoding is not None:
        sent["Content-Encoding"] = encoding
        data = gzip.compress(data) if encoding == "gzip" else brotli.compress(data)
    return web.Response(body=data, headers=sent)


def _unchanged(request: web.BaseRequest, etag: str | None, last_modified: str | None) -> bool:
    # RFC 9110 §13.2.2: If-Modified-Since counts only where If-None-Match is absent.
    asked = request.headers.get("If-None-Match")
    if asked is not None:
        tags = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
        return etag is not None and etag.removeprefix("W/") in tags
    return last_modified is not None and request.headers.get("If-Modified-Since") == last_modified
