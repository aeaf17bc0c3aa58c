"""The thirty texts."""

import unicodedata
from collections import Counter

import pytest

from bot.demo.articles import Archive, load_articles, read_manuscript
from bot.demo.plan import ALREADY_OUT, TO_COME
from bot.demo.publishers import PUBLISHERS, FeedFormat

LANGUAGES = {each.id: each.language for each in PUBLISHERS}


@pytest.fixture(scope="module")
def archive() -> Archive:
    return load_articles()


def test_thirty_articles_in_two_languages_and_four_formats(archive: Archive) -> None:
    assert len(archive) == 30
    languages = Counter(LANGUAGES[versions[0].publisher] for versions in archive.values())
    assert languages == {"vi": 22, "en": 8}
    assert {each.format for each in PUBLISHERS} == set(FeedFormat)
    # and every newsroom has some to publish while one watches
    assert {archive[slug][0].publisher for slug in TO_COME} == set(LANGUAGES)
    assert {archive[slug][0].publisher for slug, _ in ALREADY_OUT} == set(LANGUAGES)


def test_every_article_is_in_the_timetable_once(archive: Archive) -> None:
    planned = [slug for slug, _ in ALREADY_OUT] + list(TO_COME)
    assert sorted(planned) == sorted(archive)
    assert len(ALREADY_OUT) == 12


def test_texts_are_whole_and_clean(archive: Archive) -> None:
    for versions in archive.values():
        for text in versions:
            everything = "\n".join((text.title, text.lead, text.section, text.author, *text.paragraphs))
            assert everything == unicodedata.normalize("NFC", everything), text.slug
            assert not {"Cc", "Cf", "Co"} & {
                unicodedata.category(each) for each in everything.replace("\n", "")
            }
            for placeholder in ("lorem", "ipsum", "TODO", "TBD", "XXX", "$", "{", "}", "<", ">", "  "):
                assert placeholder not in everything, (text.slug, placeholder)
            assert '"' not in everything, (text.slug, "straight quotation marks")
            assert 4 <= len(text.paragraphs) <= 7, text.slug
            assert len(text.lead.split()) >= 15, text.slug
            assert all(len(each.split()) >= 8 for each in text.paragraphs), text.slug
            assert all(each[-1] in ".!?”" for each in (text.lead, *text.paragraphs)), text.slug


def test_same_story_is_told_by_different_newsrooms_in_different_words(archive: Archive) -> None:
    stories: dict[str, list[str]] = {}
    for slug, versions in archive.items():
        if versions[0].event:
            stories.setdefault(versions[0].event, []).append(slug)
    assert {event: len(slugs) for event, slugs in stories.items()} == {
        "cau-nam-sen": 3,
        "ret-dam": 3,
        "lua-mua": 2,
        "tiem-soi": 2,
        "gia-ca-phe": 2,
        "cup-hoa-ban": 2,
    }
    for slugs in stories.values():
        texts = [archive[slug][0] for slug in slugs]
        assert len({each.publisher for each in texts}) == len(texts)
        paragraphs = [paragraph for each in texts for paragraph in (each.title, each.lead, *each.paragraphs)]
        assert len(set(paragraphs)) == len(paragraphs)


def test_three_articles_speak_of_dan_van(archive: Archive) -> None:
    found = {
        slug
        for slug, versions in archive.items()
        if "dân vận" in (versions[0].title + versions[0].lead).lower()
    }
    assert found == {"dan-van-kheo-na-khoang", "hien-dat-mo-truong", "trong-hai-nghin-cay-ban"}


def test_the_correction_mends_a_wrong_figure_and_says_so(archive: Archive) -> None:
    corrected = {slug: versions for slug, versions in archive.items() if len(versions) > 1}
    assert corrected.keys() == {"cau-nam-sen-thong-xe"}
    wrong, right = corrected["cau-nam-sen-thong-xe"]
    assert "dài 86 m" in wrong.lead
    assert "dài 68 m" in right.lead
    assert right.paragraphs[-1].startswith("Đính chính:")
    assert right.paragraphs[:-1] == wrong.paragraphs


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Một dòng.", "between two lines of ---"),
        ("---\ntitle: A\n", "between two lines of ---"),
        ("---\ntitle\n---\n", "not a `key: value` line: 'title'"),
        ("---\ntitle: A\ncolour: red\n---\n", "unknown colour"),
        ("---\ntitle: A\n---\n", "missing 4 required keyword-only|missing .* 'publisher'"),
    ],
)
def test_a_broken_file_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"tin-a: .*({complaint})"):
        read_manuscript("tin-a", text)


def test_a_file_is_read() -> None:
    head = "publisher: p\nsection: s\ntitle: Chợ: ngày họp\nlead: l\nauthor: a\npicture: no\n"
    read = read_manuscript("tin-a", f"---\n{head}---\n\nMột\nhai.\n\nBa.\n")
    assert (read.title, read.paragraphs, read.picture) == ("Chợ: ngày họp", ("Một hai.", "Ba."), False)
