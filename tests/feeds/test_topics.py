"""Topics by rule."""

import pickle
from datetime import UTC, datetime

import pytest

from feeds.query import Document
from feeds.topics import TopicRuleError, Topics, broken_rules, topics_of
from feeds.types import TopicRule

RULES = [
    TopicRule("dan-van", '"dân vận" OR "vận động quần chúng"'),
    TopicRule("thoi-tiet", "bão OR lũ OR (mưa lớn -nhân)"),
    TopicRule("dien-bien", 'source:"điện biên"'),
    TopicRule("dan-van-dien-bien", 'topic:dan-van source:"điện biên"'),
]

HELD_IN_DIEN_BIEN = Document.of(
    "Đẩy mạnh công tác dân vận khéo", "", "", source="Báo Điện Biên Phủ", topics=["dan-van"]
)


def test_an_article_belongs_to_every_topic_whose_rule_it_meets() -> None:
    assert topics_of(HELD_IN_DIEN_BIEN, RULES) == ("dan-van", "dien-bien", "dan-van-dien-bien")


def test_an_article_may_belong_to_none() -> None:
    assert topics_of(Document.of("Trăng tròn", "", ""), RULES) == ()


def test_excluded_words_keep_an_article_out() -> None:
    assert topics_of(Document.of("Mưa lớn ở Mường Nhé", "", ""), RULES) == ("thoi-tiet",)
    assert topics_of(Document.of("Mưa lớn quà tặng nhân dịp Tết", "", ""), RULES) == ()


def test_a_time_in_a_rule_is_asked_at_publication() -> None:
    rule = TopicRule("moi", "khéo since:2020-01-01")
    at = datetime(2020, 1, 9, tzinfo=UTC)
    assert topics_of(Document.of("Khéo", "", "", at=at), [rule]) == ("moi",)
    assert topics_of(Document.of("Khéo", "", "", at=at.replace(year=2019)), [rule]) == ()


def test_rules_made_ready_are_equal_by_value() -> None:
    assert Topics.of(RULES) == Topics.of(list(RULES))
    assert hash(Topics.of(RULES)) == hash(Topics.of(RULES))


def test_a_broken_rule_is_named_when_it_is_read() -> None:
    with pytest.raises(TopicRuleError, match="topic hong: query_only_excludes") as caught:
        Topics.of([*RULES, TopicRule("hong", "-x")])
    assert (caught.value.topic, caught.value.cause.key) == ("hong", "query_only_excludes")
    assert pickle.loads(pickle.dumps(caught.value)).topic == "hong"  # noqa: S301 - our own bytes


def test_all_broken_rules_are_named_at_once() -> None:
    rules = [TopicRule("a", ""), RULES[0], TopicRule("b", "x since:soon")]
    assert [(each.topic, each.cause.key) for each in broken_rules(rules)] == [
        ("a", "query_empty"),
        ("b", "query_bad_date"),
    ]
