"""How long an entry waits until its feed is polled: the adaptive interval against others, at equal cost.

    python -m benchmarks.rhythm [--feeds 100000] [--days 2]

The feeds are synthetic: rates lognormal (median 0.65 entries a day, σ 2: most hardly ever bring anything, a
few every minute), entries by chance, most of them in a newsroom's working hours. The adaptive interval knows
nothing at the beginning and learns from what its polls find (`feeds.rhythm`, as the poller uses it). The
others are given as many requests: one interval for all, and the two that know the true rate of every feed.
All meet the same entries.

A second table shows what the hours of the week bring once they are known: lively feeds, weeks four and five.
"""

import argparse
import math
import random
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from feeds.rhythm import MAX_INTERVAL, Rhythm, interval, observe
from feeds.schedule import SUCCESS_SPREAD

MEDIAN_PER_DAY, SIGMA = 0.65, 2.0
MIN_INTERVAL = timedelta(minutes=5)
MIN_HOURS, MAX_HOURS = MIN_INTERVAL / timedelta(hours=1), MAX_INTERVAL / timedelta(hours=1)
LIVELY_FEEDS, LIVELY_PER_DAY, LIVELY_SIGMA, LIVELY_DAYS, LEARNING_DAYS = 150, 30, 0.7, 35, 21
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
ZONE = "UTC"
SEED = 7

WORKING_DAY = (1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 6, 7, 9, 10, 9, 8, 6, 5, 4, 3, 2, 1)
"""How an office's entries fall on the hours of its day; the weekend has a third of them."""
WEEK = [share / (1 if day < 5 else 3) for day in range(7) for share in WORKING_DAY]
UP_TO = [0.0, *accumulate(hour * len(WEEK) / sum(WEEK) for hour in WEEK)]
"""Expected entries from the week's beginning to each hour, of a feed with one an hour on average."""


class Outcome:
    """What a policy cost and brought."""

    def __init__(self) -> None:
        self.requests = 0
        self.entries = 0
        self.waited_hours = 0.0

    @property
    def mean_minutes(self) -> float:
        return 60 * self.waited_hours / self.entries


def drawn() -> random.Random:
    """The same chances every time."""
    return random.Random(SEED)  # noqa: S311 - a simulation


def arrivals(chance: random.Random, per_hour: float, days: int) -> "array[float]":
    """When a feed's entries come, in hours: a Poisson process whose rate follows the week."""
    found, busy, end = array("d"), 0.0, 24.0 * days
    while True:
        busy += chance.expovariate(per_hour)
        weeks, rest = divmod(busy, UP_TO[-1])
        hour = min(bisect_right(UP_TO, rest) - 1, len(WEEK) - 1)
        at = weeks * len(WEEK) + hour + (rest - UP_TO[hour]) / (UP_TO[hour + 1] - UP_TO[hour])
        if at >= end:
            return found
        found.append(at)


def follow(
    outcome: Outcome,
    entries: Sequence[float],
    chance: random.Random,
    *,
    end: float,
    count_from: float = 0.0,
    by_hours: bool = True,
    scale: float = 1.0,
) -> None:
    """Poll one feed as the poller does, from its first document at hour 0; adds to the outcome."""
    rhythm, at, previous, taken = Rhythm(since=BEGIN), 0.0, BEGIN, 0
    while True:
        shown = rhythm if by_hours else replace(rhythm, total=0)
        wanted = interval(
            shown,
            previous,
            time_zone=ZONE,
            subscribers=1,
            min_interval=MIN_INTERVAL,
            has_validators=True,
            scale=scale,
        )
        at += wanted / HOUR * (1 + SUCCESS_SPREAD * chance.random())
        first = taken
        while taken < len(entries) and entries[taken] <= at:
            if entries[taken] >= count_from:
                outcome.entries += 1
                outcome.waited_hours += at - entries[taken]
            taken += 1
        if at >= end:
            return
        outcome.requests += at >= count_from
        now = BEGIN + at * HOUR
        rhythm = observe(rhythm, now, previous, taken - first, time_zone=ZONE)
        previous = now


def fixed(
    streams: Sequence[Sequence[float]], hours: Sequence[float], chance: random.Random, end: float
) -> Outcome:
    """Poll every feed at its own fixed interval, from a moment by chance."""
    outcome = Outcome()
    for entries, every in zip(streams, hours, strict=True):
        phase = every * chance.random()
        outcome.requests += math.floor((end - phase) / every) + 1 if phase < end else 0
        outcome.entries += len(entries)
        outcome.waited_hours += sum((phase - at) % every for at in entries)
    return outcome


def at_budget(wanted: Callable[[float], float], rates: Sequence[float], requests: float) -> list[float]:
    """The intervals c × wanted(rate), within the bounds, that cost so many requests an hour."""

    def bounded(factor: float) -> list[float]:
        return [min(MAX_HOURS, max(MIN_HOURS, factor * each)) for each in shapes]

    shapes = [wanted(rate) for rate in rates]
    low, high = 1e-6, 1e6
    for _ in range(24):
        middle = math.sqrt(low * high)
        dear = sum(1 / every for every in bounded(middle)) > requests
        low, high = (middle, high) if dear else (low, middle)
    return bounded(high)


def compare_policies(feeds: int, days: int) -> None:
    """Print the first table."""
    chance, end = drawn(), 24.0 * days
    rates = [chance.lognormvariate(math.log(MEDIAN_PER_DAY / 24), SIGMA) for _ in range(feeds)]
    streams = [arrivals(chance, rate, days) for rate in rates]
    adaptive = Outcome()
    for entries in streams:
        follow(adaptive, entries, chance, end=end)
    budget = adaptive.requests / end
    uniform = fixed(streams, [feeds / budget] * feeds, chance, end)
    inverse = fixed(streams, at_budget(lambda rate: 1 / rate, rates, budget), chance, end)
    root = fixed(streams, at_budget(lambda rate: rate**-0.5, rates, budget), chance, end)
    print(f"{feeds:,} feeds, {adaptive.entries:,} entries in {days} days")
    print_table(
        {
            "uniform": uniform,
            "1/rate, rates known": inverse,
            "1/√rate, rates known": root,
            "adaptive, learning": adaptive,
        },
        end,
        "(wanted: 30 % below uniform)",
    )


def compare_hours() -> None:
    """Print the second table."""
    chance, end = drawn(), 24.0 * LIVELY_DAYS
    rates = [chance.lognormvariate(math.log(LIVELY_PER_DAY / 24), LIVELY_SIGMA) for _ in range(LIVELY_FEEDS)]
    streams = [arrivals(chance, rate, LIVELY_DAYS) for rate in rates]

    def run(*, by_hours: bool, scale: float = 1.0) -> Outcome:
        outcome, spread = Outcome(), drawn()
        for entries in streams:
            follow(
                outcome,
                entries,
                spread,
                end=end,
                count_from=24.0 * LEARNING_DAYS,
                by_hours=by_hours,
                scale=scale,
            )
        return outcome

    known = run(by_hours=True)
    unknown = run(by_hours=False, scale=run(by_hours=False).requests / known.requests)
    print(f"\n{LIVELY_FEEDS} lively feeds, {known.entries:,} entries in {LIVELY_DAYS - LEARNING_DAYS} days")
    print_table({"all hours alike": unknown, "hours learned": known}, end - 24.0 * LEARNING_DAYS)


def print_table(outcomes: dict[str, Outcome], hours: float, remark: str = "") -> None:
    """Print a line for each policy, beside the first."""
    first = next(iter(outcomes.values()))
    print(f"  {'':22}{'requests':>12}{'a second':>10}{'mean wait':>12}{'beside the first':>18}")
    for name, outcome in outcomes.items():
        change = outcome.mean_minutes / first.mean_minutes - 1
        print(
            f"  {name:22}{outcome.requests:>12,}{outcome.requests / hours / 3600:>10.2f}"
            f"{outcome.mean_minutes:>8.1f} min{change:>+17.0%}"
        )
    if remark:
        print(f"  {remark}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--feeds", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=2)
    arguments = parser.parse_args()
    began = time.perf_counter()
    compare_policies(arguments.feeds, arguments.days)
    compare_hours()
    print(f"\n{time.perf_counter() - began:.0f} s (wanted: < 60)")


if __name__ == "__main__":
    main()
