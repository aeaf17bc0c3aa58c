"""The way out: HTTP sessions that cannot be led into a private network.

A feed's address, its redirects and its DNS answers are all in a stranger's hands, so the check is
made where nothing can change any more: on every socket before it connects. Names are checked once
more when they resolve, because one private address among public ones is an attack, not an answer
(docs/decisions/002-guard-on-the-socket-parser-in-a-process.md).
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import aiohttp
from aiohappyeyeballs.types import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from feeds.errors import BadAddress, FetchError, PrivateAddress

Network = IPv4Network | IPv6Network

WEB_PORTS: Final = frozenset({80, 443, 8080, 8443})
"""Elsewhere answer mail servers, databases and printers, not newspapers (POLLING F3)."""

MAX_CONNECTIONS: Final = 128
"""Above the polls that run at once, so that waiting for the pool never eats a connect deadline;
below the 1,024 open files a plain Linux process may have."""

MAX_HEADER_BYTES: Final = 32 * 1024
"""Newspapers' Content-Security-Policy lines exceed aiohttp's default of 8 KiB."""

_NO_WEB_SITES: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        # IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771), reserved (RFC 1112 §4)
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Everything that is not IPv6 global unicast (2000::/3, RFC 4291 §2.4): loopback,
        # IPv4-compatible, local NAT64, unique local, link-local, site-local, multicast …
        "::/3",
        "4000::/2",
        "8000::/1",
        # … and what is special inside it: protocol assignments with Teredo, documentation, 6to4
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
"""Written out, because `ipaddress.is_global` of Python 3.11 lets multicast, site-local, 6to4 and
several translation prefixes pass (measured)."""

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: the IPv4 address in the last 32 bits; the only IPv6 way to most sites on some networks."""


class Refused(OSError):
    """A connection that must not be made; an OSError so that the HTTP library passes it on."""

    def __init__(self, kind: type[FetchError], detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Decides which addresses may be connected to.

    Inside `allow_networks` everything may be reached, on any port; elsewhere only public
    addresses on the ports of the web.
    """

    allow_networks: Sequence[Network] = ()

    def check(self, address: str, port: int) -> None:
        """Raise `Refused` unless this IP address and port may be connected to."""
        outer = ip_address(address)
        inner = _unwrapped(outer)
        if any(outer in network or inner in network for network in self.allow_networks):
            return
        if any(inner in network for network in _NO_WEB_SITES):
            raise Refused(PrivateAddress, f"{address} is not a public address")
        if port not in WEB_PORTS:
            raise Refused(BadAddress, f"port {port} is not a port of the web")

    def open_socket(self, target: AddrInfoType) -> socket.socket:
        """Return an unconnected socket for `target`; raises `Refused`. (aiohttp's socket factory.)"""
        family, kind, protocol, _, address = target
        self.check(str(address[0]), int(address[1]))
        return socket.socket(family, kind, protocol)


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses an answer of which any address is forbidden."""

    def __init__(self, guard: AddressGuard, resolver: AbstractResolver) -> None:
        self._guard = guard
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`; raises `Refused`, and OSError where there are none."""
        answers = await self._resolver.resolve(host, port, family)
        for answer in answers:
            self._guard.check(answer["host"], port)
        return answers

    async def close(self) -> None:
        """Release the resolver behind."""
        await self._resolver.close()


def open_session(
    guard: AddressGuard, *, user_agent: str, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """Return a session for fetching strangers' pages; the caller closes it.

    Certificates are verified, cookies are neither kept nor sent, the environment's proxy settings
    are ignored (a proxy would connect where the guard cannot see). Needs a running event loop.
    """
    connector = aiohttp.TCPConnector(
        socket_factory=guard.open_socket,
        resolver=GuardedResolver(guard, resolver or aiohttp.ThreadedResolver()),
        limit=MAX_CONNECTIONS,
    )
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": user_agent},
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        max_line_size=MAX_HEADER_BYTES,
        max_field_size=MAX_HEADER_BYTES,
    )


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address an IPv6 one only wraps (mapped or NAT64), else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
