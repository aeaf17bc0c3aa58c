"""Telling that it is us who are offline, and not half the world's news sites (POLLING D10).

When the network here is gone every feed fails. Counting that against the feeds would back them all off and in
the end suspend them; so then nothing is counted, and polling pauses.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(seconds=60)
LEAST_SITES: Final = 10
"""Of fewer, half may well be down at once."""
PAUSE: Final = timedelta(seconds=60)
"""Short enough to be back when the network is; one minute is what a router takes to restart."""

NETWORK_ERRORS: Final = frozenset({"unreachable", "timed_out"})
"""Keys of `feeds.errors`. Who answers at all, with whatever status, proves that we are online."""


@dataclass(slots=True)
class Outage:
    """The last outcome of each site within a minute."""

    _last: dict[str, tuple[datetime, bool]] = field(default_factory=dict)

    def note(self, site: str, error_key: str | None, now: datetime) -> None:
        """Remember how a poll of a site at `now` ended; `error_key` is None for a success."""
        self._last.pop(site, None)  # so that the oldest stand first
        self._last[site] = (now, error_key in NETWORK_ERRORS)
        while now - next(iter(self._last.values()))[0] > WINDOW:
            del self._last[next(iter(self._last))]

    @property
    def offline(self) -> bool:
        """Whether more than half of at least ten sites could not be reached."""
        failed = sum(unreached for _, unreached in self._last.values())
        return len(self._last) >= LEAST_SITES and failed * 2 > len(self._last)

    def forget(self) -> None:
        """Begin again: what was seen before a pause says nothing about the time after it."""
        self._last.clear()
