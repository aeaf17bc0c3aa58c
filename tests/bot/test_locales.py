"""Every text shown to people exists in Vietnamese, complete and with the same values in it."""

import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot.commands import COMMANDS
from bot.i18n import translator

ROOT = Path(bot.__file__).parent
KEYWORDS = {"t": None, "N_": None, "plural": (1, 2)}
COMMAND = re.compile(r"(?<![\w/:.<])/([a-z]{2,})\b")


def extracted() -> Catalog:
    """Every message of the bot package, as `pybabel extract` finds them."""
    catalog = Catalog()
    found = extract_from_dir(ROOT, method_map=[("**.py", "python")], keywords=KEYWORDS)
    for filename, lineno, message, _comments, _context in found:
        catalog.add(message, locations=[(filename, lineno)])
    return catalog


@cache
def vietnamese() -> Catalog:
    with (ROOT / "locales" / "vi" / "LC_MESSAGES" / "loa.po").open("rb") as po:
        return read_po(po, locale="vi")


def texts(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def translations(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


MESSAGES = [message for message in extracted() if message.id]


def test_there_are_messages_to_translate() -> None:
    assert len(MESSAGES) > 100


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: texts(message)[0][:60])
def test_message_is_translated(message: Message) -> None:
    found = vietnamese().get(message.id)
    assert found is not None, f"missing in loa.po: {message.id!r} ({message.locations})"
    assert not found.fuzzy
    assert all(translations(found)), f"not translated: {message.id!r}"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: texts(message)[0][:60])
def test_translation_has_the_same_values(message: Message) -> None:
    found = vietnamese().get(message.id)
    assert found is not None
    wanted = values(texts(message)[-1])
    assert all(values(text) == wanted for text in translations(found))


def test_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    catalogue, wanted = vietnamese(), extracted()
    stale = [message.id for message in catalogue if message.id and message.id not in wanted]
    assert not stale
    assert not catalogue.obsolete


def test_vietnamese_has_one_plural_form() -> None:
    assert vietnamese().num_plurals == 1


def test_vietnamese_texts_name_commands_as_the_vietnamese_menu_does() -> None:
    """A reader who sees /tim in the menu must not be told to use /search."""
    english = {command.name: command.aliases[0] for command in COMMANDS if command.aliases}
    wrong = [
        (message.id, name)
        for message in vietnamese()
        if message.id
        for text in translations(message)
        for name in COMMAND.findall(text)
        if name in english and name not in ("start", "stop")
    ]
    assert not wrong


def test_commands_named_in_texts_exist() -> None:
    known = {name for command in COMMANDS for name in (command.name, *command.aliases)}
    named = {
        name
        for message in vietnamese()
        if message.id
        for text in (*texts(message), *translations(message))
        for name in COMMAND.findall(text)
    }
    assert named <= known | {"quit"}  # the console's own


def test_every_language_fills_in_every_value() -> None:
    t = translator("vi")
    assert t("Page {number} of {count}", number=2, count=5) == "Trang 2/5"
    assert t.plural("{n} article", "{n} articles", 7) == "7 bài"
