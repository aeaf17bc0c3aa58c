"""`loa run` and `loa demo`."""

import asyncio
import sys
from typing import Annotated, Literal

import typer

from bot.cli.failures import USAGE
from bot.cli.options import ConfigFile
from bot.cli.terminal import complain, speak
from bot.i18n import N_

NO_MESSENGER = N_(
    "No messenger is configured: telegram.token is empty. "
    "Set it (or LOA_TELEGRAM__TOKEN), try `loa run --console` to chat in this terminal, "
    "or `loa demo` to see Loa with news of its own."
)


def run(
    config: ConfigFile = None,
    console: Annotated[bool, typer.Option("--console", help="Also chat in this terminal.")] = False,
) -> None:
    """Poll the feeds, push the news, answer commands, until stopped."""
    from bot.config import load_config
    from bot.logs import setup_logging

    settings = load_config(config)
    if not settings.telegram.configured and not console:
        complain(speak()(NO_MESSENGER))
        raise typer.Exit(USAGE)
    secrets = (settings.telegram.token.get_secret_value(),)
    setup_logging(settings.logs.level, settings.logs.format, secrets=secrets)

    from bot.app import run as serve

    raise typer.Exit(asyncio.run(serve(settings, console=console)))


def demo(
    language: Annotated[
        Literal["vi", "en"] | None, typer.Option(help="Of the chat; your system's when not given.")
    ] = None,
    interval: Annotated[
        float, typer.Option(min=0.5, max=3600, help="Seconds between two articles of the demo's newsroom.")
    ] = 10.0,
) -> None:
    """Run Loa on a bundled newsroom and chat with it in this terminal. Needs no account and no network."""
    from bot.config import LogLevel
    from bot.logs import setup_logging

    setup_logging(LogLevel.WARNING, stream=sys.stderr)

    from bot.demo.run import run_demo

    chosen = language or speak().language
    raise typer.Exit(asyncio.run(run_demo(language=chosen, interval_seconds=interval)))
