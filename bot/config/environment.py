"""`LOA_POLLING__MIN_INTERVAL=1s`: every key of the configuration from the environment."""

import json
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from bot.config.document import KeyPath
from bot.config.models import Config
from bot.config.problems import Problem
from bot.i18n import LANGUAGES, N_

PREFIX = "LOA_"
NOT_SETTINGS = frozenset({"LOA_CONFIG", "LOA_DEBUG"})
"""Variables of the command line, which are no keys of the configuration."""
TEST_PREFIX = "LOA_TEST_"
"""Switches of the test suite, which a program started by a test inherits."""


def process_environment() -> Mapping[str, str]:
    """The environment this process was started with."""
    return dict(os.environ)


def system_language(environ: Mapping[str, str]) -> str:
    """The language of the person at the terminal, by POSIX locale variables; English when unknown."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            primary = environ[name].replace("-", "_").partition("_")[0].partition(".")[0].lower()
            return primary if primary in LANGUAGES else "en"
    return "en"


def known_variables() -> dict[str, KeyPath]:
    """Variable name → key path, sections included (they take JSON)."""
    return {PREFIX + "__".join(path).upper(): path for path in _paths(Config, ())}


def _paths(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*above, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _paths(field.annotation, (*above, name))


def set_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The `LOA_…` variables that mean to set something; an empty one is the same as none."""
    given = {name.upper(): value for name, value in environ.items() if value}
    return {name: value for name, value in given.items() if _is_setting(name)}


def _is_setting(name: str) -> bool:
    return name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in NOT_SETTINGS


def unknown_variables(environ: Mapping[str, str]) -> list[Problem]:
    """One problem for each `LOA_…` variable that is no key."""
    known = known_variables()
    return [_unknown(name, list(known)) for name in sorted(set_variables(environ)) if name not in known]


def _unknown(name: str, known: list[str]) -> Problem:
    nearest = get_close_matches(name, known, n=1)
    hint = N_("Did you mean {nearest}?") if nearest else N_("All keys are in config.example.yaml.")
    message = N_("No key of the configuration has this name.")
    return Problem(name, "", message, hint, {"nearest": nearest[0]} if nearest else {})


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The values the environment sets, nested as in the file."""
    known = known_variables()
    values: dict[str, Any] = _Environment(
        {name: value for name, value in set_variables(environ).items() if name in known}
    )()
    return values


def variable_of(path: KeyPath, environ: Mapping[str, str]) -> str | None:
    """The variable that set the key at `path`, if the environment did."""
    given = set_variables(environ)
    for length in range(len(path), 0, -1):
        name = PREFIX + "__".join(str(part) for part in path[:length]).upper()
        if name in given:
            return name
    return None


class _Environment(EnvSettingsSource):
    """The library's source, over an environment that is passed in."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Config)
        self.env_vars = {name.lower(): value for name, value in environ.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """JSON, or a list of texts with commas. Anything else is left for the models to refuse."""
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            if get_origin(field.annotation) is tuple:
                return [part.strip() for part in value.split(",") if part.strip()]
            return value
