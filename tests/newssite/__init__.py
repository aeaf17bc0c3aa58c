"""A news site on loopback: real HTTP, routes registered while it runs, every request remembered.

    async with NewsSite() as site:
        site.feed("/rss", RSS, etag='"v1"')
        site.page("/article-1.html", "<h1>…</h1>")
        site.fault("/slow", Fault.SLOW_DRIP)
        …                                       # the product fetches site.url("/rss")
        assert site.requests_to("/rss")[-1].headers["If-None-Match"] == '"v1"'

Registering a path again replaces its answer, so a test publishes by calling `feed` twice. A path
without a route answers 404. The site listens on one loopback address; a second "host" is a second
site on `127.0.0.2`. Clients need `allow_networks` to contain `127.0.0.0/8`.
"""

from tests.newssite.faults import Fault
from tests.newssite.site import NewsSite, SeenRequest

__all__ = ["Fault", "NewsSite", "SeenRequest"]
