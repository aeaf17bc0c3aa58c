"""“We are offline”: told apart from feeds that fail (POLLING D10)."""

from datetime import datetime, timedelta

from feeds.outage import Outage

SECOND = timedelta(seconds=1)


def after(now: datetime, *outcomes: str | None, gap: timedelta = SECOND) -> Outage:
    """The outcomes of as many sites, one after the other."""
    outage = Outage()
    for number, error in enumerate(outcomes):
        outage.note(f"{number}.vn", error, now + number * gap)
    return outage


def test_six_of_ten_sites_unreachable_within_a_minute_means_offline(now: datetime) -> None:
    assert after(now, *["unreachable", "timed_out"] * 3, *[None] * 4).offline


def test_half_of_them_does_not(now: datetime) -> None:
    assert not after(now, *["unreachable"] * 5, *[None] * 5).offline


def test_nine_sites_are_too_few(now: datetime) -> None:
    assert not after(now, *["unreachable"] * 9).offline


def test_ten_feeds_of_one_site_are_one_site(now: datetime) -> None:
    outage = Outage()
    for number in range(50):
        outage.note("bao.vn", "unreachable", now + number * SECOND)
    assert not outage.offline


def test_answers_with_an_error_prove_that_we_are_online(now: datetime) -> None:
    assert not after(now, *["bad_status", "not_a_feed"] * 10).offline


def test_what_is_older_than_a_minute_does_not_count(now: datetime) -> None:
    assert not after(now, *["unreachable"] * 20, gap=10 * SECOND).offline


def test_success_of_a_site_replaces_its_failure(now: datetime) -> None:
    outage = after(now, *["unreachable"] * 10)
    assert outage.offline
    for number in range(5):
        outage.note(f"{number}.vn", None, now + 20 * SECOND)
    assert not outage.offline


def test_pause_begins_a_new_count(now: datetime) -> None:
    outage = after(now, *["unreachable"] * 20)
    outage.forget()
    outage.note("a.vn", "unreachable", now + 21 * SECOND)
    assert not outage.offline
