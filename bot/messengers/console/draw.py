"""Messages as text: a bubble of coloured cells for a terminal, bare lines for a pipe."""

from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from bot.messages import Button, Line, Message, Span
from bot.messengers.console.printable import one_line, printable

MAX_BUBBLE_CELLS = 88
"""Longer lines are tiring to read, however wide the terminal is."""

MIN_BUBBLE_CELLS = 20
"""A terminal that says it is narrower (0 columns in some containers) is not believed."""

_GAP = "  "


def bubble(message: Message, header: str, columns: int) -> str:
    """Draw a message as a framed bubble, with escape codes for its styles.

    `header` is the sender and time, `columns` the width of the terminal in cells. Buttons are numbered
    from 1, row by row.
    """
    parts: list[RenderableType] = [_styled(each) for each in message.lines]
    if message.buttons:
        parts += [Text(), *_styled_rows(message)]
    panel = Panel(
        Group(*parts),
        title=Text(one_line(header), style="dim"),
        title_align="left",
        box=ROUNDED,
        border_style="cyan",
        expand=False,
        padding=(0, 1),
    )
    return _escaped(panel, max(MIN_BUBBLE_CELLS, min(columns, MAX_BUBBLE_CELLS)))


def button_rows(message: Message, columns: int) -> str:
    """Draw the buttons alone, for a message whose words stay as they were."""
    return _escaped(Group(*_styled_rows(message)), max(MIN_BUBBLE_CELLS, columns))


def remark(text: str) -> str:
    """Draw a dimmed line that is never broken, so that an address in it can be copied."""
    return _escaped(Text(text, style="dim"), MAX_BUBBLE_CELLS, soft_wrap=True)


def plain(message: Message, header: str) -> str:
    """Write the same content without frame, wrapping or escape codes; a blank line ends it."""
    lines = [one_line(header), *(_plain_line(each) for each in message.lines), *plain_rows(message)]
    return "\n".join(lines) + "\n\n"


def plain_rows(message: Message) -> list[str]:
    """Write the rows of numbered buttons, `[1] Full article  [2] Original`."""
    return [_GAP.join(f"[{number}] {label}" for number, label in row) for row in _numbered(message)]


def numbered_buttons(message: Message) -> tuple[Button, ...]:
    """The buttons in the order of their numbers: the first is 1."""
    return tuple(button for row in message.buttons for button in row)


def _numbered(message: Message) -> Sequence[Sequence[tuple[int, str]]]:
    rows: list[list[tuple[int, str]]] = []
    number = 0
    for row in message.buttons:
        rows.append([(number + place, one_line(button.label)) for place, button in enumerate(row, start=1)])
        number += len(row)
    return rows


def _styled_rows(message: Message) -> list[Text]:
    return [
        Text(_GAP).join(
            Text.assemble((f"[{number}]", "bold cyan"), " ", (label, "cyan")) for number, label in row
        )
        for row in _numbered(message)
    ]


def _styled(paragraph: Line) -> Text:
    text = Text()
    for spans, address in _links(paragraph):
        for span in spans:
            text.append(printable(span.text), _style(span))
        if address:
            text.append(f" ({address})", "dim")
    return text


def _style(span: Span) -> str:
    styles = {"bold": span.bold, "italic": span.italic, "reverse": span.mark, "underline": bool(span.url)}
    return " ".join(name for name, wanted in styles.items() if wanted)


def _plain_line(paragraph: Line) -> str:
    shown = []
    for spans, address in _links(paragraph):
        shown += [printable(span.text) for span in spans]
        if address:
            shown.append(f" ({address})")
    return "".join(shown)


def _links(paragraph: Line) -> Iterator[tuple[Sequence[Span], str]]:
    """Spans that lead to one place, with its address unless that is what they say.

    The address is written out: a terminal may not open hidden ones, and a reader sees the host.
    """
    for url, group in groupby(paragraph.spans, key=lambda span: span.url):
        spans = tuple(group)
        address = one_line(url or "")
        yield spans, "" if address == "".join(span.text for span in spans).strip() else address


def _escaped(renderable: RenderableType, columns: int, *, soft_wrap: bool = False) -> str:
    page = StringIO()
    console = Console(file=page, force_terminal=True, width=columns, highlight=False, legacy_windows=False)
    console.print(renderable, soft_wrap=soft_wrap)
    return page.getvalue()
