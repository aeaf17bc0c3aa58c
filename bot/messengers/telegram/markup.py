"""A `Message` as Telegram shows it: HTML built from its tree, keyboards, link previews.

Text is never cut as HTML: runs of styled text are split (`split`), then each part is written as HTML, so a
tag is always closed and an entity always whole.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.messages import Button, Message, Span
from bot.messengers.telegram.split import Run, split_runs

MAX_URL_BYTES = 2_048
"""Longer addresses are refused by browsers and proxies, and sixteen of them fill a message."""

MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
"""Undocumented limits of inline keyboards (python-telegram-bot constants)."""

MAX_LABEL_CHARACTERS = 64
"""More does not fit on a phone, even alone in its row."""

_LINK_SCHEMES = ("http", "https", "tg")
_REFUSED = re.compile("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\ufffc")
"""Letters by their category that show nothing; Telegram refuses a text of nothing else."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send: its HTML, the same words without markup, and what hangs on it."""

    html: str
    text: str
    keyboard: dict[str, Any] | None
    preview: dict[str, Any]

    def parameters(self, *, plain: bool = False) -> dict[str, Any]:
        """The content's parameters of sendMessage and editMessageText."""
        content = {"text": self.text} if plain else {"text": self.html, "parse_mode": "HTML"}
        return content | {"link_preview_options": self.preview, "reply_markup": self.keyboard}


def render(message: Message) -> tuple[Part, ...]:
    """The messages it takes, in order: the buttons on the last, the preview on the first.

    Empty when nothing of the text would be seen.
    """
    pieces = [piece for piece in split_runs(_runs(message)) if not _is_blank(piece)]
    last = len(pieces) - 1
    return tuple(
        Part(
            html=_html(piece),
            text="".join(run.text for run in piece),
            keyboard=keyboard(message.buttons) if at == last else None,
            preview=_preview(message.preview_url if at == 0 else None),
        )
        for at, piece in enumerate(pieces)
    )


def keyboard(rows: Sequence[Sequence[Button]]) -> dict[str, Any] | None:
    """An inline keyboard; buttons that cannot work are left out, long rows are broken."""
    found: list[list[dict[str, str]]] = []
    room = MAX_BUTTONS
    for row in rows:
        buttons = [each for each in map(_button, row) if each is not None][:room]
        room -= len(buttons)
        found += [buttons[at : at + MAX_BUTTONS_IN_ROW] for at in range(0, len(buttons), MAX_BUTTONS_IN_ROW)]
    return {"inline_keyboard": found} if found else None


def opens(url: str) -> bool:
    """Whether Telegram takes this address for a link: a scheme it knows and a host with a dot."""
    if len(url.encode("utf-8", "replace")) > MAX_URL_BYTES or any(c.isspace() or c < " " for c in url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "tg":
        return bool(host)
    return parts.scheme in _LINK_SCHEMES and ("." in host.strip(".") or ":" in host)


def _runs(message: Message) -> list[Run]:
    runs: list[Run] = []
    for at, line in enumerate(message.lines):
        if at:
            runs.append(Run("\n"))
        runs += (_run(span) for span in line.spans if span.text)
    return runs


def _run(span: Span) -> Run:
    url = span.url if span.url and opens(span.url) else None
    # A matched word is bold; inside bold text it is underlined, to be seen at all.
    return Run(
        clean(span.text),
        bold=span.bold or span.mark,
        italic=span.italic,
        underlined=span.mark and span.bold,
        url=url,
    )


def clean(text: str) -> str:
    """NFC, without what Telegram drops or refuses: lone surrogates, control characters, carriage returns."""
    text = _REFUSED.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text)


def _html(runs: Iterable[Run]) -> str:
    return "".join(run.opening + html.escape(run.text, quote=False) + run.closing for run in runs)


def _is_blank(runs: Iterable[Run]) -> bool:
    return all(unicodedata.category(c)[0] in "ZC" or c in _INVISIBLE for run in runs for c in run.text)


def _preview(url: str | None) -> dict[str, Any]:
    if url is None or not opens(url):
        return {"is_disabled": True}
    return {"url": url, "prefer_large_media": True, "show_above_text": False}


def _button(button: Button) -> dict[str, str] | None:
    label = " ".join(clean(button.label).split())
    if not label or (button.url and not opens(button.url)):
        return None
    if len(label) > MAX_LABEL_CHARACTERS:
        label = label[: MAX_LABEL_CHARACTERS - 1].rstrip() + "…"
    return {"text": label} | ({"url": button.url} if button.url else {"callback_data": button.action})
