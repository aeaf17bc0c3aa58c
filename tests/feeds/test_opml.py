"""Lists of feeds, read and written: well-formed, broken in every way met so far, and hostile."""

import contextlib
import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.encoding import remove_controls
from feeds.opml import (
    MAX_BYTES,
    MAX_CATEGORIES,
    MAX_DEPTH,
    LeftOut,
    NotOpml,
    OpmlError,
    OpmlFeed,
    OpmlTooLarge,
    Outline,
    Reason,
    read_opml,
)
from feeds.opmlwriting import write_opml
from feeds.outlines import MAX_OUTLINES
from feeds.text import one_line
from feeds.urls import checked_url

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "opml"
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def document(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n<head><title>Tin</title></head>\n'
        f"<body>\n{body}\n</body>\n</opml>\n"
    )


def read(body: str) -> Outline:
    return read_opml(document(body).encode())


def urls(outline: Outline) -> list[str]:
    return [feed.url for feed in outline.feeds]


class TestWellFormed:
    def test_every_field_of_a_feed(self) -> None:
        outline = read(
            '<outline text="Báo &amp; đời" title="x" type="rss" xmlUrl="https://a.example/rss?a=1&amp;b=2"'
            ' htmlUrl="https://a.example" language="vi-VN" category="/Á/Việt Nam,báo"/>'
        )

        assert outline == Outline(
            (
                OpmlFeed(
                    url="https://a.example/rss?a=1&b=2",
                    title="Báo & đời",
                    html_url="https://a.example",
                    categories=(("Á", "Việt Nam"), ("báo",)),
                    language="vi-VN",
                ),
            )
        )

    @pytest.mark.parametrize("name", ["xmlUrl", "xmlurl", "XMLURL", "xmlURL", "url"])
    def test_the_address_goes_by_several_names(self, name: str) -> None:
        assert urls(read(f'<outline text="a" type="rss" {name}="https://a.example/rss"/>')) == [
            "https://a.example/rss"
        ]

    def test_groups_within_groups_and_the_attribute_are_categories(self) -> None:
        outline = read(
            """
            <outline text="Á">
              <outline title="Việt Nam">
                <outline text="1" xmlUrl="https://a.example/1" category="/Báo"></outline>
              </outline>
              <outline text="2" xmlUrl="https://a.example/2" category="Á"/>
            </outline>
            <outline text="3" xmlUrl="https://a.example/3"/>
            """
        )

        assert [feed.categories for feed in outline.feeds] == [
            (("Á", "Việt Nam"), ("Báo",)),
            (("Á",),),
            (),
        ]

    def test_a_feed_may_hold_feeds_and_is_no_category(self) -> None:
        outline = read(
            """
            <outline text="G">
              <outline text="1" xmlUrl="https://a.example/1">
                <outline text="2" xmlUrl="https://a.example/2"/>
              </outline>
              <outline text="3" xmlUrl="https://a.example/3"/>
            </outline>
            <outline text="4" xmlUrl="https://a.example/4"/>
            """
        )

        assert [feed.categories for feed in outline.feeds] == [(("G",),), (("G",),), (("G",),), ()]

    def test_a_repeated_address_is_one_feed_and_reported_once(self) -> None:
        outline = read(
            '<outline text="A"><outline text="" xmlUrl="https://a.example/"/></outline>\n'
            '<outline text="B"><outline text="Tên" xmlUrl="https://A.example/"/></outline>\n'
            '<outline text="C"><outline text="Khác" xmlUrl="https://a.example/"/></outline>'
        )

        assert outline.feeds == (OpmlFeed("https://a.example/", "Tên", categories=(("A",), ("B",), ("C",))),)
        assert outline.left_out == (LeftOut(Reason.REPEATED, 6, 19, "Tên", "https://a.example/"),)

    def test_what_is_no_feed_is_left_out_with_its_place(self) -> None:
        outline = read(
            '<outline text="Trang" type="link" url="https://a.example/"/>\n'
            '  <outline text="Danh sách" type="include" url="https://a.example/x.opml"/>\n'
            '<outline text="Không" type="rss" htmlUrl="https://a.example/"/>\n'
            '<outline text="Rỗng" xmlUrl=""/>\n'
            '<outline text="Cũ" xmlUrl="ftp://a.example/rss"/>\n'
            '<outline text="Kín" xmlUrl="https://me:secret@a.example/rss"/>'
        )

        assert outline.feeds == ()
        assert [(each.reason, each.line, each.column, each.title) for each in outline.left_out] == [
            (Reason.LINK, 5, 1, "Trang"),
            (Reason.LINK, 6, 3, "Danh sách"),
            (Reason.NO_ADDRESS, 7, 1, "Không"),
            (Reason.NO_ADDRESS, 8, 1, "Rỗng"),
            (Reason.BAD_ADDRESS, 9, 1, "Cũ"),
            (Reason.BAD_ADDRESS, 10, 1, "Kín"),
        ]
        assert outline.left_out[4].url == "ftp://a.example/rss"
        assert outline.left_out[4].detail == "not an http or https address"
        assert outline.left_out[5].url == "https://a.example/rss"

    def test_places_are_counted_where_everything_stands_on_one_line(self) -> None:
        outline = read_opml(b'<opml><body><outline xmlUrl="x:1"/><outline xmlUrl="x:2"/></body></opml>')

        assert [(each.line, each.column) for each in outline.left_out] == [(1, 13), (1, 36)]

    def test_comments_and_cdata_hold_no_feeds(self) -> None:
        outline = read(
            '<!-- <outline xmlUrl="https://a.example/old"/> -->'
            '<![CDATA[ <outline xmlUrl="https://a.example/text"/> ]]>'
            '<outline text="1" xmlUrl="https://a.example/1"/>'
        )

        assert urls(outline) == ["https://a.example/1"]

    def test_a_list_without_feeds(self) -> None:
        assert read("") == Outline(())

    def test_the_address_is_no_title(self) -> None:
        outline = read('<outline text="https://a.example/?a=&amp;b" xmlUrl="https://a.example/?a=&amp;b"/>')

        assert outline.feeds == (OpmlFeed("https://a.example/?a=&b"),)

    def test_unknown_is_no_language(self) -> None:
        assert read('<outline xmlUrl="https://a.example/" language="unknown"/>').feeds[0].language is None


class TestEncodings:
    BODY = '<outline text="Báo Điện Biên" xmlUrl="https://a.example/rss"/>'

    @pytest.mark.parametrize(
        "data",
        [
            b"\xef\xbb\xbf" + document(BODY).encode(),
            document(BODY).encode("utf-16"),
            document(BODY).replace("UTF-8", "ISO-8859-1").encode(),
            document(BODY).replace("UTF-8", "utf-16").encode(),
            document(BODY).replace("UTF-8", "nonsense").encode(),
        ],
        ids=["mark", "utf-16", "called latin 1", "called utf-16", "called nonsense"],
    )
    def test_the_bytes_are_believed_before_the_declaration(self, data: bytes) -> None:
        assert read_opml(data).feeds == (OpmlFeed("https://a.example/rss", "Báo Điện Biên"),)

    def test_windows_1252_that_claims_to_be_utf_8(self) -> None:
        data = document('<outline text="L’été" xmlUrl="https://a.example/rss"/>').encode("cp1252")

        assert read_opml(data).feeds[0].title == "L’été"

    def test_no_text_holds_control_characters(self) -> None:
        outline = read('<outline text="a\0b&#1;c&#xD800;d" xmlUrl="https://a.example/&#x0;rss"/>')

        assert outline.feeds == (OpmlFeed("https://a.example/rss", "abcd"),)


class TestBroken:
    """Faults of the gathered files, and of readers known for them."""

    def test_unescaped_ampersands_change_no_address(self) -> None:
        outline = read('<outline text="R&D &Co" xmlUrl="https://a.example/?a=1&copy=2&lt=3"/>')

        assert outline.feeds == (OpmlFeed("https://a.example/?a=1&copy=2&lt=3", "R&D &Co"),)

    def test_references_to_characters_of_html(self) -> None:
        outline = read('<outline text="L&rsquo;&eacute;t&#233;&nbsp;&#x20AC;" xmlUrl="https://a.example/"/>')

        assert outline.feeds[0].title == "L’été €"

    def test_quotes_inside_values(self) -> None:
        outline = read(
            '<outline text="Газета "Коммерсантъ". Главное" title="Газета "Коммерсантъ"" '
            'description="By "A", as in "B"" xmlUrl="https://a.example/1" type="rss" />\n'
            '<outline text="2" xmlUrl="https://a.example/2"/>'
        )

        assert [(feed.title, feed.url) for feed in outline.feeds] == [
            ('Газета "Коммерсантъ". Главное', "https://a.example/1"),
            ("2", "https://a.example/2"),
        ]

    def test_links_inside_values(self) -> None:
        outline = read(
            '<outline text="1" title="1" description="By <a href="https://b.example" target="_blank" '
            'rel="noopener">B</a>. Since "1999"." xmlUrl="https://a.example/1" type="rss" />'
            '<outline text="5 < 6" xmlUrl="https://a.example/2"/>'
        )

        assert [(feed.title, feed.url) for feed in outline.feeds] == [
            ("1", "https://a.example/1"),
            ("5 < 6", "https://a.example/2"),
        ]

    def test_whole_outlines_inside_values(self) -> None:
        outline = read('<outline text="the <outline> tag" xmlUrl="https://a.example/1"/>')

        assert urls(outline) == ["https://a.example/1"]

    @pytest.mark.parametrize(
        "tag",
        [
            '<outline text="1" xmlUrl=https://a.example/1 type="rss"/>',
            "<outline text=1 xmlUrl=https://a.example/1/>",
            '<outline text="1"xmlUrl="https://a.example/1"type="rss"/>',
            '<outline text="1" xmlUrl="https://a.example/1 type="rss"/>',
            '<outline text="1" xmlUrl="https://a.example/1/>',
            '<outline text="1 xmlUrl="https://a.example/1"/>',
            '<outline text="1" xmlUrl = "https://a.example/1" / >',
            "<outline text='1' xmlUrl='https://a.example/1'>",
            '<outline text="1" xmlUrl="https://a.example/1"',
            '<outline text="1" text="2" xmlUrl="" xmlUrl="https://a.example/1"/>',
            '<OUTLINE TEXT="1" XMLURL="https://a.example/1"/>',
            '<opml:outline text="1" xmlUrl="https://a.example/1"/>',
            '<outlin text="1" xmlUrl="https://a.example/1"/>',
            '&lt;outline text="1" xmlUrl="https://a.example/1"/&gt;',
            '<outline text="1" xmlUrl="\n  https://a.example/\n1\n"/>',
        ],
    )
    def test_broken_tags_keep_their_address(self, tag: str) -> None:
        outline = read(f'{tag}\n<outline text="2" xmlUrl="https://a.example/2"/>')

        assert urls(outline)[0].rstrip("/") == "https://a.example/1"
        assert urls(outline)[1:] == ["https://a.example/2"]
        assert outline.left_out == ()

    def test_feeds_left_open_do_not_hold_the_next_ones(self) -> None:
        outline = read(
            '<outline text="A"><outline text="1" xmlUrl="https://a.example/1">'
            '<outline text="2" xmlUrl="https://a.example/2"></outline>'
            '<outline text="B"><outline text="3" xmlUrl="https://a.example/3"></outline>'
            '<outline text="C"><outline text="4" xmlUrl="https://a.example/4"></outline>'
        )

        assert [feed.categories for feed in outline.feeds] == [(("A",),), (("A",),), (("B",),), (("C",),)]

    def test_some_feeds_left_open(self) -> None:
        outline = read(
            '<outline text="A"><outline text="1" xmlUrl="https://a.example/1">'
            '<outline text="2" xmlUrl="https://a.example/2"></outline></outline>'
            '<outline text="3" xmlUrl="https://a.example/3"></outline>'
        )

        assert [feed.categories for feed in outline.feeds] == [(("A",),), (("A",),), ()]

    def test_more_ends_than_beginnings(self) -> None:
        outline = read('</outline></outline><outline text="1" xmlUrl="https://a.example/1"/></outline>')

        assert urls(outline) == ["https://a.example/1"]

    @pytest.mark.parametrize("mark", ["<!--", "<![CDATA["])
    def test_a_section_that_never_ends_hides_nothing(self, mark: str) -> None:
        assert urls(read(f'{mark}<outline xmlUrl="https://a.example/1"/>')) == ["https://a.example/1"]

    def test_a_document_that_breaks_off(self) -> None:
        whole = document(
            '<outline text="A">\n<outline text="1" xmlUrl="https://a.example/1"/>\n'
            '<outline text="2" xmlUrl="https://a.example/22"/>\n</outline>'
        )

        outline = read_opml(whole[: whole.index("22") + 1].encode())

        assert outline.feeds == (OpmlFeed("https://a.example/1", "1", categories=(("A",),)),)
        assert outline.left_out == (LeftOut(Reason.BROKEN_OFF, 7, 1, "2"),)

    def test_outlines_without_the_rest_of_the_document(self) -> None:
        assert urls(read_opml(b'junk <outline xmlUrl="https://a.example/1"/>')) == ["https://a.example/1"]


class TestHostile:
    def test_entities_neither_grow_nor_read_files(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("top secret")
        bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        data = (
            f'<!DOCTYPE opml [<!ENTITY l0 "lol">{bomb}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
            '<opml><outline text="&l9; &x;" xmlUrl="https://a.example/&x;"/></opml>'
        )

        outline = read_opml(data.encode())

        assert outline.feeds == (OpmlFeed("https://a.example/&x;", "&l9; &x;"),)

    def test_a_document_over_10_mib(self) -> None:
        with pytest.raises(OpmlTooLarge):
            read_opml(b"<opml>" + b" " * MAX_BYTES)

    @pytest.mark.parametrize(
        "data", [b"", b"\0" * 10, b"<rss/>", b"<html><body>outline</body></html>", b"{}"]
    )
    def test_what_is_no_list_of_feeds(self, data: bytes) -> None:
        with pytest.raises(NotOpml):
            read_opml(data)

    def test_more_outlines_than_anybody_needs(self) -> None:
        outline = read_opml(b"<opml>" + b'<outline xmlUrl="http://a"/>' * (MAX_OUTLINES + 2))

        assert urls(outline) == ["http://a"]
        assert [each.reason for each in outline.left_out] == [Reason.REPEATED, Reason.TOO_MANY]
        assert (
            outline.left_out[1].column
            == len("<opml>") + len('<outline xmlUrl="http://a"/>') * MAX_OUTLINES + 1
        )

    def test_groups_of_any_depth(self) -> None:
        outline = read_opml(
            b"<opml>" + b'<outline text="g">' * (MAX_OUTLINES - 1) + b'<outline xmlUrl="http://a"/>'
        )

        assert outline.feeds == (OpmlFeed("http://a", categories=(("g",) * MAX_DEPTH,)),)

    def test_any_number_of_categories(self) -> None:
        many = ",".join(f"/{number}" + "/x" * 1000 for number in range(1000))

        (feed,) = read(f'<outline xmlUrl="http://a" category="{many}"/>').feeds

        assert len(feed.categories) == MAX_CATEGORIES
        assert feed.categories[0] == ("0", *("x",) * (MAX_DEPTH - 1))

    def test_texts_of_any_length(self) -> None:
        long = "x" * 1_000_000

        outline = read(
            f'<outline text="{long}" xmlUrl="http://a"/><outline text="b" xmlUrl="http://{long}"/>'
        )

        assert outline.feeds == (OpmlFeed("http://a", "x" * 200),)
        assert [(each.reason, len(each.url)) for each in outline.left_out] == [(Reason.BAD_ADDRESS, 200)]

    @pytest.mark.parametrize(
        "piece",
        [
            "<outline ",
            '<outline text="',
            '<outline a="<',
            "<outline text=\"' ",
            '" ',
            '" a="',
            "<!--",
            "<![CDATA[",
            " ",
            "a ",
            "xmlurl=",
            'xmlurl="',
            "&#x0;",
            "&a",
            "/",
            "x:",
            "</outline",
        ],
    )
    def test_no_repetition_takes_longer_than_its_length(self, piece: str) -> None:
        """Each would take hours if anything here were quadratic; what comes out does not matter."""
        for begin in ("<opml>", '<outline text="', "<outline xmlUrl='", '<outline xmlUrl="a" b'):
            read_opml((begin + piece * (400_000 // len(piece))).encode())

    @given(st.lists(st.sampled_from([*"<>/\"'= &;-[]!abx\n", "outline", "xmlUrl", "<outline ", "text="])))
    def test_no_text_raises_anything(self, pieces: list[str]) -> None:
        outline = read_opml(f"<opml>{''.join(pieces)}".encode())

        assert len({feed.url for feed in outline.feeds}) == len(outline.feeds)

    @given(st.binary(max_size=300))
    def test_no_bytes_raise_anything_but_a_reason(self, data: bytes) -> None:
        with contextlib.suppress(OpmlError):
            read_opml(data)


ALPHABET = st.characters(codec="utf-8") | st.sampled_from("\"'<>&;/,\tđ")
NAMES = st.text(ALPHABET, max_size=30).map(remove_controls).map(one_line)
FIRST = st.lists(NAMES.filter(bool), min_size=1, max_size=4).map(tuple)
SAFE = st.lists(
    NAMES.map(lambda text: one_line(re.sub("[/,]", "", text))).filter(bool), min_size=1, max_size=3
).map(tuple)
ADDRESSES = st.builds(
    lambda path, query: checked_url(f"https://a.example/{path}?{query}"),
    st.text("abcđ'()!*;,.-~ ", max_size=20),
    st.text("ab&=;+'% \"<>", max_size=20),
)


@st.composite
def opml_feeds(draw: st.DrawFn) -> OpmlFeed:
    first = draw(st.lists(FIRST, max_size=1))
    others = draw(st.lists(SAFE, max_size=2)) if first else []
    url = draw(ADDRESSES)
    return OpmlFeed(
        url=url,
        title=draw(NAMES.filter(lambda title: title != url)),
        html_url=draw(st.none() | ADDRESSES),
        categories=tuple(dict.fromkeys((*first, *others))),
        language=draw(st.sampled_from([None, "vi", "en-GB"])),
    )


FEEDS = st.lists(opml_feeds(), max_size=8, unique_by=lambda feed: feed.url)


class TestWritten:
    def test_as_a_reader_would_like_it(self) -> None:
        feeds = [
            OpmlFeed("https://a.example/1?a&b", 'Báo "A"', "https://a.example/", (("Á", "VN"), ("b",)), "vi"),
            OpmlFeed("https://a.example/2"),
            OpmlFeed("https://a.example/3", "3", categories=(("UI / UX",), ("a, b",))),
            OpmlFeed("https://a.example/4", "4", categories=(("Á", "VN"),)),
        ]

        written = write_opml(feeds, "Nguồn <Loa>", NOW).decode()

        assert written == (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<opml version="2.0">\n'
            "  <head>\n"
            "    <title>Nguồn &lt;Loa&gt;</title>\n"
            "    <dateCreated>Mon, 23 Nov 2026 07:00:00 GMT</dateCreated>\n"
            "  </head>\n"
            "  <body>\n"
            '    <outline text="https://a.example/2" type="rss" xmlUrl="https://a.example/2"/>\n'
            '    <outline text="Á">\n'
            '      <outline text="VN">\n'
            '        <outline text=\'Báo "A"\' title=\'Báo "A"\' type="rss"'
            ' xmlUrl="https://a.example/1?a&amp;b" htmlUrl="https://a.example/" language="vi"'
            ' category="/Á/VN,/b"/>\n'
            '        <outline text="4" title="4" type="rss" xmlUrl="https://a.example/4" category="/Á/VN"/>\n'
            "      </outline>\n"
            "    </outline>\n"
            '    <outline text="UI / UX">\n'
            '      <outline text="3" title="3" type="rss" xmlUrl="https://a.example/3" category="/a; b"/>\n'
            "    </outline>\n"
            "  </body>\n"
            "</opml>\n"
        )

    @given(FEEDS)
    def test_what_is_written_is_read_back(self, feeds: list[OpmlFeed]) -> None:
        outline = read_opml(write_opml(feeds, "Tin", NOW))

        assert outline.left_out == ()
        assert {feed.url: feed for feed in outline.feeds} == {feed.url: feed for feed in feeds}

    @given(FEEDS, st.text())
    def test_it_is_valid_opml_2(self, feeds: list[OpmlFeed], title: str) -> None:
        root = etree.fromstring(write_opml(feeds, title, NOW))

        assert (root.tag, root.get("version")) == ("opml", "2.0")
        assert [child.tag for child in root] == ["head", "body"]
        outlines = list(root.iter("outline"))
        assert all(each.get("text") for each in outlines)
        assert all(each.get("xmlUrl") for each in outlines if each.get("type") == "rss")
        assert all(len(each) for each in outlines if each.get("type") is None)

    @given(FEEDS)
    def test_a_strict_parser_reads_the_same(self, feeds: list[OpmlFeed]) -> None:
        written = write_opml(feeds, "Tin", NOW)

        outlines = etree.fromstring(written).iter("outline")
        strictly = [(each.get("xmlUrl"), each.get("htmlUrl")) for each in outlines if each.get("xmlUrl")]

        assert [(feed.url, feed.html_url) for feed in read_opml(written).feeds] == strictly

    def test_text_from_anywhere_is_made_fit(self) -> None:
        written = write_opml(
            [OpmlFeed("https://a.example/", "a\0\ud800\n b", categories=(("", "\0"),))], "\0", NOW
        )

        assert read_opml(written).feeds == (OpmlFeed("https://a.example/", "a b"),)


@pytest.mark.skipif(not DATA.is_dir(), reason="the gathered lists (../shared/data/opml) are not here")
class TestGathered:
    """118 lists of the real world, 80 of them not well-formed."""

    def files(self) -> list[Path]:
        return sorted(DATA.glob("**/*.opml"))

    def test_there_are_as_many_as_there_should_be(self) -> None:
        assert len(self.files()) == 118
        assert sum(not _is_xml(file.read_bytes()) for file in self.files()) == 80

    def test_nothing_is_lost_and_no_address_is_changed(self) -> None:
        found = 0
        for file in self.files():
            data = file.read_bytes()
            # Independent of the reader: the attribute by itself, anywhere.
            by_hand = re.findall(r'xmlUrl="([^"]*)"', data.decode())

            outline = read_opml(data)

            assert outline.left_out == ()
            assert urls(outline) == [checked_url(html.unescape(written)) for written in by_hand], file.name
            found += len(by_hand)
        assert found == 1572

    def test_well_formed_ones_are_read_as_a_parser_reads_them(self) -> None:
        compared = 0
        for file in self.files():
            data = file.read_bytes()
            if not _is_xml(data):
                continue
            for feed, outline in zip(read_opml(data).feeds, _leaves(etree.fromstring(data)), strict=True):
                assert feed.title == one_line(outline.get("text"))[:200].rstrip()
                assert feed.url == checked_url(outline.get("xmlUrl"))
                above = [one_line(each.get("text")) for each in outline.iterancestors("outline")][::-1]
                assert feed.categories == ((tuple(above),) if above else ())
                compared += 1
        assert compared == 296

    def test_groups_survive_in_the_broken_ones(self) -> None:
        for file in self.files():
            groups = {feed.categories for feed in read_opml(file.read_bytes()).feeds}
            name = file.stem if file.parent.name == "with_category" else None
            # By hand: with categories, each file is one group; it is named as the file, but for "/" in two.
            assert groups == ({((name.replace(" - ", " / "),),)} if name else {()}), file

    def test_a_broken_list_written_again_is_whole(self) -> None:
        for file in self.files():
            feeds = read_opml(file.read_bytes()).feeds

            assert read_opml(write_opml(feeds, file.stem, NOW)).feeds == feeds


def _is_xml(data: bytes) -> bool:
    try:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    return True


def _leaves(root: etree._Element) -> list[etree._Element]:
    return [each for each in root.iter("outline") if each.get("xmlUrl")]
