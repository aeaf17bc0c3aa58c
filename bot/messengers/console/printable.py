"""What may reach a terminal: letters, never instructions."""

import unicodedata

_JOINERS = frozenset("\u200c\u200d")
"""The only format characters with a meaning in running text: Persian words and joined emoji need them."""

_UNWANTED = frozenset(("Cc", "Cf", "Cs", "Co"))
"""Controls (ESC, C1), format characters (bidi overrides, zero widths), lone surrogates, private use."""

_SPACES = str.maketrans({"\t": " ", "\u2028": "\n", "\u2029": "\n"})


def printable(text: str) -> str:
    """Give the text in NFC with nothing in it that a terminal obeys; line feeds stay.

    A terminal takes ESC and the C1 controls as commands (ECMA-48), and bidi overrides show letters in
    another order than they are stored (Unicode TR36 §3.4), so an article could draw a false prompt with them.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES)
    return unicodedata.normalize("NFC", "".join(filter(_wanted, text)))


def one_line(text: str) -> str:
    """The printable text with its line breaks made spaces."""
    return " ".join(printable(text).split())


def _wanted(character: str) -> bool:
    if character == "\n" or character in _JOINERS:
        return True
    return unicodedata.category(character) not in _UNWANTED
