"""What commands print: tables for people, JSON Lines for programs, complaints on standard error."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from bot.i18n import Translator, translator

PIPED_COLUMNS = 200
"""Width of a table that goes into a file or pipe, where no terminal says how wide it may be."""

T = TypeVar("T")


def speak() -> Translator:
    """The translator for the person at the terminal."""
    from bot.config import process_environment, system_language

    return translator(system_language(process_environment()))


def complain(text: str) -> None:
    """Print a line on standard error."""
    print(printable(text), file=sys.stderr)  # noqa: T201 - a command line prints


def say(text: str) -> None:
    """Print a line."""
    print(printable(text))  # noqa: T201 - a command line prints


def printable(text: str) -> str:
    """Text from outside without what could steer a terminal: control characters, direction overrides."""
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )


def print_json(record: Mapping[str, Any]) -> None:
    """Print one JSON line."""
    print(json.dumps(record, ensure_ascii=False, default=str))  # noqa: T201 - a command line prints


def print_table(items: Iterable[T], columns: Mapping[str, Callable[[T], str]]) -> None:
    """Print a table: heading → what to show of an item. Long cells wrap, nothing is cut off."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in columns:
        table.add_column(heading, overflow="fold")
    for item in items:
        table.add_row(*(Text(printable(show(item))) for show in columns.values()))
    width = None if sys.stdout.isatty() else PIPED_COLUMNS
    Console(width=width, highlight=False).print(table)
