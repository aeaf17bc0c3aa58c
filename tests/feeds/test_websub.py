"""What is decided about a hub's subscription, and the request it begins with: POLLING J3 to J12, F4."""

import hmac
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import (
    BadAddress,
    BadStatus,
    FeedError,
    FetchError,
    PrivateAddress,
    TimedOut,
    TooManyRedirects,
    Unreachable,
)
from feeds.fetch import Limits
from feeds.hubrequest import ask, request_form
from feeds.hubs import HubOffer
from feeds.net import AddressGuard, open_session
from feeds.websub import (
    HubState,
    HubSubscription,
    asked,
    challenge_of,
    considered,
    denied,
    found_by_poll,
    next_poll_without_pushes,
    polling_interval,
    pushed,
    refused,
    renewal_at,
    signature_matches,
    takes_pushes,
    trusted_until,
    verified,
)
from tests.feeds.test_fetch import _self_signed
from tests.feeds.test_net import Names
from tests.localhub import LocalHub
from tests.newssite import Fault, NewsSite

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HUB = "https://hub.example/"
TOPIC = "https://bao.example/rss"
OFFER = HubOffer((HUB,), TOPIC)
CALLBACK = "https://loa.example/websub/the-token"

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LEASE = timedelta(days=10)
LOOPBACK = (ip_network("127.0.0.0/8"),)


def wanted(**values: object) -> HubSubscription:
    subscription = considered(None, 3, OFFER, NOW)
    assert subscription is not None
    return replace(subscription, **values)  # type: ignore[arg-type]


def intent(**changed: str) -> dict[str, str]:
    values = {"mode": "subscribe", "topic": TOPIC, "challenge": "abc", "lease_seconds": "864000", **changed}
    return {f"hub.{name}": value for name, value in values.items()}


def active(**values: object) -> HubSubscription:
    """Asked and verified at NOW, for ten days."""
    subscription = verified(asked(wanted(), NOW), intent(), NOW, 0.0)
    assert subscription is not None
    return replace(subscription, **values)  # type: ignore[arg-type]


# What to subscribe to


def test_an_offer_is_wanted_at_once_with_a_token_and_a_secret_of_its_own() -> None:
    """J3, J5: unguessable, and the secret below 200 bytes."""
    first, second = wanted(), wanted()

    assert (first.hub_url, first.topic_url, first.state) == (HUB, TOPIC, HubState.WANTED)
    assert first.renew_at == NOW
    assert len({first.token, first.secret, second.token, second.secret}) == 4
    assert len(first.token) >= 43
    assert 32 <= len(first.secret.encode()) < 200


def test_no_representation_shows_token_or_secret() -> None:
    subscription = wanted()

    assert subscription.token not in repr(subscription)
    assert subscription.secret not in repr(subscription)


def test_no_offer_means_no_subscription() -> None:
    assert considered(None, 3, None, NOW) is None


@pytest.mark.parametrize("hubs", [(HUB,), ("https://new.example/", HUB)])
def test_the_hub_in_use_stays_while_it_is_offered(hubs: tuple[str, ...]) -> None:
    before = active()

    assert considered(before, 3, HubOffer(hubs, TOPIC), NOW + HOUR) == before


@pytest.mark.parametrize(
    "offer", [HubOffer(("https://new.example/",), TOPIC), HubOffer((HUB,), "https://bao.example/new")]
)
def test_another_hub_or_topic_is_another_subscription(offer: HubOffer) -> None:
    before = active()

    after = considered(before, 3, offer, NOW + DAY)

    assert after is not None
    assert (after.hub_url, after.topic_url) == (offer.hubs[0], offer.topic)
    assert after.token != before.token
    assert after.secret != before.secret
    assert (after.state, after.renew_at) == (HubState.WANTED, NOW + DAY)


def test_a_topic_that_changes_all_the_time_asks_the_hub_once_an_hour() -> None:
    before = asked(wanted(), NOW)

    after = considered(before, 3, HubOffer((HUB,), f"{TOPIC}?now=1"), NOW + timedelta(minutes=5))

    assert after is not None
    assert after.renew_at == NOW + HOUR


def test_a_hub_no_longer_offered_runs_out_and_comes_back() -> None:
    before = active()

    withdrawn = considered(before, 3, None, NOW + DAY)

    assert withdrawn is not None
    assert withdrawn == replace(before, offered=False)
    assert takes_pushes(withdrawn, NOW + DAY)
    assert not takes_pushes(withdrawn, NOW + LEASE)
    again = considered(withdrawn, 3, OFFER, NOW + 2 * DAY)
    assert again is not None
    assert again.offered


# Asking and being answered


def test_each_request_that_is_not_verified_is_followed_by_a_longer_wait() -> None:
    waits = []
    subscription = wanted()
    for _ in range(12):
        now = subscription.renew_at
        subscription = asked(subscription, now)
        waits.append(subscription.renew_at - now)

    assert waits[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert waits[-1] == timedelta(days=7)
    assert waits == sorted(waits)


def test_asking_again_does_not_end_a_running_lease() -> None:
    """J7: until the hub verifies, what was agreed before holds."""
    half = NOW + LEASE / 2

    again = asked(active(), half)

    assert again.state is HubState.ACTIVE
    assert again.lease_until == NOW + LEASE
    assert takes_pushes(again, half)
    assert asked(active(), NOW + LEASE).state is HubState.ASKED


def test_a_refusal_is_noted_and_its_retry_after_is_kept() -> None:
    request = asked(wanted(), NOW)
    error = BadStatus(HUB, "HTTP 503", 503, 3 * 3600.0)

    after = refused(request, NOW, error, NOW + timedelta(seconds=2))

    assert after.error == "bad_status: HTTP 503"
    assert after.renew_at == NOW + timedelta(seconds=2) + 3 * HOUR
    assert refused(request, NOW, Unreachable(HUB, "gone"), NOW).renew_at == NOW + HOUR


@pytest.mark.parametrize("retry_after", [1e9, 9_999_999_999.0])
def test_no_hub_sends_us_away_for_years(retry_after: float) -> None:
    after = refused(asked(wanted(), NOW), NOW, BadStatus(HUB, status=503, retry_after=retry_after), NOW)

    assert after.renew_at == NOW + timedelta(days=7)


def test_a_refusal_after_the_verification_changes_nothing() -> None:
    """A hub may verify and then fail to answer the request."""
    subscription = active()

    assert refused(subscription, NOW, FeedError(HUB, "late"), NOW) == subscription
    assert refused(asked(wanted(), NOW), NOW - DAY, FeedError(HUB, "of an earlier one"), NOW).error == ""


def test_verified_means_active_for_as_long_as_the_hub_says() -> None:
    """J4."""
    subscription = verified(asked(wanted(), NOW), intent(lease_seconds="86400"), NOW + HOUR, 0.0)

    assert subscription is not None
    assert subscription.state is HubState.ACTIVE
    assert subscription.lease_until == NOW + HOUR + DAY
    assert subscription.renew_at == NOW + HOUR + DAY / 2
    assert (subscription.failures, subscription.error) == (0, "")


def test_a_verification_may_be_repeated_when_our_answer_was_lost() -> None:
    subscription = verified(active(), intent(), NOW + HOUR, 0.0)

    assert subscription is not None
    assert subscription.lease_until == NOW + HOUR + LEASE


@pytest.mark.parametrize(
    "query",
    [
        {},
        intent(mode="unsubscribe"),
        intent(mode="denied"),
        intent(mode=""),
        intent(topic="https://bao.example/other"),
        intent(topic=f"{TOPIC}/"),
        intent(topic=""),
        intent(challenge=""),
        intent(challenge="x" * 1025),
        intent(challenge="a\nb"),
        intent(challenge="tiếng"),
        intent(challenge="\0"),
    ],
)
def test_what_is_no_verification_of_our_request(query: dict[str, str]) -> None:
    """J4: another mode, another topic, nothing to answer with, or what we would rather not say."""
    assert verified(asked(wanted(), NOW), query, NOW, 0.0) is None


@pytest.mark.parametrize(
    "subscription",
    [
        wanted(),
        active(asked_at=NOW - timedelta(days=1, seconds=1)),
        active(state=HubState.DENIED, asked_at=None),
    ],
    ids=["never asked", "asked long ago", "denied"],
)
def test_nobody_verifies_what_is_not_pending(subscription: HubSubscription) -> None:
    """J4."""
    assert verified(subscription, intent(), NOW, 0.0) is None


@pytest.mark.parametrize(
    ("lease_seconds", "lease"),
    [
        ("60", timedelta(seconds=60)),
        ("864000", timedelta(days=10)),
        ("9999999999", timedelta(days=30)),
        ("", DAY),
        ("0", DAY),
        ("-5", DAY),
        ("1e9", DAY),
        ("٣", DAY),
        ("9" * 40, DAY),
    ],
)
def test_lease_as_the_hub_says_within_reason(lease_seconds: str, lease: timedelta) -> None:
    subscription = verified(asked(wanted(), NOW), intent(lease_seconds=lease_seconds), NOW, 0.0)

    assert subscription is not None
    assert subscription.lease_until == NOW + lease


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=30)), st.floats(0, 1, exclude_max=True))
def test_renewal_comes_at_half_the_lease_or_a_little_before(lease: timedelta, spread: float) -> None:
    """J7: and never more often than every five minutes."""
    wait = renewal_at(NOW, lease, spread) - NOW

    assert wait >= timedelta(minutes=5)
    assert wait == timedelta(minutes=5) or lease * 0.37 <= wait <= lease / 2


def test_renewals_are_spread() -> None:
    """J7: ten days' leases given in one minute are renewed over more than a day."""
    times = [renewal_at(NOW, LEASE, number / 1000) for number in range(1000)]

    assert max(times) - min(times) > DAY


@given(st.text(max_size=40))
def test_a_challenge_is_printable_or_none(challenge: str) -> None:
    answer = challenge_of({"hub.challenge": challenge})

    assert answer is None or (answer == challenge and answer.isascii() and answer.isprintable())


def test_denied_is_tried_again_after_a_week() -> None:
    """J12: also when it had been accepted before."""
    for before in (asked(wanted(), NOW), active()):
        after = denied(before, intent(mode="denied", reason=" too\nmany  feeds "), NOW)

        assert after is not None
        assert (after.state, after.renew_at) == (HubState.DENIED, NOW + timedelta(days=7))
        assert after.error == "denied: too many feeds"
        assert not takes_pushes(after, NOW)
        assert not trusted_until(after, NOW)


@pytest.mark.parametrize("query", [{}, intent(), intent(mode="denied", topic="https://bao.example/other")])
def test_what_denies_nothing(query: dict[str, str]) -> None:
    assert denied(active(), query, NOW) is None


# What is pushed


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signatures_of_all_four_methods(method: str) -> None:
    """J6."""
    signature = hmac.new(b"secret", b"body", method).hexdigest()

    assert signature_matches("secret", b"body", f"{method}={signature}")
    assert signature_matches("secret", b"body", f" {method.upper()}={signature.upper()} ")
    assert not signature_matches("secret", b"other", f"{method}={signature}")
    assert not signature_matches("other", b"body", f"{method}={signature}")
    assert not signature_matches("secret", b"body", f"{method}={signature[:-1]}")
    assert not signature_matches("secret", b"body", f"{method}={signature}0")


def test_signature_written_by_hand() -> None:
    """RFC 2202 §3, test case 2."""
    digest = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"

    assert signature_matches("Jefe", b"what do ya want for nothing?", f"sha1={digest}")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha1",
        "sha1=",
        "=abc",
        "md5=d41d8cd98f00b204e9800998ecf8427e",
        f"sha1={'é' * 40}",
        "sha256=" + "g" * 64,
    ],
)
def test_what_is_no_signature(header: str | None) -> None:
    """J6: none at all is as bad as a wrong one."""
    assert not signature_matches("secret", b"body", header)


@given(st.text(), st.binary(), st.text())
def test_no_header_signs_by_accident(secret: str, body: bytes, header: str) -> None:
    secret = secret.encode("utf-8", "ignore").decode()

    assert not signature_matches(secret, body, header)


# Whether to rely on it


def test_polls_stay_as_they_are_until_a_push_came_first() -> None:
    """J11."""
    subscription = active()

    assert not trusted_until(subscription, NOW)
    assert not trusted_until(pushed(subscription, 0, NOW), NOW), "a document without news proves nothing"
    assert trusted_until(pushed(subscription, 1, NOW), NOW)
    assert pushed(subscription, 0, NOW).verified_push_at == NOW


def test_trust_ends_with_the_lease() -> None:
    subscription = pushed(active(), 1, NOW)

    assert trusted_until(subscription, NOW + LEASE - timedelta(seconds=1))
    assert not trusted_until(subscription, NOW + LEASE)


def test_an_entry_found_by_a_poll_first_ends_trust_at_once() -> None:
    """J11."""
    subscription = found_by_poll(pushed(active(), 1, NOW), NOW + HOUR)

    assert not trusted_until(subscription, NOW + HOUR)


def test_a_push_a_moment_after_the_poll_excuses_the_hub() -> None:
    subscription = found_by_poll(pushed(active(), 1, NOW), NOW + HOUR)

    excused = pushed(subscription, 0, NOW + HOUR + timedelta(minutes=9))

    assert trusted_until(excused, NOW + HOUR + timedelta(minutes=9))
    assert excused.misses == 0


def test_each_miss_doubles_the_proof_that_is_needed() -> None:
    """J11: a hub that pushes every second entry does not slow polls down every second day."""
    subscription, now = pushed(active(lease_until=NOW + 1000 * DAY), 1, NOW), NOW
    needed = []
    for _ in range(8):
        now += DAY
        subscription = found_by_poll(subscription, now)
        count = 0
        while not trusted_until(subscription, now):
            now += DAY
            count += 1
            subscription = pushed(subscription, 1, now)
        needed.append(count)

    assert needed == [2, 4, 8, 16, 32, 32, 32, 32]


def test_a_hub_that_has_promised_nothing_misses_nothing() -> None:
    for subscription in (wanted(), asked(wanted(), NOW), active(state=HubState.DENIED)):
        assert found_by_poll(subscription, NOW) == subscription


def test_the_first_of_several_misses_counts() -> None:
    subscription = found_by_poll(found_by_poll(active(), NOW), NOW + HOUR)

    assert subscription.missed_at == NOW


@pytest.mark.parametrize(
    ("minutes", "stretched"), [(5, 60), (60, 720), (120, 1440), (600, 1440), (1440, 1440), (2880, 2880)]
)
def test_trusted_feeds_are_polled_twelve_times_less_but_once_a_day(minutes: int, stretched: int) -> None:
    """J11: an interval that is longer already stays."""
    interval = timedelta(minutes=minutes)

    assert polling_interval(interval, NOW, NOW + LEASE) == timedelta(minutes=stretched)
    assert polling_interval(interval, NOW, None) == interval


def test_the_next_poll_comes_at_the_latest_when_the_lease_ends() -> None:
    assert polling_interval(HOUR, NOW, NOW + 5 * HOUR) == 5 * HOUR
    assert polling_interval(HOUR, NOW, NOW + HOUR / 2) == HOUR


@given(
    st.timedeltas(timedelta(seconds=1), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=30))
)
def test_pushes_never_make_polls_more_frequent(interval: timedelta, lease: timedelta) -> None:
    """J11."""
    stretched = polling_interval(interval, NOW, NOW + lease)

    assert interval <= stretched <= max(interval, DAY)


def test_a_poll_that_was_put_off_comes_at_its_own_time_again() -> None:
    stretched = polling_interval(5 * HOUR / 60, NOW, NOW + LEASE)

    assert next_poll_without_pushes(NOW, NOW + stretched) == NOW + 5 * HOUR / 60


# The request


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(AddressGuard(LOOPBACK), user_agent="Loa/1 (+x)") as session:
        yield session


@pytest.fixture
async def hub() -> AsyncIterator[LocalHub]:
    async with LocalHub() as hub:
        yield hub


async def failure(session: aiohttp.ClientSession, hub_url: str, **options: Limits) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await ask(session, wanted(hub_url=hub_url), CALLBACK, **options)
    return caught.value


async def test_the_request_is_a_form_with_all_that_a_hub_needs(
    session: aiohttp.ClientSession, hub: LocalHub
) -> None:
    """J3."""
    subscription = wanted(hub_url=hub.url, topic_url="https://bao.example/rss?a=1&b=Điện Biên")

    await ask(session, subscription, CALLBACK)

    assert hub.requests == [request_form(subscription, CALLBACK)]
    assert hub.last["hub.mode"] == "subscribe"
    assert hub.last["hub.topic"] == "https://bao.example/rss?a=1&b=Điện Biên"
    assert hub.last["hub.callback"] == CALLBACK
    assert hub.last["hub.secret"] == subscription.secret
    assert hub.last["hub.lease_seconds"] == "864000"
    assert hub.content_types == ["application/x-www-form-urlencoded"]
    assert hub.site.requests[0].headers["User-Agent"] == "Loa/1 (+x)"


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_every_success_is_one(session: aiohttp.ClientSession, hub: LocalHub, status: int) -> None:
    hub.answer = (status, {}, "")

    await ask(session, wanted(hub_url=hub.url), CALLBACK)

    assert len(hub.requests) == 1


@pytest.mark.parametrize("status", [307, 308])
async def test_a_hub_may_send_us_to_another(
    session: aiohttp.ClientSession, hub: LocalHub, status: int
) -> None:
    """J3: with the same request."""
    async with LocalHub() as first:
        first.answer = (status, {"Location": hub.url}, "")
        subscription = wanted(hub_url=first.url)

        await ask(session, subscription, CALLBACK)

    assert hub.requests == first.requests == [request_form(subscription, CALLBACK)]


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_other_redirects_are_refusals(
    session: aiohttp.ClientSession, hub: LocalHub, status: int
) -> None:
    async with LocalHub() as first:
        first.answer = (status, {"Location": hub.url}, "")

        error = await failure(session, first.url)

    assert isinstance(error, BadStatus)
    assert hub.requests == []


async def test_redirects_end(session: aiohttp.ClientSession, hub: LocalHub) -> None:
    hub.answer = (307, {"Location": "/hub"}, "")

    assert isinstance(await failure(session, hub.url), TooManyRedirects)
    assert len(hub.requests) == 6


@pytest.mark.parametrize("location", ["ftp://hub.example/", "http://u:p@hub.example/"])
async def test_redirects_to_what_is_no_hub(
    session: aiohttp.ClientSession, hub: LocalHub, location: str
) -> None:
    hub.answer = (307, {"Location": location}, "")

    assert isinstance(await failure(session, hub.url), BadAddress)


async def test_a_refusal_says_why_without_what_is_ours(session: aiohttp.ClientSession, hub: LocalHub) -> None:
    subscription = wanted(hub_url=hub.url)
    callback = f"https://loa.example/websub/{subscription.token}"
    hub.answer = (
        422,
        {"Retry-After": "60"},
        f"could not\nverify {callback} ({subscription.secret}) {'x' * 999}",
    )

    with pytest.raises(BadStatus) as caught:
        await ask(session, subscription, callback)

    assert caught.value.detail.startswith("HTTP 422: could not verify https://loa.example/websub/… (…) xxx")
    assert len(caught.value.detail) == 200
    assert (caught.value.status, caught.value.retry_after) == (422, 60.0)


async def test_a_page_in_place_of_a_reason_is_not_repeated(session: aiohttp.ClientSession) -> None:
    async with NewsSite() as site:
        site.page("/hub", "<h1>not here</h1>")
        site.status("/hub", 404, {"Content-Type": "text/html"}, "<h1>not here</h1>")

        assert (await failure(session, site.url("/hub"))).detail == "HTTP 404"


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET, Fault.NOT_HTTP])
async def test_a_broken_hub_is_unreachable(session: aiohttp.ClientSession, fault: Fault) -> None:
    async with NewsSite() as site:
        site.fault("/hub", fault)

        assert isinstance(await failure(session, site.url("/hub")), Unreachable)


async def test_a_hub_that_hangs_is_given_up(session: aiohttp.ClientSession) -> None:
    async with NewsSite() as site:
        site.fault("/hub", Fault.HANG)

        error = await failure(session, site.url("/hub"), limits=Limits(total_seconds=0.2))

    assert isinstance(error, TimedOut)


async def test_no_hub_leads_into_a_private_network(hub: LocalHub) -> None:
    """F4: not by its address, not by its name, not by a redirect."""
    names = Names({"hub.example": [["127.0.0.1"]]})
    async with open_session(AddressGuard(), user_agent="Loa/1", resolver=names) as guarded:
        for address in (hub.url, f"http://hub.example:{hub.site.port}/hub"):
            assert isinstance(await failure(guarded, address), PrivateAddress)

    async with (
        open_session(AddressGuard((ip_network("127.0.0.1/32"),)), user_agent="Loa/1") as guarded,
        NewsSite("127.0.0.2") as inside,
    ):
        hub.answer = (307, {"Location": inside.url("/hub")}, "")
        assert isinstance(await failure(guarded, hub.url), PrivateAddress)
        assert inside.requests == []


async def test_a_hub_named_without_tls_is_tried_with_it_first() -> None:
    """§8.2: most feeds still name Google's hub as http."""
    ports: list[int] = []

    class Listening(Names):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            ports.append(port)
            return await super().resolve(host, port, family)

    async with open_session(AddressGuard(), user_agent="Loa/1", resolver=Listening({})) as session:
        await failure(session, "http://hub.example/path")
        await failure(session, "http://hub.example:8080/path")
        await failure(session, "https://hub.example/path")

    assert ports == [443, 80, 8080, 443]


async def test_the_secret_is_not_led_out_of_tls(tmp_path: Path, hub: LocalHub) -> None:
    # A session that believes any certificate: the guarded one would not get as far as the redirect.
    trusting = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False))
    async with NewsSite(tls=_self_signed(tmp_path)) as secure, trusting as session:
        secure.redirect("/hub", hub.url, 307)

        error = await failure(session, secure.url("/hub"))

    assert isinstance(error, BadAddress)
    assert hub.requests == []
