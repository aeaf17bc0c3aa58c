"""Read, merge and check; every mistake is reported at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config.document import Document, KeyPath, dotted, read_document
from bot.config.environment import (
    process_environment,
    read_environment,
    set_variables,
    unknown_variables,
    variable_of,
)
from bot.config.models import Config
from bot.config.problems import ConfigError, Problem
from bot.config.repeats import repeated
from bot.config.sentences import error_path, problem_of
from bot.i18n import N_

DEFAULT_FILE = Path("config.yaml")
"""Looked for in the working directory when no file is named."""


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the file, lay the environment over it, check everything.

    `path` None means `./config.yaml`, or the environment alone where there is none; `environ` None means
    the process's own. Raises ConfigError with all problems found.
    """
    environ = process_environment() if environ is None else environ
    document = _document(path, environ)
    values = _merge(document.values, read_environment(environ))
    config, found = _validate(values, document, environ)
    problems = [*document.problems, *found, *unknown_variables(environ)]
    if problems or config is None:
        raise ConfigError(sorted(problems, key=_order))
    return config


def has_settings(path: Path | None, environ: Mapping[str, str]) -> bool:
    """Whether there is anything to load: a named file, `./config.yaml`, or a `LOA_…` variable."""
    return path is not None or DEFAULT_FILE.is_file() or bool(set_variables(environ))


def _document(path: Path | None, environ: Mapping[str, str]) -> Document:
    if has_settings(path, environ):
        file = path or DEFAULT_FILE
        return read_document(file) if path or file.is_file() else Document(str(file))
    message = N_("There is no configuration here.")
    hint = N_("Copy config.example.yaml to config.yaml, or name a file with --config.")
    raise ConfigError([Problem(str(DEFAULT_FILE), "", message, hint)])


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(old, value)
        else:
            merged[key] = value
    return merged


def _validate(
    values: dict[str, Any], document: Document, environ: Mapping[str, str]
) -> tuple[Config | None, list[Problem]]:
    def place(path: KeyPath) -> str:
        return variable_of(path, environ) or document.place(path)

    problems = [
        Problem(place(path), dotted(path), message, hint, shown)
        for path, message, hint, shown in repeated(values)
    ]
    try:
        return Config(**values), problems
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, problems + [problem_of(each, place(error_path(each))) for each in details]


def _order(problem: Problem) -> tuple[bool, int, str]:
    """By line in the file; what has none (the environment) last."""
    _, _, line = problem.place.rpartition(":")
    return not line.isdigit(), int(line) if line.isdigit() else 0, problem.place
