"""Keyboards of switches: ✓ beside what is on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.i18n import Translator
from bot.messages import Button, Line, Message, italic, line
from bot.render.parts import MAX_LABEL_CHARACTERS, fits, in_rows, page_buttons, page_mark, short_line
from storage.types import Page


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice: its name, whether it is on, and the command that turns it over."""

    label: str
    on: bool
    action: str


def switch_button(switch: Switch) -> Button:
    """`✓ Dân vận` when on, `Dân vận` when off."""
    label = short_line(switch.label, MAX_LABEL_CHARACTERS)
    return Button(f"✓ {label}" if switch.on else label, action=switch.action)


def render_picker(
    lines: Sequence[Line],
    page: Page[Switch],
    action: Callable[[int], str],
    t: Translator,
    *,
    above: Sequence[Button] = (),
    width: int = 2,
) -> Message:
    """Explanation, switches `width` to a row, ◀ ▶; `above` is a row of buttons before the switches."""
    mark = page_mark(page, t)
    shown = (*lines, line(italic(mark))) if mark else tuple(lines)
    switches = [switch_button(switch) for switch in page.items if fits(switch.action)]
    return Message(shown).with_buttons(above, *in_rows(switches, width), page_buttons(page, action))
