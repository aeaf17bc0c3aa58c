"""Our own HTTP server. Whoever needs a route registers it before the start; handlers see values, no library.

It listens on the machine itself, behind a server that adds TLS and is used to the open internet. Paths hold
tokens, so no request is ever logged by its path.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 3 * 1024 * 1024
"""Of a request, decompressed; ten times the largest feed document of a newspaper (POLLING J8)."""
READ_SECONDS = 20.0
"""For a whole request body: a hub sends a feed within seconds, an attacker a byte a minute."""
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request, its body not read yet."""

    path_values: Mapping[str, str]
    """What stands in the place of each `{name}` of the route."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Case does not matter in their names."""
    read: Callable[[], Awaitable[bytes]]
    """Reads the body, at most 3 MiB. A larger or slower one is answered with 413 or 408 by the server."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What goes back."""

    status: int
    body: bytes = b""
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[WebRequest], Awaitable[WebAnswer]]


class WebServer:
    """Serves the routes that were registered, from `start` to `stop`."""

    def __init__(self, host: str, port: int, *, read_seconds: float = READ_SECONDS) -> None:
        self._host = host
        self._port = port
        self._read_seconds = read_seconds
        self._app = web.Application(client_max_size=MAX_BODY_BYTES)
        self._app.on_response_prepare.append(_guard_answer)
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=STOP_SECONDS)

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Have requests for a path (`/websub/{token}`) answered by `handler`."""

        async def answer(request: web.Request) -> web.Response:
            asked = WebRequest(
                request.match_info, request.query, request.headers, partial(self._body, request)
            )
            return await _answer(handler, asked, path)

        self._app.router.add_route(method, path, answer)

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the address is taken or not ours."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        log.info("web.listening", host=self._host, port=self.port)

    async def stop(self) -> None:
        """Take no more requests and let those under way finish."""
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port in use; the system chooses one for port 0."""
        addresses = self._runner.addresses
        return int(addresses[0][1]) if addresses else self._port

    async def _body(self, request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(self._read_seconds):
                return await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None


async def _answer(handler: Handler, asked: WebRequest, path: str) -> web.Response:
    try:
        answer = await handler(asked)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("web.request_failed", route=path)
        return web.Response(status=500)
    return web.Response(
        status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers
    )


async def _guard_answer(_: web.Request, response: web.StreamResponse) -> None:
    """What every answer says: nothing about us, and that it is neither to be guessed at nor kept."""
    response.headers["Server"] = "Loa"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
