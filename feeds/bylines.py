"""Who wrote it: `Tin, ảnh: Sầm Phúc`, `Theo TTXVN`, `By Jane Doe`, or a name alone below the text."""

import re

from feeds.text import one_line

_WORK = r"(?:tin|bài|ảnh|hình|video|clip|thơ|tranh|đồ họa|biên tập|lược dịch|bài viết|thực hiện|tổng hợp)"
_LABELLED = re.compile(
    rf"""(?:
        {_WORK} (?:\s*(?:,|và|&|-|–|/|\+)\s* {_WORK})* \s*:
      | (?:nguồn|tác\ giả) \s*: | theo (?:\s*:|(?=\s+(?-i:[A-ZĐ])))
      | (?:text|words|story|photos?|pictures?|story\ and\ photos?|reporting|source|written) (?:\s+by)? \s*:
      | (?-i:By|BY) (?=\s+(?-i:[A-Z]))
    ) \s* (?P<names>.{{2,80}}?) [.\s]*""",
    re.IGNORECASE | re.VERBOSE,
)
_IN_BRACKETS = re.compile(r"^\(([^()]+)\)$")
_LABELLED_WORDS = 14
"""`Theo UBND tỉnh, …` may begin a sentence; a longer line than this is one."""

_SENTENCE_END = re.compile(r"[.!?…:;,][”’»\"')\]]*$")
_INITIAL = re.compile(r"[^\W\d_]")
_JOINING_WORDS = frozenset(("và", "and", "&", "-", "–", "/", "de", "van", "von"))
_REMARK = re.compile(r"\s*\([^()]{2,30}\)$")
"""After a name: (TTXVN), (tổng hợp), (từ Hà Nội)."""
_INITIALS = re.compile(r"(?=.{2,8}$)[A-ZĐ](?:\.?[A-ZĐ])+\.?")
"""PV, T.H., TTXVN."""
_NAME_WORDS = range(2, 9)
"""`Ly Nguyễn`, `Hoàng Hiệp – Phương Loan`; a single word may be a heading."""


def labelled_byline(line: str) -> str | None:
    """The names of a line that says what it names (`Ảnh: …`, `Theo …`); None when it is another line."""
    line = _IN_BRACKETS.sub(r"\1", one_line(line))
    found = _LABELLED.fullmatch(line) if len(line.split()) <= _LABELLED_WORDS else None
    return found["names"] if found else None


def is_bare_name(line: str) -> bool:
    """Whether a line could be the writers' names alone: a few capitalised words and no stop, or initials."""
    words = _REMARK.sub("", one_line(line)).replace(",", " ,").split()
    names = [word for word in words if word not in _JOINING_WORDS and word != ","]
    if len(words) == 1:
        return bool(_INITIALS.fullmatch(words[0]))
    return (
        len(words) in _NAME_WORDS
        and not _SENTENCE_END.search(line)
        and all(
            _INITIAL.match(name) and name[0].isupper() and name.replace(".", "").isalpha() for name in names
        )
    )
