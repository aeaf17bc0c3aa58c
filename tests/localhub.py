"""A WebSub hub on loopback: real HTTP both ways, and everything it was told or answered is remembered.

    async with LocalHub() as hub:
        …                                       # the product subscribes at hub.url
        await hub.verify()                      # GET to the callback, as after the 202
        answer = await hub.push(document)       # POST, signed with the secret of the request

`outside` is the address the product says it is reached at; the hub finds `inside` behind it, as if a server
stood between.
"""

import hashlib
import hmac
import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from tests.newssite import NewsSite

ATOM_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the callback answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class LocalHub:
    """A hub that does what a test tells it to."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        """The forms of all subscription requests, oldest first."""
        self.content_types: list[str] = []
        self.answer: tuple[int, Mapping[str, str], str] = (202, {}, "")
        """Status, headers and text with which requests are answered."""
        self.verify_at_once = False
        """Verify before answering, as hubs of PubSubHubbub 0.3 do when asked to."""
        self.outside = ""
        self.inside = ""
        self._site = NewsSite()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        await self._site.__aenter__()
        self._site.handle("/hub", self._subscribe)
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        await self._site.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        """The address subscription requests go to."""
        return self._site.url("/hub")

    @property
    def site(self) -> NewsSite:
        """The server behind, for other paths of the hub."""
        return self._site

    @property
    def last(self) -> dict[str, str]:
        """The form of the last request."""
        return self.requests[-1]

    async def verify(self, **changed: str) -> Answer:
        """Verify the last request; `changed` replaces parameters (`topic="…"`, `mode="unsubscribe"`)."""
        asked = {
            "mode": "subscribe",
            "topic": self.last["hub.topic"],
            "challenge": "a challenge",
            "lease_seconds": self.last["hub.lease_seconds"],
            **changed,
        }
        query = {f"hub.{name}": value for name, value in asked.items() if value}
        return await self.call("GET", self.last["hub.callback"], params=query)

    async def deny(self, reason: str = "") -> Answer:
        """Say that there will be no pushes."""
        return await self.verify(mode="denied", reason=reason, challenge="", lease_seconds="")

    async def push(
        self,
        body: bytes,
        *,
        method: str = "sha256",
        secret: str | None = None,
        content_type: str = ATOM_TYPE,
        callback: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Push a document to the last subscriber, signed as the specification says."""
        key = (self.last["hub.secret"] if secret is None else secret).encode()
        signature = hmac.new(key, body, getattr(hashlib, method)).hexdigest()
        sent = {"Content-Type": content_type, "X-Hub-Signature": f"{method}={signature}", **(headers or {})}
        return await self.call("POST", callback or self.last["hub.callback"], data=body, headers=sent)

    async def call(
        self,
        method: str,
        callback: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send any request to a callback."""
        assert self._session is not None
        address = callback.replace(self.outside, self.inside) if self.outside else callback
        body = None if data is None else io.BytesIO(data)
        async with self._session.request(method, address, params=params, data=body, headers=headers) as got:
            return Answer(got.status, await got.read(), dict(got.headers))

    async def _subscribe(self, request: web.BaseRequest) -> web.StreamResponse:
        self.content_types.append(request.content_type)
        self.requests.append({name: each[0] for name, each in parse_qs(await request.text()).items()})
        if self.verify_at_once:
            await self.verify()
        status, headers, text = self.answer
        return web.Response(status=status, headers=headers, text=text)
