"""A small invented province with four newsrooms, to try Loa on without a network.

`Newsroom` is a real web site on 127.0.0.1 with an RSS 2.0, an RDF, an Atom and a JSON feed, article pages
and pictures. Twelve articles are out when it opens; when all four feeds have been read once, it publishes the
other eighteen one after another and corrects one of them, then it only keeps serving. To run Loa on it::

    async with Newsroom(clock, interval_seconds=10.0) as newsroom:
        for feed in newsroom.feeds:      # DemoFeed: url, title, topics, time_zone, full_text
            ...                          # becomes one entry of `feeds:` in the configuration
        for topic in TOPICS:             # storage.types.Topic: id, titles, query
            ...                          # becomes one entry of `topics:`

The poller needs `allow_networks: [127.0.0.0/8]` and a minimum interval of about a second, or pushes come
late. The places, people and figures are invented. `articles/` holds the texts, one file each (`articles.py`
says how they are written), `plan` when each is published, `formats` the feeds and `pages` the HTML.
"""

from bot.demo.newsroom import DemoFeed, Newsroom
from bot.demo.topics import TOPICS

__all__ = ["TOPICS", "DemoFeed", "Newsroom"]
