"""Categories of a list of feeds and topics of the configuration: which means which."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.i18n import titled
from feeds.opml import OpmlFeed
from feeds.text import fold
from storage.types import Topic


def topic_names(topics: Sequence[Topic]) -> dict[str, str]:
    """What a topic may be called, folded → its id. A title that two topics have means neither."""
    titles = {(fold(title), topic.id) for topic in topics for title in topic.titles.values()}
    owners = Counter(title for title, _ in titles)
    names = {title: topic_id for title, topic_id in titles if owners[title] == 1}
    return names | {topic.id: topic.id for topic in topics}


def topics_of(feed: OpmlFeed, names: Mapping[str, str]) -> tuple[str, ...]:
    """The topics its categories name, on whatever level."""
    folded = (fold(name) for path in feed.categories for name in path)
    return tuple(dict.fromkeys(names[name] for name in folded if name in names))


def unmatched(feeds: Sequence[OpmlFeed], names: Mapping[str, str]) -> list[str]:
    """The categories without a topic, as `Asia / Việt Nam`, in their order."""
    paths = dict.fromkeys(path for feed in feeds for path in feed.categories)
    return [" / ".join(path) for path in paths if not any(fold(name) in names for name in path)]


def category_names(topics: Sequence[Topic], language: str) -> dict[str, str]:
    """Topic id → its title, where an import would find the topic by it again; the others go by their id."""
    names = topic_names(topics)
    titles = {topic.id: titled(topic.titles, language) for topic in topics}
    return {
        topic_id: title
        for topic_id, title in titles.items()
        if names.get(fold(title)) == topic_id and not set(title) & set("/,")
    }
