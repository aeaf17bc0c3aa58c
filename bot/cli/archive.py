"""`loa export articles` and `loa import articles`: the archive as JSON Lines.

A line is an object with `url` (may be null), `title`, `lead`, `body`, `published_at` (ISO 8601) and `source`.
What is exported can be imported again. Nothing is pushed for what is imported.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from bot.cli.failures import FAILED
from bot.cli.files import readable, writable
from bot.cli.options import ConfigFile
from bot.cli.terminal import complain, speak
from bot.i18n import N_

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from storage.articles import ArchivedArticle

ROWS_PER_TRANSACTION = 500
"""Long enough to be quick, short enough that a running `loa` waits less than a second for its turn."""


def export_articles(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; standard output when not given.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Write every stored article as a line of JSON, oldest first."""
    from bot.config import load_config

    url = load_config(config).database
    with writable(output) as file:
        written = asyncio.run(_export(url, file))
    complain(speak().plural("{n} article written.", "{n} articles written.", written))


def import_articles(
    file: Annotated[Path, typer.Argument(help="A file of JSON Lines; - reads standard input.")],
    config: ConfigFile = None,
) -> None:
    """Take in an archive: articles to search and read, for which nothing is pushed.

    Lines that cannot be used are reported and left out; articles already stored are not stored again.
    """
    from bot.config import load_config

    settings = load_config(config)
    with readable(file) as lines, _progress(file) as advance:
        tally = asyncio.run(_import(settings.database, settings.time_zone, lines, advance))
    t = speak()
    complain(t.plural("{n} new article stored.", "{n} new articles stored.", tally.new))
    if tally.known:
        complain(t.plural("{n} was stored before.", "{n} were stored before.", tally.known))
    if tally.bad:
        complain(t.plural("{n} line was left out.", "{n} lines were left out.", tally.bad))
        raise typer.Exit(FAILED)


async def _export(url: str, file: BinaryIO) -> int:
    from bot.cli.archive_lines import write_line
    from bot.cli.database import opened
    from storage.articles import export_articles as stored
    from storage.engine import reading

    written = 0
    async with opened(url) as engine, reading(engine) as conn:
        async for article in stored(conn):
            file.write(f"{write_line(article)}\n".encode())
            written += 1
    return written


@dataclass(slots=True)
class _Tally:
    new: int = 0
    known: int = 0
    bad: int = 0


async def _import(url: str, time_zone: str, file: BinaryIO, advance: Callable[[int], None]) -> _Tally:
    from bot.cli.database import opened

    tally = _Tally()
    async with opened(url) as engine:
        batch: list[ArchivedArticle] = []
        for article in _usable(file, time_zone, tally, advance):
            batch.append(article)
            if len(batch) == ROWS_PER_TRANSACTION:
                await _store(engine, batch, tally)
                batch = []
        await _store(engine, batch, tally)
    return tally


def _usable(
    file: BinaryIO, time_zone: str, tally: _Tally, advance: Callable[[int], None]
) -> "Iterator[ArchivedArticle]":
    """The articles of the lines that can be used; the others are reported and counted."""
    from bot.cli.archive_lines import BadLine, numbered_lines, read_line

    t, now = speak(), datetime.now(UTC)
    for number, line in numbered_lines(file):
        advance(len(line or b""))
        try:
            yield read_line(line, time_zone, now)
        except BadLine as error:
            tally.bad += 1
            complain(t(N_("line {number}: {reason}"), number=number, reason=error.text(t)))


async def _store(engine: "AsyncEngine", batch: "list[ArchivedArticle]", tally: _Tally) -> None:
    from storage.articles import import_articles as store
    from storage.engine import writing

    async with writing(engine) as conn:
        new = await store(conn, batch, datetime.now(UTC))
    tally.new += new
    tally.known += len(batch) - new


@contextlib.contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, by the bytes read; nothing where nobody watches."""
    if not sys.stderr.isatty() or not file.is_file():
        yield lambda _bytes: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(file.name, total=file.stat().st_size)
        yield lambda count: progress.advance(task, count)
