"""The address guard: on every connection, whatever the way there."""

import socket
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import BadAddress, PrivateAddress
from feeds.net import AddressGuard, Refused, open_session
from tests.newssite import NewsSite

LOOPBACK = (ip_network("127.0.0.0/8"),)

PRIVATE = """
    127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1
    100.127.255.255 169.254.169.254 192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:7f00:1 64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:20::1 2001:db8::1 2002:7f00:1::
    2002:808:808:: 3fff::1 5f00::1 fc00::1 fd12:3456:789a::1 fe80::1 fe80::1%lo fec0::1 ff02::1 4000::1
    e000::1
""".split()  # noqa: SIM905 - reads as the list of the registry

PUBLIC = """
    8.8.8.8 1.1.1.1 171.244.0.1 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1 198.17.0.1
    198.20.0.1 223.255.255.255 2606:4700::6810:1 2400:cb00::1 2001:4860:4860::8888 2001:200::1 2a00::1
    ::ffff:8.8.8.8 64:ff9b::808:808
""".split()  # noqa: SIM905 - reads as the list of the registry


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_special_addresses_are_refused(address: str) -> None:
    """F1: among them the ten that `ipaddress.is_global` lets pass."""
    with pytest.raises(Refused) as caught:
        AddressGuard().check(address, 443)

    assert caught.value.kind is PrivateAddress
    assert address in caught.value.detail


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
def test_public_addresses_are_reached_on_web_ports(address: str, port: int) -> None:
    AddressGuard().check(address, port)


@pytest.mark.parametrize("port", [22, 25, 81, 5432, 6379, 65535])
def test_other_ports_of_public_addresses_are_refused(port: int) -> None:
    """F3."""
    with pytest.raises(Refused) as caught:
        AddressGuard().check("8.8.8.8", port)

    assert caught.value.kind is BadAddress
    assert str(port) in caught.value.detail


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00::7"])
def test_allowed_networks_are_reached_on_any_port(address: str) -> None:
    """F5."""
    guard = AddressGuard((ip_network("10.1.0.0/16"), ip_network("fd00::/64")))

    guard.check(address, 1200)


def test_allowing_one_network_allows_no_other() -> None:
    guard = AddressGuard((ip_network("10.1.0.0/16"),))

    for address in ("10.2.0.1", "127.0.0.1", "::1"):
        with pytest.raises(Refused):
            guard.check(address, 443)


@given(st.ip_addresses())
def test_nothing_python_calls_private_passes(address: IPv4Address | IPv6Address) -> None:
    try:
        AddressGuard().check(str(address), 443)
    except Refused:
        return

    plain = embedded(address)
    assert plain.is_global
    assert not (plain.is_multicast or plain.is_loopback or plain.is_link_local or plain.is_reserved)


def embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        high, low = divmod(int(address), 1 << 32)
        if high in (0xFFFF, 0x0064_FF9B << 64):
            return IPv4Address(low)
    return address


# On the wire


class Names(AbstractResolver):
    """A name server of our own: every name has a list of answers, given out one after the other."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(turns) for name, turns in answers.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        turns = self._answers.get(host)
        if not turns:
            raise OSError(None, "no such name")
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


async def refusal(session: aiohttp.ClientSession, url: str) -> Refused:
    with pytest.raises(aiohttp.ClientConnectorError) as caught:
        await session.get(url)
    error = caught.value.os_error
    assert isinstance(error, Refused)
    return error


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.10",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "localhost",
        "0.0.0.0",
        "0x7f.1",
    ],
)
async def test_no_spelling_of_loopback_reaches_the_site(host: str) -> None:
    """F2: literals never reach a resolver, so the socket is where they are caught."""
    async with NewsSite() as site, open_session(AddressGuard(), user_agent="Loa/1") as session:
        site.page("/", "secret")

        refused = await refusal(session, f"http://{host}:{site.port}/")

        assert refused.kind is PrivateAddress
        assert site.requests == []


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["::1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"]],
)
async def test_name_with_a_private_address_is_refused(answers: list[str]) -> None:
    """F2: also where public addresses stand beside the private one."""
    names = Names({"tin.vn": [answers]})
    async with (
        NewsSite() as site,
        open_session(AddressGuard(), user_agent="Loa/1", resolver=names) as session,
    ):
        refused = await refusal(session, "http://tin.vn/")

        assert refused.kind is PrivateAddress
        assert site.requests == []


async def test_allowed_name_is_reached() -> None:
    names = Names({"tin.vn": [["127.0.0.1"]]})
    async with (
        NewsSite() as site,
        open_session(AddressGuard(LOOPBACK), user_agent="Loa/1", resolver=names) as session,
    ):
        site.page("/", "tin")

        async with session.get(f"http://tin.vn:{site.port}/") as answer:
            assert await answer.text() == "tin"


async def test_session_says_who_it_is_and_nothing_more() -> None:
    """C1, C2, C3: our name, brotli, no cookies given back."""
    async with NewsSite() as site, open_session(AddressGuard(LOOPBACK), user_agent="Loa/1 (+x)") as session:
        site.feed("/rss", "<rss/>", headers={"Set-Cookie": "visitor=7"}, encoding="br")

        for _ in range(2):
            async with session.get(site.url("/rss")) as answer:
                assert await answer.read() == b"<rss/>"

        last = site.requests[-1].headers
        assert last["User-Agent"] == "Loa/1 (+x)"
        assert last["Accept-Encoding"] == "gzip, deflate, br"
        assert "Cookie" not in last
        assert "Referer" not in last


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with NewsSite() as site, NewsSite() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url("/"))
        site.page("/", "tin")
        async with (
            open_session(AddressGuard(LOOPBACK), user_agent="Loa/1") as session,
            session.get(site.url("/")) as answer,
        ):
            assert await answer.text() == "tin"

        assert proxy.requests == []


async def test_headers_of_16_kib_are_read() -> None:
    async with NewsSite() as site, open_session(AddressGuard(LOOPBACK), user_agent="Loa/1") as session:
        site.page("/", "tin", headers={"Content-Security-Policy": "a" * 16_384})

        async with session.get(site.url("/")) as answer:
            assert answer.status == 200
