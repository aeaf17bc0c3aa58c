"""A feed that is a page: its rule in the configuration (POLLING K5)."""

from pathlib import Path

import pytest

from bot.config import Config, ConfigError, load_config
from bot.i18n import translator
from feeds.types import PageRule

FEED = "feeds:\n  - url: https://xa.example/tin-tuc\n"


def load(tmp_path: Path, page: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(FEED + page, encoding="utf-8")
    return load_config(path, {})


def problems(tmp_path: Path, page: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, page)
    prefix = f"{tmp_path / 'config.yaml'}:"
    return [each.text(translator("en")).removeprefix(prefix) for each in error.value.problems]


def test_a_rule_is_read(tmp_path: Path) -> None:
    page = (
        "    page:\n      item: div.list > article\n      link: h3 a\n      title: h3 a@title\n"
        "      date: time\n"
    )

    (feed,) = load(tmp_path, page).feeds

    assert feed.page is not None
    assert feed.page.rule == PageRule("div.list > article", "h3 a", "h3 a@title", "time")


@pytest.mark.parametrize("page", ["", "    page:\n", "    page: null\n"])
def test_a_feed_needs_no_rule(tmp_path: Path, page: str) -> None:
    assert load(tmp_path, page).feeds[0].page is None


def test_every_wrong_selector_is_named_with_its_line(tmp_path: Path) -> None:
    page = (
        "    page:\n      item: article@id\n      link: h3 a[\n      title: h3\n      date: time::attr(x)\n"
    )

    assert problems(tmp_path, page) == [
        "4: feeds[0].page.item: “article@id” is not a CSS selector. Write it as in a style sheet, "
        "for example: div.news-list article",
        "5: feeds[0].page.link: “h3 a[” is not a CSS selector. Write it as in a style sheet, "
        "with @attribute behind it if need be: h3 a, span.time@data-time",
        "7: feeds[0].page.date: “time::attr(x)” is not a CSS selector. Write it as in a style sheet, "
        "with @attribute behind it if need be: h3 a, span.time@data-time",
    ]


def test_a_missing_key_and_an_unknown_one_are_named(tmp_path: Path) -> None:
    page = "    page:\n      item: article\n      link: a\n      titel: h3\n"

    assert problems(tmp_path, page) == [
        "3: feeds[0].page.title: This key is missing. See config.example.yaml for how it looks.",
        "6: feeds[0].page.titel: There is no such key. Did you mean title?",
    ]


def test_a_rule_is_keys_and_values(tmp_path: Path) -> None:
    assert problems(tmp_path, "    page: article\n") == [
        "3: feeds[0].page: Keys and values are expected here. Write them indented below, as “key: value”."
    ]
