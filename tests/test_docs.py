"""The documents say what the program does: every key, every command, every path in them is real."""

import ast
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import typer
import typer.main
import yaml
from pydantic import BaseModel

from bot.cli.app import build_app
from bot.commands import COMMANDS
from bot.config import Config, load_config
from tests.project import ROOT, files, modules, tree

DOCUMENTS = tuple(path for path in files() if path.suffix == ".md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_example_configuration_can_be_used() -> None:
    config = load_config(ROOT / "config.example.yaml", {})

    assert config.feeds[0].topics == ("dien-bien",)
    assert config.topics[0].title == {"vi": "Dân vận", "en": "Mass mobilisation"}


def test_the_example_shows_the_defaults() -> None:
    example = load_config(ROOT / "config.example.yaml", {})

    for name in ("database", "language", "time_zone", "telegram", "polling", "delivery", "web", "logs"):
        assert getattr(example, name) == getattr(Config(), name), name


def test_every_key_is_in_the_example() -> None:
    example = yaml.safe_load(text_of("config.example.yaml"))

    assert sorted(set(_keys(Config)) - set(_written(example))) == []


def _keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield above + name
        for inner in _models_in(field.annotation):
            yield from _keys(inner, f"{above}{name}.")


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) in (tuple, types.UnionType):
        return [each for argument in get_args(annotation) for each in _models_in(argument)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _written(value: Any, above: str = "") -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for name, inner in item.items():
                yield above + name
                yield from _written(inner, f"{above}{name}.")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_chat_command_is_documented_with_its_aliases(command: Any) -> None:
    text = text_of("docs/commands.md")
    rows = [row for row in text.splitlines() if re.match(rf"\| `/{command.name}\b", row)]

    assert len(rows) == 1, f"/{command.name} stands in one row of docs/commands.md"
    assert [alias for alias in command.aliases if f"`/{alias}`" not in rows[0]] == []
    section = text[: text.index(rows[0])].rpartition("### For ")[2].splitlines()[0]
    assert section == {"citizen": "everyone", "editor": "editors", "admin": "admins"}[str(command.role)]


def test_no_document_names_a_chat_command_that_does_not_exist() -> None:
    known = {name for command in COMMANDS for name in (command.name, *command.aliases)}
    named = {
        (path.name, name)
        for path in DOCUMENTS
        for name in re.findall(r"`/([a-z]+)(?:`| )", path.read_text(encoding="utf-8"))
    }

    assert sorted((file, name) for file, name in named if name not in known) == []


def commands_of(group: Any, above: str = "loa") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, f"{above} {name}")
        else:
            yield f"{above} {name}"


def test_every_command_of_the_terminal_is_documented() -> None:
    text = text_of("docs/commands.md")
    commands = list(commands_of(typer.main.get_command(build_app())))

    assert "loa run" in commands
    assert [command for command in commands if f"| `{command}" not in text] == []


def test_every_loa_command_in_a_document_exists() -> None:
    known = set(commands_of(typer.main.get_command(build_app())))
    named = {
        (path.name, words)
        for path in (*DOCUMENTS, ROOT / "config.example.yaml")
        for words in re.findall(r"\bloa ([a-z][a-z -]*)", _code(path))
    }

    assert len(named) > 10
    unknown = [(name, words) for name, words in named if not any(_begins_with(words, each) for each in known)]
    assert sorted(unknown) == []


def _begins_with(words: str, command: str) -> bool:
    return f"loa {words} ".startswith(f"{command} ")


def _code(path: Path) -> str:
    """The parts of a document in code, without comments: shell blocks and backticks."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("#")[0] for block in blocks for line in block.splitlines()]
    return "\n".join([*lines, *re.findall(r"`(loa [^`]*)`", text), *re.findall(r"with: (loa .*)", text)])


def test_every_event_of_the_log_is_explained() -> None:
    explained = set(re.findall(r"`([a-z_]+\.?[a-z_]*)`", _log_table()))

    assert len(_events()) > 10
    assert sorted(_events() - explained) == []


def _log_table() -> str:
    section = text_of("docs/operations.md").partition("## What the log says")[2].partition("\n## ")[0]
    return "\n".join(line for line in section.splitlines() if line.startswith("|"))


def _events() -> set[str]:
    """What the service writes at information level and above."""
    return {
        str(node.args[0].value)
        for name, path in modules().items()
        if not name.startswith("bot.demo")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("log.info", "log.warning", "log.error", "log.exception")
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_make_target_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {target for path in DOCUMENTS for target in re.findall(r"\bmake ([a-z]+)\b", _make_lines(path))}

    assert {"demo", "test", "install"} <= named
    assert sorted(named - targets) == []


def _make_lines(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"`make [^`]*`", text) + re.findall(r"^ *make .*", text, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
    paths = [link for link in links if "://" not in link]

    assert [path for path in paths if not (document.parent / path).exists()] == []


def test_the_first_screen_of_the_readme() -> None:
    first = text_of("README.md").splitlines()[:30]

    assert first[0] == "# Loa"
    assert any(line.startswith("make demo") for line in first)
    assert any(line.startswith("make test") for line in first)
    assert any("Toàn văn" in line for line in first)


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    assert "\n## Unreleased\n" in text_of("CHANGELOG.md")


def test_the_glossary_has_the_words_of_the_values() -> None:
    text = text_of("docs/glossary.md")
    words = (
        "Feed",
        "Entry",
        "Article",
        "Topic",
        "Chat",
        "Subscription",
        "Delivery",
        "Digest",
        "Message",
        "Messenger",
    )

    assert [word for word in words if not re.search(rf"^\| {word}\b", text, re.MULTILINE)] == []
