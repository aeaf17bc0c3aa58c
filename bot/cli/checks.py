"""`loa check-config` and `loa migrate`: before the service is started."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from bot.cli.failures import USAGE
from bot.cli.options import AsJson, ConfigFile
from bot.cli.terminal import print_json, print_table, say, speak
from bot.i18n import N_

if TYPE_CHECKING:
    from bot.config import Config, Problem


def check_config(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check the configuration and show what it amounts to, defaults included. The token is not shown."""
    from bot.config import ConfigError, load_config

    try:
        settings = load_config(config)
    except ConfigError as error:
        if not as_json:
            raise
        for problem in error.problems:
            print_json(_problem_record(problem))
        raise typer.Exit(USAGE) from None
    rows = [{"key": key, "value": value} for key, value in effective(settings)]
    if as_json:
        for row in rows:
            print_json(row)
        return
    t = speak()
    key, value = t(N_("Key")), t(N_("Value"))
    print_table(rows, {key: lambda row: str(row["key"]), value: lambda row: _shown(row["value"])})
    say(t(N_("The configuration is fine.")))


def migrate(config: ConfigFile = None) -> None:
    """Bring the database up to date. Stop `loa run` and make a backup first."""
    from bot.config import load_config

    t = speak()
    applied = asyncio.run(_migrate(load_config(config).database))
    for revision in applied:
        say(t(N_("Applied {revision}."), revision=revision))
    say(t(N_("The database is up to date.")))


async def _migrate(url: str) -> list[str]:
    from storage.engine import claim_database, open_engine
    from storage.migrate import migrate as upgrade

    with claim_database(url):
        engine = open_engine(url)
        try:
            return await upgrade(engine)
        finally:
            await engine.dispose()


def effective(settings: "Config") -> Iterator[tuple[str, Any]]:
    """Every key with the value in force, secrets hidden; values are JSON's kinds."""
    from bot.logs import redact
    from storage.engine import redacted

    for key, value in _flat("", settings.model_dump(mode="python")):
        if key == "database":
            yield key, redacted(str(value))
        else:
            plain = _plain(value)
            yield key, redact(plain) if isinstance(plain, str) else plain


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), each)
    elif isinstance(value, tuple) and any(isinstance(each, Mapping) for each in value):
        for index, each in enumerate(value):
            yield from _flat(f"{path}[{index}]", each)
    else:
        yield path, value


def _plain(value: Any) -> Any:
    from bot.config import format_duration

    match value:
        case timedelta():
            return format_duration(value)
        case tuple():
            return [_plain(each) for each in value]
        case None | bool() | int() | float():
            return value
    return str(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value) or "–"
    return "–" if value in (None, "", {}) else str(value)


def _problem_record(problem: "Problem") -> dict[str, str]:
    t = speak()
    return {
        "place": problem.place,
        "key": problem.key,
        "message": t(problem.message, **problem.values),
        "hint": t(problem.hint, **problem.values) if problem.hint else "",
    }
