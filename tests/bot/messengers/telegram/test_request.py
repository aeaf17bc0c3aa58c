"""The HTTP below the library: what surely was not sent, what may have been, the token that stays inside."""

import asyncio
import logging
import traceback
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import RequestData

from bot.messengers.telegram.api import Api, open_api
from bot.messengers.telegram.request import MAX_ANSWER_BYTES, AiohttpRequest, NotSent, form_body
from tests.botapi import TOKEN, BotApiServer
from tests.botapi import faults as fault

SEND = {"chat_id": 1001, "text": "Điện Biên + & = % <b>"}
_TEXT = st.characters(exclude_categories=["Cs"])
SECRET = TOKEN.partition(":")[2]


@asynccontextmanager
async def web_server(answer: web.Response | None = None, *, handler: object = None) -> AsyncIterator[str]:
    """A web server that gives one answer to everything."""

    async def same(request: web.BaseRequest) -> web.StreamResponse:
        assert answer is not None
        return answer

    runner = web.ServerRunner(web.Server(handler or same), shutdown_timeout=0.1)  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot_at(url: str, proxy: str | None = None) -> AsyncIterator[Api]:
    bot = open_api(TOKEN, url, proxy)
    await bot.open_pools()
    try:
        yield bot
    finally:
        await bot.close_pools()


def everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


async def test_text_arrives_as_it_was(telegram: BotApiServer, api: Api) -> None:
    telegram.world.person(1001, started=True)
    answer = await api.call("sendMessage", SEND)
    assert telegram.world.ledger.texts(1001) == ["Điện Biên + & = % <b>"]
    assert answer["message_id"] == 1
    assert telegram.world.ledger.warnings == []


@given(st.dictionaries(st.text(_TEXT, min_size=1), st.text(_TEXT)))
def test_every_text_survives_the_form(parameters: dict[str, str]) -> None:
    assert dict(parse_qsl(form_body(parameters).decode("ascii"), keep_blank_values=True)) == parameters


async def test_refused_connection_was_surely_not_sent(telegram: BotApiServer, api: Api) -> None:
    await telegram.down()
    with pytest.raises(NotSent) as caught:
        await api.call("sendMessage", SEND)
    assert SECRET not in everything_said(caught.value)


async def test_unknown_host_was_surely_not_sent() -> None:
    async with bot_at("http://no-such-host.invalid") as bot:
        with pytest.raises(NotSent):
            await bot.call("sendMessage", SEND)


async def test_full_pool_was_surely_not_sent(telegram: BotApiServer) -> None:
    # given a pool of one whose connection is taken by a call that is never answered
    telegram.world.person(1001, started=True)
    telegram.faults.add(fault.deliver_then_silence())
    request = AiohttpRequest(pool_size=1, connect_timeout=0.2)
    await request.initialize()
    url = f"{telegram.url}/bot{TOKEN}/sendMessage"
    taken = asyncio.create_task(request.do_request(url, "POST", RequestData([])))
    await telegram.world.wait_for(lambda: telegram.world.ledger.calls)
    # when another call waits for it, then that one was not sent
    with pytest.raises(NotSent):
        await request.do_request(url, "POST", RequestData([]))
    taken.cancel()
    await request.shutdown()


async def test_closed_pool_was_surely_not_sent(telegram: BotApiServer) -> None:
    bot = open_api(TOKEN, telegram.url, None)
    with pytest.raises(NotSent):
        await bot.call("sendMessage", SEND)


async def test_no_answer_in_time_is_uncertain_and_carries_its_cause(telegram: BotApiServer, api: Api) -> None:
    telegram.world.person(1001, started=True)
    telegram.faults.add(fault.deliver_then_silence())
    with pytest.raises(TimedOut) as caught:
        await api.call("sendMessage", SEND, read_timeout=0.2)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert telegram.world.ledger.texts(1001) == [SEND["text"]]


@pytest.mark.parametrize("broken", [fault.reset(), fault.deliver_then_reset()])
async def test_connection_lost_after_the_call_left_is_uncertain(
    telegram: BotApiServer, api: Api, broken: fault.Fault
) -> None:
    telegram.world.person(1001, started=True)
    telegram.faults.add(broken)
    with pytest.raises(NetworkError) as caught:
        await api.call("sendMessage", SEND)
    assert not isinstance(caught.value, NotSent)
    assert caught.value.__cause__ is not None
    assert SECRET not in everything_said(caught.value)


async def test_truncated_answer_is_an_error_and_is_not_logged(
    telegram: BotApiServer, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.world.person(1001, started=True)
    telegram.faults.add(fault.truncated())
    with caplog.at_level(logging.INFO), pytest.raises(TelegramError) as caught:
        await api.call("sendMessage", SEND)
    assert not isinstance(caught.value, NotSent)
    assert "Điện Biên" not in caplog.text + everything_said(caught.value)


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'"x"', b'{"ok": true}', b'{"ok": false}', b"[" * 100_000, b"\xff\xfe"]
)
async def test_answer_that_is_none_is_an_error(body: bytes) -> None:
    async with web_server(web.Response(body=body)) as url, bot_at(url) as bot:
        with pytest.raises(TelegramError):
            await bot.call("sendMessage", SEND)


async def test_parameters_of_a_wrong_shape_are_an_error() -> None:
    answer = web.json_response({"ok": False, "description": "x", "parameters": [1]}, status=400)
    async with web_server(answer) as url, bot_at(url) as bot:
        with pytest.raises(TelegramError):
            await bot.call("sendMessage", SEND)


async def test_page_of_a_proxy_that_quotes_the_address_does_not_leak_the_token() -> None:
    page = f"<p>The requested URL /bot{TOKEN}/sendMessage was not found</p>"
    async with web_server(web.Response(text=page, status=502)) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError) as caught:
            await bot.call("sendMessage", SEND)
    assert SECRET not in everything_said(caught.value)


async def test_redirect_is_not_followed_and_was_surely_not_sent() -> None:
    seen: list[str] = []

    async def portal(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response(status=302, headers={"Location": "/login"})

    async with web_server(handler=portal) as url, bot_at(url) as bot:
        with pytest.raises(NotSent):
            await bot.call("sendMessage", SEND)
    assert len(seen) == 1


async def test_endless_answer_is_cut_off() -> None:
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while sent < 2 * MAX_ANSWER_BYTES:
                await response.write(b" " * 1_048_576)
                sent += 1_048_576
        except ConnectionError:
            pass
        return response

    async with web_server(handler=endless) as url, bot_at(url) as bot:
        with pytest.raises(NetworkError):
            await bot.call("sendMessage", SEND)
    assert sent < 2 * MAX_ANSWER_BYTES


async def test_wrong_address_does_not_leak_the_token() -> None:
    async with bot_at("not an address") as bot:
        with pytest.raises(TelegramError) as caught:
            await bot.call("sendMessage", SEND)
    assert SECRET not in everything_said(caught.value)


async def test_calls_go_through_the_proxy_with_its_password() -> None:
    seen: list[tuple[str, str]] = []

    async def proxy(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((str(request.url), request.headers.get("Proxy-Authorization", "")))
        return web.json_response({"ok": True, "result": {"message_id": 5}})

    async with web_server(handler=proxy) as url:
        address = url.replace("http://", "http://hoa:mat%40khau@")
        async with bot_at("http://api.telegram.example", address) as bot:
            assert (await bot.call("sendMessage", SEND))["message_id"] == 5
    [(asked, password)] = seen
    assert asked == f"http://api.telegram.example/bot{TOKEN}/sendMessage"
    assert password == "Basic " + b64encode(b"hoa:mat@khau").decode()


async def test_proxy_that_refuses_the_tunnel_was_surely_not_sent() -> None:
    async with (
        web_server(web.Response(status=403)) as url,
        bot_at("https://api.telegram.example", url) as bot,
    ):
        with pytest.raises(NotSent) as caught:
            await bot.call("sendMessage", SEND)
    assert SECRET not in everything_said(caught.value)


async def test_proxy_that_is_down_was_surely_not_sent(telegram: BotApiServer) -> None:
    await telegram.down()
    async with bot_at("http://api.telegram.example", telegram.url) as bot:
        with pytest.raises(NotSent):
            await bot.call("sendMessage", SEND)


def test_proxy_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="http:// or https://"):
        AiohttpRequest(proxy="socks5://127.0.0.1:1080")


async def test_connections_are_used_again(telegram: BotApiServer, api: Api) -> None:
    ports: set[int] = set()

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.json_response({"ok": True, "result": {}})

    async with web_server(handler=answering) as url, bot_at(url) as bot:
        for _ in range(5):
            await bot.call("sendMessage", SEND)
    assert len(ports) == 1


async def test_files_go_as_multipart() -> None:
    from telegram import Bot

    seen: dict[str, object] = {}

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        form = await request.post()
        document = form["document"]
        assert isinstance(document, web.FileField)
        seen.update(chat=form["chat_id"], name=document.filename, content=document.file.read())
        message = {"message_id": 1, "date": 1, "chat": {"id": 1001, "type": "private"}}
        return web.json_response({"ok": True, "result": message})

    async with web_server(handler=answering) as url, bot_at(url) as bot:
        assert isinstance(bot, Bot)
        await bot.send_document(1001, b"%PDF-1.7", filename="điểm báo.pdf")
    assert seen == {"chat": "1001", "name": "điểm báo.pdf", "content": b"%PDF-1.7"}
