"""A strict Bot API server on loopback: HTTP in front, a world behind, faults in between.

async with BotApiServer(token="1:abc") as api:
    hoa = api.world.person(1001)
    api.world.start(hoa)
    message = await api.world.wait_for(lambda: api.world.messages(hoa))
"""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.botapi.checks import Refused, flag
from tests.botapi.faults import Effect, Fault, Faults, error_body
from tests.botapi.ledger import Call
from tests.botapi.limits import RateModel
from tests.botapi.methods import KNOWN_PARAMETERS, METHODS
from tests.botapi.polling import Polling
from tests.botapi.world import World

TOKEN = "4242:AAtest-token-of-the-local-server-000"


class BotApiServer:
    """The server; `url` is what `telegram.api_url` is set to."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        world: World | None = None,
        rate: RateModel | None = None,
        latency_seconds: float = 0.0,
        port: int = 0,
    ) -> None:
        self.token = token
        self.world = world or World()
        self.rate = rate
        self.latency_seconds = latency_seconds
        self.faults = Faults()
        self.polling = Polling(self.world)
        self.revoked = False
        self._port = port
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen; on the same port as before when it was down."""
        self._closing.clear()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        for path in ("/bot{token}/{method}", "/bot{token}/test/{method}"):
            app.router.add_route("*", path, self._handle)
        app.router.add_route("*", "/{rest:.*}", self._lost)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Stop listening: connections are refused, as when the API is blocked."""
        self._closing.set()
        self.polling.terminate()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _lost(self, request: web.Request) -> web.Response:
        return _json(404, error_body(404, "Not Found"))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        parameters = await _parameters(request)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        fault = self.faults.pick(method, parameters.get("chat_id"))
        if fault is not None and fault.effect is Effect.RESET:
            self._note(method, parameters, 0, "reset")
            return _reset(request)
        if fault is not None and fault.effect is Effect.ANSWER:
            self._note(method, parameters, fault.status, _description(fault))
            return web.Response(status=fault.status, body=fault.body, headers=dict(fault.headers))
        status, body = await self._answer(request, method, parameters)
        self._note(method, parameters, status, str(body.get("description", "")))
        return await self._deliver(request, fault, status, body)

    async def _answer(
        self, request: web.Request, method: str, parameters: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        try:
            self._check_token(request.match_info["token"])
            result = await self._run(request, method.lower(), parameters)
        except Refused as refused:
            return refused.code, error_body(refused.code, refused.description, refused.parameters)
        return 200, {"ok": True, "result": result}

    async def _run(self, request: web.Request, method: str, parameters: Mapping[str, Any]) -> Any:
        unknown = sorted(set(parameters) - KNOWN_PARAMETERS.get(method, set(parameters)))
        if unknown:
            self.world.ledger.warnings.append(f"{method}: unknown parameters {unknown}")
        if method == "getupdates":
            return await self.polling.get_updates(request, parameters)
        if method == "deletewebhook":
            self.polling.webhook = ""
            if flag(parameters, "drop_pending_updates"):
                self.world.updates.clear()
            return True
        if method == "setwebhook":
            self.polling.webhook = str(parameters.get("url") or "")
            return True
        if method not in METHODS:
            raise Refused(404, "Not Found: method not found")
        return METHODS[method](self.world, parameters, self.rate)

    def _check_token(self, token: str) -> None:
        if self.revoked:
            raise Refused(401, "Unauthorized")
        if token != self.token:
            raise Refused(401, "Unauthorized: invalid token specified")

    async def _deliver(
        self, request: web.Request, fault: Fault | None, status: int, body: dict[str, Any]
    ) -> web.StreamResponse:
        effect = fault.effect if fault is not None else None
        if effect is Effect.DELIVER_RESET:
            return _reset(request)
        if effect is Effect.DELIVER_SILENCE:
            await self._closing.wait()
            return _reset(request)
        if fault is not None and effect is Effect.DELIVER_ANSWER:
            return web.Response(status=fault.status, body=fault.body, headers=dict(fault.headers))
        if fault is not None and effect is Effect.SLOW:
            await self._pause(fault.seconds)
        if effect is Effect.TRUNCATED:
            text = json.dumps(body)
            return web.Response(text=text[: len(text) // 2], content_type="application/json")
        return _json(status, body)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def _note(self, method: str, parameters: Mapping[str, Any], status: int, description: str) -> None:
        call = Call(time.time(), method, dict(parameters), status, description if status != 200 else "")
        self.world.ledger.calls.append(call)
        self.world.changed()


async def _parameters(request: web.Request) -> dict[str, Any]:
    """Query, form and JSON together, as the real server takes them."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.read())
        except ValueError:
            return found
        return found | (body if isinstance(body, dict) else {})
    if request.method == "POST":
        form = await request.post()
        found |= {key: value for key, value in form.items() if isinstance(value, str)}
    return found


def _json(status: int, body: dict[str, Any]) -> web.Response:
    headers = {}
    retry_after = (body.get("parameters") or {}).get("retry_after")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return web.json_response(body, status=status, headers=headers)


def _reset(request: web.Request) -> web.Response:
    """Break the connection the hard way (RST)."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


def _description(fault: Fault) -> str:
    try:
        return str(json.loads(fault.body)["description"])
    except (ValueError, KeyError, TypeError):
        return fault.body.decode(errors="replace")
