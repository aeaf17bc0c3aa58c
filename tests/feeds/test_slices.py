"""Feed documents cut into their entries without being parsed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.slices import FRAME_MAX_CHARACTERS, SEAM, Cut, cut_xml


def cut(text: str) -> Cut:
    pieces = cut_xml(text)
    assert pieces is not None
    return pieces


def test_rss_is_cut_into_head_frame_and_items() -> None:
    text = (
        '<rss version="2.0"><channel><title>Báo</title>'
        "<item><title>một</title></item>\n<item><title>hai</title></item>"
        "</channel></rss>"
    )
    pieces = cut(text)
    assert pieces.slices == ("<item><title>một</title></item>", "<item><title>hai</title></item>")
    assert pieces.frame == ('<rss version="2.0">', "<channel>")
    assert pieces.head == f'<rss version="2.0"><channel><title>Báo</title>{SEAM}</channel></rss>'
    assert pieces.alone(1) == ('<rss version="2.0"><channel><item><title>hai</title></item></channel></rss>')


def test_atom_entries_keep_their_attributes_and_the_feeds() -> None:
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/">'
        '<link href="/"/><entry xml:lang="vi"><id>1</id></entry></feed>'
    )
    pieces = cut(text)
    assert pieces.slices == ('<entry xml:lang="vi"><id>1</id></entry>',)
    assert pieces.frame == ('<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/">',)


def test_rdf_items_stand_outside_of_the_channel() -> None:
    text = '<rdf:RDF xmlns="x"><channel><title>t</title></channel><item rdf:about="a"/><item/></rdf:RDF>'
    pieces = cut(text)
    assert pieces.slices == ('<item rdf:about="a"/>', "<item/>")
    assert pieces.frame == ('<rdf:RDF xmlns="x">',)
    assert pieces.alone(0) == '<rdf:RDF xmlns="x"><item rdf:about="a"/></rdf:RDF>'


def test_prefixed_names_and_any_case_are_entries() -> None:
    pieces = cut("<a:feed><a:entry>1</a:entry><a:entry>2</a:entry></a:feed>")
    assert pieces.slices == ("<a:entry>1</a:entry>", "<a:entry>2</a:entry>")
    assert cut("<RSS><Item>1</Item></RSS>").slices == ("<Item>1</Item>",)


@pytest.mark.parametrize(
    "section", ["<![CDATA[ </item><item> ]]>", "<!-- </item><item> -->", "<?php </item><item> ?>"]
)
def test_tags_within_sections_are_text(section: str) -> None:
    item = f"<item><description>{section}</description></item>"
    assert cut(f"<rss>{section}{item}{section}{item}</rss>").slices == (item, item)


def test_other_elements_between_entries_stay_in_the_head() -> None:
    pieces = cut("<rss><item>1</item><ad>x</ad><item>2</item> <item>3</item><title>t</title></rss>")
    assert pieces.head == f"<rss>{SEAM}<ad>x</ad>{SEAM}<title>t</title></rss>"
    assert pieces.slices == ("<item>1</item>", "<item>2</item>", "<item>3</item>")


def test_elements_named_like_entries_are_not_taken_for_some() -> None:
    assert cut("<rss><items><itemref/></items><entries/><item>1</item></rss>").slices == ("<item>1</item>",)


def test_labels_and_lists_of_entries_are_left_out_of_the_head() -> None:
    labels = "<category term='một'/><category term=\"hai\" scheme='x'></category><category>ba</category>"
    text = f"<feed>{labels}<title><![CDATA[<category/>]]></title><category term='a&amp;b'/><entry/></feed>"
    assert cut(text).head == (
        f"<feed><title><![CDATA[<category/>]]></title><category term='a&amp;b'/>{SEAM}</feed>"
    )


def test_feed_without_entries_is_all_head() -> None:
    pieces = cut("<rss><channel><title>t</title></channel></rss>")
    assert pieces == Cut("<rss><channel><title>t</title></channel></rss>", (), ())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<rss><item><item>1</item></item></rss>", "an entry in another"),
        ("<rss><item>1</item></item></rss>", "an end too many"),
        ("<rss><item>1</rss>", "no end"),
        ("<rss><item>1</entry></rss>", "another end"),
        ("<rss><item>1</Item></rss>", "another end, to XML"),
        ("<rss><item>1</item", "a tag that breaks off"),
        ("<rss><item><![CDATA[ 1</item></rss>", "a section that never ends"),
        ("<rss><channel><item>1</item></channel><item>2</item></rss>", "different places"),
        ("<rss><channel><item>1</item></rss>", "an element that never ends"),
        ("<rss><p><item>1</item></q></rss>", "tags that do not match"),
        ("<entry>1</entry>", "nothing around it"),
        ("<a><b><c><d><item>1</item></d></c></b></a>", "deeper than any format"),
        (f'<rss x="{"a" * FRAME_MAX_CHARACTERS}"><item>1</item></rss>', "much too long around it"),
    ],
)
def test_odd_documents_are_not_cut(text: str, why: str) -> None:
    assert cut_xml(text) is None, why


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<slash:comments>4</slash:comments>", "<slash:comments>17</slash:comments>"),
        ("<thr:total>1</thr:total>", "<thr:total>2</thr:total>"),
        ('<media:statistics views="1"/>', '<media:statistics views="2"/>'),
        (
            '<media:starRating count="1" average="5.00"/>',
            '<media:starRating count="2" average="4.50"/>',
        ),
        (
            '<link rel="replies" thr:count="1" thr:updated="2026-10-05"/>',
            '<link rel="replies" thr:count=\'2\' thr:updated="2026-10-06"/>',
        ),
    ],
)
def test_counters_are_not_part_of_the_steady_text(before: str, after: str) -> None:
    texts = [
        cut(f"<rss><item><title>một</title>{counter}</item></rss>").steady(0) for counter in (before, after)
    ]
    assert texts[0] == texts[1]
    assert "<title>một</title>" in texts[0]


def test_numbers_elsewhere_are_part_of_the_steady_text() -> None:
    first, second = (cut(f"<rss><item><title>{n} bình luận</title></item></rss>").steady(0) for n in (1, 2))
    assert first != second


PIECES = st.sampled_from(
    [
        *("<item>", "</item>", "<item/>", "<entry a='>'>", "</entry>", "<x:item >", "</x:item >", "<rss>"),
        *(
            "</rss>",
            "<channel>",
            "</channel>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?",
            "?>",
            "<p",
            "/>",
            ">",
        ),
        *("chữ", " ", "<title>t</title>", "<category/>", "thr:count='"),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_cut_into_its_own_pieces_or_not_at_all(text: str) -> None:
    pieces = cut_xml(text)
    if pieces is None:
        return
    # every slice stands in the text, in order, and in the head only blanks, labels and seams differ
    position = 0
    left = []
    for piece in pieces.slices:
        begin = text.index(piece, position)
        left.append(text[position:begin])
        position = begin + len(piece)
    left.append(text[position:])
    bare = re.compile(r"<!---->|<category/>|\s")
    assert bare.sub("", pieces.head) == bare.sub("", "".join(left))


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("<rss>" + "<!-- " * 200_000 + "</rss>", None),
        ("<rss>" + "<?<!--?>" * 200_000 + "</rss>", 0),
        ("<rss>" + "<a>" * 200_000 + "<item/>" * 50_000 + "</rss>", None),
        ("<rss>" + "<item " * 200_000 + "></rss>", None),
        ("<rss><item>" + "media:statistics " * 200_000 + "</item></rss>", 1),
        ("<rss>" + "<category " * 200_000 + "<item/></rss>", 1),
        ("<rss>" + "<category" + " " * 1_000_000 + "<item/></rss>", 1),
        ("<rss>" + "<item/>" * 200_000 + "</rss>", 200_000),
    ],
    ids=lambda value: str(value)[5:25],
)
def test_hostile_text_is_stepped_through_once(text: str, entries: int | None) -> None:
    # given megabytes over which a careless pattern would sit for hours
    pieces = cut_xml(text)
    assert (None if pieces is None else len(pieces.slices)) == entries
    if pieces:
        assert all(pieces.steady(at) for at in range(len(pieces.slices)))
