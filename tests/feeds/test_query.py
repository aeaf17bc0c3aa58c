"""The search language: what is read, what is forgiven, what is refused, what matches."""

import pickle
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.document import same_source
from feeds.expression import canonical, depth
from feeds.query import (
    MAX_DEPTH,
    And,
    Document,
    Filters,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    QueryError,
    Term,
    parse_query,
)

NOW = datetime(2020, 1, 10, 5, 0, tzinfo=UTC)

ARTICLE = Document.of(
    "Năm 2020 đẩy mạnh công tác dân vận khéo",
    "Ngày 9/1, Ban Dân vận Trung ương tổ chức hội nghị.",
    "Hội nghị bàn về vận động quần chúng tại Hòa Bình.",
    source="Báo Điện Biên Phủ",
    topics=["dan-van"],
    at=datetime(2020, 1, 9, 7, 15, tzinfo=UTC),
)


def word(text: str, folded: str = "") -> Term:
    return Term(folded or text, text)


def found(query: str, document: Document = ARTICLE, now: datetime = NOW) -> bool:
    return parse_query(query).matches(document, now)


def refusal(query: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    return caught.value


READ = [
    ("dân vận", And((word("dân", "dan"), word("vận", "van"))), "dân vận"),
    ('"Dân Vận"', Phrase(("dan", "van"), ("dân", "vận")), '"dân vận"'),
    ("“dân vận”", Phrase(("dan", "van"), ("dân", "vận")), '"dân vận"'),
    ("＂dân vận＂", Phrase(("dan", "van"), ("dân", "vận")), '"dân vận"'),
    ('"dân"', word("dân", "dan"), "dân"),
    ("a b OR c d", And((word("a"), Or((word("b"), word("c"))), word("d"))), "a (b OR c) d"),
    ("(a b) OR c", Or((And((word("a"), word("b"))), word("c"))), "(a b) OR c"),
    ("a OR b OR c", Or((word("a"), word("b"), word("c"))), "a OR b OR c"),
    ("a | b", Or((word("a"), word("b"))), "a OR b"),
    ("a or b", And((word("a"), word("or"), word("b"))), "a or b"),
    ("a AND b", And((word("a"), word("b"))), "a b"),
    ("a -b", And((word("a"), Not(word("b")))), "a -b"),
    ('a -"b c"', And((word("a"), Not(Phrase(("b", "c"), ("b", "c"))))), 'a -"b c"'),
    ("a -(b c)", And((word("a"), Not(And((word("b"), word("c")))))), "a -(b c)"),
    ("a -(-b)", And((word("a"), word("b"))), "a b"),
    ("covid-19", Phrase(("covid", "19"), ("covid", "19")), '"covid 19"'),
    ("đ*", word("đ", "d"), "đ"),
    ("đi*", Term("di", "đi", prefix=True), "đi*"),
    ("a a A", word("a"), "a"),
    ("((a))", word("a"), "a"),
    ("hòa HOÀ", word("hoà", "hoa"), "hoà"),
    # Forgiven.
    ('a "b c', And((word("a"), Phrase(("b", "c"), ("b", "c")))), 'a "b c"'),
    ("a) (b", And((word("a"), word("b"))), "a b"),
    ("OR a OR OR b OR", Or((word("a"), word("b"))), "a OR b"),
    ("a - b", And((word("a"), word("b"))), "a b"),
    ("a -!!! b", And((word("a"), word("b"))), "a b"),
    ("a OR !!! b", And((word("a"), word("b"))), "a b"),
    ("a () b", And((word("a"), word("b"))), "a b"),
    ("https://a.vn", Phrase(("https", "a", "vn"), ("https", "a", "vn")), '"https a vn"'),
    ("source: a", And((word("source"), word("a"))), "source a"),
]


@pytest.mark.parametrize(("text", "expression", "text_again"), READ, ids=[case[0] for case in READ])
def test_a_query_is_read_as_its_typist_meant(text: str, expression: Node, text_again: str) -> None:
    query = parse_query(text)
    assert query.expression == expression
    assert query.text == text_again


def test_the_example_of_the_configuration_is_two_phrases() -> None:
    query = parse_query('"dân vận" OR "vận động quần chúng"')
    assert query.text == '"dân vận" OR "vận động quần chúng"'
    assert query.wanted == (
        Phrase(("dan", "van"), ("dân", "vận")),
        Phrase(("van", "dong", "quan", "chung"), ("vận", "động", "quần", "chúng")),
    )


def test_filters_are_read_wherever_they_stand() -> None:
    query = parse_query(
        'SOURCE:"Điện Biên" bão (topic:Thoi-Tiet OR lũ) -source:vnexpress since:1w before:9/1/2020'
    )
    assert query.expression == And((word("bão", "bao"), word("lũ", "lu")))
    assert query.filters == Filters(
        sources=("điện biên",),
        not_sources=("vnexpress",),
        topics=("thoi-tiet",),
        since=timedelta(days=7),
        before=date(2020, 1, 9),
    )
    assert query.text == (
        'bão lũ source:"điện biên" -source:vnexpress topic:thoi-tiet since:7d before:2020-01-09'
    )


def test_filters_alone_are_a_query() -> None:
    query = parse_query("topic:dan-van since:36h")
    assert query == Query(
        None, Filters(topics=("dan-van",), since=timedelta(hours=36)), "topic:dan-van since:36h"
    )


def test_the_last_of_two_times_counts() -> None:
    assert parse_query("a since:7d since:1d").filters.since == timedelta(days=1)


@pytest.mark.parametrize("text", ["", "   ", "!!!", '""', "()", "-", "OR", 'source:"!"'])
def test_a_query_without_words_is_empty(text: str) -> None:
    assert refusal(text).key == "query_empty"


@pytest.mark.parametrize("text", ["-a", "-a -b", "a OR -b", "-(a b)", "a -(-b -c)", "-a since:7d"])
def test_a_query_that_only_excludes_is_refused(text: str) -> None:
    assert refusal(text).key == "query_only_excludes"


@pytest.mark.parametrize(
    "text", ["a since:yesterday", "a since:31/2/2020", "a before:0d", "a since:99999w", "a since:1203-01-01"]
)
def test_a_time_that_is_none_is_named_in_the_error(text: str) -> None:
    error = refusal(text)
    assert error.key == "query_bad_date"
    assert error.values == {"text": text.partition(":")[2]}


def test_a_query_of_ten_thousand_characters_is_refused() -> None:
    error = refusal("a" * 10_000)
    assert (error.key, error.values) == ("query_too_long", {"limit": 4096})


def test_more_than_64_words_are_refused_also_inside_a_phrase() -> None:
    assert refusal(" ".join(f"w{n}" for n in range(65))).values == {"limit": 64}
    assert refusal('"' + "x " * 65 + '"').key == "query_too_many_words"
    assert parse_query('"' + "x " * 64 + '"').expression == Phrase(("x",) * 64, ("x",) * 64)


def test_groups_deeper_than_eight_are_refused() -> None:
    assert refusal("(" * 9 + "a").key == "query_too_deep"
    assert refusal("(" * 4000 + "a").key == "query_too_deep"
    assert parse_query("(" * 8 + "a" + ")" * 8).expression == word("a")


def test_an_error_survives_the_way_back_from_a_child_process() -> None:
    error = pickle.loads(pickle.dumps(refusal("a since:x")))  # noqa: S301 - our own bytes
    assert (error.key, error.values, str(error)) == (
        "query_bad_date",
        {"text": "x"},
        "query_bad_date text='x'",
    )


PIECES = (
    *("a", "dân", "hòa", "ﬁ", "İ", "ς", "covid-19", "b*", "dâ*", "*"),
    *("OR", "AND", "-", "(", ")", '"', "“", " ", " "),
    *("source:x", 'source:"a b"', "topic:t", "since:7d", "before:2020-01-09", "since:"),
)
QUERY_TEXT = st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(QUERY_TEXT)
@example("\ufb2c" * 4096)
@example("\ud800 a")
def test_no_text_breaks_the_reader_and_the_canonical_text_reads_back(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        return
    assert parse_query(query.text) == query
    query.matches(ARTICLE, NOW)


def _keeps_promises(node: Node) -> bool:
    match node:
        case Term() | Phrase():
            return True
        case Not(part):
            return not isinstance(part, Not) and _keeps_promises(part)
        case And(parts):
            apart = len(set(parts)) == len(parts) >= 2 and not any(isinstance(part, And) for part in parts)
            return (
                apart
                and not all(isinstance(part, Not) for part in parts)
                and all(map(_keeps_promises, parts))
            )
        case Or(parts):
            apart = len(set(parts)) == len(parts) >= 2
            return (
                apart
                and not any(isinstance(part, Or | Not) for part in parts)
                and all(map(_keeps_promises, parts))
            )


@given(QUERY_TEXT)
@example("a -(b -(c -(d -(e -f))))")
@example("(a OR (b c)) OR (d -(e OR f))")
def test_every_tree_keeps_what_an_index_relies_on(text: str) -> None:
    try:
        expression = parse_query(text).expression
    except QueryError:
        return
    if expression is not None:
        assert not isinstance(expression, Not)
        assert _keeps_promises(expression)
        assert depth(expression) <= MAX_DEPTH
        assert parse_query(canonical(expression)).expression == expression


@pytest.mark.parametrize(
    "query",
    [
        "dan van",
        "DÂN VẬN",
        '"dan van kheo"',
        '"công tác dân vận"',
        "khéo -bóng",
        "bóng OR khéo",
        "khe*",
        "khé*",
        "hoà hòa hoa",
        '"hoà bình"',
        "9/1",
        "source:dien-bien",
        'source:"Điện Biên Phủ" khéo',
        "topic:dan-van",
        "khéo -topic:the-thao -source:vnexpress",
        "khéo since:1d",
        "khéo since:2020-01-09 before:10/01/2020",
    ],
)
def test_the_article_is_found(query: str) -> None:
    assert found(query)


@pytest.mark.parametrize(
    "query",
    [
        "dần",
        '"dan kheo"',
        '"vận dân"',
        "dân -khéo",
        "khè*",
        '"khéo ngày"',  # the title ends and the lead begins
        "bóng OR đá",
        "source:bien-dien",
        "source:điệ",
        "khéo topic:the-thao",
        "khéo -topic:dan-van",
        "khéo -source:dien-bien",
        "khéo since:10h",
        "khéo since:2020-01-10",
        "khéo before:2020-01-09",
        "khéo before:7d",
    ],
)
def test_the_article_is_not_found(query: str) -> None:
    assert not found(query)


def test_accents_typed_are_not_asked_of_a_text_that_has_none() -> None:
    telegram = Document.of("Hoi nghi dan van", "", "")
    assert found('"dân vận"', telegram)
    assert found("hội", telegram)
    assert not found('"dân vận"', Document.of("Hội nghị dan van", "", ""))


def test_days_begin_at_midnight_where_now_is() -> None:
    # Given an article of 01:00 on the 9th in Vietnam, still the 8th in UTC
    night = Document.of("Tin đêm", "", "", at=datetime(2020, 1, 8, 18, 0, tzinfo=UTC))
    # Then the 9th begins where the reader is.
    assert found("tin since:2020-01-09", night, NOW.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")))
    assert not found("tin since:2020-01-09", night, NOW)


def test_without_now_a_query_is_asked_at_publication() -> None:
    assert parse_query("khéo since:7d").matches(ARTICLE)
    assert not parse_query("khéo before:7d").matches(ARTICLE)
    assert parse_query("khéo since:7d").matches(Document.of("khéo", "", ""))


def test_sources_are_compared_by_whole_words() -> None:
    assert same_source("điện biên", "Báo Điện Biên Phủ")
    assert same_source("dien bien", "BÁO ĐIỆN BIÊN")
    assert not same_source("điện b", "Báo Điện Biên Phủ")
