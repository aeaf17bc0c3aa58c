"""`loa`: the list of commands, and what happens when one of them fails."""

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from bot.cli import archive, checks, feed, feed_find, news, opml, service
from bot.cli.failures import QuietGroup

HELP = """Loa carries a newsroom's articles into people's chats.

Try it with `loa demo`. To run it for real, copy config.example.yaml to config.yaml and start `loa run`."""


def build_app() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        cls=QuietGroup,
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    app.command("run")(service.run)
    app.command("demo")(service.demo)
    app.command("check-config")(checks.check_config)
    app.command("migrate")(checks.migrate)
    app.command("latest")(news.latest)
    app.command("search")(news.search)
    app.add_typer(
        _group({"test": feed.test, "find": feed_find.find}, "Look at a feed before adding it."), name="feed"
    )
    app.add_typer(
        _group(
            {"articles": archive.export_articles, "feeds": opml.export_feeds},
            "Write what is stored to a file.",
        ),
        name="export",
    )
    app.add_typer(
        _group(
            {"articles": archive.import_articles, "feeds": opml.import_feeds},
            "Take in articles or feeds from a file.",
        ),
        name="import",
    )
    return app


def main() -> None:
    """Run the command named on the command line; ends the process with 0, 1 (failed) or 2 (usage)."""
    build_app()(prog_name="loa")


def _group(commands: Mapping[str, Callable[..., None]], text: str) -> typer.Typer:
    group = typer.Typer(help=text, no_args_is_help=True)
    for name, function in commands.items():
        group.command(name)(function)
    # With a callback Typer keeps a group of one command a group: `loa feed test`, not `loa feed`.
    group.callback()(_nothing)
    return group


def _nothing() -> None:
    """Do nothing."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"loa {version('loa')}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="LOA_DEBUG", help="Show where an error came from.")
    ] = False,
) -> None:
    """Read the options every command has; the group looks at `debug` when one fails."""
