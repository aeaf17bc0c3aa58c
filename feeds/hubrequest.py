"""The request a subscription begins and is renewed with: a POST to the hub (WebSub §5.1, POLLING J3, F4).

A hub's address is a stranger's, so the request goes through the guarded session like every fetch, and it does
not lead the secret out of TLS. What the hub answers later, to our callback, is decided in `feeds.websub`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import aiohttp
from yarl import URL

from feeds.errors import BadAddress, BadStatus, TimedOut, TooManyRedirects, Unreachable
from feeds.fetch import MAX_DETAIL_CHARACTERS, Limits, own_errors
from feeds.freshness import read_freshness
from feeds.urls import checked_url
from feeds.websub import LEASE_ASKED, HubSubscription

MAX_ANSWER_BYTES: Final = 1024
"""Of what a hub says about a request it refuses; a sentence is shown."""


def request_form(subscription: HubSubscription, callback: str) -> dict[str, str]:
    """Return the fields of a subscription request (§5.1, J3)."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": subscription.topic_url,
        "hub.callback": callback,
        "hub.secret": subscription.secret,
        "hub.lease_seconds": str(int(LEASE_ASKED.total_seconds())),
        "hub.verify": "async",  # required by hubs of PubSubHubbub 0.3 (§6.1), ignored by the others
    }


async def ask(
    session: aiohttp.ClientSession,
    subscription: HubSubscription,
    callback: str,
    limits: Limits = Limits(),  # noqa: B008 - a frozen value
) -> None:
    """Ask the hub to push the feed to `callback`. Raises a subclass of `feeds.errors.FetchError`.

    `session` comes from `feeds.net.open_session`. A hub named without TLS is tried with it first (§8.2).
    """
    form = request_form(subscription, callback)
    try:
        async with asyncio.timeout(limits.total_seconds):
            if not await _taken_with_tls(session, subscription.hub_url, form, limits):
                await _post(session, subscription.hub_url, form, limits)
    except TimeoutError as error:
        raise TimedOut(subscription.hub_url, f"not finished within {limits.total_seconds:g} s") from error


async def _taken_with_tls(
    session: aiohttp.ClientSession, address: str, form: Mapping[str, str], limits: Limits
) -> bool:
    """Whether a hub named as `http:` on the usual port took the request as `https:`."""
    url = URL(address, encoded=True)
    if url.scheme != "http" or not url.is_default_port():
        return False
    try:
        await _post(session, str(url.with_scheme("https").with_port(None)), form, limits)
    except (Unreachable, TimedOut):
        return False
    return True


async def _post(
    session: aiohttp.ClientSession, address: str, form: Mapping[str, str], limits: Limits
) -> None:
    """Send the request, to another hub when this one says so (307, 308: §5.1.2)."""
    deadlines = aiohttp.ClientTimeout(
        total=None, connect=limits.connect_seconds, sock_read=limits.first_byte_seconds
    )
    for _ in range(limits.redirects + 1):
        with own_errors(address, limits):
            async with session.post(
                URL(address, encoded=True), data=form, allow_redirects=False, timeout=deadlines
            ) as response:
                if 200 <= response.status < 300:  # 202 it should be; hubs that verified already say 204
                    return
                location = response.headers.get("Location")
                if response.status not in (307, 308) or location is None:
                    raise await _refusal(response, address, form)
        address = _next_hub(location, address)
    raise TooManyRedirects(address, f"more than {limits.redirects} redirects")


def _next_hub(location: str, address: str) -> str:
    target = checked_url(location, base=address)
    if address.startswith("https:") and not target.startswith("https:"):
        raise BadAddress(target, "the hub redirects to an address without TLS, where the secret may not go")
    return target


async def _refusal(response: aiohttp.ClientResponse, address: str, form: Mapping[str, str]) -> BadStatus:
    """What the hub says is wrong, without our token and secret, which some hubs repeat."""
    said = (await response.content.read(MAX_ANSWER_BYTES)).decode("utf-8", "replace")
    for private in (form["hub.callback"].rpartition("/")[2], form["hub.secret"]):
        said = said.replace(private, "…")
    is_text = response.content_type == "text/plain"
    words = f": {' '.join(said.split())}" if is_text and said.strip() else ""
    detail = f"HTTP {response.status}{words}"[:MAX_DETAIL_CHARACTERS]
    return BadStatus(address, detail, response.status, read_freshness(response.headers).retry_after)
