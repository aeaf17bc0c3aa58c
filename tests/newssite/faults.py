"""The ways a server can misbehave."""

import asyncio
import gzip
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from enum import StrEnum

from aiohttp import web

DRIP_SECONDS = 0.05
CHUNK_BYTES = 64 * 1024
BOMB_BYTES = 64 * 1024 * 1024
"""Far beyond the body cap, a few dozen KB on the wire."""

SMALL_FEED = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Điện Biên</title>'
    "<item><guid>1</guid><title>Dân vận khéo</title></item></channel></rss>"
).encode()


class Fault(StrEnum):
    """What goes wrong."""

    HANG = "hang"
    """The request is taken and never answered."""
    HANG_MIDWAY = "hang_midway"
    """Headers and a little of the body, then silence."""
    SLOW_DRIP = "slow_drip"
    """Headers at once, then a byte every 50 ms without end."""
    ENDLESS = "endless"
    """A body without end, as fast as it is read."""
    CLOSE = "close"
    """The connection is closed in place of an answer."""
    RESET = "reset"
    """The connection is reset (RST) in place of an answer."""
    RESET_MIDWAY = "reset_midway"
    """Headers and a little of the body, then a reset."""
    TRUNCATED = "truncated"
    """Content-Length promises more than is sent."""
    GZIP_BOMB = "gzip_bomb"
    """64 MiB once inflated."""
    BAD_GZIP = "bad_gzip"
    """Says gzip and is not."""
    WRONG_CHARSET = "wrong_charset"
    """A UTF-8 feed declared as UTF-16 by its Content-Type."""
    GARBAGE = "garbage"
    """Random bytes said to be a feed."""
    EMPTY = "empty"
    """200 with Content-Length: 0."""
    NOT_HTTP = "not_http"
    """The banner of another protocol."""
    HUGE_HEADERS = "huge_headers"
    """A response header of 64 KiB."""
    REDIRECT_LOOP = "redirect_loop"
    """Redirects to itself."""


async def answer_with(fault: Fault, request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
    """Misbehave; endless faults end when `closing` is set or the client hangs up."""
    return await _ANSWERS[fault](request, closing)


async def _hang(_: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
    await closing.wait()
    return web.Response(status=503)


async def _hang_midway(request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
    response = await _begin(request)
    await closing.wait()
    return response


async def _slow_drip(request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
    response = await _begin(request)
    while not closing.is_set():
        await response.write(b" ")
        await asyncio.sleep(DRIP_SECONDS)
    return response


async def _endless(request: web.BaseRequest, closing: asyncio.Event) -> web.StreamResponse:
    response = await _begin(request)
    chunk = b" " * CHUNK_BYTES
    while not closing.is_set():
        await response.write(chunk)
    return response


async def _close(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    _transport(request).close()
    return web.Response()


async def _reset(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    _send_reset(request)
    return web.Response()


async def _reset_midway(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    response = await _begin(request)
    # The client must have read the start before the RST throws away what is still buffered.
    await asyncio.sleep(DRIP_SECONDS)
    _send_reset(request)
    return response


async def _truncated(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    promised = len(SMALL_FEED) + 100
    send_raw(request, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % promised + SMALL_FEED)
    return web.Response()


async def _gzip_bomb(_: web.BaseRequest, __: asyncio.Event) -> web.StreamResponse:
    bomb = await asyncio.to_thread(gzip.compress, bytes(BOMB_BYTES), 6)
    return web.Response(body=bomb, headers={"Content-Type": "text/xml", "Content-Encoding": "gzip"})


async def _bad_gzip(_: web.BaseRequest, __: asyncio.Event) -> web.StreamResponse:
    return web.Response(body=SMALL_FEED, headers={"Content-Type": "text/xml", "Content-Encoding": "gzip"})


async def _wrong_charset(_: web.BaseRequest, __: asyncio.Event) -> web.StreamResponse:
    return web.Response(body=SMALL_FEED, headers={"Content-Type": "application/rss+xml; charset=utf-16"})


async def _garbage(_: web.BaseRequest, __: asyncio.Event) -> web.StreamResponse:
    noise = random.Random(20200109).randbytes(20_000)  # noqa: S311 - the same noise every time
    return web.Response(body=noise, headers={"Content-Type": "application/rss+xml"})


async def _empty(_: web.BaseRequest, __: asyncio.Event) -> web.StreamResponse:
    return web.Response(body=b"", headers={"Content-Type": "application/rss+xml"})


async def _not_http(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    send_raw(request, b"SSH-2.0-OpenSSH_9.6\r\n")
    return web.Response()


async def _huge_headers(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    filler = b"a" * CHUNK_BYTES
    send_raw(request, b"HTTP/1.1 200 OK\r\nX-Filler: " + filler + b"\r\nContent-Length: 2\r\n\r\nok")
    return web.Response()


async def _redirect_loop(request: web.BaseRequest, _: asyncio.Event) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": request.raw_path})


_ANSWERS: dict[Fault, Callable[[web.BaseRequest, asyncio.Event], Awaitable[web.StreamResponse]]] = {
    Fault.HANG: _hang,
    Fault.HANG_MIDWAY: _hang_midway,
    Fault.SLOW_DRIP: _slow_drip,
    Fault.ENDLESS: _endless,
    Fault.CLOSE: _close,
    Fault.RESET: _reset,
    Fault.RESET_MIDWAY: _reset_midway,
    Fault.TRUNCATED: _truncated,
    Fault.GZIP_BOMB: _gzip_bomb,
    Fault.BAD_GZIP: _bad_gzip,
    Fault.WRONG_CHARSET: _wrong_charset,
    Fault.GARBAGE: _garbage,
    Fault.EMPTY: _empty,
    Fault.NOT_HTTP: _not_http,
    Fault.HUGE_HEADERS: _huge_headers,
    Fault.REDIRECT_LOOP: _redirect_loop,
}


async def _begin(request: web.BaseRequest) -> web.StreamResponse:
    """Send the headers of a chunked answer and the first bytes of a feed."""
    response = web.StreamResponse(headers={"Content-Type": "application/rss+xml; charset=utf-8"})
    await response.prepare(request)
    await response.write(SMALL_FEED[:60])
    return response


def send_raw(request: web.BaseRequest, answer: bytes) -> None:
    """Write an answer past the HTTP library, which would not let us lie, and close."""
    _transport(request).write(answer)
    _transport(request).close()


def _send_reset(request: web.BaseRequest) -> None:
    transport = _transport(request)
    sock = transport.get_extra_info("socket")
    # Linger on with zero seconds: close() sends RST and drops what is unsent (socket(7)).
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _transport(request: web.BaseRequest) -> asyncio.Transport:
    transport = request.transport
    assert isinstance(transport, asyncio.Transport)
    return transport
