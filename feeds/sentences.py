"""Where sentences end, by rule: Vietnamese and English newspapers, and the full stops of other scripts.

A stop ends a sentence when white space follows it and what comes next could begin one. What looks like an end
and is none: TP. Hồ Chí Minh, PGS.TS. An, chị N.T.H. (25 tuổi), J. K. Rowling, 9/1, 1.500, 12,5%, addresses,
“Đi đâu?” anh hỏi, and stops inside a short quotation.
"""

import re
import unicodedata
from bisect import bisect_right

ELLIPSIS = "…"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENERS = "“‘«\"'([「『（【–—-"
_STOP = re.compile(
    r"""(?P<wide>[。！？｡]++[”’」』）】]*+)                            # no white space follows these
      | (?<![.!?…؟۔।॥။።‼⁇⁈⁉])(?P<stop>[.!?…؟۔।॥။።‼⁇⁈⁉]++)[”’»"')\]]*+(?=\s|$)
    """,
    re.VERBOSE,
)
_NEXT = re.compile(rf"\s*(?P<openers>(?:[{re.escape(_OPENERS)}]\s*)*)(?P<first>[^\W_]+)?")
_LAST_WORDS = re.compile(r"(?:(\S+)\s+)?(\S+)$")
_LAST_WORDS_CHARACTERS = 80
"""Looked at before a stop: two words of any language."""

_QUOTATION = re.compile(r"“[^“”]{1,240}”")
"""Short enough to stay whole in a summary."""

_TITLES = _words(
    "tp tx tt ths ts tskh pgs gs bs bscki bsckii ks kts gv ls ns nsnd nsut nxb đ/c "
    "mr mrs ms dr prof rev hon gen col lt sgt capt gov sen rep st mt jr sr"
)
"""Written with a capital and followed by a name: never an end."""
_BEFORE_NUMBERS = _words(
    "no vol fig pp p tr q đt jan feb mar apr jun jul aug sep sept oct nov dec art sec ch approx"
)
"""No end when a number follows."""
_NEVER = frozenset(["e.g", "i.e", "vs", "cf", "ca", "viz"])

_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_PERSONS = _words("anh chị ông bà em cháu cô chú bác con")
"""Before the initials that stand for a whole name: chị H., anh N.V."""
_BEFORE_A_NAME = _words("by and said with from to of as for judge actor author singer")
_STARTERS = _words("the a an in on at he she it they we i but and this that these his her its for when after")
"""English words that begin a sentence after U.S. or J.K.; other words after initials are a name."""
_MANY_INITIALS = 3
"""N.T.H. hides a whole Vietnamese name, nothing more of it follows."""


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, white space made single; a line break always ends one."""
    return [sentence for line in text.splitlines() for sentence in _sentences_of(" ".join(line.split()))]


def clip(text: str, limit: int = 300) -> str:
    """The beginning of a text in at most `limit` characters.

    Cut after the last sentence that fits; when not even one does, after a word, with `…`.
    """
    whole = " ".join(text.split())
    if len(whole) <= limit:
        return whole
    kept = ""
    for sentence in sentences(text):
        longer = f"{kept} {sentence}".lstrip()
        if len(longer) > limit:
            break
        kept = longer
    return kept or _clip_word(whole, limit)


def _clip_word(text: str, limit: int) -> str:
    room = max(limit - len(ELLIPSIS), 0)
    head = text[:room]
    if not text[room : room + 1].isspace() and " " in head:
        head = head[: head.rindex(" ")]
    while head and unicodedata.combining(text[len(head) : len(head) + 1] or " "):
        head = head[:-1]  # a mark is not parted from its letter
    return head.rstrip(" ,;:–—-([“‘«") + ELLIPSIS if limit > 0 else ""


def _sentences_of(line: str) -> list[str]:
    spans = [found.span() for found in _QUOTATION.finditer(line)]
    starts = [start for start, _ in spans]
    found_sentences, start = [], 0
    for stop in _STOP.finditer(line):
        nearest = bisect_right(starts, stop.start()) - 1
        quoted = nearest >= 0 and stop.end() < spans[nearest][1]
        if not quoted and _is_end(line, start, stop):
            found_sentences.append(line[start : stop.end()].strip())
            start = stop.end()
    rest = line[start:].strip()
    return [*found_sentences, rest] if rest else found_sentences


def _is_end(line: str, start: int, stop: re.Match[str]) -> bool:
    following = _NEXT.match(line, stop.end())
    first = following["first"] if following else None
    if stop["wide"] or not following or not first:
        return True
    if first[0].islower():
        return False
    if stop["stop"] != ".":
        return not (first[0].isdigit() and ELLIPSIS in stop["stop"].replace("...", ELLIPSIS))
    before = line[max(start, stop.start() - _LAST_WORDS_CHARACTERS) : stop.start()]
    words = _LAST_WORDS.search(before)
    if not words:
        return True
    return _ends_after(words[1] or "", words[2].lstrip(_OPENERS), following["openers"], first)


def _ends_after(previous: str, word: str, openers: str, following: str) -> bool:
    """Whether a full stop after `word`, with `openers` and `following` after it, ends a sentence."""
    lower, last = word.lower(), word.rpartition(".")[2]
    if lower in _NEVER or (last.lower() in _TITLES and last[:1].isupper()):
        return False
    if following[0].isdigit() and lower in _BEFORE_NUMBERS:
        return False
    if _INITIALS.fullmatch(word) and word.isupper():
        return "(" not in openers and _ends_after_initials(previous, word, following)
    return bool(previous) or not word.isdigit()  # `1. Mở đầu` is numbered, not ended


def _ends_after_initials(previous: str, word: str, following: str) -> bool:
    if following.lower() in _STARTERS or previous.lower() in _PERSONS:
        return True
    letters = len(word.replace(".", ""))
    if letters == 1 and len(following) == 1:
        return False  # J. K. Rowling
    if letters == 1:
        return previous[:1].islower() and previous not in _BEFORE_A_NAME
    return letters >= _MANY_INITIALS
