"""Logging to standard error: lines for people on a terminal, JSON for machines, never a secret.

Call `setup_logging` once at start. Everything passes one formatter, whose finished text is searched for
tokens, so a secret inside a nested value, another library's message or a traceback does not get out.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from bot.config import LogFormat, LogLevel

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}", re.ASCII)
"""A Telegram bot token, wherever it stands (core.telegram.org/bots/api#authorizing-your-bot)."""
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")
"""`user:password` in an address."""
_HIDDEN = "[hidden]"
SHORTEST_SECRET_CHARACTERS = 6
"""A shorter secret would blot out ordinary words; nothing real is that short."""

QUIET_LIBRARIES = (
    "aiohttp",
    "alembic",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "telegram",
    "trafilatura",
)
"""Their INFO and DEBUG lines repeat addresses and contents; only what went wrong is of use."""


def setup_logging(
    level: LogLevel = LogLevel.INFO,
    format: LogFormat = LogFormat.AUTO,
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send structlog and the standard library's logging to `stream` (standard error)."""
    stream = sys.stderr if stream is None else stream
    console = format is LogFormat.CONSOLE or (format is LogFormat.AUTO and stream.isatty())
    shared = _shared_processors(console)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Redacting(shared, _renderers(console, stream.isatty()), secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Take tokens, passwords in addresses and the given secrets out of a text."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET_CHARACTERS:
            text = text.replace(secret, _HIDDEN)
    return _CREDENTIALS.sub(_HIDDEN, _TOKEN.sub(_HIDDEN, text))


class _Redacting(structlog.stdlib.ProcessorFormatter):
    """Formats as usual, then redacts the finished line."""

    def __init__(self, shared: list[Processor], renderers: list[Processor], secrets: Iterable[str]) -> None:
        super().__init__(processors=renderers, foreign_pre_chain=shared)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)


def _shared_processors(console: bool) -> list[Processor]:
    stamp = (
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        if console
        else structlog.processors.TimeStamper(fmt="iso", utc=True)
    )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        structlog.processors.StackInfoRenderer(),
    ]


def _renderers(console: bool, colours: bool) -> list[Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if console:
        # The library's default prints the local variables of every frame: chats and tokens among them.
        plain = structlog.dev.plain_traceback
        return [strip, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    return [
        strip,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_json),
    ]


def _json(value: Any, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
