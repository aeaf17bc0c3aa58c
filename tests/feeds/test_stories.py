"""Same-story clustering, on small stories of our own and on a hand-made collection."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.rarity import Rarity
from feeds.stories import StoryIndex, StoryText

SHARED = Path(__file__).parents[3] / "shared" / "data"
STORIES = SHARED / "stories" / "vi-stories-1-70.json"

NOON = datetime(2020, 1, 9, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

BRIDGE = StoryText(
    "Khánh thành cầu treo Nậm Mức",
    "Sáng 9/1, cầu treo Nậm Mức dài 86 m nối hai bờ sông được khánh thành.",
    "Cầu treo do bà con bản Huổi Cáy góp công. Từ nay học sinh Huổi Cáy không phải đi bè qua sông Nậm Mức.",
)
BRIDGE_ELSEWHERE = StoryText(
    "Học sinh Huổi Cáy hết cảnh đi bè qua sông",
    "Cầu treo Nậm Mức vừa được khánh thành, học sinh bản Huổi Cáy không còn phải đi bè.",
    "Cây cầu treo dài 86 m nối hai bờ sông Nậm Mức do bà con góp công xây trong một năm.",
)
FOOTBALL = StoryText(
    "Đội tuyển nữ thắng đậm trận mở màn",
    "Tối qua, đội tuyển nữ thắng 5-0 trên sân nhà ở trận đầu vòng loại.",
    "Tiền đạo ghi ba bàn trong hiệp một, thủ môn gần như không phải làm việc.",
)


def test_the_first_article_opens_a_story() -> None:
    assert StoryIndex(Rarity.of_language()).assign(1, BRIDGE, NOON, "A") is None


def test_another_outlets_article_joins_the_story_and_confirms_it() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    assert index.assign(2, FOOTBALL, NOON, "A") is None
    assert index.assign(3, BRIDGE_ELSEWHERE, NOON + HOUR, "B") == 1
    assert index.sources(1) == {"A", "B"}


def test_accents_do_not_part_a_story() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    plain = StoryText(
        "KHANH THANH CAU TREO NAM MUC", "Cau treo Nam Muc dai 86 m noi hai bo song duoc khanh thanh."
    )
    assert index.assign(2, plain, NOON, "B") == 1


def test_one_outlets_second_article_confirms_nothing() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    assert index.assign(2, BRIDGE_ELSEWHERE, NOON, "A") == 1
    assert index.sources(1) == {"A"}


def test_the_same_words_after_the_window_are_a_new_story() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    assert index.assign(2, BRIDGE_ELSEWHERE, NOON + 73 * HOUR, "B") is None
    assert index.assign(3, BRIDGE, NOON + 74 * HOUR, "C") == 2


def test_an_article_that_came_late_joins_the_story_of_its_time() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    index.assign(2, BRIDGE_ELSEWHERE, NOON + 100 * HOUR, "B")
    assert index.assign(3, BRIDGE_ELSEWHERE, NOON + HOUR, "C") == 1


def test_assigning_twice_changes_nothing() -> None:
    index = StoryIndex(Rarity.of_language())
    assert index.assign(1, BRIDGE, NOON, "A") is None
    assert index.assign(2, BRIDGE_ELSEWHERE, NOON, "B") == 1
    assert index.assign(1, BRIDGE, NOON, "A") is None
    assert index.assign(2, BRIDGE_ELSEWHERE, NOON, "B") == 1
    assert len(index) == 2


def test_restored_articles_are_found_again() -> None:
    index = StoryIndex(Rarity.of_language())
    index.restore(7, 7, BRIDGE, NOON, "A")
    index.restore(9, 7, BRIDGE_ELSEWHERE, NOON, "B")
    assert index.assign(11, BRIDGE, NOON + HOUR, "C") == 7
    assert index.sources(7) == {"A", "B", "C"}


def test_forgotten_articles_are_gone() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    index.assign(2, FOOTBALL, NOON + HOUR, "A")
    index.forget(NOON + HOUR)
    assert len(index) == 1
    assert index.sources(1) == frozenset()
    assert index.assign(3, BRIDGE_ELSEWHERE, NOON + HOUR, "B") is None


def test_a_story_outlives_the_article_that_opened_it() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "A")
    index.assign(2, BRIDGE_ELSEWHERE, NOON + 2 * HOUR, "B")
    index.forget(NOON + HOUR)
    assert index.assign(3, BRIDGE, NOON + 3 * HOUR, "C") == 1


def test_texts_without_words_are_stories_of_their_own() -> None:
    index = StoryIndex(Rarity.of_language())
    assert index.assign(1, StoryText("…"), NOON, "A") is None
    assert index.assign(2, StoryText("…"), NOON, "B") is None


def test_a_story_of_many_articles_still_takes_more() -> None:
    index = StoryIndex(Rarity.of_language())
    index.assign(1, BRIDGE, NOON, "0")
    assert {index.assign(number, BRIDGE_ELSEWHERE, NOON, str(number)) for number in range(2, 400)} == {1}
    assert len(index.sources(1)) == 399


def _b_cubed(gold: Mapping[int, str], found: Mapping[int, int]) -> tuple[float, float, float]:
    """Precision, recall and F of a clustering, averaged over articles (Bagga & Baldwin 1998)."""
    together_gold: dict[str, set[int]] = defaultdict(set)
    together_found: dict[int, set[int]] = defaultdict(set)
    for article, story in gold.items():
        together_gold[story].add(article)
        together_found[found[article]].add(article)
    common = {each: len(together_gold[gold[each]] & together_found[found[each]]) for each in gold}
    precision = sum(common[each] / len(together_found[found[each]]) for each in gold) / len(gold)
    recall = sum(common[each] / len(together_gold[gold[each]]) for each in gold) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def test_b_cubed_of_known_clusterings() -> None:
    gold = {1: "a", 2: "a", 3: "b"}
    assert _b_cubed(gold, {1: 1, 2: 1, 3: 3}) == (1.0, 1.0, 1.0)
    assert _b_cubed(gold, {1: 1, 2: 1, 3: 1}) == pytest.approx((5 / 9, 1.0, 5 / 7))
    assert _b_cubed(gold, {1: 1, 2: 2, 3: 3}) == pytest.approx((1.0, 2 / 3, 4 / 5))


@pytest.mark.skipif(
    not STORIES.exists(), reason="the collection of hand-made stories is not here (shared data)"
)
def test_seventy_real_stories_are_found() -> None:
    # Given nothing but the language
    index = StoryIndex(Rarity.of_language())
    # When 225 articles come in the order they were published
    gold: dict[int, str] = {}
    found: dict[int, int] = {}
    for number, each in enumerate(
        sorted(json.loads(STORIES.read_text()), key=lambda each: each["time_iso"]), 1
    ):
        text = StoryText(each["title"], each["summary"], each["body"])
        at = datetime.fromisoformat(each["time_iso"]).replace(tzinfo=UTC)
        gold[number] = each["cluster"]
        found[number] = index.assign(number, text, at, each["outlet"]) or number
    # Then they fall into the stories people made of them.
    precision, recall, f = _b_cubed(gold, found)
    print(f"B³ precision {precision:.3f}, recall {recall:.3f}, F {f:.3f}")
    assert f >= 0.92
