"""Our own HTTP server: routes, limits, and what every answer says."""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.web import MAX_BODY_BYTES, WebAnswer, WebRequest, WebServer


class Echo:
    """Remembers what a handler was given, and gives the body back."""

    def __init__(self) -> None:
        self.seen: list[WebRequest] = []

    async def __call__(self, request: WebRequest) -> WebAnswer:
        self.seen.append(request)
        return WebAnswer(202, await request.read(), headers={"X-Own": "1"})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def url(echo: Echo) -> AsyncIterator[str]:
    server = WebServer("127.0.0.1", 0, read_seconds=0.3)

    async def breaks(_: WebRequest) -> WebAnswer:
        raise RuntimeError("broken inside")

    server.route("POST", "/echo/{name}", echo)
    server.route("GET", "/breaks/{token}", breaks)
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    await server.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


async def test_a_handler_gets_values_and_its_answer_goes_back(
    url: str, client: aiohttp.ClientSession, echo: Echo
) -> None:
    async with client.post(f"{url}/echo/tin?a=1&b=%C4%91", data=b"\x00body", headers={"X-Asked": "2"}) as got:
        body = await got.read()

    assert (got.status, body, got.headers["X-Own"]) == (202, b"\x00body", "1")
    (request,) = echo.seen
    assert dict(request.path_values) == {"name": "tin"}
    assert dict(request.query) == {"a": "1", "b": "đ"}
    assert request.headers.get("x-asked") == "2"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/echo/x", 202), ("GET", "/", 404), ("GET", "/echo/x", 405), ("HEAD", "/breaks/x", 405)],
)
async def test_every_answer_is_safe_to_show_and_says_nothing_of_the_machine(
    url: str, client: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with client.request(method, f"{url}{path}") as got:
        assert got.status == status
        assert got.headers["Server"] == "Loa"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Cache-Control"] == "no-store"


async def test_the_largest_body_is_taken_and_a_byte_more_is_not(
    url: str, client: aiohttp.ClientSession
) -> None:
    """J8."""
    async with client.post(f"{url}/echo/x", data=io.BytesIO(b"x" * MAX_BODY_BYTES)) as got:
        assert got.status == 202
        assert len(await got.read()) == MAX_BODY_BYTES
    async with client.post(f"{url}/echo/x", data=io.BytesIO(b"x" * (MAX_BODY_BYTES + 1))) as got:
        assert got.status == 413


async def test_a_body_without_a_length_is_measured_all_the_same(
    url: str, client: aiohttp.ClientSession
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 65_536 + 1):
            yield b"x" * 65_536

    async with client.post(f"{url}/echo/x", data=chunks()) as got:
        assert got.status == 413


async def test_a_compressed_body_is_measured_as_what_it_becomes(
    url: str, client: aiohttp.ClientSession
) -> None:
    bomb = gzip.compress(b"\0" * 64 * 1024 * 1024)

    async with client.post(f"{url}/echo/x", data=bomb, headers={"Content-Encoding": "gzip"}) as got:
        assert got.status == 413


async def test_a_body_that_never_ends_is_not_waited_for(url: str, client: aiohttp.ClientSession) -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with client.post(f"{url}/echo/x", data=drip()) as got:
        assert got.status == 408


async def test_a_handler_that_breaks_is_logged_without_the_path(
    url: str, client: aiohttp.ClientSession
) -> None:
    with capture_logs() as lines:
        async with client.get(f"{url}/breaks/a-secret-token") as got:
            assert got.status == 500
            assert await got.read() == b""

    (line,) = lines
    assert (line["event"], line["route"]) == ("web.request_failed", "/breaks/{token}")
    assert "a-secret-token" not in str(lines)


async def test_a_taken_address_is_an_error_at_the_start(url: str) -> None:
    port = int(url.rpartition(":")[2])
    second = WebServer("127.0.0.1", port)

    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    await second.stop()


async def test_an_ipv6_address_can_be_listened_on(client: aiohttp.ClientSession) -> None:
    server = WebServer("::1", 0)
    await server.start()
    async with client.get(f"http://[::1]:{server.port}/") as got:
        assert got.status == 404
    await server.stop()
