"""What a site's robots.txt allows (RFC 9309), for pages nobody offered as a feed.

A feed is published to be polled, and a person named it: its address is asked for without this. Pages read by
a rule and the search for sitemaps keep to it (POLLING C4).
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import aiohttp
from yarl import URL

from feeds.errors import BadStatus, Disallowed, FetchError
from feeds.fetch import Fetched, Limits, fetch
from feeds.sandbox import Sandbox

ROBOTS_TOKEN: Final = "Loa"  # noqa: S105 - the product token of the User-Agent (RFC 9309 §2.2.1)

MAX_RULES_BYTES: Final = 500 * 1024
"""What is read of a robots.txt; the least a crawler must read (RFC 9309 §2.5)."""

MAX_SITEMAPS: Final = 50
"""Sitemaps taken from one robots.txt; large sites name one for each section."""

ROBOTS_SECONDS: Final = 5.0
"""To read the rules; a real file takes milliseconds, one of a thousand agents in one group does not."""

KEPT_FOR: Final = timedelta(hours=24)
"""No longer without asking again (RFC 9309 §2.4)."""
CLOSED_FOR: Final = timedelta(hours=1)
"""After a failure: long enough not to hammer a broken server, short enough not to lose a day of news."""
MAX_KEPT_BYTES: Final = 8 * 1024 * 1024
"""Of rules in memory; a usual file has 2 KB, so thousands of sites."""

_LIMITS: Final = Limits(first_byte_seconds=10.0, total_seconds=15.0, body_bytes=2 * 1024 * 1024)
_ACCEPT: Final = "text/plain, */*;q=0.1"
_TOO_MANY_REQUESTS: Final = 429


class RobotsAnswer(NamedTuple):
    """What rules say about some addresses."""

    allowed: tuple[bool, ...]
    """For each address asked about, in their order."""
    sitemaps: tuple[str, ...]
    """As written; absolute addresses in files that follow the rule."""


def robots_address(url: str) -> str:
    """Return where the robots.txt stands that speaks of this address: one for each scheme, host and port."""
    return str(URL(url, encoded=True).origin().with_path("/robots.txt"))


async def fetch_robots(session: aiohttp.ClientSession, url: str) -> bytes | None:
    """Return the rules of the site an address belongs to, or None when everything is closed.

    No such file (any 4xx but 429) means no rules; a server that fails or cannot be reached may have some, so
    until it answers nothing is allowed (RFC 9309 §2.3.1).
    """
    try:
        answer = await fetch(session, robots_address(url), limits=_LIMITS, accept=_ACCEPT)
    except BadStatus as error:
        return b"" if 400 <= error.status < 500 and error.status != _TOO_MANY_REQUESTS else None
    except FetchError:
        return None
    return answer.body[:MAX_RULES_BYTES] if isinstance(answer, Fetched) else b""


def read_robots(rules: bytes, *, url: str, addresses: tuple[str, ...] = ()) -> RobotsAnswer:
    """Read a robots.txt and say of each address whether it may be read; runs in the sandbox.

    `url` names the file in errors only.
    """
    from protego import Protego  # in the child process only

    robots = Protego.parse(rules.decode("utf-8-sig", "replace"))
    return RobotsAnswer(
        tuple(robots.can_fetch(address, ROBOTS_TOKEN) for address in addresses),
        tuple(dict.fromkeys(robots.sitemaps))[:MAX_SITEMAPS],
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A site's rules, None when it is closed, and until when they hold."""

    rules: bytes | None
    until: datetime


class RobotsKeeper:
    """Asks each site for its rules once a day and remembers them in memory, within a bound."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._session = session
        self._sandbox = sandbox
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def check(self, url: str, now: datetime) -> None:
        """Return if a page may be read; raise `Disallowed` if not, `ParseError` if the rules are hostile."""
        address = robots_address(url)
        rules = await self._rules(address, now)
        if rules is None:
            raise Disallowed(url, "robots.txt could not be read")
        if not rules:
            return
        answer = await self._sandbox.run(
            read_robots, rules, url=address, addresses=(url,), seconds=ROBOTS_SECONDS
        )
        if not answer.allowed[0]:
            raise Disallowed(url, "robots.txt forbids it")

    async def _rules(self, address: str, now: datetime) -> bytes | None:
        kept = self._kept.get(address)
        if kept is None or kept.until <= now:
            rules = await fetch_robots(self._session, address)
            kept = _Kept(rules, now + (CLOSED_FOR if rules is None else KEPT_FOR))
            self._keep(address, kept)
        return kept.rules

    def _keep(self, address: str, kept: _Kept) -> None:
        self._kept[address] = kept
        self._kept.move_to_end(address)
        while sum(map(_weight, self._kept.items())) > MAX_KEPT_BYTES:
            self._kept.popitem(last=False)


def _weight(entry: tuple[str, _Kept]) -> int:
    address, kept = entry
    return len(address) + len(kept.rules or b"")
