"""What may stand in the configuration only once."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.config.document import KeyPath
from bot.i18n import N_


def repeated(values: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str, str, dict[str, str]]]:
    """Feeds with the address of an earlier one, topics with its id: `(path, sentence, hint, values)`.

    Works on values nobody has checked yet, so that these mistakes are reported together with the others.
    """
    for path, value in _again(values, "feeds", "url"):
        yield path, N_("“{value}” is already among the feeds."), N_("Keep one of them."), {"value": value}
    for path, value in _again(values, "topics", "id"):
        yield path, N_("“{value}” is already the id of a topic."), N_("Choose another id."), {"value": value}


def _again(values: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[KeyPath, str]]:
    items = values.get(section)
    met: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else []):
        value = item.get(key) if isinstance(item, Mapping) else None
        if not isinstance(value, str):
            continue
        if value.strip() in met:
            yield (section, index, key), value.strip()
        met.add(value.strip())
