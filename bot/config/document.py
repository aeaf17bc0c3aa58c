"""A YAML file as plain values, with the line each of them stands on.

Every scalar stays the text that was written, so a value means the same in the file and in an environment
variable: `title: 2020` is a title, `12:30` is no number in base 60 (YAML 1.1 §10.2), `no` is no boolean
until a key wants one.
"""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bot.config.problems import Problem, shorten
from bot.i18n import N_

MAX_FILE_BYTES = 1024 * 1024
"""Far above the largest honest configuration (5,000 feeds are about 600 kB)."""
MAX_NODES = 200_000
"""A file of that size holds fewer; more means aliases that multiply."""
MAX_DEPTH = 20
"""The deepest key of ours is at 4; an alias inside itself has no end."""

KeyPath = tuple[str | int, ...]
Value = str | None | list["Value"] | dict[str, "Value"]

_NULL = "tag:yaml.org,2002:null"
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "null", "bool", "int", "float", "timestamp", "value", "merge")
)
"""What a value without a tag of its own resolves to (PyYAML's `resolver`)."""


@dataclass(slots=True)
class Document:
    """The values of a file, the line of each key path, and what was wrong with the writing."""

    name: str
    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> str:
        """`file:line` of a key, or of the nearest key around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines[path]}" if path else self.name


class _Refused(Exception):
    """The file is built to be dangerous, or uses what we do not read."""

    def __init__(self, node: yaml.Node, message: str, **values: str) -> None:
        super().__init__(message)
        self.line = node.start_mark.line + 1
        self.message = message
        self.values = values


def read_document(path: Path) -> Document:
    """Read a file. Never raises: what cannot be read is in `problems`."""
    document = Document(str(path))
    text = _read_text(path, document)
    if text is None:
        return document
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _Reading(document).root(root)
    except yaml.MarkedYAMLError as error:
        _report_syntax(document, error)
    except yaml.YAMLError as error:
        document.problems.append(
            Problem(document.name, "", N_("This is not YAML: {reason}."), values={"reason": shorten(error)})
        )
    except _Refused as error:
        document.problems.append(
            Problem(f"{document.name}:{error.line}", "", error.message, values=error.values)
        )
    except RecursionError:
        document.problems.append(Problem(document.name, "", N_("The file is nested too deeply.")))
    return document


def _read_text(path: Path, document: Document) -> str | None:
    try:
        with path.open("rb") as file:
            body = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        document.problems.append(
            Problem(document.name, "", N_("The file cannot be read: {reason}."), values={"reason": reason})
        )
        return None
    if len(body) > MAX_FILE_BYTES:
        document.problems.append(Problem(document.name, "", N_("The file is larger than 1 MiB.")))
        return None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        document.problems.append(
            Problem(f"{document.name}:{line}", "", N_("The file is not UTF-8."), N_("Save it as UTF-8."))
        )
        return None


def _report_syntax(document: Document, error: yaml.MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    place = f"{document.name}:{mark.line + 1}" if mark else document.name
    reason = ", ".join(part for part in (error.context, error.problem) if part)
    document.problems.append(
        Problem(
            place,
            "",
            N_("This is not YAML: {reason}."),
            N_("Look at the indentation, the quotes and the colons here and on the line before."),
            {"reason": shorten(reason)},
        )
    )


class _Reading:
    """One walk over the composed nodes: aliases are followed, so nodes are counted as they are met."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def root(self, node: yaml.Node) -> None:
        if _is_null(node):
            return
        if not isinstance(node, yaml.MappingNode):
            raise _Refused(node, N_("The file must be a list of keys and values, such as “language: vi”."))
        self._document.values = self._mapping(node, ())

    def _value(self, node: yaml.Node, path: KeyPath) -> Value:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _Refused(node, N_("The file repeats itself endlessly through aliases (&…, *…)."))
        if node.tag not in _PLAIN_TAGS:
            raise _Refused(node, N_("The tag {tag} is not used here."), tag=shorten(node.tag))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        return None if _is_null(node) else str(node.value)

    def _sequence(self, node: yaml.SequenceNode, path: KeyPath) -> list[Value]:
        for index, item in enumerate(node.value):
            self._document.lines[*path, index] = item.start_mark.line + 1
        return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Refused(key_node, N_("A key must be a word, not a list or a mapping."))
            key, line = str(key_node.value), key_node.start_mark.line + 1
            here = (*path, key)
            if key in values:
                self._report_twice(here, line)
                continue
            self._document.lines[here] = line
            values[key] = self._value(value_node, here)
        return values

    def _report_twice(self, path: KeyPath, line: int) -> None:
        first = str(self._document.lines[path])
        self._document.problems.append(
            Problem(
                f"{self._document.name}:{line}",
                dotted(path),
                N_("The key is written twice; the first time on line {line}."),
                N_("Keep one of them."),
                {"line": first},
            )
        )


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def dotted(path: KeyPath) -> str:
    """A key path as people write it: `feeds[2].url`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
