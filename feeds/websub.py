"""Subscribing to a feed's hub and believing what it pushes (W3C WebSub, POLLING J3 to J12).

             ask                 the hub verifies             half the lease is over: ask again
    WANTED ──────▶ ASKED ────────────────────────▶ ACTIVE ───────────────────────────────────▶ ACTIVE
                     └── the hub denies ──▶ DENIED ── ask again after 7 days

Decisions only: each function takes the subscription as it was and gives it as it is. The request itself is in
`feeds.hubrequest`. Polling goes on beside it, slower only while the hub has proved to be first.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from feeds.errors import BadStatus, FeedError
from feeds.hubs import HubOffer

TOKEN_BYTES: Final = 32
SECRET_BYTES: Final = 48
"""64 characters as text; a secret must stay below 200 bytes (WebSub §5.1)."""

LEASE_ASKED: Final = timedelta(days=10)
"""What the specification calls a good default (§8.2); hubs asked for nothing give as little as a day."""
LEASE_ASSUMED: Final = timedelta(days=1)
"""Where a hub does not say how long it will push, against §5.3."""
LONGEST_LEASE: Final = timedelta(days=30)
"""A hub that promises more is asked again all the same: it may have forgotten us."""
SHORTEST_RENEWAL: Final = timedelta(minutes=5)
"""However short a lease is: as often as a feed would be polled."""
RENEWAL_SPREAD: Final = 0.125
"""Renewal comes after 37.5 % to 50 % of the lease: hubs asked in one minute are asked again over more than
a day."""

PENDING_FOR: Final = timedelta(days=1)
"""How long after a request its hub may verify it, and verify it again when our answer was lost on the way."""

FIRST_RETRY: Final = timedelta(hours=1)
LONGEST_RETRY: Final = timedelta(days=7)
DENIED_RETRY: Final = timedelta(days=7)

POLL_STRETCH: Final = 12
LONGEST_STRETCH: Final = timedelta(hours=24)
PUSH_MAY_BE_LATER: Final = timedelta(minutes=10)
"""A poll may chance upon an entry between publisher and hub; the push that follows at once excuses it."""
MAX_PROOF_DOUBLINGS: Final = 5
"""A hub that keeps missing entries has to be first 32 times before it is trusted again."""

MAX_DETAIL_CHARACTERS: Final = 200

_CHALLENGE: Final = re.compile(r"[\x20-\x7e]{1,1024}")
"""Printable and short: we answer with it, and nobody shall host a file at our address (§8.2)."""
_SECONDS: Final = re.compile(r"[0-9]{1,10}")
_SIGNATURE: Final = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-f]{40,128})", re.IGNORECASE)
_METHODS: Final = MappingProxyType(
    {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
)


class HubState(StrEnum):
    """How far a subscription has come."""

    WANTED = "wanted"
    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """What we have agreed with the hub of one feed, or would like to."""

    feed_id: int
    hub_url: str
    topic_url: str
    token: str = field(repr=False)
    """The unguessable end of the callback's path; it stays when the lease is renewed, or the hub would push
    everything twice until the old lease ends."""
    secret: str = field(repr=False)
    """Signs what is pushed."""
    state: HubState = HubState.WANTED
    offered: bool = True
    """Whether the feed still names this hub; if not, it is not asked again and the lease runs out."""
    renew_at: datetime
    """When to ask, next or again."""
    asked_at: datetime | None = None
    """When the last request was sent, unless the hub denied it."""
    lease_until: datetime | None = None
    failures: int = 0
    """Requests in a row that were not verified."""
    error: str = ""
    """Why the last one was not, as `key: detail`, for the log and the editors."""
    last_push_at: datetime | None = None
    """When something came that bore our signature."""
    verified_push_at: datetime | None = None
    """When such a document could last be read as the feed."""
    proofs: int = 0
    """Pushes since the last miss that brought something before a poll did."""
    misses: int = 0
    missed_at: datetime | None = None
    """When a poll found something first, until a push excuses or confirms it."""


def considered(
    current: HubSubscription | None, feed_id: int, offer: HubOffer | None, now: datetime
) -> HubSubscription | None:
    """Return the subscription to have once the feed's document offered this, or offered none.

    The hub in use stays while the feed still names it, in whatever order (J1); another topic or hub means
    another subscription, with a token and a secret of its own. A feed that gives itself another name in every
    document has its hub asked once an hour.
    """
    if offer is None:
        return current and replace(current, offered=False)
    if current and current.topic_url == offer.topic and current.hub_url in offer.hubs:
        return replace(current, offered=True)
    return HubSubscription(
        feed_id=feed_id,
        hub_url=offer.hubs[0],
        topic_url=offer.topic,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        secret=secrets.token_urlsafe(SECRET_BYTES),
        renew_at=max(now, current.asked_at + FIRST_RETRY) if current and current.asked_at else now,
    )


# Asking


def asked(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """Return it as it is to be kept before the request leaves.

    A hub may verify while the request is still under way, and a process may die there; then it is asked again
    at `renew_at`, and less often each time.
    """
    retry = min(FIRST_RETRY * 2 ** min(subscription.failures, 10), LONGEST_RETRY)
    still_pushed = subscription.state is HubState.ACTIVE and _lease_runs(subscription, now)
    return replace(
        subscription,
        state=HubState.ACTIVE if still_pushed else HubState.ASKED,
        asked_at=now,
        renew_at=now + retry,
        failures=subscription.failures + 1,
    )


def refused(
    subscription: HubSubscription, asked_at: datetime | None, error: FeedError, now: datetime
) -> HubSubscription:
    """Return it after the request sent at `asked_at` failed, unless the hub has verified it all the same."""
    if subscription.asked_at != asked_at or subscription.failures == 0:
        return subscription
    after = error.retry_after if isinstance(error, BadStatus) else None
    again = now + min(timedelta(seconds=after or 0.0), LONGEST_RETRY)
    said = f"{error.key}: {error.detail}"
    return replace(subscription, error=said, renew_at=max(subscription.renew_at, again))


# What the hub says to our callback


def verified(
    subscription: HubSubscription, query: Mapping[str, str], now: datetime, spread: float
) -> HubSubscription | None:
    """Return it active when this is the hub verifying what we asked for, else None (§5.3, J4).

    `query` are the parameters of its request; `spread`, a random number in [0, 1), keeps renewals apart.
    """
    pending = subscription.asked_at is not None and now - subscription.asked_at <= PENDING_FOR
    if query.get("hub.mode") != "subscribe" or not pending:
        return None
    if query.get("hub.topic") != subscription.topic_url or challenge_of(query) is None:
        return None
    lease = _lease(query.get("hub.lease_seconds", ""))
    return replace(
        subscription,
        state=HubState.ACTIVE,
        lease_until=now + lease,
        renew_at=renewal_at(now, lease, spread),
        failures=0,
        error="",
    )


def challenge_of(query: Mapping[str, str]) -> str | None:
    """Return the text the hub wants to hear again, if it is one we may say."""
    challenge = query.get("hub.challenge", "")
    return challenge if _CHALLENGE.fullmatch(challenge) else None


def renewal_at(now: datetime, lease: timedelta, spread: float) -> datetime:
    """Return when to ask again: at half the lease or a little before, `spread` in [0, 1) (J7)."""
    return now + max(lease * (0.5 - RENEWAL_SPREAD * spread), SHORTEST_RENEWAL)


def denied(subscription: HubSubscription, query: Mapping[str, str], now: datetime) -> HubSubscription | None:
    """Return it denied when this is the hub saying that it will not push, else None (§5.2, J12).

    A hub may do so at any time, also for what it accepted before.
    """
    if query.get("hub.mode") != "denied" or query.get("hub.topic") != subscription.topic_url:
        return None
    reason = " ".join(query.get("hub.reason", "").split())[:MAX_DETAIL_CHARACTERS]
    return replace(
        subscription,
        state=HubState.DENIED,
        asked_at=None,
        lease_until=None,
        renew_at=now + DENIED_RETRY,
        error=f"denied: {reason}",
    )


def takes_pushes(subscription: HubSubscription, now: datetime) -> bool:
    """Whether we still want what this hub pushes; else it is told that the subscription is gone (J9)."""
    agreed = subscription.state in (HubState.ASKED, HubState.ACTIVE)
    return agreed and (subscription.offered or _lease_runs(subscription, now))


def signature_matches(secret: str, body: bytes, header: str | None) -> bool:
    """Whether an X-Hub-Signature was made with our secret over this body (§7.1, J6)."""
    found = _SIGNATURE.fullmatch((header or "").strip())
    if found is None:
        return False
    wanted = hmac.new(secret.encode(), body, _METHODS[found[1].lower()]).hexdigest()
    return hmac.compare_digest(wanted, found[2].lower())


# Whether to rely on it


def pushed(subscription: HubSubscription, new: int, now: datetime) -> HubSubscription:
    """Return it after a signed document was read that brought `new` articles.

    It excuses a poll that found them moments before. A miss that is older was one: the hub then has to be
    first twice as often as before.
    """
    proofs, misses = subscription.proofs, subscription.misses
    if subscription.missed_at is not None and now - subscription.missed_at > PUSH_MAY_BE_LATER:
        proofs, misses = 0, misses + 1
    return replace(
        subscription,
        verified_push_at=now,
        proofs=proofs + (new > 0),
        misses=misses,
        missed_at=None,
    )


def found_by_poll(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """Return it after a poll brought something the hub, which promised to push, had not (J11)."""
    if subscription.state is not HubState.ACTIVE or subscription.missed_at is not None:
        return subscription
    return replace(subscription, missed_at=now)


def trusted_until(subscription: HubSubscription, now: datetime) -> datetime | None:
    """Return until when polls may come less often, or None: they may not.

    They may while the lease runs, if pushes have come first since the last miss.
    """
    lease_until = subscription.lease_until
    if subscription.state is not HubState.ACTIVE or lease_until is None or lease_until <= now:
        return None
    enough = 2 ** min(subscription.misses, MAX_PROOF_DOUBLINGS)
    first = subscription.missed_at is None and subscription.proofs >= enough
    return lease_until if first else None


def polling_interval(interval: timedelta, now: datetime, trusted: datetime | None) -> timedelta:
    """Return the interval to the next poll of a feed whose pushes are trusted until then, or are not (J11).

    `interval` is the feed's own rhythm; the result is never shorter.
    """
    if trusted is None:
        return interval
    return max(interval, min(interval * POLL_STRETCH, LONGEST_STRETCH, trusted - now))


def next_poll_without_pushes(last_polled_at: datetime, next_poll_at: datetime) -> datetime:
    """Return when a feed is due whose next poll was put off while its pushes were trusted."""
    return last_polled_at + (next_poll_at - last_polled_at) / POLL_STRETCH


def _lease(seconds: str) -> timedelta:
    lease = timedelta(seconds=int(seconds)) if _SECONDS.fullmatch(seconds) else timedelta()
    return min(lease, LONGEST_LEASE) or LEASE_ASSUMED


def _lease_runs(subscription: HubSubscription, now: datetime) -> bool:
    return subscription.lease_until is not None and now < subscription.lease_until
